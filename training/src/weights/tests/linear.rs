use super::{invented, solve, with_threads};
use crate::NoProgress;
use crate::evaluate::Scorer;
use crate::preferences::Preferences;
use crate::sparse::SparseRows;
use crate::weights::{Linear, LinearSettings, Side, WeightsError, dense_films};

pub(super) fn settings() -> LinearSettings {
    LinearSettings {
        viewer_damping: 0.5,
        ridge: 8.0,
        ridge_popularity: 0.35,
        dropout: 0.1,
        side: 1.0,
        source_popularity: -0.1,
        target_popularity: 0.15,
    }
}

fn linear(preferences: &Preferences, sides: &[Side<'_>], settings: &LinearSettings) -> Linear {
    Linear::new(preferences, sides, settings, 20_000, &NoProgress).unwrap()
}

/// The weights of `sources` for a target by definition: the ridge regression of the target's column on
/// those of the sources, over viewers and features, scaled.
pub(super) fn by_definition(
    preferences: &Preferences,
    side: (&[Vec<f64>], f64),
    settings: &LinearSettings,
    sources: &[usize],
    target: usize,
) -> Vec<f64> {
    let films = preferences.films();
    let counts: Vec<f64> = preferences.counts().into_iter().map(f64::from).collect();
    let mean_size =
        preferences.len() as f64 / preferences.rows().filter(|row| !row.is_empty()).count() as f64;
    // One row a viewer, times the root of the viewer's weight, then one row a feature.
    let mut stacked: Vec<Vec<f64>> = Vec::new();
    for row in preferences.rows().filter(|row| !row.is_empty()) {
        let weight = (mean_size / row.len() as f64).powf(settings.viewer_damping);
        let mut values = vec![0.0; films];
        for film in row {
            values[*film as usize] = weight.sqrt();
        }
        stacked.push(values);
    }
    let product = |rows: &[Vec<f64>], a: usize, b: usize| -> f64 {
        rows.iter().map(|row| row[a] * row[b]).sum()
    };
    let viewers: Vec<f64> = (0..films)
        .map(|film| product(&stacked, film, film))
        .collect();
    let mean = viewers.iter().sum::<f64>() / films as f64;
    for feature in 0..side.0.first().map_or(0, Vec::len) {
        stacked.push(side.0.iter().map(|film| film[feature] * side.1).collect());
    }
    let matrix = sources.iter().map(|a| {
        let row = sources.iter().map(|b| {
            let ridge = settings.ridge * (viewers[*a] / mean).powf(settings.ridge_popularity)
                + settings.dropout * viewers[*a];
            product(&stacked, *a, *b) + if a == b { ridge } else { 0.0 }
        });
        row.collect()
    });
    let right = sources.iter().map(|a| product(&stacked, *a, target));
    let mean_count = counts.iter().sum::<f64>() / films as f64;
    let scale = |film: usize, exponent: f64| (counts[film] / mean_count).powf(exponent);
    let target_scale = scale(target, -settings.target_popularity);
    solve(matrix.collect(), right.collect())
        .into_iter()
        .zip(sources)
        .map(|(weight, source)| weight * scale(*source, settings.source_popularity) * target_scale)
        .collect()
}

/// Features of 30 films: two each, of five.
fn features() -> (SparseRows, Vec<Vec<f64>>) {
    let mut sparse = SparseRows::new(5);
    let mut dense = vec![vec![0.0; 5]; 30];
    for film in 0..30_u32 {
        let (low, high) = (film % 4, 4);
        sparse.push([(low, 0.5), (high, film as f32 / 10.0)]);
        dense[film as usize][low as usize] = 0.5;
        dense[film as usize][high as usize] = f64::from(film as f32 / 10.0);
    }
    (sparse, dense)
}

#[test]
fn every_weight_is_that_of_the_regression_on_all_other_films() {
    let preferences = invented(80, 30, 9);
    let (features, dense) = features();
    let sides = [Side {
        features: &features,
        weight: 1.5,
    }];
    for (settings, sides, side) in [
        (LinearSettings::ease(5.0), &[][..], (&[][..], 0.0)),
        (settings(), &sides[..], (&dense[..], 1.5)),
    ] {
        let linear = linear(&preferences, sides, &settings);
        let solution = linear.solve(&settings, &NoProgress).unwrap();
        let weights = linear.dense(&solution);
        for target in 0..30 {
            let sources: Vec<usize> = (0..30).filter(|film| *film != target).collect();
            let expected = by_definition(&preferences, side, &settings, &sources, target);
            for (source, expected) in sources.into_iter().zip(expected) {
                let found = f64::from(weights.row(source)[target]);
                assert!((found - expected).abs() < 1e-6, "{found} {expected}");
            }
            assert_eq!(weights.row(target)[target..=target], [0.0]);
        }
    }
}

#[test]
fn few_weights_are_those_of_the_regression_on_the_films_of_the_largest_partial_correlations() {
    let preferences = invented(80, 30, 9);
    let (features, dense) = features();
    let side = Side {
        features: &features,
        weight: 1.5,
    };
    let settings = settings();
    let linear = linear(&preferences, &[side], &settings);
    let solution = linear.solve(&settings, &NoProgress).unwrap();
    let part = |a: usize, b: usize| {
        let inverse = &solution.inverse;
        inverse.get(a, b).abs() / (inverse.get(a, a) * inverse.get(b, b)).sqrt()
    };
    let few = linear.sparse(&solution, 6, &NoProgress).unwrap();
    for target in 0..30 {
        let (sources, weights): (Vec<usize>, Vec<f32>) = few
            .by_target()
            .row(target)
            .map(|(source, weight)| (source as usize, weight))
            .unzip();
        assert_eq!(sources.len(), 6);
        let least = sources
            .iter()
            .map(|film| part(*film, target))
            .fold(f64::MAX, f64::min);
        for film in (0..30).filter(|film| *film != target && !sources.contains(film)) {
            assert!(part(film, target) <= least);
        }
        let expected = by_definition(&preferences, (&dense, 1.5), &settings, &sources, target);
        for (found, expected) in weights.into_iter().zip(expected) {
            assert!((f64::from(found) - expected).abs() < 1e-6);
        }
    }
    assert_eq!(&few.by_source().transposed(), few.by_target());
}

#[test]
fn with_room_for_all_films_few_weights_are_all_weights() {
    let preferences = invented(100, 40, 9);
    let linear = linear(&preferences, &[], &settings());
    let solution = linear.solve(&settings(), &NoProgress).unwrap();
    let few = linear.sparse(&solution, 1_000, &NoProgress).unwrap();
    let all = linear.dense(&solution);
    let (mut of_few, mut of_all) = (vec![9.0; 40], vec![9.0; 40]);
    for row in preferences.rows() {
        few.scores(row, &mut of_few);
        all.scores(row, &mut of_all);
        for (few, all) in of_few.iter().zip(&of_all) {
            assert!((few - all).abs() < 1e-5);
        }
    }
}

#[test]
fn weights_are_the_same_to_the_bit_whatever_the_number_of_threads() {
    let preferences = invented(500, 700, 20);
    let learn = |threads| {
        with_threads(threads, || {
            let linear = linear(&preferences, &[], &settings());
            let solution = linear.solve(&settings(), &NoProgress).unwrap();
            let few = linear.sparse(&solution, 50, &NoProgress).unwrap();
            (linear.dense(&solution), few)
        })
    };
    assert!(learn(1) == learn(2));
    assert!(learn(1) == learn(5));
}

#[test]
fn the_most_watched_films_are_solved_and_equals_by_their_place() {
    let chosen = dense_films(&[2, 0, 5, 2, 1, 2], 3);
    assert_eq!((chosen.dense, chosen.rest), (vec![0, 2, 3], vec![4, 5]));
    let chosen = dense_films(&[0, 0], 3);
    assert_eq!((chosen.dense, chosen.rest), (vec![], vec![]));
}

#[test]
fn nothing_to_learn_from_is_said() {
    for preferences in [
        Preferences::default(),
        Preferences::new(3, []),
        Preferences::new(3, [vec![], vec![]]),
    ] {
        let found = Linear::new(&preferences, &[], &settings(), 100, &NoProgress);
        assert_eq!(found.err(), Some(WeightsError::NoInteractions));
    }
}

#[test]
fn one_viewer_one_film_and_a_viewer_of_everything_are_learned_from() {
    for preferences in [
        Preferences::new(1, [vec![0]]),
        Preferences::new(3, [vec![1]]),
        Preferences::new(3, [vec![0, 1, 2]]),
        Preferences::new(3, [vec![0, 1, 2], vec![1], vec![]]),
        Preferences::new(4, vec![vec![0, 3]; 50]),
    ] {
        let linear = linear(&preferences, &[], &settings());
        let solution = linear.solve(&settings(), &NoProgress).unwrap();
        let few = linear.sparse(&solution, 2, &NoProgress).unwrap();
        let mut scores = vec![0.0; preferences.films()];
        few.scores(preferences.row(0), &mut scores);
        assert!(scores.iter().all(|score| score.is_finite()));
        linear
            .dense(&solution)
            .scores(preferences.row(0), &mut scores);
        assert!(scores.iter().all(|score| score.is_finite()));
    }
}

#[test]
fn films_that_come_together_speak_for_each_other() {
    let preferences = Preferences::new(4, [vec![0, 3], vec![0, 3], vec![1, 2], vec![1, 2]]);
    let linear = linear(&preferences, &[], &LinearSettings::ease(1.0));
    let solution = linear
        .solve(&LinearSettings::ease(1.0), &NoProgress)
        .unwrap();
    let few = linear.sparse(&solution, 3, &NoProgress).unwrap();
    // Two viewers have both: 2 / (2 + 1). The others have nothing to do with it.
    let row: Vec<(u32, f32)> = few.by_source().row(0).collect();
    assert_eq!(row, [(3, 2.0 / 3.0)]);
}

#[test]
fn settings_out_of_range_are_refused() {
    let preferences = invented(10, 5, 3);
    let linear = linear(&preferences, &[], &LinearSettings::ease(1.0));
    for ridge in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let found = linear.solve(&LinearSettings::ease(ridge), &NoProgress);
        assert!(matches!(
            found.err(),
            Some(WeightsError::Setting {
                setting: "ridge",
                ..
            })
        ));
    }
    let settings = LinearSettings {
        target_popularity: 5.0,
        ..LinearSettings::ease(1.0)
    };
    let message = linear
        .solve(&settings, &NoProgress)
        .err()
        .unwrap()
        .to_string();
    assert_eq!(
        message,
        "target_popularity is 5, expected a number from -4 to 4"
    );
}

#[test]
fn features_of_another_number_of_films_are_refused() {
    let features = SparseRows::new(2);
    let side = Side {
        features: &features,
        weight: 1.0,
    };
    let found = Linear::new(&invented(10, 5, 3), &[side], &settings(), 100, &NoProgress);
    assert_eq!(
        found.err(),
        Some(WeightsError::Features {
            expected: 5,
            found: 0
        })
    );
}
