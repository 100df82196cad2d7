use crate::Progress;
use crate::evaluate::{EvaluateError, Ranked, Task};
use crate::weights::{DenseWeights, Linear, LinearSettings, Symmetric};

/// How many films somebody has in training.
fn watched(task: &Task) -> usize {
    let counts = task.train.counts();
    counts.iter().filter(|count| **count > 0).count()
}

/// The Gram matrix, its inverse, and a weight of four bytes for each pair of films.
pub(super) fn bytes(task: &Task) -> u64 {
    let films = watched(task);
    2 * Symmetric::bytes(films) + 4 * (films as u64).pow(2)
}

/// Every weight of the model, for the films that somebody has.
pub(super) fn fit(
    task: &Task,
    lambda: f64,
    dense_films: usize,
    progress: &dyn Progress,
) -> Result<DenseWeights, EvaluateError> {
    if matches!(task.ranked, Ranked::Unseen(_)) {
        return Err(EvaluateError::OnlySeen { model: "ease" });
    }
    let films = watched(task);
    if films > dense_films {
        return Err(EvaluateError::TooManyFilms {
            films,
            limit: dense_films,
            bytes: bytes(task),
        });
    }
    let settings = LinearSettings::ease(lambda);
    let linear = Linear::new(&task.train, &[], &settings, dense_films, progress)?;
    let solution = linear.solve(&settings, progress)?;
    Ok(linear.dense(&solution))
}
