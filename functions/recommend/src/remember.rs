//! Lists that were served, to be counted.

use std::time::Duration;

use matinee::model::Model;
use matinee::ports::StoreCause;
use matinee::recommend::Recommendation;
use matinee::taste::{RecommendationId, ServedPage, Source, ViewerId};

use crate::router::Front;

/// How long an answer waits for its list to be remembered: many times what the queue takes, and still
/// no delay that a person would call one.
const PATIENCE: Duration = Duration::from_millis(300);

impl Front {
    /// Remembers for 30 days that `served`, a page of the list `recommendation` as `model` made it, was
    /// given to `viewer` over HTTP: what of it is accepted can then be told.
    ///
    /// To be awaited when the films are chosen and before they are answered, for a function that has
    /// answered sleeps. It takes one message to the queue and at most [`PATIENCE`]. It never fails:
    /// what could not be remembered is a line of the log, and no reason to withhold the films. A page
    /// without films is none.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time.
    pub(crate) async fn remember(
        &self,
        model: &Model,
        viewer: &ViewerId,
        recommendation: &RecommendationId,
        served: &[Recommendation],
    ) {
        let front = (Source::Http, self.audience.now());
        let Some(page) = ServedPage::of(model, viewer, recommendation, front, served) else {
            return;
        };
        match tokio::time::timeout(PATIENCE, self.audience.remember(&page)).await {
            Ok(Ok(())) => {}
            // A system that keeps nothing about viewers has no failure to report.
            Ok(Err(error)) if error.cause == StoreCause::NotConfigured => {}
            Ok(Err(error)) => tracing::warn!(%error, "a list that was served is not remembered"),
            Err(_) => {
                tracing::warn!("a list that was served may not be remembered: it took too long");
            }
        }
    }
}
