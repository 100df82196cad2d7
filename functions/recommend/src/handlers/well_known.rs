use axum::Json;
use axum::extract::RawQuery;
use axum::response::{IntoResponse as _, Response};
use matinee::model::Model;
use matinee::recommend::{self, Filters, Page};
use matinee::wording::{DEFAULT_LOCALE, Wording};
use serde::Serialize;
use utoipa::ToSchema;

use crate::dto::Recommendation;
use crate::paging::Paging;
use crate::params::{Call, Param, Params, QueryOf};
use crate::problem::{BadParameters, NoModel, Problem, ServerFault};
use crate::serving::Serving;

/// The parameters of both calls.
pub(crate) struct WellKnown;

impl Call for WellKnown {
    const OWN: &'static [Param] = &[];
}

/// Films that are the same for everybody.
#[derive(Serialize, ToSchema)]
pub(crate) struct WellKnownAnswer<'a> {
    /// The best first.
    recommendations: Vec<Recommendation<'a>>,
    /// The token of the next page, `null` on the last.
    #[schema(required = true)]
    next_page: Option<String>,
    /// Which model answered.
    model_version: &'a str,
}

/// Films for somebody of whom nothing is known
///
/// The films that most viewers took up; in a model that has not learned from viewers, the best known
/// and liked ones. The same for everybody.
#[utoipa::path(
    get,
    path = "/top-picks",
    tag = "films",
    params(QueryOf<WellKnown>),
    responses(
        (status = 200, description = "Well-known films, the best first.", body = WellKnownAnswer<'_>),
        BadParameters,
        ServerFault,
        NoModel,
    )
)]
pub(crate) async fn top_picks(
    serving: Serving,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    list(
        &serving,
        query.as_deref(),
        "top-picks",
        recommend::top_picks,
    )
}

/// Films that many take up now
///
/// The films that most viewers took up of late before the model was trained, behind them the top picks;
/// in a model that has not learned from viewers, just these. The same for everybody.
#[utoipa::path(
    get,
    path = "/trending",
    tag = "films",
    params(QueryOf<WellKnown>),
    responses(
        (status = 200, description = "Films that many take up now, the most first.", body = WellKnownAnswer<'_>),
        BadParameters,
        ServerFault,
        NoModel,
    )
)]
pub(crate) async fn trending(
    serving: Serving,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    list(&serving, query.as_deref(), "trending", recommend::trending)
}

/// A page of the list called `name`.
fn list(
    Serving(model): &Serving,
    query: Option<&str>,
    name: &str,
    films: fn(&Model, &Filters, usize, usize) -> Page,
) -> Result<Response, Problem> {
    let mut params = Params::read::<WellKnown>(query);
    let wanted = params.wanted(&model.catalogue);
    params.finish()?;

    let paging = Paging::of(model, name, &wanted)?;
    let page = films(model, &wanted.filters, paging.offset, wanted.limit);
    let wording = Wording::of(DEFAULT_LOCALE);
    let answer = WellKnownAnswer {
        recommendations: Recommendation::list(model, wording, page.recommendations),
        next_page: paging.token(page.next),
        model_version: model.version(),
    };
    Ok(Json(answer).into_response())
}
