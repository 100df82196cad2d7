//! What can be wrong with the file, and what a failed call is told.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use matinee::ports::{BlobError, StoreCause, StoreError};
use rusqlite::ErrorCode;

/// Why a data folder's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// There is no such folder, and none can be made.
    #[error("cannot make the data folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A later version of this program wrote it.
    #[error(
        "{} was written by a newer Matinee: its format is {found}, this one knows {known}. Use \
         the newer one, or another data folder", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that is known here.
        known: i64,
    },
    /// It is a database of something else.
    #[error(
        "{} is a database, but none of Matinee's: move it away, or use another data folder",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Its content is broken.
    #[error(
        "{} is damaged ({detail}): put a copy from before in its place, or move it away and a new \
         one is made", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where and how.
        detail: String,
    },
    /// Somebody else holds it.
    #[error(
        "{} is locked: another program that has it open does not let go of it", path.display()
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// It can be read at best.
    #[error(
        "{} cannot be written: check the rights of the file and its folder, or use another data \
         folder", path.display()
    )]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// There is no room for it.
    #[error("the disk that holds {} is full", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Anything else.
    #[error("cannot open {}", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What the database or the system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl EmbeddedError {
    pub(super) fn opening(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged {
                path,
                detail: error.to_string(),
            },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::ReadOnly { path }
            }
            Some(ErrorCode::DiskFull) => Self::Full { path },
            _ => Self::Other {
                path,
                source: error.into(),
            },
        }
    }
}

/// Why rows could not be brought to the log. They stay where they are.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log.
    #[error("cannot write to the log")]
    Log(#[from] BlobError),
}

/// Why a call of the database failed, for everyone whose work was in it.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Failure {
    /// What the database said.
    #[error("{0}")]
    Sqlite(Arc<rusqlite::Error>),
    /// What the system said.
    #[error("{0}")]
    Io(Arc<std::io::Error>),
    /// The thread that does the work is no more.
    #[error("the database was closed")]
    Closed,
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Arc::new(error))
    }
}

impl Failure {
    fn cause(&self) -> StoreCause {
        let code = match self {
            Self::Sqlite(error) => error.sqlite_error_code(),
            Self::Io(_) => Some(ErrorCode::SystemIoFailure),
            Self::Closed => None,
        };
        match code {
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure,
            ) => StoreCause::Unavailable,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                StoreCause::AccessDenied
            }
            _ => StoreCause::Other,
        }
    }

    /// As the ports tell it.
    pub(super) fn of(self, action: &'static str, what: &str, path: &Path) -> StoreError {
        StoreError {
            action,
            what: format!("{what} in {}", path.display()),
            cause: self.cause(),
            source: Box::new(self),
        }
    }
}
