//! What viewers did before, and keeping what they say now.

use std::sync::Arc;
use std::time::Duration;

use matinee::conversation::{Said, Speaker};
use matinee::model::Model;
use matinee::ports::{StoreCause, StoreError};
use matinee::recommend::Recommendation;
use matinee::taste::{
    Audience, InteractionId, MAX_HISTORY, Millis, RecommendationId, Recorded, ServedPage, Source,
    Submission, ViewerId, ViewerKey,
};

use crate::request::{Body, Request, Session};

/// The intents that recommend nothing, and so need no history.
const WITHOUT_HISTORY: [&str; 6] = [
    "AMAZON.CancelIntent",
    "AMAZON.FallbackIntent",
    "AMAZON.HelpIntent",
    "AMAZON.NoIntent",
    "AMAZON.RepeatIntent",
    "AMAZON.StopIntent",
];

/// The viewers, as far as Alexa says who speaks.
#[derive(Clone)]
pub(crate) struct Memory {
    audience: Arc<dyn Audience>,
    key: Option<ViewerKey>,
    pub(crate) patience: Patience,
}

/// How long is waited. Alexa gives up after 8 seconds, and the model may need its part of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For the history.
    pub(crate) recall: Duration,
    /// For taking over what was said.
    pub(crate) keep: Duration,
    /// For remembering what was recommended.
    pub(crate) remember: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            recall: Duration::from_secs(1),
            keep: Duration::from_secs(2),
            remember: Duration::from_millis(300),
        }
    }
}

/// What was said could not be kept; the reason is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotKept;

impl Memory {
    pub(crate) fn new(audience: Arc<dyn Audience>, key: Option<ViewerKey>) -> Self {
        let patience = Patience::default();
        Self {
            audience,
            key,
            patience,
        }
    }

    /// Whose turn it is now.
    pub(crate) fn speaker<'a>(&self, viewer: Option<&'a ViewerId>) -> Speaker<'a> {
        Speaker {
            viewer,
            now: self.audience.now(),
            personal: self.audience.personal(),
        }
    }

    /// Who speaks; nobody where Alexa does not say or there is no key.
    pub(crate) fn viewer(&self, request: &Request) -> Option<ViewerId> {
        Some(self.key.as_ref()?.alexa(request.speaker()?))
    }

    /// What a viewer did, newest first, where the request needs it. Whatever goes wrong, the
    /// conversation goes on without.
    pub(crate) async fn recall(&self, viewer: Option<&ViewerId>, body: &Body) -> Vec<Recorded> {
        let Some(viewer) = viewer.filter(|_| needs_history(body)) else {
            return Vec::new();
        };
        let newest = self.audience.newest(viewer, MAX_HISTORY);
        match tokio::time::timeout(self.patience.recall, newest).await {
            Ok(Ok(rows)) => rows,
            Ok(Err(error)) if unconfigured(&error) => Vec::new(),
            Ok(Err(error)) => {
                tracing::warn!(%error, "going on without the history");
                Vec::new()
            }
            Err(_) => {
                tracing::warn!("going on without the history: it took too long");
                Vec::new()
            }
        }
    }

    /// Keeps what was said. Where nothing can be kept at all, or nobody is known to have said it,
    /// nothing is promised and nothing is missing: it counts within the conversation.
    pub(crate) async fn keep(
        &self,
        viewer: Option<&ViewerId>,
        model: &Model,
        body: &Body,
        said: &[Said],
    ) -> Result<(), NotKept> {
        let Some(viewer) = viewer.filter(|_| !said.is_empty()) else {
            return Ok(());
        };
        let rows = self.rows(viewer, model, body, said);
        let submitted = self.audience.submit(&rows);
        match tokio::time::timeout(self.patience.keep, submitted).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if unconfigured(&error) => Ok(()),
            Ok(Err(error)) => {
                tracing::error!(%error, "what was said could not be kept");
                Err(NotKept)
            }
            Err(_) => {
                tracing::error!("what was said could not be kept: it took too long");
                Err(NotKept)
            }
        }
    }

    /// Remembers for 30 days what was recommended, so that what of it is accepted can be told. Whatever
    /// goes wrong, the answer is the same.
    pub(crate) async fn remember(
        &self,
        viewer: Option<&ViewerId>,
        model: &Model,
        list: Option<RecommendationId>,
        served: &[Recommendation],
    ) {
        let front = (Source::Voice, self.audience.now());
        let page = viewer
            .zip(list)
            .and_then(|(viewer, list)| ServedPage::of(model, viewer, &list, front, served));
        let Some(page) = page else {
            return;
        };
        match tokio::time::timeout(self.patience.remember, self.audience.remember(&page)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) if unconfigured(&error) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a recommendation is not remembered"),
            Err(_) => tracing::warn!("a recommendation may not be remembered: it took too long"),
        }
    }

    /// What was said, as interactions. Alexa sends a request again when an answer does not reach
    /// it: the ids follow from the request's, so that this is recognised.
    fn rows(&self, viewer: &ViewerId, model: &Model, body: &Body, said: &[Said]) -> Vec<Recorded> {
        let submission = Submission {
            viewer,
            source: Source::Voice,
            now: self.audience.now(),
            watched_fraction: self.audience.watched_fraction(),
            catalogue: &model.catalogue,
        };
        let at = body.timestamp.as_deref().and_then(Millis::parse);
        let at = at.filter(|at| submission.believes(*at));
        let request = body.request_id.as_deref().filter(|id| !id.is_empty());
        let record = |(place, said): (usize, &Said)| {
            let place = place.to_string();
            let id = request.map(|request| InteractionId::derived(["alexa", request, &place]));
            let movie = model.catalogue.get(said.movie).movie_id();
            submission.record(id, movie, said.kind, at, None, false)
        };
        said.iter().enumerate().map(record).collect()
    }
}

/// The list that a request belongs to: what is recommended in one session is one list. Out of a session
/// the request is one; what has neither's id is none.
pub(crate) fn list(session: &Session, body: &Body) -> Option<RecommendationId> {
    let parts = match (session.session_id.as_str(), body.request_id.as_deref()) {
        ("", None | Some("")) => return None,
        ("", Some(request)) => ["alexa request", request],
        (session, _) => ["alexa session", session],
    };
    Some(RecommendationId::derived(parts))
}

fn needs_history(body: &Body) -> bool {
    match body.kind.as_str() {
        "LaunchRequest" | "Alexa.Presentation.APL.UserEvent" => true,
        "IntentRequest" | "" => !WITHOUT_HISTORY.contains(&body.intent.name.as_str()),
        _ => false,
    }
}

/// A system that keeps nothing about viewers has no failure to report.
fn unconfigured(error: &StoreError) -> bool {
    error.cause == StoreCause::NotConfigured
}
