//! Which days there are, and which segments each has.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use matinee::ports::{BlobError, Blobs};
use matinee::taste::Millis;
use serde::{Serialize, Serializer};

use super::COMPACTED;

/// A day in UTC, as `YYYY-MM-DD`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(String);

/// A string that is no day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a day such as 2026-01-31, found {0:?}")]
pub struct InvalidDay(String);

impl FromStr for Day {
    type Err = InvalidDay;

    fn from_str(text: &str) -> Result<Self, InvalidDay> {
        let known = Millis::parse(&format!("{text}T00:00:00Z"));
        if known.is_some_and(|moment| moment.day() == text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidDay(text.chars().take(64).collect()))
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// The segments of each day, in the order of their names. A day that has nothing but a compacted
/// file has none.
pub(super) type Days = BTreeMap<Day, Vec<String>>;

/// The days below `prefix`. What is not a file of a day is passed over.
pub(super) async fn list(blobs: &impl Blobs, prefix: &str) -> Result<Days, BlobError> {
    let mut days = Days::new();
    for key in blobs.list(&format!("{prefix}dt=")).await? {
        let Some((day, file)) = parts(&key, prefix) else {
            continue;
        };
        let segment = file != COMPACTED;
        let segments = days.entry(day).or_default();
        if segment {
            segments.push(key);
        }
    }
    Ok(days)
}

/// The key of a day's compacted file.
pub(super) fn compacted(prefix: &str, day: &Day) -> String {
    format!("{prefix}dt={day}/{COMPACTED}")
}

/// Day and file name of a key.
fn parts<'a>(key: &'a str, prefix: &str) -> Option<(Day, &'a str)> {
    let (day, file) = key
        .strip_prefix(prefix)?
        .strip_prefix("dt=")?
        .split_once('/')?;
    let plain = !file.contains('/') && file.strip_suffix(".tsv").is_some_and(|n| !n.is_empty());
    Some((day.parse().ok()?, file)).filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_of_the_calendar() {
        assert_eq!(
            "2024-02-29".parse::<Day>().unwrap().to_string(),
            "2024-02-29"
        );
        for bad in ["", "2026-02-29", "2026-1-1", "20260101", "2026-01-01T", "x"] {
            assert!(bad.parse::<Day>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_files_of_a_day_are_of_the_log() {
        let of = |key, prefix| parts(key, prefix).map(|(day, file)| (day.to_string(), file));
        let day = "2026-01-31".to_owned();
        assert_eq!(
            of("dt=2026-01-31/a-1-2.tsv", ""),
            Some((day.clone(), "a-1-2.tsv"))
        );
        assert_eq!(
            of("film-ratings/dt=2026-01-31/a-1-2.tsv", "film-ratings/"),
            Some((day, "a-1-2.tsv"))
        );
        for other in [
            "dt=2026-01-31/a-1-2.csv",
            "dt=2026-01-31/.tsv",
            "dt=2026-01-31/older/a-1-2.tsv",
            "dt=someday/a-1-2.tsv",
            "film-ratings/dt=2026-01-31/a-1-2.tsv",
            "forgotten.tsv",
        ] {
            assert_eq!(of(other, ""), None, "{other}");
        }
    }
}
