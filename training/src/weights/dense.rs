//! Every weight, for reference and for the choice of settings.

use super::linear::Solution;
use super::symmetric::STRIP;
use crate::evaluate::Scorer;
use rayon::prelude::*;

/// A weight for every pair of films that were solved densely.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseWeights {
    /// The films by their place in the matrix, ascending.
    films: Vec<u32>,
    /// A row for each source film.
    values: Vec<f32>,
}

impl DenseWeights {
    /// All weights of a solution. 4·n² bytes.
    pub(super) fn new(films: &[u32], solution: &Solution) -> Self {
        let size = films.len();
        let mut values = vec![0.0; size * size];
        let diagonal = solution.inverse.diagonal();
        values
            .par_chunks_mut((STRIP * size).max(1))
            .enumerate()
            .for_each(|(strip, rows)| {
                for target in 0..size {
                    let scale = -solution.target_scale[target] / diagonal[target];
                    for (row, values) in rows.chunks_mut(size).enumerate() {
                        let source = strip * STRIP + row;
                        if source != target {
                            let value = solution.inverse.get(source, target);
                            values[target] = (value * scale * solution.source_scale[source]) as f32;
                        }
                    }
                }
            });
        Self {
            films: films.to_vec(),
            values,
        }
    }

    /// The films that have weights, ascending: rows and columns of the matrix.
    pub fn films(&self) -> &[u32] {
        &self.films
    }

    /// The weights of the source film at a place of [`Self::films`], one for each target.
    pub fn row(&self, place: usize) -> &[f32] {
        let size = self.films.len();
        &self.values[place * size..(place + 1) * size]
    }
}

impl Scorer for DenseWeights {
    /// The sum of the rows of the history's films; films without weights get the lowest score.
    fn scores(&self, history: &[u32], scores: &mut [f32]) {
        let mut sums = vec![0.0f32; self.films.len()];
        for film in history {
            if let Ok(place) = self.films.binary_search(film) {
                for (sum, weight) in sums.iter_mut().zip(self.row(place)) {
                    *sum += weight;
                }
            }
        }
        scores.fill(f32::MIN);
        for (film, sum) in self.films.iter().zip(sums) {
            scores[*film as usize] = sum;
        }
    }
}
