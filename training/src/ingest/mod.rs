//! Reading catalogues in the layouts the field publishes them in, and joining them.
//!
//! A catalogue is told by its header, or by its file name where its layout has no header; never by
//! what its rows look like. What is wrong with a row is counted and reported with file, line and
//! reason, and the row is skipped.

mod credits;
mod detect;
mod error;
pub(crate) mod fields;
mod films;
mod format;
mod join;
mod literal;
mod movielens;
mod movielens_old;
mod records;
pub(crate) mod report;
mod sample;
pub(crate) mod table;
mod tags;
mod title;
mod tmdb;

#[cfg(test)]
mod tests;

use std::path::Path;

use matinee::catalogue::Movie;

use detect::Source;
use films::Films;
use report::Ledger;

pub use error::ImportError;
pub use format::Format;
pub use join::join;
pub use report::{BadRow, FileRows, ImportReport, MAX_EXAMPLES};

/// The most films a catalogue may have; a model numbers its films in 24 bits.
pub const MAX_FILMS: usize = 1 << 24;

/// How an import treats what is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Skip bad rows however many they are; otherwise more than 1 % of a file's rows fail the
    /// import.
    pub lenient: bool,
}

/// A catalogue that was read.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Its films in the order of their rows. Ids and aliases are distinct over all of them.
    pub movies: Vec<Movie>,
    /// What was read and what was left out.
    pub report: ImportReport,
}

/// Reads the catalogue at `path`: a file, or the folder of an unpacked data set.
///
/// From a folder the files beside the list of films are read too: credits, keywords, links,
/// ratings, tags. Two files are also read where their list was named itself, because nothing else
/// can be meant: `tmdb_5000_credits.csv` and `u.genre`.
///
/// The first row of an id counts. Of an alias that two films claim, the first keeps it. Memory is
/// that of the films and of one row; a row longer than 1 MiB is a bad row. With MovieLens tags it is
/// that of the tags too.
///
/// # Errors
/// [`ImportError`]: nothing there, no known layout, not UTF-8, no film, or too many bad rows.
pub fn import(path: &Path, options: &ImportOptions) -> Result<Imported, ImportError> {
    let source = detect::detect(path)?;
    let mut ledger = Ledger::new(options.lenient);
    let films = read(&source, &mut ledger)?;
    let Source { format, file, .. } = source;
    if films.movies.is_empty() {
        return Err(ledger.no_films(file, format));
    }
    let duplicates = films.duplicates;
    let mut movies = films.movies;
    join::keep_distinct(&mut movies);
    if format != Format::Sample {
        films::prominence_by_votes(&mut movies);
    }
    let report = ledger.report(path, format, movies.len() as u64, duplicates);
    Ok(Imported { movies, report })
}

/// The layout of the catalogue at `path`, a file or the folder of an unpacked data set; nothing
/// where no catalogue is there.
///
/// # Errors
/// [`ImportError`]: it cannot be read, or what is there looks like a catalogue and is none.
pub fn recognise(path: &Path) -> Result<Option<Format>, ImportError> {
    detect::recognise(path)
}

fn read(source: &Source, ledger: &mut Ledger) -> Result<Films, ImportError> {
    let Source { format, file, .. } = source;
    let folder = source.folder.as_deref();
    match format {
        Format::Sample => sample::read(file, ledger),
        Format::TmdbCsv => tmdb::read(file, format.name(), ledger),
        Format::KaggleMoviesMetadata => {
            let mut films = tmdb::read(file, format.name(), ledger)?;
            let beside = |name| {
                folder
                    .map(|folder| folder.join(name))
                    .filter(|file| file.is_file())
            };
            if let Some(keywords) = beside("keywords.csv") {
                credits::join_keywords(&keywords, &mut films, ledger)?;
            }
            if let Some(file) = beside("credits.csv") {
                credits::join_credits(&file, &mut films, ledger)?;
            }
            Ok(films)
        }
        Format::Tmdb5000 => {
            let mut films = tmdb::read(file, format.name(), ledger)?;
            let credits = file.with_file_name("tmdb_5000_credits.csv");
            if credits.is_file() {
                credits::join_credits(&credits, &mut films, ledger)?;
            }
            Ok(films)
        }
        Format::MovieLensCsv => movielens::read(file, folder, ledger),
        Format::MovieLensDat => movielens_old::read_dat(file, folder, ledger),
        Format::MovieLens100k => movielens_old::read_100k(file, folder, ledger),
    }
}
