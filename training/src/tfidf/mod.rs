//! Term frequency, inverse document frequency: texts as weighted bags of words.
//!
//! With the default settings and English stop words the weights are those of scikit-learn's
//! `TfidfVectorizer(stop_words="english")`, so that its users find the numbers they know.

mod stop_words;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use stop_words::is_english_stop_word;

use crate::sparse::SparseRows;

/// How texts become vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TfIdfSettings {
    /// Leave out the commonest English words.
    pub english_stop_words: bool,
    /// Count a term of frequency f as 1 + ln f instead of f.
    pub sublinear: bool,
}

/// One row a text, each of length 1 (or empty): term frequency × (ln((1 + n) / (1 + df)) + 1),
/// divided by the Euclidean norm, for n texts of which df hold the term. Terms are words of at
/// least two letters, digits or underscores, in lower case.
///
/// Source of the formula: scikit-learn's user guide, "Tf–idf term weighting", with `smooth_idf`.
pub fn tfidf<S: AsRef<str>>(texts: &[S], settings: TfIdfSettings) -> SparseRows {
    let documents = texts.iter().map(|text| {
        let text = text.as_ref().to_lowercase();
        let words =
            words(&text).filter(|word| !settings.english_stop_words || !is_english_stop_word(word));
        words.map(str::to_owned).collect()
    });
    tfidf_of_terms(documents, settings.sublinear)
}

/// As [`tfidf`], of documents that are lists of terms already.
pub fn tfidf_of_terms(documents: impl Iterator<Item = Vec<String>>, sublinear: bool) -> SparseRows {
    let mut vocabulary: HashMap<String, u32> = HashMap::new();
    let mut frequencies: Vec<u32> = Vec::new();
    let counts: Vec<Vec<(u32, u32)>> = documents
        .map(|terms| {
            let mut columns: Vec<u32> = terms
                .into_iter()
                .map(|term| {
                    let next = vocabulary.len() as u32;
                    *vocabulary.entry(term).or_insert(next)
                })
                .collect();
            columns.sort_unstable();
            frequencies.resize(vocabulary.len(), 0);
            let counts: Vec<(u32, u32)> = columns
                .chunk_by(|a, b| a == b)
                .map(|same| (same[0], same.len() as u32))
                .collect();
            for (column, _) in &counts {
                frequencies[*column as usize] += 1;
            }
            counts
        })
        .collect();
    let n = counts.len() as f64;
    let idf: Vec<f64> = frequencies
        .iter()
        .map(|df| ((1.0 + n) / (1.0 + f64::from(*df))).ln() + 1.0)
        .collect();
    let mut rows = SparseRows::new(vocabulary.len());
    for counts in counts {
        rows.push(weighted(&counts, &idf, sublinear));
    }
    rows
}

/// One document's weights, divided by their Euclidean norm.
fn weighted(counts: &[(u32, u32)], idf: &[f64], sublinear: bool) -> Vec<(u32, f32)> {
    let weight = |(column, count): &(u32, u32)| {
        let frequency = f64::from(*count);
        let frequency = if sublinear {
            1.0 + frequency.ln()
        } else {
            frequency
        };
        frequency * idf[*column as usize]
    };
    let norm = counts
        .iter()
        .map(|count| weight(count).powi(2))
        .sum::<f64>()
        .sqrt();
    counts
        .iter()
        .map(|count| (count.0, (weight(count) / norm) as f32))
        .collect()
}

/// Words of at least two characters; `text` must be in lower case.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| word.chars().nth(1).is_some())
}
