//! What is known of films, under the names of an items dataset.

use std::borrow::Cow;

use crate::model::MovieRef;
use crate::taste::Millis;

/// A column of the items dataset: those that an export of films writes, and what else is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// The film's id.
    ItemId,
    /// Names of genres.
    Genres,
    /// Year of first release.
    Year,
    /// ISO 639-1 code of the original language.
    Language,
    /// When the year of the film began, in seconds since 1970; 0 before that and where it is not known.
    CreationTimestamp,
    /// What happens.
    Description,
    /// The title, without a year.
    Title,
    /// Full names.
    Directors,
    /// Full names, in billing order.
    Cast,
    /// Themes, settings and plot devices.
    Keywords,
    /// ISO 3166-1 alpha-2 codes.
    Countries,
    /// Minutes.
    Runtime,
    /// How many people voted.
    Votes,
    /// Mean vote, 0 to 10.
    VoteAverage,
}

/// What a column's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any number of exact strings.
    Category,
    /// At most one number.
    Number,
    /// Running text, by which nothing is filtered.
    Text,
}

impl Column {
    const ALL: [(Self, &'static str, Kind); 14] = [
        (Self::ItemId, "ITEM_ID", Kind::Category),
        (Self::Genres, "GENRES", Kind::Category),
        (Self::Year, "YEAR", Kind::Number),
        (Self::Language, "LANGUAGE", Kind::Category),
        (Self::CreationTimestamp, "CREATION_TIMESTAMP", Kind::Number),
        (Self::Description, "DESCRIPTION", Kind::Text),
        (Self::Title, "TITLE", Kind::Category),
        (Self::Directors, "DIRECTORS", Kind::Category),
        (Self::Cast, "CAST", Kind::Category),
        (Self::Keywords, "KEYWORDS", Kind::Category),
        (Self::Countries, "COUNTRIES", Kind::Category),
        (Self::Runtime, "RUNTIME", Kind::Number),
        (Self::Votes, "VOTES", Kind::Number),
        (Self::VoteAverage, "VOTE_AVERAGE", Kind::Number),
    ];

    /// The column of this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::ALL
            .iter()
            .find(|(_, of, _)| of.eq_ignore_ascii_case(name));
        found.map(|(column, ..)| *column)
    }

    /// The name in a schema.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    pub(super) fn kind(self) -> Kind {
        self.row().2
    }

    fn row(self) -> &'static (Self, &'static str, Kind) {
        // The columns stand in the order of their numbers.
        &Self::ALL[self as usize]
    }

    /// The names of the columns of which this holds, for messages.
    pub(super) fn names(which: impl Fn(Self) -> bool) -> String {
        let names: Vec<&str> = Self::ALL
            .iter()
            .filter(|(column, ..)| which(*column))
            .map(|(_, name, _)| *name)
            .collect();
        names.join(", ")
    }

    /// Shows the strings that a film has here.
    pub(super) fn strings<'a>(self, movie: MovieRef<'a>, mut visit: impl FnMut(&'a str)) {
        match self {
            Self::ItemId => visit(movie.id()),
            Self::Genres => movie.genres().for_each(|genre| visit(genre.name())),
            Self::Language if movie.language().is_empty() => {}
            Self::Language => visit(movie.language()),
            Self::Title => visit(movie.title()),
            Self::Directors => movie.directors().for_each(visit),
            Self::Cast => movie.cast().for_each(visit),
            Self::Keywords => movie.keywords().for_each(visit),
            Self::Countries => movie.countries().for_each(visit),
            Self::Description if movie.overview().is_empty() => {}
            Self::Description => visit(movie.overview()),
            Self::Year
            | Self::CreationTimestamp
            | Self::Runtime
            | Self::Votes
            | Self::VoteAverage => {}
        }
    }

    /// The number that a film has here.
    pub(super) fn number(self, movie: MovieRef<'_>) -> Option<f64> {
        match self {
            Self::Year => movie.year().map(f64::from),
            Self::CreationTimestamp => Some(created(movie.year()) as f64),
            Self::Runtime => movie.runtime().map(f64::from),
            Self::Votes => Some(f64::from(movie.votes())),
            // As it was written: 7.3, and not the nearest number to it of half the precision.
            Self::VoteAverage => {
                let mean = movie.vote_average()?;
                Some((f64::from(mean) * 1e4).round() / 1e4)
            }
            _ => None,
        }
    }

    /// What a film has here, as an answer's metadata say it; `None` where nothing is known.
    pub fn metadata(self, movie: MovieRef<'_>) -> Option<Cow<'_, str>> {
        if self.kind() == Kind::Number {
            return self.number(movie).map(|number| number.to_string().into());
        }
        let mut values: Vec<&str> = Vec::new();
        self.strings(movie, |value| values.push(value));
        match values[..] {
            [] => None,
            [only] => Some(only.into()),
            _ => Some(values.join("|").into()),
        }
    }
}

/// When the year of a film began, in seconds since 1970; 0 before that and where the year is not
/// known, as an export of films writes it.
fn created(year: Option<u16>) -> i64 {
    let Some(year) = year.filter(|year| *year >= 1970) else {
        return 0;
    };
    let began = Millis::parse(&format!("{year:04}-01-01T00:00:00Z"));
    began.map_or(0, |began| began.0 / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn every_column_is_found_by_its_name_in_any_case() {
        for (column, name, _) in Column::ALL {
            assert_eq!(Column::named(&name.to_lowercase()), Some(column));
            assert_eq!(column.name(), name);
        }
        assert_eq!(Column::named("PRICE"), None);
    }

    #[test]
    fn a_films_metadata_are_its_columns_in_words() {
        let model = fixture::model();
        let movie = model.catalogue.by_id("tmdb:1").unwrap();
        let said = |name: &str| Column::named(name).unwrap().metadata(movie);
        for (name, expected) in [
            ("ITEM_ID", Some("tmdb:1")),
            ("GENRES", Some("Science Fiction|Action")),
            ("YEAR", Some("1999")),
            ("LANGUAGE", Some("en")),
            ("CREATION_TIMESTAMP", Some("915148800")),
            ("TITLE", Some("The Quiet Comet")),
            ("DIRECTORS", Some("Ada Moor")),
            ("VOTES", Some("100")),
            ("VOTE_AVERAGE", Some("7")),
            ("RUNTIME", None),
            ("KEYWORDS", None),
        ] {
            assert_eq!(said(name).as_deref(), expected, "{name}");
        }
        let old = model.catalogue.by_id("tmdb:4").unwrap();
        let created = Column::CreationTimestamp.metadata(old);
        assert_eq!(created.as_deref(), Some("0"));
    }
}
