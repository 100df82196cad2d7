//! Small positive definite systems, each solved by one thread.

use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::linalg::cholesky::llt::{self, factor::LltRegularization};
use faer::{MatMut, MatRef, Par, Spec};

/// Room to solve systems of up to a number of unknowns; each thread has its own.
pub(super) struct Cholesky {
    scratch: MemBuffer,
}

impl Cholesky {
    /// Room for systems of up to `size` unknowns.
    pub(super) fn new(size: usize) -> Self {
        let factor = llt::factor::cholesky_in_place_scratch::<f64>(size, Par::Seq, Spec::default());
        let solve = llt::solve::solve_in_place_scratch::<f64>(size, 1, Par::Seq);
        let inverse = llt::inverse::inverse_scratch::<f64>(size, Par::Seq);
        Self {
            scratch: MemBuffer::new(StackReq::any_of(&[factor, solve, inverse])),
        }
    }

    /// Replaces the lower triangle of a matrix by its Cholesky factor; false when the matrix is not
    /// positive definite.
    fn factor(&mut self, matrix: MatMut<'_, f64>) -> bool {
        let stack = MemStack::new(&mut self.scratch);
        let done = llt::factor::cholesky_in_place(
            matrix,
            LltRegularization::default(),
            Par::Seq,
            stack,
            Spec::default(),
        );
        done.is_ok()
    }

    /// Solves `matrix` · x = `right`, x in place of `right`; only the lower triangle of the matrix,
    /// column by column in memory, is read, and it is spoilt. None when it is not positive definite
    /// or the solution not finite.
    pub(super) fn solve(&mut self, matrix: &mut [f64], right: &mut [f64]) -> Option<()> {
        let size = right.len();
        let mut matrix = MatMut::from_column_major_slice_mut(matrix, size, size);
        if !self.factor(matrix.as_mut()) {
            return None;
        }
        llt::solve::solve_in_place(
            matrix.as_ref(),
            MatMut::from_column_major_slice_mut(right, size, 1),
            Par::Seq,
            MemStack::new(&mut self.scratch),
        );
        right.iter().all(|value| value.is_finite()).then_some(())
    }

    /// The inverse of a square matrix, column by column in memory, of which the lower triangle is
    /// read; of the inverse too the lower triangle alone is meaningful. None when the matrix is not
    /// positive definite.
    pub(super) fn inverse(&mut self, matrix: &[f64], size: usize) -> Option<Vec<f64>> {
        let mut factor = matrix.to_vec();
        if !self.factor(MatMut::from_column_major_slice_mut(&mut factor, size, size)) {
            return None;
        }
        let mut inverse = vec![0.0; size * size];
        llt::inverse::inverse(
            MatMut::from_column_major_slice_mut(&mut inverse, size, size),
            MatRef::from_column_major_slice(&factor, size, size),
            Par::Seq,
            MemStack::new(&mut self.scratch),
        );
        // A pivot that overflowed, or that is no number, passes for positive.
        (0..size)
            .all(|at| inverse[at * size + at].is_finite() && inverse[at * size + at] > 0.0)
            .then_some(inverse)
    }
}
