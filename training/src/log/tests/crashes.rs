//! Something happens at every moment at which something can happen.

use super::*;

/// Two days with segments and files, a forgotten viewer, repeats, and film ratings.
fn busy_log() -> (MemoryBlobs, Vec<LogRow>) {
    let blobs = MemoryBlobs::default();
    let first = [row("ada", "1", 1), row("bo", "1", 2), row("cy", "1", 3)];
    append(&blobs, "2026-01-05", 1, &first);
    compacted(&blobs).unwrap();
    let again = [row("cy", "1", 3), row("ada", "2", 4)];
    append(&blobs, "2026-01-05", 2, &again);
    let later = [row("bo", "1", 9), row("ada", "3", 5), row("cy", "2", 6)];
    append(&blobs, "2026-01-06", 1, &later);
    let gone = [forgotten("bo", 7), row("ada", "3", 5)];
    append(&blobs, "2026-01-06", 2, &gone);
    append(&blobs, "2026-01-07", 1, &[forgotten("cy", 4)]);
    append_films(
        &blobs,
        "2026-01-06",
        1,
        &[rating("Heat", "r1", 1), rating("Heat", "r2", 2)],
    );
    let rows = [&first[..], &again, &later, &gone, &[forgotten("cy", 4)]];
    (blobs, rows.concat())
}

/// How many calls a compaction of [`busy_log`] makes.
fn calls() -> usize {
    let (blobs, _) = busy_log();
    let counted = Eventful::new(&blobs, |_| Fate::Done);
    compacted(&counted).unwrap();
    assert!(counted.calls() > 15, "{}", counted.calls());
    counted.calls()
}

fn assert_whole(blobs: &MemoryBlobs, rows: &[LogRow], when: &str) {
    let log = live(blobs);
    assert_eq!(log.interactions, counting(rows), "{when}");
    assert_eq!(log.film_ratings.len(), 2, "{when}");
}

/// A further run does what was left, and leaves nothing to do.
fn assert_completes(blobs: &MemoryBlobs, rows: &[LogRow], when: &str) {
    compacted(blobs).unwrap();
    assert_whole(blobs, rows, when);
    let report = compacted(&ReadOnly(blobs)).unwrap();
    assert_eq!(report.segments_read, 0, "{when}");
    assert_eq!(report.rows, counting(rows).len() as u64, "{when}");
}

#[test]
fn a_failure_of_any_call_loses_nothing_and_the_next_run_completes() {
    for number in 0..calls() {
        for fate in [Fate::Fails, Fate::DoneUnheard] {
            let (blobs, rows) = busy_log();
            let failing = Eventful::new(
                &blobs,
                |call| if call == number { fate } else { Fate::Done },
            );
            let when = format!("call {number} {fate:?}");
            compacted(&failing).expect_err(&when);
            assert_whole(&blobs, &rows, &when);
            assert_completes(&blobs, &rows, &when);
        }
    }
}

#[test]
fn whoever_dies_at_any_call_loses_nothing_and_the_next_run_completes() {
    for number in 0..calls() {
        for last in [Fate::Fails, Fate::DoneUnheard] {
            let (blobs, rows) = busy_log();
            let dying = Eventful::new(&blobs, |call| match call {
                call if call < number => Fate::Done,
                call if call == number => last,
                _ => Fate::Fails,
            });
            let when = format!("death at call {number}, {last:?}");
            compacted(&dying).expect_err(&when);
            assert_whole(&blobs, &rows, &when);
            assert_completes(&blobs, &rows, &when);
        }
    }
}

#[test]
fn dying_again_and_again_one_call_later_comes_to_an_end() {
    let (blobs, rows) = busy_log();
    for calls in 0.. {
        let dying = Eventful::new(&blobs, |call| {
            if call < calls {
                Fate::Done
            } else {
                Fate::Fails
            }
        });
        let outcome = compacted(&dying);
        assert_whole(&blobs, &rows, &format!("{calls} calls"));
        if outcome.is_ok() {
            break;
        }
    }
    assert_completes(&blobs, &rows, "at the end");
}

#[test]
fn segments_appended_between_any_two_calls_are_not_lost() {
    let (blobs, mut rows) = busy_log();
    let appending = Eventful::new(&blobs, |call| {
        append(&blobs, "2026-01-05", 100 + call, &appended(call));
        append(&blobs, "2026-01-08", 100 + call, &appended(1000 + call));
        Fate::Done
    });
    compacted(&appending).unwrap();
    let calls = appending.calls();
    rows.extend((0..calls).chain(1000..1000 + calls).flat_map(appended));
    assert_whole(&blobs, &rows, "behind the compaction");
    assert_completes(&blobs, &rows, "at the end");
}

fn appended(call: usize) -> [LogRow; 3] {
    let accepted = 100 + i64::try_from(call).unwrap();
    [
        row("ada", &format!("new-{call}"), accepted),
        row("dee", &format!("new-{call}"), accepted),
        forgotten("dee", accepted - 5),
    ]
}

#[test]
fn a_compaction_within_another_one_loses_nothing() {
    for number in 0..calls() {
        let (blobs, rows) = busy_log();
        let shared = Eventful::new(&blobs, |call| {
            if call == number {
                compacted(&blobs).unwrap();
            }
            Fate::Done
        });
        let when = format!("before call {number}");
        compacted(&shared).unwrap();
        assert_whole(&blobs, &rows, &when);
        assert_completes(&blobs, &rows, &when);
    }
}

#[test]
fn compactions_and_appends_between_any_two_calls_lose_nothing() {
    for number in 0..calls() {
        let (blobs, mut rows) = busy_log();
        let shared = Eventful::new(&blobs, |call| {
            if call >= number && call < number + 3 {
                append(&blobs, "2026-01-05", 100 + call, &appended(call));
                compacted(&blobs).unwrap();
            }
            Fate::Done
        });
        compacted(&shared).unwrap();
        let appends = number..(number + 3).min(shared.calls());
        rows.extend(appends.flat_map(appended));
        let when = format!("from call {number} on");
        assert_whole(&blobs, &rows, &when);
        assert_completes(&blobs, &rows, &when);
    }
}

#[test]
fn reading_gives_every_row_while_the_log_is_compacted() {
    let reads = {
        let (blobs, _) = busy_log();
        let counted = Eventful::new(&blobs, |_| Fate::Done);
        live(&counted);
        counted.calls()
    };
    assert!(reads > 8, "{reads}");
    for number in 0..reads {
        let (blobs, rows) = busy_log();
        let shared = Eventful::new(&blobs, |call| {
            if call == number {
                compacted(&blobs).unwrap();
            }
            Fate::Done
        });
        let log = live(&shared);
        assert_eq!(log.interactions, counting(&rows), "before call {number}");
        assert_eq!(log.film_ratings.len(), 2, "before call {number}");
    }
}

#[test]
fn a_day_that_was_missing_in_the_first_list_is_read_after_all() {
    let (blobs, rows) = busy_log();
    let hidden = HidesADayOnce(&blobs, AtomicUsize::new(0));
    assert_eq!(live(&hidden).interactions, counting(&rows));
}

/// A folder's list is not made in one moment: a day whose segments were just removed, and whose
/// file was just written, may be in none of it.
struct HidesADayOnce<'a>(&'a MemoryBlobs, AtomicUsize);

impl Blobs for HidesADayOnce<'_> {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        self.0.get(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        let mut keys = self.0.list(prefix).await?;
        if self.1.fetch_add(1, Ordering::Relaxed) == 0 {
            keys.retain(|key| !key.contains("2026-01-06"));
        }
        Ok(keys)
    }

    async fn put(&self, _: &str, _: Bytes, _: Expect) -> Result<ETag, BlobError> {
        unreachable!("reading writes nothing")
    }

    async fn delete(&self, _: &str) -> Result<(), BlobError> {
        unreachable!("reading removes nothing")
    }
}

/// What a store does with what it is given to write.
enum Writes {
    /// It is changed by somebody else at once.
    Overwritten,
    /// It is not kept as it was given.
    Spoilt,
}

struct Unreliable<'a>(&'a MemoryBlobs, Writes);

impl Blobs for Unreliable<'_> {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        let blob = self.0.get(key).await?;
        Ok(blob.map(|blob| Blob {
            // A store whose tags do not follow the content.
            etag: ETag("tag".to_owned()),
            ..blob
        }))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        self.0.list(prefix).await
    }

    async fn put(&self, key: &str, bytes: Bytes, _: Expect) -> Result<ETag, BlobError> {
        match self.1 {
            Writes::Overwritten => Err(BlobError::Conflict {
                key: key.to_owned(),
            }),
            Writes::Spoilt => {
                let spoilt = Bytes::copy_from_slice(&bytes[..bytes.len() - 1]);
                self.0.put(key, spoilt, Expect::Anything).await?;
                Ok(ETag("tag".to_owned()))
            }
        }
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        panic!("{key} is removed");
    }
}

#[test]
fn nothing_is_removed_where_a_file_is_not_there_as_it_was_written() {
    for (day, rows) in [
        ("2026-01-05", vec![row("ada", "1", 1)]),
        ("2026-01-06", vec![forgotten("bo", 1)]),
    ] {
        let blobs = MemoryBlobs::default();
        append(&blobs, day, 1, &rows);
        let error = compacted(&Unreliable(&blobs, Writes::Spoilt)).unwrap_err();
        let named = error.to_string();
        assert!(named.contains(".tsv"), "{named}");
        assert!(keys(&blobs).contains(&format!("dt={day}/test-1-1.tsv")));
    }
}

#[test]
fn a_file_that_somebody_else_writes_all_the_time_is_named() {
    for (rows, file) in [
        (vec![row("ada", "1", 1)], "dt=2026-01-05/compacted.tsv"),
        (vec![forgotten("bo", 1)], "forgotten.tsv"),
    ] {
        let blobs = MemoryBlobs::default();
        append(&blobs, "2026-01-05", 1, &rows);
        let error = compacted(&Unreliable(&blobs, Writes::Overwritten)).unwrap_err();
        assert!(
            matches!(&error, CompactError::Contended { key } if key == file),
            "{error}"
        );
    }
}
