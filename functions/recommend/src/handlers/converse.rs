use axum::Json;
use axum::extract::RawQuery;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse as _, Response};
use matinee::conversation::{self, History, State as Memory, Turn, reply, understand};
use matinee::wording::{DEFAULT_LOCALE, Wording};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::dto::{Movie, Recommendation};
use crate::params::{NoQuery, Params, tidy};
use crate::problem::{BadBody, Code, Fault, NoModel, NotJson, Problem, ServerFault, TooLarge};
use crate::serving::Serving;

/// The longest text of a turn, in characters.
const MAX_TEXT: usize = 2_000;

/// The longest locale, in characters: BCP 47 advises to support this much.
const MAX_LOCALE: usize = 35;

/// What somebody said, and the conversation they said it in.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"session": null, "text": "I like The Matrix"})))]
pub(crate) struct ConverseRequest {
    /// `session` of the previous answer; `null` begins a conversation.
    #[schema(value_type = Option<String>, format = "session-token", max_length = 24576, pattern = "^[A-Za-z0-9_-]*$")]
    session: Option<Memory>,
    /// What was said or typed; empty with no session opens the conversation. Control characters
    /// count as spaces.
    #[schema(max_length = 2000)]
    text: String,
    /// BCP 47 tag of the language to answer in; en-US where it is not spoken here.
    #[schema(max_length = 35, examples("en-US"))]
    locale: Option<String>,
}

/// What is answered.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConverseAnswer<'a> {
    /// To be sent with the next turn; `null` when the conversation is over.
    #[schema(required = true)]
    session: Option<String>,
    /// What to say or show: plain text, ends in a question unless `end`.
    #[schema(examples(
        "Based on The Matrix, I recommend Dark City. Would you like to hear more recommendations?"
    ))]
    speech: String,
    /// What to say when nothing is answered; `null` when the conversation is over.
    #[schema(required = true)]
    reprompt: Option<String>,
    /// The films spoken about: the one recommended, or the one asked back.
    movies: Vec<Movie<'a>>,
    /// The film recommended in this turn, if one was.
    #[schema(required = true)]
    recommendation: Option<Recommendation<'a>>,
    /// Whether the conversation is over.
    end: bool,
}

/// One turn of a conversation
///
/// Speaks like the voice skill, in plain text, for any front end. The conversation is kept in the
/// session token alone.
#[utoipa::path(
    post,
    path = "/converse",
    tag = "conversation",
    request_body = ConverseRequest,
    responses(
        (status = 200, description = "What to answer.", body = ConverseAnswer<'_>),
        BadBody,
        TooLarge,
        NotJson,
        ServerFault,
        NoModel,
    )
)]
pub(crate) async fn converse(
    Serving(model): Serving,
    RawQuery(query): RawQuery,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<Response, Problem> {
    Params::read::<NoQuery>(query.as_deref()).finish()?;
    let Json(body) = body.map_err(|rejection| Problem::of_body(&rejection))?;
    let ConverseRequest {
        session,
        text,
        locale,
    } = read(body)?;
    let wording = Wording::of(locale.as_deref().unwrap_or(DEFAULT_LOCALE));
    let text = tidy(&text);
    let turn = if text.is_empty() && session.is_none() {
        Turn::Launch
    } else {
        understand(&model, wording, &text)
    };
    let conversation::Reply {
        speech,
        reprompt,
        recommendation,
        movies,
        // Nobody says who speaks: what is said counts within the conversation.
        feedback: _,
        end,
        state,
    } = reply(
        &model,
        wording,
        session.unwrap_or_default(),
        &History::default(),
        &turn,
    );
    let answer = ConverseAnswer {
        session: (!end).then(|| state.to_token()),
        speech,
        reprompt,
        movies: movies
            .into_iter()
            .map(|movie| Movie::new(model.catalogue.get(movie)))
            .collect(),
        recommendation: recommendation
            .map(|recommendation| Recommendation::new(&model, wording, recommendation)),
        end,
    };
    Ok(Json(answer).into_response())
}

/// The request in a body.
///
/// Read by hand because every fault is to be named with its field.
fn read(body: Value) -> Result<ConverseRequest, Problem> {
    let Value::Object(mut fields) = body else {
        return Err(Problem::new(
            Code::InvalidBody,
            "the body must be a JSON object",
        ));
    };
    let mut faults = Vec::new();
    let mut text = |field: &str, most: usize| match fields.remove(field) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => {
            let length = text.chars().count();
            if length > most {
                let detail = format!("must be at most {most} characters, found {length}");
                faults.push(Fault::new(field, detail));
            }
            Some(text)
        }
        Some(_) => {
            faults.push(Fault::new(field, "must be a string"));
            None
        }
    };
    let session = text("session", usize::MAX);
    let spoken = text("text", MAX_TEXT);
    let locale = text("locale", MAX_LOCALE);
    if spoken.is_none() && !faults.iter().any(|fault| fault.field == "text") {
        faults.push(Fault::new("text", "must be a string, found nothing"));
    }
    let session = match session.as_deref().map(Memory::from_token) {
        None => None,
        Some(Ok(memory)) => Some(memory),
        Some(Err(invalid)) => {
            faults.push(Fault::new("session", format!("is {invalid}")));
            None
        }
    };
    faults.extend(fields.keys().map(|unknown| {
        let field: String = unknown.chars().take(64).collect();
        Fault::new(field, "is unknown: expected session, text and locale")
    }));
    if faults.is_empty() {
        Ok(ConverseRequest {
            session,
            text: spoken.unwrap_or_default(),
            locale,
        })
    } else {
        Err(Problem::of_fields(Code::InvalidBody, faults))
    }
}
