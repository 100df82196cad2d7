//! How alike films are.

use rayon::prelude::*;

use super::facts::{Facts, factor};
use crate::Progress;
use crate::sparse::SparseRows;
use crate::weights::{STRIP, Symmetric};

/// The kernel of any film with some films.
#[derive(Debug)]
pub(super) struct Kernel<'a> {
    facts: &'a Facts,
    films: Vec<u32>,
    /// The vectors of these films by column.
    postings: Vec<SparseRows>,
}

impl<'a> Kernel<'a> {
    /// With `films`, in this order.
    pub(super) fn new(facts: &'a Facts, films: Vec<u32>) -> Self {
        let vectors = facts.vectors.iter();
        let postings = vectors.map(|(rows, _)| rows.rows_at(&films).transposed());
        Self {
            postings: postings.collect(),
            facts,
            films,
        }
    }

    /// The films at hand, in their order.
    pub(super) fn films(&self) -> &[u32] {
        &self.films
    }

    /// Writes how alike `film` and each of the films are. `cosines` is room.
    pub(super) fn values(&self, film: u32, cosines: &mut Vec<f32>, values: &mut [f64]) {
        for (value, other) in values.iter_mut().zip(&self.films) {
            *value = self.facts.alike(film, *other);
        }
        for ((rows, share), postings) in self.facts.vectors.iter().zip(&self.postings) {
            cosines.clear();
            cosines.resize(self.films.len(), 0.0);
            postings.add_products(rows.row(film as usize), cosines);
            for (value, cosine) in values.iter_mut().zip(&*cosines) {
                *value *= factor(*share, f64::from(*cosine));
            }
        }
    }

    /// How alike these films are among themselves. A step of `progress` a film.
    pub(super) fn matrix(&self, progress: &dyn Progress) -> Symmetric {
        let size = self.films.len();
        let mut matrix = Symmetric::zeros(size);
        for strip in matrix.strips_mut() {
            let (first, height) = (strip.first, strip.height);
            let columns = strip.columns.par_chunks_mut(height).enumerate();
            columns.for_each_init(
                || (Vec::new(), vec![0.0; size]),
                |(cosines, values), (column, stored)| {
                    self.values(self.films[first + column], cosines, values);
                    stored.copy_from_slice(&values[first..]);
                },
            );
            progress.advance(height.min(STRIP) as u64);
        }
        matrix
    }
}
