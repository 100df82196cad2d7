use super::linear::{by_definition, settings};
use super::{invented, with_threads};
use crate::NoProgress;
use crate::evaluate::Scorer;
use crate::preferences::Preferences;
use crate::weights::{Linear, LinearSettings, SparseWeights};

/// Weights of which `limit` films are solved densely.
fn learn(
    preferences: &Preferences,
    settings: &LinearSettings,
    limit: usize,
    neighbours: usize,
) -> SparseWeights {
    let linear = Linear::new(preferences, &[], settings, limit, &NoProgress).unwrap();
    let solution = linear.solve(settings, &NoProgress).unwrap();
    let weights = linear.sparse(&solution, neighbours, &NoProgress).unwrap();
    let parts = (preferences, &[][..]);
    linear
        .with_rest(weights, parts, settings, neighbours, &NoProgress)
        .unwrap()
}

fn row(weights: &SparseWeights, target: usize) -> Vec<(u32, f32)> {
    weights.by_target().row(target).collect()
}

#[test]
fn a_film_that_few_have_is_regressed_on_dense_films_as_all_others_are() {
    let preferences = invented(120, 30, 9);
    let settings = settings();
    let counts = preferences.counts();
    let limit = 24;
    let least = {
        let mut sorted = counts.clone();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        sorted[limit - 1]
    };
    let weights = learn(&preferences, &settings, limit, 8);
    let rest: Vec<usize> = (0..30).filter(|film| counts[*film] < least).collect();
    assert!(!rest.is_empty());
    for target in rest {
        let dense = row(&weights, target)
            .into_iter()
            .filter(|(source, _)| counts[*source as usize] > least);
        let sources: Vec<(u32, f32)> = row(&weights, target)
            .into_iter()
            .filter(|(source, _)| counts[*source as usize] >= least)
            .collect();
        assert!(dense.count() > 0);
        let support: Vec<usize> = sources.iter().map(|(source, _)| *source as usize).collect();
        let expected = by_definition(&preferences, (&[], 0.0), &settings, &support, target);
        for ((_, found), expected) in sources.into_iter().zip(expected) {
            assert!(
                (f64::from(found) - expected).abs() < 1e-6,
                "{found} {expected}"
            );
        }
    }
}

#[test]
fn a_film_that_few_have_says_what_dense_films_leave_unexplained() {
    // Films 0 and 1 are dense; 2 comes with 1 and without 0.
    let preferences = Preferences::new(
        3,
        [
            vec![0, 1],
            vec![0],
            vec![0],
            vec![1, 2],
            vec![1, 2],
            vec![1],
            vec![0],
        ],
    );
    let settings = LinearSettings::ease(1.0);
    let weights = learn(&preferences, &settings, 2, 5);
    // For film 1, of its viewers two have film 2. Film 0's weight for 1 explains none of that.
    let source: Vec<(u32, f32)> = weights.by_source().row(2).collect();
    assert_eq!(source, [(1, 2.0 / 3.0)]);
    // For film 2 the regression on film 1 alone: 2 / (4 + 1).
    assert_eq!(row(&weights, 2), [(1, 0.4)]);
}

#[test]
fn all_films_dense_leave_no_rest() {
    let preferences = invented(120, 30, 9);
    let all = learn(&preferences, &settings(), 30, 8);
    assert_eq!(all, learn(&preferences, &settings(), 1_000, 8));
}

#[test]
fn scores_of_the_rest_are_on_the_scale_of_the_others() {
    // Half of the films, none of which has much to do with another: as hard as it gets.
    let preferences = invented(400, 60, 12);
    let all = learn(&preferences, &settings(), 60, 60);
    let half = learn(&preferences, &settings(), 30, 60);
    let (mut of_all, mut of_half) = (vec![0.0; 60], vec![0.0; 60]);
    let counts = preferences.counts();
    let mut by_count: Vec<u32> = (0..60).collect();
    by_count.sort_by_key(|film| counts[*film as usize]);
    let (mut sum_of_all, mut sum_of_half) = (0.0, 0.0);
    for row in preferences.rows() {
        all.scores(row, &mut of_all);
        half.scores(row, &mut of_half);
        for film in by_count[..30]
            .iter()
            .filter(|film| row.binary_search(film).is_err())
        {
            sum_of_all += f64::from(of_all[*film as usize]);
            sum_of_half += f64::from(of_half[*film as usize]);
        }
    }
    let ratio = sum_of_half / sum_of_all;
    assert!((0.75..1.25).contains(&ratio), "{ratio}");
}

#[test]
fn the_rest_is_the_same_to_the_bit_whatever_the_number_of_threads() {
    let preferences = invented(400, 200, 12);
    let learn = |threads| with_threads(threads, || learn(&preferences, &settings(), 100, 20));
    assert!(learn(1) == learn(3));
}
