//! Models whose weights are learned from what viewers have.

use serde_json::{Value, json};

use super::{Fitted, WeightsSettings};
use crate::Progress;
use crate::evaluate::{EvaluateError, Ranked, Task};
use crate::weights::{
    Features, Linear, LinearSettings, Plan, Side, UnwatchedSettings, Validation, Watched,
    catalogue_features, learn, learn_ease, unwatched,
};

/// The ridge of EASE where none is named and nothing is set apart to choose it by, and that of the
/// weights that films nobody has get theirs from.
const RIDGE: f64 = 100.0;

/// Every weight of the reference.
pub(super) fn ease(
    task: &Task,
    lambda: Option<f64>,
    settings: &WeightsSettings,
    started: &dyn Fn(&Plan),
    progress: &dyn Progress,
) -> Result<Fitted, EvaluateError> {
    if matches!(task.ranked, Ranked::Unseen(_)) {
        return Err(EvaluateError::OnlySeen { model: "ease" });
    }
    let limit = settings.dense_films;
    let counts = task.train.counts();
    let films = counts.iter().filter(|count| **count > 0).count();
    if films > limit {
        return Err(EvaluateError::TooManyFilms { films, limit });
    }
    let validation = validation(task);
    let lambda = lambda.or(validation.is_none().then_some(RIDGE));
    let (weights, chosen) = learn_ease(
        &task.train,
        lambda,
        validation.as_ref(),
        &settings.learn(),
        started,
        progress,
    )?;
    Ok(Fitted {
        scorer: Box::new(weights),
        settings: json!({ "lambda": chosen.ridge }),
    })
}

/// Few weights for each film, with everything that validation shows to pay.
pub(super) fn matinee(
    task: &Task,
    settings: &WeightsSettings,
    started: &dyn Fn(&Plan),
    progress: &dyn Progress,
) -> Result<Fitted, EvaluateError> {
    match task.ranked {
        Ranked::All => of_watched(task, settings, started, progress),
        Ranked::Unseen(_) => of_unseen(task, settings, started, progress),
    }
}

/// Weights from viewers, with what catalogues say of the films beside.
fn of_watched(
    task: &Task,
    settings: &WeightsSettings,
    started: &dyn Fn(&Plan),
    progress: &dyn Progress,
) -> Result<Fitted, EvaluateError> {
    let features = catalogue_features(&task.films);
    let sides: Vec<Side<'_>> = features.iter().map(Features::side).collect();
    let learned = learn(
        &task.train,
        &sides,
        validation(task).as_ref(),
        &settings.learn(),
        started,
        progress,
    )?;
    let held_back = learned.tried.map_or(Value::Null, |tried| {
        json!({
            "tried": tried.all.tried,
            "ndcg@20": { "all weights": tried.all.figure, "neighbours alone": tried.few },
        })
    });
    let names: Vec<&str> = features.iter().map(|kind| kind.name).collect();
    Ok(Fitted {
        scorer: Box::new(learned.weights),
        settings: json!({
            "neighbours": settings.neighbours,
            "features": names,
            "chosen": learned.settings,
            "held_back_to_choose": held_back,
        }),
    })
}

/// Films that nobody has get weights by what catalogues say of them.
fn of_unseen(
    task: &Task,
    settings: &WeightsSettings,
    started: &dyn Fn(&Plan),
    progress: &dyn Progress,
) -> Result<Fitted, EvaluateError> {
    let learn = settings.learn();
    started(&learn.plan(&task.train, learn.neighbours)?);
    let chosen = LinearSettings {
        viewer_damping: 0.5,
        ..LinearSettings::ease(RIDGE)
    };
    let linear = Linear::new(&task.train, &[], &chosen, settings.dense_films, progress)?;
    let solution = linear.solve(&chosen, progress)?;
    let weights = linear.sparse(&solution, settings.neighbours, progress)?;
    drop(solution);
    let of_unwatched = UnwatchedSettings {
        neighbours: settings.neighbours,
        ..UnwatchedSettings::default()
    };
    let watched = Watched {
        preferences: &task.train,
        films: linear.films(),
        gram: linear.gram(),
        weights: &weights,
    };
    let others = unwatched(&task.films, &[], &watched, &of_unwatched, progress)?;
    let mut unwatched = json!(of_unwatched);
    unwatched["scale"] = json!(others.scale);
    Ok(Fitted {
        scorer: Box::new(others.beside(&weights)),
        settings: json!({
            "neighbours": settings.neighbours,
            "linear": chosen,
            "unwatched": unwatched,
        }),
    })
}

/// What is set apart to choose settings by, as learning takes it.
fn validation(task: &Task) -> Option<Validation> {
    let held_back = task.validation.clone()?;
    Some(Validation {
        train: task.train.clone(),
        held_back,
    })
}
