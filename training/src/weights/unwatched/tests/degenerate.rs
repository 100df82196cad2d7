//! Data that there is too little of, and data that makes no sense.

use matinee::catalogue::{Genre, Movie};
use proptest::prelude::*;

use super::{blank, dense, films, of_year, plain, viewers, weights};
use crate::preferences::Preferences;
use crate::weights::unwatched::{KernelSettings, UnwatchedSettings};
use crate::weights::{Symmetric, WeightsError};

#[test]
fn one_watched_film_and_one_unwatched_are_enough() {
    let movies = [of_year(0, 2000), of_year(1, 2003)];
    let preferences = Preferences::new(2, [vec![0]]);
    let found = weights(&movies, &preferences, &plain()).unwrap();
    let k = 1.3125_f64.powf(-0.4); // Half a length: 1 + 0.25 / 0.8.
    assert!((f64::from(dense(&found, 1)[0]) - k / 1.25).abs() < 1e-6);
    let estimated = UnwatchedSettings::default();
    let found = weights(&movies, &preferences, &estimated).unwrap();
    assert_eq!(found.scale, 1.0, "nothing to estimate it from");
}

#[test]
fn nobody_and_nothing_to_compare_are_refused() {
    let nobody = Preferences::new(3, [vec![], vec![]]);
    let settings = UnwatchedSettings::default();
    let refused = weights(&films(3), &nobody, &settings).unwrap_err();
    assert_eq!(refused, WeightsError::NoInteractions);
    let preferences = Preferences::new(3, [vec![0, 1]]);
    let unknown = [blank(0), blank(1), blank(2)];
    let refused = weights(&unknown, &preferences, &settings).unwrap_err();
    assert_eq!(refused, WeightsError::NoFacts);
    assert!(
        refused.to_string().contains("expected genres, year"),
        "{refused}"
    );
    let refused = weights(&films(4), &preferences, &settings).unwrap_err();
    let expected = WeightsError::Features {
        expected: 3,
        found: 4,
    };
    assert_eq!(refused, expected);
}

#[test]
fn when_every_film_is_watched_there_is_nothing_to_do() {
    let preferences = Preferences::new(2, [vec![0, 1]]);
    let unknown = [blank(0), blank(1)];
    let found = weights(&unknown, &preferences, &UnwatchedSettings::default()).unwrap();
    assert_eq!(
        (found.films, found.unknown, found.by_target.rows()),
        (0, 0, 2)
    );
}

#[test]
fn films_of_which_nothing_is_known_get_no_weights() {
    let mut movies = films(30);
    movies[25] = blank(25);
    let found = weights(&movies, &viewers(40, 20, 30), &UnwatchedSettings::default()).unwrap();
    assert_eq!((found.films, found.unknown), (9, 1));
    assert_eq!(found.by_target.row(25).len(), 0);
    assert!(found.by_target.row(26).len() > 0);
}

#[test]
fn films_that_are_all_the_same_get_the_same_finite_weights() {
    let movies: Vec<Movie> = (0..20).map(|number| of_year(number, 2000)).collect();
    let rows = (0..5).map(|_| (0..10).collect::<Vec<u32>>());
    let preferences = Preferences::new(20, rows);
    for (exact_films, neighbours) in [(100, 100), (100, 4), (2, 100), (2, 4)] {
        let settings = UnwatchedSettings {
            exact_films,
            neighbours,
            landmarks: 5,
            ..UnwatchedSettings::default()
        };
        let found = weights(&movies, &preferences, &settings).unwrap();
        let first = dense(&found, 10);
        assert!(first.iter().all(|weight| weight.is_finite()));
        assert!(first.iter().any(|weight| *weight > 0.0));
        for target in 11..20 {
            assert_eq!(dense(&found, target), first);
        }
    }
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let usual = UnwatchedSettings::default();
    let kernel = |kernel| UnwatchedSettings { kernel, ..usual };
    let k = KernelSettings::default();
    let cases = [
        (
            "ridge",
            UnwatchedSettings {
                ridge: 0.0,
                ..usual
            },
        ),
        (
            "hold",
            UnwatchedSettings {
                hold: f64::NAN,
                ..usual
            },
        ),
        (
            "smoothing",
            UnwatchedSettings {
                smoothing: 1.1,
                ..usual
            },
        ),
        (
            "smoothing",
            UnwatchedSettings {
                smoothing: f64::NAN,
                ..usual
            },
        ),
        (
            "scale",
            UnwatchedSettings {
                scale: Some(-1.0),
                ..usual
            },
        ),
        (
            "neighbours",
            UnwatchedSettings {
                neighbours: 0,
                ..usual
            },
        ),
        (
            "landmarks",
            UnwatchedSettings {
                landmarks: 0,
                ..usual
            },
        ),
        ("votes", kernel(KernelSettings { votes: 0.0, ..k })),
        (
            "year",
            kernel(KernelSettings {
                year: f64::INFINITY,
                ..k
            }),
        ),
        (
            "vote_average",
            kernel(KernelSettings {
                vote_average: -1.0,
                ..k
            }),
        ),
        ("tail", kernel(KernelSettings { tail: 0.0, ..k })),
        ("genres", kernel(KernelSettings { genres: -0.1, ..k })),
        (
            "language",
            kernel(KernelSettings {
                language: f64::NAN,
                ..k
            }),
        ),
        (
            "overview",
            kernel(KernelSettings {
                overview: -1.0,
                ..k
            }),
        ),
    ];
    let preferences = viewers(10, 5, 8);
    for (name, settings) in cases {
        let refused = weights(&films(8), &preferences, &settings).unwrap_err();
        let named = matches!(refused, WeightsError::Setting { setting, .. } if setting == name);
        assert!(named, "{name}: {refused}");
    }
}

#[test]
fn memory_is_that_of_the_matrix_of_films_or_of_landmarks() {
    let settings = UnwatchedSettings::default();
    let exact = settings.bytes(8000, 1);
    assert!(exact > Symmetric::bytes(8000) && exact < 2 * Symmetric::bytes(8000));
    let landmarks = settings.bytes(20_000, 2);
    let needed = Symmetric::bytes(2000) + 8 * 2000 * 20_000;
    assert!(landmarks > needed && landmarks < 2 * needed, "{landmarks}");
}

fn any_film() -> impl Strategy<Value = Movie> {
    let genres = prop::collection::vec(prop::sample::select(&Genre::ALL[..]), 0..4);
    let language = prop::sample::select(&["", "en", "fr"][..]);
    let overview = prop::sample::select(&["", "the", "storm", "storm at sea", "sea"][..]);
    let numbers = (
        prop::option::of(1900u16..2030),
        prop_oneof![Just(0), Just(u32::MAX), 1u32..1000],
        prop::option::of(0f32..10.0),
        prop_oneof![Just(0f32), 0f32..1.0],
    );
    (genres, language, overview, numbers).prop_map(
        |(genres, language, overview, (year, votes, vote_average, prominence))| Movie {
            genres,
            language: language.to_owned(),
            overview: overview.to_owned(),
            year,
            votes,
            vote_average,
            prominence,
            ..blank(0)
        },
    )
}

proptest! {
    #[test]
    fn weights_are_finite_and_come_from_watched_films_whatever_is_known(
        movies in prop::collection::vec(any_film(), 2..24),
        rows in prop::collection::vec(prop::collection::vec(0u32..24, 0..8), 1..12),
        neighbours in 1usize..6,
        exact_films in prop_oneof![Just(0usize), Just(100)],
        landmarks in 1usize..5,
    ) {
        let count = movies.len() as u32;
        let rows = rows.into_iter().map(|row| row.into_iter().filter(|film| *film < count));
        let preferences = Preferences::new(movies.len(), rows.map(Iterator::collect));
        let counts = preferences.counts();
        let settings = UnwatchedSettings {
            exact_films,
            landmarks,
            neighbours,
            ..UnwatchedSettings::default()
        };
        match weights(&movies, &preferences, &settings) {
            Ok(found) => {
                prop_assert!(found.scale.is_finite() && found.scale > 0.0);
                let unwatched = counts.iter().filter(|count| **count == 0).count();
                prop_assert_eq!(found.films + found.unknown, unwatched);
                for target in 0..movies.len() {
                    let row: Vec<(u32, f32)> = found.by_target.row(target).collect();
                    prop_assert!(row.len() <= neighbours);
                    prop_assert!(row.is_empty() || counts[target] == 0);
                    prop_assert!(row.windows(2).all(|pair| pair[0].0 < pair[1].0));
                    for (source, weight) in row {
                        prop_assert!(weight.is_finite() && counts[source as usize] > 0);
                    }
                }
            }
            Err(error) => prop_assert!(
                matches!(error, WeightsError::NoInteractions | WeightsError::NoFacts),
                "{}", error
            ),
        }
    }
}
