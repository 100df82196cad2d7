use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderName, HeaderValue, Method, Uri};
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use matinee::model::Model;
use matinee::wording::{DEFAULT_LOCALE, Wording};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::handlers;
use crate::problem::{Code, Problem, quoted};

/// The largest request body, in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// The header of every response that names the model which answered.
pub(crate) const MODEL_HEADER: HeaderName = HeaderName::from_static("x-matinee-model");

/// What handlers share: one loaded model, never changed, behind no lock.
pub(crate) type Shared = Arc<Model>;

/// The HTTP API and the page over one model.
///
/// Whatever a client sends is answered: a path or method that is none with 404 or 405, bad input
/// with 4xx, and should a handler panic after all, with a 500 that tells nothing. Every response
/// names the model's version in `x-matinee-model`.
pub fn router(model: Arc<Model>) -> Router {
    // The wording is parsed when it is first asked for: better now than in the first request.
    let _ = Wording::of(DEFAULT_LOCALE);
    let (routes, _) = routes().split_for_parts();
    let routes = routes
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method);
    dress(routes, &model).with_state(model)
}

/// Every call, each with its description.
pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(handlers::recommend::recommend))
        .routes(routes!(handlers::movies::search_movies))
        .routes(routes!(handlers::movies::get_movie))
        .routes(routes!(handlers::movies::similar_movies))
        .routes(routes!(handlers::top_picks::top_picks))
        .routes(routes!(handlers::converse::converse))
        .routes(routes!(handlers::service::health))
        .routes(routes!(handlers::service::openapi_json))
        .routes(routes!(handlers::service::page))
}

/// Puts around routes what holds for every call.
pub(crate) fn dress<S: Clone + Send + Sync + 'static>(
    routes: Router<S>,
    model: &Model,
) -> Router<S> {
    let version = HeaderValue::from_str(model.version())
        .unwrap_or_else(|_| unreachable!("a model version is letters, digits and dashes"));
    routes
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(map_response(move |mut response: Response| {
            let headers = response.headers_mut();
            headers.insert(MODEL_HEADER, version.clone());
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            std::future::ready(response)
        }))
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
    let cause = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("of unknown cause");
    tracing::error!(cause, "a handler panicked");
    Problem::new(
        Code::InternalError,
        "something went wrong here; the input was not at fault",
    )
    .into_response()
}
