//! What a catalogue says of films, as features to stack under the interactions.

use super::gram::Side;
use crate::sparse::SparseRows;
use crate::tfidf::{TfIdfSettings, tfidf, tfidf_of_terms};
use matinee::catalogue::Movie;

/// Years of one bin.
const YEARS: u16 = 5;

/// Bins of the mean vote, with equally many films in each.
const VOTES: usize = 10;

/// Features of one kind, a row a film.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// What kind.
    pub name: &'static str,
    /// Films × features; a film of which this is not known has an empty row.
    pub rows: SparseRows,
    /// How much they count; chosen on parts held back of `MovieLens` data.
    pub weight: f64,
}

impl Features {
    /// As [`Side`].
    pub fn side(&self) -> Side<'_> {
        Side {
            features: &self.rows,
            weight: self.weight,
        }
    }
}

/// The features of films that the catalogue gives, kind by kind; kinds of which nothing is known of any
/// film are left out. Each row of a kind has length 1.
pub fn catalogue_features(movies: &[Movie]) -> Vec<Features> {
    let texts = |text: fn(&Movie) -> &str, sublinear| {
        let texts: Vec<&str> = movies.iter().map(text).collect();
        let settings = TfIdfSettings {
            english_stop_words: true,
            sublinear,
        };
        shared(&tfidf(&texts, settings))
    };
    let keywords = movies.iter().map(|movie| movie.keywords.clone());
    let kinds = [
        ("genres", genres(movies), 1.8),
        ("overview", texts(|movie| &movie.overview, true), 1.0),
        ("keywords", shared(&tfidf_of_terms(keywords, false)), 1.5),
        ("title", texts(|movie| &movie.title, false), 1.5),
        ("year", years(movies), 1.5),
        ("votes", votes(movies), 0.5),
    ];
    kinds
        .into_iter()
        .filter(|(_, rows, _)| (0..rows.rows()).any(|film| rows.row(film).len() > 0))
        .map(|(name, rows, weight)| Features { name, rows, weight })
        .collect()
}

/// Without the columns that one film alone has, which make no two films alike; rows are of length 1
/// again.
fn shared(rows: &SparseRows) -> SparseRows {
    let films_with = rows.transposed();
    let mut places = Vec::with_capacity(rows.width());
    let mut width = 0;
    for column in 0..rows.width() {
        let is_shared = films_with.row(column).len() > 1;
        places.push(is_shared.then_some(width));
        width += u32::from(is_shared);
    }
    let mut kept = SparseRows::new(width as usize);
    for film in 0..rows.rows() {
        let row = || {
            let columns = rows.row(film);
            columns.filter_map(|(column, value)| Some((places[column as usize]?, value)))
        };
        let squares: f64 = row().map(|(_, value)| f64::from(value).powi(2)).sum();
        kept.push(
            row().map(|(column, value)| (column, (f64::from(value) / squares.sqrt()) as f32)),
        );
    }
    kept
}

/// Genres, all of a film's equally.
fn genres(movies: &[Movie]) -> SparseRows {
    one_hot(movies.iter().map(|movie| {
        let genres = movie.genres.iter().map(|genre| *genre as u32);
        genres.collect()
    }))
}

fn years(movies: &[Movie]) -> SparseRows {
    one_hot(movies.iter().map(|movie| {
        let bin = movie.year.map(|year| u32::from(year / YEARS));
        bin.into_iter().collect()
    }))
}

/// The quantile of the mean vote.
fn votes(movies: &[Movie]) -> SparseRows {
    let known = movies.iter().filter_map(|movie| movie.vote_average);
    let mut known: Vec<f32> = known.filter(|vote| vote.is_finite()).collect();
    known.sort_unstable_by(f32::total_cmp);
    let bounds: Vec<f32> = (1..VOTES)
        .filter_map(|bin| known.get(bin * known.len() / VOTES).copied())
        .collect();
    one_hot(movies.iter().map(|movie| {
        let vote = movie.vote_average.filter(|vote| vote.is_finite());
        let bin = vote.map(|vote| bounds.partition_point(|bound| *bound <= vote) as u32);
        bin.into_iter().collect()
    }))
}

/// Rows of length 1 in which all features of a film are equal.
fn one_hot(films: impl Iterator<Item = Vec<u32>>) -> SparseRows {
    let films: Vec<Vec<u32>> = films
        .map(|mut features| {
            features.sort_unstable();
            features.dedup();
            features
        })
        .collect();
    let width = films
        .iter()
        .flatten()
        .max()
        .map_or(0, |last| *last as usize + 1);
    let mut rows = SparseRows::new(width);
    for features in films {
        let value = 1.0 / (features.len().max(1) as f32).sqrt();
        rows.push(features.into_iter().map(|feature| (feature, value)));
    }
    rows
}
