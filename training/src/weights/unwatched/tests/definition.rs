//! Weights against their definition, computed the plain way.

use super::{dense, films, learned, of_year, plain, viewers, weights};
use crate::evaluate::Scorer as _;
use crate::preferences::Preferences;
use crate::weights::tests::{solve, with_threads};
use crate::weights::unwatched::facts::Facts;
use crate::weights::unwatched::kernel::Kernel;
use crate::weights::unwatched::{BLOCK, UnwatchedSettings};
use crate::weights::{STRIP, viewer_weights};
use matinee::catalogue::Movie;

fn assert_near(found: &[f32], expected: &[f64], margin: f64) {
    assert_eq!(found.len(), expected.len());
    for (place, (one, other)) in found.iter().zip(expected).enumerate() {
        let distance = (f64::from(*one) - other).abs();
        assert!(distance < margin, "at {place}: {one}, {other}");
    }
}

#[test]
fn two_watched_films_share_the_weight_by_hand() {
    let films = [of_year(0, 2000), of_year(1, 1994), of_year(2, 2000)];
    let preferences = Preferences::new(3, [vec![0], vec![1], vec![0, 1]]);
    let found = weights(&films, &preferences, &plain()).unwrap();
    // With k = (1 + 1 / 0.8)^-0.4 and a ridge of 0.25: (1.25 - k²) / (1.25² - k²), 0.25·k / (…).
    let k = 2.25_f64.powf(-0.4);
    let determinant = 1.25 * 1.25 - k * k;
    let expected = [(1.25 - k * k) / determinant, 0.25 * k / determinant, 0.0];
    assert_near(&dense(&found, 2), &expected, 1e-6);
    assert_eq!((found.films, found.unknown, found.scale), (1, 0, 1.0));
    assert!(dense(&found, 0).iter().all(|weight| *weight == 0.0));
}

/// The kernel of two lists of films.
fn kernel(movies: &[Movie], settings: &UnwatchedSettings, watched: &[u32]) -> Vec<Vec<f64>> {
    let films = 0..movies.len() as u32;
    let targets: Vec<u32> = films
        .clone()
        .filter(|film| !watched.contains(film))
        .collect();
    let facts = Facts::new(movies, &[], watched, &targets, &settings.kernel).unwrap();
    let all = Kernel::new(&facts, films.clone().collect());
    let row = |film| {
        let mut values = vec![0.0; movies.len()];
        all.values(film, &mut Vec::new(), &mut values);
        values
    };
    films.map(row).collect()
}

/// The weights of watched films, which come first, for a target.
fn by_definition(
    movies: &[Movie],
    preferences: &Preferences,
    settings: &UnwatchedSettings,
    watched: usize,
    target: usize,
) -> Vec<f64> {
    let places: Vec<u32> = (0..watched as u32).collect();
    let kernel = kernel(movies, settings, &places);
    let rows = (0..watched).map(|row| {
        let mut values = kernel[row][..watched].to_vec();
        values[row] += settings.ridge;
        values
    });
    let right = (0..watched).map(|row| kernel[row][target]).collect();
    let plain = solve(rows.collect(), right);
    let (_, between) = learned(preferences).unwrap();
    let mut whole: Vec<f64> = plain
        .iter()
        .map(|weight| weight * (1.0 - settings.smoothing))
        .collect();
    for (through, weight) in plain.iter().enumerate() {
        for (source, value) in between.by_target().row(through) {
            whole[source as usize] += settings.smoothing * f64::from(value) * weight;
        }
    }
    if settings.neighbours >= watched {
        return whole;
    }
    let counts = preferences.counts();
    let importance = |film: &usize| whole[*film].abs() * (f64::from(counts[*film]) + 0.5).sqrt();
    let mut support: Vec<usize> = (0..watched).collect();
    support.sort_by(|a, b| importance(b).total_cmp(&importance(a)));
    support.truncate(settings.neighbours);
    // Normal equations of the viewers' weighted rows on the support.
    let sizes: Vec<usize> = preferences.rows().map(<[u32]>::len).collect();
    let viewers = viewer_weights(&sizes, 0.5);
    let mut matrix = vec![vec![0.0; support.len()]; support.len()];
    let mut right: Vec<f64> = support
        .iter()
        .map(|film| settings.hold * whole[*film])
        .collect();
    for (at, row) in matrix.iter_mut().enumerate() {
        row[at] = settings.hold;
    }
    for (row, viewer) in preferences.rows().zip(viewers) {
        let score: f64 = row.iter().map(|film| whole[*film as usize]).sum();
        let has = |film: &usize| f64::from(u8::from(row.contains(&(*film as u32))));
        for (a, one) in support.iter().enumerate() {
            right[a] += viewer * has(one) * score;
            for (b, other) in support.iter().enumerate() {
                matrix[a][b] += viewer * has(one) * has(other);
            }
        }
    }
    let mut few = vec![0.0; watched];
    for (film, weight) in support.iter().zip(solve(matrix, right)) {
        few[*film] = weight;
    }
    few
}

#[test]
fn weights_are_those_by_definition_all_of_them_and_few() {
    let (watched, count) = (40, 60);
    let (movies, preferences) = (films(count), viewers(70, watched, count));
    for (smoothing, neighbours) in [(0.0, 100), (0.75, 100), (0.75, 8), (1.0, 1)] {
        let settings = UnwatchedSettings {
            smoothing,
            neighbours,
            ..plain()
        };
        let found = weights(&movies, &preferences, &settings).unwrap();
        assert_eq!(found.films, count - watched);
        for target in watched..count {
            let mut expected = by_definition(&movies, &preferences, &settings, watched, target);
            expected.resize(count, 0.0);
            assert_near(&dense(&found, target), &expected, 1e-5);
            assert!(found.by_target.row(target).len() <= neighbours);
        }
    }
}

#[test]
fn landmarks_that_span_all_films_change_nothing() {
    let mut movies = films(50);
    let twin = movies[0].clone();
    movies[39] = Movie {
        id: movies[39].id.clone(),
        ..twin
    };
    // Film 39 has the facts of film 0 and fewer viewers: it alone is no landmark.
    let mut rows: Vec<Vec<u32>> = (0..39).map(|film| vec![film, (film + 1) % 39]).collect();
    rows.push(vec![39, 3]);
    let preferences = Preferences::new(50, rows);
    let exact = weights(&movies, &preferences, &plain()).unwrap();
    let landmarks = UnwatchedSettings {
        exact_films: 20,
        landmarks: 39,
        ..plain()
    };
    let based = weights(&movies, &preferences, &landmarks).unwrap();
    for target in 40..50 {
        let expected: Vec<f64> = dense(&exact, target).into_iter().map(f64::from).collect();
        assert_near(&dense(&based, target), &expected, 1e-3);
    }
    let fewer = UnwatchedSettings {
        landmarks: 5,
        ..landmarks
    };
    let coarse = weights(&movies, &preferences, &fewer).unwrap();
    assert_ne!(dense(&coarse, 45), dense(&based, 45));
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let watched = STRIP + 30;
    let count = watched + 2 * BLOCK + 5;
    let (movies, preferences) = (films(count), viewers(200, watched, count));
    let exact = UnwatchedSettings {
        neighbours: 20,
        ..UnwatchedSettings::default()
    };
    let landmarks = UnwatchedSettings {
        exact_films: 10,
        landmarks: 90,
        ..exact
    };
    for settings in [exact, landmarks] {
        let on =
            |threads| with_threads(threads, || weights(&movies, &preferences, &settings)).unwrap();
        let one = on(1);
        assert!(one.films == 2 * BLOCK + 5 && one.scale != 1.0);
        for threads in [2, 3] {
            assert!(one == on(threads), "{threads} threads");
        }
    }
}

#[test]
fn weights_of_watched_films_stay_beside_those_of_unwatched_ones() {
    let (movies, preferences) = (films(30), viewers(40, 20, 30));
    let (_, between) = learned(&preferences).unwrap();
    let found = weights(&movies, &preferences, &UnwatchedSettings::default()).unwrap();
    let joined = found.beside(&between);
    let (mut all, mut watched) = (vec![0.0; 30], vec![0.0; 30]);
    joined.scores(&[2, 5], &mut all);
    between.scores(&[2, 5], &mut watched);
    assert_eq!(all[..20], watched[..20]);
    for target in 20..30 {
        let row = dense(&found, target);
        assert!((all[target] - row[2] - row[5]).abs() < 1e-6);
        assert_eq!(watched[target], 0.0);
    }
}
