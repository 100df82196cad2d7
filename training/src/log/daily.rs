//! The log day by day, for whoever cannot hold all of it at once.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use futures_util::future::join_all;
use matinee::ports::Blobs;
use matinee::taste::Recorded;

use super::days::{self, Day, Days};
use super::error::text;
use super::forgotten::{self, Forgotten};
use super::read::{self, named};
use super::{AT_ONCE, Damage, LogError};

/// Which days: from the first on, and before the second; all where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayRange {
    /// The first day.
    pub from: Option<Day>,
    /// The day behind the last one.
    pub until: Option<Day>,
}

impl DayRange {
    /// Whether a day is one of them.
    pub fn contains(&self, day: &Day) -> bool {
        self.from.as_ref().is_none_or(|from| from <= day)
            && self.until.as_ref().is_none_or(|until| day < until)
    }
}

/// What counts of the files of one day.
#[derive(Clone, Debug, PartialEq)]
pub struct DayRows {
    /// The day in UTC on which the rows reached the log.
    pub day: Day,
    /// Each interaction once, without those of forgotten viewers; by time, viewer and id.
    pub interactions: Vec<Recorded>,
    /// Rows left out because the same row is there already, on this day or the one before.
    pub repeats: u64,
    /// Rows left out because their viewer is forgotten.
    pub forgotten: u64,
    /// Rows left out because another one of this day with their id was accepted before.
    pub conflicts: u64,
}

/// Reads a log one day after the other, compacted or not, while others append to it or compact it.
///
/// Gives what [`read`](super::read()) gives, with one exception: repeats are recognised within a
/// day and on the day after it, not over the whole log. Rows are repeated where a batch is written
/// a second time, which comes hours later at most. What is given for a day depends on that day and
/// the one before it alone, and not on the days that are asked for.
///
/// Memory: the files of one day and their rows, eight bytes for each row of the day before, and the
/// forgotten viewers.
#[derive(Debug)]
pub struct Daily<'a, B> {
    blobs: &'a B,
    range: DayRange,
    /// Days to be read, with their segments; before the first of the range the one that precedes it.
    days: VecDeque<(Day, Vec<String>)>,
    /// Every day of the range.
    listed: BTreeSet<Day>,
    forgotten: Forgotten,
    /// Hashes of the names of the rows of the day before.
    before: HashSet<u64>,
}

impl<'a, B: Blobs> Daily<'a, B> {
    /// Looks which days there are, and who is forgotten.
    ///
    /// # Errors
    /// [`LogError`]: the store failed, or a file that tells who is forgotten is damaged.
    pub async fn open(blobs: &'a B, range: DayRange) -> Result<Self, LogError> {
        let mut days = days::list(blobs, "").await?;
        let forgotten = known_forgotten(blobs, &days).await?;
        let listed: BTreeSet<Day> = days
            .keys()
            .filter(|day| range.contains(day))
            .cloned()
            .collect();
        if let Some(first) = listed.first() {
            let preceding = days.range(..first).next_back().map(|(day, _)| day.clone());
            days.retain(|day, _| Some(day) == preceding.as_ref() || range.contains(day));
        } else {
            days.clear();
        }
        Ok(Self {
            blobs,
            range,
            days: days.into_iter().collect(),
            listed,
            forgotten,
            before: HashSet::new(),
        })
    }

    /// How many days there are in all.
    pub fn days(&self) -> usize {
        self.listed.len()
    }

    /// The next day, one without rows that count included; nothing behind the last one.
    ///
    /// # Errors
    /// [`LogError`]: the store failed, or a file of the day is damaged.
    pub async fn next(&mut self) -> Result<Option<DayRows>, LogError> {
        while let Some((day, segments)) = self.days.pop_front() {
            let rows = self.read(day, &segments).await?;
            if self.range.contains(&rows.day) {
                return Ok(Some(rows));
            }
        }
        Ok(None)
    }

    /// Whether what was given still holds: nobody was forgotten meanwhile, and no day came to light
    /// that was not listed at first. If not, the log is to be read again.
    ///
    /// # Errors
    /// As [`Daily::open`].
    pub async fn holds(&self) -> Result<bool, LogError> {
        let mut days = days::list(self.blobs, "").await?;
        let same = known_forgotten(self.blobs, &days).await? == self.forgotten;
        days.retain(|day, _| self.range.contains(day));
        Ok(same && days.keys().all(|day| self.listed.contains(day)))
    }

    async fn read(&mut self, day: Day, segments: &[String]) -> Result<DayRows, LogError> {
        let mut rows: Vec<Recorded> = Vec::new();
        for (key, blob) in read::files_of_day(self.blobs, "", &day, segments).await? {
            // Who is forgotten was gathered when the log was opened.
            let mut tombstones = Forgotten::default();
            let added =
                text(&blob).and_then(|text| read::interactions(text, &mut rows, &mut tombstones));
            added.map_err(|row| LogError::Damaged(Damage::new(&key, row)))?;
        }
        let read = rows.len();
        rows.retain(|row| !self.forgotten.covers(&row.interaction.viewer, row.accepted));
        let counting = rows.len();
        let conflicts = read::keep_first_accepted(&mut rows);
        let names: HashSet<u64> = rows.iter().map(hash_of_name).collect();
        rows.retain(|row| !self.before.contains(&hash_of_name(row)));
        self.before = names;
        Ok(DayRows {
            day,
            repeats: (counting - conflicts - rows.len()) as u64,
            forgotten: (read - counting) as u64,
            conflicts: conflicts as u64,
            interactions: rows,
        })
    }
}

/// Of two days with a hundred million rows each, two names share a hash with a probability of 1 to
/// 2,000.
fn hash_of_name(row: &Recorded) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(named(row))
}

/// Everybody who is forgotten, by the segments of all days and by `forgotten.tsv`, which is read
/// last: tombstones of segments that vanish meanwhile are in it.
async fn known_forgotten(blobs: &impl Blobs, days: &Days) -> Result<Forgotten, LogError> {
    let mut found = Forgotten::default();
    let keys: Vec<&String> = days.values().flatten().collect();
    for keys in keys.chunks(AT_ONCE) {
        let read = join_all(keys.iter().map(|key| blobs.get(key))).await;
        for (key, blob) in keys.iter().zip(read) {
            let Some(blob) = blob? else { continue };
            let gathered = text(&blob).and_then(|text| found.gather(text));
            gathered.map_err(|row| LogError::Damaged(Damage::new(key, row)))?;
        }
    }
    found.extend(forgotten::load(blobs).await?.0);
    Ok(found)
}
