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
fn the_scale_is_three_quarters_of_the_slope_from_scores_by_facts_to_scores_by_viewers() {
    let (movies, preferences) = (films(30), viewers(40, 20, 30));
    let all: Vec<u32> = (0..20).collect();
    let scale = |weights: &SparseWeights| {
        let look =
            |solver: &Solver<'_>, watched: &Watched<'_>| estimate(solver, watched, &NoProgress);
        solved(&movies, &preferences, &all, weights, &plain(), look)
    };
    // Viewers speak as facts do, `factor` times as loud, and of themselves besides.
    let told = |factor: f64, noise: f64| {
        let mut rows = SparseRows::new(30);
        for film in 0..30_u32 {
            let by_facts = match film {
                0..20 => without(&movies, &preferences, &plain(), film),
                _ => Vec::new(),
            };
            rows.push((0..).zip(by_facts).map(|(other, weight)| {
                let own = noise * f64::from((film * 7 + other * 13) % 5).sin();
                (other, (factor * weight + own) as f32)
            }));
        }
        SparseWeights::new(rows)
    };
    assert!((scale(&told(0.5, 0.0)) - 0.375).abs() < 1e-5);
    assert!((scale(&told(2.0, 0.0)) - 1.5).abs() < 1e-5);
    assert_eq!(
        scale(&told(-1.0, 0.0)),
        0.1,
        "facts speak against what viewers say"
    );
    assert_eq!(scale(&told(1e6, 0.0)), 10.0);
    let noisy = scale(&told(0.5, 0.05));
    assert!(
        (0.2..0.6).contains(&noisy),
        "{noisy}: however much the first spread"
    );
}
