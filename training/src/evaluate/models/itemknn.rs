use rayon::prelude::*;

use crate::evaluate::{EvaluateError, Ranked, Task};
use crate::sparse::SparseRows;
use crate::weights::SparseWeights;
use matinee::recommend::top_k;

/// For each film the cosine with its `neighbours` nearest: viewers who have both over the root of the
/// product of the viewers of each (Sarwar et al., "Item-based collaborative filtering recommendation
/// algorithms", 2001, on binary vectors). A film's score is the sum over those of its neighbours that
/// the viewer has. Cost: for each film the films of its viewers.
///
/// # Errors
/// [`EvaluateError::OnlySeen`] where films are ranked that nobody has.
pub(super) fn fit(task: &Task, neighbours: usize) -> Result<SparseWeights, EvaluateError> {
    if matches!(task.ranked, Ranked::Unseen(_)) {
        return Err(EvaluateError::OnlySeen { model: "itemknn" });
    }
    let counts = task.train.counts();
    let viewers_of = task.train.transposed();
    let films = counts.len();
    let nearest: Vec<Vec<(u32, f32)>> = (0..films)
        .into_par_iter()
        .map_init(
            || vec![0_u32; films],
            |both, film| {
                both.fill(0);
                for viewer in viewers_of.row(film) {
                    for other in task.train.row(*viewer as usize) {
                        both[*other as usize] += 1;
                    }
                }
                let others = (0..films).filter(|other| *other != film && both[*other] > 0);
                let cosines = others.map(|other| {
                    let product = f64::from(counts[film]) * f64::from(counts[other]);
                    (
                        other as u32,
                        (f64::from(both[other]) / product.sqrt()) as f32,
                    )
                });
                let mut nearest = top_k(cosines, neighbours);
                nearest.sort_unstable_by_key(|(other, _)| *other);
                nearest
            },
        )
        .collect();
    let mut by_target = SparseRows::new(films);
    for nearest in nearest {
        by_target.push(nearest);
    }
    Ok(SparseWeights::new(by_target))
}
