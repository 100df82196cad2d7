//! A large symmetric matrix, half of it kept, in strips that threads can work on side by side.

use std::ops::Range;

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::matrix::{add_product, columns, columns_mut, rows, rows_mut};

/// Columns of a strip. Wide enough that a product of two panels is bound by arithmetic, not memory;
/// fixed, because results to the last bit depend on it.
pub const STRIP: usize = 256;

/// A symmetric matrix of `f64`, of which the lower triangle is kept.
///
/// Strip s holds the columns from s·[`STRIP`] on, column after column, each from row s·[`STRIP`] to
/// the last one: the square on the diagonal is kept whole, nothing above it. About n²/2 + n·128
/// values.
#[derive(Clone, Debug, PartialEq)]
pub struct Symmetric {
    size: usize,
    strips: Vec<Vec<f64>>,
}

/// A strip as [`Symmetric::strips_mut`] hands it out.
#[derive(Debug)]
pub struct StripMut<'a> {
    /// The matrix' first row and column that the strip has.
    pub first: usize,
    /// How many rows it has.
    pub height: usize,
    /// Its columns, one after the other.
    pub columns: &'a mut [f64],
}

impl Symmetric {
    /// A matrix of zeros with `size` rows and columns.
    pub fn zeros(size: usize) -> Self {
        let strips = (0..size.div_ceil(STRIP)).map(|strip| {
            let height = size - strip * STRIP;
            vec![0.0; height * height.min(STRIP)]
        });
        Self {
            size,
            strips: strips.collect(),
        }
    }

    /// How many bytes a matrix of `size` rows and columns takes.
    pub fn bytes(size: usize) -> u64 {
        let size = size as u64;
        let strip = STRIP as u64;
        let whole = size / strip;
        // Heights of the whole strips sum to whole·size - strip·(0 + 1 + … + (whole - 1)).
        let rows = whole * size - strip * (whole * whole.saturating_sub(1) / 2);
        let rest = size % strip;
        8 * (rows * strip + rest * rest)
    }

    /// How many rows, and as many columns, it has.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The value at a row and a column, in any order. O(1).
    ///
    /// # Panics
    /// When one of them is not below [`Self::size`].
    pub fn get(&self, row: usize, column: usize) -> f64 {
        let (low, high) = (row.min(column), row.max(column));
        assert!(high < self.size);
        let first = low / STRIP * STRIP;
        let height = self.size - first;
        self.strips[low / STRIP][(low - first) * height + high - first]
    }

    /// The diagonal.
    pub fn diagonal(&self) -> Vec<f64> {
        (0..self.size).map(|at| self.get(at, at)).collect()
    }

    /// Adds to the diagonal.
    ///
    /// # Panics
    /// When `values` has another length than the diagonal.
    pub fn add_to_diagonal(&mut self, values: &[f64]) {
        assert_eq!(values.len(), self.size);
        for strip in self.strips_mut() {
            for column in 0..strip.width() {
                strip.columns[column * strip.height + column] += values[strip.first + column];
            }
        }
    }

    /// The strips, to be written to.
    pub fn strips_mut(&mut self) -> impl Iterator<Item = StripMut<'_>> {
        let size = self.size;
        self.strips
            .iter_mut()
            .enumerate()
            .map(move |(strip, columns)| StripMut {
                first: strip * STRIP,
                height: size - strip * STRIP,
                columns,
            })
    }

    /// Column `column` from row `first` on, where `first` is where its strip begins.
    pub fn stored_column(&self, column: usize) -> (usize, &[f64]) {
        let first = column / STRIP * STRIP;
        let height = self.size - first;
        let at = (column - first) * height;
        (first, &self.strips[column / STRIP][at..at + height])
    }

    /// Copies the columns from `first` on, as many as `into` has room for, each row's values side by
    /// side: the value of row r and column `first` + c comes to r·width + c.
    pub(super) fn copy_columns(&self, first: usize, into: &mut [f64]) {
        let width = into.len() / self.size;
        into.par_chunks_mut(width)
            .enumerate()
            .for_each(|(row, values)| {
                for (column, value) in values.iter_mut().enumerate() {
                    *value = self.get(row, first + column);
                }
            });
    }

    /// Writes the product with `right` into `out`; both have [`Self::size`] rows and stand column by
    /// column in memory. By one thread, in one order.
    ///
    /// # Panics
    /// When their lengths differ, or are no multiple of the size.
    pub(super) fn multiply(&self, right: &[f64], out: &mut [f64]) {
        assert_eq!(right.len(), out.len());
        if right.is_empty() {
            return;
        }
        let size = self.size;
        let right = columns(right, size);
        let mut out = columns_mut(out, size);
        out.fill(0.0);
        for (strip, values) in self.strips.iter().enumerate() {
            let first = strip * STRIP;
            let height = size - first;
            let width = height.min(STRIP);
            let whole = columns(values, height);
            let mut add =
                |place: Range<usize>, matrix: &ArrayView2<'_, f64>, from: Range<usize>| {
                    let out = rows_mut(out.view_mut(), place);
                    add_product(out, 1.0, matrix, &rows(right, from));
                };
            let below = first + width;
            add(first..size, &whole, first..below);
            let mirrored = rows(whole, width..height).reversed_axes();
            add(first..below, &mirrored, below..size);
        }
    }

    /// Copies the rows and columns at `places`, which ascend, into a square matrix that stands column
    /// by column in memory; its lower triangle alone is written.
    pub(super) fn copy_square(&self, places: &[u32], into: &mut [f64]) {
        let size = places.len();
        for (at, column) in places.iter().enumerate() {
            let (first, stored) = self.stored_column(*column as usize);
            for (row, place) in places.iter().enumerate().skip(at) {
                into[at * size + row] = stored[*place as usize - first];
            }
        }
    }

    /// Makes the part above the diagonal of each strip's square equal to the part below.
    pub(super) fn mirror_squares(&mut self) {
        let strips: Vec<_> = self.strips_mut().collect();
        strips.into_par_iter().for_each(|strip| {
            for column in 1..strip.width() {
                for row in 0..column {
                    strip.columns[column * strip.height + row] =
                        strip.columns[row * strip.height + column];
                }
            }
        });
    }
}

impl StripMut<'_> {
    /// How many columns it has.
    pub fn width(&self) -> usize {
        self.height.min(STRIP)
    }
}
