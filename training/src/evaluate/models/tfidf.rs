use crate::evaluate::{EvaluateError, Scorer, Task};
use crate::similarity::plain_vectors;
use crate::sparse::SparseRows;

/// Texts of films as vectors of length 1.
pub(super) struct TfIdf {
    rows: SparseRows,
    postings: SparseRows,
}

impl TfIdf {
    pub(super) fn fit(task: &Task) -> Result<Self, EvaluateError> {
        let has_words =
            |film: &matinee::catalogue::Movie| !film.overview.is_empty() || !film.genres.is_empty();
        if !task.films.iter().any(has_words) {
            return Err(EvaluateError::NoFacts { model: "tfidf" });
        }
        let rows = plain_vectors(&task.films);
        Ok(Self {
            postings: rows.transposed(),
            rows,
        })
    }

    /// The sum of the films' vectors, by ascending column.
    fn profile(&self, films: &[u32]) -> Vec<(u32, f32)> {
        let terms = films.iter().flat_map(|film| self.rows.row(*film as usize));
        let mut terms: Vec<(u32, f32)> = terms.collect();
        terms.sort_by_key(|(column, _)| *column);
        let columns = terms.chunk_by(|a, b| a.0 == b.0);
        columns
            .map(|same| (same[0].0, same.iter().map(|(_, value)| value).sum()))
            .collect()
    }
}

impl Scorer for TfIdf {
    /// The scalar product with the profile: the cosine times the profile's length, which is the
    /// same for all films.
    fn scores(&self, history: &[u32], scores: &mut [f32]) {
        scores.fill(0.0);
        let profile = self.profile(history);
        self.postings.add_products(profile.into_iter(), scores);
    }
}
