use std::borrow::Cow;
use std::collections::HashMap;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use matinee::taste::{
    InteractionId, KindName, MAX_INTERACTIONS, Recorded, Refusal, Source, Submission, Submitted,
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::schema::{
    AnyOfBuilder, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::access::Viewer;
use crate::params::{NoQuery, Params, ViewerInPath};
use crate::problem::{
    BadInteraction, Code, Fault, NoModelOrTables, NoSuchMovie, NotJson, NotSignedIn, NotYours,
    Problem, ServerFault, TooLarge,
};
use crate::router::Front;
use crate::serving::Serving;

/// The longest reason given for one field, in characters: it may quote what was sent.
const MAX_REASON: usize = 300;

/// The most fields of one interaction that are named: an answer is not to be much larger than what it
/// answers.
const MAX_FAULTS: usize = 20;

/// What a viewer did with a film: `movie` and `kind`; with `watched` and `clicked` how long
/// (`seconds`, `duration`), with `rated` how good (`stars`, `scale`).
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Interaction, examples(
    json!({"movie": "tmdb:603", "kind": "watched", "seconds": 4100, "duration": 8160,
        "at": "2026-01-30T20:15:00Z", "id": "3f6c2a"}),
    json!({"movie": "tmdb:603", "kind": "rated", "stars": 9, "scale": 10}),
))]
#[expect(
    dead_code,
    reason = "the description of what `Submission` reads by hand"
)]
pub(crate) struct SubmittedInteraction {
    /// Names the interaction among the viewer's, so that it is kept once however often it is sent.
    /// Left out, it is derived from all that is said here: a repeat is then recognised by the same
    /// `at`.
    #[schema(pattern = "^[A-Za-z0-9._:-]+$", min_length = 1, max_length = 128)]
    id: Option<String>,
    /// The film, by any id under which the catalogue knows it.
    #[schema(pattern = "^[a-z0-9]+:[A-Za-z0-9._-]+$", max_length = 128)]
    movie: String,
    #[schema(schema_with = kinds)]
    kind: KindName,
    /// How long it was watched. From half of `duration` on (or what the service is set to) it is
    /// `watched`, less is `clicked`, nothing is not kept; more than `duration` is cut to it.
    /// `watched` without this means that the film was seen.
    #[schema(minimum = 0)]
    seconds: Option<f64>,
    /// How long the film is, in seconds; its known length where left out.
    #[schema(exclusive_minimum = 0)]
    duration: Option<f64>,
    /// From 0.5 on a scale of 5, from 1 on a scale of 10.
    #[schema(minimum = 0.5, maximum = 10)]
    stars: Option<f64>,
    /// How many stars there are at most.
    #[schema(schema_with = scale)]
    scale: Option<u8>,
    /// When; now, where it is left out. Not in the future and not before 1990.
    #[schema(format = DateTime)]
    at: Option<String>,
    /// `recommendation_id` of the list that the viewer found the film in.
    #[schema(pattern = "^[A-Za-z0-9._:-]+$", min_length = 1, max_length = 128)]
    recommendation: Option<String>,
}

/// [`SubmittedInteraction`], or an array of them.
pub(crate) struct InteractionsRequest;

impl PartialSchema for InteractionsRequest {
    fn schema() -> RefOr<Schema> {
        let interaction = || Ref::from_schema_name("Interaction");
        let any = ObjectBuilder::new()
            .schema_type(SchemaType::AnyValue)
            .description(Some("What is no `Interaction` is refused in its place."));
        let several = ArrayBuilder::new()
            .items(AnyOfBuilder::new().item(interaction()).item(any))
            .min_items(Some(1))
            .max_items(Some(MAX_INTERACTIONS));
        OneOfBuilder::new()
            .item(interaction())
            .item(several)
            .description(Some(
                "One interaction, or up to 100 of them, which are judged one by one.",
            ))
            .examples([
                json!({"movie": "tmdb:603", "kind": "liked"}),
                json!([
                    {"movie": "tmdb:603", "kind": "watched", "seconds": 4100, "duration": 8160},
                    {"movie": "tmdb:604", "kind": "disliked", "id": "3f6c2b"}
                ]),
            ])
            .into()
    }
}

impl ToSchema for InteractionsRequest {
    fn name() -> Cow<'static, str> {
        "InteractionsRequest".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        let interaction = SubmittedInteraction::schema();
        schemas.push(("Interaction".to_owned(), interaction));
    }
}

/// The kinds by name.
pub(super) fn kinds() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(KindName::ALL.map(KindName::as_str)))
        .description(Some("What was done."))
        .build()
}

fn scale() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::Integer, Type::Null]))
        .enum_values(Some([json!(5), json!(10), Value::Null]))
        .default(Some(json!(5)))
        .description(Some("How many stars there are at most."))
        .build()
}

/// What became of interactions.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({"results": [
    {"index": 0, "id": "3f6c2a", "status": 202, "code": "accepted", "clamped": false},
    {"index": 1, "id": null, "status": 400, "code": "invalid_interaction", "clamped": false,
     "detail": "stars must be from 0.5 to 5 on a scale of 5, found 11",
     "errors": [{"field": "stars",
        "detail": "must be from 0.5 to 5 on a scale of 5, found 11"}]}
]})))]
pub(crate) struct InteractionsAnswer {
    /// One for each interaction, in their order.
    results: Vec<Taken>,
}

/// What became of one interaction.
#[derive(Serialize, ToSchema)]
pub(crate) struct Taken {
    /// Its place in the request, the first being 0.
    index: usize,
    /// Its id: the one given, or the one derived; `null` where it has none.
    #[schema(required = true)]
    id: Option<String>,
    /// What the HTTP status would be if it stood alone.
    #[schema(minimum = 200, maximum = 499)]
    status: u16,
    code: Fate,
    /// Whether more was said to be watched than the film is long, and that was cut.
    clamped: bool,
    /// Why it is not kept, for a person to read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<String>,
    /// Every field at fault, the first 20 of them, with `invalid_interaction`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<Fault>,
}

/// What became of an interaction, by a name that stays the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Fate {
    /// It will be kept, once (202).
    Accepted,
    /// Nothing was watched: there is nothing to keep (200).
    Dropped,
    /// It is not of the shape described (400).
    InvalidInteraction,
    /// No film has this id (404).
    MovieNotFound,
    /// Another one before it in this request has its id and says something else; that one stands
    /// (409).
    IdConflict,
}

impl Fate {
    fn status(self) -> StatusCode {
        match self {
            Self::Accepted => StatusCode::ACCEPTED,
            Self::Dropped => StatusCode::OK,
            Self::InvalidInteraction => StatusCode::BAD_REQUEST,
            Self::MovieNotFound => StatusCode::NOT_FOUND,
            Self::IdConflict => StatusCode::CONFLICT,
        }
    }
}

/// Interactions while they are judged.
#[derive(Default)]
struct Batch {
    results: Vec<Taken>,
    /// What is to be handed over.
    kept: Vec<Recorded>,
    /// Which result and which kept row an id belongs to.
    taken: HashMap<InteractionId, (usize, usize)>,
}

impl Batch {
    fn judge(&mut self, value: &Value, submission: &Submission<'_>) {
        match submission.read(value) {
            Ok(Submitted::Kept(row)) => self.keep(row),
            Ok(Submitted::Dropped) => {
                let detail = "nothing was watched: there is nothing to keep";
                self.tell(Fate::Dropped, given_id(value), Some(detail.to_owned()));
            }
            Err(Refusal::UnknownMovie(movie)) => {
                let detail = format!("no film has the id {movie}");
                self.tell(Fate::MovieNotFound, given_id(value), Some(detail));
            }
            Err(Refusal::Fields(faults)) => {
                let errors: Vec<Fault> = faults
                    .into_iter()
                    .take(MAX_FAULTS)
                    .map(|fault| Fault::new(fault.field, cut(fault.detail)))
                    .collect();
                let first = errors.first();
                let detail = first.map(|fault| format!("{} {}", fault.field, fault.detail));
                self.tell(Fate::InvalidInteraction, given_id(value), detail)
                    .errors = errors;
            }
        }
    }

    fn keep(&mut self, row: Recorded) {
        let id = row.interaction.id.as_str().to_owned();
        if let Some((result, place)) = self.taken.get(&row.interaction.id).copied() {
            if self
                .kept
                .get(place)
                .is_some_and(|one| one.same_content(&row))
            {
                self.tell(Fate::Accepted, Some(id), None).clamped = row.clamped;
            } else {
                let detail = format!(
                    "the interaction at index {result} has this id and says something else; that \
                     one stands"
                );
                self.tell(Fate::IdConflict, Some(id), Some(detail));
            }
            return;
        }
        let place = (self.results.len(), self.kept.len());
        self.taken.insert(row.interaction.id.clone(), place);
        self.tell(Fate::Accepted, Some(id), None).clamped = row.clamped;
        self.kept.push(row);
    }

    fn tell(&mut self, code: Fate, id: Option<String>, detail: Option<String>) -> &mut Taken {
        self.results.push_mut(Taken {
            index: self.results.len(),
            id,
            status: code.status().as_u16(),
            code,
            clamped: false,
            detail,
            errors: Vec::new(),
        })
    }
}

/// The id that an interaction was given, if it is one.
fn given_id(value: &Value) -> Option<String> {
    let id = value.get("id")?.as_str()?;
    id.parse::<InteractionId>().ok()?;
    Some(id.to_owned())
}

fn cut(mut detail: String) -> String {
    if let Some((end, _)) = detail.char_indices().nth(MAX_REASON) {
        detail.truncate(end);
        detail.push('…');
    }
    detail
}

/// Tell what a viewer did
///
/// Takes one interaction, or an array of up to 100. What is accepted (202) will be kept, once: the
/// same one with the same `id` may be sent again, after a failure too. It shows in the profile a
/// moment later.
///
/// An array is answered with 202 and a result for each interaction, whatever they are: those at
/// fault do not keep the others from being accepted. One interaction alone is answered with the
/// same results when it is accepted or has nothing to keep, and with a problem document when it is
/// refused.
///
/// An id that an earlier request has used for something else cannot be seen here: the first one
/// stands.
#[utoipa::path(
    post,
    path = "/viewers/{viewer}/interactions",
    tag = "viewers",
    params(ViewerInPath),
    request_body(
        content = inline(InteractionsRequest),
        description = "What the viewer did; at most 64 KiB."
    ),
    responses(
        (status = 202, description = "What became of each.", body = InteractionsAnswer),
        BadInteraction,
        NotSignedIn,
        NotYours,
        NoSuchMovie,
        TooLarge,
        NotJson,
        ServerFault,
        NoModelOrTables,
    ),
    security((), ("bearer" = []))
)]
pub(crate) async fn add_interactions(
    State(front): State<Front>,
    Viewer(viewer): Viewer,
    Serving(model): Serving,
    RawQuery(query): RawQuery,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<Response, Problem> {
    Params::read::<NoQuery>(query.as_deref()).finish()?;
    let Json(body) = body.map_err(|rejection| Problem::of_body(&rejection))?;
    let values = several(&body)?;
    let submission = Submission {
        viewer: &viewer,
        source: Source::Http,
        now: front.audience.now(),
        watched_fraction: front.audience.watched_fraction(),
        catalogue: &model.catalogue,
    };
    let mut batch = Batch::default();
    for value in values {
        batch.judge(value, &submission);
    }
    // Also when none are left: where nothing can be kept, nothing is to look as if it were.
    let submitted = front.audience.submit(&batch.kept).await;
    submitted.map_err(|error| Problem::of_store(&error))?;
    match &mut batch.results[..] {
        [alone] if body.is_object() => refuse(alone)?,
        _ => {}
    }
    let answer = InteractionsAnswer {
        results: batch.results,
    };
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

/// The interactions of a body.
fn several(body: &Value) -> Result<&[Value], Problem> {
    let detail = match body {
        Value::Object(_) => return Ok(std::slice::from_ref(body)),
        Value::Array(values) if (1..=MAX_INTERACTIONS).contains(&values.len()) => {
            return Ok(values);
        }
        Value::Array(values) => format!(
            "the body must hold 1 to {MAX_INTERACTIONS} interactions, found {}",
            values.len()
        ),
        _ => format!(
            "the body must be an interaction as a JSON object, or an array of 1 to \
             {MAX_INTERACTIONS} of them"
        ),
    };
    Err(Problem::new(Code::InvalidBody, detail))
}

/// One interaction alone is refused as any request is.
fn refuse(alone: &mut Taken) -> Result<(), Problem> {
    match alone.code {
        Fate::InvalidInteraction => {
            let errors = std::mem::take(&mut alone.errors);
            Err(Problem::of_fields(Code::InvalidInteraction, errors))
        }
        Fate::MovieNotFound => {
            let detail = alone.detail.take();
            Err(Problem::movie_not_found(detail.unwrap_or_default()))
        }
        Fate::Accepted | Fate::Dropped | Fate::IdConflict => Ok(()),
    }
}
