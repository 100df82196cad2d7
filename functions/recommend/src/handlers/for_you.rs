use axum::extract::{RawQuery, State};
use axum::response::Response;
use matinee::backend::Fallback;
use matinee::recommend::{Filters, ForYouQuery, for_you};
use matinee::taste::{History, MAX_HISTORY, Source};
use matinee::wording::{DEFAULT_LOCALE, Wording};
use serde::Serialize;
use utoipa::ToSchema;

use super::private;
use crate::access::Viewer;
use crate::dto::Recommendation;
use crate::paging::SharedPaging;
use crate::params::{Call, Param, Params, QueryOf, ViewerInPath};
use crate::problem::{BadParameters, NoModelOrTables, NotSignedIn, NotYours, Problem, ServerFault};
use crate::recommender::{Recommender, fallback_schema, page};
use crate::router::Front;
use crate::serving::Serving;

/// The call's parameters.
pub(crate) struct ForYou;

impl Call for ForYou {
    const OWN: &'static [Param] = &[];
    const DATED: bool = true;
    const SHARED: bool = true;
}

/// Films chosen for a viewer.
#[derive(Serialize, ToSchema)]
pub(crate) struct ForYouAnswer<'a> {
    /// The viewer.
    #[schema(pattern = "^[A-Za-z0-9._:-]+$", max_length = 128)]
    viewer: &'a str,
    /// Names this list, all of its pages: to be sent as `recommendation` with what the viewer does
    /// with its films. Where Amazon Personalize made the page it is what Personalize calls it, and each
    /// page has its own.
    #[schema(pattern = "^[A-Za-z0-9._:-]+$", max_length = 128)]
    recommendation_id: &'a str,
    /// The best first, varied, with a few films to try out among them.
    recommendations: Vec<Recommendation<'a>>,
    /// The token of the next page, `null` on the last. The list behind it is the one of now: what the
    /// viewer does meanwhile makes it shorter, not another one. Amazon Personalize makes every page anew,
    /// without the films of the pages before.
    #[schema(required = true)]
    next_page: Option<String>,
    recommender: Recommender,
    #[schema(required = true, schema_with = fallback_schema)]
    fallback: Option<Fallback>,
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
    let paging = SharedPaging::dated(&model, &name, &wanted, audience.now())?;
    let rows = audience.newest(&viewer, MAX_HISTORY).await;
    let rows = rows.map_err(|error| Problem::of_store(&error))?;
    let personal = audience.personal();
    let as_of = paging.as_of();
    let history = History::of(&rows, &model.catalogue, as_of, &personal.taste);
    let query = ForYouQuery {
        viewer: Some(&viewer),
        history: &history,
        as_of,
        filters: &wanted.filters,
        settings: &personal.list,
    };
    let (model, limit) = (&*model, wanted.limit);
    let backend = front.backend.as_ref();
    let elsewhere = backend.filter(|backend| backend.serves(&viewer));
    let elsewhere =
        elsewhere.map(|backend| backend.for_viewer(model, &query, paging.given(), limit));
    let own = |filters: &Filters, offset| {
        for_you(model, &ForYouQuery { filters, ..query }, offset, limit)
    };
    let made = page(&paging, &wanted.filters, elsewhere, own).await;
    let own_id = || query.recommendation_id(model, &paging.key);
    let recommendation = made.recommendation.unwrap_or_else(own_id);
    let (list, served) = ((Source::Http, &recommendation), (made.by, &made.films[..]));
    front.remember(model, &viewer, list, served).await;
    let wording = Wording::of(DEFAULT_LOCALE);
    let answer = ForYouAnswer {
        viewer: viewer.as_str(),
        recommendation_id: recommendation.as_str(),
        recommendations: Recommendation::list(model, wording, made.films),
        next_page: made.next_page,
        recommender: made.by,
        fallback: made.fallback,
        model_version: model.version(),
    };
    Ok(private(&answer))
}
