//! Query parameters: which a call takes, and reading them into what the recommender asks for.
//!
//! Everything wrong with a query is collected and said at once. A call's list of parameters is
//! declared once, in its [`Call`]; reading, refusing and describing all go by it.

mod describe;
mod query;

use std::collections::HashSet;
use std::ops::RangeInclusive;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use matinee::catalogue::{Genre, MAX_YEAR, MIN_YEAR, MovieId};
use matinee::model::{Catalogue, MovieIndex, MovieRef, NeighbourList};
use matinee::recommend::{Filters, MAX_LIMIT};

pub(crate) use describe::{IdInPath, QueryOf, ViewerInPath};

use crate::problem::{Code, Fault, Problem, quoted};

/// The longest name or query, in characters: no title is longer.
pub(crate) const MAX_TEXT: usize = 300;

/// Films a list holds where the call says nothing else.
const USUAL_LIMIT: usize = 20;

/// A query parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Param {
    MovieName,
    Query,
    Limit,
    Model,
    Page,
    Genre,
    Genres,
    YearFrom,
    YearTo,
    Language,
    MinRating,
    Exclude,
}

impl Param {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MovieName => "movie_name",
            Self::Query => "query",
            Self::Limit => "limit",
            Self::Model => "model",
            Self::Page => "page",
            Self::Genre => "genre",
            Self::Genres => "genres",
            Self::YearFrom => "year_from",
            Self::YearTo => "year_to",
            Self::Language => "language",
            Self::MinRating => "min_rating",
            Self::Exclude => "exclude",
        }
    }
}

/// What every call takes that gives a list of films.
const LIST: [Param; 9] = [
    Param::Genre,
    Param::Genres,
    Param::YearFrom,
    Param::YearTo,
    Param::Language,
    Param::MinRating,
    Param::Exclude,
    Param::Limit,
    Param::Page,
];

/// The query parameters that a call takes.
pub(crate) trait Call {
    /// Its own.
    const OWN: &'static [Param];
    /// Whether it gives a list of films, with filters, limit and pages.
    const LIST: bool = true;
    /// Whether its list is made from what was known at some moment, which page tokens then carry.
    const DATED: bool = false;
    /// Whether another recommender may make its list, whose page tokens carry films.
    const SHARED: bool = false;
    /// How many films it gives when no limit is asked for.
    const DEFAULT_LIMIT: usize = USUAL_LIMIT;

    /// All of them.
    fn params() -> impl Iterator<Item = Param> {
        let list = LIST.into_iter().filter(|_| Self::LIST);
        Self::OWN.iter().copied().chain(list)
    }
}

/// A call without query parameters.
pub(crate) struct NoQuery;

impl Call for NoQuery {
    const OWN: &'static [Param] = &[];
    const LIST: bool = false;
}

/// What a list of films shall hold.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) filters: Filters,
    pub(crate) limit: usize,
    /// The page token, as it came.
    pub(crate) page: Option<String>,
}

/// The parameters of one request while they are read.
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
    faults: Vec<Fault>,
    default_limit: usize,
}

impl Params {
    /// Takes a query string apart. Parameters that the call does not know are faults.
    pub(crate) fn read<C: Call>(query: Option<&str>) -> Self {
        let mut params = Self {
            pairs: Vec::new(),
            faults: Vec::new(),
            default_limit: C::DEFAULT_LIMIT,
        };
        for pair in query::pairs(query.unwrap_or_default()) {
            match pair {
                (Some(name), Some(value)) if C::params().any(|param| param.name() == name) => {
                    params.pairs.push((name, value));
                }
                (Some(name), Some(_)) => params.unknown::<C>(&name),
                (name, _) => {
                    let name = name.unwrap_or_else(|| "query string".to_owned());
                    let fault = Fault::new(name, "must be UTF-8, percent-encoded");
                    params.faults.push(fault);
                }
            }
        }
        params
    }

    fn unknown<C: Call>(&mut self, name: &str) {
        let known: Vec<&str> = C::params().map(Param::name).collect();
        let detail = if known.is_empty() {
            "is unknown: this call takes no parameters".to_owned()
        } else {
            format!("is unknown: this call takes {}", known.join(", "))
        };
        let name: String = name.chars().take(64).collect();
        self.faults.push(Fault::new(name, detail));
    }

    fn fault(&mut self, param: Param, detail: impl Into<String>) {
        self.faults.push(Fault::new(param.name(), detail));
    }

    fn take(&mut self, param: Param) -> Vec<String> {
        self.pairs
            .extract_if(.., |(name, _)| name == param.name())
            .map(|(_, value)| value)
            .collect()
    }

    fn single(&mut self, param: Param) -> Option<String> {
        let mut values = self.take(param);
        if values.len() > 1 {
            let detail = format!("may be given once, found {} times", values.len());
            self.fault(param, detail);
        }
        values.pop()
    }

    /// Words; `None` when there is nothing but spaces.
    fn text(&mut self, param: Param) -> Option<String> {
        let text = self.single(param)?;
        let length = text.chars().count();
        if length > MAX_TEXT {
            let detail = format!("must be at most {MAX_TEXT} characters, found {length}");
            self.fault(param, detail);
        }
        Some(tidy(&text)).filter(|text| !text.is_empty())
    }

    /// The words of [`Param::Query`]; `None` when there is nothing but spaces.
    pub(crate) fn query(&mut self) -> Option<String> {
        self.text(Param::Query)
    }

    /// The words of [`Param::MovieName`].
    pub(crate) fn movie_name(&mut self) -> String {
        let name = self.text(Param::MovieName);
        let at_fault = |fault: &Fault| fault.field == Param::MovieName.name();
        if name.is_none() && !self.faults.iter().any(at_fault) {
            self.fault(Param::MovieName, "must name a film, found nothing");
        }
        name.unwrap_or_default()
    }

    /// The neighbours that [`Param::Model`] asks for.
    pub(crate) fn list(&mut self) -> NeighbourList {
        match self.single(Param::Model).as_deref() {
            None | Some("matinee") => NeighbourList::Blended,
            Some("tfidf") => NeighbourList::TfIdf,
            Some(other) => {
                let detail = format!("must be matinee or tfidf, found {}", quoted(other));
                self.fault(Param::Model, detail);
                NeighbourList::Blended
            }
        }
    }

    /// Filters, limit and page.
    pub(crate) fn wanted(&mut self, catalogue: &Catalogue) -> Wanted {
        let limit = self.whole(Param::Limit, 1..=MAX_LIMIT);
        Wanted {
            filters: self.filters(catalogue),
            limit: limit.unwrap_or(self.default_limit),
            page: self.single(Param::Page),
        }
    }

    fn filters(&mut self, catalogue: &Catalogue) -> Filters {
        let years = usize::from(MIN_YEAR)..=usize::from(MAX_YEAR);
        let mut year = |param| self.whole(param, years.clone()).map(|year| year as u16);
        let (year_from, year_to) = (year(Param::YearFrom), year(Param::YearTo));
        if let (Some(from), Some(to)) = (year_from, year_to)
            && from > to
        {
            let detail = format!("must not be later than year_to, found {from} and {to}");
            self.fault(Param::YearFrom, detail);
        }
        Filters {
            genres: self.genres(),
            all_genres: self.all_genres(),
            year_from,
            year_to,
            language: self.language(),
            min_rating: self.min_rating(),
            exclude: self.exclude(catalogue),
            only: None,
        }
    }

    /// A whole number in plain digits.
    fn whole(&mut self, param: Param, range: RangeInclusive<usize>) -> Option<usize> {
        let text = self.single(param)?;
        let value = Some(text.as_str())
            .filter(|text| text.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .filter(|value| range.contains(value));
        if value.is_none() {
            let (from, to, found) = (range.start(), range.end(), quoted(&text));
            let detail = format!("must be a whole number from {from} to {to}, found {found}");
            self.fault(param, detail);
        }
        value
    }

    /// Each once, in their own order, so that equal filters are equal.
    fn genres(&mut self) -> Vec<Genre> {
        let mut genres = Vec::new();
        for name in self.take(Param::Genre) {
            match name.parse::<Genre>() {
                Ok(genre) => genres.push(genre),
                Err(unknown) => self.fault(Param::Genre, unknown.to_string()),
            }
        }
        genres.sort_unstable();
        genres.dedup();
        genres
    }

    fn all_genres(&mut self) -> bool {
        match self.single(Param::Genres).as_deref() {
            None | Some("any") => false,
            Some("all") => true,
            Some(other) => {
                let detail = format!("must be any or all, found {}", quoted(other));
                self.fault(Param::Genres, detail);
                false
            }
        }
    }

    fn language(&mut self) -> Option<String> {
        let mut code = self.single(Param::Language)?;
        let valid = (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphabetic());
        if !valid {
            let found = quoted(&code);
            let detail =
                format!("must be a code of two or three letters such as en, found {found}");
            self.fault(Param::Language, detail);
        }
        code.make_ascii_lowercase();
        Some(code)
    }

    fn min_rating(&mut self) -> Option<f32> {
        let text = self.single(Param::MinRating)?;
        let value = text.parse().ok().filter(|v| (0.0..=10.0).contains(v));
        if value.is_none() {
            let detail = format!("must be a number from 0 to 10, found {}", quoted(&text));
            self.fault(Param::MinRating, detail);
        }
        value
    }

    fn exclude(&mut self, catalogue: &Catalogue) -> HashSet<MovieIndex> {
        let mut excluded = HashSet::new();
        for text in self.take(Param::Exclude) {
            match text.parse::<MovieId>() {
                Ok(id) => excluded.extend(catalogue.by_id(id.as_str()).map(MovieRef::index)),
                Err(_) => self.fault(Param::Exclude, not_an_id(&text)),
            }
        }
        excluded
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Everything that was wrong, as one problem.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Problem::of_fields(Code::InvalidParameter, self.faults))
        }
    }
}

/// Control characters as spaces, none around.
pub(crate) fn tidy(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    spaced.trim().to_owned()
}

fn not_an_id(text: &str) -> String {
    let found = quoted(text);
    format!("must be a movie id, source:key such as tmdb:603, found {found}")
}

/// The movie id in a path.
pub(crate) struct PathId(pub(crate) MovieId);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text: Result<Path<String>, PathRejection> =
            Path::from_request_parts(parts, state).await;
        let refuse = |detail: String| Problem::of_parameter("id", detail);
        let Path(text) = text.map_err(|_| refuse("must be UTF-8, percent-encoded".to_owned()))?;
        match text.parse() {
            Ok(id) => Ok(Self(id)),
            Err(_) => Err(refuse(not_an_id(&text))),
        }
    }
}
