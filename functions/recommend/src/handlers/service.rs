//! The calls about the service itself.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use matinee::model::Origin;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::problem::{NoModel, ServerFault};
use crate::serving::{Serving, ServingFrom};

/// The page.
pub(crate) const PAGE: &str = include_str!("../page.html");

/// The description of the API: what [`openapi`](crate::openapi()) makes, as it was written down.
const OPENAPI_JSON: &str = include_str!("../openapi.json");

/// Lets the page run its own script and style and talk to this server, and nothing else.
static PAGE_POLICY: LazyLock<String> = LazyLock::new(|| {
    let mut policy = "default-src 'none'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'; connect-src 'self'; img-src data:"
        .to_owned();
    for element in ["script", "style"] {
        let _ = write!(policy, "; {element}-src");
        for content in inline(element) {
            let hash = STANDARD.encode(Sha256::digest(content));
            let _ = write!(policy, " 'sha256-{hash}'");
        }
    }
    policy
});

/// What stands in the page between `<element>` and `</element>`.
fn inline(element: &str) -> impl Iterator<Item = &'static str> {
    let end = format!("</{element}>");
    PAGE.split(&format!("<{element}>"))
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(&end)?.0))
        .collect::<Vec<_>>()
        .into_iter()
}

/// That the service is up, and with what.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({
    "status": "ok",
    "model_version": "20260131T120000Z-0a1b2c3d",
    "model_source": "bucket",
    "movies": 891,
    "created": "2026-01-31T12:00:00Z",
    "trained_until": null
})))]
pub(crate) struct Health<'a> {
    /// Always "ok": what is not, does not answer.
    status: &'static str,
    /// The model that answers.
    model_version: &'a str,
    /// What it comes from: a bucket, a directory, the sample deployed with the service, or its own
    /// memory.
    #[schema(value_type = String, pattern = "^(bucket|directory|sample|memory)$")]
    model_source: Origin,
    /// How many films it knows.
    movies: usize,
    /// When it was trained.
    #[schema(format = DateTime)]
    created: &'a str,
    /// The time of the newest interaction it was trained on, `null` without interactions.
    #[schema(required = true, format = DateTime)]
    trained_until: Option<String>,
}

/// Whether the service is up
///
/// With the version and size of the model that answers.
#[utoipa::path(
    get,
    path = "/health",
    tag = "service",
    responses(
        (status = 200, description = "It is.", body = Health<'_>),
        ServerFault,
        NoModel,
    )
)]
pub(crate) async fn health(Serving(model): Serving, ServingFrom(origin): ServingFrom) -> Response {
    let trained_until = model
        .manifest
        .trained_until
        .and_then(|time| jiff::Timestamp::from_millisecond(time).ok())
        .map(|time| time.to_string());
    Json(Health {
        status: "ok",
        model_version: model.version(),
        model_source: origin,
        movies: model.catalogue.len(),
        created: &model.manifest.created,
        trained_until,
    })
    .into_response()
}

/// This description
///
/// The API as an OpenAPI 3.1 document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "service",
    responses(
        (status = 200, description = "The document.", body = Object),
        ServerFault,
    )
)]
pub(crate) async fn openapi_json() -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (headers, OPENAPI_JSON).into_response()
}

/// The page
///
/// For a person with a browser.
#[utoipa::path(
    get,
    path = "/",
    tag = "service",
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        ServerFault,
    )
)]
pub(crate) async fn page() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY.as_str()),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, PAGE).into_response()
}
