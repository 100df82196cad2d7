//! An item's properties: columns of the items dataset by their names in camel case.

use std::fmt;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::super::fields::shown;
use super::super::{Column, Fault};
use crate::catalogue::{Genre, MAX_YEAR, MIN_YEAR, Movie};

/// The most characters of a value of a category, as Personalize has it.
const MAX_VALUE: usize = 1_000;

/// The longest film ever shown ran for 51,420 minutes.
const MAX_RUNTIME: u64 = 60_000;

/// Writes what properties say into `film`, and gives the columns that they say. What is null is not
/// given. `name` is what messages call the properties.
///
/// # Errors
/// [`Fault`] for the first property that is no column, or not of its column's type.
pub(super) fn read(
    properties: &Map<String, Value>,
    name: &str,
    film: &mut Movie,
) -> Result<Vec<Column>, Fault> {
    let mut given = Vec::new();
    for (key, value) in properties {
        let name = format!("{name}.{}", shown(key));
        let Some(column) = column(key) else {
            return Err(Fault::invalid(format_args!(
                "{name} is no column of the items: expected {}",
                names()
            )));
        };
        if !value.is_null() {
            set(column, &Property { name, value }, film)?;
            given.push(column);
        }
    }
    Ok(given)
}

/// The column of a property.
fn column(key: &str) -> Option<Column> {
    let column = Column::named(&in_capitals(key))?;
    (column != Column::ItemId && in_camel_case(column.name()) == key).then_some(column)
}

/// `voteAverage` as `VOTE_AVERAGE`.
fn in_capitals(key: &str) -> String {
    let mut name = String::new();
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(c.to_ascii_uppercase());
    }
    name
}

/// `VOTE_AVERAGE` as `voteAverage`.
fn in_camel_case(name: &str) -> String {
    let mut key = String::new();
    let mut begins = false;
    for c in name.chars() {
        match c {
            '_' => begins = true,
            _ if begins => {
                key.push(c);
                begins = false;
            }
            _ => key.push(c.to_ascii_lowercase()),
        }
    }
    key
}

/// What may be given, for messages.
fn names() -> String {
    let names = Column::names(|column| column != Column::ItemId);
    let names: Vec<String> = names.split(", ").map(in_camel_case).collect();
    names.join(", ")
}

fn set(column: Column, property: &Property<'_>, film: &mut Movie) -> Result<(), Fault> {
    match column {
        Column::Title => film.title = property.title()?,
        Column::Genres => film.genres = property.genres()?,
        Column::Directors => film.directors = property.parts()?,
        Column::Cast => film.cast = property.parts()?,
        Column::Keywords => {
            film.keywords = property.parts()?;
            for keyword in &mut film.keywords {
                *keyword = keyword.to_lowercase();
            }
        }
        Column::Countries => {
            let codes = property.parts()?;
            for code in &codes {
                property.code(code, u8::is_ascii_uppercase, "two capital letters")?;
            }
            film.countries = codes;
        }
        Column::Language => {
            let code = line(property.text()?);
            if !code.is_empty() {
                property.code(&code, u8::is_ascii_lowercase, "two small letters")?;
            }
            film.language = code;
        }
        Column::Description => film.overview = line(property.text()?),
        Column::Year => {
            let years = u64::from(MIN_YEAR)..=u64::from(MAX_YEAR);
            film.year = Some(property.whole(&years)? as u16);
        }
        Column::Runtime => {
            let minutes = property.whole(&(0..=MAX_RUNTIME))? as u16;
            film.runtime = (minutes > 0).then_some(minutes);
        }
        Column::Votes => film.votes = property.whole(&(0..=u64::from(u32::MAX)))? as u32,
        Column::VoteAverage => film.vote_average = Some(property.mean()?),
        // It follows from the year.
        Column::CreationTimestamp => drop(property.whole(&(0..=i64::MAX as u64))?),
        Column::ItemId => {}
    }
    Ok(())
}

/// Copies columns of one film to another.
pub(super) fn copy(from: &Movie, columns: &[Column], to: &mut Movie) {
    for column in columns {
        match column {
            Column::Title => to.title.clone_from(&from.title),
            Column::Genres => to.genres.clone_from(&from.genres),
            Column::Directors => to.directors.clone_from(&from.directors),
            Column::Cast => to.cast.clone_from(&from.cast),
            Column::Keywords => to.keywords.clone_from(&from.keywords),
            Column::Countries => to.countries.clone_from(&from.countries),
            Column::Language => to.language.clone_from(&from.language),
            Column::Description => to.overview.clone_from(&from.overview),
            Column::Year => to.year = from.year,
            Column::Runtime => to.runtime = from.runtime,
            Column::Votes => to.votes = from.votes,
            Column::VoteAverage => to.vote_average = from.vote_average,
            Column::ItemId | Column::CreationTimestamp => {}
        }
    }
    if to.original_title == to.title {
        to.original_title.clear();
    }
}

/// A property that is there.
struct Property<'a> {
    name: String,
    value: &'a Value,
}

impl<'a> Property<'a> {
    fn wrong<T>(&self, expected: impl fmt::Display, found: &str) -> Result<T, Fault> {
        Err(Fault::invalid(format_args!(
            "{} must be {expected}, found {}",
            self.name,
            shown(found)
        )))
    }

    fn text(&self) -> Result<&'a str, Fault> {
        match self.value {
            Value::String(text) => Ok(text),
            other => self.wrong("a string", &other.to_string()),
        }
    }

    /// What the column's title or one of its values may be.
    fn short(&self, text: &str) -> Result<String, Fault> {
        let text = line(text);
        match text.chars().count() {
            0..=MAX_VALUE => Ok(text),
            long => self.wrong(
                format_args!("values of at most {MAX_VALUE} characters"),
                &format!("{long}"),
            ),
        }
    }

    fn title(&self) -> Result<String, Fault> {
        let title = self.short(self.text()?)?;
        if title.is_empty() {
            return self.wrong("a title", "nothing");
        }
        Ok(title)
    }

    /// Values with `|` between them; none where the text is empty.
    fn parts(&self) -> Result<Vec<String>, Fault> {
        let mut parts = Vec::new();
        for part in self.text()?.split('|') {
            let part = self.short(part)?;
            if !part.is_empty() && !parts.contains(&part) {
                parts.push(part);
            }
        }
        Ok(parts)
    }

    fn genres(&self) -> Result<Vec<Genre>, Fault> {
        let mut genres = Vec::new();
        for part in self.parts()? {
            let Ok(genre) = part.parse() else {
                let names = Genre::ALL.map(Genre::name).join(", ");
                return self.wrong(
                    format_args!("genres with | between them, of {names}"),
                    &part,
                );
            };
            if !genres.contains(&genre) {
                genres.push(genre);
            }
        }
        Ok(genres)
    }

    fn code(&self, code: &str, of: fn(&u8) -> bool, form: &str) -> Result<(), Fault> {
        if code.len() == 2 && code.as_bytes().iter().all(of) {
            return Ok(());
        }
        self.wrong(format_args!("codes of {form}"), code)
    }

    /// A whole number, as one or in a string.
    fn whole(&self, range: &RangeInclusive<u64>) -> Result<u64, Fault> {
        let found = match self.value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_u64(),
        };
        let found = found.filter(|number| range.contains(number));
        found.map_or_else(
            || {
                let (least, most) = (range.start(), range.end());
                let expected = format_args!("a whole number from {least} to {most}");
                self.wrong(expected, &self.value.to_string())
            },
            Ok,
        )
    }

    /// A vote of ten, as a number or in a string.
    fn mean(&self) -> Result<f32, Fault> {
        let found = match self.value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_f64(),
        };
        match found {
            Some(mean) if (0.0..=10.0).contains(&mean) => Ok(mean as f32),
            _ => self.wrong("a number from 0 to 10", &self.value.to_string()),
        }
    }
}

/// Text on one line, without spaces around it.
fn line(text: &str) -> String {
    text.replace(char::is_control, " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_but_the_id_is_a_property_in_camel_case_and_in_no_other() {
        let names = names();
        assert!(names.contains("voteAverage") && names.contains("creationTimestamp"));
        for name in names.split(", ") {
            assert!(column(name).is_some(), "{name}");
            assert_eq!(column(&name.to_uppercase()), None);
        }
        for other in ["itemId", "vote_average", "Title", "voteaverage", "", "_"] {
            assert_eq!(column(other), None, "{other}");
        }
    }
}
