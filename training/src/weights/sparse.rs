//! Few weights for each film, solved for those few.

use super::WeightsError;
use super::cholesky;
use super::gram::Gram;
use super::linear::Solution;
use super::symmetric::STRIP;
use crate::Progress;
use crate::evaluate::Scorer;
use crate::sparse::SparseRows;
use rayon::prelude::*;

/// Weights between films, few for each target.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseWeights {
    by_target: SparseRows,
    by_source: SparseRows,
}

impl SparseWeights {
    /// Of a row of (source film, weight) for each target film.
    pub fn new(by_target: SparseRows) -> Self {
        Self {
            by_source: by_target.transposed(),
            by_target,
        }
    }

    /// A row for each target film: (source film, weight) by ascending source.
    pub fn by_target(&self) -> &SparseRows {
        &self.by_target
    }

    /// A row for each source film: (target film, weight) by ascending target. The way that serving
    /// reads it.
    pub fn by_source(&self) -> &SparseRows {
        &self.by_source
    }
}

impl Scorer for SparseWeights {
    /// The sum of the rows of the history's films.
    fn scores(&self, history: &[u32], scores: &mut [f32]) {
        scores.fill(0.0);
        let ones = history.iter().map(|film| (*film, 1.0));
        self.by_source.add_products(ones, scores);
    }
}

/// A film and how much it has to do with some target: what the choice of a support sees.
type Candidate = (u32, f64);

/// For each film, by place, the places of the `neighbours` sources with the largest partial
/// correlations by magnitude, ascending; of equally large ones those of smaller place.
///
/// The partial correlation of i and j, −P(i, j) / √(P(i, i)·P(j, j)), is what one film says of another
/// when all others are known. Weights themselves favour sources that few viewers have: their
/// regression coefficients are large, yet they rarely come to bear.
pub(super) fn supports(solution: &Solution, neighbours: usize) -> Vec<Vec<u32>> {
    let size = solution.inverse.size();
    let diagonal = solution.inverse.diagonal();
    let importance: Vec<f64> = diagonal.into_iter().map(|own| 1.0 / own.sqrt()).collect();
    let mut all = Vec::with_capacity(size);
    let mut panel = vec![0.0; size * STRIP.min(size)];
    for first in (0..size).step_by(STRIP) {
        let width = STRIP.min(size - first);
        let panel = &mut panel[..size * width];
        solution.inverse.copy_columns(first, panel);
        // A few columns a thread: their values stand side by side in every row.
        let parts: Vec<Vec<Vec<u32>>> = (0..width.div_ceil(16))
            .into_par_iter()
            .map(|part| {
                let columns = part * 16..width.min(part * 16 + 16);
                let mut best = vec![Best::new(neighbours); columns.len()];
                for (source, row) in panel.chunks(width).enumerate() {
                    for (best, column) in best.iter_mut().zip(columns.clone()) {
                        if source != first + column {
                            let part = row[column].abs() * importance[source];
                            best.offer((source as u32, part));
                        }
                    }
                }
                best.into_iter().map(Best::films).collect()
            })
            .collect();
        all.extend(parts.into_iter().flatten());
    }
    all
}

/// The largest of many candidates, found in one pass.
#[derive(Clone)]
pub(super) struct Best {
    keep: usize,
    /// Up to twice as many as are kept.
    candidates: Vec<Candidate>,
    /// None at or below this is among the largest: candidates are offered by ascending place, so equal
    /// ones that come later have larger places.
    floor: f64,
}

impl Best {
    pub(super) fn new(keep: usize) -> Self {
        Self {
            keep,
            candidates: Vec::new(),
            floor: 0.0,
        }
    }

    pub(super) fn offer(&mut self, candidate: Candidate) {
        if candidate.1 > self.floor {
            self.candidates.push(candidate);
            if self.candidates.len() >= 2 * self.keep.max(1) {
                self.prune();
            }
        }
    }

    fn prune(&mut self) {
        if self.candidates.len() > self.keep {
            let order = |a: &Candidate, b: &Candidate| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
            self.candidates.select_nth_unstable_by(self.keep, order);
            self.candidates.truncate(self.keep);
            let values = self.candidates.iter().map(|candidate| candidate.1);
            self.floor = values.fold(f64::INFINITY, f64::min);
        }
    }

    pub(super) fn films(mut self) -> Vec<u32> {
        self.prune();
        let mut films: Vec<u32> = self.candidates.into_iter().map(|(film, _)| film).collect();
        films.sort_unstable();
        films
    }
}

/// For each film, by place, the weights of its support: the ridge regression of the film on the films
/// of the support alone, scaled. A step of `progress` a film.
pub(super) fn solve_on(
    supports: &[Vec<u32>],
    gram: &Gram,
    solution: &Solution,
    progress: &dyn Progress,
) -> Result<Vec<Vec<f32>>, WeightsError> {
    let longest = supports.iter().map(Vec::len).max().unwrap_or(0);
    supports
        .par_iter()
        .enumerate()
        .map_init(
            || vec![0.0; longest * longest],
            |room, (target, support)| {
                let right = support.iter();
                let right = right.map(|film| gram.matrix.get(*film as usize, target));
                let mut weights: Vec<f64> = right.collect();
                solve_one(support, gram, &solution.ridge, room, &mut weights)
                    .ok_or(WeightsError::NotPositive { row: target })?;
                progress.advance(1);
                let scaled = weights.iter().zip(support).map(|(weight, source)| {
                    let scale = solution.source_scale[*source as usize];
                    (weight * scale * solution.target_scale[target]) as f32
                });
                Ok(scaled.collect())
            },
        )
        .collect()
}

/// Solves the ridge regression on the films of a support, ascending places, in place of `right`, their
/// products with the target. `room` has space for the support's matrix. None when it is not positive
/// definite.
pub(super) fn solve_one(
    support: &[u32],
    gram: &Gram,
    ridge: &[f64],
    room: &mut [f64],
    right: &mut [f64],
) -> Option<()> {
    let size = support.len();
    let matrix = &mut room[..size * size];
    for (at, column) in support.iter().enumerate() {
        let (first, stored) = gram.matrix.stored_column(*column as usize);
        for (row, film) in support.iter().enumerate().skip(at) {
            matrix[at * size + row] = stored[*film as usize - first];
        }
        matrix[at * size + at] += ridge[*column as usize];
    }
    cholesky::solve(matrix, right)
}
