//! Training data for other engines, from our log and a catalogue: in the schema of Amazon
//! Personalize, as Parquet in partitions by day, and as a sparse matrix.
//!
//! Each day of the log becomes one file, so that memory is that of one day, and an export of the
//! last days brings an older one up to date. A file is written whole or not at all; the same log
//! and catalogue give the same bytes.

mod error;
mod films;
mod matrix;
#[cfg(feature = "parquet")]
mod parquet;
mod personalize;
#[cfg(test)]
mod tests;
mod users;

use std::collections::BTreeSet;
use std::path::Path;

use bytes::Bytes;
use matinee::catalogue::Movie;
use matinee::ports::{Blobs, Expect};
use serde::Serialize;

use crate::Progress;
use crate::log::{Daily, Day, DayRange, DayRows, Shards};

pub use error::ExportError;
pub use matrix::{MatrixReport, matrix};
pub use personalize::{Dataset, datasets};
pub use users::Minimums;

use films::Films;

/// What batch inference jobs of Personalize are asked about: every film, every viewer.
const ITEM_INPUTS: &str = "inputs/items.jsonl";
const USER_INPUTS: &str = "inputs/users.jsonl";

/// How often an export is begun anew because viewers were forgotten meanwhile.
const ATTEMPTS: usize = 4;

/// Into how many files the rows are spread by viewer.
const SHARDS: usize = 64;

/// Below which the files of the days are.
const INTERACTIONS: &str = "interactions/";

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// `interactions/YYYY-MM-DD.csv`, `items.csv` and `users.csv` in the schemas of Amazon Personalize,
    /// with the schemas themselves in `schemas/`, and `inputs/items.jsonl` and `inputs/users.jsonl` for its
    /// batch inference jobs.
    Personalize,
    /// `interactions/dt=YYYY-MM-DD/part-0.parquet` and `items/part-0.parquet`, compressed with
    /// Snappy.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// What an export wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportReport {
    /// How it is written.
    pub format: ExportFormat,
    /// Days with interactions; each has a file.
    pub days: u64,
    /// Files of an older export that were removed: nothing of their days counts any more.
    pub days_removed: u64,
    /// Interactions in the files.
    pub interactions: u64,
    /// Those of them whose film is not in the catalogue; they keep the id they came with.
    pub unknown_films: u64,
    /// Films of the catalogue.
    pub films: u64,
    /// Rows left out because the same row was there already.
    pub repeats: u64,
    /// Rows left out because their viewer is forgotten.
    pub forgotten_rows: u64,
    /// Rows left out because another one with their id was accepted before.
    pub conflicts: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Whether there is enough for Personalize to learn from: in its format, of an export of all days.
    pub minimums: Option<Minimums>,
}

impl ExportReport {
    fn new(format: ExportFormat, films: usize) -> Self {
        Self {
            format,
            days: 0,
            days_removed: 0,
            interactions: 0,
            unknown_films: 0,
            films: films as u64,
            repeats: 0,
            forgotten_rows: 0,
            conflicts: 0,
            bytes: 0,
            minimums: None,
        }
    }
}

/// Writes the interactions of `range` and all films of the catalogue into `to`.
///
/// A day is the one on which interactions reached the log. Films go by their first id, also where
/// an interaction names another one of theirs. Files of days of the range that an older export
/// wrote, and of which nothing counts any more, are removed; days outside of the range stay.
///
/// `users.csv` is about all days: it is written, and [`ExportReport::minimums`] is known, where the range
/// leaves none out.
///
/// `work` is a folder of this machine with room for the log, which Personalize's format needs to see viewers
/// one after the other.
///
/// Memory: the files of one day, its rows and its file, eight bytes for each row of the day before,
/// the forgotten viewers, the films, and some 40 bytes a viewer for `users.csv`. Time: linear in the rows.
///
/// # Errors
/// [`ExportError`]. Files that were written until then are whole; the next export goes over them.
pub async fn export(
    log: &impl Blobs,
    movies: &[Movie],
    to: &impl Blobs,
    format: ExportFormat,
    range: &DayRange,
    work: &Path,
    progress: &dyn Progress,
) -> Result<ExportReport, ExportError> {
    let films = Films::new(movies);
    for _ in 0..ATTEMPTS {
        let mut run = Run {
            to,
            films: &films,
            report: ExportReport::new(format, movies.len()),
            viewers: None,
        };
        if format == ExportFormat::Personalize && *range == DayRange::default() {
            run.viewers = Some(Shards::create(work, SHARDS)?);
        }
        run.films(movies).await?;
        let mut daily = Daily::open(log, range.clone()).await?;
        progress.stage("exporting", daily.days() as u64);
        let mut written = BTreeSet::new();
        while let Some(rows) = daily.next().await? {
            progress.advance(1);
            if run.day(&rows).await? {
                written.insert(rows.day);
            }
        }
        run.users().await?;
        run.tidy(range, &written).await?;
        if daily.holds().await? {
            return Ok(run.report);
        }
    }
    Err(ExportError::Restless)
}

struct Run<'a, T> {
    to: &'a T,
    films: &'a Films<'a>,
    report: ExportReport,
    /// The interactions by viewer, where they are asked for.
    viewers: Option<Shards>,
}

impl<T: Blobs> Run<'_, T> {
    /// Writes what is there once.
    async fn films(&mut self, movies: &[Movie]) -> Result<(), ExportError> {
        match self.report.format {
            ExportFormat::Personalize => {
                for (key, schema) in personalize::schemas()? {
                    self.put(key, schema).await?;
                }
                self.put("items.csv", personalize::items(movies)?).await?;
                let ids = movies.iter().map(|movie| movie.id.as_str());
                self.put(ITEM_INPUTS, personalize::inputs("itemId", ids)?)
                    .await
            }
            #[cfg(feature = "parquet")]
            ExportFormat::Parquet => {
                let file = parquet::items(movies)?;
                self.put("items/part-0.parquet", file).await
            }
        }
    }

    /// Writes a day, unless nothing of it counts.
    async fn day(&mut self, rows: &DayRows) -> Result<bool, ExportError> {
        let report = &mut self.report;
        report.repeats += rows.repeats;
        report.forgotten_rows += rows.forgotten;
        report.conflicts += rows.conflicts;
        let interactions = &rows.interactions;
        if interactions.is_empty() {
            return Ok(false);
        }
        report.days += 1;
        report.interactions += interactions.len() as u64;
        let unknown = interactions
            .iter()
            .filter(|row| !self.films.has(&row.interaction.movie));
        report.unknown_films += unknown.count() as u64;
        let key = key(report.format, &rows.day);
        let file = match report.format {
            ExportFormat::Personalize => personalize::interactions(interactions, self.films)?,
            #[cfg(feature = "parquet")]
            ExportFormat::Parquet => parquet::interactions(interactions, self.films)?,
        };
        self.put(&key, file).await?;
        if let Some(viewers) = &mut self.viewers {
            for row in interactions {
                viewers.put(row)?;
            }
        }
        Ok(true)
    }

    /// Writes what there is about viewers, when all days are written.
    async fn users(&mut self) -> Result<(), ExportError> {
        let Some(mut viewers) = self.viewers.take() else {
            return Ok(());
        };
        viewers.flush()?;
        let all = users::users(&viewers, self.films, self.report.films)?;
        self.report.minimums = Some(all.minimums);
        self.put(USER_INPUTS, all.inputs).await?;
        self.put("users.csv", all.table).await
    }

    /// Removes files of an older export that say what does not count any more.
    async fn tidy(&mut self, range: &DayRange, written: &BTreeSet<Day>) -> Result<(), ExportError> {
        for key in self.to.list(INTERACTIONS).await? {
            let day = day_of(self.report.format, &key);
            if day.is_some_and(|day| range.contains(&day) && !written.contains(&day)) {
                self.to.delete(&key).await?;
                self.report.days_removed += 1;
            }
        }
        Ok(())
    }

    async fn put(&mut self, key: &str, file: Vec<u8>) -> Result<(), ExportError> {
        self.report.bytes += file.len() as u64;
        self.to
            .put(key, Bytes::from(file), Expect::Anything)
            .await?;
        Ok(())
    }
}

/// What the name of a day's file has before and behind the day.
fn around(format: ExportFormat) -> (&'static str, &'static str) {
    match format {
        ExportFormat::Personalize => ("", ".csv"),
        #[cfg(feature = "parquet")]
        ExportFormat::Parquet => ("dt=", "/part-0.parquet"),
    }
}

fn key(format: ExportFormat, day: &Day) -> String {
    let (before, behind) = around(format);
    format!("{INTERACTIONS}{before}{day}{behind}")
}

/// The day of a file that [`key`] has named.
fn day_of(format: ExportFormat, key: &str) -> Option<Day> {
    let (before, behind) = around(format);
    let name = key.strip_prefix(INTERACTIONS)?;
    let day = name.strip_prefix(before)?.strip_suffix(behind)?;
    day.parse().ok()
}

/// The names of a film's genres, separated by `|`.
fn genres(movie: &Movie) -> String {
    let names: Vec<&str> = movie.genres.iter().map(|genre| genre.name()).collect();
    names.join("|")
}
