use serde::Deserialize;

use super::{TfIdfSettings, tfidf};
use crate::sparse::SparseRows;

/// Texts of our own and what scikit-learn says of them; `made_with` in the file says how.
#[derive(Deserialize)]
struct Golden {
    texts: Vec<String>,
    cosine: Vec<Vec<f32>>,
    cosine_sublinear: Vec<Vec<f32>>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden.json")).unwrap()
}

fn cosines(rows: &SparseRows) -> Vec<Vec<f32>> {
    let postings = rows.transposed();
    (0..rows.rows())
        .map(|row| {
            let mut sums = vec![0.0; rows.rows()];
            postings.add_products(rows.row(row), &mut sums);
            sums
        })
        .collect()
}

fn assert_equal(ours: &[Vec<f32>], reference: &[Vec<f32>]) {
    for (row, (ours, reference)) in ours.iter().zip(reference).enumerate() {
        for (column, (a, b)) in ours.iter().zip(reference).enumerate() {
            assert!((a - b).abs() < 1e-6, "({row}, {column}): {a} and {b}");
        }
    }
}

#[test]
fn cosines_equal_those_of_scikit_learn() {
    let golden = golden();
    let mut settings = TfIdfSettings {
        english_stop_words: true,
        sublinear: false,
    };
    assert_equal(&cosines(&tfidf(&golden.texts, settings)), &golden.cosine);
    settings.sublinear = true;
    assert_equal(
        &cosines(&tfidf(&golden.texts, settings)),
        &golden.cosine_sublinear,
    );
}

#[test]
fn a_text_of_stop_words_alone_is_near_to_nothing() {
    let settings = TfIdfSettings {
        english_stop_words: true,
        sublinear: false,
    };
    let rows = tfidf(&["the of and", "a film"], settings);
    assert_eq!(rows.row(0).len(), 0);
    assert_eq!(rows.row(1).len(), 1);
}
