//! The films from which others are invented.

use std::path::Path;

use anyhow::Context as _;
use matinee::rating::{Genre, MAX_GENRES};
use matinee::taste::{FilmRating, Millis};
use matinee_training::film_ratings::{self, FilmRatingOptions, NONE};

/// What separates several genres or directors in one field of the built-in films.
const SEPARATOR: char = '|';

/// A film as far as others are made of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KnownFilm {
    pub(super) year: u16,
    pub(super) director: String,
    /// As devices name them, [`NONE`] where there is none.
    pub(super) genres: [String; MAX_GENRES],
    /// 1 to 10, where somebody said so.
    pub(super) stars: Option<f64>,
}

/// Films, at least one, each with a director and a genre.
#[derive(Clone, Debug)]
pub(crate) struct Films {
    pub(super) films: Vec<KnownFilm>,
    /// Rows of the file that are none.
    pub(crate) bad_rows: u64,
}

impl Films {
    /// Those of a file in the layout of `movie_ratings_simple`.
    ///
    /// # Errors
    /// When it cannot be read, or has no film with a director and a genre.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let mut films = Vec::new();
        let options = FilmRatingOptions::at(Millis(0));
        let report = film_ratings::for_each(path, &options, |rating| {
            films.extend(known(rating));
        })?;
        let bad_rows = report.bad_rows;
        Self::of(films, bad_rows)
            .with_context(|| format!("no film can be invented from {}", path.display()))
    }

    /// The films that are compiled in. They have no stars.
    ///
    /// # Errors
    /// When they are no catalogue of ours, which a test would show.
    pub(crate) fn built_in(catalogue: &[u8]) -> anyhow::Result<Self> {
        let mut reader = csv::Reader::from_reader(catalogue);
        let header = reader.headers()?.clone();
        let place = |name: &str| {
            let place = header.iter().position(|column| column == name);
            place.with_context(|| format!("the built-in films have no column {name}"))
        };
        let [year, genres, directors] = [place("year")?, place("genres")?, place("directors")?];
        let mut films = Vec::new();
        for row in reader.records() {
            let row = row?;
            let field = |place| row.get(place).unwrap_or_default();
            let genres = field(genres).split(SEPARATOR);
            let genres = genres.filter_map(|genre| genre.parse::<Genre>().ok());
            let mut names = genres.map(|genre| genre.name().to_owned());
            let director = field(directors).split(SEPARATOR).next().unwrap_or_default();
            if let Ok(year) = field(year).parse() {
                films.push(KnownFilm {
                    year,
                    director: director.to_owned(),
                    genres: [(); MAX_GENRES]
                        .map(|()| names.next().unwrap_or_else(|| NONE.to_owned())),
                    stars: None,
                });
            }
        }
        Self::of(films, 0)
    }

    fn of(mut films: Vec<KnownFilm>, bad_rows: u64) -> anyhow::Result<Self> {
        films.retain(|film| {
            let director = film.director.as_str();
            !director.is_empty() && director != NONE && film.genres.iter().any(|g| g != NONE)
        });
        anyhow::ensure!(
            !films.is_empty(),
            "expected at least one film with a director and a genre, found none"
        );
        Ok(Self { films, bad_rows })
    }
}

fn known(rating: FilmRating) -> Option<KnownFilm> {
    let genres = [rating.genre1, rating.genre2, rating.genre3];
    let known = |genre: &String| genre == NONE || genre.parse::<Genre>().is_ok();
    // Devices may ask only for genres that are known.
    genres.iter().all(known).then_some(KnownFilm {
        year: rating.year,
        director: rating.director,
        genres,
        stars: Some(rating.stars),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_built_in_films_have_directors_and_genres_that_devices_may_ask_for() {
        let films = Films::built_in(crate::models::SAMPLE).unwrap();
        assert!(films.films.len() > 200, "{}", films.films.len());
        for film in &films.films {
            for genre in film.genres.iter().filter(|genre| *genre != NONE) {
                assert!(genre.parse::<Genre>().is_ok(), "{film:?}");
            }
        }
        assert!(
            films
                .films
                .iter()
                .any(|film| film.genres.contains(&"Sci-Fi".to_owned()))
        );
    }

    #[test]
    fn a_film_without_director_or_with_a_strange_genre_is_no_example() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("films.csv");
        let write = |rows: &str| {
            let text = format!("title,year,Director1,Genre1,Genre2,Genre3,stars\n{rows}");
            fs::write(&path, text).unwrap();
            Films::read(&path)
        };
        let films = write(
            "A,1999,Ada Moor,Drama,None,None,7\nB,1999,None,Drama,None,None,7\n\
             C,1999,Ada Moor,Gardening,None,None,7\nD,1999,Ada Moor,None,None,None,7\n",
        );
        let films = films.unwrap().films;
        assert_eq!(films.len(), 1);
        assert_eq!((films[0].year, films[0].stars), (1999, Some(7.0)));
        let error = format!(
            "{:#}",
            write("B,1999,None,Drama,None,None,7\n").unwrap_err()
        );
        assert!(
            error.contains("films.csv") && error.contains("a director"),
            "{error}"
        );
        assert!(write("B,soon,,,,,7\n").is_err());
    }
}
