//! What one field of a row may hold. Each function says in its error what was expected and found.

use std::ops::RangeInclusive;

use matinee::catalogue::{Genre, MAX_YEAR, MIN_YEAR, MovieId};

use super::report::Ledger;

/// The longest film ever shown ran for 51,420 minutes.
const MAX_RUNTIME: u64 = 60_000;

/// Names that stand in a genre column and say nothing about the film's genre.
const NO_GENRE: [&str; 2] = ["IMAX", "(no genres listed)"];

/// How much of a wrong value a reason repeats, in characters.
const MAX_REPEATED: usize = 60;

/// Text on one line: control characters become spaces, surrounding whitespace goes.
pub(crate) fn text(raw: &str) -> String {
    let raw = raw.trim();
    if raw.contains(char::is_control) {
        raw.replace(char::is_control, " ").trim().to_owned()
    } else {
        raw.to_owned()
    }
}

/// The non-empty parts of a list, without repetitions.
pub(crate) fn list<'a>(parts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut list = Vec::new();
    for part in parts {
        push_new(&mut list, text(part));
    }
    list
}

/// Appends what is neither empty nor there already.
pub(crate) fn push_new(list: &mut Vec<String>, item: String) {
    if !item.is_empty() && !list.contains(&item) {
        list.push(item);
    }
}

/// The title a row must have.
pub(crate) fn title(raw: &str) -> Result<String, String> {
    let title = text(raw);
    if raw.trim().contains(['\n', '\r']) {
        let shown: String = title.chars().take(40).collect();
        Err(format!(
            "title: expected one line, found {shown:?}…: is a quotation mark before it not closed?"
        ))
    } else if title.is_empty() {
        Err("title: expected a title, found nothing".to_owned())
    } else {
        Ok(title)
    }
}

/// The number by which a source knows a film.
pub(crate) fn key(column: &str, raw: &str) -> Result<u64, String> {
    whole(column, raw, 1..=u64::from(u32::MAX))?
        .ok_or_else(|| format!("{column}: expected a number, found nothing"))
}

/// A whole number in `range`; `None` when the field is empty. "81.0", as pandas writes a column
/// with gaps, is the whole number 81.
pub(crate) fn whole(
    column: &str,
    raw: &str,
    range: RangeInclusive<u64>,
) -> Result<Option<u64>, String> {
    let raw = raw.trim();
    if raw.is_empty() {
        return Ok(None);
    }
    let digits = match raw.split_once('.') {
        Some((digits, zeros)) if zeros.bytes().all(|b| b == b'0') => digits,
        _ => raw,
    };
    let number = digits.parse().ok().filter(|number| range.contains(number));
    number.map(Some).ok_or_else(|| {
        let (from, to) = range.into_inner();
        format!(
            "{column}: expected a whole number from {from} to {to}, found {}",
            shown(raw)
        )
    })
}

/// A number in `range`; `None` when the field is empty.
pub(crate) fn decimal(
    column: &str,
    raw: &str,
    range: RangeInclusive<f32>,
) -> Result<Option<f32>, String> {
    let raw = raw.trim();
    if raw.is_empty() {
        return Ok(None);
    }
    let number = raw.parse().ok().filter(|number| range.contains(number));
    number.map(Some).ok_or_else(|| {
        let (from, to) = range.into_inner();
        format!(
            "{column}: expected a number from {from} to {to}, found {}",
            shown(raw)
        )
    })
}

/// Minutes; 0 means unknown.
pub(crate) fn runtime(raw: &str) -> Result<Option<u16>, String> {
    let minutes = whole("runtime", raw, 0..=MAX_RUNTIME)?;
    Ok(minutes
        .filter(|minutes| *minutes > 0)
        .map(|minutes| minutes as u16))
}

/// The year of a film.
pub(crate) fn year(column: &str, raw: &str) -> Result<Option<u16>, String> {
    let range = u64::from(MIN_YEAR)..=u64::from(MAX_YEAR);
    Ok(whole(column, raw, range)?.map(|year| year as u16))
}

/// The year of a date written YYYY-MM-DD, YYYY-MM or YYYY.
pub(crate) fn year_of_date(column: &str, raw: &str) -> Result<Option<u16>, String> {
    let raw = raw.trim();
    let mut parts = raw.split('-');
    let part = |text: Option<&str>, width: usize, range: RangeInclusive<u64>| match text {
        None => true,
        Some(text) => {
            let digits = text.bytes().all(|b| b.is_ascii_digit());
            digits && text.len() == width && text.parse().is_ok_and(|n| range.contains(&n))
        }
    };
    let first = parts.next().unwrap_or_default();
    let is_date = part(Some(first), 4, 0..=9999)
        && part(parts.next(), 2, 1..=12)
        && part(parts.next(), 2, 1..=31)
        && parts.next().is_none();
    match raw {
        "" => Ok(None),
        _ if is_date => year(column, first),
        _ => Err(format!(
            "{column}: expected a date YYYY-MM-DD, found {}",
            shown(raw)
        )),
    }
}

/// The genres of these names. Those that are none are counted, not refused: data sets have genres
/// of their own.
pub(crate) fn genres<'a>(
    names: impl IntoIterator<Item = &'a str>,
    ledger: &mut Ledger,
) -> Vec<Genre> {
    let mut genres = Vec::new();
    for name in names {
        let name = text(name);
        match name.parse() {
            Ok(genre) if !genres.contains(&genre) => genres.push(genre),
            Err(unknown) if !name.is_empty() && !NO_GENRE.contains(&name.as_str()) => {
                let matinee::catalogue::UnknownGenre(name) = unknown;
                ledger.unknown_genre(name);
            }
            _ => {}
        }
    }
    genres
}

/// An ISO 639-1 code, or nothing where the field holds something else.
pub(crate) fn language(raw: &str) -> String {
    let code = raw.trim().to_ascii_lowercase();
    match code.as_str() {
        // TMDB's own codes for Cantonese and for a film without words.
        "cn" => "zh".to_owned(),
        "xx" => String::new(),
        _ if is_language(&code) => code,
        _ => String::new(),
    }
}

pub(crate) fn is_language(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase())
}

pub(crate) fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())
}

/// The `IMDb` id in "tt0133093" or in the bare number of it, padded to the seven digits `IMDb`
/// writes at least.
pub(crate) fn imdb_id(raw: &str) -> Option<MovieId> {
    let raw = raw.trim();
    let digits = raw.strip_prefix("tt").unwrap_or(raw);
    let is_number = digits.bytes().all(|b| b.is_ascii_digit()) && digits.bytes().any(|b| b != b'0');
    (is_number && digits.len() <= 12)
        .then(|| MovieId::new("imdb", format!("tt{digits:0>7}")).ok())
        .flatten()
}

/// A field as a reason repeats it.
pub(crate) fn shown(raw: &str) -> String {
    match raw.char_indices().nth(MAX_REPEATED) {
        Some((end, _)) => format!("{:?}…", &raw[..end]),
        None => format!("{raw:?}"),
    }
}
