use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use matinee::ports::{Films, Interactions, Put, Queue, StoreError, Viewers};
use matinee::taste::{DeadLetter, FilmRating, Message, Millis, Recorded, ViewerId};
use serde::Serialize;

/// Puts what messages say into the tables.
#[derive(Debug)]
pub struct Feedback<I, V, F, D> {
    /// What viewers did.
    pub interactions: I,
    /// Who is forgotten.
    pub viewers: V,
    /// What devices rated.
    pub films: F,
    /// Where that goes which can never be kept.
    pub dead_letters: D,
}

/// What became of a batch of messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consumed {
    /// Which messages are to be delivered again, by their place in the batch; the others are done.
    pub failed: BTreeSet<usize>,
    /// What was in the batch.
    pub tally: Tally,
}

/// How much of what was in a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows that were new.
    pub new: usize,
    /// Rows that were there before.
    pub repeats: usize,
    /// What went to the dead letters.
    pub dead: usize,
    /// Rows that were removed because their viewer is forgotten.
    pub forgotten: u64,
}

/// The rows of a batch, each with the message that it is of.
#[derive(Default)]
struct Rows {
    rows: Vec<Recorded>,
    of: Vec<usize>,
}

impl<I: Interactions, V: Viewers, F: Films, D: Queue> Feedback<I, V, F, D> {
    /// Takes one batch from a queue, does what it says, and finishes what is done. Gives how many
    /// messages there were.
    ///
    /// # Errors
    /// [`StoreError`] of the queue. What failed in the tables is in [`Consumed::failed`] and comes
    /// again by itself.
    pub async fn drain(
        &self,
        queue: &impl Queue,
        most: usize,
    ) -> Result<(usize, Consumed), StoreError> {
        let deliveries = queue.receive(most).await?;
        if deliveries.is_empty() {
            return Ok((0, Consumed::default()));
        }
        let bodies: Vec<&str> = deliveries.iter().map(|d| d.body.as_str()).collect();
        let consumed = self.consume(&bodies).await;
        let received = deliveries.len();
        let mut place = 0;
        let mut done = deliveries;
        done.retain(|_| {
            place += 1;
            !consumed.failed.contains(&(place - 1))
        });
        queue.finish(&done).await?;
        Ok((received, consumed))
    }

    /// Does what a batch of messages says.
    pub async fn consume(&self, bodies: &[&str]) -> Consumed {
        let mut batch = Consumed::default();
        let mut rows = Rows::default();
        let mut forget = Vec::new();
        let mut ratings = Vec::new();
        for (place, body) in bodies.iter().enumerate() {
            match Message::read(body) {
                Ok(Message::Interactions(of_message)) => {
                    rows.of.extend(of_message.iter().map(|_| place));
                    rows.rows.extend(of_message);
                }
                Ok(Message::Forget { viewer, until }) => forget.push((place, viewer, until)),
                Ok(Message::FilmRating(rating)) => ratings.push((place, rating)),
                Err(why) => {
                    let letter = DeadLetter::unreadable(body, &why);
                    self.bury(&mut batch, place, &letter).await;
                }
            }
        }
        // Before the rows: those of the same batch are then seen to be forgotten.
        for (place, viewer, until) in &forget {
            match self.forget(viewer, *until).await {
                Ok(removed) => batch.tally.forgotten += removed,
                Err(error) => batch.fail(*place, &error),
            }
        }
        self.keep_ratings(&mut batch, &ratings).await;
        self.keep(&mut batch, &rows).await;
        batch
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<u64, StoreError> {
        self.viewers.forget(viewer, until).await?;
        self.interactions.forget(viewer, until).await
    }

    async fn keep_ratings(&self, batch: &mut Consumed, ratings: &[(usize, FilmRating)]) {
        let outcomes = join_all(ratings.iter().map(|(_, rating)| self.films.put(rating))).await;
        for ((place, rating), outcome) in ratings.iter().zip(outcomes) {
            self.settle(batch, *place, rating, outcome).await;
        }
    }

    async fn keep(&self, batch: &mut Consumed, Rows { rows, of }: &Rows) {
        if rows.is_empty() {
            return;
        }
        let outcomes = self.interactions.put(rows).await;
        for ((row, place), outcome) in rows.iter().zip(of).zip(outcomes) {
            self.settle(batch, *place, row, outcome).await;
        }
        // Behind the puts, never before: either this sees that a viewer is forgotten, or whoever
        // forgets sees the rows.
        let mut first: BTreeMap<&ViewerId, Millis> = BTreeMap::new();
        for row in rows {
            let accepted = first.entry(&row.interaction.viewer).or_insert(row.accepted);
            *accepted = row.accepted.min(*accepted);
        }
        let checks = first
            .iter()
            .map(|(viewer, accepted)| self.remove_forgotten(viewer, *accepted));
        for (viewer, removed) in first.keys().zip(join_all(checks).await) {
            match removed {
                Ok(removed) => batch.tally.forgotten += removed,
                Err(error) => {
                    let theirs = rows.iter().zip(of);
                    let theirs = theirs.filter(|(row, _)| row.interaction.viewer == **viewer);
                    theirs.for_each(|(_, place)| batch.fail(*place, &error));
                }
            }
        }
    }

    /// Removes rows that came too late: their viewer was forgotten after they were accepted.
    async fn remove_forgotten(
        &self,
        viewer: &ViewerId,
        accepted: Millis,
    ) -> Result<u64, StoreError> {
        match self.viewers.forgotten(viewer).await? {
            Some(until) if accepted <= until => self.interactions.forget(viewer, until).await,
            _ => Ok(0),
        }
    }

    async fn settle(
        &self,
        batch: &mut Consumed,
        place: usize,
        what: &impl Serialize,
        outcome: Result<Put, StoreError>,
    ) {
        match outcome {
            Ok(Put::New) => batch.tally.new += 1,
            Ok(Put::Repeat) => batch.tally.repeats += 1,
            Ok(Put::Conflict) => {
                let letter = DeadLetter::id_conflict(what);
                self.bury(batch, place, &letter).await;
            }
            Err(error) => batch.fail(place, &error),
        }
    }

    async fn bury(&self, batch: &mut Consumed, place: usize, letter: &DeadLetter) {
        match self.dead_letters.send(&letter.body()).await {
            Ok(()) => {
                tracing::warn!(reason = ?letter.reason, detail = letter.detail, "dead letter");
                batch.tally.dead += 1;
            }
            Err(error) => batch.fail(place, &error),
        }
    }
}

impl Consumed {
    fn fail(&mut self, place: usize, error: &StoreError) {
        // Once for a message, however many of its rows it is about.
        if self.failed.insert(place) {
            tracing::warn!(%error, cause = %error.source, "a message is to come again");
        }
    }
}
