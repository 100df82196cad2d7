//! What Personalize is told of viewers, and whether there is enough for it to learn from: of a log that
//! was spread over files by viewer.

use std::collections::{BTreeMap, HashSet};

use matinee::taste::{Recorded, Source, ViewerId};
use serde::Serialize;

use super::films::Films;
use super::personalize::{LIKED_STARS, USERS, event, is_trained_on, seconds};
use super::{ExportError, personalize};
use crate::log::{LogError, Shards, Tombstones, viewers_of};

/// The fewest different interactions that a model of Personalize is trained on, without those that it leaves
/// out by their kind or value.
const INTERACTIONS: u64 = 1_000;

/// The fewest viewers with two interactions or more.
const VIEWERS: u64 = 25;

/// The smallest part of all viewers that these must be, in percent.
const PERCENT: u64 = 1;

/// What Personalize wants of a data set before it trains, and what there is
/// (<https://docs.aws.amazon.com/personalize/latest/dg/limits.html>). Dislikes, skips and ratings of few
/// stars do not count: the recipes for viewers are not trained on them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Minimums {
    /// Different interactions of all kinds: rows of the same second that say the same are one.
    pub interactions: u64,
    /// Those of them that count.
    pub trained_on: u64,
    /// Viewers.
    pub viewers: u64,
    /// Viewers with two different interactions or more that count.
    pub viewers_with_two: u64,
    /// Films of the catalogue and of items that were put.
    pub films: u64,
    /// What is missing, in sentences; nothing where there is enough.
    pub missing: Vec<String>,
}

impl Minimums {
    fn count(&mut self, rows: &[Recorded], films: &Films<'_>) {
        let trained_on = |row: &&Recorded| is_trained_on(row.interaction.kind);
        let counting = different(rows.iter().filter(trained_on), films);
        self.interactions += different(rows.iter(), films);
        self.trained_on += counting;
        self.viewers += 1;
        self.viewers_with_two += u64::from(counting >= 2);
    }

    fn judge(&mut self) {
        let Self {
            interactions,
            trained_on,
            viewers,
            viewers_with_two: two,
            films,
            missing: _,
        } = *self;
        if films == 0 {
            let none = "films: no catalogue has one, and none was put as an item";
            self.missing.push(none.to_owned());
        }
        if trained_on < INTERACTIONS {
            self.missing.push(format!(
                "{} more interactions: it takes {INTERACTIONS} different ones, and there are \
                 {trained_on} (of {interactions}; dislikes, skips and ratings below {LIKED_STARS} stars do not \
                 count)",
                INTERACTIONS - trained_on
            ));
        }
        if two < VIEWERS {
            self.missing.push(format!(
                "{} more viewers with 2 interactions or more that count: it takes {VIEWERS}, and there \
                 are {two} (of {viewers} viewers)",
                VIEWERS - two
            ));
        }
        if two * 100 < viewers * PERCENT {
            self.missing.push(format!(
                "viewers with 2 interactions or more that count must be {PERCENT} % of all, and {two} of \
                 {viewers} are"
            ));
        }
    }
}

/// What is written of all viewers, shard by shard and in the order of their ids.
pub(super) struct Users {
    /// `users.csv`.
    pub(super) table: Vec<u8>,
    /// What a batch inference job is asked about.
    pub(super) inputs: Vec<u8>,
    /// What there is for Personalize to learn from.
    pub(super) minimums: Minimums,
}

/// Of `count_of_films` films. Memory: the rows of one shard and the files themselves.
pub(super) fn users(
    shards: &Shards,
    films: &Films<'_>,
    count_of_films: u64,
) -> Result<Users, ExportError> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(USERS)?;
    let mut inputs = Vec::new();
    let mut minimums = Minimums {
        films: count_of_films,
        ..Minimums::default()
    };
    let nobody = Tombstones::default();
    for shard in 0..shards.count() {
        let bytes = shards.bytes(shard)?;
        let viewers = viewers_of(&text(&bytes), &nobody).map_err(LogError::from)?;
        let ids = viewers.iter().map(|(viewer, _)| viewer.as_str());
        inputs.extend(personalize::inputs("userId", ids)?);
        for (viewer, rows) in &viewers {
            minimums.count(rows, films);
            user(&mut csv, viewer, rows)?;
        }
    }
    minimums.judge();
    Ok(Users {
        table: personalize::finished(csv)?,
        inputs,
        minimums,
    })
}

/// A shard was written by this program, in UTF-8.
fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// Interactions that differ in film, kind or second.
fn different<'a>(rows: impl Iterator<Item = &'a Recorded>, films: &Films<'_>) -> u64 {
    let of = |row: &Recorded| {
        let did = &row.interaction;
        (
            films.first_id(&did.movie).to_owned(),
            event(did.kind.name()),
            seconds(did.at),
        )
    };
    rows.map(of).collect::<HashSet<_>>().len() as u64
}

fn user(
    csv: &mut csv::Writer<Vec<u8>>,
    viewer: &ViewerId,
    rows: &[Recorded],
) -> Result<(), csv::Error> {
    let mut fronts: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        *fronts.entry(front(row.interaction.source)).or_default() += 1;
    }
    // Of equals the one first in the alphabet.
    let most = fronts.iter().rev().max_by_key(|(_, count)| **count);
    let first = rows.iter().map(|row| seconds(row.interaction.at)).min();
    csv.write_record([
        viewer.as_str(),
        most.map_or("", |(front, _)| front),
        &first.unwrap_or_default().to_string(),
    ])
}

fn front(source: Source) -> &'static str {
    source.as_str()
}
