//! Matrices that stand column by column in memory, and their products, each by one thread in one order.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, Axis, ShapeBuilder as _, Slice};

/// The matrix with this many rows whose columns stand one after the other.
///
/// # Panics
/// When `values` are no whole columns.
pub(super) fn columns(values: &[f64], rows: usize) -> ArrayView2<'_, f64> {
    let shape = (rows, whole(values.len(), rows)).f();
    ArrayView2::from_shape(shape, values)
        .unwrap_or_else(|error| unreachable!("whole columns: {error}"))
}

/// The same, to be written to.
///
/// # Panics
/// When `values` are no whole columns.
pub(super) fn columns_mut(values: &mut [f64], rows: usize) -> ArrayViewMut2<'_, f64> {
    let shape = (rows, whole(values.len(), rows)).f();
    ArrayViewMut2::from_shape(shape, values)
        .unwrap_or_else(|error| unreachable!("whole columns: {error}"))
}

/// How many columns of this many rows `length` values are.
fn whole(length: usize, rows: usize) -> usize {
    if length == 0 {
        return 0;
    }
    assert!(rows > 0 && length.is_multiple_of(rows), "no whole columns");
    length / rows
}

/// Some rows of a matrix.
pub(super) fn rows(mut matrix: ArrayView2<'_, f64>, range: Range<usize>) -> ArrayView2<'_, f64> {
    matrix.slice_axis_inplace(Axis(0), Slice::from(range));
    matrix
}

/// The same, to be written to.
pub(super) fn rows_mut(
    mut matrix: ArrayViewMut2<'_, f64>,
    range: Range<usize>,
) -> ArrayViewMut2<'_, f64> {
    matrix.slice_axis_inplace(Axis(0), Slice::from(range));
    matrix
}

/// Adds `factor` · `left` · `right` to `out`.
///
/// # Panics
/// When the shapes do not fit.
pub(super) fn add_product(
    mut out: ArrayViewMut2<'_, f64>,
    factor: f64,
    left: &ArrayView2<'_, f64>,
    right: &ArrayView2<'_, f64>,
) {
    general_mat_mul(factor, left, right, 1.0, &mut out);
}

/// Puts `left` · `right` into `out`, whatever stood there.
///
/// # Panics
/// When the shapes do not fit.
pub(super) fn put_product(
    mut out: ArrayViewMut2<'_, f64>,
    left: &ArrayView2<'_, f64>,
    right: &ArrayView2<'_, f64>,
) {
    general_mat_mul(1.0, left, right, 0.0, &mut out);
}
