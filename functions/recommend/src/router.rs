use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{Method, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use matinee::backend::Backend;
use matinee::model::ModelSource;
use matinee::taste::Audience;
use matinee::wording::{DEFAULT_LOCALE, Wording};
use tower_http::catch_panic::CatchPanicLayer;

use crate::access::Access;
use crate::handlers;
use crate::personalize::{self, Personalize};
use crate::problem::{Code, Problem, quoted};
use crate::serving::choose;

/// The largest request body, in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// The largest body that is awaited in order to refuse it, in bytes.
const MAX_AWAITED: usize = 4 * 1024 * 1024;

/// What calls about viewers are answered from.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) audience: Arc<dyn Audience>,
    pub(crate) access: Access,
    pub(crate) personalize: Arc<Personalize>,
    /// Who makes lists instead of our own model.
    pub(crate) backend: Option<Arc<Backend>>,
}

/// What a service may have besides.
#[derive(Debug, Default)]
pub struct Options {
    /// The interface of Amazon Personalize, which nobody may use unless this says so.
    pub personalize: Personalize,
    /// Another recommender, which makes lists; our own model makes those that it does not.
    pub backend: Option<Arc<Backend>>,
}

/// The HTTP API and the page over the models that `source` gives, one for each request, and the
/// viewers of `audience`, for those who may ask for them.
///
/// Whatever a client sends is answered: a path or method that is none with 404 or 405, bad input
/// with 4xx, a call that needs a model while there is none with 503, and should a handler panic
/// after all, with a 500 that tells nothing. Every response names the version of the model that
/// answered in `x-matinee-model`.
pub fn router(source: impl ModelSource, audience: Arc<dyn Audience>, access: Access) -> Router {
    router_with(source, audience, access, Options::default())
}

/// [`router`], with what a service may have besides.
pub fn router_with(
    source: impl ModelSource,
    audience: Arc<dyn Audience>,
    access: Access,
    options: Options,
) -> Router {
    // The wording is parsed when it is first asked for: better now than in the first request.
    let _ = Wording::of(DEFAULT_LOCALE);
    let Options {
        personalize,
        backend,
    } = options;
    let compatible = personalize::routes(&personalize.callers);
    let routes = calls()
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(refuse_large))
        .merge(compatible.method_not_allowed_fallback(wrong_method))
        .with_state(Front {
            audience,
            access,
            personalize: Arc::new(personalize),
            backend,
        });
    dress(routes, source)
}

/// Every call. [`openapi`](crate::openapi()) describes the same ones.
fn calls() -> Router<Front> {
    use handlers::{
        analytics, converse, for_you, interactions, movies, recommend, service, viewers, well_known,
    };
    Router::new()
        .route("/recommend", get(recommend::recommend))
        .route("/movies", get(movies::search_movies))
        .route("/movies/{id}", get(movies::get_movie))
        .route("/movies/{id}/similar", get(movies::similar_movies))
        .route("/movies/{id}/also-liked", get(movies::movies_also_liked))
        .route("/top-picks", get(well_known::top_picks))
        .route("/trending", get(well_known::trending))
        .route("/converse", post(converse::converse))
        .route(
            "/viewers/{viewer}/interactions",
            post(interactions::add_interactions),
        )
        .route(
            "/viewers/{viewer}/recommendations",
            get(for_you::get_recommendations),
        )
        .route(
            "/viewers/{viewer}",
            get(viewers::get_viewer).delete(viewers::forget_viewer),
        )
        .route("/viewers/{viewer}/analytics", get(analytics::get_analytics))
        .route("/health", get(service::health))
        .route("/openapi.json", get(service::openapi_json))
        .route("/", get(service::page))
}

/// Puts around routes what holds for every call.
pub(crate) fn dress(routes: Router, source: impl ModelSource) -> Router {
    routes
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Arc::new(source), choose))
}

/// Refuses a body that says it is too large, once it is all there: a client that is still sending
/// when the connection is closed sees no answer.
async fn refuse_large(request: Request, next: Next) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    if !(MAX_BODY + 1..=MAX_AWAITED).contains(&length.unwrap_or(0)) {
        return next.run(request).await;
    }
    // What went wrong in a body that nobody wants makes no difference.
    let _ = to_bytes(request.into_body(), MAX_AWAITED).await;
    let detail = format!("the body must be at most {MAX_BODY} bytes");
    Problem::new(Code::BodyTooLarge, detail).into_response()
}

async fn unknown_path(uri: Uri) -> Problem {
    let detail = format!(
        "there is nothing at {}: see /openapi.json",
        quoted(uri.path())
    );
    Problem::new(Code::PathNotFound, detail)
}

async fn wrong_method(method: Method, uri: Uri) -> Problem {
    let detail = format!(
        "{} does not answer {}: the Allow header names the methods that it does",
        quoted(uri.path()),
        quoted(method.as_str())
    );
    Problem::new(Code::MethodNotAllowed, detail)
}

#[expect(clippy::needless_pass_by_value, reason = "as the layer asks for it")]
fn panicked(payload: Box<dyn Any + Send>) -> Response {
    // Words that stand in the program; others may quote what a client sent.
    let cause = payload.downcast_ref::<&str>().copied();
    let cause = cause.unwrap_or("of a cause that is not told");
    tracing::error!(cause, "a handler panicked");
    Problem::new(
        Code::InternalError,
        "something went wrong here; the input was not at fault",
    )
    .into_response()
}
