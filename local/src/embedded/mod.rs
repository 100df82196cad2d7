//! What viewers do, kept on one machine: tables, queues and the log's outbox in one `SQLite` file.
//!
//! The file is [`FILE`] in the data folder; the shadows of things lie in another one beside it. Whatever a port says is done has been synced to the
//! disk. Several processes may have the file open at once; each writes through one thread that
//! commits everything that waits together, so that many senders share one sync.

mod error;
mod feeder;
mod letters;
mod outbox;
mod queue;
mod readers;
mod rows;
mod schema;
mod served;
mod shadows;
mod store;
mod tables;
#[cfg(test)]
mod tests;
mod viewers;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use matinee::taste::Millis;

pub use error::{EmbeddedError, FeedError};
pub use feeder::LogFeeder;
pub use letters::Letter;
pub use queue::{Counts, EmbeddedQueue, MOST_RECEIVES};
pub use schema::FILE;
pub use shadows::EmbeddedShadows;
pub(crate) use shadows::Row;
pub use tables::{BroughtIn, EmbeddedTables};

use queue::Kind;
use store::Store;

/// How the embedded twin behaves, where that is not fixed.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a message that was received stays hidden from others while it is not finished.
    pub visibility: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            visibility: Duration::from_secs(30),
        }
    }
}

/// The tables and queues of a data folder. What it gives out are handles to the same file.
#[derive(Clone, Debug)]
pub struct Embedded {
    store: Arc<Store>,
    queue: EmbeddedQueue,
    dead_letters: EmbeddedQueue,
}

impl Embedded {
    /// Opens the file in a data folder, and makes both where they are missing.
    ///
    /// Reads through the file once, to find damage before it is built upon. Blocks meanwhile.
    ///
    /// # Errors
    /// [`EmbeddedError`] when the file cannot be used and written.
    pub fn open(dir: &Path) -> Result<Self, EmbeddedError> {
        Self::open_with(dir, Settings::default())
    }

    /// [`Embedded::open`], with other settings than the usual ones.
    ///
    /// # Errors
    /// As [`Embedded::open`].
    pub fn open_with(dir: &Path, settings: Settings) -> Result<Self, EmbeddedError> {
        let store = Arc::new(Store::open(dir)?);
        let queue = |kind| EmbeddedQueue::new(Arc::clone(&store), kind, settings.visibility);
        Ok(Self {
            queue: queue(Kind::Feedback),
            dead_letters: queue(Kind::DeadLetters),
            store,
        })
    }

    /// What viewers did, who is forgotten and what was said about the others, what devices rated, what was
    /// served: all four ports.
    pub fn tables(&self) -> EmbeddedTables {
        EmbeddedTables::new(Arc::clone(&self.store))
    }

    /// The way into the tables.
    pub fn queue(&self) -> EmbeddedQueue {
        self.queue.clone()
    }

    /// Where that goes which can never be kept.
    pub fn dead_letters(&self) -> EmbeddedQueue {
        self.dead_letters.clone()
    }

    /// What brings new rows of the tables to a log in `blobs`.
    pub fn log_feeder<B>(&self, blobs: B) -> LogFeeder<B> {
        LogFeeder::new(Arc::clone(&self.store), blobs)
    }
}

/// The machine's time.
pub fn now() -> Millis {
    Millis(jiff::Timestamp::now().as_millisecond())
}
