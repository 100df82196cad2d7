//! What an import tells about itself, and the ledger that gathers it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use super::{Format, ImportError};

/// How many bad rows are kept as examples, over all files of an import.
pub const MAX_EXAMPLES: usize = 20;

/// A row that was skipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// The file it stands in.
    #[serde(serialize_with = "lossy")]
    pub file: PathBuf,
    /// The line on which the row starts, counted from 1 as an editor does.
    pub line: u64,
    /// What was expected and what was found.
    pub reason: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, reason } = self;
        write!(f, "{}:{line}: {reason}", file.display())
    }
}

/// The rows of one file that an import read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileRows {
    /// The file.
    #[serde(serialize_with = "lossy")]
    pub file: PathBuf,
    /// Data rows in it; a header is none, nor is a blank line.
    pub rows: u64,
    /// Those of them that were skipped.
    pub bad_rows: u64,
}

/// What an import read and what it made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// The file or folder that was named.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// How it was read.
    pub format: Format,
    /// Data rows read, over all [`files`](Self::files).
    pub rows: u64,
    /// Films imported.
    pub movies: u64,
    /// Rows skipped because something in them is wrong, over all files.
    pub bad_rows: u64,
    /// At most [`MAX_EXAMPLES`] of the bad rows, the first ones.
    pub bad_row_examples: Vec<BadRow>,
    /// Genre names that no [`Genre`](matinee::catalogue::Genre) answers to, and how often each
    /// stood in a row.
    pub unknown_genres: BTreeMap<String, u64>,
    /// Rows skipped because a film of the same id stood before them; these are not bad rows.
    pub duplicates: u64,
    /// The same counts file by file: the catalogue first, then what was joined to it.
    pub files: Vec<FileRows>,
}

/// Paths need not be UTF-8, JSON must be.
pub(crate) fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

/// Keeps count while files are read, one after the other.
#[derive(Debug)]
pub(crate) struct Ledger {
    lenient: bool,
    files: Vec<Page>,
    unknown_genres: BTreeMap<String, u64>,
}

/// One file's counts and its own examples: a later file's must not be crowded out by an earlier's.
#[derive(Debug)]
struct Page {
    counts: FileRows,
    examples: Vec<BadRow>,
}

impl Ledger {
    pub(crate) fn new(lenient: bool) -> Self {
        Self {
            lenient,
            files: Vec::new(),
            unknown_genres: BTreeMap::new(),
        }
    }

    /// Rows counted from here on are rows of `file`.
    pub(crate) fn open(&mut self, file: &Path) {
        self.files.push(Page {
            counts: FileRows {
                file: file.to_owned(),
                rows: 0,
                bad_rows: 0,
            },
            examples: Vec::new(),
        });
    }

    pub(crate) fn row(&mut self) {
        if let Some(page) = self.files.last_mut() {
            page.counts.rows += 1;
        }
    }

    pub(crate) fn bad(&mut self, line: u64, reason: String) {
        let Some(page) = self.files.last_mut() else {
            return;
        };
        page.counts.bad_rows += 1;
        if page.examples.len() < MAX_EXAMPLES {
            page.examples.push(BadRow {
                file: page.counts.file.clone(),
                line,
                reason,
            });
        }
    }

    pub(crate) fn unknown_genre(&mut self, name: String) {
        *self.unknown_genres.entry(name).or_default() += 1;
    }

    /// The current file is read. Each file is judged alone: millions of good ratings do not excuse
    /// a broken list of films.
    pub(crate) fn close(&self) -> Result<(), ImportError> {
        match self.files.last() {
            Some(Page { counts, examples })
                if !self.lenient && counts.bad_rows * 100 > counts.rows =>
            {
                Err(ImportError::TooManyBadRows {
                    path: counts.file.clone(),
                    rows: counts.rows,
                    bad_rows: counts.bad_rows,
                    examples: examples.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Nothing usable was found in `catalogue`, the first file.
    pub(crate) fn no_films(self, catalogue: PathBuf, format: Format) -> ImportError {
        let first = self.files.into_iter().next();
        let (rows, bad_rows, examples) = first.map_or((0, 0, Vec::new()), |page| {
            (page.counts.rows, page.counts.bad_rows, page.examples)
        });
        ImportError::NoFilms {
            path: catalogue,
            format,
            rows,
            bad_rows,
            examples,
        }
    }

    pub(crate) fn report(
        mut self,
        path: &Path,
        format: Format,
        movies: u64,
        duplicates: u64,
    ) -> ImportReport {
        let unknown_genres = std::mem::take(&mut self.unknown_genres);
        let (files, bad_row_examples) = self.files();
        ImportReport {
            path: path.to_owned(),
            format,
            rows: files.iter().map(|file| file.rows).sum(),
            movies,
            bad_rows: files.iter().map(|file| file.bad_rows).sum(),
            bad_row_examples,
            unknown_genres,
            duplicates,
            files,
        }
    }

    /// The counts of each file, and the first bad rows of all of them.
    pub(crate) fn files(self) -> (Vec<FileRows>, Vec<BadRow>) {
        let (files, examples): (Vec<FileRows>, Vec<Vec<BadRow>>) = self
            .files
            .into_iter()
            .map(|page| (page.counts, page.examples))
            .unzip();
        let examples = examples.into_iter().flatten().take(MAX_EXAMPLES).collect();
        (files, examples)
    }
}
