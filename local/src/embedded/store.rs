//! One open file: a thread that writes, connections that read.

use std::path::{Path, PathBuf};

use matinee::ports::StoreError;
use rusqlite::Connection;

use super::readers::Readers;
use super::writer::Writer;
use super::{EmbeddedError, schema};

#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    readers: Readers,
    // Behind the readers: the connection that closes last tidies the file up.
    writer: Writer,
}

impl Store {
    pub(super) fn open(dir: &Path) -> Result<Self, EmbeddedError> {
        let (path, connection) = schema::open(dir, &schema::FEEDBACK)?;
        let writer =
            Writer::start(connection, "feedback-db").map_err(|source| EmbeddedError::Other {
                path: path.clone(),
                source: source.into(),
            })?;
        Ok(Self {
            readers: Readers::new(&path),
            writer,
            path,
        })
    }

    /// Does `work` in a transaction. Once this returns it is on the disk as a whole; where it
    /// fails, nothing of it is.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        action: &'static str,
        what: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let outcome = self.writer.write(work).await;
        outcome.map_err(|failure| failure.of(action, what, &self.path))
    }

    /// Reads what was written before.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let outcome = self.readers.read(work).await;
        outcome.map_err(|failure| failure.of("read", what, &self.path))
    }
}
