//! The Alexa skill over plain HTTP: the JSON that Alexa sends to a Lambda function, and what the
//! function would answer. Requests are checked for the skill id in `ALEXA_SKILL_ID`, where it is
//! set, but not for Amazon's signature: it is for trying things
//! out, not for the open internet.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use futures_util::FutureExt as _;
use matinee::taste::{Audience, ViewerKey};
use matinee_alexa::{AlexaSkill, SkillError};

use super::Models;
use super::problem::problem;

/// The largest request read, in bytes; Alexa's own stay far below.
const MAX_REQUEST: usize = 128 * 1024;

pub(super) fn router(models: Arc<Models>, audience: &Arc<dyn Audience>, key: &ViewerKey) -> Router {
    let skill_id = std::env::var("ALEXA_SKILL_ID").ok();
    let skill_id = skill_id.filter(|id| !id.is_empty());
    let skill = Arc::new(AlexaSkill::new(
        models,
        skill_id,
        Arc::clone(audience),
        Some(key.clone()),
    ));
    Router::new()
        .route("/alexa", post(answer).fallback(only_post))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(skill)
}

async fn answer(
    State(skill): State<Arc<AlexaSkill<Arc<Models>>>>,
    request: Result<Bytes, BytesRejection>,
) -> Response {
    let request = match request {
        Ok(request) => request,
        Err(rejection) => {
            let code = match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
                _ => "invalid_body",
            };
            return problem(rejection.status(), code, &rejection.body_text());
        }
    };
    // The Lambda runtime answers a panic with an error; so does this.
    let outcome = AssertUnwindSafe(skill.handle_json(&request))
        .catch_unwind()
        .await;
    let Ok(outcome) = outcome else {
        let detail = "the skill failed; its log says why";
        return problem(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", detail);
    };
    match outcome {
        Ok(response) => Json(response).into_response(),
        Err(error) => {
            let (status, code) = match error {
                SkillError::Malformed { .. } => (StatusCode::BAD_REQUEST, "invalid_body"),
                SkillError::WrongSkill { .. } => (StatusCode::FORBIDDEN, "wrong_skill"),
            };
            problem(status, code, &error.to_string())
        }
    }
}

async fn only_post() -> Response {
    let detail = "POST the JSON that Alexa sends; GET /openapi.json describes the other calls";
    let mut response = problem(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail);
    let post = header::HeaderValue::from_static("POST");
    response.headers_mut().insert(header::ALLOW, post);
    response
}
