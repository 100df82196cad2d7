//! The interface of Amazon Personalize: who may call it, how it refuses, its routes.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::post;
use matinee::personalize::{
    AccessKey, CompiledFilters, Fault, ItemStore, Signature, SignatureFault,
};
use matinee::taste::Millis;
use serde_json::json;

use crate::campaigns::{CampaignsDocument, KnownCampaigns};
use crate::handlers::personalize;
use crate::problem::Problem;
use crate::router::Front;

/// The largest request body, in bytes: ten items of an items dataset with all their properties in letters
/// that JSON escapes.
const MAX_BODY: usize = 2 * 1024 * 1024;

/// Who may use the interface.
#[derive(Clone, Debug, Default)]
pub enum Callers {
    /// Nobody: it is not there.
    #[default]
    Nobody,
    /// Whoever reaches the service: one machine, one household. Signatures are not looked at.
    Anybody,
    /// Who signs their requests with this key, as clients of AWS do. They may ask about every viewer, as
    /// clients of Personalize may.
    WithKey(AccessKey),
}

/// The interface of Amazon Personalize, as it is set.
#[derive(Debug, Default)]
pub struct Personalize {
    /// Who may use it.
    pub callers: Callers,
    /// Which lists and filters there are.
    pub campaigns: KnownCampaigns,
    /// Filters that were compiled, kept for the next call.
    pub filters: CompiledFilters,
    /// Where items are kept for the next training, if they are.
    pub items: Option<Arc<dyn ItemStore>>,
}

impl Personalize {
    /// The interface for who has the key, nobody where there is none, with the campaigns and filters of a
    /// document.
    pub fn signed(key: Option<AccessKey>, document: impl CampaignsDocument + 'static) -> Self {
        Self {
            callers: key.map_or(Callers::Nobody, Callers::WithKey),
            campaigns: KnownCampaigns::of(document),
            ..Self::default()
        }
    }
}

/// The routes of the interface, where somebody may use it. What they take and answer is described by
/// Amazon, and not in our own description.
pub(crate) fn routes(callers: &Callers) -> Router<Front> {
    let routes = Router::new()
        .route("/recommendations", post(personalize::get_recommendations))
        .route(
            "/personalize-ranking",
            post(personalize::get_personalized_ranking),
        )
        .route("/events", post(personalize::put_events))
        .route("/items", post(personalize::put_items))
        .route("/users", post(personalize::put_users))
        .layer(DefaultBodyLimit::max(MAX_BODY));
    match callers {
        Callers::Nobody => Router::new(),
        Callers::Anybody => routes,
        Callers::WithKey(key) => routes.layer(from_fn_with_state(key.clone(), signed)),
    }
}

/// Lets nothing through but what is signed with the key.
async fn signed(
    State(key): State<AccessKey>,
    request: Request,
    next: Next,
) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| {
        let message = format!("the body must be at most {MAX_BODY} bytes");
        Refused::new(StatusCode::BAD_REQUEST, INVALID_INPUT, message)
    })?;
    check(&key, &parts, &body)?;
    let request = Request::from_parts(parts, Body::from(body));
    Ok(next.run(request).await)
}

fn check(key: &AccessKey, parts: &Parts, body: &[u8]) -> Result<(), SignatureFault> {
    let found = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let signature = Signature {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        header: &found,
        body,
    };
    signature.check(key, now())
}

/// The machine's time.
pub(crate) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    Millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// A refusal as SDKs read it.
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    kind: &'static str,
    message: String,
}

const INVALID_INPUT: &str = "InvalidInputException";

impl Refused {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            message: message.into(),
        }
    }

    /// That the same call may succeed later.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self::new(status, "ServiceUnavailableException", message)
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        let status = StatusCode::from_u16(fault.kind.status());
        let status = status.unwrap_or(StatusCode::BAD_REQUEST);
        Self::new(status, fault.kind.name(), fault.message)
    }
}

impl From<SignatureFault> for Refused {
    fn from(fault: SignatureFault) -> Self {
        Self::new(StatusCode::FORBIDDEN, fault.kind, fault.message)
    }
}

impl From<BytesRejection> for Refused {
    fn from(rejection: BytesRejection) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            INVALID_INPUT,
            rejection.body_text(),
        )
    }
}

impl From<Problem> for Refused {
    /// There is no model.
    fn from(problem: Problem) -> Self {
        Self::unavailable(problem.detail())
    }
}

impl axum::response::IntoResponse for Refused {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE.as_str(), "application/json"),
            ("x-amzn-errortype", self.kind),
        ];
        let body = json!({"message": self.message}).to_string();
        (self.status, headers, body).into_response()
    }
}
