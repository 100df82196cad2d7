//! Which layout a data set of interactions has.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::ingest::ImportError;
use crate::ingest::table::{Table, read_error};

/// A layout in which interactions are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum InteractionFormat {
    /// A raw log of who watched what for how long.
    #[serde(rename = "watch_log")]
    WatchLog,
    /// CSV in the interactions schema of Amazon Personalize.
    #[serde(rename = "personalize")]
    Personalize,
    /// Ratings of MovieLens latest, latest-small, 20m, 25m, 32m.
    #[serde(rename = "movielens_csv")]
    MovieLensCsv,
    /// Ratings of MovieLens 1m and 10m.
    #[serde(rename = "movielens_dat")]
    MovieLensDat,
    /// Ratings of MovieLens 100k.
    #[serde(rename = "movielens_100k")]
    MovieLens100k,
}

/// Files of interactions that a data set's folder may hold.
const KNOWN_FILES: [&str; 3] = ["ratings.csv", "ratings.dat", "u.data"];

impl InteractionFormat {
    /// Every format.
    pub const ALL: [Self; 5] = [
        Self::WatchLog,
        Self::Personalize,
        Self::MovieLensCsv,
        Self::MovieLensDat,
        Self::MovieLens100k,
    ];

    /// The name shown to people.
    pub fn name(self) -> &'static str {
        match self {
            Self::WatchLog => "watch log",
            Self::Personalize => "Personalize interactions",
            Self::MovieLensCsv => "MovieLens ratings.csv",
            Self::MovieLensDat => "MovieLens ratings.dat",
            Self::MovieLens100k => "MovieLens 100k",
        }
    }

    /// How a file of this format is recognised: the columns it must have, or its name.
    pub fn recognised_by(self) -> &'static str {
        match self {
            Self::WatchLog => "columns USER_ID,ITEM_ID,video_duration,duration_watched,TIMESTAMP",
            Self::Personalize => "columns USER_ID,ITEM_ID,TIMESTAMP",
            Self::MovieLensCsv => "columns userId,movieId,rating,timestamp",
            Self::MovieLensDat => "a file named ratings.dat",
            Self::MovieLens100k => "a file named u.data",
        }
    }

    /// Every format and how it is recognised, one a line.
    pub(crate) fn layouts() -> String {
        let lines = Self::ALL.map(|format| format!("  {format}: {}", format.recognised_by()));
        lines.join("\n")
    }
}

impl fmt::Display for InteractionFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Finds the file that `path`, a file or a folder, means, and its layout.
pub(super) fn detect(path: &Path) -> Result<(InteractionFormat, PathBuf), ImportError> {
    let metadata = fs::metadata(path).map_err(|e| read_error(path, e))?;
    let file = if metadata.is_dir() {
        file_in(path)?
    } else {
        path.to_owned()
    };
    Ok((format_of(&file)?, file))
}

/// The layout of the interactions that `path` means; nothing where none are there.
pub(super) fn recognise(path: &Path) -> Result<Option<InteractionFormat>, ImportError> {
    match detect(path) {
        Ok((format, _)) => Ok(Some(format)),
        Err(ImportError::UnknownInteractions { .. }) => Ok(None),
        Err(ImportError::InteractionsFolder { found, .. }) if found.is_empty() => Ok(None),
        Err(error) => Err(error),
    }
}

fn file_in(folder: &Path) -> Result<PathBuf, ImportError> {
    let known = KNOWN_FILES.map(|name| folder.join(name));
    let found: Vec<&PathBuf> = known.iter().filter(|file| file.is_file()).collect();
    if let [only] = found.as_slice() {
        return Ok((*only).clone());
    }
    let names = found.into_iter().filter_map(|file| file.file_name());
    Err(ImportError::InteractionsFolder {
        path: folder.to_owned(),
        looked_for: KNOWN_FILES.map(str::to_owned).to_vec(),
        found: names.map(|n| n.to_string_lossy().into_owned()).collect(),
    })
}

fn format_of(file: &Path) -> Result<InteractionFormat, ImportError> {
    let name = file.file_name().unwrap_or_default();
    if name.eq_ignore_ascii_case("ratings.dat") {
        return Ok(InteractionFormat::MovieLensDat);
    }
    if name.eq_ignore_ascii_case("u.data") {
        return Ok(InteractionFormat::MovieLens100k);
    }
    let table = Table::open(file)?;
    let has = |column: &str| table.column(&[column]).is_some();
    // Half of a layout's columns are enough to tell it: what is missing is then named.
    if has("video_duration") || has("duration_watched") {
        Ok(InteractionFormat::WatchLog)
    } else if has("movieId") && (has("userId") || has("rating")) {
        Ok(InteractionFormat::MovieLensCsv)
    } else if has("USER_ID") || has("ITEM_ID") && has("TIMESTAMP") {
        Ok(InteractionFormat::Personalize)
    } else {
        Err(ImportError::UnknownInteractions {
            path: file.to_owned(),
            found: table.found(),
        })
    }
}
