//! What viewers do, kept in the data folder: taken over while a request is answered, and brought
//! into the tables and the log beside it.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use matinee::ports::DirectoryBlobs;
use matinee::rating::DeviceSettings;
use matinee::taste::{Audience, Desk, LastForgotten, ViewerKey};
use matinee_feedback::Feedback;
use matinee_local::devices::{feedback_rules, request_rules};
use matinee_local::embedded::{
    Embedded, EmbeddedQueue, EmbeddedShadows, EmbeddedTables, FeedError, LogFeeder, now,
};
use matinee_local::mqtt::{Broker, Running};
use matinee_predict::Predict;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::descriptors::room_for_devices;
use super::live::Models;
use super::unhurried::Unhurried;
use crate::viewer_key::viewer_key;
use crate::{output, settings};

/// The folder of the log in the data folder.
pub(crate) const LOG: &str = "log";

/// The folder in the data folder of items that clients of Amazon Personalize put.
pub(crate) const ITEMS: &str = "items";

/// Messages that are taken from the queue at once.
const BATCH: usize = 10;

/// How often the queue is looked at for what other processes sent, and for what comes again.
const POLL: Duration = Duration::from_secs(1);

/// How long rows wait for others to share a segment of the log with.
const LINGER: Duration = Duration::from_secs(1);

/// How long to wait after something failed.
const PAUSE: Duration = Duration::from_secs(1);

type Consumer =
    Feedback<EmbeddedTables, EmbeddedTables, EmbeddedTables, EmbeddedTables, EmbeddedQueue>;

/// The viewers of a data folder.
pub(crate) struct Keeping {
    embedded: Embedded,
    log: DirectoryBlobs,
    audience: Arc<Unhurried>,
    key: ViewerKey,
    broker: Broker,
    devices: DeviceSettings,
}

impl Keeping {
    /// Opens what is kept in a data folder, and makes it where there is nothing.
    ///
    /// # Errors
    /// When it cannot be read and written, or a setting cannot be understood.
    pub(crate) fn open(data: &Path) -> anyhow::Result<Self> {
        let watched_fraction = settings::watched_fraction()?;
        let embedded = Embedded::open(data)?;
        let desk = Desk {
            interactions: embedded.tables(),
            viewers: embedded.tables(),
            recommendations: embedded.tables(),
            queue: embedded.queue(),
            now,
            watched_fraction,
            personal: settings::personal()?,
            forgotten: LastForgotten::default(),
        };
        Ok(Self {
            embedded,
            log: DirectoryBlobs::private(data.join(LOG)),
            audience: Arc::new(Unhurried::new(desk)),
            key: viewer_key(data)?,
            broker: Broker::new(EmbeddedShadows::open(data)?).with_room_for(room_for_devices()),
            devices: settings::devices()?,
        })
    }

    /// The viewers, for the fronts.
    pub(crate) fn audience(&self) -> Arc<dyn Audience> {
        Arc::<Unhurried>::clone(&self.audience)
    }

    /// What makes viewers of voice users.
    pub(crate) fn key(&self) -> &ViewerKey {
        &self.key
    }

    /// Lets devices in: their requests are answered by `models`, what they rate is handed over.
    ///
    /// # Errors
    /// When the listener is none.
    pub(crate) fn listen(
        self,
        listener: TcpListener,
        models: &Arc<Models>,
    ) -> anyhow::Result<Running> {
        let publisher = self.broker.publisher();
        let predict = Predict::new(Arc::clone(models), publisher, self.devices);
        let mut rules = request_rules(&Arc::new(predict))?;
        rules.extend(feedback_rules(&self.embedded)?);
        Ok(self.broker.listen(listener, rules)?)
    }

    /// Begins to bring what was handed over into the tables, and from there to the log.
    pub(crate) fn start(&self) -> Background {
        let embedded = &self.embedded;
        let consumer = Feedback {
            interactions: embedded.tables(),
            viewers: embedded.tables(),
            films: embedded.tables(),
            recommendations: embedded.tables(),
            dead_letters: embedded.dead_letters(),
        };
        let feeder = embedded.log_feeder(self.log.clone());
        let (stop_consuming, stopped) = watch::channel(false);
        let consuming = tokio::spawn(consume(consumer, embedded.queue(), stopped));
        let (stop_feeding, stopped) = watch::channel(false);
        let feeding = tokio::spawn(feed(feeder, stopped));
        Background {
            audience: Arc::clone(&self.audience),
            consuming: (stop_consuming, consuming),
            feeding: (stop_feeding, feeding),
        }
    }
}

/// The work beside the requests.
pub(crate) struct Background {
    audience: Arc<Unhurried>,
    consuming: (watch::Sender<bool>, JoinHandle<()>),
    feeding: (watch::Sender<bool>, JoinHandle<()>),
}

impl Background {
    /// Ends when everything that was handed over is in the tables, and all that is new in them is in
    /// the log. What fails meanwhile is left for the next start.
    pub(crate) async fn finish(self) {
        self.audience.settle().await;
        for (stop, work) in [self.consuming, self.feeding] {
            let _ = stop.send(true);
            // Work that panicked has ended, too.
            let _ = work.await;
        }
    }
}

async fn consume(feedback: Consumer, queue: EmbeddedQueue, mut stopped: watch::Receiver<bool>) {
    let mut trouble = Trouble::of("what viewers do waits in the queue");
    // Whoever had it in hand before did not finish it.
    if let Err(error) = queue.take_back().await {
        trouble.tell(&error);
    }
    loop {
        // Asked before the look into the queue: what was sent before the end is then seen.
        let last = *stopped.borrow_and_update();
        match feedback.drain(&queue, BATCH).await {
            Ok((0, _)) if last => return,
            Ok((0, _)) => {
                tokio::select! {
                    () = queue.wait(POLL) => {}
                    _ = stopped.changed() => {}
                }
            }
            // Each of them was logged; the next ones would fare no better.
            Ok((received, consumed)) if consumed.failed.len() == received => {
                pause(&mut stopped, PAUSE).await;
            }
            Ok(_) => trouble.over(),
            Err(error) => {
                trouble.tell(&error);
                if last {
                    return;
                }
                pause(&mut stopped, PAUSE).await;
            }
        }
    }
}

async fn feed(feeder: LogFeeder<DirectoryBlobs>, mut stopped: watch::Receiver<bool>) {
    let mut trouble = Trouble::of("new rows wait for the log");
    loop {
        let last = *stopped.borrow_and_update();
        match feed_beside(&feeder).await {
            Ok(0) if last => return,
            Ok(0) => pause(&mut stopped, LINGER).await,
            Ok(_) if last => {}
            Ok(_) => {
                trouble.over();
                pause(&mut stopped, LINGER).await;
            }
            Err(error) => {
                trouble.tell(&error);
                if last {
                    return;
                }
                pause(&mut stopped, PAUSE).await;
            }
        }
    }
}

/// A folder makes its caller wait for the disk: not the thread that answers requests.
async fn feed_beside(feeder: &LogFeeder<DirectoryBlobs>) -> Result<usize, FeedError> {
    let (feeder, handle) = (feeder.clone(), Handle::current());
    let feeding = tokio::task::spawn_blocking(move || handle.block_on(feeder.feed()));
    // Cancelled only when everything ends.
    feeding.await.unwrap_or(Ok(0))
}

async fn pause(stopped: &mut watch::Receiver<bool>, at_most: Duration) {
    let _ = tokio::time::timeout(at_most, stopped.changed()).await;
}

/// Tells of what goes wrong, each kind once until it is over.
struct Trouble {
    consequence: &'static str,
    told: HashSet<String>,
}

impl Trouble {
    fn of(consequence: &'static str) -> Self {
        Self {
            consequence,
            told: HashSet::new(),
        }
    }

    /// Whether it was told now.
    fn tell(&mut self, error: &(dyn std::error::Error + 'static)) -> bool {
        let new = self.told.insert(error.to_string());
        if new {
            let (consequence, error) = (self.consequence, output::chain(error));
            output::say(format_args!("warning: {consequence}: {error}"));
        }
        new
    }

    fn over(&mut self) {
        self.told.clear();
    }
}

#[cfg(test)]
mod tests {
    use matinee::ports::{Blobs as _, Queue as _};
    use matinee::taste::log::{LogRow, read_segment};
    use matinee::taste::{Interaction, Kind, Millis, Recorded, Source, ViewerId};

    use super::*;

    fn rows(numbers: std::ops::Range<i64>) -> Vec<Recorded> {
        let row = |number: i64| {
            Interaction {
                id: format!("i-{number}").parse().unwrap(),
                viewer: "ada".parse().unwrap(),
                movie: "tmdb:603".parse().unwrap(),
                kind: Kind::Liked,
                at: Millis(1_700_000_000_000 + number),
                source: Source::Http,
                recommendation: None,
            }
            .accepted(Millis(1_700_000_000_000 + number))
        };
        numbers.map(row).collect()
    }

    async fn logged(keeping: &Keeping) -> Vec<LogRow> {
        let mut rows = Vec::new();
        for key in keeping.log.list("").await.unwrap() {
            let bytes = keeping.log.get(&key).await.unwrap().unwrap().bytes;
            rows.extend(read_segment(std::str::from_utf8(&bytes).unwrap()).unwrap());
        }
        rows
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_handed_over_is_in_the_table_and_the_log_when_the_server_ends() {
        let dir = tempfile::tempdir().unwrap();
        let keeping = Keeping::open(dir.path()).unwrap();
        let background = keeping.start();
        let all = rows(0..250);
        keeping.audience().submit(&all).await.unwrap();
        background.finish().await;
        assert_eq!(
            keeping.embedded.tables().all_interactions().await.unwrap(),
            all
        );
        let expected: Vec<LogRow> = all.into_iter().map(LogRow::Interaction).collect();
        assert_eq!(logged(&keeping).await, expected);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let log = std::fs::metadata(dir.path().join(LOG)).unwrap();
            assert_eq!(log.permissions().mode() & 0o777, 0o700);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_viewer_is_known_soon_and_forgotten_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let keeping = Keeping::open(dir.path()).unwrap();
        let background = keeping.start();
        let (audience, viewer) = (keeping.audience(), "ada".parse::<ViewerId>().unwrap());
        audience.submit(&rows(0..10)).await.unwrap();
        let soon = async {
            while audience.newest(&viewer, 100).await.unwrap().len() < 10 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), soon)
            .await
            .unwrap();
        audience.forget(&viewer).await.unwrap();
        assert_eq!(audience.newest(&viewer, 100).await.unwrap(), []);
        background.finish().await;
        assert_eq!(
            keeping.embedded.tables().all_interactions().await.unwrap(),
            []
        );
        let forgotten = |row: &LogRow| matches!(row, LogRow::Forgotten { .. });
        assert!(logged(&keeping).await.iter().any(forgotten));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_a_killed_server_had_in_hand_is_kept_by_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let all = rows(0..3);
        {
            let killed = Keeping::open(dir.path()).unwrap();
            killed.audience().submit(&all).await.unwrap();
            let in_hand = killed.embedded.queue().receive(10).await.unwrap();
            assert_eq!(in_hand.len(), 1);
        }
        let next = Keeping::open(dir.path()).unwrap();
        next.start().finish().await;
        assert_eq!(
            next.embedded.tables().all_interactions().await.unwrap(),
            all
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_log_that_cannot_be_written_keeps_its_rows_waiting() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(LOG), "in the way").unwrap();
        let keeping = Keeping::open(dir.path()).unwrap();
        keeping.audience().submit(&rows(0..3)).await.unwrap();
        keeping.start().finish().await;
        std::fs::remove_file(dir.path().join(LOG)).unwrap();
        keeping.start().finish().await;
        assert_eq!(logged(&keeping).await.len(), 3);
    }

    #[test]
    fn each_kind_of_trouble_is_told_once_until_it_is_over() {
        let mut trouble = Trouble::of("a test");
        let (one, other) = (std::io::Error::other("one"), std::io::Error::other("other"));
        let told = [&one, &one, &other, &one].map(|error| trouble.tell(error));
        assert_eq!(told, [true, false, true, false]);
        trouble.over();
        assert!(trouble.tell(&one));
    }
}
