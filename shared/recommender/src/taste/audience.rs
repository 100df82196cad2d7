//! The viewers, as the fronts meet them.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};

use super::served::REMEMBERED;
use super::{MAX_INTERACTIONS, Message, Millis, Properties, Recorded, ServedPage, ViewerId};
use crate::ports::{Interactions, Queue, Recommendations, StoreCause, StoreError, Viewers};
use crate::recommend::Personal;

/// What a call of [`Audience`] gives.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// What fronts do with viewers: hand over what they did, what they were served and what is said about
/// them, read all of it, forget them.
pub trait Audience: Send + Sync {
    /// The time at which something is accepted now.
    fn now(&self) -> Millis;

    /// The share of a film's length from which it counts as watched.
    fn watched_fraction(&self) -> f64;

    /// How films are chosen for viewers.
    fn personal(&self) -> Personal;

    /// Takes interactions over, all or none: once this returns they will be kept, each once.
    ///
    /// # Errors
    /// [`StoreError`] when they could not be taken over; some may have been nevertheless, so the
    /// same ones are to be sent again with the same ids.
    fn submit<'a>(&'a self, rows: &'a [Recorded]) -> Pending<'a, ()>;

    /// The newest interactions of a viewer, newest first, without those that were forgotten.
    ///
    /// # Errors
    /// [`StoreError`].
    fn newest<'a>(&'a self, viewer: &'a ViewerId, limit: usize) -> Pending<'a, Vec<Recorded>>;

    /// Remembers what was served, from now on for 30 days. `page` has at least one film; its time is
    /// [`Audience::now`].
    ///
    /// It waits for the queue alone, not for a table: a front begins it when the films are chosen and
    /// awaits it beside the rest of its work. That it fails is no reason to withhold the films; a page
    /// that is not remembered is one that nobody is counted for.
    ///
    /// # Errors
    /// [`StoreError`].
    fn remember<'a>(&'a self, page: &'a ServedPage) -> Pending<'a, ()>;

    /// What was served to a viewer in the last 30 days, in no certain order, without what was
    /// forgotten.
    ///
    /// # Errors
    /// [`StoreError`].
    fn served<'a>(&'a self, viewer: &'a ViewerId) -> Pending<'a, Vec<ServedPage>>;

    /// Keeps what is said about viewers, each of them once, in place of what was said before. Once this
    /// returns it is kept.
    ///
    /// # Errors
    /// [`StoreError`]; what is said about some of them may be kept, and the same call may succeed later.
    fn describe<'a>(&'a self, said: &'a [(ViewerId, Properties)]) -> Pending<'a, ()>;

    /// What was said about a viewer and not forgotten.
    ///
    /// # Errors
    /// [`StoreError`].
    fn properties<'a>(&'a self, viewer: &'a ViewerId) -> Pending<'a, Option<Properties>>;

    /// Forgets everything of a viewer that was accepted or served until now. From here on it is not given
    /// any more; soon it is gone.
    ///
    /// # Errors
    /// [`StoreError`]; the same call may succeed later.
    fn forget<'a>(&'a self, viewer: &'a ViewerId) -> Pending<'a, ()>;
}

/// [`Audience`] over the ports.
#[derive(Debug)]
pub struct Desk<I, V, R, Q> {
    /// What was done.
    pub interactions: I,
    /// Who is forgotten, and what was said about the others.
    pub viewers: V,
    /// What was served.
    pub recommendations: R,
    /// The way into the tables.
    pub queue: Q,
    /// The machine's time.
    pub now: fn() -> Millis,
    /// The share of a film's length from which it counts as watched.
    pub watched_fraction: f64,
    /// How films are chosen for viewers.
    pub personal: Personal,
    /// What was forgotten here.
    pub forgotten: LastForgotten,
}

/// Until when somebody was forgotten last, so that what is accepted from then on is told from what
/// is forgotten, also within one millisecond and when the clock is set back.
#[derive(Debug)]
pub struct LastForgotten(AtomicI64);

impl Default for LastForgotten {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl<I, V, R, Q> Audience for Desk<I, V, R, Q>
where
    I: Interactions,
    V: Viewers,
    R: Recommendations,
    Q: Queue,
{
    fn now(&self) -> Millis {
        let floor = self.forgotten.0.load(Ordering::SeqCst).saturating_add(1);
        Millis((self.now)().0.max(floor))
    }

    fn watched_fraction(&self) -> f64 {
        self.watched_fraction
    }

    fn personal(&self) -> Personal {
        self.personal
    }

    fn submit<'a>(&'a self, rows: &'a [Recorded]) -> Pending<'a, ()> {
        Box::pin(async move {
            // One message: it is in the queue as a whole or not at all.
            for message in rows.chunks(MAX_INTERACTIONS) {
                self.queue.send(&Message::interactions(message)).await?;
            }
            Ok(())
        })
    }

    fn newest<'a>(&'a self, viewer: &'a ViewerId, limit: usize) -> Pending<'a, Vec<Recorded>> {
        Box::pin(async move {
            let (rows, forgotten) = futures_util::future::try_join(
                self.interactions.newest(viewer, limit),
                self.viewers.forgotten(viewer),
            )
            .await?;
            let kept = |row: &Recorded| forgotten.is_none_or(|until| row.accepted > until);
            Ok(rows.into_iter().filter(kept).collect())
        })
    }

    fn remember<'a>(&'a self, page: &'a ServedPage) -> Pending<'a, ()> {
        Box::pin(async move { self.queue.send(&Message::served(page)).await })
    }

    fn served<'a>(&'a self, viewer: &'a ViewerId) -> Pending<'a, Vec<ServedPage>> {
        Box::pin(async move {
            let since = Millis(self.now().0.saturating_sub(REMEMBERED));
            let (mut pages, forgotten) = futures_util::future::try_join(
                self.recommendations.served(viewer, since),
                self.viewers.forgotten(viewer),
            )
            .await?;
            pages.retain(|page| forgotten.is_none_or(|until| page.at > until));
            Ok(pages)
        })
    }

    fn describe<'a>(&'a self, said: &'a [(ViewerId, Properties)]) -> Pending<'a, ()> {
        Box::pin(async move {
            let puts = said
                .iter()
                .map(|(viewer, of)| self.viewers.describe(viewer, of));
            // All at once; each goes to its end, whatever becomes of the others.
            let outcomes = futures_util::future::join_all(puts).await;
            outcomes.into_iter().collect()
        })
    }

    fn properties<'a>(&'a self, viewer: &'a ViewerId) -> Pending<'a, Option<Properties>> {
        Box::pin(self.viewers.properties(viewer))
    }

    fn forget<'a>(&'a self, viewer: &'a ViewerId) -> Pending<'a, ()> {
        Box::pin(async move {
            let until = self.now();
            self.forgotten.0.fetch_max(until.0, Ordering::SeqCst);
            // The message first: should the second step fail, the first does all of it.
            self.queue.send(&Message::forget(viewer, until)).await?;
            self.viewers.forget(viewer, until).await
        })
    }
}

/// The [`Audience`] of a system that keeps nothing about viewers: it knows nobody, and says so when
/// it is to remember something.
#[derive(Clone, Copy, Debug)]
pub struct NoAudience;

impl NoAudience {
    fn refuse<'a, T: Send + 'a>(action: &'static str) -> Pending<'a, T> {
        let error = StoreError {
            action,
            what: "viewers' interactions".to_owned(),
            cause: StoreCause::NotConfigured,
            source: "no queue and no tables are configured".into(),
        };
        Box::pin(std::future::ready(Err(error)))
    }
}

impl Audience for NoAudience {
    fn now(&self) -> Millis {
        Millis(0)
    }

    fn watched_fraction(&self) -> f64 {
        super::WATCHED_FRACTION
    }

    fn personal(&self) -> Personal {
        Personal::default()
    }

    fn submit<'a>(&'a self, _: &'a [Recorded]) -> Pending<'a, ()> {
        Self::refuse("keep")
    }

    fn newest<'a>(&'a self, _: &'a ViewerId, _: usize) -> Pending<'a, Vec<Recorded>> {
        Self::refuse("read")
    }

    fn remember<'a>(&'a self, _: &'a ServedPage) -> Pending<'a, ()> {
        Self::refuse("keep")
    }

    fn served<'a>(&'a self, _: &'a ViewerId) -> Pending<'a, Vec<ServedPage>> {
        Self::refuse("read")
    }

    fn describe<'a>(&'a self, _: &'a [(ViewerId, Properties)]) -> Pending<'a, ()> {
        Self::refuse("keep")
    }

    fn properties<'a>(&'a self, _: &'a ViewerId) -> Pending<'a, Option<Properties>> {
        Self::refuse("read")
    }

    fn forget<'a>(&'a self, _: &'a ViewerId) -> Pending<'a, ()> {
        Self::refuse("forget")
    }
}
