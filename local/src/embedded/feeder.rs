//! From the outbox to the log.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use matinee::ports::{Blobs, Expect};
use matinee::taste::log::{COLUMNS, FILM_COLUMNS, FILM_RATINGS, segment_key};
use xxhash_rust::xxh3::xxh3_64;

use super::FeedError;
use super::outbox::{self, Waiting};
use super::store::Store;

/// The most rows that go to the log at once.
const MOST: usize = 10_000;

/// What the segments' names begin with.
const ORIGIN: &str = "local";

/// Writes segments of what waits for the log. A row leaves the outbox only when its segment is
/// written, so one that a crash falls between is written twice.
#[derive(Clone, Debug)]
pub struct LogFeeder<B> {
    store: Arc<Store>,
    blobs: B,
}

/// Rows that go into one segment.
#[derive(Debug)]
struct Segment {
    first: i64,
    last: i64,
    text: String,
}

impl<B> LogFeeder<B> {
    pub(super) fn new(store: Arc<Store>, blobs: B) -> Self {
        Self { store, blobs }
    }
}

impl<B: Blobs> LogFeeder<B> {
    /// Brings rows to the log, those that have waited longest first, one segment for each day and
    /// kind. Gives how many there were; 0 when nothing waits.
    ///
    /// # Errors
    /// [`FeedError`]; whatever was not written for certain comes again with the next call.
    pub async fn feed(&self) -> Result<usize, FeedError> {
        let waiting = self.store.read("the outbox", |c| outbox::first(c, MOST));
        let waiting = waiting.await?;
        let (Some(first), Some(last)) = (waiting.first(), waiting.last()) else {
            return Ok(0);
        };
        let (first, last) = (first.seq, last.seq);
        for (key, text) in segments(&waiting) {
            self.blobs
                .put(&key, Bytes::from(text), Expect::Anything)
                .await?;
        }
        let remove = self.store.write("delete from", "the outbox", move |c| {
            outbox::remove(c, first, last)
        });
        remove.await?;
        Ok(waiting.len())
    }
}

/// Names and contents. The name has the content's checksum in it: a data folder that was put back
/// to an earlier state uses its numbers again, and must not write over what they named before.
fn segments(waiting: &[Waiting]) -> Vec<(String, String)> {
    let mut segments: BTreeMap<(bool, String), Segment> = BTreeMap::new();
    for row in waiting {
        let columns = if row.is_rating {
            &FILM_COLUMNS[..]
        } else {
            &COLUMNS[..]
        };
        let segment = segments
            .entry((row.is_rating, row.accepted.day()))
            .or_insert_with(|| Segment {
                first: row.seq,
                last: row.seq,
                text: columns.join("\t") + "\n",
            });
        segment.last = row.seq;
        segment.text.push_str(&row.line);
    }
    let named = segments.into_iter().map(|((is_rating, day), segment)| {
        let sum = xxh3_64(segment.text.as_bytes());
        let origin = format!("{ORIGIN}.{sum:016x}");
        let (first, last) = (segment.first.to_string(), segment.last.to_string());
        let key = segment_key(&day, &origin, &first, &last);
        let folder = if is_rating { FILM_RATINGS } else { "" };
        (format!("{folder}{key}"), segment.text)
    });
    named.collect()
}
