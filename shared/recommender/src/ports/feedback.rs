//! The ports that keep what viewers do.

use std::future::Future;

use super::StoreCause;
use crate::taste::{FilmRating, Millis, Properties, Recorded, ServedPage, ViewerId};

/// Why a table or a queue could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {what}: {cause}")]
pub struct StoreError {
    /// "read", "write", "delete", "send", "receive".
    pub action: &'static str,
    /// Which table or queue.
    pub what: String,
    /// What kind of failure it is.
    pub cause: StoreCause,
    /// What the store said.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// What became of a row that was put by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is there now.
    New,
    /// The same row was there before.
    Repeat,
    /// Another row with this id was there before; it still is.
    Conflict,
}

/// What viewers did. The truth: the log is fed from it.
pub trait Interactions: Send + Sync {
    /// Puts rows by viewer and id, each unless the id is taken. One outcome for each row, in their
    /// order; the rows may be put in any order, except that of two with the same id the one that
    /// stands first in `rows` wins.
    ///
    /// Whoever implements this keeps a row durably before its outcome is told. A row whose outcome
    /// is an error may be there nevertheless.
    fn put(&self, rows: &[Recorded]) -> impl Future<Output = Vec<Result<Put, StoreError>>> + Send;

    /// The newest rows of a viewer by the time they happened (`at`), newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn newest(
        &self,
        viewer: &ViewerId,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Recorded>, StoreError>> + Send;

    /// Removes the rows of a viewer that were accepted until then, that moment included, and says
    /// how many there were. Sees every row whose [`Interactions::put`] had returned before.
    ///
    /// # Errors
    /// [`StoreError`]; some rows may be gone by then.
    fn forget(
        &self,
        viewer: &ViewerId,
        until: Millis,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

/// Which viewers want to be forgotten, and what was said about the others.
pub trait Viewers: Send + Sync {
    /// Until when a viewer is forgotten. Sees every [`Viewers::forget`] that had returned before.
    ///
    /// # Errors
    /// [`StoreError`].
    fn forgotten(
        &self,
        viewer: &ViewerId,
    ) -> impl Future<Output = Result<Option<Millis>, StoreError>> + Send;

    /// Remembers that a viewer is forgotten until then, and removes the properties that were accepted
    /// until then, that moment included; an earlier time than what is known changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    fn forget(
        &self,
        viewer: &ViewerId,
        until: Millis,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Keeps what was said about a viewer, durably before it returns, in place of what was said before:
    /// what was accepted last stands, and of what was accepted at one time what was put last. What was
    /// accepted until the viewer was forgotten, that moment included, is not kept.
    ///
    /// # Errors
    /// [`StoreError`]; the properties may be there nevertheless.
    fn describe(
        &self,
        viewer: &ViewerId,
        properties: &Properties,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// What was said about a viewer and not forgotten. Sees every [`Viewers::describe`] and
    /// [`Viewers::forget`] that had returned before.
    ///
    /// # Errors
    /// [`StoreError`].
    fn properties(
        &self,
        viewer: &ViewerId,
    ) -> impl Future<Output = Result<Option<Properties>, StoreError>> + Send;
}

/// Film ratings that devices report.
pub trait Films: Send + Sync {
    /// Puts a rating by title and id, unless that is taken.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put(&self, rating: &FilmRating) -> impl Future<Output = Result<Put, StoreError>> + Send;
}

/// What was served to viewers. A page is remembered until it [expires](ServedPage::expires), and may
/// be given a while longer.
pub trait Recommendations: Send + Sync {
    /// Puts a page by viewer and [id](ServedPage::id), unless that is taken: gives [`Put::New`] or, as a
    /// page with the same id has the same films, [`Put::Repeat`].
    ///
    /// # Errors
    /// [`StoreError`]; the page may be there nevertheless.
    fn put(&self, page: &ServedPage) -> impl Future<Output = Result<Put, StoreError>> + Send;

    /// Pages that were served to a viewer at `since` or later, in no certain order. Sees every page
    /// whose [`Recommendations::put`] had returned before.
    ///
    /// # Errors
    /// [`StoreError`].
    fn served(
        &self,
        viewer: &ViewerId,
        since: Millis,
    ) -> impl Future<Output = Result<Vec<ServedPage>, StoreError>> + Send;

    /// Removes what was served to a viewer until then, that moment included, and says how many pages
    /// there were. Sees every page whose [`Recommendations::put`] had returned before.
    ///
    /// # Errors
    /// [`StoreError`]; some pages may be gone by then.
    fn forget(
        &self,
        viewer: &ViewerId,
        until: Millis,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

/// A message that was received and is to be finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What [`Queue::finish`] is told.
    pub receipt: String,
    /// The message.
    pub body: String,
}

/// Messages, each delivered at least once, in no certain order.
pub trait Queue: Send + Sync {
    /// Puts a message in. Once this returns it outlives a crash.
    ///
    /// # Errors
    /// [`StoreError`]; the message may be in the queue nevertheless.
    fn send(&self, body: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Up to `most` messages, 1 to 10 of them; none when there are none. What is not finished
    /// within the queue's own time is delivered again.
    ///
    /// # Errors
    /// [`StoreError`].
    fn receive(
        &self,
        most: usize,
    ) -> impl Future<Output = Result<Vec<Delivery>, StoreError>> + Send;

    /// Takes messages out of the queue.
    ///
    /// # Errors
    /// [`StoreError`]; those that are still in the queue are delivered again.
    fn finish(
        &self,
        deliveries: &[Delivery],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Ports are shared.
macro_rules! through {
    ($($pointer:ty),*) => {$(
        impl<T: Interactions> Interactions for $pointer {
            async fn put(&self, rows: &[Recorded]) -> Vec<Result<Put, StoreError>> {
                (**self).put(rows).await
            }

            async fn newest(
                &self,
                viewer: &ViewerId,
                limit: usize,
            ) -> Result<Vec<Recorded>, StoreError> {
                (**self).newest(viewer, limit).await
            }

            async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<u64, StoreError> {
                Interactions::forget(&**self, viewer, until).await
            }
        }

        impl<T: Viewers> Viewers for $pointer {
            async fn forgotten(&self, viewer: &ViewerId) -> Result<Option<Millis>, StoreError> {
                (**self).forgotten(viewer).await
            }

            async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<(), StoreError> {
                Viewers::forget(&**self, viewer, until).await
            }

            async fn describe(
                &self,
                viewer: &ViewerId,
                properties: &Properties,
            ) -> Result<(), StoreError> {
                (**self).describe(viewer, properties).await
            }

            async fn properties(&self, viewer: &ViewerId) -> Result<Option<Properties>, StoreError> {
                (**self).properties(viewer).await
            }
        }

        impl<T: Films> Films for $pointer {
            async fn put(&self, rating: &FilmRating) -> Result<Put, StoreError> {
                Films::put(&**self, rating).await
            }
        }

        impl<T: Recommendations> Recommendations for $pointer {
            async fn put(&self, page: &ServedPage) -> Result<Put, StoreError> {
                Recommendations::put(&**self, page).await
            }

            async fn served(
                &self,
                viewer: &ViewerId,
                since: Millis,
            ) -> Result<Vec<ServedPage>, StoreError> {
                (**self).served(viewer, since).await
            }

            async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<u64, StoreError> {
                Recommendations::forget(&**self, viewer, until).await
            }
        }

        impl<T: Queue> Queue for $pointer {
            async fn send(&self, body: &str) -> Result<(), StoreError> {
                (**self).send(body).await
            }

            async fn receive(&self, most: usize) -> Result<Vec<Delivery>, StoreError> {
                (**self).receive(most).await
            }

            async fn finish(&self, deliveries: &[Delivery]) -> Result<(), StoreError> {
                (**self).finish(deliveries).await
            }
        }
    )*};
}

through!(std::sync::Arc<T>);
