//! When films are alike, computed by hand.

use matinee::catalogue::{Genre, Movie};

use super::{blank, of_year};
use crate::NoProgress;
use crate::sparse::SparseRows;
use crate::weights::WeightsError;
use crate::weights::unwatched::facts::Facts;
use crate::weights::unwatched::kernel::Kernel;
use crate::weights::unwatched::{KernelSettings, Likeness};

/// How alike each of the films and the last one are; the last one alone is unwatched.
fn with_last(films: &[Movie], likenesses: &[Likeness<'_>]) -> Vec<f64> {
    let (last, watched) = (films.len() as u32 - 1, films.len() as u32 - 1);
    let watched: Vec<u32> = (0..watched).collect();
    let settings = KernelSettings::default();
    let facts = Facts::new(films, likenesses, &watched, &[last], &settings).unwrap();
    let mut values = vec![0.0; films.len()];
    let all = (0..films.len() as u32).collect();
    Kernel::new(&facts, all).values(last, &mut Vec::new(), &mut values);
    values
}

fn assert_near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (one, other) in found.iter().zip(expected) {
        assert!((one - other).abs() < 1e-6, "{found:?}, {expected:?}");
    }
}

#[test]
fn numbers_make_films_alike_by_their_distance() {
    // 6 years are one length, 12 two: (1 + 1 / 0.8)^-0.4 and (1 + 4 / 0.8)^-0.4.
    let films = [of_year(0, 1994), of_year(1, 1988), of_year(2, 2000)];
    assert_near(&with_last(&films, &[]), &[0.722_981, 0.488_359, 1.0]);
    let rated = |number, average| Movie {
        vote_average: Some(average),
        ..of_year(number, 2000)
    };
    // 1.4 of ten are one length too.
    let films = [rated(0, 6.0), rated(1, 7.4), rated(2, 7.4)];
    assert_near(&with_last(&films, &[]), &[0.722_981, 1.0, 1.0]);
    let voted = |number, votes| Movie {
        votes,
        ..blank(number)
    };
    // ln 7.389… = 2, which is one length: of 99 votes and 738 it is ln(739 / 100) = 2.0001.
    let films = [voted(0, 99), voted(1, 738)];
    let near = with_last(&films, &[]);
    assert!((near[0] - 0.722_981).abs() < 1e-4, "{near:?}");
}

#[test]
fn prominence_stands_in_where_nobody_counts_votes() {
    let known = |number, prominence, votes| Movie {
        prominence,
        votes,
        ..blank(number)
    };
    // 0.388 · 10.3 = 4, two lengths.
    let by_prominence = [known(0, 0.5, 0), known(1, 0.5 + 4.0 / 10.3, 0)];
    let near = with_last(&by_prominence, &[]);
    assert!((near[0] - 0.488_359).abs() < 1e-5, "{near:?}");
    let by_votes = [known(0, 0.1, 500), known(1, 0.9, 500)];
    assert_near(&with_last(&by_votes, &[]), &[1.0, 1.0]);
}

#[test]
fn genres_language_and_words_multiply() {
    let film = |number, genres: &[Genre], language: &str, overview: &str| Movie {
        genres: genres.to_vec(),
        language: language.to_owned(),
        overview: overview.to_owned(),
        ..of_year(number, 2000)
    };
    let films = [
        film(0, &[Genre::Drama], "fr", "storm lighthouse"),
        film(
            1,
            &[Genre::Drama, Genre::War, Genre::Action, Genre::Crime],
            "en",
            "desert",
        ),
        film(2, &[Genre::Comedy], "en", "storm lighthouse storm"),
        film(
            3,
            &[Genre::Drama],
            "en",
            "storm lighthouse desert lighthouse storm desert",
        ),
    ];
    // Cosines of genres 1, 0.5, 0, 1 count (1 + c / 2) / 1.5; the language the same way.
    let language = [1.0 / 1.5, 1.0, 1.0, 1.0];
    let genres = [1.0, 1.25 / 1.5, 1.0 / 1.5, 1.0];
    // Three words, each of two films or three of the four, with the weights s, l and d.
    let (two, three) = ((5.0_f64 / 3.0).ln() + 1.0, (5.0_f64 / 4.0).ln() + 1.0);
    let (s, l, d) = (three, three, two);
    let twice = 1.0 + 2.0_f64.ln();
    let length = |values: &[f64]| values.iter().map(|v| v * v).sum::<f64>().sqrt();
    let last = length(&[s, l, d]);
    let cosines = [
        length(&[s, l]) / last,
        d / last,
        (twice * s * s + l * l) / length(&[twice * s, l]) / last,
        1.0,
    ];
    let expected: Vec<f64> = (0..4)
        .map(|at| genres[at] * language[at] * (1.0 + 0.4 * cosines[at]) / 1.4)
        .collect();
    assert_near(&with_last(&films, &[]), &expected);
}

#[test]
fn what_is_not_known_of_a_film_is_as_in_the_middle_of_the_others() {
    let mut films = [1960, 1990, 2000, 2010, 2020].map(|year| of_year(year.into(), year));
    films[0].year = None;
    let near = with_last(&films, &[]);
    // The median of 1990, 2000, 2010 and 2020 is the larger one in the middle.
    assert!((near[0] - near[3]).abs() < 1e-12, "{near:?}");
}

#[test]
fn what_only_watched_or_only_unwatched_films_have_is_left_out() {
    let mut films = [of_year(0, 1990), of_year(1, 2000), of_year(2, 2000)];
    films[2].overview = "storm".to_owned();
    films[2].language = "en".to_owned();
    let of_unwatched = with_last(&films, &[]);
    films[0].genres = vec![Genre::Drama];
    films[1].votes = 1000;
    assert_eq!(with_last(&films, &[]), of_unwatched);
    assert_near(&of_unwatched[1..], &[1.0, 1.0]);
}

#[test]
fn further_likenesses_count_by_their_cosine() {
    let films = [
        of_year(0, 2000),
        of_year(1, 2000),
        of_year(2, 2000),
        of_year(3, 2000),
    ];
    let mut vectors = SparseRows::new(2);
    vectors.push([(0, -8.0)]);
    vectors.push([(0, 3.0), (1, 4.0)]);
    vectors.push([]);
    vectors.push([(0, 0.5)]);
    let likeness = Likeness {
        vectors: &vectors,
        share: 0.25,
    };
    // (1 - 0.25) / 1.25, (1 + 0.25 · 0.6) / 1.25, 1 / 1.25, 1.
    assert_near(&with_last(&films, &[likeness]), &[0.6, 0.92, 0.8, 1.0]);
}

#[test]
fn likenesses_that_do_not_fit_are_refused() {
    let films = [of_year(0, 2000), of_year(1, 2001)];
    let refused = |vectors: &SparseRows, share| {
        let likeness = Likeness { vectors, share };
        Facts::new(&films, &[likeness], &[0], &[1], &KernelSettings::default()).unwrap_err()
    };
    let mut vectors = SparseRows::new(1);
    vectors.push([(0, 1.0)]);
    let expected = WeightsError::Features {
        expected: 2,
        found: 1,
    };
    assert_eq!(refused(&vectors, 0.5), expected);
    vectors.push([(0, f32::INFINITY)]);
    for (share, fault) in [(0.5, "value of a likeness"), (1.0, "share of a likeness")] {
        let error = refused(&vectors, share);
        assert!(
            matches!(error, WeightsError::Setting { setting, .. } if setting == fault),
            "{error}"
        );
    }
}

#[test]
fn the_matrix_of_many_films_has_every_pair() {
    let films = super::films(300);
    let watched: Vec<u32> = (0..300).step_by(2).chain(1..180).collect();
    let facts = Facts::new(&films, &[], &watched, &[299], &KernelSettings::default()).unwrap();
    let kernel = Kernel::new(&facts, watched.clone());
    let matrix = kernel.matrix(&NoProgress);
    let mut values = vec![0.0; watched.len()];
    for (column, film) in watched.iter().enumerate() {
        kernel.values(*film, &mut Vec::new(), &mut values);
        for (row, value) in values.iter().enumerate() {
            assert!((matrix.get(row, column) - value).abs() < 1e-6);
        }
    }
}
