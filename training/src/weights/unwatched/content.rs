//! Weights from what is known of films alone: kernel ridge regression.

use rayon::prelude::*;

use super::UnwatchedSettings;
use super::facts::Facts;
use super::kernel::Kernel;
use crate::Progress;
use crate::weights::matrix::{self, add_product, columns_mut, put_product};
use crate::weights::{STRIP, Symmetric, WeightsError, dense_films, invert};

/// What keeps a system with landmarks solvable when some of them are the same.
const JITTER: f64 = 1e-5;

/// Columns that a thread computes of a strip at a time.
const TASK: usize = 64;

/// The regression, solved but for its right sides.
#[derive(Debug)]
pub(super) struct Content<'a> {
    /// With the watched films, or with the landmarks.
    kernel: Kernel<'a>,
    inverse: Symmetric,
    /// The kernel of landmarks and watched films, for each watched film its column; none when the
    /// regression is exact.
    spread: Option<Vec<f64>>,
    watched: usize,
}

/// Room for one thread.
#[derive(Debug, Default)]
pub(super) struct ContentRoom {
    cosines: Vec<f32>,
    kernel: Vec<f64>,
    solved: Vec<f64>,
}

impl<'a> Content<'a> {
    /// For `watched` films, of which `counts` has each one's number of viewers.
    ///
    /// Exact: (K + λI)⁻¹. With landmarks z, the m most-watched films: (K(z, w)·K(w, z) + λ·K(z, z))⁻¹,
    /// the subset of regressors (Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006,
    /// section 8.3.1).
    ///
    /// # Errors
    /// [`WeightsError::NotPositive`].
    pub(super) fn new(
        facts: &'a Facts,
        watched: &[u32],
        counts: &[u32],
        settings: &UnwatchedSettings,
        progress: &dyn Progress,
    ) -> Result<Self, WeightsError> {
        let basis = settings.basis(watched.len());
        progress.stage("comparing watched films", basis as u64);
        let exact = basis == watched.len();
        let films = if exact {
            watched.to_vec()
        } else {
            let places = dense_films(counts, basis).dense;
            let films = places.iter().map(|place| watched[*place as usize]);
            films.collect()
        };
        let kernel = Kernel::new(facts, films);
        let basis = kernel.films().len();
        let mut inverse = kernel.matrix(progress);
        let spread = if exact {
            inverse.add_to_diagonal(&vec![settings.ridge; basis]);
            None
        } else {
            let spread = columns(&kernel, watched);
            normal_equations(&mut inverse, &spread, settings.ridge);
            Some(spread)
        };
        progress.stage("solving likenesses", basis.div_ceil(STRIP) as u64);
        invert(&mut inverse, progress)?;
        Ok(Self {
            kernel,
            inverse,
            spread,
            watched: watched.len(),
        })
    }

    /// The weights that watched films have for `targets`: for each target its column, one value for
    /// each watched film. By one thread.
    pub(super) fn weights(&self, targets: &[u32], room: &mut ContentRoom, weights: &mut [f64]) {
        let basis = self.kernel.films().len();
        room.kernel.clear();
        room.kernel.resize(basis * targets.len(), 0.0);
        for (target, values) in targets.iter().zip(room.kernel.chunks_mut(basis)) {
            self.kernel.values(*target, &mut room.cosines, values);
        }
        let Some(spread) = &self.spread else {
            self.inverse.multiply(&room.kernel, weights);
            return;
        };
        room.solved.clear();
        room.solved.resize(basis * targets.len(), 0.0);
        self.inverse.multiply(&room.kernel, &mut room.solved);
        put_product(
            columns_mut(weights, self.watched),
            &matrix::columns(spread, basis).reversed_axes(),
            &matrix::columns(&room.solved, basis),
        );
    }
}

/// The kernel of each of `films` with the kernel's own, column after column.
fn columns(kernel: &Kernel<'_>, films: &[u32]) -> Vec<f64> {
    let height = kernel.films().len();
    let mut columns = vec![0.0; height * films.len()];
    columns
        .par_chunks_mut(height)
        .zip(films)
        .for_each_init(Vec::new, |cosines, (values, film)| {
            kernel.values(*film, cosines, values);
        });
    columns
}

/// K(z, z) becomes K(z, w)·K(w, z) + λ·K(z, z), with a little more on the diagonal.
fn normal_equations(squares: &mut Symmetric, spread: &[f64], ridge: f64) {
    let size = squares.size();
    let spread = matrix::columns(spread, size);
    for strip in squares.strips_mut() {
        let (first, height) = (strip.first, strip.height);
        let parts = strip.columns.par_chunks_mut(TASK * height).enumerate();
        parts.with_max_len(1).for_each(|(part, values)| {
            for value in &mut *values {
                *value *= ridge;
            }
            let width = values.len() / height;
            let column = first + part * TASK;
            add_product(
                columns_mut(values, height),
                1.0,
                &matrix::rows(spread, first..first + height),
                &matrix::rows(spread, column..column + width).reversed_axes(),
            );
        });
    }
    squares.add_to_diagonal(&vec![JITTER; size]);
}
