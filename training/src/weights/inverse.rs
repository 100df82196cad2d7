//! The inverse of a symmetric positive definite matrix, in place.

use super::WeightsError;
use super::cholesky;
use super::matrix::{add_product, columns, columns_mut, put_product};
use super::symmetric::{STRIP, Symmetric};
use crate::Progress;
use rayon::prelude::*;

/// How many columns of a strip are updated at a time: enough tasks for the threads, each large.
const TASK: usize = 128;

/// Replaces a symmetric positive definite matrix by its inverse.
///
/// The symmetric sweep (Goodnight, "A Tutorial on the SWEEP Operator", 1979) with square blocks of
/// [`STRIP`] rows as pivots: n³ floating point operations, as a Cholesky factorisation and the
/// inverse from it, with nothing but two panels of n × [`STRIP`] beside the matrix. Every product is
/// computed by one thread in one order, so the result does not depend on how many there are.
/// One step of `progress` a pivot: n / [`STRIP`], rounded up.
///
/// # Errors
/// [`WeightsError::NotPositive`] when the matrix is not positive definite; it is spoilt then.
pub fn invert(matrix: &mut Symmetric, progress: &dyn Progress) -> Result<(), WeightsError> {
    let size = matrix.size();
    let mut panel = vec![0.0; size * STRIP.min(size)];
    let mut scaled = panel.clone();
    for first in (0..size).step_by(STRIP) {
        let width = STRIP.min(size - first);
        let panel = &mut panel[..size * width];
        let scaled = &mut scaled[..size * width];
        matrix.copy_columns(first, panel);
        let pivot = cholesky::inverse(&panel[first * width..(first + width) * width], width)
            .ok_or(WeightsError::NotPositive { row: first })?;
        scaled
            .par_chunks_mut(STRIP * width)
            .zip(panel.par_chunks(STRIP * width))
            .for_each(|(scaled, panel)| {
                // Row by row in memory: the transposes are what stands column by column.
                let scaled = columns_mut(scaled, width);
                put_product(scaled, &columns(&pivot, width), &columns(panel, width));
            });
        update(matrix, first, panel, scaled);
        write_panel(matrix, first, scaled, &pivot);
        progress.advance(1);
    }
    let strips: Vec<_> = matrix.strips_mut().collect();
    strips.into_par_iter().for_each(|strip| {
        for value in &mut *strip.columns {
            *value = -*value;
        }
    });
    Ok(())
}

/// Takes `scaled` · `panel`ᵀ from every part of the matrix but the pivot's strip.
///
/// The pivot's rows in strips to the left are overwritten afterwards; leaving them out would make
/// two products of one.
fn update(matrix: &mut Symmetric, first: usize, panel: &[f64], scaled: &[f64]) {
    let width = panel.len() / matrix.size();
    let tasks: Vec<_> = matrix
        .strips_mut()
        .filter(|strip| strip.first != first)
        .flat_map(|strip| {
            let (begin, height) = (strip.first, strip.height);
            let parts = strip.columns.chunks_mut(TASK * height).enumerate();
            parts.map(move |(part, columns)| (begin, height, begin + part * TASK, columns))
        })
        .collect();
    tasks
        .into_par_iter()
        .with_max_len(1)
        .for_each(|(begin, height, column, values)| {
            let count = values.len() / height;
            let left = columns(&scaled[begin * width..], width).reversed_axes();
            let right = columns(&panel[column * width..(column + count) * width], width);
            add_product(columns_mut(values, height), -1.0, &left, &right);
        });
}

/// Puts the scaled panel where the panel was, and minus the pivot's inverse where the pivot was.
fn write_panel(matrix: &mut Symmetric, first: usize, scaled: &[f64], pivot: &[f64]) {
    let width = scaled.len() / matrix.size();
    let strips: Vec<_> = matrix
        .strips_mut()
        .filter(|strip| strip.first <= first)
        .collect();
    strips.into_par_iter().for_each(|strip| {
        if strip.first < first {
            for (column, values) in strip.columns.chunks_mut(strip.height).enumerate() {
                let row = &scaled[(strip.first + column) * width..][..width];
                values[first - strip.first..][..width].copy_from_slice(row);
            }
        } else {
            for (column, values) in strip.columns.chunks_mut(strip.height).enumerate() {
                for (row, value) in values.iter_mut().enumerate() {
                    *value = if row < width {
                        -pivot[column * width + row]
                    } else {
                        scaled[(first + row) * width + column]
                    };
                }
            }
        }
    });
}
