//! Films as results show them: the JSON has the names of the HTTP API.

use matinee::catalogue::Genre;
use matinee::model::{Model, MovieIndex, MovieRef};
use matinee::recommend::{Recommendation, Shared};
use matinee::wording::Wording;
use serde::Serialize;

use crate::output::one_line;

/// "Title (year)", on one line.
pub(crate) fn titled(movie: MovieRef<'_>) -> String {
    let title = one_line(movie.title());
    match movie.year() {
        Some(year) => format!("{title} ({year})"),
        None => title.into_owned(),
    }
}

/// A film by its names alone.
#[derive(Serialize)]
pub(crate) struct NamedMovie<'a> {
    id: &'a str,
    title: &'a str,
    year: Option<u16>,
}

impl<'a> NamedMovie<'a> {
    pub(crate) fn of(movie: MovieRef<'a>) -> Self {
        Self {
            id: movie.id(),
            title: movie.title(),
            year: movie.year(),
        }
    }

    /// Films of `model` by their names.
    pub(crate) fn list(model: &'a Model, movies: &[MovieIndex]) -> Vec<Self> {
        let named = |index: &MovieIndex| Self::of(model.catalogue.get(*index));
        movies.iter().map(named).collect()
    }
}

/// "Title (year), Title (year)", on one line.
pub(crate) fn titled_list(model: &Model, movies: &[MovieIndex]) -> String {
    let titles: Vec<String> = movies
        .iter()
        .map(|index| titled(model.catalogue.get(*index)))
        .collect();
    titles.join(", ")
}

/// A film with what one wants to know before watching it.
#[derive(Serialize)]
pub(crate) struct DescribedMovie<'a> {
    #[serde(flatten)]
    named: NamedMovie<'a>,
    genres: Vec<Genre>,
    url: Option<String>,
    poster: Option<&'a str>,
}

impl<'a> DescribedMovie<'a> {
    pub(crate) fn of(movie: MovieRef<'a>) -> Self {
        Self {
            named: NamedMovie::of(movie),
            genres: movie.genres().collect(),
            url: movie.url(),
            poster: movie.poster(),
        }
    }
}

/// A recommended film with its reason.
#[derive(Serialize)]
pub(crate) struct Recommended<'a> {
    movie: DescribedMovie<'a>,
    score: f32,
    reason: Why<'a>,
    explored: bool,
}

#[derive(Serialize)]
struct Why<'a> {
    sentence: String,
    because: Vec<Because<'a>>,
    shared: &'a [Shared],
}

#[derive(Serialize)]
struct Because<'a> {
    movie: NamedMovie<'a>,
    share: f32,
}

impl<'a> Recommended<'a> {
    pub(crate) fn of(
        model: &'a Model,
        wording: &Wording,
        recommendation: &'a Recommendation,
    ) -> Self {
        let reason = &recommendation.reason;
        let because = reason.because.iter().map(|because| Because {
            movie: NamedMovie::of(model.catalogue.get(because.movie)),
            share: because.share,
        });
        Self {
            movie: DescribedMovie::of(model.catalogue.get(recommendation.movie)),
            score: recommendation.score,
            reason: Why {
                sentence: reason.sentence(model, wording),
                because: because.collect(),
                shared: &reason.shared,
            },
            explored: false,
        }
    }
}
