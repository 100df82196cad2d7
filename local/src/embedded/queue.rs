//! The queues.

use std::sync::Arc;
use std::time::Duration;

use matinee::ports::{Delivery, Queue, StoreError};
use matinee::taste::DeadLetter;
use rusqlite::{Connection, params};
use tokio::sync::Notify;

use super::letters;
use super::store::Store;

/// How often a message is delivered before it counts as one that can never be done.
pub const MOST_RECEIVES: u32 = 10;

/// How much longer than the first time a message is hidden at most.
const LONGEST: i64 = 64;

/// Which queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The way into the tables.
    Feedback,
    /// What could not be kept.
    DeadLetters,
}

/// How many messages there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that would be delivered now.
    pub waiting: u64,
    /// Those that were delivered and are hidden until they are finished or their time is up.
    pub in_hand: u64,
}

/// Messages in a table. Each time that a message is delivered it is hidden twice as long as the time
/// before: a disk that is full for an hour is no reason to give anything up. A message that was
/// delivered [`MOST_RECEIVES`] times goes to the dead letters instead of being delivered again; a dead
/// letter stays where it is, for fourteen days.
#[derive(Clone, Debug)]
pub struct EmbeddedQueue {
    store: Arc<Store>,
    kind: Kind,
    visibility: i64,
    sent: Arc<Notify>,
}

impl Kind {
    fn table(self) -> &'static str {
        match self {
            Self::Feedback => "queue",
            Self::DeadLetters => "dead_letters",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Feedback => "the queue",
            Self::DeadLetters => "the dead letters",
        }
    }
}

impl EmbeddedQueue {
    pub(super) fn new(store: Arc<Store>, kind: Kind, visibility: Duration) -> Self {
        Self {
            store,
            kind,
            visibility: i64::try_from(visibility.as_millis()).unwrap_or(i64::MAX),
            sent: Arc::default(),
        }
    }

    /// Waits until this process sends something, at most so long. What was sent since the last
    /// wait counts, too.
    pub async fn wait(&self, at_most: Duration) {
        let _ = tokio::time::timeout(at_most, self.sent.notified()).await;
    }

    /// Lets everything wait again that was delivered and not finished. For a process that begins
    /// to take from the queue: whoever took before it is gone, and if not, a message is done twice,
    /// which makes no difference.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_back(&self) -> Result<(), StoreError> {
        let table = self.kind.table();
        let reset = move |connection: &Connection| {
            let sql = format!("UPDATE {table} SET visible_at = 0 WHERE visible_at > 0");
            connection.execute(&sql, [])
        };
        let reset = self.store.write("receive from", self.kind.what(), reset);
        reset.await.map(|_| ())
    }

    /// How many messages there are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        let (table, now) = (self.kind.table(), super::now().0);
        let count = move |connection: &Connection| {
            let sql = format!(
                "SELECT count(*) FILTER (WHERE visible_at <= ?1), \
                 count(*) FILTER (WHERE visible_at > ?1) FROM {table}"
            );
            connection.query_row(&sql, [now], |row| {
                let count = |column| row.get(column).map(i64::unsigned_abs);
                Ok(Counts {
                    waiting: count(0)?,
                    in_hand: count(1)?,
                })
            })
        };
        self.store.read(self.kind.what(), count).await
    }
}

impl Queue for EmbeddedQueue {
    async fn send(&self, body: &str) -> Result<(), StoreError> {
        let (kind, body) = (self.kind, body.to_owned());
        let insert = move |connection: &Connection| insert(connection, kind, &body);
        self.store.write("send to", kind.what(), insert).await?;
        self.sent.notify_one();
        Ok(())
    }

    async fn receive(&self, most: usize) -> Result<Vec<Delivery>, StoreError> {
        let (kind, now, visibility) = (self.kind, super::now().0, self.visibility);
        let most = most.clamp(1, 10);
        let take = move |connection: &Connection| take(connection, kind, most, now, visibility);
        self.store.write("receive from", kind.what(), take).await
    }

    async fn finish(&self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        // A receipt that is no number is of another queue: there is nothing to finish here.
        let numbers = deliveries.iter().filter_map(|d| d.receipt.parse().ok());
        let numbers: Vec<i64> = numbers.collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let table = self.kind.table();
        let delete = move |connection: &Connection| {
            let sql = format!("DELETE FROM {table} WHERE id = ?1");
            let mut delete = connection.prepare_cached(&sql)?;
            numbers
                .iter()
                .try_for_each(|number| delete.execute([number]).map(|_| ()))
        };
        let finish = self.store.write("delete from", self.kind.what(), delete);
        finish.await
    }
}

/// A new message may be delivered at once, whatever the clock will say by then.
fn insert(connection: &Connection, kind: Kind, body: &str) -> rusqlite::Result<()> {
    if kind == Kind::DeadLetters {
        return letters::add(connection, body);
    }
    connection
        .prepare_cached("INSERT INTO queue (visible_at, receives, body) VALUES (0, 0, ?1)")?
        .execute([body])?;
    Ok(())
}

struct Visible {
    id: i64,
    receives: u32,
    body: String,
}

/// Hides what it gives. Messages that were delivered before come after those that were not.
fn take(
    connection: &Connection,
    kind: Kind,
    most: usize,
    now: i64,
    visibility: i64,
) -> rusqlite::Result<Vec<Delivery>> {
    let table = kind.table();
    let latest = now.saturating_add(visibility.saturating_mul(LONGEST));
    let mut deliveries = Vec::new();
    while deliveries.len() < most {
        let visible = visible(connection, table, most - deliveries.len(), now, latest)?;
        if visible.is_empty() {
            break;
        }
        for message in visible {
            if kind == Kind::Feedback && message.receives >= MOST_RECEIVES {
                bury(connection, &message)?;
                continue;
            }
            let times = 1_i64.checked_shl(message.receives).unwrap_or(LONGEST);
            let hidden = visibility.saturating_mul(times.clamp(1, LONGEST));
            let sql = format!(
                "UPDATE {table} SET visible_at = ?2, receives = receives + 1 WHERE id = ?1"
            );
            connection
                .prepare_cached(&sql)?
                .execute([message.id, now.saturating_add(hidden)])?;
            deliveries.push(Delivery {
                receipt: message.id.to_string(),
                body: message.body,
            });
        }
    }
    Ok(deliveries)
}

/// A time further ahead than any that is set now was set by a clock that has been put back since.
fn visible(
    connection: &Connection,
    table: &str,
    most: usize,
    now: i64,
    latest: i64,
) -> rusqlite::Result<Vec<Visible>> {
    let sql = format!(
        "SELECT id, receives, body FROM {table} WHERE visible_at <= ?1 OR visible_at > ?2 \
         ORDER BY visible_at, id LIMIT ?3"
    );
    let mut select = connection.prepare_cached(&sql)?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = select.query_map(params![now, latest, most], |row| {
        Ok(Visible {
            id: row.get(0)?,
            receives: row.get(1)?,
            body: row.get(2)?,
        })
    })?;
    rows.collect()
}

fn bury(connection: &Connection, message: &Visible) -> rusqlite::Result<()> {
    let letter = DeadLetter::too_often(&message.body, message.receives);
    insert(connection, Kind::DeadLetters, &letter.body())?;
    connection
        .prepare_cached("DELETE FROM queue WHERE id = ?1")?
        .execute([message.id])?;
    Ok(())
}
