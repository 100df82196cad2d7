//! The Gram matrix: how often films come together.

use super::WeightsError;
use super::symmetric::{STRIP, Symmetric};
use crate::Progress;
use crate::preferences::Preferences;
use crate::sparse::SparseRows;
use rayon::prelude::*;

/// What is known of films beside who has them; stacked under the interactions, each feature is one
/// more viewer who "has" the films with it.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// Films × features, a row for each film of the interactions.
    pub features: &'a SparseRows,
    /// What each value is multiplied by.
    pub weight: f64,
}

/// How films come together.
#[derive(Clone, Debug, PartialEq)]
pub struct Gram {
    /// Xᵀ·diag(w)·X + Σ weight²·F·Fᵀ, one row and column a film.
    pub matrix: Symmetric,
    /// The diagonal of the part that viewers make: for each film the weight of those who have it.
    pub viewers: Vec<f64>,
}

/// Each viewer's weight: (mean number of films / the viewer's number of films) ^ `damping`, 0 for who
/// has none. `sizes` holds the numbers; the mean is over viewers with a film. With 0 every viewer
/// counts the same, with 1 every viewer has the same weight to give away.
pub fn viewer_weights(sizes: &[usize], damping: f64) -> Vec<f64> {
    let active = sizes.iter().filter(|size| **size > 0).count();
    let mean = sizes.iter().sum::<usize>() as f64 / active.max(1) as f64;
    sizes
        .iter()
        .map(|size| match size {
            0 => 0.0,
            size => (mean / *size as f64).powf(damping),
        })
        .collect()
}

/// The Gram matrix of `preferences` whose viewers have the weights `weights`, with `sides` stacked
/// under them. Each value is summed by one thread in the order of viewers, then of features. Cost: the
/// sum over viewers and features of their number of films squared. A step of `progress` a film.
///
/// # Errors
/// [`WeightsError::Features`] when a side has not one row for each film.
///
/// # Panics
/// When `weights` has not one entry for each viewer.
pub fn gram(
    preferences: &Preferences,
    weights: &[f64],
    sides: &[Side<'_>],
    progress: &dyn Progress,
) -> Result<Gram, WeightsError> {
    let films = preferences.films();
    assert_eq!(weights.len(), preferences.viewers());
    for side in sides {
        if side.features.rows() != films {
            return Err(WeightsError::Features {
                expected: films,
                found: side.features.rows(),
            });
        }
    }
    let viewers_of = preferences.transposed();
    let sides: Vec<_> = sides
        .iter()
        .map(|side| (side, side.features.transposed()))
        .collect();
    let mut matrix = Symmetric::zeros(films);
    for strip in matrix.strips_mut() {
        let (first, height) = (strip.first, strip.height);
        let columns = strip.columns.par_chunks_mut(height).with_max_len(4);
        columns.enumerate().for_each(|(column, sums)| {
            let film = first + column;
            for viewer in viewers_of.row(film) {
                let weight = weights[*viewer as usize];
                let row = preferences.row(*viewer as usize);
                let from = row.partition_point(|other| (*other as usize) < film);
                for other in &row[from..] {
                    sums[*other as usize - first] += weight;
                }
            }
            for (side, films_with) in &sides {
                add_features(film, side, films_with, &mut sums[column..]);
            }
        });
        progress.advance(height.min(STRIP) as u64);
    }
    matrix.mirror_squares();
    let sum = |film| {
        let viewers = viewers_of.row(film).iter();
        viewers.map(|viewer| weights[*viewer as usize]).sum()
    };
    Ok(Gram {
        matrix,
        viewers: (0..films).map(sum).collect(),
    })
}

/// Adds the products of a film's features with those of itself and the films behind it.
fn add_features(film: usize, side: &Side<'_>, films_with: &SparseRows, sums: &mut [f64]) {
    for (feature, value) in side.features.row(film) {
        let value = side.weight * side.weight * f64::from(value);
        for (other, with) in films_with.row(feature as usize) {
            if let Some(behind) = (other as usize).checked_sub(film) {
                sums[behind] += value * f64::from(with);
            }
        }
    }
}
