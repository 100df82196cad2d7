//! Viewers by films as a sparse matrix, in the exchange format of NIST's Matrix Market
//! (<https://math.nist.gov/MatrixMarket/formats.html>), for libraries that factorize matrices.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use matinee::catalogue::Movie;
use matinee::model::MovieIndex;
use matinee::ports::Blobs;
use matinee::taste::{Recorded, film_signals};
use serde::Serialize;

use super::ExportError;
use super::films::Films;
use crate::Progress;
use crate::log::{LogError, Shards, spread, viewers_of};

/// The matrix, the names of its rows and of its columns.
const FILES: [&str; 3] = ["matrix.mtx", "users.txt", "items.txt"];

/// How the names of files end that are still being written.
const UNFINISHED: &str = ".tmp";

/// Viewers by films.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MatrixReport {
    /// Rows: viewers who did anything that counts. The n-th line of `users.txt` names row n.
    pub users: u64,
    /// Columns: the films of the catalogue, and behind them those that interactions name besides. The
    /// n-th line of `items.txt` names column n.
    pub items: u64,
    /// Entries that are not 0.
    pub entries: u64,
    /// Films that are not in the catalogue.
    pub unknown_films: u64,
}

/// Writes `matrix.mtx`, `users.txt` and `items.txt` of a whole log into a folder.
///
/// An entry is how much what the viewer did speaks for the film, from -1 to 1: the
/// [`signal`](matinee::taste::signal) of the newest opinion that was said, else the sum of the others.
/// Rows are written as they are made; each file gets its name when it is whole. The same log and catalogue
/// give the same bytes.
///
/// Memory: sixteen files of the log, one of `shards` shards, and the films. Time: linear in the rows.
///
/// # Errors
/// [`ExportError`]. Files of an older export are then as they were, or there is no `matrix.mtx`, which goes
/// first and comes last.
pub async fn matrix(
    log: &impl Blobs,
    movies: &[Movie],
    folder: &Path,
    work: &Path,
    shards: usize,
    progress: &dyn Progress,
) -> Result<MatrixReport, ExportError> {
    let mut spread_over = Shards::create(work, shards)?;
    let tombstones = spread(log, &mut spread_over, progress).await?;
    let failed = |source| ExportError::Folder {
        folder: folder.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(failed)?;
    let films = Films::new(movies);
    let mut columns = Columns::new(movies);
    let unfinished = |name: &str| folder.join(format!("{name}{UNFINISHED}"));
    let [matrix, users, items] = FILES.map(unfinished);
    let body = unfinished("entries");
    let mut entries = Entries::create(&body, &users).map_err(failed)?;
    progress.stage("writing the matrix", spread_over.count() as u64);
    for shard in 0..spread_over.count() {
        let bytes = spread_over.bytes(shard)?;
        let text = String::from_utf8_lossy(&bytes);
        for (viewer, rows) in viewers_of(&text, &tombstones).map_err(LogError::from)? {
            let row = columns.row(&rows, &films);
            entries.write(viewer.as_str(), &row).map_err(failed)?;
        }
        progress.advance(1);
    }
    let report = entries
        .finish(&matrix, &body, &columns)
        .and_then(|report| columns.write(&items).map(|()| report))
        .map_err(failed)?;
    // What names its rows and columns is replaced first: without a matrix nothing is named wrongly.
    remove(&folder.join(FILES[0])).map_err(failed)?;
    for (unfinished, name) in [(users, FILES[1]), (items, FILES[2]), (matrix, FILES[0])] {
        fs::rename(unfinished, folder.join(name)).map_err(failed)?;
    }
    fs::remove_file(body).map_err(failed)?;
    Ok(report)
}

/// Removes a file; one that is not there is no error.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The films by their columns.
struct Columns {
    /// Known ids, the first one of each film.
    names: Vec<String>,
    places: HashMap<String, u32>,
    known: usize,
}

impl Columns {
    fn new(movies: &[Movie]) -> Self {
        let mut columns = Self {
            names: Vec::new(),
            places: HashMap::new(),
            known: movies.len(),
        };
        for movie in movies {
            columns.place(movie.id.as_str());
        }
        columns.known = columns.names.len();
        columns
    }

    fn place(&mut self, id: &str) -> u32 {
        if let Some(place) = self.places.get(id) {
            return *place;
        }
        let place = self.names.len() as u32;
        self.names.push(id.to_owned());
        self.places.insert(id.to_owned(), place);
        place
    }

    /// A viewer's entries by columns, from their rows, newest first.
    fn row(&mut self, rows: &[Recorded], films: &Films<'_>) -> Vec<(u32, f64)> {
        let done = rows.iter().map(|row| {
            let id = films.first_id(&row.interaction.movie);
            (MovieIndex(self.place(id)), row.interaction.kind)
        });
        let mut entries: Vec<(u32, f64)> = film_signals(done)
            .into_iter()
            .filter(|(_, signal)| *signal != 0.0)
            .map(|(film, signal)| (film.0, signal))
            .collect();
        entries.sort_unstable_by_key(|(column, _)| *column);
        entries
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        for name in &self.names {
            writeln!(file, "{name}")?;
        }
        file.flush()
    }
}

/// The entries on their way into a file: how many there are stands before them and is known last.
struct Entries {
    body: BufWriter<File>,
    users: BufWriter<File>,
    rows: u64,
    count: u64,
}

impl Entries {
    fn create(body: &PathBuf, users: &PathBuf) -> io::Result<Self> {
        Ok(Self {
            body: BufWriter::new(File::create(body)?),
            users: BufWriter::new(File::create(users)?),
            rows: 0,
            count: 0,
        })
    }

    fn write(&mut self, viewer: &str, row: &[(u32, f64)]) -> io::Result<()> {
        self.rows += 1;
        self.count += row.len() as u64;
        writeln!(self.users, "{viewer}")?;
        for (column, value) in row {
            // Rounded, so that sums of tenths look like it.
            let value = (value * 1e6).round() / 1e6;
            writeln!(self.body, "{} {} {value}", self.rows, column + 1)?;
        }
        Ok(())
    }

    fn finish(mut self, matrix: &Path, body: &Path, columns: &Columns) -> io::Result<MatrixReport> {
        self.body.flush()?;
        self.users.flush()?;
        let report = MatrixReport {
            users: self.rows,
            items: columns.names.len() as u64,
            entries: self.count,
            unknown_films: (columns.names.len() - columns.known) as u64,
        };
        let mut file = BufWriter::new(File::create(matrix)?);
        writeln!(file, "%%MatrixMarket matrix coordinate real general")?;
        writeln!(
            file,
            "% row n: line n of users.txt; column n: line n of items.txt"
        )?;
        writeln!(file, "{} {} {}", report.users, report.items, report.entries)?;
        io::copy(&mut File::open(body)?, &mut file)?;
        file.flush()?;
        Ok(report)
    }
}
