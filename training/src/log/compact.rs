//! A day's segments, put together into one file.

use bytes::Bytes;
use futures_util::future::join_all;
use matinee::ports::{Blob, BlobError, Blobs, Expect};
use serde::Serialize;

use super::days::{self, Day};
use super::error::text;
use super::forgotten::{self, Forgotten};
use super::lines::{FilmRatings, Half, Interactions, Lines};
use super::{AT_ONCE, CompactError, Damage};

/// How often a day is begun anew because somebody else wrote its file meanwhile.
const ATTEMPTS: usize = 8;

/// What is to be compacted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompactSettings {
    /// Only the days before this one; every day where there is none.
    pub until: Option<Day>,
}

/// What a compaction found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CompactReport {
    /// Days that were gone through, those of film ratings apart from those of interactions.
    pub days: u64,
    /// Those of them whose file was written anew.
    pub days_written: u64,
    /// Segments that were read into a day's file.
    pub segments_read: u64,
    /// Segments that were removed behind that.
    pub segments_removed: u64,
    /// Interactions in the days' files now.
    pub rows: u64,
    /// Film ratings in the days' files now.
    pub film_ratings: u64,
    /// Rows left out because the same row was there already.
    pub repeats: u64,
    /// Rows left out because their viewer is forgotten.
    pub forgotten_rows: u64,
    /// Rows that have the id of another row of their day and differ from it. They are kept; the
    /// one that was accepted first counts.
    pub conflicts: u64,
    /// Files that cannot be read; their days were left as they are.
    pub damaged: Vec<Damage>,
}

/// Compacts a log: afterwards each day has one file in which every row stands once, sorted by
/// time, without the rows of forgotten viewers, and the segments that are in it are gone.
///
/// It may be killed at any moment, run beside whoever appends, and beside itself: no row is lost,
/// and the next run goes on. Where there is nothing to do it writes nothing. A day that has a file
/// keeps it even if no row is left in it, because removing a file cannot be made to depend on
/// nobody having added to it.
///
/// Memory: the rows of one day as text, about three times the size of its file, and every
/// forgotten viewer.
///
/// # Errors
/// [`CompactError`]. Where files of some days are damaged all other days are compacted before the
/// error names every one of them; where it is the file of who is forgotten, nothing is changed.
pub async fn compact(
    blobs: &impl Blobs,
    settings: &CompactSettings,
) -> Result<CompactReport, CompactError> {
    let interactions = days::list(blobs, Interactions::PREFIX).await?;
    let film_ratings = days::list(blobs, FilmRatings::PREFIX).await?;
    // From all days: who is forgotten on one of them is forgotten on every one before.
    let collected = forgotten::collect(blobs, &interactions).await?;
    let mut compaction = Compaction {
        blobs,
        // Without knowing who is forgotten nothing is changed, but all that is damaged is told.
        look_only: collected.forgotten.is_none(),
        forgotten: collected.forgotten.unwrap_or_default(),
        report: CompactReport {
            damaged: collected.damaged,
            ..CompactReport::default()
        },
    };
    let wanted = |day: &Day| settings.until.as_ref().is_none_or(|until| day < until);
    for (day, segments) in interactions.iter().filter(|(day, _)| wanted(day)) {
        compaction.report.rows += compaction.day::<Interactions>(day, segments).await?;
    }
    for (day, segments) in film_ratings.iter().filter(|(day, _)| wanted(day)) {
        compaction.report.film_ratings += compaction.day::<FilmRatings>(day, segments).await?;
    }
    let report = compaction.report;
    if report.damaged.is_empty() {
        Ok(report)
    } else {
        Err(CompactError::Damaged(Box::new(report)))
    }
}

struct Compaction<'a, B> {
    blobs: &'a B,
    look_only: bool,
    forgotten: Forgotten,
    report: CompactReport,
}

/// Why a day was not compacted.
enum Left {
    /// Somebody else wrote its file meanwhile.
    Changed,
    /// All that is damaged of it.
    Damaged(Vec<Damage>),
    Failed(CompactError),
}

impl From<BlobError> for Left {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Conflict { .. } => Self::Changed,
            error => Self::Failed(error.into()),
        }
    }
}

/// A day as it was read.
struct Read<'a> {
    lines: Lines,
    /// The segments that were there.
    segments: Vec<&'a str>,
    /// The compacted file, where there is one.
    present: Option<Blob>,
}

impl<B: Blobs> Compaction<'_, B> {
    /// Compacts a day, gives how many rows are in its file then.
    async fn day<H: Half>(&mut self, day: &Day, segments: &[String]) -> Result<u64, CompactError> {
        let key = days::compacted(H::PREFIX, day);
        self.report.days += 1;
        for _ in 0..ATTEMPTS {
            match self.attempt::<H>(&key, segments).await {
                Ok(rows) => return Ok(rows),
                Err(Left::Changed) => {}
                Err(Left::Damaged(damaged)) => {
                    for damage in damaged {
                        // One that was found before may have been found at another line.
                        let known = &mut self.report.damaged;
                        if known.iter().all(|known| known.key != damage.key) {
                            known.push(damage);
                        }
                    }
                    return Ok(0);
                }
                Err(Left::Failed(error)) => return Err(error),
            }
        }
        Err(CompactError::Contended { key })
    }

    async fn attempt<H: Half>(&mut self, key: &str, segments: &[String]) -> Result<u64, Left> {
        let Read {
            lines,
            segments,
            present,
        } = self.read::<H>(key, segments).await?;
        if self.look_only {
            return Ok(0);
        }
        let merged = lines.merge(H::COLUMNS);
        let rows = merged.rows;
        let unchanged = present
            .as_ref()
            .map_or(rows == 0, |present| present.bytes == merged.text);
        if !unchanged {
            self.write(key, present, &merged.text).await?;
        }
        self.remove(&segments).await?;
        let report = &mut self.report;
        report.days_written += u64::from(!unchanged);
        report.segments_read += segments.len() as u64;
        report.segments_removed += segments.len() as u64;
        report.repeats += merged.repeats;
        report.forgotten_rows += merged.forgotten;
        report.conflicts += merged.conflicts;
        Ok(rows)
    }

    async fn read<'a, H: Half>(&self, key: &str, segments: &'a [String]) -> Result<Read<'a>, Left> {
        let mut lines = Lines::default();
        let mut damaged = Vec::new();
        let mut add = |key: &str, blob: &Blob| {
            let added = text(blob).and_then(|text| H::add(text, &self.forgotten, &mut lines));
            if let Err(row) = added {
                damaged.push(Damage::new(key, row));
            }
        };
        let mut found = Vec::new();
        for keys in segments.chunks(AT_ONCE) {
            let read = join_all(keys.iter().map(|key| self.blobs.get(key))).await;
            for (key, blob) in keys.iter().zip(read) {
                if let Some(blob) = blob? {
                    add(key, &blob);
                    found.push(key.as_str());
                }
            }
        }
        // Behind the segments: those that another compaction has removed meanwhile are in here.
        let present = self.blobs.get(key).await?;
        if let Some(blob) = &present {
            add(key, blob);
        }
        if !damaged.is_empty() {
            return Err(Left::Damaged(damaged));
        }
        Ok(Read {
            lines,
            segments: found,
            present,
        })
    }

    /// Writes a day's file, unless it has changed, and makes sure that it is there as written.
    async fn write(&self, key: &str, present: Option<Blob>, bytes: &Bytes) -> Result<(), Left> {
        let expect = present.map_or(Expect::Absent, |present| Expect::Unchanged(present.etag));
        let etag = self.blobs.put(key, bytes.clone(), expect).await?;
        match self.blobs.get(key).await? {
            Some(blob) if blob.bytes == *bytes => Ok(()),
            Some(blob) if blob.etag != etag => Err(Left::Changed),
            _ => Err(Left::Failed(CompactError::NotAsWritten {
                key: key.to_owned(),
            })),
        }
    }

    async fn remove(&self, segments: &[&str]) -> Result<(), Left> {
        for keys in segments.chunks(AT_ONCE) {
            for removed in join_all(keys.iter().map(|key| self.blobs.delete(key))).await {
                removed?;
            }
        }
        Ok(())
    }
}
