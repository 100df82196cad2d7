use std::fmt;

use matinee::ports::{Blob, BlobError};
use matinee::taste::log::BadRow;
use serde::Serialize;

use super::CompactReport;

/// A file of the log that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// Which, below the log's prefix.
    pub key: String,
    /// The first line at fault, counted from 1.
    pub line: usize,
    /// What was expected and what was found.
    pub reason: String,
}

impl Damage {
    pub(super) fn new(key: &str, BadRow { line, reason }: BadRow) -> Self {
        Self {
            key: key.to_owned(),
            line,
            reason,
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, line, reason } = self;
        write!(f, "{key}, line {line}: {reason}")
    }
}

/// Why a log could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The store failed.
    #[error("cannot get at the log")]
    Store(
        #[from]
        #[source]
        BlobError,
    ),
    /// A file was not written by Matinee, or not left as it was.
    #[error("a file of the log is damaged: {0}; bring it back as it was, or move it away")]
    Damaged(Damage),
}

/// Of rows that were read before and kept on this machine.
impl From<BadRow> for LogError {
    fn from(row: BadRow) -> Self {
        Self::Damaged(Damage::new("a file of rows in order", row))
    }
}

/// Why a log could not be compacted, or not all of it. Every row is there nevertheless, and the
/// next compaction goes on from here.
#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    /// The log could not be read or written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Some days were left as they are.
    #[error(
        "{} of the log cannot be read: {}; nothing of their days was changed; bring them back as \
         they were, or move them away, and compact again",
        files(.0.damaged.len()),
        .0.damaged.iter().map(Damage::to_string).collect::<Vec<_>>().join("; ")
    )]
    Damaged(Box<CompactReport>),
    /// Others write the same file all the time.
    #[error("{key} is being written by somebody else: let one compaction run at a time")]
    Contended {
        /// Which file.
        key: String,
    },
    /// What was read back differs.
    #[error(
        "{key} was read back with other content than was written: the segments were kept; check \
         the store"
    )]
    NotAsWritten {
        /// Which file.
        key: String,
    },
}

impl From<BlobError> for CompactError {
    fn from(error: BlobError) -> Self {
        Self::Log(error.into())
    }
}

fn files(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        _ => format!("{count} files"),
    }
}

/// A blob's text.
pub(super) fn text(blob: &Blob) -> Result<&str, BadRow> {
    std::str::from_utf8(&blob.bytes).map_err(|error| {
        let before = &blob.bytes[..error.valid_up_to()];
        BadRow {
            line: before.split(|byte| *byte == b'\n').count(),
            reason: "expected UTF-8".to_owned(),
        }
    })
}
