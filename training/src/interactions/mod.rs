//! Reading what viewers did from the data sets of the field: watch logs, interactions in Amazon
//! Personalize's schema, `MovieLens` ratings, lists of items by user.
//!
//! The layout is told by the header, or by the file's name where there is none. What is wrong with
//! a row is counted and reported with file, line and reason, and the row is skipped, exactly as in
//! catalogues ([`crate::ingest`]).

mod format;
mod movielens;
mod personalize;
mod report;
mod row;
#[cfg(test)]
mod tests;
mod user_lists;
mod watch_log;

use std::path::Path;

use matinee::taste::{Millis, Recorded, Scale, WATCHED_FRACTION};

use crate::ingest::ImportError;
use crate::ingest::report::Ledger;

pub use format::InteractionFormat;
pub use report::InteractionReport;
pub(crate) use row::movie as movie_id;
pub use user_lists::{Names, UserListReport, UserLists, read_user_lists};

use report::Tally;

/// How a data set of interactions is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InteractionOptions {
    /// Skip bad rows however many they are; otherwise more than 1 % of the rows fail the import.
    pub lenient: bool,
    /// The share of a film's length from which it counts as watched, above 0 to 1.
    pub watched_fraction: f64,
    /// The scale of stars in data sets that do not say it; those of `MovieLens` have five.
    pub scale: Scale,
    /// The time now: nothing can have happened later, and it is when the rows are accepted.
    pub now: Millis,
}

impl InteractionOptions {
    /// The usual way, at this time.
    pub fn at(now: Millis) -> Self {
        Self {
            lenient: false,
            watched_fraction: WATCHED_FRACTION,
            scale: Scale::Five,
            now,
        }
    }
}

/// Interactions that were read.
#[derive(Clone, Debug)]
pub struct ImportedInteractions {
    /// In the order of their rows. The ids are derived: rows that say the same have the same.
    pub interactions: Vec<Recorded>,
    /// What was read and what was left out.
    pub report: InteractionReport,
}

/// Reads the interactions at `path`, a file or the folder of an unpacked `MovieLens` set, into
/// memory.
///
/// # Errors
/// As [`for_each`].
pub fn import(
    path: &Path,
    options: &InteractionOptions,
) -> Result<ImportedInteractions, ImportError> {
    let mut interactions = Vec::new();
    let report = for_each(path, options, |row| interactions.push(row))?;
    Ok(ImportedInteractions {
        interactions,
        report,
    })
}

/// Hands over the interactions at `path` one after the other, in the order of their rows. Memory
/// is that of one row.
///
/// # Errors
/// [`ImportError`]: nothing there, no known layout, not UTF-8, no interaction, or too many bad
/// rows. That there are too many is known at the file's end, when the good ones were handed over.
pub fn for_each(
    path: &Path,
    options: &InteractionOptions,
    mut each: impl FnMut(Recorded),
) -> Result<InteractionReport, ImportError> {
    let (format, file) = format::detect(path)?;
    let mut import = Import {
        options,
        ledger: Ledger::new(options.lenient),
        tally: Tally::default(),
        each: &mut each,
    };
    import.ledger.open(&file);
    match format {
        InteractionFormat::WatchLog => watch_log::read(&file, &mut import)?,
        InteractionFormat::Personalize => personalize::read(&file, &mut import)?,
        InteractionFormat::MovieLensCsv => movielens::read_csv(&file, &mut import)?,
        InteractionFormat::MovieLensDat => movielens::read_lines(&file, "::", &mut import)?,
        InteractionFormat::MovieLens100k => movielens::read_lines(&file, "\t", &mut import)?,
    }
    import.ledger.close()?;
    report::finish(path, &file, format, import.tally, import.ledger)
}

/// The layout of the interactions at `path`, a file or the folder of an unpacked data set; nothing
/// where none are there.
///
/// # Errors
/// [`ImportError`]: it cannot be read, or several files of a folder could be meant.
pub fn recognise(path: &Path) -> Result<Option<InteractionFormat>, ImportError> {
    format::recognise(path)
}

/// An import under way.
struct Import<'a> {
    options: &'a InteractionOptions,
    ledger: Ledger,
    tally: Tally,
    each: &'a mut dyn FnMut(Recorded),
}

impl Import<'_> {
    /// Takes what a row was read as: an interaction, nothing because nothing was watched, or what
    /// is wrong with it.
    fn take(&mut self, line: u64, read: Result<Option<Recorded>, String>) {
        match read {
            Ok(Some(row)) => {
                self.tally.count(&row);
                (self.each)(row);
            }
            Ok(None) => self.tally.unwatched += 1,
            Err(reason) => self.ledger.bad(line, reason),
        }
    }
}
