//! Every viewer's list at once, in the format in which batch inference jobs of Amazon Personalize write
//! theirs: a JSON object a line,
//! `{"input":{"userId":…},"output":{"recommendedItems":[…],"scores":[…]},"error":null}`
//! (<https://docs.aws.amazon.com/personalize/latest/dg/batch-inference-job-output-examples.html>).
//!
//! A list is the one that is served to the viewer at the same moment, from the same log: it is made by
//! [`for_you`] of the same history. The log is first spread over files by viewer
//! ([`crate::log::spread`]), then one shard after the other becomes one part of the output, so that memory
//! does not grow with the number of viewers. The parts of a batch may be made on one machine ([`batch`]) or
//! on several ([`part`]).

mod error;
mod output;
#[cfg(test)]
mod tests;

use std::path::Path;

use matinee::model::Model;
use matinee::ports::{Blobs, Expect};
use matinee::recommend::{Filters, ForYouQuery, MAX_LIMIT, Personal, for_you};
use matinee::taste::{History, MAX_HISTORY, Millis, Recorded, ViewerId};
use rayon::prelude::*;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::Progress;
use crate::log::{Shards, Tombstones, spread, viewers_of};

pub use error::BatchError;
pub use output::{BatchReport, MANIFEST, Part, finish, part_key, run_id};

/// How many films a list has where nothing else is asked for: as many as Personalize gives.
pub const RESULTS: usize = 25;

/// The most films of a list, which is Personalize's, too.
pub const MAX_RESULTS: usize = 500;

/// Into how many files a log is spread where nothing else is asked for: of a hundred thousand viewers one
/// has four hundred.
pub const SHARDS: usize = 256;

/// The most: each is an open file while the log is spread, of which a process has a thousand by custom.
pub const MAX_SHARDS: usize = 500;

/// A shard's text is made into rows so many bytes at a time, which take some four times as much: more
/// viewers then make a part longer, and not its rows more.
const ROWS_AT_ONCE: usize = 1 << 20;

/// How many shards are at work at once, for each processor: more even out that some take longer.
const AT_ONCE: usize = 4;

/// How lists are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ListSettings {
    /// Films of a list, 1 to [`MAX_RESULTS`]; fewer where there are no more.
    pub results: usize,
    /// The moment of the lists: what was accepted later does not count.
    pub as_of: Millis,
    /// How films are chosen.
    pub personal: Personal,
}

/// Writes the lists of all viewers of a log into `to`, with as many processors as rayon's pool has.
///
/// `work` is a folder of this machine with room for the log; `shards` is into how many parts it is spread.
/// A part is written whole or not at all, into the folder of this batch. The manifest is replaced last: all
/// parts that it names are there and of one batch. Parts of a batch before are then removed; where this one
/// breaks off, that one stays.
///
/// Memory: the model, sixteen files of the log, and for each processor at most the text, rows of a megabyte
/// of it, and the lists of four shards.
/// Time: linear in the rows of the log, and what [`for_you`] takes for each viewer.
///
/// # Errors
/// [`BatchError`].
pub async fn batch(
    log: &impl Blobs,
    model: &Model,
    to: &impl Blobs,
    work: &Path,
    shards: usize,
    settings: &ListSettings,
    progress: &dyn Progress,
) -> Result<BatchReport, BatchError> {
    let mut spread_over = Shards::create(work, shards)?;
    let tombstones = spread(log, &mut spread_over, progress).await?;
    let shards: Vec<usize> = (0..spread_over.count()).collect();
    progress.stage("making lists", shards.len() as u64);
    let mut parts = Vec::new();
    for shards in shards.chunks(AT_ONCE * rayon::current_num_threads()) {
        let made: Result<Vec<_>, BatchError> = shards
            .par_iter()
            .map(|shard| {
                let rows = spread_over.bytes(*shard)?;
                let made = part(*shard, &rows, &tombstones, model, settings);
                progress.advance(1);
                made
            })
            .collect();
        for (part, lines) in made?.into_iter().flatten() {
            // Nobody else's: two batches of one millisecond are not mixed.
            to.put(&part.key, lines.into(), Expect::Absent).await?;
            parts.push(part);
        }
    }
    let report = BatchReport::of(model.version(), settings, parts);
    finish(to, &report).await?;
    Ok(report)
}

/// The part of a batch that a shard becomes, and its lines; nothing where nobody is in it. `rows` is the
/// shard's file. All processors of rayon's pool work at it.
///
/// Memory: rows of a megabyte, the place of each line of the file, and the lists.
/// Time: linear in the rows, and what [`for_you`] takes for each viewer.
///
/// # Errors
/// [`BatchError`] where that is no segment of the log.
pub fn part(
    shard: usize,
    rows: &[u8],
    tombstones: &Tombstones,
    model: &Model,
    settings: &ListSettings,
) -> Result<Option<(Part, Vec<u8>)>, BatchError> {
    let damaged = |reason: String| BatchError::Shard { shard, reason };
    let text = std::str::from_utf8(rows).map_err(|error| damaged(error.to_string()))?;
    let (mut listed, mut interactions) = (0, 0);
    let mut lines = Vec::new();
    for some in split(text, text.len() / ROWS_AT_ONCE + 1) {
        let viewers =
            viewers_of(&some.concat(), tombstones).map_err(|row| damaged(row.to_string()))?;
        listed += viewers.len() as u64;
        interactions += viewers
            .iter()
            .map(|(_, rows)| rows.len() as u64)
            .sum::<u64>();
        let made: Result<Vec<_>, BatchError> = viewers
            .par_iter()
            .map(|(viewer, rows)| line(viewer, rows, model, settings))
            .collect();
        lines.extend(made?.into_iter().flatten());
    }
    if listed == 0 {
        return Ok(None);
    }
    let part = Part {
        key: part_key(settings.as_of, shard),
        viewers: listed,
        interactions,
        bytes: lines.len() as u64,
    };
    Ok(Some((part, lines)))
}

/// The lines of a segment as those of so many segments, by viewer: each has the header.
fn split(text: &str, count: usize) -> Vec<Vec<&str>> {
    let mut lines = text.split_inclusive('\n');
    let header = lines.next().unwrap_or_default();
    let mut split = vec![vec![header]; count];
    for line in lines {
        let viewer = line.split('\t').next().unwrap_or_default();
        // Other bits than those that have put them into one shard.
        let hash = xxh3_64_with_seed(viewer.as_bytes(), 1);
        split[(hash % count as u64) as usize].push(line);
    }
    split
}

/// The line of a viewer who did this, newest first.
fn line(
    viewer: &ViewerId,
    rows: &[Recorded],
    model: &Model,
    settings: &ListSettings,
) -> Result<Vec<u8>, BatchError> {
    let list = List::of(viewer, rows, model, settings);
    let mut line = serde_json::to_vec(&list.line(model))?;
    line.push(b'\n');
    Ok(line)
}

/// A viewer's list.
struct List<'a> {
    viewer: &'a ViewerId,
    films: Vec<(matinee::model::MovieIndex, f32)>,
}

impl<'a> List<'a> {
    /// The list that is served to a viewer who did this, newest first.
    fn of(viewer: &'a ViewerId, rows: &[Recorded], model: &Model, settings: &ListSettings) -> Self {
        let ListSettings {
            results,
            as_of,
            personal,
        } = settings;
        let newest = &rows[..rows.len().min(MAX_HISTORY)];
        let history = History::of(newest, &model.catalogue, *as_of, &personal.taste);
        let query = ForYouQuery {
            viewer: Some(viewer),
            history: &history,
            as_of: *as_of,
            filters: &Filters::default(),
            settings: &personal.list,
        };
        let mut films = Vec::with_capacity(*results);
        let mut next = Some(0);
        while let Some(offset) = next.filter(|_| films.len() < *results) {
            let limit = MAX_LIMIT.min(*results - films.len());
            let page = for_you(model, &query, offset, limit);
            let given = page.recommendations.iter();
            films.extend(given.map(|given| (given.movie, given.score)));
            next = page.next;
        }
        Self { viewer, films }
    }

    fn line<'b>(&'b self, model: &'b Model) -> Line<'b> {
        let ids = self.films.iter();
        Line {
            input: Input {
                user_id: self.viewer.as_str(),
            },
            output: Output {
                recommended_items: ids
                    .map(|(movie, _)| model.catalogue.get(*movie).id())
                    .collect(),
                scores: self.films.iter().map(|(_, score)| *score).collect(),
            },
            error: None,
        }
    }
}

/// A line of the output, in the words of Personalize.
#[derive(Serialize)]
struct Line<'a> {
    input: Input<'a>,
    output: Output<'a>,
    /// Nothing can go wrong with one viewer that does not with all.
    error: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Input<'a> {
    user_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output<'a> {
    recommended_items: Vec<&'a str>,
    scores: Vec<f32>,
}
