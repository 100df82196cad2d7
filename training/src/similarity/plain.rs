use matinee::catalogue::Movie;
use matinee::model::NeighbourLists;

use super::neighbours_by_rows;
use crate::Progress;
use crate::sparse::SparseRows;
use crate::tfidf::{TfIdfSettings, tfidf};

/// TF-IDF over overview and genres with English stop words: a row a film, of length 1, or empty
/// where nothing is known.
pub fn plain_vectors(movies: &[Movie]) -> SparseRows {
    let texts: Vec<String> = movies
        .iter()
        .map(|movie| {
            let genres: Vec<&str> = movie.genres.iter().map(|genre| genre.name()).collect();
            format!("{} {}", movie.overview, genres.join(" "))
        })
        .collect();
    let settings = TfIdfSettings {
        english_stop_words: true,
        sublinear: false,
    };
    tfidf(&texts, settings)
}

/// Cosine of [`plain_vectors`]: the reference everyone knows, kept beside the blended list as
/// `model=tfidf`. At most `k` neighbours a film.
pub fn plain_neighbours(movies: &[Movie], k: usize, progress: &dyn Progress) -> NeighbourLists {
    let rows = plain_vectors(movies);
    let postings = rows.transposed();
    neighbours_by_rows(movies.len(), k, progress, |row, scores| {
        postings.add_products(rows.row(row), scores);
    })
}
