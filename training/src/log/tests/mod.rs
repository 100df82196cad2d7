//! Logs of made-up rows: what they say must be the same before, while and after they are
//! compacted, whatever happens meanwhile.

mod crashes;
mod daily;
mod days;
mod disk;
mod property;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::FutureExt as _;
use matinee::ports::{Blob, BlobError, Blobs, ETag, Expect, MemoryBlobs, StoreCause};
use matinee::taste::log::{LogRow, film_segment, segment, segment_key};
use matinee::taste::{FilmRating, Interaction, Kind, Millis, Recorded, Source, ViewerId};

use super::{CompactError, CompactReport, CompactSettings, Log, compact, read};

/// The futures of these stores are ready at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap()
}

fn compacted(blobs: &impl Blobs) -> Result<CompactReport, CompactError> {
    now(compact(blobs, &CompactSettings::default()))
}

fn live(blobs: &impl Blobs) -> Log {
    now(read(blobs)).unwrap()
}

fn row(viewer: &str, id: &str, accepted: i64) -> LogRow {
    LogRow::Interaction(
        Interaction {
            id: id.parse().unwrap(),
            viewer: viewer.parse().unwrap(),
            movie: "tmdb:1".parse().unwrap(),
            kind: Kind::Liked,
            at: Millis(1_000_000 - accepted),
            source: Source::Http,
            recommendation: None,
        }
        .accepted(Millis(accepted)),
    )
}

fn forgotten(viewer: &str, until: i64) -> LogRow {
    LogRow::Forgotten {
        viewer: viewer.parse().unwrap(),
        until: Millis(until),
    }
}

fn rating(title: &str, id: &str, accepted: i64) -> FilmRating {
    FilmRating {
        title: title.to_owned(),
        id: id.parse().unwrap(),
        year: 1999,
        director: "Ada Moor".to_owned(),
        genre1: "Drama".to_owned(),
        genre2: "None".to_owned(),
        genre3: "None".to_owned(),
        stars: 7.0,
        thing: "sofa".to_owned(),
        accepted: Millis(accepted),
    }
}

/// Appends a segment.
fn append(blobs: &impl Blobs, day: &str, number: usize, rows: &[LogRow]) {
    let key = segment_key(day, "test", &number.to_string(), &number.to_string());
    put(blobs, &key, segment(rows));
}

fn append_films(blobs: &impl Blobs, day: &str, number: usize, ratings: &[FilmRating]) {
    let key = segment_key(day, "test", &number.to_string(), &number.to_string());
    put(blobs, &format!("film-ratings/{key}"), film_segment(ratings));
}

fn put(blobs: &impl Blobs, key: &str, text: impl Into<Bytes>) {
    now(blobs.put(key, text.into(), Expect::Anything)).unwrap();
}

fn text(blobs: &impl Blobs, key: &str) -> String {
    let blob = now(blobs.get(key)).unwrap().unwrap();
    String::from_utf8(blob.bytes.to_vec()).unwrap()
}

fn keys(blobs: &impl Blobs) -> Vec<String> {
    now(blobs.list("")).unwrap()
}

/// What rows say, worked out the obvious way.
fn counting(rows: &[LogRow]) -> Vec<Recorded> {
    let mut until: HashMap<&ViewerId, Millis> = HashMap::new();
    for row in rows {
        if let LogRow::Forgotten { viewer, until: to } = row {
            let known = until.entry(viewer).or_insert(*to);
            *known = (*known).max(*to);
        }
    }
    let mut first: BTreeMap<(String, String), &Recorded> = BTreeMap::new();
    for row in rows {
        let LogRow::Interaction(row) = row else {
            continue;
        };
        let viewer = &row.interaction.viewer;
        if until
            .get(viewer)
            .is_some_and(|until| row.accepted <= *until)
        {
            continue;
        }
        let name = (viewer.to_string(), row.interaction.id.to_string());
        let known = first.entry(name).or_insert(row);
        if row.accepted < known.accepted {
            *known = row;
        }
    }
    let mut counting: Vec<Recorded> = first.into_values().cloned().collect();
    counting.sort_by_key(|row| row.interaction.at);
    counting
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It is done.
    Done,
    /// It fails.
    Fails,
    /// It is done, and whoever called hears that it failed.
    DoneUnheard,
}

/// A store in which something happens before each call, which is told its number.
struct Eventful<'a, F> {
    inner: &'a MemoryBlobs,
    calls: AtomicUsize,
    event: F,
}

impl<'a, F: Fn(usize) -> Fate + Send + Sync> Eventful<'a, F> {
    fn new(inner: &'a MemoryBlobs, event: F) -> Self {
        Self {
            inner,
            calls: AtomicUsize::new(0),
            event,
        }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    fn call<T>(
        &self,
        key: &str,
        call: impl Future<Output = Result<T, BlobError>>,
    ) -> Result<T, BlobError> {
        let fate = (self.event)(self.calls.fetch_add(1, Ordering::Relaxed));
        let failed = || BlobError::Store {
            action: "reach",
            key: key.to_owned(),
            cause: StoreCause::Unavailable,
            source: "out of reach".into(),
        };
        match fate {
            Fate::Done => now(call),
            Fate::Fails => Err(failed()),
            Fate::DoneUnheard => now(call).and(Err(failed())),
        }
    }
}

impl<F: Fn(usize) -> Fate + Send + Sync> Blobs for Eventful<'_, F> {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        self.call(key, self.inner.get(key))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        self.call(prefix, self.inner.list(prefix))
    }

    async fn put(&self, key: &str, bytes: Bytes, expect: Expect) -> Result<ETag, BlobError> {
        self.call(key, self.inner.put(key, bytes, expect))
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        self.call(key, self.inner.delete(key))
    }
}

/// A store that lets nobody change anything.
struct ReadOnly<'a>(&'a MemoryBlobs);

impl Blobs for ReadOnly<'_> {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        self.0.get(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        self.0.list(prefix).await
    }

    async fn put(&self, key: &str, _: Bytes, _: Expect) -> Result<ETag, BlobError> {
        panic!("{key} is written");
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        panic!("{key} is removed");
    }
}
