use std::fs;

use futures_util::FutureExt as _;
use matinee::ports::{Blobs as _, Expect, MemoryBlobs};
use matinee::rating::{Film, Rating};
use matinee::taste::log::{film_segment, segment_key};
use matinee::taste::{FilmRating, Millis};

use crate::film_ratings::{FilmRatingOptions, for_each};

use super::{Asked, FIRST, House, Renewed, SECOND};

/// Ratings of films of one director, as devices report them.
fn film_ratings(count: usize, stars: f64) -> String {
    let rating = |number: usize| FilmRating {
        title: format!("Film {number}"),
        id: format!("{stars}-{number}").parse().unwrap(),
        year: 1999,
        director: "Ada Moor".to_owned(),
        genre1: "Drama".to_owned(),
        genre2: "None".to_owned(),
        genre3: "None".to_owned(),
        stars,
        thing: "sofa".to_owned(),
        accepted: Millis(1_760_000_000_000),
    };
    film_segment(&(0..count).map(rating).collect::<Vec<_>>())
}

fn put(blobs: &MemoryBlobs, key: &str, text: String) {
    let put = blobs.put(key, text.into(), Expect::Anything);
    put.now_or_never().unwrap().unwrap();
}

fn expected(renewed: &Renewed) -> f64 {
    let film = Film {
        title: "Night Ferry".to_owned(),
        year: 1999,
        director: Some("Ada Moor".to_owned()),
        genres: vec!["Drama".parse().unwrap()],
    };
    renewed
        .model
        .rating
        .as_ref()
        .unwrap()
        .predict(&film)
        .expected()
}

#[test]
fn what_devices_rated_is_learned_from_the_log_and_from_files() {
    let house = House::new();
    let unlearned = house.renew(&Asked::default(), FIRST);
    assert_eq!(unlearned.model.rating, Some(Rating::unlearned()));
    assert_eq!(unlearned.film_ratings_read, 0);

    let key = format!("film-ratings/{}", segment_key("2026-01-31", "a", "1", "2"));
    put(&house.log, &key, film_ratings(12, 9.0));
    let of_log = house.renew(&Asked::default(), FIRST);
    assert!(of_log.live);
    assert_eq!(of_log.film_ratings_read, 12);
    assert!(expected(&of_log) > expected(&unlearned) + 0.5);
    assert!(
        of_log
            .model
            .manifest
            .evaluation
            .contains_key("rating_ratings")
    );
    assert_eq!(
        house.renew(&Asked::default(), FIRST).model.rating,
        of_log.model.rating
    );

    let file = house.folder.path().join("more.tsv");
    fs::write(&file, film_ratings(60, 3.0)).unwrap();
    let asked = Asked {
        film_ratings: vec![file],
        ..Asked::default()
    };
    let both = house.renew(&asked, SECOND);
    assert_eq!(
        (both.film_ratings_read, both.film_ratings[0].ratings),
        (72, 60)
    );
    assert!(expected(&both) < expected(&of_log));
    let figures = &both.model.manifest.evaluation;
    assert!(figures["rating_log_loss"] < figures["rating_shares_log_loss"]);
}

#[test]
fn a_file_that_was_imported_into_the_log_counts_once() {
    let house = House::new();
    let file = house.folder.path().join("some.csv");
    let rows = "title,year,Director1,Genre1,Genre2,Genre3,stars\n\
                Tides,1999,Ada Moor,Drama,None,None,9\nReef,2001,Ada Moor,Drama,None,None,8\n";
    fs::write(&file, rows).unwrap();
    let mut imported = Vec::new();
    let options = FilmRatingOptions::at(Millis(1_760_000_000_000));
    for_each(&file, &options, |one| imported.push(one)).unwrap();
    let key = format!("film-ratings/{}", segment_key("2026-01-31", "a", "1", "2"));
    put(&house.log, &key, film_segment(&imported));
    let asked = Asked {
        film_ratings: vec![file.clone(), file],
        ..Asked::default()
    };
    assert_eq!(house.renew(&asked, FIRST).film_ratings_read, 2);
}

#[test]
fn a_model_that_has_lost_its_film_ratings_is_held_back() {
    let house = House::new();
    let file = house.folder.path().join("some.tsv");
    fs::write(&file, film_ratings(5, 3.0)).unwrap();
    let asked = Asked {
        film_ratings: vec![file],
        ..Asked::default()
    };
    assert!(house.renew(&asked, FIRST).live);
    let renewed = house.renew(&Asked::default(), SECOND);
    assert!(!renewed.live && renewed.verdict.nothing_rated);
    let reason = renewed.verdict.reason().unwrap();
    assert!(reason.contains("film ratings"), "{reason}");
}
