//! The file: its tables, its version, and how it is opened.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};

use super::{EmbeddedError, letters, served, viewers};

/// The file's name in the data folder.
pub const FILE: &str = "feedback.db";

/// One of the files in the data folder.
#[derive(Debug)]
pub(super) struct Format {
    /// Its name.
    pub(super) file: &'static str,
    /// Its format; a change that older programs cannot read counts it up.
    pub(super) version: i64,
    /// Tells the file from other databases.
    pub(super) application: i64,
    /// Makes its tables.
    pub(super) tables: &'static str,
    /// Brings it up to date when it is opened.
    pub(super) tidy: fn(&Connection) -> rusqlite::Result<()>,
    /// Whether whatever was committed is on the disk.
    pub(super) synced: bool,
}

/// What viewers do.
pub(super) const FEEDBACK: Format = Format {
    file: FILE,
    version: 1,
    // "Mtin" as a number.
    application: 0x4d74_696e,
    tables: SCHEMA,
    tidy,
    synced: true,
};

fn tidy(connection: &Connection) -> rusqlite::Result<()> {
    letters::tidy(connection)?;
    served::tidy(connection)?;
    viewers::tidy(connection)
}

/// How long another process's writing is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the file may be locked while it is opened.
const OPENING: Duration = Duration::from_secs(5);

/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 32;

/// The tables. A viewer's interactions lie side by side in the order in which they happened, so
/// that reading them is one walk; their ids have an index of their own. Segments of the log are
/// named after `seq`, so numbers are never used twice, nor are those of messages.
const SCHEMA: &str = "
CREATE TABLE interactions (
    viewer TEXT NOT NULL, at INTEGER NOT NULL, id TEXT NOT NULL,
    movie TEXT NOT NULL, kind TEXT NOT NULL,
    seconds REAL, duration REAL, stars REAL, scale INTEGER,
    source TEXT NOT NULL, recommendation TEXT,
    accepted INTEGER NOT NULL, clamped INTEGER NOT NULL, undated INTEGER NOT NULL,
    PRIMARY KEY (viewer, at, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX interactions_by_id ON interactions (viewer, id);
CREATE TABLE viewers (
    viewer TEXT NOT NULL PRIMARY KEY, until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE films (
    title TEXT NOT NULL, id TEXT NOT NULL, year INTEGER NOT NULL, Director1 TEXT NOT NULL,
    Genre1 TEXT NOT NULL, Genre2 TEXT NOT NULL, Genre3 TEXT NOT NULL, stars REAL NOT NULL,
    thing TEXT NOT NULL, accepted INTEGER NOT NULL,
    PRIMARY KEY (title, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, viewer TEXT,
    accepted INTEGER NOT NULL, line TEXT NOT NULL
) STRICT;
CREATE TABLE queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT, visible_at INTEGER NOT NULL,
    receives INTEGER NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX queue_by_visible ON queue (visible_at, id);
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT, visible_at INTEGER NOT NULL,
    receives INTEGER NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX dead_letters_by_visible ON dead_letters (visible_at, id);
";

/// Makes the folder and the file where they are missing, checks both, and gives the connection to
/// write through.
pub(super) fn open(dir: &Path, format: &Format) -> Result<(PathBuf, Connection), EmbeddedError> {
    fs::create_dir_all(dir).map_err(|source| EmbeddedError::Folder {
        path: dir.to_owned(),
        source,
    })?;
    let path = dir.join(format.file);
    make(&path)?;
    let begin = Instant::now();
    loop {
        // Changing a new file's journal is the one step at which SQLite does not wait by itself.
        match prepare(&path, format) {
            Err(EmbeddedError::Locked { .. }) if begin.elapsed() < OPENING => {
                thread::sleep(Duration::from_millis(20));
            }
            outcome => return outcome.map(|connection| (path, connection)),
        }
    }
}

/// Makes the file where there is none, for its owner's eyes alone: `SQLite` would let everybody read
/// it, and gives the files beside it the rights of this one.
#[cfg(unix)]
fn make(path: &Path) -> Result<(), EmbeddedError> {
    use std::io::ErrorKind;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = fs::OpenOptions::new();
    let made = options.write(true).create_new(true).mode(0o600).open(path);
    let path = path.to_owned();
    match made.map_err(|error| (error.kind(), error)) {
        Ok(_) | Err((ErrorKind::AlreadyExists, _)) => Ok(()),
        Err((ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem, _)) => {
            Err(EmbeddedError::ReadOnly { path })
        }
        Err((ErrorKind::StorageFull, _)) => Err(EmbeddedError::Full { path }),
        Err((_, source)) => Err(EmbeddedError::Other {
            path,
            source: source.into(),
        }),
    }
}

#[cfg(not(unix))]
fn make(_: &Path) -> Result<(), EmbeddedError> {
    Ok(())
}

/// Another connection to a file that was opened before.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open(path)?;
    settle(&connection, true)?;
    connection.busy_handler(Some(wait))?;
    Ok(connection)
}

fn prepare(path: &Path, format: &Format) -> Result<Connection, EmbeddedError> {
    let failed = |error| EmbeddedError::opening(path, error);
    let mut connection = Connection::open(path).map_err(failed)?;
    connection
        .busy_timeout(Duration::from_millis(200))
        .map_err(failed)?;
    check_version(path, &connection, format)?;
    settle(&connection, format.synced).map_err(failed)?;
    check_content(path, &connection)?;
    write_version(&mut connection, format).map_err(failed)?;
    connection.busy_handler(Some(wait)).map_err(failed)?;
    Ok(connection)
}

fn settle(connection: &Connection, synced: bool) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = if synced { "FULL" } else { "NORMAL" };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -16_384)
}

/// Waits for another process a millisecond at a time: `SQLite`'s own pauses grow, and with them a
/// process that writes without a break would keep the others out.
fn wait(tries: i32) -> bool {
    thread::sleep(Duration::from_millis(1));
    u128::try_from(tries).is_ok_and(|tries| tries < PATIENCE.as_millis())
}

/// Refuses what is not ours to write. Changes nothing.
fn check_version(
    path: &Path,
    connection: &Connection,
    format: &Format,
) -> Result<(), EmbeddedError> {
    let failed = |error| EmbeddedError::opening(path, error);
    let number = |query| connection.query_row(query, [], |row| row.get::<_, i64>(0));
    let version = number("PRAGMA user_version").map_err(failed)?;
    let application = number("PRAGMA application_id").map_err(failed)?;
    let tables = number("SELECT count(*) FROM sqlite_schema").map_err(failed)?;
    let path = || path.to_owned();
    match (application, version) {
        (0, 0) if tables == 0 => Ok(()),
        (application, version) if application != format.application || version < format.version => {
            Err(EmbeddedError::Foreign { path: path() })
        }
        (_, version) if version > format.version => Err(EmbeddedError::Newer {
            path: path(),
            found: version,
            known: format.version,
        }),
        _ => Ok(()),
    }
}

fn check_content(path: &Path, connection: &Connection) -> Result<(), EmbeddedError> {
    let found: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| EmbeddedError::opening(path, error))?;
    if found == "ok" {
        return Ok(());
    }
    Err(EmbeddedError::Damaged {
        path: path.to_owned(),
        detail: found.replace('\n', " "),
    })
}

/// Makes the tables of a new file, and tidies one up that was there. The version is written in any
/// case: what cannot be written is to be found out now.
fn write_version(connection: &mut Connection, format: &Format) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 0 {
        transaction.execute_batch(format.tables)?;
        transaction.pragma_update(None, "application_id", format.application)?;
    }
    (format.tidy)(&transaction)?;
    transaction.pragma_update(None, "user_version", format.version)?;
    transaction.commit()
}
