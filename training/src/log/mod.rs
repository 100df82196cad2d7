//! The log in bulk: putting a day's segments together, and reading all that counts.
//!
//! Keys are relative to the store that is given, which is one at the log's prefix. Below it lie
//! the segments that are written once ([`matinee::taste::log`]), `compacted.tsv` in the folder of
//! each day, and `forgotten.tsv`, which keeps for good until when each viewer is forgotten.
//!
//! Three rules keep every row, whatever is appended, compacted or killed at the same time:
//!
//! * A segment is removed only when a day's file with its rows in it has been read back.
//! * Who reads a day reads its segments first and its compacted file behind them: the rows of a
//!   segment that has vanished meanwhile are then in the file. In the same way `forgotten.tsv` is
//!   read last.
//! * Compaction leaves out nothing but what can never count again: rows that are there already, to
//!   the last character, and rows of forgotten viewers. Of different rows with one id the first to
//!   be accepted counts, but all stay: the news that a viewer was forgotten in between may come late,
//!   and then it is the other one that counts.

mod compact;
mod daily;
mod days;
mod error;
mod forgotten;
mod lines;
mod read;
mod shards;
#[cfg(test)]
mod tests;

pub use compact::{CompactReport, CompactSettings, compact};
pub use daily::{Daily, DayRange, DayRows};
pub use days::Day;
pub use error::{CompactError, Damage, LogError};
pub use read::{Log, each_film_rating, read};
pub use shards::{ShardError, Shards, SpreadError, Tombstones, spread, viewers_of};

/// The name of a day's compacted file. Segments have dashes in their names.
const COMPACTED: &str = "compacted.tsv";

/// Which viewers are forgotten, and until when.
const FORGOTTEN: &str = "forgotten.tsv";

/// How many blobs are asked for at the same time.
const AT_ONCE: usize = 16;
