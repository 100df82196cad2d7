//! Sparse matrices by rows, as similarity needs them.

/// A sparse matrix stored row by row; within a row columns ascend.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SparseRows {
    offsets: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
    width: usize,
}

impl SparseRows {
    /// A matrix with `width` columns and no row yet.
    pub fn new(width: usize) -> Self {
        Self {
            offsets: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
            width,
        }
    }

    /// Appends a row of (column, value) pairs with ascending columns below the width.
    pub fn push(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        for (column, value) in row {
            debug_assert!((column as usize) < self.width);
            self.columns.push(column);
            self.values.push(value);
        }
        self.offsets.push(self.columns.len());
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The (column, value) pairs of a row by ascending column.
    pub fn row(&self, row: usize) -> impl ExactSizeIterator<Item = (u32, f32)> + '_ {
        let range = self.offsets[row]..self.offsets[row + 1];
        self.columns[range.clone()]
            .iter()
            .copied()
            .zip(self.values[range].iter().copied())
    }

    /// Some of the rows, in the order of `rows`.
    #[must_use]
    pub fn rows_at(&self, rows: &[u32]) -> Self {
        let mut chosen = Self::new(self.width);
        for row in rows {
            chosen.push(self.row(*row as usize));
        }
        chosen
    }

    /// Columns become rows. O(values).
    #[must_use]
    pub fn transposed(&self) -> Self {
        let mut offsets = vec![0; self.width + 1];
        for column in &self.columns {
            offsets[*column as usize + 1] += 1;
        }
        for at in 0..self.width {
            offsets[at + 1] += offsets[at];
        }
        let mut next = offsets.clone();
        let mut columns = vec![0; self.columns.len()];
        let mut values = vec![0.0; self.values.len()];
        for row in 0..self.rows() {
            for (column, value) in self.row(row) {
                let at = &mut next[column as usize];
                columns[*at] = row as u32;
                values[*at] = value;
                *at += 1;
            }
        }
        Self {
            offsets,
            columns,
            values,
            width: self.rows(),
        }
    }

    /// Rows of fewer than `full` values made shorter: n values by sqrt(n / `full`).
    #[must_use]
    pub fn damped(&self, full: usize) -> Self {
        let mut damped = Self::new(self.width);
        for row in 0..self.rows() {
            let share = self.row(row).len() as f32 / full as f32;
            let factor = share.min(1.0).sqrt();
            damped.push(
                self.row(row)
                    .map(|(column, value)| (column, value * factor)),
            );
        }
        damped
    }

    /// The dot product of two rows.
    pub fn product(&self, one: u32, other: u32) -> f64 {
        let mut others = self.row(other as usize).peekable();
        let mut sum = 0.0;
        for (column, value) in self.row(one as usize) {
            while others.next_if(|(before, _)| *before < column).is_some() {}
            if let Some((_, with)) = others.next_if(|(same, _)| *same == column) {
                sum += f64::from(value) * f64::from(with);
            }
        }
        sum
    }

    /// Puts the columns of `parts` side by side, each part's values times its factor.
    ///
    /// # Panics
    /// When the parts have different numbers of rows.
    pub fn beside(parts: &[(&SparseRows, f32)]) -> Self {
        let rows = parts.first().map_or(0, |(part, _)| part.rows());
        assert!(parts.iter().all(|(part, _)| part.rows() == rows));
        let mut joined = Self::new(parts.iter().map(|(part, _)| part.width).sum());
        for row in 0..rows {
            let mut shift = 0;
            for (part, factor) in parts {
                for (column, value) in part.row(row) {
                    joined.columns.push(shift + column);
                    joined.values.push(value * factor);
                }
                shift += part.width as u32;
            }
            joined.offsets.push(joined.columns.len());
        }
        joined
    }

    /// Adds the dot product of `row` with every row of the matrix that `self` is the transpose of
    /// onto `sums`. Cost: the postings of the row's columns.
    pub fn add_products(&self, row: impl Iterator<Item = (u32, f32)>, sums: &mut [f32]) {
        for (column, value) in row {
            for (other, weight) in self.row(column as usize) {
                sums[other as usize] += value * weight;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SparseRows;
    use proptest::prelude::*;

    fn sparse(dense: &[Vec<i8>]) -> SparseRows {
        let mut rows = SparseRows::new(dense.first().map_or(0, Vec::len));
        for row in dense {
            let values = row.iter().enumerate().filter(|(_, v)| **v != 0);
            rows.push(values.map(|(column, v)| (column as u32, f32::from(*v))));
        }
        rows
    }

    proptest! {
        #[test]
        fn products_through_the_transpose_equal_those_by_definition(
            dense in (1usize..6).prop_flat_map(|width| {
                prop::collection::vec(prop::collection::vec(-2i8..3, width), 1..8)
            })
        ) {
            let rows = sparse(&dense);
            let postings = rows.transposed();
            prop_assert_eq!(&postings.transposed(), &rows);
            for (i, a) in dense.iter().enumerate() {
                let mut sums = vec![0.0; dense.len()];
                postings.add_products(rows.row(i), &mut sums);
                for (sum, b) in sums.iter().zip(&dense) {
                    let expected: i32 = a.iter().zip(b).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum();
                    prop_assert!((*sum - expected as f32).abs() < 1e-6);
                }
                for (j, b) in dense.iter().enumerate() {
                    let expected: i32 = a.iter().zip(b).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum();
                    let product = rows.product(i as u32, j as u32);
                    prop_assert!((product - f64::from(expected)).abs() < 1e-6);
                }
            }
        }
    }
}
