//! Ours: weights learned from viewers, carried by facts to films that nobody has.

use serde_json::{Value, json};

use super::ease::watched as watched_films;
use crate::Progress;
use crate::evaluate::{EvaluateError, Ranked, Task};
use crate::weights::{
    Features, LearnSettings, Linear, LinearSettings, SparseWeights, Symmetric, UnwatchedSettings,
    Validation, Watched, catalogue_features, learn, unwatched,
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

/// The weights, and the settings they were learned with.
pub(super) fn fit(
    task: &Task,
    dense_films: usize,
    progress: &dyn Progress,
) -> Result<(SparseWeights, Value), EvaluateError> {
    match task.ranked {
        Ranked::All => of_watched(task, dense_films, progress),
        Ranked::Unseen(_) => of_unseen(task, dense_films, progress),
    }
}

/// Weights from viewers, with what catalogues say of the films beside; settings are chosen on the
/// validation part, or on a part of training held back.
fn of_watched(
    task: &Task,
    dense_films: usize,
    progress: &dyn Progress,
) -> Result<(SparseWeights, Value), EvaluateError> {
    let features = if task.has_facts {
        catalogue_features(&task.films)
    } else {
        Vec::new()
    };
    let sides: Vec<_> = features.iter().map(Features::side).collect();
    let validation = task.validation.as_ref().map(|held_back| Validation {
        train: task.train.clone(),
        held_back: held_back.clone(),
    });
    let settings = LearnSettings {
        neighbours: NEIGHBOURS,
        dense_films,
        ..LearnSettings::default()
    };
    let learned = learn(
        &task.train,
        &sides,
        validation.as_ref(),
        &settings,
        &|_| {},
        progress,
    )?;
    let features: Vec<&str> = features.iter().map(|kind| kind.name).collect();
    let used = json!({
        "linear": learned.settings,
        "neighbours": NEIGHBOURS,
        "features": features,
    });
    Ok((learned.weights, used))
}

/// Films that nobody has get weights by what catalogues say of them.
fn of_unseen(
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
    let others = unwatched(&task.films, &[], &watched, &of_unwatched, progress)?;
    let mut used = json!({
        "linear": settings,
        "neighbours": NEIGHBOURS,
        "unwatched": of_unwatched,
    });
    used["unwatched"]["scale"] = json!(others.scale);
    Ok((others.beside(&weights), used))
}
