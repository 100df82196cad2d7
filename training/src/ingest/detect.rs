//! Which layout a catalogue has: by its header, or by its name where the layout has no header.

use std::fs;
use std::path::{Path, PathBuf};

use super::table::{Table, read_error};
use super::{Format, ImportError, sample};

/// Catalogues that a data set's folder may hold.
const KNOWN_FILES: [&str; 5] = [
    "movies.csv",
    "movies_metadata.csv",
    "tmdb_5000_movies.csv",
    "movies.dat",
    "u.item",
];

/// How many names of a folder an error repeats.
const NAMES_SHOWN: usize = 20;

/// A catalogue that was found.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) format: Format,
    /// The list of films.
    pub(super) file: PathBuf,
    /// The data set's folder, when the folder was named and not the file: only then are the files
    /// beside the list read too.
    pub(super) folder: Option<PathBuf>,
}

/// Finds the catalogue that `path`, a file or a folder, means.
pub(super) fn detect(path: &Path) -> Result<Source, ImportError> {
    let metadata = fs::metadata(path).map_err(|e| read_error(path, e))?;
    let (file, folder) = if metadata.is_dir() {
        (catalogue_in(path)?, Some(path.to_owned()))
    } else {
        (path.to_owned(), None)
    };
    Ok(Source {
        format: format_of(&file)?,
        file,
        folder,
    })
}

/// The layout of the catalogue that `path` means; nothing where no catalogue is there.
pub(super) fn recognise(path: &Path) -> Result<Option<Format>, ImportError> {
    match detect(path) {
        Ok(source) => Ok(Some(source.format)),
        Err(ImportError::NoKnownFile { .. } | ImportError::UnknownLayout { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn catalogue_in(folder: &Path) -> Result<PathBuf, ImportError> {
    let mut known: Vec<String> = Vec::new();
    for name in KNOWN_FILES {
        if folder.join(name).is_file() {
            known.push(name.to_owned());
        }
    }
    match known.as_slice() {
        [one] => return Ok(folder.join(one)),
        [] => {}
        _ => {
            return Err(ImportError::AmbiguousFolder {
                path: folder.to_owned(),
                found: known,
            });
        }
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| read_error(folder, e))? {
        let name = entry.map_err(|e| read_error(folder, e))?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    names.sort();
    let is_csv = |name: &&String| Path::new(name).extension().is_some_and(|e| e == "csv");
    let tables: Vec<&String> = names.iter().filter(is_csv).collect();
    if let [only] = tables.as_slice() {
        return Ok(folder.join(only));
    }
    names.truncate(NAMES_SHOWN);
    Err(ImportError::NoKnownFile {
        path: folder.to_owned(),
        looked_for: KNOWN_FILES.map(str::to_owned).to_vec(),
        found: names,
    })
}

fn format_of(file: &Path) -> Result<Format, ImportError> {
    let name = file.file_name().unwrap_or_default();
    if name.eq_ignore_ascii_case("movies.dat") {
        return Ok(Format::MovieLensDat);
    }
    if name.eq_ignore_ascii_case("u.item") {
        return Ok(Format::MovieLens100k);
    }
    let table = Table::open(file)?;
    if table.header() == sample::HEADER {
        return Ok(Format::Sample);
    }
    let has = |column: &str| table.column(&[column]).is_some();
    let tmdb = [
        "original_language",
        "overview",
        "release_date",
        "vote_average",
        "vote_count",
    ];
    if has("belongs_to_collection") {
        Ok(Format::KaggleMoviesMetadata)
    } else if tmdb.into_iter().filter(|column| has(column)).count() >= 2 {
        let is_5000 = ["homepage", "keywords", "tagline"].into_iter().all(has)
            && !has("adult")
            && !has("imdb_id");
        Ok(if is_5000 {
            Format::Tmdb5000
        } else {
            Format::TmdbCsv
        })
    } else if has("movieId") {
        Ok(Format::MovieLensCsv)
    } else if has("prominence") || has("plot") {
        Err(not_the_sample(file, &table))
    } else {
        Err(ImportError::UnknownLayout {
            path: file.to_owned(),
            found: table.found(),
        })
    }
}

/// Our own layout is strict: the columns, all of them, in their order.
fn not_the_sample(file: &Path, table: &Table) -> ImportError {
    let missing = sample::HEADER
        .into_iter()
        .filter(|name| table.column(&[name]).is_none());
    ImportError::Columns {
        path: file.to_owned(),
        layout: "the Matinee sample",
        expected: sample::HEADER.map(str::to_owned).to_vec(),
        missing: missing.map(str::to_owned).collect(),
        found: table.found(),
    }
}
