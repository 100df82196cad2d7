//! What the embedded twin keeps in a second, and how long a viewer's history takes.
//!
//! `ingest` is the whole way of accepted interactions: into the queue, out of it, into the table
//! and the log's outbox, out of the queue; each step synced to the disk.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use matinee::ports::{Interactions as _, Queue as _};
use matinee::taste::{
    Interaction, Kind, MAX_INTERACTIONS, Message, Millis, Recorded, Source, ViewerId, Watch,
};
use matinee_feedback::Feedback;
use matinee_local::embedded::{Embedded, EmbeddedQueue, EmbeddedTables};
use tokio::runtime::Runtime;

/// Messages of one measurement, each with [`MAX_INTERACTIONS`] interactions.
const MESSAGES: u64 = 200;

/// Who sends at the same time.
const SENDERS: usize = 8;

/// Interactions of others in the table that is read.
const OTHERS: u64 = 200_000;

/// The interactions of the viewer who is read.
const HISTORY: u64 = 1_000;

type Consumer =
    Feedback<EmbeddedTables, EmbeddedTables, EmbeddedTables, EmbeddedTables, EmbeddedQueue>;

fn row(viewer: u64, number: u64) -> Recorded {
    let at = 1_700_000_000_000 + i64::try_from(number).expect("few") * 1_000;
    Interaction {
        id: format!("interaction-{number:016}").parse().expect("an id"),
        viewer: format!("viewer-{viewer:06}").parse().expect("an id"),
        movie: format!("tmdb:{}", number * 7 % 90_000)
            .parse()
            .expect("an id"),
        kind: Kind::Watched(Some(Watch {
            seconds: (number % 7_000) as f64 + 0.25,
            duration: 7_260.0,
        })),
        at: Millis(at),
        source: Source::Http,
        recommendation: Some("list-0123456789".parse().expect("an id")),
    }
    .accepted(Millis(at + 250))
}

fn consumer(embedded: &Embedded) -> Consumer {
    Feedback {
        interactions: embedded.tables(),
        viewers: embedded.tables(),
        films: embedded.tables(),
        recommendations: embedded.tables(),
        dead_letters: embedded.dead_letters(),
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Messages that were never sent before: one viewer's interactions each, as fronts send them.
fn messages(next: &AtomicU64) -> Vec<Vec<String>> {
    let message = || {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let first = number * MAX_INTERACTIONS as u64;
        let rows: Vec<Recorded> = (first..first + MAX_INTERACTIONS as u64)
            .map(|id| row(number % 5_000, id))
            .collect();
        Message::interactions(&rows)
    };
    let all: Vec<String> = (0..MESSAGES).map(|_| message()).collect();
    all.chunks(all.len().div_ceil(SENDERS))
        .map(<[String]>::to_vec)
        .collect()
}

async fn send_all(queue: &EmbeddedQueue, of_senders: Vec<Vec<String>>) {
    let senders = of_senders.into_iter().map(|messages| {
        let queue = queue.clone();
        tokio::spawn(async move {
            for message in messages {
                queue.send(&message).await.expect("it is sent");
            }
        })
    });
    for sender in join_all(senders).await {
        sender.expect("a sender that ends");
    }
}

/// From the first message sent to the last one finished.
async fn through(embedded: &Embedded, of_senders: Vec<Vec<String>>) -> Duration {
    let begin = Instant::now();
    let (queue, feedback) = (embedded.queue(), Arc::new(consumer(embedded)));
    let sending = tokio::spawn({
        let queue = queue.clone();
        async move { send_all(&queue, of_senders).await }
    });
    let mut kept = 0;
    while kept < MESSAGES * MAX_INTERACTIONS as u64 {
        let (received, consumed) = feedback.drain(&queue, 10).await.expect("it is kept");
        assert!(consumed.failed.is_empty(), "nothing fails");
        kept += consumed.tally.new as u64;
        if received == 0 {
            queue.wait(Duration::from_millis(100)).await;
        }
    }
    let elapsed = begin.elapsed();
    sending.await.expect("the senders end");
    elapsed
}

async fn fill(embedded: &Embedded, rows: impl Iterator<Item = Recorded>) {
    let tables = embedded.tables();
    let rows: Vec<Recorded> = rows.collect();
    for rows in rows.chunks(10_000) {
        let outcomes = tables.put(rows).await;
        assert!(outcomes.iter().all(Result::is_ok), "it is kept");
    }
}

fn open(dir: &Path) -> Embedded {
    Embedded::open(dir).expect("a new folder")
}

fn ingest(criterion: &mut Criterion) {
    let runtime = runtime();
    let dir = tempfile::tempdir_in(target()).expect("a folder");
    let embedded = open(dir.path());
    let next = AtomicU64::new(0);
    let mut group = criterion.benchmark_group("embedded");
    group.sample_size(10);
    group.throughput(Throughput::Elements(MESSAGES * MAX_INTERACTIONS as u64));
    group.bench_function("20,000 interactions in messages of 100", |bench| {
        bench.iter_custom(|times| {
            let once = |_| runtime.block_on(through(&embedded, messages(&next)));
            (0..times).map(once).sum()
        });
    });
    group.throughput(Throughput::Elements(MESSAGES));
    group.bench_function("200 messages of 8 senders accepted", |bench| {
        bench.iter_custom(|times| {
            let once = |_| {
                let messages = messages(&next);
                let begin = Instant::now();
                runtime.block_on(send_all(&embedded.dead_letters(), messages));
                begin.elapsed()
            };
            (0..times).map(once).sum()
        });
    });
    group.finish();
}

fn history(criterion: &mut Criterion) {
    let runtime = runtime();
    let dir = tempfile::tempdir_in(target()).expect("a folder");
    let embedded = open(dir.path());
    let others = (0..OTHERS).map(|number| row(number % 400, number));
    runtime.block_on(fill(&embedded, others));
    let theirs = (0..HISTORY).map(|number| row(999_999, OTHERS + number * 3));
    runtime.block_on(fill(&embedded, theirs));
    let viewer: ViewerId = "viewer-999999".parse().expect("an id");
    let tables = embedded.tables();
    let mut group = criterion.benchmark_group("embedded");
    group.bench_function("1,000 interactions of a viewer beside 200,000", |bench| {
        bench.iter(|| {
            let newest = runtime.block_on(tables.newest(black_box(&viewer), HISTORY as usize));
            let newest = newest.expect("they are read");
            assert_eq!(newest.len() as u64, HISTORY);
            newest
        });
    });
    group.bench_function("opening a folder with 201,000 interactions", |bench| {
        bench.iter(|| open(dir.path()));
    });
    group.finish();
}

/// Beside what is built: a temporary folder may be in memory, where nothing is synced.
fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

criterion_group!(benches, ingest, history);
criterion_main!(benches);
