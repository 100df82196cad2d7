use std::io;
use std::path::PathBuf;

use super::{BadRow, Format};
use crate::interactions::InteractionFormat;

/// How many of the examples an error's text shows; the error holds them all.
const EXAMPLES_SHOWN: usize = 5;

/// Why a catalogue, or a data set of interactions, was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file system refused.
    #[error("cannot read {path}: check that it exists and that you may read it")]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
    /// Nothing but blank lines.
    #[error("{path} is empty: expected a header line with column names, then one row a line")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Readable, but no film in it.
    #[error(
        "{path} holds no film: expected at least one usable row in the layout of {format}, found \
         {rows} rows of which {bad_rows} are bad{}\ncheck that the file is whole",
        listed(.examples)
    )]
    NoFilms {
        /// The catalogue file.
        path: PathBuf,
        /// The layout it was read as.
        format: Format,
        /// Data rows in it.
        rows: u64,
        /// How many of them were bad.
        bad_rows: u64,
        /// Some of the bad rows.
        examples: Vec<BadRow>,
    },
    /// Readable, but nothing in it that a viewer did.
    #[error(
        "{path} holds no interaction: expected at least one usable row in the layout of {format}, \
         found {rows} rows of which {bad_rows} are bad{}\ncheck that the file is whole",
        listed(.examples)
    )]
    NoInteractions {
        /// The file.
        path: PathBuf,
        /// The layout it was read as.
        format: InteractionFormat,
        /// Data rows in it.
        rows: u64,
        /// How many of them were bad.
        bad_rows: u64,
        /// Some of the bad rows.
        examples: Vec<BadRow>,
    },
    /// Readable, but no film with its stars in it.
    #[error(
        "{path} holds no film rating: expected at least one usable row of \
         title,year,Director1,Genre1,Genre2,Genre3,stars; found {rows} rows of which {bad_rows} are \
         bad{}\ncheck that the file is whole",
        listed(.examples)
    )]
    NoFilmRatings {
        /// The file.
        path: PathBuf,
        /// Data rows in it.
        rows: u64,
        /// How many of them were bad.
        bad_rows: u64,
        /// Some of the bad rows.
        examples: Vec<BadRow>,
    },
    /// Readable, but no user in it has an item.
    #[error(
        "{path} holds no list: expected a line for each user, `user item item …`, separated by \
         blanks or tabs; found {lines} lines of which {bad_lines} are bad, and no item in the others"
    )]
    NoUserLists {
        /// The file.
        path: PathBuf,
        /// Lines that are not blank.
        lines: u64,
        /// How many of them were bad.
        bad_lines: u64,
    },
    /// A header that belongs to no known layout of interactions.
    #[error(
        "{path} has no known layout of interactions: found the columns {}; expected one of\n{}",
        .found.join(","),
        InteractionFormat::layouts()
    )]
    UnknownInteractions {
        /// The file.
        path: PathBuf,
        /// Its header.
        found: Vec<String>,
    },
    /// A folder without interactions, or with several files of them.
    #[error(
        "expected one file of interactions in the folder {path}, one of {}; found {}; name the \
         file itself",
        .looked_for.join(", "),
        or_nothing(.found)
    )]
    InteractionsFolder {
        /// The folder.
        path: PathBuf,
        /// File names that would have been recognised.
        looked_for: Vec<String>,
        /// Those of them that are there.
        found: Vec<String>,
    },
    /// Not UTF-8 from its first line on.
    #[error(
        "{path} is not UTF-8: expected UTF-8 text (a byte-order mark is allowed), found {found} \
         at byte offset {offset}; save it as UTF-8 and import it again"
    )]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// Where the first offending byte stands, counted from 0.
        offset: usize,
        /// What stands there instead, as far as one can tell.
        found: &'static str,
    },
    /// The first line cannot be a header.
    #[error(
        "the header of {path} cannot be read: {reason}; expected one line of column names \
         separated by commas"
    )]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A known layout, but not all of its columns.
    #[error(
        "{path} does not have the columns of {layout}: expected {}; {}found {}; restore the \
         header of that layout",
        .expected.join(","),
        missing_clause(.missing),
        .found.join(",")
    )]
    Columns {
        /// The file.
        path: PathBuf,
        /// The layout it looks like.
        layout: &'static str,
        /// The columns that must be there.
        expected: Vec<String>,
        /// Those of them that are not; empty when only their order is wrong.
        missing: Vec<String>,
        /// The file's header.
        found: Vec<String>,
    },
    /// A header that belongs to no known layout.
    #[error(
        "{path} has no known layout: found the columns {}; expected one of\n{}",
        .found.join(","),
        Format::layouts()
    )]
    UnknownLayout {
        /// The file.
        path: PathBuf,
        /// Its header.
        found: Vec<String>,
    },
    /// A folder without a catalogue.
    #[error(
        "no catalogue in the folder {path}: looked for {}, or a single .csv file; found {}; name \
         the catalogue's file itself, or the folder of an unpacked data set",
        .looked_for.join(", "),
        or_nothing(.found)
    )]
    NoKnownFile {
        /// The folder.
        path: PathBuf,
        /// File names that would have been recognised.
        looked_for: Vec<String>,
        /// Some of the names that are there.
        found: Vec<String>,
    },
    /// A folder with several catalogues.
    #[error(
        "more than one catalogue in the folder {path}: expected one, found {}; name the one you \
         mean instead of the folder",
        .found.join(", ")
    )]
    AmbiguousFolder {
        /// The folder.
        path: PathBuf,
        /// The catalogues in it.
        found: Vec<String>,
    },
    /// More than 1 % of a file's rows are bad.
    #[error(
        "{bad_rows} of {rows} rows of {path} are bad, at most 1 % may be{}\ncorrect them, or \
         import leniently (--lenient) to skip them",
        listed(.examples)
    )]
    TooManyBadRows {
        /// The file, the catalogue itself or one that was joined to it.
        path: PathBuf,
        /// Data rows in it.
        rows: u64,
        /// How many of them were bad.
        bad_rows: u64,
        /// Some of the bad rows.
        examples: Vec<BadRow>,
    },
    /// More films than a model can number.
    #[error(
        "{path} holds more than {limit} films, the most one model can hold: import a part of it"
    )]
    TooManyFilms {
        /// The catalogue file.
        path: PathBuf,
        /// The most films allowed.
        limit: usize,
    },
}

fn listed(examples: &[BadRow]) -> String {
    let shown = examples.iter().take(EXAMPLES_SHOWN);
    shown.fold(String::new(), |text, example| {
        format!("{text}\n  {example}")
    })
}

fn missing_clause(missing: &[String]) -> String {
    if missing.is_empty() {
        "in exactly this order, ".to_owned()
    } else {
        format!("missing {}; ", missing.join(","))
    }
}

fn or_nothing(names: &[String]) -> String {
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}
