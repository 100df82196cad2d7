use matinee::catalogue::Movie;
use matinee::model::NeighbourLists;

use super::neighbours_by_rows;
use crate::Progress;
use crate::tfidf::{TfIdfSettings, tfidf};

/// Cosine of TF-IDF over overview and genres with English stop words: the reference everyone
/// knows, kept beside the blended list as `model=tfidf`. At most `k` neighbours a film.
pub fn plain_neighbours(movies: &[Movie], k: usize, progress: &dyn Progress) -> NeighbourLists {
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
    let rows = tfidf(&texts, settings);
    let postings = rows.transposed();
    neighbours_by_rows(movies.len(), k, progress, |row, scores| {
        postings.add_products(rows.row(row), scores);
    })
}
