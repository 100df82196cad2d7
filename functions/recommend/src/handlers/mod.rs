//! One module a call, or a few that belong together.

pub(crate) mod analytics;
pub(crate) mod converse;
pub(crate) mod events;
pub(crate) mod for_you;
pub(crate) mod interactions;
pub(crate) mod movies;
pub(crate) mod recommend;
pub(crate) mod service;
pub(crate) mod viewers;
pub(crate) mod well_known;

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use matinee::model::{Model, MovieIndex, MovieRef, NeighbourList};
use matinee::recommend::{Extend, SimilarQuery, similar};
use matinee::wording::{DEFAULT_LOCALE, Wording};

use serde::Serialize;

use crate::dto::Recommendation;
use crate::paging::Paging;
use crate::params::Wanted;
use crate::problem::Problem;

/// A page of films like `movie`, and the token of the next one.
fn like<'a>(
    model: &'a Model,
    movie: MovieRef<'_>,
    list: NeighbourList,
    wanted: &Wanted,
) -> Result<(Vec<Recommendation<'a>>, Option<String>), Problem> {
    let name = format!("similar {} {list:?}", movie.id());
    let paging = Paging::of(model, &name, wanted)?;
    let query = SimilarQuery {
        movie: movie.index(),
        list,
        filters: &wanted.filters,
        extend: Extend::WithAlike,
    };
    let page = similar(model, &query, paging.offset, wanted.limit);
    let wording = Wording::of(DEFAULT_LOCALE);
    let recommendations = Recommendation::list(model, wording, page.recommendations);
    Ok((recommendations, paging.token(page.next)))
}

/// The films of a page and the token of the next one, from a list looked at whole.
fn cut(movies: &[MovieIndex], paging: &Paging, limit: usize) -> (Vec<MovieIndex>, Option<String>) {
    let rest = movies.get(paging.offset..).unwrap_or_default();
    let page = rest.get(..limit).unwrap_or(rest);
    let next = (rest.len() > page.len()).then_some(paging.offset + page.len());
    (page.to_vec(), paging.token(next))
}

/// An answer that tells what somebody watches: it stays in no cache on the way.
fn private(answer: &impl Serialize) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}
