//! Ours: weights learned from viewers, carried by facts to films that nobody has.

use serde_json::{Value, json};

use super::ease::watched as watched_films;
use crate::Progress;
use crate::evaluate::{EvaluateError, Ranked, Task};
use crate::weights::{
    Linear, LinearSettings, SparseWeights, Symmetric, UnwatchedSettings, Watched, WeightsError,
    unwatched,
};

/// Films that each one gets a weight from.
const NEIGHBOURS: usize = 200;

/// The Gram matrix with its inverse, and then with what films that nobody has take.
pub(super) fn bytes(task: &Task, dense_films: usize) -> u64 {
    let films = watched_films(task).min(dense_films);
    let gram = Symmetric::bytes(films);
    let threads = rayon::current_num_threads();
    gram + gram.max(settings_of_unwatched().bytes(films, threads))
}

fn settings_of_unwatched() -> UnwatchedSettings {
    UnwatchedSettings {
        neighbours: NEIGHBOURS,
        ..UnwatchedSettings::default()
    }
}

/// The weights, and the settings they were learned with. Films that nobody has get weights where
/// catalogues say something of them.
pub(super) fn fit(
    task: &Task,
    dense_films: usize,
    progress: &dyn Progress,
) -> Result<(SparseWeights, Value), EvaluateError> {
    let settings = LinearSettings {
        viewer_damping: 0.5,
        ..LinearSettings::ease(100.0)
    };
    let linear = Linear::new(&task.train, &[], &settings, dense_films, progress)?;
    let solution = linear.solve(&settings, progress)?;
    let weights = linear.sparse(&solution, NEIGHBOURS, progress)?;
    drop(solution);
    let of_unwatched = settings_of_unwatched();
    let watched = Watched {
        preferences: &task.train,
        films: linear.films(),
        gram: linear.gram(),
        weights: &weights,
    };
    let mut used = json!({ "linear": settings, "neighbours": NEIGHBOURS });
    match unwatched(&task.films, &[], &watched, &of_unwatched, progress) {
        Ok(others) => {
            used["unwatched"] = json!(of_unwatched);
            used["unwatched"]["scale"] = json!(others.scale);
            Ok((others.beside(&weights), used))
        }
        Err(WeightsError::NoFacts) if task.ranked == Ranked::All => Ok((weights, used)),
        Err(error) => Err(error.into()),
    }
}
