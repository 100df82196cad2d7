//! What holds of every prediction.

use proptest::collection::vec;
use proptest::prelude::*;

use super::fixture::rating;
use super::{Directors, Effect, Film, Genre, Kernel, RatedWork, Rating, Work, director_key};

fn film(title: &str, year: u16, director: Option<&str>, genres: &[usize]) -> Film {
    let all: Vec<Genre> = Genre::all().collect();
    Film {
        title: title.to_owned(),
        year,
        director: director.map(str::to_owned),
        genres: genres.iter().map(|number| all[*number]).collect(),
    }
}

proptest! {
    #[test]
    fn any_film_has_a_distribution_whose_label_is_a_most_probable_one(
        title in ".*",
        year: u16,
        director in prop_oneof![Just("Ada Moor".to_owned()), Just("Bo Lind".to_owned()), ".*"],
        genres in vec(0..Genre::COUNT, 0..5),
    ) {
        for rating in [rating(), Rating::unlearned()] {
            let film = film(&title, year, Some(&director), &genres);
            let prediction = rating.predict(&film);
            prop_assert!(prediction.is_sound(), "{prediction:?}");
            prop_assert!((1.0..=10.0).contains(&prediction.expected()));
            let label = usize::from(prediction.label());
            let of_label = prediction.probabilities[label - 1];
            prop_assert!(prediction.probabilities.iter().all(|p| *p <= of_label));
        }
    }

    #[test]
    fn the_effect_is_the_sum_of_covariances_by_weights(
        years in vec(1900_u16..2020, 1..40),
        year in 1900_u16..2020,
    ) {
        let kernel = Kernel::new(0.1, 0.2, 0.3, 12.0);
        let works = |years: &[u16]| -> Vec<RatedWork> {
            let works = years.iter().map(|year| RatedWork {
                work: Work { year: *year, genres: 1 },
                ratings: 2,
                weight: f32::from(*year) / 1000.0,
            });
            works.collect()
        };
        let directors = Directors {
            kernel: kernel.clone(),
            names: "abcd".to_owned(),
            names_at: vec![0, 1, 2, 4],
            works_at: vec![0, 1, 1 + years.len() as u32, 2 + years.len() as u32],
            works: [works(&[1950]), works(&years), works(&[1960])].concat(),
        };
        let work = Work { year, genres: 3 };
        let covariance = |other: u16| {
            let apart = f32::from(year.abs_diff(other));
            0.1 + 0.2 / 2.0_f32.sqrt() + 0.3 * (-apart / 12.0).exp()
        };
        let expected: f32 = years.iter().map(|y| covariance(*y) * f32::from(*y) / 1000.0).sum();
        let effect = directors.effect("b", work);
        prop_assert!((effect.stars - expected).abs() < 1e-3 * expected.abs().max(1.0));
        prop_assert_eq!(effect.ratings, 2.0 * years.len() as f32);
        for unknown in ["", "a ", "bb", "c", "cde", "z"] {
            prop_assert_eq!(directors.effect(unknown, work), Effect::default());
        }
        prop_assert!(directors.effect("a", work).ratings == 2.0);
        prop_assert!(directors.effect("cd", work).ratings == 2.0);
    }
}

#[test]
fn an_unknown_director_and_none_say_nothing() {
    let rating = rating();
    let of = |director| rating.predict(&film("Heat", 1999, director, &[8]));
    assert_eq!(of(Some("Cy Ng")), of(None));
    assert_ne!(of(Some("Ada Moor")), of(None));
    assert!(of(Some("Ada Moor")).expected() > of(None).expected());
    assert!(of(Some("Bo Lind")).expected() < of(None).expected());
}

#[test]
fn a_name_is_known_however_it_is_spaced_and_in_whichever_case() {
    assert_eq!(director_key(" Ada \t MOOR "), "ada moor");
    assert_eq!(director_key("ÉA Fox"), "éa fox");
    assert_eq!(director_key(" \n"), "");
    let rating = rating();
    let of = |director| rating.predict(&film("Heat", 1999, Some(director), &[8]));
    assert_eq!(of("Ada Moor"), of(" ada  MOOR"));
    assert_ne!(of("Ada Moor"), of("Ada-Moor"));
}

#[test]
fn before_anybody_rated_a_film_every_film_gets_the_prior() {
    let unlearned = Rating::unlearned();
    assert_eq!((unlearned.ratings, unlearned.learned.is_none()), (0, true));
    let prediction = unlearned.predict(&film("Heat (1995)", 1995, Some("Ada Moor"), &[0, 5]));
    assert_eq!(prediction, Rating::PRIOR);
}

#[test]
fn films_without_genres_are_alike_and_films_far_apart_have_no_time_in_common() {
    let kernel = Kernel::new(0.0, 1.0, 0.5, 1000.0);
    let of = |year, genres| Work { year, genres };
    let covariance = |one, other| kernel.covariance(one, other);
    assert_eq!(covariance(of(1900, 0), of(2500, 0)), 1.0);
    assert_eq!(covariance(of(1900, 0), of(2500, 1)), 0.0);
    assert_eq!(covariance(of(1900, 1), of(1900, 1)), 1.5);
    let two = covariance(of(1900, 0b0011), of(2500, 0b0110));
    assert!((two - 0.5).abs() < 1e-6);
}
