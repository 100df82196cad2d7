//! The Alexa skill: Alexa's requests in, Matinee's dialogue, Alexa's responses out.

mod can_fulfill;
mod intent;
mod lenient;
mod memory;
pub mod request;
pub mod response;
mod ssml;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use matinee::conversation::{History, State, reply};
use matinee::model::{Model, ModelSource};
use matinee::taste::{Audience, Recorded, ViewerId, ViewerKey};
use matinee::wording::{DEFAULT_LOCALE, Wording};
use memory::Memory;
use request::Session;

pub use request::Request;
pub use response::Response;

/// The session attribute that holds the conversation's [`State`].
const CONVERSATION: &str = "conversation";

/// Why a request gets no answer at all.
#[derive(Debug, thiserror::Error)]
pub enum SkillError {
    /// The request comes from another skill than the one this function serves, or from none.
    #[error("expected a request of the skill {expected}, found one of {}", found.as_deref().unwrap_or("no skill"))]
    WrongSkill {
        /// The id of the skill this function serves.
        expected: String,
        /// The id in the request, `None` when it names none.
        found: Option<String>,
    },
    /// The body is no JSON object.
    #[error("expected a request of Alexa as a JSON object")]
    Malformed(#[source] serde_json::Error),
}

/// The skill over the models that a source gives, one for each request.
#[derive(Clone)]
pub struct AlexaSkill<M> {
    models: M,
    skill_id: Option<String>,
    memory: Memory,
}

impl<M: ModelSource> AlexaSkill<M> {
    /// A skill that answers from `models`. With a `skill_id` it answers that skill's requests only.
    ///
    /// What people say about films is handed to the `audience`, and what they did before is asked
    /// of it, by the viewer that the `key` makes of Alexa's user. Without a key everybody is nobody,
    /// and nothing is remembered beyond a session.
    pub fn new(
        models: M,
        skill_id: Option<String>,
        audience: Arc<dyn Audience>,
        key: Option<ViewerKey>,
    ) -> Self {
        let memory = Memory::new(audience, key);
        Self {
            models,
            skill_id,
            memory,
        }
    }

    /// Answers a request as Alexa posts it: [`AlexaSkill::handle`] on the body's bytes.
    ///
    /// # Errors
    /// [`SkillError::Malformed`] when the body is no JSON object, else as [`AlexaSkill::handle`].
    ///
    /// # Panics
    /// As [`AlexaSkill::handle`].
    pub async fn handle_json(&self, body: &[u8]) -> Result<Response, SkillError> {
        let request = serde_json::from_slice(body).map_err(SkillError::Malformed)?;
        self.handle(request).await
    }

    /// Answers a request. Whatever is missing in it or unknown about it, there is an answer; where
    /// there is no model, it is an apology.
    ///
    /// # Errors
    /// [`SkillError::WrongSkill`] when the request is not this skill's.
    ///
    /// # Panics
    /// For a viewer outside of a tokio runtime: what the audience takes is limited in time.
    pub async fn handle(&self, request: Request) -> Result<Response, SkillError> {
        self.check_skill(&request)?;
        let body = &request.request;
        // What people say, who they are and what they talked about never stands in a log.
        tracing::info!(
            request = name(&body.kind),
            intent = name(&body.intent.name),
            "asked"
        );
        let wording = Wording::of(body.locale.as_deref().unwrap_or(DEFAULT_LOCALE));
        if matches!(
            body.kind.as_str(),
            "SessionEndedRequest" | "System.ExceptionEncountered"
        ) {
            if let Some(error) = &body.error {
                tracing::warn!(
                    request = ?body.kind,
                    error = ?error.kind,
                    detail = ?error.message,
                    "Alexa could not use an answer"
                );
            }
            return Ok(Response::silent());
        }
        let can_fulfill = body.kind == "CanFulfillIntentRequest";
        let viewer = self.memory.viewer(&request);
        let known = self.memory.recall(viewer.as_ref(), body);
        let (model, known) = tokio::join!(self.models.model(), known);
        // Why there is none is logged where it is found.
        let model = model.ok();
        if can_fulfill {
            let verdict = can_fulfill::judge(model.as_deref(), wording, &body.intent);
            return Ok(Response::can_fulfill(verdict));
        }
        let Some(model) = model else {
            return Ok(Response::sorry(wording));
        };
        tracing::Span::current().record("modelVersion", model.version());
        let response = self
            .answer(&model, wording, request, viewer.as_ref(), &known)
            .await;
        Ok(response.unwrap_or_else(|| Response::sorry(wording)))
    }

    /// Answers somebody who did this before. `None` when answering panicked: nobody at an Echo is
    /// left with silence.
    async fn answer(
        &self,
        model: &Model,
        wording: &Wording,
        request: Request,
        viewer: Option<&ViewerId>,
        known: &[Recorded],
    ) -> Option<Response> {
        let Request {
            session,
            request: body,
            ..
        } = request;
        let list = memory::list(&session, &body);
        let mut reply = unharmed(|| {
            let turn = intent::turn(model, wording, &body);
            let history = History::new(model, self.memory.speaker(viewer), known);
            reply(model, wording, remembered(session), &history, &turn)
        })?;
        // Before it is answered: what is acknowledged is kept.
        let keep = self.memory.keep(viewer, model, &body, &reply.feedback);
        let served = reply.recommendation.as_slice();
        let remember = self.memory.remember(viewer, model, list, served);
        if let (Err(memory::NotKept), ()) = tokio::join!(keep, remember) {
            reply.admit_not_noted(wording);
        }
        unharmed(|| Response::spoken(model, wording, reply))
    }

    /// Every skill id in the request must be ours, and there must be one.
    fn check_skill(&self, request: &Request) -> Result<(), SkillError> {
        let Some(expected) = &self.skill_id else {
            return Ok(());
        };
        let mut named = request.skill_ids().peekable();
        let missing = named.peek().is_none();
        match named.find(|id| id != expected) {
            None if !missing => Ok(()),
            found => Err(SkillError::WrongSkill {
                expected: expected.clone(),
                found: found.map(str::to_owned),
            }),
        }
    }
}

/// What is made, unless making it panics.
fn unharmed<T>(make: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(make))
        .inspect_err(|_| tracing::error!("answering panicked"))
        .ok()
}

/// A name that a request gives, fit for a log: escaped, and not at any length.
fn name(given: &str) -> String {
    given
        .chars()
        .take(64)
        .flat_map(char::escape_debug)
        .collect()
}

/// What the conversation remembers; one that cannot be read, being older or forged, begins anew.
fn remembered(mut session: Session) -> State {
    if session.new {
        return State::default();
    }
    session
        .attributes
        .remove(CONVERSATION)
        .and_then(|state| serde_json::from_value(state).ok())
        .unwrap_or_default()
}
