//! What is known of films, under the names of an items dataset.

use std::borrow::Cow;

use crate::model::MovieRef;
use crate::taste::Millis;

/// The most characters of a column's value in an answer, as the service model has it.
const MAX_METADATA: usize = 20_000;

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

    /// What a film has here, as an answer's metadata say it; `None` where nothing is known. What is longer
    /// than answers may have it is cut, several values between two of them.
    pub fn metadata(self, movie: MovieRef<'_>) -> Option<Cow<'_, str>> {
        if self.kind() == Kind::Number {
            return self.number(movie).map(|number| number.to_string().into());
        }
        let mut values: Vec<&str> = Vec::new();
        self.strings(movie, |value| values.push(value));
        match values[..] {
            [] => None,
            [only] => Some(short(only).into()),
            _ => Some(joined(&values).into()),
        }
    }
}

/// A text, or the beginning for which there is room.
fn short(text: &str) -> &str {
    match text.char_indices().nth(MAX_METADATA) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    }
}

/// Values with `|` between them, the first for which there is room.
fn joined(values: &[&str]) -> String {
    let mut text = values.join("|");
    let end = short(&text).len();
    let next = text.get(end..).and_then(|rest| rest.chars().next());
    text.truncate(end);
    if next.is_some_and(|next| next != '|') {
        text.truncate(text.rfind('|').unwrap_or(end));
    }
    text
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

    #[test]
    fn no_value_is_longer_than_the_service_model_has_it() {
        let mut movies = fixture::movies();
        movies[0].overview = "é".repeat(MAX_METADATA + 1);
        movies[1].overview = "é".repeat(MAX_METADATA);
        movies[0].keywords = (0..300).map(|number| format!("ö{number:0>99}")).collect();
        movies[1].keywords = movies[0].keywords[..198].to_vec();
        movies[1]
            .keywords
            .push("ü".repeat(MAX_METADATA - 198 * 101));
        let model = fixture::model_of(&movies, None);
        let said = |film: &str, column: Column| {
            let movie = model.catalogue.by_id(film).unwrap();
            column.metadata(movie).unwrap().into_owned()
        };
        let most = "é".repeat(MAX_METADATA);
        assert_eq!(said("tmdb:1", Column::Description), most);
        assert_eq!(said("tmdb:2", Column::Description), most);
        // Values are there whole or not at all.
        let keywords = said("tmdb:1", Column::Keywords);
        assert_eq!(keywords, movies[0].keywords[..198].join("|"));
        let just = said("tmdb:2", Column::Keywords);
        assert_eq!(just, movies[1].keywords.join("|"));
        assert_eq!(just.chars().count(), MAX_METADATA);
        assert_eq!(joined(&[&just, "more"]), just);
        assert_eq!(joined(&["a", &most]), "a");
        assert_eq!(
            joined(&[&"x".repeat(MAX_METADATA + 1), "y"]),
            "x".repeat(MAX_METADATA)
        );
    }
}
