use matinee::catalogue::{Genre, Movie, MovieId};

use crate::weights::catalogue_features;

fn film(number: u32) -> Movie {
    Movie::new(MovieId::new("item", number).unwrap(), "", None)
}

#[test]
fn each_kind_has_a_row_of_length_one_for_each_film_of_which_it_is_known() {
    let mut heat = film(1);
    heat.title = "Heat Island".into();
    heat.year = Some(1995);
    heat.genres = vec![Genre::Crime, Genre::Drama];
    heat.vote_average = Some(7.9);
    let mut seven = film(2);
    seven.title = "Seven Island".into();
    seven.year = Some(1999);
    seven.vote_average = Some(3.0);
    let kinds = catalogue_features(&[heat, seven, film(3)]);
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
    assert_eq!(names, ["genres", "title", "year", "votes"]);
    for kind in &kinds {
        assert_eq!(kind.rows.rows(), 3);
        assert_eq!(kind.rows.row(2).len(), 0);
        let squares: f32 = kind.rows.row(0).map(|(_, value)| value * value).sum();
        assert!((squares - 1.0).abs() < 1e-6);
    }
    assert_eq!(kinds[0].rows.row(0).len(), 2);
    assert_eq!(kinds[1].rows.row(0).len(), 1, "the word both titles have");
    // 1995 to 1999 is one bin; the votes are far apart.
    let products = [2, 3].map(|kind: usize| kinds[kind].rows.product(0, 1));
    assert!((products[0] - 1.0).abs() < 1e-9 && products[1].abs() < 1e-9);
}

#[test]
fn films_of_which_nothing_is_known_have_no_features() {
    assert!(catalogue_features(&[film(1), film(2)]).is_empty());
    assert!(catalogue_features(&[]).is_empty());
}
