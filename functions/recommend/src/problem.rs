//! Refusals, as RFC 9457 problem documents.

use std::collections::BTreeMap;

use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use matinee::ports::{StoreCause, StoreError};
use serde::Serialize;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, response};
use utoipa::{IntoResponses, ToSchema};

use crate::dto::MovieName;

/// The media type of a problem document.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// What was wrong, by a name that stays the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Code {
    /// A query or path parameter is unknown, missing, repeated or out of range.
    InvalidParameter,
    /// The request body is no JSON, or not of the shape described.
    InvalidBody,
    /// What a viewer is said to have done is not of the shape described.
    InvalidInteraction,
    /// Who sent this must sign in first.
    Unauthorized,
    /// Who sent this may not ask for this viewer.
    Forbidden,
    /// No film has this id or name.
    MovieNotFound,
    /// There is nothing at this path.
    PathNotFound,
    /// The path does not answer this method.
    MethodNotAllowed,
    /// The request body is larger than 64 KiB.
    BodyTooLarge,
    /// The request body is not declared as JSON.
    UnsupportedMediaType,
    /// Something went wrong on this side.
    InternalError,
    /// There is no model to answer with: the same call may succeed later.
    ModelUnavailable,
    /// What viewers do cannot be kept or read: the same call may succeed later.
    FeedbackUnavailable,
}

impl Code {
    fn status(self) -> StatusCode {
        match self {
            Self::InvalidParameter | Self::InvalidBody | Self::InvalidInteraction => {
                StatusCode::BAD_REQUEST
            }
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::MovieNotFound | Self::PathNotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ModelUnavailable | Self::FeedbackUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Fault {
    /// The parameter or body field.
    #[schema(examples("limit"))]
    pub(crate) field: String,
    /// What was expected and what was found.
    #[schema(examples("must be a whole number from 1 to 100, found \"five\""))]
    pub(crate) detail: String,
}

impl Fault {
    pub(crate) fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            detail: detail.into(),
        }
    }
}

/// A refusal on its way out.
#[derive(Debug)]
pub(crate) struct Problem(Box<Document>);

/// Why a request was refused, as RFC 9457 lays it out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem, examples(json!({
    "type": "about:blank",
    "title": "Bad Request",
    "status": 400,
    "code": "invalid_parameter",
    "detail": "limit must be a whole number from 1 to 100, found \"five\"",
    "field": "limit",
    "errors": [
        {"field": "limit", "detail": "must be a whole number from 1 to 100, found \"five\""}
    ]
})))]
pub(crate) struct Document {
    /// Always `about:blank`: `code` says what happened.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    code: Code,
    /// What is wrong with this request, for a person to read.
    detail: String,
    /// The first parameter or body field at fault, where it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    field: Option<String>,
    /// Every parameter or body field at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<Fault>,
    /// "Movie not found.", with `movie_not_found` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error: Option<&'static str>,
    /// The nearest titles, the likeliest first, where a film was asked for by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    did_you_mean: Option<Vec<MovieName<'static>>>,
}

impl Problem {
    /// A refusal that is no single field's fault.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        let status = code.status();
        Self(Box::new(Document {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            field: None,
            errors: Vec::new(),
            error: None,
            did_you_mean: None,
        }))
    }

    /// A refusal for what is wrong with these fields, the first of which gives the detail.
    pub(crate) fn of_fields(code: Code, faults: Vec<Fault>) -> Self {
        let first = faults.first().cloned();
        let first = first.unwrap_or_else(|| Fault::new("request", "is not understood"));
        let mut problem = Self::new(code, format!("{} {}", first.field, first.detail));
        problem.0.field = Some(first.field);
        problem.0.errors = faults;
        problem
    }

    /// A refusal for one parameter.
    pub(crate) fn of_parameter(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::of_fields(Code::InvalidParameter, vec![Fault::new(field, detail)])
    }

    /// A body that is no JSON, or too large, or not declared as JSON.
    pub(crate) fn of_body(rejection: &JsonRejection) -> Self {
        let code = match rejection.status() {
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
            StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
            _ => Code::InvalidBody,
        };
        Self::new(code, rejection.body_text())
    }

    /// The viewers' tables or their queue fail. How is for the log: it names what clients do not
    /// know.
    pub(crate) fn of_store(error: &StoreError) -> Self {
        tracing::warn!(%error, cause = %error.source, "what viewers do cannot be kept or read");
        let detail = match error.cause {
            StoreCause::NotConfigured => "this service keeps nothing about viewers",
            _ => "what viewers do cannot be kept or read now; the same call may succeed later",
        };
        Self::new(Code::FeedbackUnavailable, detail)
    }

    /// No such film.
    pub(crate) fn movie_not_found(detail: impl Into<String>) -> Self {
        let mut problem = Self::new(Code::MovieNotFound, detail);
        problem.0.error = Some("Movie not found.");
        problem
    }

    /// What is wrong, for a person to read.
    pub(crate) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Offers films that may have been meant.
    pub(crate) fn did_you_mean(mut self, movies: Vec<MovieName<'static>>) -> Self {
        self.0.did_you_mean = Some(movies);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // Strings and numbers only: this cannot fail.
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let headers = [(header::CONTENT_TYPE, PROBLEM_JSON)];
        let mut response = (self.0.code.status(), headers, body).into_response();
        if self.0.code == Code::Unauthorized {
            let bearer = HeaderValue::from_static("Bearer");
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

/// What a client sent, fit to be said back: escaped, and cut after 64 characters.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(64) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

/// The description of a response that is a problem document.
fn describe(status: StatusCode, description: &str) -> BTreeMap<String, RefOr<response::Response>> {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    let response = ResponseBuilder::new()
        .description(description)
        .content(PROBLEM_JSON, content)
        .build();
    BTreeMap::from([(status.as_str().to_owned(), response.into())])
}

/// Declares a refusal for the descriptions of calls.
macro_rules! refusals {
    ($($name:ident: $status:ident, $description:literal;)*) => {$(
        #[doc = $description]
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<response::Response>> {
                describe(StatusCode::$status, $description)
            }
        }
    )*};
}

refusals! {
    BadParameters: BAD_REQUEST, "A parameter is unknown, missing, repeated, malformed or out of range: `code` is `invalid_parameter`, `errors` names each with the reason.";
    BadBody: BAD_REQUEST, "The body is no JSON or not of the shape described (`code` is `invalid_body`), or a query parameter was given (`invalid_parameter`).";
    BadInteraction: BAD_REQUEST, "The body is no JSON, no object and no array of 1 to 100 (`code` is `invalid_body`); the one interaction sent is not of the shape described (`invalid_interaction`, `errors` names each field with the reason); or a parameter is malformed or unknown (`invalid_parameter`).";
    NotSignedIn: UNAUTHORIZED, "In the cloud: nobody is signed in. `code` is `unauthorized`.";
    NotYours: FORBIDDEN, "In the cloud: the path names another viewer than the one signed in. `code` is `forbidden`.";
    NoSuchMovie: NOT_FOUND, "No such film: `code` is `movie_not_found`, `error` is \"Movie not found.\", and where it was asked for by name `did_you_mean` holds the nearest titles.";
    TooLarge: PAYLOAD_TOO_LARGE, "The body is larger than 64 KiB: `code` is `body_too_large`.";
    NotJson: UNSUPPORTED_MEDIA_TYPE, "The body is not declared as `application/json`: `code` is `unsupported_media_type`.";
    NoModel: SERVICE_UNAVAILABLE, "No model is loaded: `code` is `model_unavailable`, `detail` says why. The same call may succeed later.";
    NoTables: SERVICE_UNAVAILABLE, "What viewers do cannot be kept or read: `code` is `feedback_unavailable`. The same call may succeed later, except where `detail` says that nothing is kept.";
    NoModelOrTables: SERVICE_UNAVAILABLE, "No model is loaded (`code` is `model_unavailable`), or what viewers do cannot be kept or read (`feedback_unavailable`). The same call may succeed later, except where `detail` says that nothing is kept.";
    ServerFault: INTERNAL_SERVER_ERROR, "Something went wrong on this side: `code` is `internal_error`.";
}
