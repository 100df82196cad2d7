//! The log: every accepted interaction as a row of a tab-separated file that is never changed.
//!
//! A segment is a header line and rows, written once under a name that says what is in it. Rows may
//! repeat, in one segment and over several: readers tell them apart by viewer and id. What a viewer
//! wants forgotten is a row, too ([`LogRow::Forgotten`]): rows of that viewer that were accepted
//! until then count no more, wherever they stand.

use serde_json::Value;

use super::interaction::{Flat, Recorded};
use super::{FilmRating, Millis, ViewerId};

/// The columns of a segment of interactions.
pub const COLUMNS: [&str; 13] = [
    "viewer",
    "id",
    "movie",
    "kind",
    "seconds",
    "duration",
    "stars",
    "scale",
    "at",
    "source",
    "recommendation",
    "accepted",
    "flags",
];

/// The columns of a segment of film ratings: those of the devices' own data, then ours.
pub const FILM_COLUMNS: [&str; 10] = [
    "title",
    "year",
    "Director1",
    "Genre1",
    "Genre2",
    "Genre3",
    "stars",
    "id",
    "thing",
    "accepted",
];

/// What `kind` is in the row of a viewer to be forgotten.
const FORGOTTEN: &str = "forgotten";

/// Where the segments of film ratings are, below the log's prefix.
pub const FILM_RATINGS: &str = "film-ratings/";

/// A row of the log.
#[derive(Clone, Debug, PartialEq)]
pub enum LogRow {
    /// Something that a viewer did.
    Interaction(Recorded),
    /// Whatever this viewer did that was accepted until then counts no more.
    Forgotten {
        /// Who.
        viewer: ViewerId,
        /// Until when.
        until: Millis,
    },
}

/// A line that is no row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct BadRow {
    /// Counted from 1, the header being the first.
    pub line: usize,
    /// What was expected and what was found.
    pub reason: String,
}

/// The name of a segment below the log's prefix: `dt=<day>/<origin>-<first>-<last>.tsv`.
///
/// `origin` and the sequence numbers are letters, digits and dots; the same rows from the same
/// origin have the same name, so that a segment written again takes nothing away.
pub fn segment_key(day: &str, origin: &str, first: &str, last: &str) -> String {
    format!("dt={day}/{origin}-{first}-{last}.tsv")
}

/// A segment of interactions.
pub fn segment<'a>(rows: impl IntoIterator<Item = &'a LogRow>) -> String {
    let mut text = COLUMNS.join("\t");
    text.push('\n');
    for row in rows {
        row.write(&mut text);
    }
    text
}

/// A segment of film ratings.
pub fn film_segment<'a>(ratings: impl IntoIterator<Item = &'a FilmRating>) -> String {
    let mut text = FILM_COLUMNS.join("\t");
    text.push('\n');
    for rating in ratings {
        let fields = [
            rating.title.as_str(),
            &rating.year.to_string(),
            &rating.director,
            &rating.genre1,
            &rating.genre2,
            &rating.genre3,
            &rating.stars.to_string(),
            rating.id.as_str(),
            &rating.thing,
            &rating.accepted.0.to_string(),
        ];
        line(&mut text, fields);
    }
    text
}

/// The rows of a segment of interactions, read one after the other: a file of a million rows is
/// never held as rows.
///
/// # Errors
/// [`BadRow`] when the header is not that of interactions or the last line is cut off; then each
/// line that is no row gives its own.
pub fn rows(text: &str) -> Result<impl Iterator<Item = Result<LogRow, BadRow>>, BadRow> {
    Ok(lines(text, &COLUMNS)?.map(|line| {
        let (line, fields) = line?;
        LogRow::read(&fields).map_err(|reason| BadRow { line, reason })
    }))
}

/// The rows of a segment of film ratings, read one after the other.
///
/// # Errors
/// As [`rows`].
pub fn film_rows(text: &str) -> Result<impl Iterator<Item = Result<FilmRating, BadRow>>, BadRow> {
    Ok(lines(text, &FILM_COLUMNS)?.map(|line| {
        let (line, fields) = line?;
        film_rating(&fields).map_err(|reason| BadRow { line, reason })
    }))
}

/// The rows of a segment of interactions.
///
/// # Errors
/// [`BadRow`] for the first line that is none. Segments are written whole: one that cannot be read
/// was not written by this.
pub fn read_segment(text: &str) -> Result<Vec<LogRow>, BadRow> {
    rows(text)?.collect()
}

/// The rows of a segment of film ratings.
///
/// # Errors
/// As [`read_segment`].
pub fn read_film_segment(text: &str) -> Result<Vec<FilmRating>, BadRow> {
    film_rows(text)?.collect()
}

impl LogRow {
    /// Appends the row as a line.
    pub fn write(&self, text: &mut String) {
        match self {
            Self::Interaction(recorded) => {
                let flat = Flat::from(recorded.clone());
                let number = |number: Option<f64>| number.map_or(String::new(), |n| n.to_string());
                let flags = match (flat.clamped, flat.undated) {
                    (false, false) => "",
                    (true, false) => "clamped",
                    (false, true) => "undated",
                    (true, true) => "clamped,undated",
                };
                let fields = [
                    flat.viewer.as_str(),
                    flat.id.as_str(),
                    flat.movie.as_str(),
                    flat.kind.as_str(),
                    &number(flat.seconds),
                    &number(flat.duration),
                    &number(flat.stars),
                    &flat.scale.map_or(String::new(), |scale| scale.to_string()),
                    &flat.at.0.to_string(),
                    flat.source.as_str(),
                    flat.recommendation.as_ref().map_or("", |id| id.as_str()),
                    &flat.accepted.0.to_string(),
                    flags,
                ];
                line(text, fields);
            }
            Self::Forgotten { viewer, until } => {
                let until = until.0.to_string();
                let mut fields = [""; COLUMNS.len()];
                fields[0] = viewer.as_str();
                fields[3] = FORGOTTEN;
                fields[11] = &until;
                line(text, fields);
            }
        }
    }

    fn read(fields: &[&str; COLUMNS.len()]) -> Result<Self, String> {
        let [
            viewer,
            id,
            movie,
            kind,
            seconds,
            duration,
            stars,
            scale,
            at,
            source,
            recommendation,
            accepted,
            flags,
        ] = *fields;
        let viewer = parsed("viewer", viewer)?;
        let accepted = Millis(parsed("accepted", accepted)?);
        if kind == FORGOTTEN {
            return Ok(Self::Forgotten {
                viewer,
                until: accepted,
            });
        }
        let (clamped, undated) = match flags {
            "" => (false, false),
            "clamped" => (true, false),
            "undated" => (false, true),
            "clamped,undated" => (true, true),
            other => return Err(format!("flags: unknown {other:?}")),
        };
        let flat = Flat {
            viewer,
            id: parsed("id", id)?,
            movie: parsed("movie", movie)?,
            kind: parsed("kind", kind)?,
            seconds: optional("seconds", seconds)?,
            duration: optional("duration", duration)?,
            stars: optional("stars", stars)?,
            scale: optional("scale", scale)?,
            at: Millis(parsed("at", at)?),
            source: parsed("source", source)?,
            recommendation: optional("recommendation", recommendation)?,
            accepted,
            clamped,
            undated,
        };
        Ok(Self::Interaction(flat.try_into()?))
    }
}

fn film_rating(fields: &[&str; FILM_COLUMNS.len()]) -> Result<FilmRating, String> {
    let [
        title,
        year,
        director,
        genre1,
        genre2,
        genre3,
        stars,
        id,
        thing,
        accepted,
    ] = *fields;
    let accepted = Millis(parsed("accepted", accepted)?);
    let columns = FILM_COLUMNS
        .into_iter()
        .zip([title, year, director, genre1, genre2, genre3, stars]);
    let payload: serde_json::Map<String, Value> = columns
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let rating = FilmRating::read(&payload, thing, accepted).map_err(|faults| {
        let said = faults.iter().map(|f| format!("{} {}", f.field, f.detail));
        said.collect::<Vec<_>>().join("; ")
    })?;
    let id = parsed("id", id)?;
    Ok(FilmRating { id, ..rating })
}

/// Values hold no tabs and no line breaks: ids have an alphabet, and texts were tidied.
fn line<const N: usize>(text: &mut String, fields: [&str; N]) {
    text.push_str(&fields.join("\t"));
    text.push('\n');
}

type Line<'a, const N: usize> = (usize, [&'a str; N]);

/// The numbered lines behind the header, split.
fn lines<'a, const N: usize>(
    text: &'a str,
    columns: &[&str; N],
) -> Result<impl Iterator<Item = Result<Line<'a, N>, BadRow>> + use<'a, N>, BadRow> {
    let bad = |line, reason| Err(BadRow { line, reason });
    let mut rest = text.split_terminator('\n');
    let header = rest.next().unwrap_or_default();
    if header != columns.join("\t") {
        return bad(1, format!("expected the columns {}", columns.join(", ")));
    }
    if !text.ends_with('\n') {
        return bad(text.lines().count(), "the last line is cut off".to_owned());
    }
    Ok((2..).zip(rest).map(|(number, line)| {
        let mut split = line.split('\t');
        let fields = [(); N].map(|()| split.next());
        if fields.contains(&None) || split.next().is_some() {
            let found = line.split('\t').count();
            let reason = format!("expected {N} columns, found {found}");
            return Err(BadRow {
                line: number,
                reason,
            });
        }
        Ok((number, fields.map(Option::unwrap_or_default)))
    }))
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    column: &str,
    text: &str,
) -> Result<T, String> {
    text.parse().map_err(|error| format!("{column}: {error}"))
}

fn optional<T: std::str::FromStr<Err: std::fmt::Display>>(
    column: &str,
    text: &str,
) -> Result<Option<T>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    parsed(column, text).map(Some)
}
