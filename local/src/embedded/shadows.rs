//! Where the shadows of things are kept.
//!
//! A file of its own, as another kind of sync is wanted: a change outlives the program as soon as it is
//! committed, which takes microseconds, so that it can be told at once; whoever needs it to outlive a
//! power cut, too, waits for [`EmbeddedShadows::sync`].

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use matinee::ports::StoreError;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::EmbeddedError;
use super::error::Failure;
use super::schema::{self, Format};
use super::writer::Writer;

/// How long the version of a shadow that was deleted is remembered, in seconds: 48 hours, as AWS IoT
/// does.
const REMEMBERED: i64 = 48 * 60 * 60;

const FORMAT: Format = Format {
    file: "shadows.db",
    version: 1,
    // "Mtsh" as a number.
    application: 0x4d74_7368,
    tables: "
CREATE TABLE shadows (
    thing TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, changed INTEGER NOT NULL,
    document TEXT
) STRICT, WITHOUT ROWID;
",
    tidy,
    synced: false,
};

/// The shadows of a data folder.
#[derive(Debug)]
pub struct EmbeddedShadows {
    path: PathBuf,
    writer: Writer,
    /// What is committed and was not brought into the file proper lies here.
    journal: Arc<File>,
}

/// A thing's shadow, or that there was one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Counts up with every update.
    pub(crate) version: u64,
    /// When it was changed last, in seconds since 1970.
    pub(crate) changed: i64,
    /// The document as JSON; nothing once it was deleted.
    pub(crate) document: Option<String>,
}

impl EmbeddedShadows {
    /// Opens the file in a data folder, and makes both where they are missing.
    ///
    /// # Errors
    /// [`EmbeddedError`] when the file cannot be used and written.
    pub fn open(dir: &Path) -> Result<Self, EmbeddedError> {
        let (path, connection) = schema::open(dir, &FORMAT)?;
        let other = |source: std::io::Error| EmbeddedError::Other {
            path: path.clone(),
            source: source.into(),
        };
        let mut journal = path.clone().into_os_string();
        journal.push("-wal");
        let journal = OpenOptions::new().append(true).open(journal);
        let journal = Arc::new(journal.map_err(other)?);
        sync_names(dir).map_err(other)?;
        let writer = Writer::start(connection, "shadows-db").map_err(other)?;
        Ok(Self {
            path,
            writer,
            journal,
        })
    }

    /// Does `work` in a transaction, which outlives this program once this returns.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let outcome = self.writer.write(work).await;
        outcome.map_err(|failure| failure.of("write", "the shadows", &self.path))
    }

    /// Returns when everything that was changed before is on the disk.
    pub(crate) async fn sync(&self) -> Result<(), StoreError> {
        let journal = Arc::clone(&self.journal);
        let synced = tokio::task::spawn_blocking(move || journal.sync_data()).await;
        let failure = match synced {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => Failure::Io(Arc::new(error)),
            Err(_) => Failure::Closed,
        };
        Err(failure.of("write", "the shadows", &self.path))
    }
}

impl Row {
    /// A thing's row; none where it never had a shadow, or its version was forgotten.
    pub(crate) fn read(
        connection: &Connection,
        thing: &str,
        now: i64,
    ) -> rusqlite::Result<Option<Self>> {
        let mut select = connection
            .prepare_cached("SELECT version, changed, document FROM shadows WHERE thing = ?1")?;
        let row = select.query_row([thing], |row| {
            Ok(Self {
                version: row.get::<_, i64>(0)?.unsigned_abs(),
                changed: row.get(1)?,
                document: row.get(2)?,
            })
        });
        let is_known = |row: &Self| row.document.is_some() || row.changed > now - REMEMBERED;
        Ok(row.optional()?.filter(is_known))
    }

    /// Puts the row in the place of the one before.
    pub(crate) fn write(&self, connection: &Connection, thing: &str) -> rusqlite::Result<()> {
        let version = i64::try_from(self.version).unwrap_or(i64::MAX);
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO shadows (thing, version, changed, document) \
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![thing, version, self.changed, self.document])?;
        Ok(())
    }
}

/// Forgets the versions of what was deleted long ago.
fn tidy(connection: &Connection) -> rusqlite::Result<()> {
    let now = super::now().0 / 1000;
    connection.execute(
        "DELETE FROM shadows WHERE document IS NULL AND changed <= ?1",
        [now - REMEMBERED],
    )?;
    Ok(())
}

/// Makes sure that the new files are found after a power cut.
#[cfg(unix)]
fn sync_names(dir: &Path) -> std::io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(not(unix))]
fn sync_names(_: &Path) -> std::io::Result<()> {
    Ok(())
}
