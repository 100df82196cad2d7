//! What an import of interactions tells about itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use matinee::taste::{KindName, Recorded};
use serde::Serialize;

use super::InteractionFormat;
use crate::ingest::report::{Ledger, lossy};
use crate::ingest::{BadRow, FileRows, ImportError};

/// What was read and what was made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InteractionReport {
    /// The file or folder that was named.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// How it was read.
    pub format: InteractionFormat,
    /// Data rows read.
    pub rows: u64,
    /// Interactions made of them.
    pub interactions: u64,
    /// The interactions by kind; kinds without one are left out.
    pub kinds: BTreeMap<KindName, u64>,
    /// Rows that are no interaction because nothing was watched; these are not bad rows.
    pub unwatched: u64,
    /// Interactions whose watch was longer than the film and was cut to its length.
    pub clamped: u64,
    /// Rows skipped because something in them is wrong.
    pub bad_rows: u64,
    /// The first of the bad rows.
    pub bad_row_examples: Vec<BadRow>,
    /// The file that was read, with its rows.
    pub files: Vec<FileRows>,
}

/// Counts while rows are read.
#[derive(Debug, Default)]
pub(super) struct Tally {
    kinds: BTreeMap<KindName, u64>,
    pub(super) unwatched: u64,
    clamped: u64,
}

impl Tally {
    pub(super) fn count(&mut self, row: &Recorded) {
        *self.kinds.entry(row.interaction.kind.name()).or_default() += 1;
        self.clamped += u64::from(row.clamped);
    }
}

/// The report of an import of `path`, which read `file`.
pub(super) fn finish(
    path: &Path,
    file: &Path,
    format: InteractionFormat,
    tally: Tally,
    ledger: Ledger,
) -> Result<InteractionReport, ImportError> {
    let (files, bad_row_examples) = ledger.files();
    let rows = files.iter().map(|file| file.rows).sum();
    let bad_rows = files.iter().map(|file| file.bad_rows).sum();
    let interactions = tally.kinds.values().sum();
    if interactions == 0 {
        return Err(ImportError::NoInteractions {
            path: file.to_owned(),
            format,
            rows,
            bad_rows,
            examples: bad_row_examples,
        });
    }
    Ok(InteractionReport {
        path: path.to_owned(),
        format,
        rows,
        interactions,
        kinds: tally.kinds,
        unwatched: tally.unwatched,
        clamped: tally.clamped,
        bad_rows,
        bad_row_examples,
        files,
    })
}
