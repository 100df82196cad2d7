use proptest::prelude::*;

use super::{invented, with_threads};
use crate::NoProgress;
use crate::weights::{STRIP, Symmetric, WeightsError, gram, invert, viewer_weights};

/// A Gram matrix of invented viewers with a ridge of 10.
fn system(viewers: usize, films: usize) -> Symmetric {
    let preferences = invented(viewers, films, 12);
    let gram = gram(&preferences, &vec![1.0; viewers], &[], &NoProgress);
    let mut matrix = gram.unwrap().matrix;
    matrix.add_to_diagonal(&vec![10.0; films]);
    matrix
}

fn assert_is_inverse(matrix: &Symmetric, inverse: &Symmetric) {
    let size = matrix.size();
    for row in (0..size).step_by(7) {
        for column in 0..size {
            let products = (0..size).map(|at| matrix.get(row, at) * inverse.get(at, column));
            let product: f64 = products.sum();
            let expected = f64::from(u8::from(row == column));
            assert!(
                (product - expected).abs() < 1e-9,
                "{row}, {column}: {product}"
            );
        }
    }
}

#[test]
fn the_inverse_times_the_matrix_is_the_identity_at_every_size_around_a_strip() {
    for size in [1, 2, 130, STRIP - 1, STRIP, STRIP + 1, 2 * STRIP + 77] {
        let matrix = system(300, size);
        let mut inverse = matrix.clone();
        invert(&mut inverse, &NoProgress).unwrap();
        assert_is_inverse(&matrix, &inverse);
    }
}

#[test]
fn the_inverse_is_the_same_to_the_bit_whatever_the_number_of_threads() {
    let matrix = system(400, 3 * STRIP + 50);
    let invert = |threads| {
        let mut inverse = matrix.clone();
        with_threads(threads, || invert(&mut inverse, &NoProgress)).unwrap();
        inverse
    };
    let one = invert(1);
    for threads in [2, 3, 8] {
        assert!(one == invert(threads), "{threads} threads");
    }
}

#[test]
fn a_matrix_that_is_not_positive_definite_is_refused() {
    for at in [0, STRIP + 3] {
        let mut matrix = system(50, STRIP + 20);
        let mut spoilt = vec![0.0; STRIP + 20];
        spoilt[at] = -1e6;
        matrix.add_to_diagonal(&spoilt);
        let row = at / STRIP * STRIP;
        let found = invert(&mut matrix, &NoProgress);
        assert_eq!(found, Err(WeightsError::NotPositive { row }));
    }
    let mut matrix = system(50, 20);
    matrix.add_to_diagonal(&[f64::NAN; 20]);
    let found = invert(&mut matrix, &NoProgress);
    assert_eq!(found, Err(WeightsError::NotPositive { row: 0 }));
}

#[test]
fn a_matrix_of_nothing_is_its_own_inverse() {
    let mut nothing = Symmetric::zeros(0);
    invert(&mut nothing, &NoProgress).unwrap();
    assert_eq!(nothing.size(), 0);
}

#[test]
fn the_bytes_of_a_matrix_are_known_before_it_is_made() {
    for size in [0, 1, STRIP - 1, STRIP, STRIP + 1, 5 * STRIP + 3] {
        let mut matrix = Symmetric::zeros(size);
        let values: usize = matrix.strips_mut().map(|strip| strip.columns.len()).sum();
        assert_eq!(Symmetric::bytes(size), 8 * values as u64);
    }
}

proptest! {
    #[test]
    fn the_gram_matrix_is_the_weighted_count_of_viewers_who_have_both(
        rows in prop::collection::vec(prop::collection::vec(0_u32..9, 0..9), 0..12),
        damping in 0.0..1.0,
    ) {
        let preferences = crate::preferences::Preferences::new(9, rows);
        let sizes: Vec<usize> = preferences.rows().map(<[u32]>::len).collect();
        let weights = viewer_weights(&sizes, damping);
        let gram = gram(&preferences, &weights, &[], &NoProgress).unwrap();
        for a in 0..9 {
            for b in 0..9 {
                let both = preferences.rows().zip(&weights).filter(|(row, _)| {
                    row.contains(&(a as u32)) && row.contains(&(b as u32))
                });
                let expected: f64 = both.map(|(_, weight)| weight).sum();
                prop_assert!((gram.matrix.get(a, b) - expected).abs() < 1e-9);
            }
            prop_assert!((gram.viewers[a] - gram.matrix.get(a, a)).abs() < 1e-9);
        }
    }
}

#[test]
fn products_with_columns_are_those_by_definition_at_every_size_around_a_strip() {
    for size in [1, 130, STRIP, STRIP + 1, 2 * STRIP + 77] {
        let matrix = system(300, size);
        let right: Vec<f64> = (0..3 * size).map(|at| (at * 7 % 11) as f64 - 5.0).collect();
        let mut out = vec![f64::NAN; 3 * size];
        matrix.multiply(&right, &mut out);
        for (column, (right, out)) in right.chunks(size).zip(out.chunks(size)).enumerate() {
            for (row, found) in out.iter().enumerate() {
                let products = right.iter().enumerate();
                let expected: f64 = products
                    .map(|(at, value)| matrix.get(row, at) * value)
                    .sum();
                assert!((found - expected).abs() < 1e-8, "{size}: {row}, {column}");
            }
        }
    }
    Symmetric::zeros(0).multiply(&[], &mut []);
}
