//! Reading films with their stars from a file in the layout of `movie_ratings_simple`: the columns
//! `title`, `year`, `Director1`, `Genre1`, `Genre2`, `Genre3` and `stars`, in any order and with
//! others beside them, separated by commas or, in a file whose header has tabs, by tabs.
//!
//! A row is what a device reports and is held to the same rules. What is wrong with one is counted
//! and reported with file, line and reason, and the row is skipped, exactly as in catalogues
//! ([`crate::ingest`]).

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use matinee::rating::Genre;
use matinee::taste::{FilmRating, Millis};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::ingest::report::{Ledger, lossy};
use crate::ingest::table::{Encoding, Lines, Table, read_error};
use crate::ingest::{BadRow, ImportError};

/// The name of the layout, for people.
const LAYOUT: &str = "film ratings";

/// The columns that must be there.
const COLUMNS: [&str; 7] = [
    "title",
    "year",
    "Director1",
    "Genre1",
    "Genre2",
    "Genre3",
    "stars",
];

/// How a file says that there is no director or genre.
pub const NONE: &str = "None";

/// How a file of film ratings is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilmRatingOptions {
    /// Skip bad rows however many they are; otherwise more than 1 % of the rows fail the import.
    pub lenient: bool,
    /// Whose ratings they are said to be; part of their ids.
    pub thing: String,
    /// When they are said to have arrived.
    pub accepted: Millis,
}

impl FilmRatingOptions {
    /// The usual way, at this time.
    pub fn at(accepted: Millis) -> Self {
        Self {
            lenient: false,
            thing: "import".to_owned(),
            accepted,
        }
    }
}

/// What was read and what was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilmRatingReport {
    /// The file.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// Data rows read.
    pub rows: u64,
    /// Ratings made of them.
    pub ratings: u64,
    /// Rows skipped because something in them is wrong.
    pub bad_rows: u64,
    /// The first of the bad rows.
    pub bad_row_examples: Vec<BadRow>,
    /// Genres that no [`Genre`] answers to, and how often each stood in a row that was read: they are
    /// kept as they are.
    pub unknown_genres: BTreeMap<String, u64>,
}

/// Hands over the ratings of a file one after the other, in the order of their rows. Memory is that
/// of one row. Ids are derived: rows that say the same have the same.
///
/// # Errors
/// [`ImportError`]: nothing there, not these columns, not UTF-8, no rating, or too many bad rows. That
/// there are too many is known at the file's end, when the good ones were handed over.
pub fn for_each(
    path: &Path,
    options: &FilmRatingOptions,
    mut each: impl FnMut(FilmRating),
) -> Result<FilmRatingReport, ImportError> {
    if path.is_dir() {
        let source = std::io::ErrorKind::IsADirectory.into();
        return Err(read_error(path, source));
    }
    let mut ledger = Ledger::new(options.lenient);
    let (mut ratings, mut unknown_genres) = (0, BTreeMap::new());
    ledger.open(path);
    rows(path, &mut ledger, |fields| {
        let rating = rating(fields, options)?;
        for genre in [&rating.genre1, &rating.genre2, &rating.genre3] {
            if genre != NONE && genre.parse::<Genre>().is_err() {
                *unknown_genres.entry(genre.clone()).or_default() += 1;
            }
        }
        ratings += 1;
        each(rating);
        Ok(())
    })?;
    ledger.close()?;
    let (files, bad_row_examples) = ledger.files();
    let rows = files.iter().map(|file| file.rows).sum();
    let bad_rows = files.iter().map(|file| file.bad_rows).sum();
    if ratings == 0 {
        return Err(ImportError::NoFilmRatings {
            path: path.to_owned(),
            rows,
            bad_rows,
            examples: bad_row_examples,
        });
    }
    Ok(FilmRatingReport {
        path: path.to_owned(),
        rows,
        ratings,
        bad_rows,
        bad_row_examples,
        unknown_genres,
    })
}

/// The fields of a row, in the order of [`COLUMNS`].
type Fields<'a> = [Cow<'a, str>; COLUMNS.len()];

fn rating(fields: Fields<'_>, options: &FilmRatingOptions) -> Result<FilmRating, String> {
    let payload: Map<String, Value> = COLUMNS
        .into_iter()
        .zip(fields)
        .map(|(column, field)| (column.to_owned(), field.into()))
        .collect();
    FilmRating::read(&payload, &options.thing, options.accepted).map_err(|faults| {
        let said = faults
            .iter()
            .zip(faults.iter().map(|fault| payload.get(&fault.field)));
        let said = said.map(|(fault, found)| match found.and_then(Value::as_str) {
            Some(found) if !found.is_empty() => {
                let found: String = found.chars().take(60).collect();
                format!("{}: {} (in the file {found:?})", fault.field, fault.detail)
            }
            _ => format!("{}: {}", fault.field, fault.detail),
        });
        said.collect::<Vec<_>>().join("; ")
    })
}

/// Takes every row to `each`; what that does not like is a bad row.
fn rows(
    path: &Path,
    ledger: &mut Ledger,
    mut each: impl FnMut(Fields<'_>) -> Result<(), String>,
) -> Result<(), ImportError> {
    let mut table = Table::open(path)?;
    if table.header().iter().any(|name| name.contains('\t')) {
        return tabbed(path, ledger, each);
    }
    let columns = table.columns(LAYOUT, COLUMNS.each_ref().map(std::slice::from_ref))?;
    while let Some(row) = table.next(ledger)? {
        if let Err(reason) = each(columns.map(|column| Cow::Borrowed(row.get(column)))) {
            let line = row.line;
            ledger.bad(line, reason);
        }
    }
    Ok(())
}

/// As [`rows`], of a file whose columns are separated by tabs.
fn tabbed(
    path: &Path,
    ledger: &mut Ledger,
    mut each: impl FnMut(Fields<'_>) -> Result<(), String>,
) -> Result<(), ImportError> {
    let mut lines = Lines::open(path, Encoding::Utf8)?;
    // The header is no row: its faults go nowhere, as it was read before.
    let mut aside = Ledger::new(true);
    let header = match lines.next(&mut aside)? {
        Some((_, header)) => header.split('\t').map(unquoted).map(Cow::into_owned),
        None => return Ok(()),
    };
    let header: Vec<String> = header.collect();
    let place = |name: &str| {
        let mut names = header.iter();
        names.position(|column| column.eq_ignore_ascii_case(name))
    };
    let places = COLUMNS.map(place);
    let missing: Vec<String> = COLUMNS
        .into_iter()
        .zip(places)
        .filter(|(_, place)| place.is_none())
        .map(|(name, _)| name.to_owned())
        .collect();
    if !missing.is_empty() {
        return Err(ImportError::Columns {
            path: path.to_owned(),
            layout: LAYOUT,
            expected: COLUMNS.map(str::to_owned).to_vec(),
            missing,
            found: header,
        });
    }
    let places = places.map(Option::unwrap_or_default);
    while let Some((line, text)) = lines.next(ledger)? {
        let fields: Vec<&str> = text.split('\t').collect();
        let read = if fields.len() == header.len() {
            each(places.map(|place| unquoted(fields.get(place).copied().unwrap_or_default())))
        } else {
            let (expected, found) = (header.len(), fields.len());
            Err(format!("expected {expected} columns, found {found}"))
        };
        if let Err(reason) = read {
            ledger.bad(line, reason);
        }
    }
    Ok(())
}

/// The field without space around it, and without the quotation marks in which some programs put a
/// field that has one in it, which is doubled then.
fn unquoted(field: &str) -> Cow<'_, str> {
    let field = field.trim();
    let inside = field
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inside {
        Some(inside) if !inside.replace("\"\"", "").contains('"') => {
            Cow::Owned(inside.replace("\"\"", "\""))
        }
        _ => Cow::Borrowed(field),
    }
}
