use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join_all, try_join};
use matinee::ports::{
    Films, Interactions, Put, Queue, Recommendations, StoreCause, StoreError, Viewers,
};
use matinee::taste::{DeadLetter, Message, Millis, Recorded, ServedPage, ViewerId, accepts};
use serde::Serialize;

/// Puts what messages say into the tables.
#[derive(Debug)]
pub struct Feedback<I, V, F, R, D> {
    /// What viewers did.
    pub interactions: I,
    /// Who is forgotten.
    pub viewers: V,
    /// What devices rated.
    pub films: F,
    /// What was served to viewers.
    pub recommendations: R,
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
    /// Pages of recommendations that were new.
    pub served: usize,
    /// The films of those pages.
    pub films_served: usize,
    /// Interactions that were new, name a served list and accept a film of it.
    pub films_accepted: usize,
    /// Rows and pages that were there before.
    pub repeats: usize,
    /// What went to the dead letters.
    pub dead: usize,
    /// Rows and pages that were removed because their viewer is forgotten.
    pub forgotten: u64,
}

/// What cannot be kept, each with the message that it is of.
type Letters = Vec<(usize, DeadLetter)>;

/// How many dead letters are sent at the same time.
const LETTERS_AT_ONCE: usize = 16;

/// What there is of one viewer in a batch.
struct Theirs {
    /// When the first of the rows was accepted.
    first: Millis,
    /// Whether an id was taken.
    taken: bool,
}

/// The rows of a batch, each with the message that it is of.
#[derive(Default)]
struct Rows {
    rows: Vec<Recorded>,
    of: Vec<usize>,
}

impl<I, V, F, R, D> Feedback<I, V, F, R, D>
where
    I: Interactions,
    V: Viewers,
    F: Films,
    R: Recommendations,
    D: Queue,
{
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
        let mut letters = Letters::default();
        let mut rows = Rows::default();
        let mut forget = Vec::new();
        let mut ratings = Vec::new();
        let mut served = Vec::new();
        for (place, body) in bodies.iter().enumerate() {
            match Message::read(body) {
                Ok(Message::Interactions(of_message)) => {
                    rows.of.extend(of_message.iter().map(|_| place));
                    rows.rows.extend(of_message);
                }
                Ok(Message::Forget { viewer, until }) => forget.push((place, viewer, until)),
                Ok(Message::Served(page)) => served.push((place, page)),
                Ok(Message::FilmRating(rating)) => ratings.push((place, rating)),
                Err(why) => letters.push((place, DeadLetter::unreadable(body, &why))),
            }
        }
        // Before the rows: those of the same batch are then seen to be forgotten.
        for (place, viewer, until) in &forget {
            match self.forget(viewer, *until).await {
                Ok(removed) => batch.tally.forgotten += removed,
                Err(error) => batch.fail(*place, &error),
            }
        }
        let outcomes = join_all(ratings.iter().map(|(_, rating)| self.films.put(rating))).await;
        for ((place, rating), outcome) in ratings.iter().zip(outcomes) {
            batch.settle(&mut letters, *place, rating, outcome);
        }
        self.remember(&mut batch, &mut letters, &served).await;
        self.keep(&mut batch, &mut letters, &rows).await;
        self.bury(&mut batch, letters).await;
        batch
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<u64, StoreError> {
        self.viewers.forget(viewer, until).await?;
        let (rows, pages) = try_join(
            self.interactions.forget(viewer, until),
            self.recommendations.forget(viewer, until),
        )
        .await?;
        Ok(rows + pages)
    }

    async fn remember(
        &self,
        batch: &mut Consumed,
        letters: &mut Letters,
        served: &[(usize, ServedPage)],
    ) {
        let puts = served.iter().map(|(_, page)| self.put_page(page));
        for ((place, page), outcome) in served.iter().zip(join_all(puts).await) {
            match outcome {
                Ok((Put::New, removed)) => {
                    batch.tally.served += 1;
                    batch.tally.films_served += page.movies.len();
                    batch.tally.forgotten += removed;
                }
                // Two pages of one id have the same films.
                Ok((Put::Repeat | Put::Conflict, removed)) => {
                    batch.tally.repeats += 1;
                    batch.tally.forgotten += removed;
                }
                Err(error) => batch.settle(letters, *place, page, Err(error)),
            }
        }
    }

    /// Puts a page and looks behind that, as for rows, whether its viewer is forgotten. Says how many
    /// pages were removed for it.
    async fn put_page(&self, page: &ServedPage) -> Result<(Put, u64), StoreError> {
        let put = self.recommendations.put(page).await?;
        let until = self.viewers.forgotten(&page.viewer).await?;
        let removed = match until {
            Some(until) if page.at <= until => {
                self.recommendations.forget(&page.viewer, until).await?
            }
            _ => 0,
        };
        Ok((put, removed))
    }

    async fn keep(&self, batch: &mut Consumed, letters: &mut Letters, rows: &Rows) {
        if rows.rows.is_empty() {
            return;
        }
        let mut outcomes = self.interactions.put(&rows.rows).await;
        // Behind the puts, never before: either this sees that a viewer is forgotten, or whoever
        // forgets sees the rows.
        let viewers = by_viewer(&rows.rows, &outcomes);
        let checks = viewers
            .iter()
            .map(|(viewer, theirs)| self.remove_forgotten(viewer, theirs));
        let mut forgotten = BTreeMap::new();
        for (viewer, checked) in viewers.keys().zip(join_all(checks).await) {
            match checked {
                Ok((removed, until)) => {
                    batch.tally.forgotten += removed;
                    forgotten.extend(until.map(|until| (*viewer, until)));
                }
                Err(error) => {
                    let theirs = rows.rows.iter().zip(&rows.of);
                    let theirs = theirs.filter(|(row, _)| row.interaction.viewer == **viewer);
                    theirs.for_each(|(_, place)| batch.fail(*place, &error));
                }
            }
        }
        self.put_again(&rows.rows, &mut outcomes, &forgotten).await;
        for ((row, place), outcome) in rows.rows.iter().zip(&rows.of).zip(outcomes) {
            let follows = row.interaction.recommendation.is_some();
            if follows && accepts(row.interaction.kind) && matches!(outcome, Ok(Put::New)) {
                batch.tally.films_accepted += 1;
            }
            batch.settle(letters, *place, row, outcome);
        }
    }

    /// Removes what is forgotten of a viewer where some may be there: rows of this batch that came
    /// too late, or what had the ids of others before. Says how many rows that were, and until when
    /// the viewer is forgotten.
    async fn remove_forgotten(
        &self,
        viewer: &ViewerId,
        theirs: &Theirs,
    ) -> Result<(u64, Option<Millis>), StoreError> {
        let until = self.viewers.forgotten(viewer).await?;
        let removed = match until {
            Some(until) if theirs.taken || theirs.first <= until => {
                self.interactions.forget(viewer, until).await?
            }
            _ => 0,
        };
        Ok((removed, until))
    }

    /// Puts those rows again whose ids were taken when their viewer was forgotten before they were
    /// accepted: what was in their way may have been forgotten with the rest.
    async fn put_again(
        &self,
        rows: &[Recorded],
        outcomes: &mut [Result<Put, StoreError>],
        forgotten: &BTreeMap<&ViewerId, Millis>,
    ) {
        let newer = |row: &Recorded| {
            let until = forgotten.get(&row.interaction.viewer);
            until.is_some_and(|until| row.accepted > *until)
        };
        let (mut again, mut places) = (Vec::new(), Vec::new());
        for (place, (row, outcome)) in rows.iter().zip(outcomes.iter()).enumerate() {
            if matches!(outcome, Ok(Put::Repeat | Put::Conflict)) && newer(row) {
                again.push(row.clone());
                places.push(place);
            }
        }
        if again.is_empty() {
            return;
        }
        for (place, outcome) in places.into_iter().zip(self.interactions.put(&again).await) {
            if let Some(before) = outcomes.get_mut(place) {
                *before = outcome;
            }
        }
    }

    /// Sends the letters of messages that are done but for them; those of others come again with
    /// their message.
    async fn bury(&self, batch: &mut Consumed, mut letters: Letters) {
        letters.retain(|(place, _)| !batch.failed.contains(place));
        for letters in letters.chunks(LETTERS_AT_ONCE) {
            let bodies: Vec<String> = letters.iter().map(|(_, letter)| letter.body()).collect();
            let sent = join_all(bodies.iter().map(|body| self.dead_letters.send(body))).await;
            for ((place, letter), sent) in letters.iter().zip(sent) {
                match sent {
                    // What is wrong with it may quote what came: that is for the letter alone.
                    Ok(()) => {
                        tracing::warn!(reason = ?letter.reason, "dead letter");
                        batch.tally.dead += 1;
                    }
                    Err(error) => batch.fail(*place, &error),
                }
            }
        }
    }
}

/// What a batch says of each viewer, with what became of it.
fn by_viewer<'a>(
    rows: &'a [Recorded],
    outcomes: &[Result<Put, StoreError>],
) -> BTreeMap<&'a ViewerId, Theirs> {
    let mut viewers: BTreeMap<&ViewerId, Theirs> = BTreeMap::new();
    for (row, outcome) in rows.iter().zip(outcomes) {
        let theirs = viewers.entry(&row.interaction.viewer).or_insert(Theirs {
            first: row.accepted,
            taken: false,
        });
        theirs.first = theirs.first.min(row.accepted);
        theirs.taken |= matches!(outcome, Ok(Put::Repeat | Put::Conflict));
    }
    viewers
}

impl Consumed {
    fn settle(
        &mut self,
        letters: &mut Letters,
        place: usize,
        what: &impl Serialize,
        outcome: Result<Put, StoreError>,
    ) {
        match outcome {
            Ok(Put::New) => self.tally.new += 1,
            Ok(Put::Repeat) => self.tally.repeats += 1,
            Ok(Put::Conflict) => letters.push((place, DeadLetter::id_conflict(what))),
            Err(error) if error.cause == StoreCause::Refused => {
                letters.push((place, DeadLetter::refused(what, &error)));
            }
            Err(error) => self.fail(place, &error),
        }
    }

    fn fail(&mut self, place: usize, error: &StoreError) {
        // Once for a message, however many of its rows it is about.
        if self.failed.insert(place) {
            tracing::warn!(%error, cause = %error.source, "a message is to come again");
        }
    }
}
