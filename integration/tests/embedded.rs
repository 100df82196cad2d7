//! Nothing lost, nothing twice: a data folder's queue, tables and log while the process that brings
//! the one into the others is killed again and again, and every tenth call fails.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use matinee::ports::{Blobs as _, DirectoryBlobs, MemoryBlobs, Queue as _};
use matinee::recommend::Personal;
use matinee::taste::log::{LogRow, read_segment};
use matinee::taste::{
    Audience as _, Desk, Interaction, Kind, LastForgotten, Message, Millis, Rating, Recorded,
    Scale, Source, ViewerId, WATCHED_FRACTION, Watch,
};
use matinee_local::embedded::{Counts, Embedded, now};
use tempfile::TempDir;

/// Who sends at the same time.
const SENDERS: usize = 8;

/// The most interactions of one message.
const OF_MESSAGE: usize = 40;

/// When the interactions begin.
const BEGIN: i64 = 1_769_860_800_000;

/// How long a consumer that is not killed may take to finish.
const PATIENCE: Duration = Duration::from_mins(1);

/// Interactions by viewer and id.
type Rows = BTreeMap<(String, String), Recorded>;

fn key(row: &Recorded) -> (String, String) {
    let Interaction { viewer, id, .. } = &row.interaction;
    (viewer.to_string(), id.to_string())
}

/// One of many interactions, of one of 60 viewers; ids repeat among viewers.
fn row(number: usize) -> Recorded {
    let kind = match number % 5 {
        0 => Kind::Liked,
        1 => Kind::Watched(Some(Watch {
            seconds: number as f64 / 7.0,
            duration: 7_260.5,
        })),
        2 => Kind::Rated(Rating::new(3.5, Scale::Five).unwrap()),
        3 => Kind::Clicked(None),
        _ => Kind::Skipped,
    };
    // Over three days.
    let at = BEGIN + i64::try_from(number).unwrap() * 13_000;
    Interaction {
        id: format!("i-{}", number / 60).parse().unwrap(),
        viewer: format!("viewer-{}", number % 60).parse().unwrap(),
        movie: format!("tmdb:{}", number * 7 % 5_000).parse().unwrap(),
        kind,
        at: Millis(at),
        source: Source::Http,
        recommendation: number.is_multiple_of(3).then(|| "list-1".parse().unwrap()),
    }
    .accepted(Millis(at + 40))
}

/// The messages of each sender: `distinct` interactions and `repeats` of some of them, the repeats
/// accepted later and for the most part sent by others.
fn messages(distinct: usize, repeats: usize, random: &mut fastrand::Rng) -> Vec<Vec<String>> {
    let mut all: Vec<Recorded> = (0..distinct).map(row).collect();
    for _ in 0..repeats {
        let mut repeat = row(random.usize(..distinct));
        repeat.accepted.0 += random.i64(1..10_000);
        all.push(repeat);
    }
    random.shuffle(&mut all);
    let of_senders = all.chunks(all.len().div_ceil(SENDERS));
    of_senders
        .map(|rows| {
            let mut by_viewer: BTreeMap<String, Vec<Recorded>> = BTreeMap::new();
            for row in rows {
                let viewer = row.interaction.viewer.to_string();
                by_viewer.entry(viewer).or_default().push(row.clone());
            }
            let mut messages = Vec::new();
            for rows in by_viewer.values() {
                let mut rows = rows.as_slice();
                while !rows.is_empty() {
                    let (message, rest) =
                        rows.split_at(random.usize(1..=OF_MESSAGE.min(rows.len())));
                    messages.push(Message::interactions(message));
                    rows = rest;
                }
            }
            random.shuffle(&mut messages);
            messages
        })
        .collect()
}

/// Sends each sender's messages, over about `time`.
fn send(embedded: &Embedded, of_senders: Vec<Vec<String>>, time: Duration) -> Vec<JoinHandle<()>> {
    let sender = |(seed, messages): (u64, Vec<String>)| {
        let queue = embedded.queue();
        thread::spawn(move || {
            let mut random = fastrand::Rng::with_seed(seed);
            let pause = time.as_secs_f64() / messages.len() as f64;
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            for message in messages {
                runtime.block_on(queue.send(&message)).unwrap();
                thread::sleep(Duration::from_secs_f64(pause * 2.0 * random.f64()));
            }
        })
    };
    (0..).zip(of_senders).map(sender).collect()
}

/// The process that is killed.
struct Consumer {
    child: Child,
    faults: JoinHandle<()>,
}

impl Consumer {
    fn start(folder: &Path, seed: u64, faults: &Arc<AtomicU64>) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_embedded_consumer"))
            .arg(folder)
            .args(["--seed", &seed.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdout, faults) = (child.stdout.take().unwrap(), Arc::clone(faults));
        let counting = move || {
            for _ in BufReader::new(stdout).lines().map_while(Result::ok) {
                faults.fetch_add(1, Ordering::Relaxed);
            }
        };
        Self {
            child,
            faults: thread::spawn(counting),
        }
    }

    /// Kills it where it stands.
    fn kill(mut self) {
        let early = self.child.try_wait().unwrap();
        assert!(early.is_none(), "it ended by itself: {early:?}");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.faults.join().unwrap();
    }

    /// Lets it do all that is left.
    fn finish(mut self) {
        drop(self.child.stdin.take());
        let begin = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if begin.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(10)),
                None => {
                    self.child.kill().unwrap();
                    panic!("the consumer does not come to an end");
                }
            }
        };
        assert!(status.success(), "{status}");
        self.faults.join().unwrap();
    }
}

/// A data folder, and what happens to it.
struct Scene {
    _dir: TempDir,
    folder: PathBuf,
    embedded: Embedded,
    runtime: tokio::runtime::Runtime,
    random: fastrand::Rng,
    faults: Arc<AtomicU64>,
    consumers: u64,
    kills: u64,
    kills_in_hand: u64,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let folder = dir.path().join(".matinee");
        Self {
            embedded: Embedded::open(&folder).unwrap(),
            folder,
            _dir: dir,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            random: fastrand::Rng::with_seed(seed),
            faults: Arc::default(),
            consumers: 0,
            kills: 0,
            kills_in_hand: 0,
        }
    }

    fn start(&mut self) -> Consumer {
        self.consumers += 1;
        Consumer::start(&self.folder, self.consumers, &self.faults)
    }

    /// Starts consumers and kills them, each after a random time.
    fn kill(&mut self, times: usize) {
        for _ in 0..times {
            let consumer = self.start();
            thread::sleep(Duration::from_millis(self.random.u64(40..440)));
            consumer.kill();
            self.kills += 1;
            let counts = self.runtime.block_on(self.embedded.queue().counts());
            self.kills_in_hand += u64::from(counts.unwrap().in_hand > 0);
        }
    }

    /// Lets one more consumer do what is left, and gives what the table and the log hold.
    fn end(&mut self, senders: Vec<JoinHandle<()>>) -> (Rows, Log) {
        let consumer = self.start();
        for sender in senders {
            sender.join().unwrap();
        }
        consumer.finish();
        let embedded = &self.embedded;
        self.runtime.block_on(async {
            let queue = embedded.queue().counts().await.unwrap();
            let dead = embedded.dead_letters().counts().await.unwrap();
            assert_eq!((queue, dead), (Counts::default(), Counts::default()));
            let left = embedded.log_feeder(MemoryBlobs::default()).feed().await;
            assert_eq!(left.unwrap(), 0, "rows wait for the log");
            let table = embedded.tables().all_interactions().await.unwrap();
            let table: Rows = table.into_iter().map(|row| (key(&row), row)).collect();
            (table, Log::read(&self.folder.join("log")).await)
        })
    }
}

/// The log, as readers have to read it.
struct Log {
    segments: usize,
    rows: Rows,
    repeats: usize,
    forgotten: Vec<(ViewerId, Millis)>,
}

impl Log {
    async fn read(folder: &Path) -> Self {
        let blobs = DirectoryBlobs::new(folder);
        let mut log = Self {
            segments: 0,
            rows: Rows::new(),
            repeats: 0,
            forgotten: Vec::new(),
        };
        let mut all = Vec::new();
        for key in blobs.list("").await.unwrap() {
            let bytes = blobs.get(&key).await.unwrap().unwrap().bytes;
            all.extend(read_segment(std::str::from_utf8(&bytes).unwrap()).unwrap());
            log.segments += 1;
        }
        let mut found = Vec::new();
        for row in all {
            match row {
                LogRow::Interaction(row) => found.push(row),
                LogRow::Forgotten { viewer, until } => log.forgotten.push((viewer, until)),
            }
        }
        // First what is forgotten: it may be there in several versions, one for each time that it
        // came back and was removed.
        let forgotten = &log.forgotten;
        found.retain(|row| {
            let of = &row.interaction.viewer;
            forgotten
                .iter()
                .all(|(viewer, until)| of != viewer || row.accepted > *until)
        });
        for row in found {
            if let Some(before) = log.rows.insert(key(&row), row.clone()) {
                assert_eq!(before, row, "the log is fed from the table");
                log.repeats += 1;
            }
        }
        log
    }
}

#[test]
fn nothing_is_lost_and_nothing_is_twice_however_often_the_consumer_dies() {
    const SENT: usize = 20_000;
    const REPEATS: usize = SENT / 5;
    const DISTINCT: usize = SENT - REPEATS;
    let mut scene = Scene::new(5);
    let of_senders = messages(DISTINCT, REPEATS, &mut scene.random);
    let in_messages: usize = of_senders.iter().map(Vec::len).sum();
    let begin = Instant::now();
    let senders = send(&scene.embedded, of_senders, Duration::from_secs(8));
    scene.kill(25);
    let (table, log) = scene.end(senders);

    let expected: Rows = (0..DISTINCT).map(row).map(|row| (key(&row), row)).collect();
    assert_eq!(expected.len(), DISTINCT);
    assert!(table.keys().eq(expected.keys()));
    for (there, sent) in table.values().zip(expected.values()) {
        assert!(there.same_content(sent), "{there:?} for {sent:?}");
    }
    assert_eq!(log.rows, table);
    assert_eq!(log.forgotten, []);
    assert!(scene.kills_in_hand > 0, "no kill found any work in hand");
    let faults = scene.faults.load(Ordering::Relaxed);
    assert!(faults > 0, "nothing failed");
    println!(
        "sent {SENT} in {in_messages} messages by {SENDERS} senders, distinct {DISTINCT}, \
         table {}, log {} and {} repeats in {} segments, kills {} ({} with messages in hand), \
         faults {faults}, dead letters 0, {:.1} s",
        table.len(),
        log.rows.len(),
        log.repeats,
        log.segments,
        scene.kills,
        scene.kills_in_hand,
        begin.elapsed().as_secs_f64()
    );
}

#[test]
fn a_viewer_forgotten_in_the_middle_of_it_all_stays_forgotten() {
    const DISTINCT: usize = 5_000;
    let mut scene = Scene::new(7);
    let viewer: ViewerId = "viewer-7".parse().unwrap();
    let of_senders = messages(DISTINCT, DISTINCT / 5, &mut scene.random);
    // Their rows were accepted in the past, however late they arrive.
    assert!(row(DISTINCT).accepted < now());
    let senders = send(&scene.embedded, of_senders, Duration::from_secs(4));
    scene.kill(6);
    let desk = Desk {
        interactions: scene.embedded.tables(),
        viewers: scene.embedded.tables(),
        recommendations: scene.embedded.tables(),
        queue: scene.embedded.queue(),
        now,
        watched_fraction: WATCHED_FRACTION,
        personal: Personal::default(),
        forgotten: LastForgotten::default(),
    };
    let something = |scene: &Scene| {
        let newest = scene.runtime.block_on(desk.newest(&viewer, 1)).unwrap();
        !newest.is_empty()
    };
    // A busy machine may have brought none of the viewer's rows into the table yet.
    for _ in 0..100 {
        if something(&scene) {
            break;
        }
        scene.kill(1);
    }
    assert!(something(&scene), "there is something to forget");
    scene.runtime.block_on(desk.forget(&viewer)).unwrap();
    assert_eq!(
        scene.runtime.block_on(desk.newest(&viewer, 1_000)).unwrap(),
        []
    );
    // The viewer goes on; these are accepted after that moment.
    thread::sleep(Duration::from_millis(5));
    let later: Vec<Recorded> = (0..30)
        .map(|number| {
            let mut row = row(number * 60 + 7);
            row.interaction.id = format!("later-{number}").parse().unwrap();
            row.accepted = now();
            row
        })
        .collect();
    scene.runtime.block_on(desk.submit(&later)).unwrap();
    scene.kill(4);
    let (table, log) = scene.end(senders);

    let others = (0..DISTINCT).map(row);
    let others = others.filter(|row| row.interaction.viewer != viewer);
    let expected: Rows = others.chain(later).map(|row| (key(&row), row)).collect();
    assert!(table.keys().eq(expected.keys()));
    assert_eq!(log.rows, table);
    assert!(log.forgotten.iter().any(|(of, _)| *of == viewer));
}
