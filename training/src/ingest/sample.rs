//! Our own layout, in which every field is checked: a mistake in it is ours.

use std::path::Path;

use matinee::catalogue::{Genre, Movie, MovieId};

use super::films::Films;
use super::report::Ledger;
use super::table::{Row, Table};
use super::{ImportError, fields};

/// The header, which must be exactly this.
pub(super) const HEADER: [&str; 13] = [
    "id",
    "title",
    "original_title",
    "year",
    "genres",
    "directors",
    "cast",
    "countries",
    "language",
    "runtime",
    "keywords",
    "prominence",
    "plot",
];

/// Reads a catalogue whose header was found to be [`HEADER`].
pub(super) fn read(path: &Path, ledger: &mut Ledger) -> Result<Films, ImportError> {
    let mut table = Table::open(path)?;
    let mut films = Films::new(path);
    ledger.open(path);
    while let Some(row) = table.next(ledger)? {
        match movie(&row) {
            Ok(movie) => films.add(movie)?,
            Err(reason) => ledger.bad(row.line, reason),
        }
    }
    ledger.close()?;
    Ok(films)
}

fn movie(row: &Row<'_>) -> Result<Movie, String> {
    let [
        id,
        title,
        original_title,
        year,
        genres,
        directors,
        cast,
        countries,
        language,
        runtime,
        keywords,
        prominence,
        plot,
    ] = std::array::from_fn(|column| row.get(column));

    let title = fields::title(title)?;
    let year = fields::year("year", year)?;
    let id = match id {
        "" => MovieId::from_title(&title, year),
        _ => id.parse().map_err(|error| format!("id: {error}"))?,
    };
    let prominence = fields::whole("prominence", prominence, 1..=100)?
        .ok_or("prominence: expected a whole number from 1 to 100, found nothing")?;
    let original_title = fields::text(original_title);
    Ok(Movie {
        original_title: if original_title == title {
            String::new()
        } else {
            original_title
        },
        genres: known_genres(genres)?,
        directors: fields::list(directors.split('|')),
        cast: fields::list(cast.split('|')),
        keywords: fields::list(keywords.to_lowercase().split('|')),
        countries: codes(
            "countries",
            countries,
            fields::is_country,
            "two capital letters",
        )?,
        language: match language {
            "" => String::new(),
            _ => code(
                "language",
                language,
                fields::is_language,
                "two small letters",
            )?,
        },
        overview: fields::text(plot),
        runtime: fields::runtime(runtime)?,
        prominence: prominence as f32 / 100.0,
        ..Movie::new(id, title, year)
    })
}

fn known_genres(field: &str) -> Result<Vec<Genre>, String> {
    let mut genres = Vec::new();
    for name in fields::list(field.split('|')) {
        let genre: Genre = name.parse().map_err(|error| format!("genres: {error}"))?;
        if !genres.contains(&genre) {
            genres.push(genre);
        }
    }
    Ok(genres)
}

fn codes(
    column: &str,
    field: &str,
    is_code: fn(&str) -> bool,
    form: &str,
) -> Result<Vec<String>, String> {
    let codes = fields::list(field.split('|'));
    codes
        .iter()
        .map(|one| code(column, one, is_code, form))
        .collect()
}

fn code(
    column: &str,
    field: &str,
    is_code: fn(&str) -> bool,
    form: &str,
) -> Result<String, String> {
    if is_code(field) {
        Ok(field.to_owned())
    } else {
        let found = fields::shown(field);
        Err(format!(
            "{column}: expected a code of {form}, found {found}"
        ))
    }
}
