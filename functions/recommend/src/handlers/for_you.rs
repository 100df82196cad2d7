use axum::extract::{RawQuery, State};
use axum::response::Response;
use matinee::recommend::{ForYouQuery, for_you};
use matinee::taste::{History, MAX_HISTORY};
use matinee::wording::{DEFAULT_LOCALE, Wording};
use serde::Serialize;
use utoipa::ToSchema;

use super::private;
use crate::access::Viewer;
use crate::dto::Recommendation;
use crate::paging::DatedPaging;
use crate::params::{Call, Param, Params, QueryOf, ViewerInPath};
use crate::problem::{BadParameters, NoModelOrTables, NotSignedIn, NotYours, Problem, ServerFault};
use crate::router::Front;
use crate::serving::Serving;

/// The call's parameters.
pub(crate) struct ForYou;

impl Call for ForYou {
    const OWN: &'static [Param] = &[];
    const DATED: bool = true;
}

/// Films chosen for a viewer.
#[derive(Serialize, ToSchema)]
pub(crate) struct ForYouAnswer<'a> {
    /// The viewer.
    #[schema(pattern = "^[A-Za-z0-9._:-]+$", max_length = 128)]
    viewer: &'a str,
    /// Names this list, all of its pages: to be sent as `recommendation` with what the viewer does
    /// with its films.
    #[schema(pattern = "^[A-Za-z0-9._:-]+$", max_length = 128)]
    recommendation_id: &'a str,
    /// The best first, varied, with a few films to try out among them.
    recommendations: Vec<Recommendation<'a>>,
    /// The token of the next page, `null` on the last. The list behind it is the one of now: what the
    /// viewer does meanwhile makes it shorter, not another one.
    #[schema(required = true)]
    next_page: Option<String>,
    /// Which model answered.
    model_version: &'a str,
}

/// Films for a viewer
///
/// Chosen by what the viewer did, the newest counting most; films that they watched, liked, disliked
/// or rated are not given. Of whom nothing is known gets what is trending.
#[utoipa::path(
    get,
    path = "/viewers/{viewer}/recommendations",
    tag = "viewers",
    params(ViewerInPath, QueryOf<ForYou>),
    responses(
        (status = 200, description = "Films for the viewer, the best first.", body = ForYouAnswer<'_>),
        BadParameters,
        NotSignedIn,
        NotYours,
        ServerFault,
        NoModelOrTables,
    ),
    security((), ("bearer" = []))
)]
pub(crate) async fn get_recommendations(
    State(front): State<Front>,
    Viewer(viewer): Viewer,
    Serving(model): Serving,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut params = Params::read::<ForYou>(query.as_deref());
    let wanted = params.wanted(&model.catalogue);
    params.finish()?;

    let audience = &front.audience;
    let name = format!("for you {viewer}");
    let paging = DatedPaging::of(&model, &name, &wanted, audience.now())?;
    let rows = audience.newest(&viewer, MAX_HISTORY).await;
    let rows = rows.map_err(|error| Problem::of_store(&error))?;
    let personal = audience.personal();
    let history = History::of(&rows, &model.catalogue, paging.page.as_of, &personal.taste);
    let query = ForYouQuery {
        viewer: Some(&viewer),
        history: &history,
        as_of: paging.page.as_of,
        filters: &wanted.filters,
        settings: &personal.list,
    };
    let page = for_you(&model, &query, paging.page.offset, wanted.limit);
    let recommendation = query.recommendation_id(&model, &paging.key);
    let served = &page.recommendations;
    front
        .remember(&model, &viewer, &recommendation, served)
        .await;
    let wording = Wording::of(DEFAULT_LOCALE);
    let answer = ForYouAnswer {
        viewer: viewer.as_str(),
        recommendation_id: recommendation.as_str(),
        recommendations: Recommendation::list(&model, wording, page.recommendations),
        next_page: paging.token(page.next),
        model_version: model.version(),
    };
    Ok(private(&answer))
}
