//! Takes what was handed over in a data folder into its tables and its log, as `matinee serve`
//! does, through stores that fail now and then.

use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use clap::Parser;
use matinee::ports::{
    Blob, BlobError, Blobs, Delivery, DirectoryBlobs, ETag, Expect, Films, Interactions, Put,
    Queue, Recommendations, StoreCause, StoreError, Viewers,
};
use matinee::taste::{FilmRating, Millis, Properties, Recorded, ServedPage, ViewerId};
use matinee_feedback::Feedback;
use matinee_local::embedded::{Embedded, LogFeeder, Settings};

/// Empties a data folder's queue into its tables and its outbox into its log, until stdin is closed
/// and both are empty. It prints a line for every call that it let fail.
#[derive(Parser)]
struct Arguments {
    /// The data folder.
    folder: PathBuf,
    /// Begins the row of random numbers that decide which calls fail.
    #[arg(long)]
    seed: u64,
    /// The share of calls that fail: half of them before they did anything, half afterwards.
    #[arg(long, default_value_t = 0.1)]
    failing: f64,
    /// How long messages are hidden at first, in milliseconds.
    #[arg(long, default_value_t = 100)]
    visibility: u64,
}

/// How long to wait when there is nothing to do.
const IDLE: Duration = Duration::from_millis(10);

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings {
        visibility: Duration::from_millis(arguments.visibility),
    };
    let embedded = Embedded::open_with(&arguments.folder, settings)?;
    let faults = Arc::new(Faults {
        random: Mutex::new(fastrand::Rng::with_seed(arguments.seed)),
        failing: arguments.failing,
    });
    let last = Arc::new(AtomicBool::new(false));
    let until_closed = Arc::clone(&last);
    thread::spawn(move || {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        until_closed.store(true, Ordering::SeqCst);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        embedded.queue().take_back().await?;
        let log = DirectoryBlobs::new(arguments.folder.join("log"));
        let feeder = embedded.log_feeder(Faulty::of(log, &faults));
        let consumed = Arc::new(AtomicBool::new(false));
        let feeding = tokio::spawn(feed(feeder, Arc::clone(&consumed)));
        consume(&embedded, &faults, &last).await;
        consumed.store(true, Ordering::SeqCst);
        feeding.await?;
        Ok(())
    })
}

/// Ends when it was told to and nothing is left, not even something that is hidden.
async fn consume(embedded: &Embedded, faults: &Arc<Faults>, last: &AtomicBool) {
    let feedback = Feedback {
        interactions: Faulty::of(embedded.tables(), faults),
        viewers: Faulty::of(embedded.tables(), faults),
        films: Faulty::of(embedded.tables(), faults),
        recommendations: Faulty::of(embedded.tables(), faults),
        dead_letters: Faulty::of(embedded.dead_letters(), faults),
    };
    let queue = Faulty::of(embedded.queue(), faults);
    loop {
        let last = last.load(Ordering::SeqCst);
        // What failed comes again.
        if matches!(feedback.drain(&queue, 10).await, Ok((0, _))) {
            let counts = embedded.queue().counts().await;
            if last && counts.is_ok_and(|counts| counts.waiting + counts.in_hand == 0) {
                return;
            }
            tokio::time::sleep(IDLE).await;
        }
    }
}

async fn feed(feeder: LogFeeder<Faulty<DirectoryBlobs>>, consumed: Arc<AtomicBool>) {
    loop {
        let last = consumed.load(Ordering::SeqCst);
        if matches!(feeder.feed().await, Ok(0)) {
            if last {
                return;
            }
            tokio::time::sleep(IDLE).await;
        }
    }
}

/// Which calls fail.
struct Faults {
    random: Mutex<fastrand::Rng>,
    failing: f64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Succeeds,
    /// Nothing is done.
    FailsBefore,
    /// It is done, and told not to be.
    FailsAfter,
}

/// A store of which some calls fail.
#[derive(Clone)]
struct Faulty<T> {
    store: T,
    faults: Arc<Faults>,
}

impl<T> Faulty<T> {
    fn of(store: T, faults: &Arc<Faults>) -> Self {
        Self {
            store,
            faults: Arc::clone(faults),
        }
    }

    fn fate(&self, call: &str) -> Fate {
        let random = self.faults.random.lock();
        let number = random.unwrap_or_else(PoisonError::into_inner).f64();
        let fate = match number {
            number if number >= self.faults.failing => return Fate::Succeeds,
            number if number < self.faults.failing / 2.0 => Fate::FailsBefore,
            _ => Fate::FailsAfter,
        };
        // Whoever counts them may have gone.
        let _ = writeln!(io::stdout(), "fault {call}");
        fate
    }

    async fn call<R, E>(
        &self,
        call: &str,
        work: impl Future<Output = Result<R, E>>,
        failure: impl Fn() -> E,
    ) -> Result<R, E> {
        match self.fate(call) {
            Fate::Succeeds => work.await,
            Fate::FailsBefore => Err(failure()),
            Fate::FailsAfter => {
                work.await?;
                Err(failure())
            }
        }
    }
}

fn unavailable() -> StoreError {
    StoreError {
        action: "reach",
        what: "a store".to_owned(),
        cause: StoreCause::Unavailable,
        source: "as the test wants it".into(),
    }
}

fn unavailable_blob() -> BlobError {
    BlobError::Store {
        action: "write",
        key: "a blob".to_owned(),
        cause: StoreCause::Unavailable,
        source: "as the test wants it".into(),
    }
}

impl<T: Interactions> Interactions for Faulty<T> {
    async fn put(&self, rows: &[Recorded]) -> Vec<Result<Put, StoreError>> {
        let failed = || rows.iter().map(|_| Err(unavailable())).collect();
        match self.fate("interactions") {
            Fate::Succeeds => self.store.put(rows).await,
            Fate::FailsBefore => failed(),
            Fate::FailsAfter => {
                self.store.put(rows).await;
                failed()
            }
        }
    }

    async fn newest(&self, viewer: &ViewerId, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.call(
            "interactions",
            self.store.newest(viewer, limit),
            unavailable,
        )
        .await
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<u64, StoreError> {
        let work = Interactions::forget(&self.store, viewer, until);
        self.call("interactions", work, unavailable).await
    }
}

impl<T: Viewers> Viewers for Faulty<T> {
    async fn forgotten(&self, viewer: &ViewerId) -> Result<Option<Millis>, StoreError> {
        let work = self.store.forgotten(viewer);
        self.call("viewers", work, unavailable).await
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<(), StoreError> {
        let work = Viewers::forget(&self.store, viewer, until);
        self.call("viewers", work, unavailable).await
    }

    async fn describe(&self, viewer: &ViewerId, properties: &Properties) -> Result<(), StoreError> {
        let work = self.store.describe(viewer, properties);
        self.call("viewers", work, unavailable).await
    }

    async fn properties(&self, viewer: &ViewerId) -> Result<Option<Properties>, StoreError> {
        let work = self.store.properties(viewer);
        self.call("viewers", work, unavailable).await
    }
}

impl<T: Films> Films for Faulty<T> {
    async fn put(&self, rating: &FilmRating) -> Result<Put, StoreError> {
        let work = Films::put(&self.store, rating);
        self.call("films", work, unavailable).await
    }
}

impl<T: Recommendations> Recommendations for Faulty<T> {
    async fn put(&self, page: &ServedPage) -> Result<Put, StoreError> {
        let work = Recommendations::put(&self.store, page);
        self.call("recommendations", work, unavailable).await
    }

    async fn served(
        &self,
        viewer: &ViewerId,
        since: Millis,
    ) -> Result<Vec<ServedPage>, StoreError> {
        let work = self.store.served(viewer, since);
        self.call("recommendations", work, unavailable).await
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<u64, StoreError> {
        let work = Recommendations::forget(&self.store, viewer, until);
        self.call("recommendations", work, unavailable).await
    }
}

impl<T: Queue> Queue for Faulty<T> {
    async fn send(&self, body: &str) -> Result<(), StoreError> {
        self.call("queue", self.store.send(body), unavailable).await
    }

    /// Never fails: a message that is received for nothing, time and again, is a dead letter by
    /// right.
    async fn receive(&self, most: usize) -> Result<Vec<Delivery>, StoreError> {
        self.store.receive(most).await
    }

    async fn finish(&self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        let work = self.store.finish(deliveries);
        self.call("queue", work, unavailable).await
    }
}

impl<T: Blobs> Blobs for Faulty<T> {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        self.store.get(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        self.store.list(prefix).await
    }

    async fn put(&self, key: &str, bytes: Bytes, expect: Expect) -> Result<ETag, BlobError> {
        let work = self.store.put(key, bytes, expect);
        self.call("log", work, unavailable_blob).await
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        self.store.delete(key).await
    }
}
