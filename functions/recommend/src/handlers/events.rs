//! Amazon Personalize Events: its contract, its shapes, its errors.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use matinee::taste::{InvalidEvents, PutEvents};
use serde_json::json;

use crate::router::Front;
use crate::serving::Serving;

/// `PutEvents`. All events are kept or, where one is not understood, none.
pub(crate) async fn put_events(
    State(front): State<Front>,
    Serving(model): Serving,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let body = body.map_err(|rejection| Refused {
        status: StatusCode::BAD_REQUEST,
        kind: INVALID_INPUT,
        message: rejection.body_text(),
    })?;
    let audience = &front.audience;
    let rows = PutEvents::read(&body)?.interactions(
        audience.now(),
        audience.watched_fraction(),
        &model.catalogue,
    )?;
    if !rows.is_empty() {
        audience.submit(&rows).await.map_err(|error| {
            tracing::warn!(%error, cause = %error.source, "events cannot be kept");
            Refused {
                status: StatusCode::SERVICE_UNAVAILABLE,
                kind: "ServiceUnavailableException",
                message: "events cannot be kept now; the same call may succeed later".to_owned(),
            }
        })?;
    }
    let json = [(header::CONTENT_TYPE, "application/json")];
    Ok((StatusCode::OK, json, "{}").into_response())
}

/// The one error that the operation documents.
const INVALID_INPUT: &str = "InvalidInputException";

/// A refusal as SDKs read it.
pub(crate) struct Refused {
    status: StatusCode,
    kind: &'static str,
    message: String,
}

impl From<InvalidEvents> for Refused {
    fn from(invalid: InvalidEvents) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: INVALID_INPUT,
            message: invalid.to_string(),
        }
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
