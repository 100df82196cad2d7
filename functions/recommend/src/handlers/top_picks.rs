use axum::Json;
use axum::extract::RawQuery;
use axum::response::{IntoResponse as _, Response};
use matinee::recommend;
use matinee::wording::{DEFAULT_LOCALE, Wording};
use serde::Serialize;
use utoipa::ToSchema;

use crate::dto::Recommendation;
use crate::paging::Paging;
use crate::params::{Call, Param, Params, QueryOf};
use crate::problem::{BadParameters, NoModel, Problem, ServerFault};
use crate::serving::Serving;

/// The call's parameters.
pub(crate) struct TopPicks;

impl Call for TopPicks {
    const OWN: &'static [Param] = &[];
}

/// The best known and liked films.
#[derive(Serialize, ToSchema)]
pub(crate) struct TopPicksAnswer<'a> {
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
/// The best known and liked films, the same for everybody.
#[utoipa::path(
    get,
    path = "/top-picks",
    tag = "films",
    params(QueryOf<TopPicks>),
    responses(
        (status = 200, description = "Well-known films, the best first.", body = TopPicksAnswer<'_>),
        BadParameters,
        ServerFault,
        NoModel,
    )
)]
pub(crate) async fn top_picks(
    Serving(model): Serving,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut params = Params::read::<TopPicks>(query.as_deref());
    let wanted = params.wanted(&model.catalogue);
    params.finish()?;

    let paging = Paging::of(&model, "top-picks", &wanted)?;
    let page = recommend::top_picks(&model, &wanted.filters, paging.offset, wanted.limit);
    let wording = Wording::of(DEFAULT_LOCALE);
    let answer = TopPicksAnswer {
        recommendations: Recommendation::list(&model, wording, page.recommendations),
        next_page: paging.token(page.next),
        model_version: model.version(),
    };
    Ok(Json(answer).into_response())
}
