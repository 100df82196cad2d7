//! Everything in the log that counts.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};

use futures_util::future::join_all;
use matinee::ports::{Blob, BlobError, Blobs};
use matinee::taste::log::{self, BadRow, FILM_RATINGS, LogRow};
use matinee::taste::{FilmRating, Recorded};
use xxhash_rust::xxh3::xxh3_64;

use super::days::{self, Day};
use super::error::text;
use super::forgotten::{self, Forgotten};
use super::{AT_ONCE, Damage, LogError};
use crate::Progress;

/// What a log says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    /// Each interaction once, without those of forgotten viewers; by time, viewer and id.
    pub interactions: Vec<Recorded>,
    /// Each film rating once; by the time it arrived, title and id.
    pub film_ratings: Vec<FilmRating>,
    /// Rows that were passed over because another one with their id was accepted before.
    pub conflicts: u64,
}

/// Reads a log, compacted or not, while others append to it or compact it.
///
/// Memory: every row that is given, the files of one day, and the forgotten viewers with their rows.
///
/// # Errors
/// [`LogError`]: the store failed, or a file of the log is damaged.
pub async fn read(blobs: &impl Blobs) -> Result<Log, LogError> {
    let mut forgotten = Forgotten::default();
    let mut rows: Vec<Recorded> = Vec::new();
    each_day(blobs, "", |files| {
        let first = rows.len();
        for (key, blob) in files {
            let added = text(blob).and_then(|text| interactions(text, &mut rows, &mut forgotten));
            added.map_err(|row| LogError::Damaged(Damage::new(key, row)))?;
        }
        // Segments repeat rows mostly of their own day: they are not kept until the end.
        let mut of_day = rows.split_off(first);
        of_day.sort_unstable_by(in_order_of_acceptance);
        of_day.dedup();
        rows.append(&mut of_day);
        Ok(())
    })
    .await?;
    let mut film_ratings: Vec<FilmRating> = Vec::new();
    each_day(blobs, FILM_RATINGS, |files| {
        film_ratings_of(files, &mut film_ratings)
    })
    .await?;
    // Last: what was in segments that have vanished meanwhile is in here.
    forgotten.extend(forgotten::load(blobs).await?.0);
    rows.retain(|row| !forgotten.covers(&row.interaction.viewer, row.accepted));

    let mut conflicts = keep_first_accepted(&mut rows);

    film_ratings.sort_by(|a, b| film_named(a).cmp(&film_named(b)).then_with(|| films(a, b)));
    film_ratings.dedup();
    let distinct = film_ratings.len();
    film_ratings.dedup_by(|later, first| film_named(later) == film_named(first));
    conflicts += distinct - film_ratings.len();
    film_ratings.sort_by(|a, b| (a.accepted, film_named(a)).cmp(&(b.accepted, film_named(b))));
    Ok(Log {
        interactions: rows,
        film_ratings,
        conflicts: conflicts as u64,
    })
}

/// Hands over each film rating of a log once, compacted or not, while others append to it or compact
/// it: day by day, and within a day by the time it arrived, title and id. Of different ones with one title
/// and id that counts which was met first.
///
/// Memory: the film ratings of one day, and eight bytes for each.
///
/// # Errors
/// As [`read`].
pub async fn each_film_rating(
    blobs: &impl Blobs,
    mut each: impl FnMut(FilmRating),
) -> Result<(), LogError> {
    let mut met: HashSet<u64> = HashSet::new();
    each_day(blobs, FILM_RATINGS, |files| {
        let mut of_day = Vec::new();
        film_ratings_of(files, &mut of_day)?;
        of_day.sort_by(|a, b| {
            let named = (a.accepted, film_named(a)).cmp(&(b.accepted, film_named(b)));
            named.then_with(|| films(a, b))
        });
        for rating in of_day {
            let name = xxh3_64(format!("{}\n{}", rating.id.as_str(), rating.title).as_bytes());
            if met.insert(name) {
                each(rating);
            }
        }
        Ok(())
    })
    .await
}

/// Appends the film ratings of a day's files.
fn film_ratings_of(
    files: &[(String, Blob)],
    film_ratings: &mut Vec<FilmRating>,
) -> Result<(), LogError> {
    for (key, blob) in files {
        let added = text(blob).and_then(|text| ratings(text, film_ratings));
        added.map_err(|row| LogError::Damaged(Damage::new(key, row)))?;
    }
    Ok(())
}

/// Keeps each row once, and of different rows with one name the one that was accepted first; by
/// time, viewer and id. How many were of the latter.
pub(super) fn keep_first_accepted(rows: &mut Vec<Recorded>) -> usize {
    rows.sort_unstable_by(in_order_of_acceptance);
    rows.dedup();
    let distinct = rows.len();
    rows.dedup_by(|later, first| named(later) == named(first));
    let conflicts = distinct - rows.len();
    rows.sort_by(|a, b| (a.interaction.at, named(a)).cmp(&(b.interaction.at, named(b))));
    conflicts
}

/// Hands over the files of each day below `prefix`, day by day.
async fn each_day(
    blobs: &impl Blobs,
    prefix: &str,
    mut day_read: impl FnMut(&[(String, Blob)]) -> Result<(), LogError>,
) -> Result<(), LogError> {
    let mut seen: BTreeSet<Day> = BTreeSet::new();
    loop {
        let mut days = days::list(blobs, prefix).await?;
        days.retain(|day, _| !seen.contains(day));
        if days.is_empty() {
            return Ok(());
        }
        for (day, segments) in days {
            day_read(&files_of_day(blobs, prefix, &day, &segments).await?)?;
            seen.insert(day);
        }
        // Once more: a list made while a compaction was at work may lack a whole day, where its
        // segments were gone already and its file was not there yet.
    }
}

/// Hands over the files of all days with interactions, one after the other; a file may be handed over
/// that holds what segments before it held. Each step of the progress is a day.
pub(super) async fn each_file<E: From<BlobError>>(
    blobs: &impl Blobs,
    progress: &dyn Progress,
    mut file: impl FnMut(&str, &Blob) -> Result<(), E>,
) -> Result<(), E> {
    let mut seen: BTreeSet<Day> = BTreeSet::new();
    loop {
        // As `each_day` does, and for the same reasons, but without holding a day.
        let mut days = days::list(blobs, "").await?;
        days.retain(|day, _| !seen.contains(day));
        if days.is_empty() {
            return Ok(());
        }
        progress.stage("reading the log", days.len() as u64);
        for (day, segments) in days {
            for keys in segments.chunks(AT_ONCE) {
                let read = join_all(keys.iter().map(|key| blobs.get(key))).await;
                for (key, blob) in keys.iter().zip(read) {
                    if let Some(blob) = blob? {
                        file(key, &blob)?;
                    }
                }
            }
            let key = days::compacted("", &day);
            if let Some(blob) = blobs.get(&key).await? {
                file(&key, &blob)?;
            }
            seen.insert(day);
            progress.advance(1);
        }
    }
}

/// The files of a day: those of its segments that are still there, and behind them its compacted
/// file, in which the rows of the others are.
pub(super) async fn files_of_day(
    blobs: &impl Blobs,
    prefix: &str,
    day: &Day,
    segments: &[String],
) -> Result<Vec<(String, Blob)>, LogError> {
    let mut files = Vec::new();
    for keys in segments.chunks(AT_ONCE) {
        let read = join_all(keys.iter().map(|key| blobs.get(key))).await;
        for (key, blob) in keys.iter().zip(read) {
            files.extend(blob?.map(|blob| (key.clone(), blob)));
        }
    }
    let key = days::compacted(prefix, day);
    files.extend(blobs.get(&key).await?.map(|blob| (key, blob)));
    Ok(files)
}

pub(super) fn interactions(
    text: &str,
    rows: &mut Vec<Recorded>,
    forgotten: &mut Forgotten,
) -> Result<(), BadRow> {
    for row in log::rows(text)? {
        match row? {
            LogRow::Interaction(recorded) => rows.push(recorded),
            LogRow::Forgotten { viewer, until } => forgotten.add(viewer, until),
        }
    }
    Ok(())
}

fn ratings(text: &str, ratings: &mut Vec<FilmRating>) -> Result<(), BadRow> {
    for rating in log::film_rows(text)? {
        ratings.push(rating?);
    }
    Ok(())
}

/// What names a row.
pub(super) fn named(row: &Recorded) -> (&str, &str) {
    (row.interaction.viewer.as_str(), row.interaction.id.as_str())
}

fn film_named(rating: &FilmRating) -> (&str, &str) {
    (&rating.title, rating.id.as_str())
}

/// By name; of one name the row first that was accepted first. Rows that were accepted at once and
/// differ have an order, too, so that the same one counts whatever the order they are read in.
fn in_order_of_acceptance(a: &Recorded, b: &Recorded) -> Ordering {
    named(a)
        .cmp(&named(b))
        .then(a.accepted.cmp(&b.accepted))
        .then_with(|| {
            if a == b {
                return Ordering::Equal;
            }
            line(a).cmp(&line(b))
        })
}

fn line(row: &Recorded) -> String {
    let mut text = String::new();
    LogRow::Interaction(row.clone()).write(&mut text);
    text
}

fn films(a: &FilmRating, b: &FilmRating) -> Ordering {
    let by_text = || log::film_segment([a]).cmp(&log::film_segment([b]));
    a.accepted.cmp(&b.accepted).then_with(by_text)
}
