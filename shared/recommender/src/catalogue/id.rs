use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::normalise::fold;

/// The longest id accepted, in bytes.
pub const MAX_MOVIE_ID: usize = 128;

/// A film's identity, qualified by the source that gave it: `tmdb:603`, `imdb:tt0133093`,
/// `movielens:2571`, or `film:the-matrix-1999` where a source has no ids.
///
/// The source is one or more of `a-z0-9`, the key one or more of `A-Za-z0-9._-`; together at most
/// [`MAX_MOVIE_ID`] bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct MovieId(String);

/// A string that is no [`MovieId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a movie id: expected source:key such as \"tmdb:603\", found {0:?}")]
pub struct InvalidMovieId(pub String);

impl MovieId {
    /// An id of `source`'s own key.
    ///
    /// # Errors
    /// [`InvalidMovieId`] when source or key hold characters an id cannot have.
    pub fn new(source: &str, key: impl fmt::Display) -> Result<Self, InvalidMovieId> {
        format!("{source}:{key}").parse()
    }

    /// The id of a film whose source has none: `film:<slug of the title>-<year>`.
    pub fn from_title(title: &str, year: Option<u16>) -> Self {
        let mut text = format!("film:{}", slug(title));
        text.truncate(MAX_MOVIE_ID - 6);
        if let Some(year) = year {
            text.push('-');
            text.push_str(&year.to_string());
        }
        Self(text)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the colon.
    pub fn source(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }

    /// The part behind the colon.
    pub fn key(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, key)| key)
    }
}

/// A title in lower-case ASCII with dashes, for ids people can read; "untitled" for a title
/// without a letter or digit.
pub fn slug(title: &str) -> String {
    let slug = fold(title)
        .split_ascii_whitespace()
        .collect::<Vec<_>>()
        .join("-");
    if slug.is_empty() {
        "untitled".to_owned()
    } else {
        slug
    }
}

impl FromStr for MovieId {
    type Err = InvalidMovieId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let valid = text.len() <= MAX_MOVIE_ID
            && text.split_once(':').is_some_and(|(source, key)| {
                !source.is_empty()
                    && !key.is_empty()
                    && source
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                    && key
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
            });
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidMovieId(text.chars().take(MAX_MOVIE_ID).collect()))
        }
    }
}

impl fmt::Display for MovieId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for MovieId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_its_source_and_key() {
        let id: MovieId = "imdb:tt0133093".parse().unwrap();
        assert_eq!((id.source(), id.key()), ("imdb", "tt0133093"));
    }

    #[test]
    fn a_film_without_an_id_is_named_by_title_and_year() {
        assert_eq!(
            MovieId::from_title("Amélie", Some(2001)).as_str(),
            "film:amelie-2001"
        );
        assert_eq!(MovieId::from_title("!!!", None).as_str(), "film:untitled");
    }

    #[test]
    fn what_has_no_source_or_strange_characters_is_refused() {
        for bad in [
            "", "603", ":603", "tmdb:", "TMDB:603", "tmdb:6 3", "tmdb:6/3", "a:b:c",
        ] {
            assert!(bad.parse::<MovieId>().is_err(), "{bad:?}");
        }
        assert!(
            format!("film:{}", "x".repeat(200))
                .parse::<MovieId>()
                .is_err()
        );
    }
}
