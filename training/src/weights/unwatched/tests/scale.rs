//! The scale of weights, and the leave-one-out formula that it rests on.

use matinee::catalogue::Movie;

use super::{films, plain, viewers};
use crate::NoProgress;
use crate::preferences::Preferences;
use crate::sparse::SparseRows;
use crate::weights::unwatched::facts::Facts;
use crate::weights::unwatched::scale::{estimate, leave_out};
use crate::weights::unwatched::solve::Solver;
use crate::weights::unwatched::{UnwatchedSettings, Watched};
use crate::weights::{SparseWeights, gram};

/// Weights between `films` films: of each film its two neighbours by number, times `factor`.
fn between(films: u32, factor: f32) -> SparseWeights {
    let mut rows = SparseRows::new(films as usize);
    for film in 0..films {
        let near = [film.wrapping_sub(1), film + 1].into_iter();
        rows.push(near.filter(|near| *near < films).map(|near| (near, factor)));
    }
    SparseWeights::new(rows)
}

/// What `look` sees of a regression on the facts of `films`.
fn solved<T>(
    movies: &[Movie],
    preferences: &Preferences,
    films: &[u32],
    weights: &SparseWeights,
    settings: &UnwatchedSettings,
    look: impl FnOnce(&Solver<'_>, &Watched<'_>) -> T,
) -> T {
    let unwatched: Vec<u32> = (20..movies.len() as u32).collect();
    let facts = Facts::new(movies, &[], films, &unwatched, &settings.kernel).unwrap();
    let of_films = preferences.columns_at(films);
    let gram = gram(
        &of_films,
        &vec![1.0; preferences.viewers()],
        &[],
        &NoProgress,
    )
    .unwrap();
    let watched = Watched {
        preferences,
        films,
        gram: &gram,
        weights,
    };
    let counts = preferences.counts();
    let solver = Solver::new(&facts, &watched, &counts, settings, &NoProgress).unwrap();
    look(&solver, &watched)
}

/// The weights by facts alone of the first 20 films for `target`, which is not one of the sources.
fn without(
    movies: &[Movie],
    preferences: &Preferences,
    settings: &UnwatchedSettings,
    target: u32,
) -> Vec<f64> {
    let others: Vec<u32> = (0..20).filter(|film| *film != target).collect();
    let weights = between(30, 1.0);
    let look = |solver: &Solver<'_>, _: &Watched<'_>| {
        let mut room = solver.room();
        solver.plain(&[target], &mut room);
        room.plain
    };
    let mut found = solved(movies, preferences, &others, &weights, settings, look);
    found.insert(target as usize, 0.0);
    found
}

#[test]
fn a_film_left_out_by_formula_is_left_out() {
    let (movies, preferences) = (films(30), viewers(40, 20, 30));
    let all: Vec<u32> = (0..20).collect();
    let weights = between(30, 1.0);
    for target in [0, 7, 19] {
        let look = |solver: &Solver<'_>, _: &Watched<'_>| {
            let mut room = solver.room();
            solver.plain(&[target], &mut room);
            leave_out(&mut room.plain, target as usize);
            room.plain
        };
        let found = solved(&movies, &preferences, &all, &weights, &plain(), look);
        let expected = without(&movies, &preferences, &plain(), target);
        for (one, other) in found.iter().zip(&expected) {
            assert!((one - other).abs() < 1e-9, "{found:?}, {expected:?}");
        }
    }
}

#[test]
fn the_scale_is_the_ratio_of_how_scores_spread() {
    let (movies, preferences) = (films(30), viewers(40, 20, 30));
    let all: Vec<u32> = (0..20).collect();
    let estimated = |factor| {
        let weights = between(30, factor);
        solved(
            &movies,
            &preferences,
            &all,
            &weights,
            &plain(),
            |solver, watched| estimate(solver, watched, &NoProgress),
        )
    };
    let (mut with_viewers, mut by_facts) = (Vec::new(), Vec::new());
    for film in 0..20_u32 {
        let weights = without(&movies, &preferences, &plain(), film);
        let others = preferences
            .rows()
            .filter(|row| !row.is_empty() && !row.contains(&film));
        for row in others {
            let near = row.iter().filter(|other| other.abs_diff(film) == 1).count();
            with_viewers.push(0.5 * near as f64);
            by_facts.push(row.iter().map(|film| weights[*film as usize]).sum());
        }
    }
    let deviation = |scores: &[f64]| {
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        let squares = scores.iter().map(|score| (score - mean).powi(2));
        (squares.sum::<f64>() / scores.len() as f64).sqrt()
    };
    let expected = deviation(&with_viewers) / deviation(&by_facts);
    assert!((estimated(0.5) - expected).abs() < 1e-9, "{expected}");
    assert!((estimated(1.0) - 2.0 * expected).abs() < 1e-9);
    assert_eq!(estimated(0.0), 1.0, "scores that do not spread say nothing");
    assert_eq!(estimated(1e6), 10.0);
}
