//! Lists that were served, to be counted.

use std::time::Duration;

use matinee::model::Model;
use matinee::ports::{StoreCause, StoreError};
use matinee::recommend::{MAX_LIMIT, Recommendation};
use matinee::taste::{RecommendationId, ServedPage, Source, ViewerId};

use crate::recommender::Recommender;
use crate::router::Front;

/// How long an answer waits for its list to be remembered: many times what the queue takes, and still
/// no delay that a person would call one.
const PATIENCE: Duration = Duration::from_millis(300);

/// Stands for a model's version where Amazon Personalize made a list.
const PERSONALIZE: &str = "personalize";

impl Front {
    /// Remembers for 30 days that `served`, a page of the list `recommendation`, was given to `viewer` through
    /// the front `source`: what of it is accepted can then be told, for each version of the model that makes
    /// lists, and for [`PERSONALIZE`] as if it were one.
    ///
    /// To be awaited when the films are chosen and before they are answered, for a function that has
    /// answered sleeps. It takes a message to the queue for every [`MAX_LIMIT`] films and at most
    /// [`PATIENCE`]. It never fails: what could not be remembered is a line of the log, and no reason to
    /// withhold the films. A page without films is none.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time.
    pub(crate) async fn remember(
        &self,
        model: &Model,
        viewer: &ViewerId,
        (source, recommendation): (Source, &RecommendationId),
        (by, served): (Recommender, &[Recommendation]),
    ) {
        let front = (source, self.audience.now());
        let remember_all = async {
            for films in served.chunks(MAX_LIMIT) {
                let page = ServedPage::of(model, viewer, recommendation, front, films);
                if let Some(mut page) = page {
                    if by == Recommender::Personalize {
                        PERSONALIZE.clone_into(&mut page.model_version);
                    }
                    self.audience.remember(&page).await?;
                }
            }
            Ok(())
        };
        match tokio::time::timeout(PATIENCE, remember_all).await {
            Ok(remembered) => tell(remembered),
            Err(_) => {
                tracing::warn!("a list that was served may not be remembered: it took too long");
            }
        }
    }
}

/// A system that keeps nothing about viewers has no failure to report.
fn tell(remembered: Result<(), StoreError>) {
    if let Err(error) = remembered
        && error.cause != StoreCause::NotConfigured
    {
        tracing::warn!(%error, "a list that was served is not remembered");
    }
}
