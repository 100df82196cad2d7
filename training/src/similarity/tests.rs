use matinee::catalogue::{Genre, Movie, MovieId};

use super::{BlendSettings, blended_neighbours, plain_neighbours};
use crate::NoProgress;

fn film(number: u32, title: &str, genres: &[Genre], overview: &str) -> Movie {
    let mut movie = Movie::new(MovieId::new("tmdb", number).unwrap(), title, Some(2000));
    movie.genres = genres.to_vec();
    overview.clone_into(&mut movie.overview);
    movie
}

fn films() -> Vec<Movie> {
    let space = [Genre::ScienceFiction];
    vec![
        film(
            1,
            "Star Harvest",
            &space,
            "Farmers on a comet fight a corn baron.",
        ),
        film(
            2,
            "The Baker",
            &[Genre::Comedy],
            "A baker and farmers fight a corn baron on a comet.",
        ),
        film(3, "Star Harvest II", &space, "Years later it returns."),
        film(4, "Silence", &[], ""),
        film(5, "Stars of Bread", &[Genre::Comedy], "Bakers dance."),
    ]
}

#[test]
fn a_sequel_is_nearer_than_a_film_told_in_the_same_words() {
    let films = films();
    let plain = plain_neighbours(&films, 10, &NoProgress);
    assert_eq!(plain[0][0].movie.0, 1, "plain text prefers the same words");
    let blended = blended_neighbours(&films, 10, &BlendSettings::default(), &NoProgress);
    assert_eq!(blended[0][0].movie.0, 2, "the blend prefers the sequel");
}

#[test]
fn same_director_and_cast_count() {
    let mut films = films();
    films[0].directors = vec!["Ada Moor".into()];
    films[4].directors = vec!["Ada Moor".into()];
    films[4].overview = "Quiet rain.".into();
    let blended = blended_neighbours(&films, 10, &BlendSettings::default(), &NoProgress);
    assert!(blended[0].iter().any(|neighbour| neighbour.movie.0 == 4));
}

#[test]
fn a_film_of_which_nothing_is_known_has_no_neighbours_and_no_film_neighbours_itself() {
    let lists = blended_neighbours(&films(), 10, &BlendSettings::default(), &NoProgress);
    assert!(lists[3].is_empty());
    for (row, list) in lists.iter().enumerate() {
        assert!(list.iter().all(|neighbour| neighbour.movie.row() != row));
        assert!(list.windows(2).all(|pair| pair[0].score >= pair[1].score));
    }
}

#[test]
fn at_most_k_neighbours_are_kept_and_they_are_the_best() {
    let all = plain_neighbours(&films(), 10, &NoProgress);
    let few = plain_neighbours(&films(), 1, &NoProgress);
    for (all, few) in all.iter().zip(&few) {
        assert_eq!(few[..], all[..few.len()]);
        assert!(few.len() <= 1);
    }
}
