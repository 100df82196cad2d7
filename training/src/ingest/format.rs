use std::fmt;

use serde::Serialize;

use super::sample;

/// A layout in which catalogues are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Format {
    /// Our own, of `data/sample`.
    #[serde(rename = "sample")]
    Sample,
    /// CSV with TMDB's column names.
    #[serde(rename = "tmdb_csv")]
    TmdbCsv,
    /// "The Movies Dataset" of Kaggle.
    #[serde(rename = "kaggle_movies_metadata")]
    KaggleMoviesMetadata,
    /// "TMDB 5000 Movie Dataset".
    #[serde(rename = "tmdb_5000")]
    Tmdb5000,
    /// MovieLens latest, latest-small, 20m, 25m, 32m.
    #[serde(rename = "movielens_csv")]
    MovieLensCsv,
    /// MovieLens 1m.
    #[serde(rename = "movielens_1m")]
    MovieLensDat,
    /// MovieLens 100k.
    #[serde(rename = "movielens_100k")]
    MovieLens100k,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] = [
        Self::Sample,
        Self::TmdbCsv,
        Self::KaggleMoviesMetadata,
        Self::Tmdb5000,
        Self::MovieLensCsv,
        Self::MovieLensDat,
        Self::MovieLens100k,
    ];

    /// The name shown to people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sample => "the Matinee sample",
            Self::TmdbCsv => "TMDB CSV",
            Self::KaggleMoviesMetadata => "Kaggle movies_metadata.csv",
            Self::Tmdb5000 => "TMDB 5000",
            Self::MovieLensCsv => "MovieLens CSV",
            Self::MovieLensDat => "MovieLens 1m",
            Self::MovieLens100k => "MovieLens 100k",
        }
    }

    /// How a file of this format is recognised: the columns it must have, or its name.
    pub fn recognised_by(self) -> String {
        const TMDB: &str =
            "id,title,genre,original_language,overview,release_date,vote_average,vote_count";
        match self {
            Self::Sample => format!("header exactly {}", sample::HEADER.join(",")),
            Self::TmdbCsv => format!("columns {TMDB}"),
            Self::KaggleMoviesMetadata => format!("columns {TMDB},belongs_to_collection"),
            Self::Tmdb5000 => format!("columns {TMDB},homepage,keywords,tagline"),
            Self::MovieLensCsv => "columns movieId,title,genres".to_owned(),
            Self::MovieLensDat => "a file named movies.dat".to_owned(),
            Self::MovieLens100k => "a file named u.item".to_owned(),
        }
    }

    /// Every format and how it is recognised, one a line.
    pub(super) fn layouts() -> String {
        let lines = Self::ALL.map(|format| format!("  {format}: {}", format.recognised_by()));
        lines.join("\n")
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
