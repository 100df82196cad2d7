//! Small positive definite systems, each solved by one thread.
//!
//! A matrix A stands column by column in memory, and only its lower triangle is read. It is factored in
//! place into L with A = L·Lᵀ, block column by block column: what the columns to the left have to say
//! about a block is one matrix product, and the rest is short (Golub and Van Loan, "Matrix
//! Computations", 4th edition, section 4.2).

use super::matrix::{add_product, columns, columns_mut, put_product, rows, rows_mut};

/// Columns of a block: few enough that a block of a few hundred rows stays in a processor's nearest
/// caches.
const BLOCK: usize = 32;

/// Sums that a dot product keeps side by side, so that it is bound by no addition's latency.
const LANES: usize = 8;

/// Solves `matrix` · x = `right`, x in place of `right`; the matrix is spoilt. None when it is not
/// positive definite or the solution not finite.
pub(super) fn solve(matrix: &mut [f64], right: &mut [f64]) -> Option<()> {
    let size = right.len();
    factor(matrix, size)?;
    forward(matrix, right, 0);
    for at in (0..size).rev() {
        let column = &matrix[at * size..(at + 1) * size];
        let known = dot(&column[at + 1..], &right[at + 1..]);
        right[at] = (right[at] - known) / column[at];
    }
    right.iter().all(|value| value.is_finite()).then_some(())
}

/// The inverse of a square matrix, both triangles of it. None when the matrix is not positive definite.
pub(super) fn inverse(matrix: &[f64], size: usize) -> Option<Vec<f64>> {
    let mut lower = matrix.to_vec();
    factor(&mut lower, size)?;
    // The inverse of L, column by column: the solutions of L·x = e.
    let mut solved = vec![0.0; size * size];
    for at in 0..size {
        let column = &mut solved[at * size..(at + 1) * size];
        column[at] = 1.0;
        forward(&lower, column, at);
    }
    let solved = columns(&solved, size);
    let mut inverse = vec![0.0; size * size];
    put_product(columns_mut(&mut inverse, size), &solved.t(), &solved);
    // A pivot that overflowed, or that is no number, passes for positive.
    let sound = |at: usize| inverse[at * size + at].is_finite() && inverse[at * size + at] > 0.0;
    (0..size).all(sound).then_some(inverse)
}

/// Puts the factor into the lower triangle. None when a pivot is not positive.
fn factor(matrix: &mut [f64], size: usize) -> Option<()> {
    for first in (0..size).step_by(BLOCK) {
        let width = BLOCK.min(size - first);
        let (done, rest) = matrix.split_at_mut(first * size);
        let block = &mut rest[..width * size];
        if first > 0 {
            let done = columns(done, size);
            let own = rows(done, first..first + width).reversed_axes();
            let block = rows_mut(columns_mut(block, size), first..size);
            add_product(block, -1.0, &rows(done, first..size), &own);
        }
        factor_block(block, first, size)?;
    }
    Some(())
}

/// Factors the columns of one block, the first of which is column `first` of the matrix.
fn factor_block(block: &mut [f64], first: usize, size: usize) -> Option<()> {
    for at in 0..block.len() / size {
        let row = first + at;
        let (column, later) = block[at * size..].split_at_mut(size);
        let column = &mut column[row..];
        let pivot = column[0];
        // Not what is no number either.
        if pivot.is_nan() || pivot <= 0.0 {
            return None;
        }
        let root = pivot.sqrt();
        column[0] = root;
        for value in &mut column[1..] {
            *value /= root;
        }
        for (place, later) in later.chunks_exact_mut(size).enumerate() {
            let below = &column[place + 1..];
            subtract(&mut later[row + place + 1..], below[0], below);
        }
    }
    Some(())
}

/// Solves L·x = `right`, x in place of `right`, whose values before `begin` are 0.
fn forward(lower: &[f64], right: &mut [f64], begin: usize) {
    let size = right.len();
    for at in begin..size {
        let column = &lower[at * size..(at + 1) * size];
        let value = right[at] / column[at];
        right[at] = value;
        subtract(&mut right[at + 1..], value, &column[at + 1..]);
    }
}

/// `values` less `factor` times the others.
fn subtract(values: &mut [f64], factor: f64, others: &[f64]) {
    for (value, other) in values.iter_mut().zip(others) {
        *value -= factor * other;
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (ones, others) = (one.chunks_exact(LANES), other.chunks_exact(LANES));
    let rest = ones.remainder().iter().zip(others.remainder());
    let rest: f64 = rest.map(|(one, other)| one * other).sum();
    for (one, other) in ones.zip(others) {
        for (sum, (one, other)) in sums.iter_mut().zip(one.iter().zip(other)) {
            *sum += one * other;
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// M·Mᵀ + I for a matrix M of these values.
    fn system(values: &[f64], size: usize) -> Vec<f64> {
        let mut matrix = vec![0.0; size * size];
        for column in 0..size {
            for row in 0..size {
                let products =
                    (0..size).map(|k| values[row * size + k] * values[column * size + k]);
                matrix[column * size + row] = products.sum::<f64>() + f64::from(row == column);
            }
        }
        matrix
    }

    fn sized() -> impl Strategy<Value = (usize, Vec<f64>, Vec<f64>)> {
        (1..3 * BLOCK + 5_usize).prop_flat_map(|size| {
            let values = prop::collection::vec(-1.0..1.0, size * size);
            (Just(size), values, prop::collection::vec(-9.0..9.0, size))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn the_solution_times_the_matrix_is_the_right_side((size, values, right) in sized()) {
            let matrix = system(&values, size);
            let mut solved = right.clone();
            // What stands above the diagonal is not looked at.
            let mut spoilt = matrix.clone();
            for column in 1..size {
                spoilt[column * size..column * size + column].fill(f64::NAN);
            }
            solve(&mut spoilt, &mut solved).unwrap();
            for row in 0..size {
                let products = (0..size).map(|column| matrix[column * size + row] * solved[column]);
                let found: f64 = products.sum();
                prop_assert!((found - right[row]).abs() < 1e-8, "{row}: {found} {}", right[row]);
            }
        }

        #[test]
        fn the_inverse_times_the_matrix_is_the_identity((size, values, _) in sized()) {
            let matrix = system(&values, size);
            let inverse = inverse(&matrix, size).unwrap();
            for row in 0..size {
                for column in 0..size {
                    let products = (0..size).map(|k| matrix[k * size + row] * inverse[column * size + k]);
                    let found: f64 = products.sum();
                    prop_assert!((found - f64::from(row == column)).abs() < 1e-8);
                }
            }
        }
    }

    #[test]
    fn what_is_not_positive_definite_has_no_solution() {
        for pivot in [0.0, -1.0, f64::NAN] {
            for at in [0, BLOCK - 1, BLOCK, 2 * BLOCK + 1] {
                let size = 2 * BLOCK + 2;
                let mut matrix = system(&vec![0.0; size * size], size);
                matrix[at * size + at] = pivot;
                assert_eq!(inverse(&matrix, size), None);
                assert_eq!(solve(&mut matrix, &mut vec![1.0; size]), None);
            }
        }
        let (mut overflowing, mut right) = ([f64::MIN_POSITIVE], [1e300]);
        assert_eq!(solve(&mut overflowing, &mut right), None);
    }
}
