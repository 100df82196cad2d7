//! Which model answers a request.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use matinee::model::{Model, ModelSource, Origin, Unavailable};

use crate::problem::{Code, Problem};

/// The header of every response that names the model which answered.
pub(crate) const MODEL_HEADER: HeaderName = HeaderName::from_static("x-matinee-model");

/// The model for one request, the same from its first line to its last.
pub(crate) struct Serving(pub(crate) Arc<Model>);

/// Where the model comes from.
pub(crate) struct ServingFrom(pub(crate) Origin);

/// What [`choose`] found, kept with the request.
#[derive(Clone)]
struct Choice {
    model: Result<Arc<Model>, Unavailable>,
    origin: Origin,
}

/// Takes the model for a request from its source, once, and names it in the response.
///
/// A request that needs no model is answered without one.
pub(crate) async fn choose<M: ModelSource>(
    State(source): State<Arc<M>>,
    mut request: Request,
    next: Next,
) -> Response {
    let model = source.model().await;
    let version = model.as_ref().ok().map(|model| {
        tracing::Span::current().record("modelVersion", model.version());
        HeaderValue::from_str(model.version())
            .unwrap_or_else(|_| unreachable!("a model version is letters, digits and dashes"))
    });
    let origin = source.origin();
    request.extensions_mut().insert(Choice { model, origin });
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(version) = version {
        headers.insert(MODEL_HEADER, version);
    }
    response
}

fn choice(parts: &Parts) -> &Choice {
    parts
        .extensions
        .get()
        .unwrap_or_else(|| unreachable!("a model is chosen for every request"))
}

impl<S: Sync> FromRequestParts<S> for Serving {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match &choice(parts).model {
            Ok(model) => Ok(Self(Arc::clone(model))),
            Err(cause) => {
                let detail = format!("no model can be served: {cause}");
                Err(Problem::new(Code::ModelUnavailable, detail))
            }
        }
    }
}

impl<S: Sync> FromRequestParts<S> for ServingFrom {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(choice(parts).origin))
    }
}
