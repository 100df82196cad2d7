//! Which model answers a request.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

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

type Asked = Pin<Box<dyn Future<Output = Result<Arc<Model>, Unavailable>> + Send>>;

/// Kept with a request: asks for its model, and remembers what was given.
#[derive(Clone)]
struct Choice {
    ask: Arc<dyn Fn() -> Asked + Send + Sync>,
    given: Arc<OnceLock<Arc<Model>>>,
    origin: Origin,
}

/// Lets a request take its model from the source, once and only if it needs one, and names the
/// model in the response.
pub(crate) async fn choose<M: ModelSource>(
    State(source): State<Arc<M>>,
    mut request: Request,
    next: Next,
) -> Response {
    let given = Arc::new(OnceLock::new());
    let asked = Arc::clone(&source);
    request.extensions_mut().insert(Choice {
        ask: Arc::new(move || {
            let source = Arc::clone(&asked);
            Box::pin(async move { source.model().await })
        }),
        given: Arc::clone(&given),
        origin: source.origin(),
    });
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(model) = given.get().cloned().or_else(|| source.current()) {
        let version = HeaderValue::from_str(model.version())
            .unwrap_or_else(|_| unreachable!("a model version is letters, digits and dashes"));
        headers.insert(MODEL_HEADER, version);
    }
    response
}

fn choice(parts: &Parts) -> &Choice {
    parts
        .extensions
        .get()
        .unwrap_or_else(|| unreachable!("every request carries the way to its model"))
}

impl<S: Sync> FromRequestParts<S> for Serving {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Choice { ask, given, .. } = choice(parts).clone();
        if let Some(model) = given.get() {
            return Ok(Self(Arc::clone(model)));
        }
        match ask().await {
            Ok(model) => {
                tracing::Span::current().record("modelVersion", model.version());
                Ok(Self(Arc::clone(given.get_or_init(|| model))))
            }
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
