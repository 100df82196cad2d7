//! Nothing lost, nothing twice: the function that keeps interactions is killed again and again, and
//! the stores behind it fail one call in ten.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use matinee::taste::log::{LogRow, read_segment};
use matinee::taste::{Interaction, Kind, Message, Millis, Recorded, Source};
use matinee_integration::built;
use matinee_integration::lambda::{
    Bucket, Fault, FaultProxy, MessageQueue, Moto, QueueSource, Restarting, StreamSource, TABLES,
    feedback_through,
};

/// Messages that are sent, of [`ROWS`] interactions each.
const MESSAGES: usize = 750;
const ROWS: usize = 4;

/// Every fifth interaction is one that was sent before.
const REPEATED: usize = 5;

const SENDERS: usize = 8;
const KILLS: usize = 25;

/// The longest that it may take until everything is where it belongs.
const PATIENCE: Duration = Duration::from_mins(8);

/// What is counted, for whoever reads the test's output.
#[derive(Debug, Default)]
struct Counts {
    handed_over: AtomicUsize,
    streamed: AtomicUsize,
    kills: AtomicUsize,
}

#[test]
fn what_is_sent_is_kept_once_though_the_function_is_killed_and_stores_fail() {
    let Some(bootstrap) = built("FeedbackFunction") else {
        return;
    };
    let Some(moto) = Moto::start() else { return };
    moto.create_tables();
    let queue = moto.create_queue("feedback", 3, 1_000);
    let bucket = moto.create_bucket("matinee-data");
    let proxy = FaultProxy::start(moto.endpoint());
    for (seed, fault) in (1..).zip([
        Fault::SlowDown,
        Fault::InternalError,
        Fault::Unavailable,
        Fault::HangUp,
        Fault::LoseAnswer,
    ]) {
        proxy.inject(fault.share(0.02, seed));
    }
    let env = feedback_through(&proxy.endpoint(), &queue, bucket.name());
    let function = Restarting::start(&bootstrap, &env);
    let of_stream = Restarting::start(&bootstrap, &env);

    let sent = interactions();
    let distinct: BTreeMap<Key, Recorded> =
        sent.iter().map(|row| (key(row), row.clone())).collect();
    let counts = Counts::default();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let ended = Ended(&done);
        scope.spawn(|| kill_at_random(&[&function, &of_stream], &counts, &done));
        scope.spawn(|| hand_over(moto.endpoint(), &queue, &function, &counts, &done));
        scope.spawn(|| feed_the_log(moto.endpoint(), &of_stream, &counts, &done));
        send(&queue, &sent);
        wait_until_settled(&queue, &bucket, &distinct, &counts, &function);
        drop(ended);
    });

    let kept: Vec<Recorded> = moto_rows(&moto);
    let kept_by_key: BTreeMap<Key, Recorded> =
        kept.iter().map(|row| (key(row), row.clone())).collect();
    let (logged, segments) = log(&bucket);
    let logged_by_key: BTreeMap<Key, Recorded> =
        logged.iter().map(|row| (key(row), row.clone())).collect();
    println!(
        "sent {} interactions, {} of them distinct; {} batches handed over, {} kills, {} of {} calls \
         failed; {} in the table, {} rows in {segments} segments of the log, {} of them distinct",
        sent.len(),
        distinct.len(),
        counts.handed_over.load(Ordering::Relaxed),
        counts.kills.load(Ordering::Relaxed),
        proxy.faulted(),
        proxy.requests().len(),
        kept.len(),
        logged.len(),
        logged_by_key.len(),
    );
    assert_eq!(kept.len(), distinct.len());
    assert!(same(&kept_by_key, &distinct), "the table differs");
    assert!(same(&logged_by_key, &distinct), "the log differs");
    assert_eq!(queue.take_dead_letters(), Vec::<String>::new());
    assert!(counts.kills.load(Ordering::Relaxed) >= KILLS);
    let share = proxy.faulted() as f64 / proxy.requests().len() as f64;
    assert!((0.07..0.13).contains(&share), "{share}");
}

type Key = (String, String);

fn key(row: &Recorded) -> Key {
    let Interaction { viewer, id, .. } = &row.interaction;
    (viewer.to_string(), id.to_string())
}

/// Whether both hold the same, apart from which of several repeats was accepted.
fn same(found: &BTreeMap<Key, Recorded>, expected: &BTreeMap<Key, Recorded>) -> bool {
    found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|((key, row), (wanted, expected))| key == wanted && row.same_content(expected))
}

/// So many milliseconds after some moment.
fn after(milliseconds: usize) -> Millis {
    Millis(1_769_860_800_000 + i64::try_from(milliseconds).unwrap_or(i64::MAX))
}

/// What is sent, repeats included, in an order in which most repeats come much later.
#[expect(clippy::expect_used, reason = "the ids are sound")]
fn interactions() -> Vec<Recorded> {
    let total = MESSAGES * ROWS;
    let fresh = total - total / REPEATED;
    let row = |number: usize, accepted: usize| {
        Interaction {
            id: format!("i-{number}").parse().expect("an id"),
            viewer: format!("viewer-{}", number % 97).parse().expect("an id"),
            movie: format!("tmdb:{}", number % 891).parse().expect("an id"),
            kind: if number.is_multiple_of(3) {
                Kind::Liked
            } else {
                Kind::Watched(None)
            },
            at: after(number),
            source: Source::Http,
            recommendation: None,
        }
        .accepted(after(accepted))
    };
    let repeated = total - fresh;
    let first = (0..fresh).map(|number| row(number, number));
    let again = (0..repeated).map(|number| row(number * 3 % fresh, fresh + number));
    // Two decks shuffled into each other.
    let (mut first, mut again) = (first.peekable(), again.peekable());
    let mut all = Vec::with_capacity(total);
    while first.peek().is_some() || again.peek().is_some() {
        all.extend(first.by_ref().take(REPEATED - 1));
        all.extend(again.next());
    }
    all
}

fn send(queue: &MessageQueue, sent: &[Recorded]) {
    let messages: Vec<&[Recorded]> = sent.chunks(ROWS).collect();
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            let mine = messages.iter().skip(sender).step_by(SENDERS);
            scope.spawn(move || mine.for_each(|rows| queue.send(&Message::interactions(rows))));
        }
    });
}

fn kill_at_random(functions: &[&Restarting], counts: &Counts, done: &AtomicBool) {
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    while !done.load(Ordering::Relaxed) {
        // Xorshift: which moments does not matter, that they differ does.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        thread::sleep(Duration::from_millis(100 + random % 1_200));
        let kills = counts.kills.load(Ordering::Relaxed);
        if kills < KILLS {
            functions[kills % functions.len()].kill();
            counts.kills.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn hand_over(
    endpoint: &str,
    queue: &MessageQueue,
    function: &Restarting,
    counts: &Counts,
    done: &AtomicBool,
) {
    let source = QueueSource::new(endpoint, queue);
    while !done.load(Ordering::Relaxed) {
        if source.poll(function) == 0 {
            thread::sleep(Duration::from_millis(50));
        } else {
            counts.handed_over.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn feed_the_log(endpoint: &str, function: &Restarting, counts: &Counts, done: &AtomicBool) {
    let mut source = StreamSource::new(endpoint, TABLES[0]);
    while !done.load(Ordering::Relaxed) {
        counts
            .streamed
            .fetch_add(source.poll(function), Ordering::Relaxed);
        thread::sleep(Duration::from_millis(300));
    }
}

/// Waits until the queue is empty, every kill has happened, and the log has what was sent.
fn wait_until_settled(
    queue: &MessageQueue,
    bucket: &Bucket,
    distinct: &BTreeMap<Key, Recorded>,
    counts: &Counts,
    function: &Restarting,
) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let killed = counts.kills.load(Ordering::Relaxed) >= KILLS;
        if killed && queue.depth() == (0, 0) {
            let (rows, _) = log(bucket);
            let keys: std::collections::BTreeSet<Key> = rows.iter().map(key).collect();
            if keys.len() >= distinct.len() {
                return;
            }
        }
        assert!(
            Instant::now() < deadline,
            "{:?} still in the queue, {counts:?}\n{}",
            queue.depth(),
            function.log()
        );
        thread::sleep(Duration::from_millis(500));
    }
}

/// Every row of the log, and how many segments it has.
#[expect(clippy::expect_used, reason = "a test cannot go on")]
fn log(bucket: &Bucket) -> (Vec<Recorded>, usize) {
    let segments = bucket.list("log/dt=");
    let mut rows = Vec::new();
    for key in &segments {
        let object = bucket.get(key).expect("a segment");
        let text = String::from_utf8(object.bytes).expect("text");
        rows.extend(read_segment(&text).expect("rows").into_iter().map(|row| {
            let LogRow::Interaction(recorded) = row else {
                panic!("nobody was forgotten: {row:?}");
            };
            recorded
        }));
    }
    (rows, segments.len())
}

#[expect(clippy::expect_used, reason = "a test cannot go on")]
fn moto_rows(moto: &Moto) -> Vec<Recorded> {
    let items = matinee_integration::lambda::Tables::at(moto.endpoint()).items(TABLES[0]);
    let rows = items
        .into_iter()
        .map(|item| serde_json::from_value(item.into()).expect("an interaction"));
    rows.collect()
}

/// Lets the threads beside a test end, also when it fails.
struct Ended<'a>(&'a AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
