//! One module a call, or a few that belong together.

pub(crate) mod analytics;
pub(crate) mod converse;
pub(crate) mod for_you;
pub(crate) mod interactions;
pub(crate) mod movies;
pub(crate) mod personalize;
pub(crate) mod recommend;
pub(crate) mod service;
pub(crate) mod viewers;
pub(crate) mod well_known;

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use matinee::model::{Model, MovieIndex, MovieRef, NeighbourList};
use matinee::recommend::{Extend, Filters, SimilarQuery, similar};

use serde::Serialize;

use crate::paging::{Paging, SharedPaging};
use crate::params::Wanted;
use crate::problem::Problem;
use crate::recommender::{Made, page};
use crate::router::Front;

/// A page of films like `movie`.
async fn like(
    front: &Front,
    model: &Model,
    movie: MovieRef<'_>,
    list: NeighbourList,
    wanted: &Wanted,
) -> Result<Made, Problem> {
    let name = format!("similar {} {list:?}", movie.id());
    let paging = SharedPaging::of(model, &name, wanted)?;
    let (filters, limit) = (&wanted.filters, wanted.limit);
    let backend = front
        .backend
        .as_ref()
        .filter(|backend| backend.finds_similar());
    // Whoever asks for the TF-IDF list wants that one.
    let backend = backend.filter(|_| list == NeighbourList::Blended);
    let given = paging.given();
    let elsewhere = backend.map(|backend| backend.like_film(model, movie, filters, given, limit));
    let own = |filters: &Filters, offset| {
        let query = SimilarQuery {
            movie: movie.index(),
            list,
            filters,
            extend: Extend::WithAlike,
        };
        similar(model, &query, offset, limit)
    };
    Ok(page(&paging, filters, elsewhere, own).await)
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
