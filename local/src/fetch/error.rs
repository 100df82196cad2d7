//! Why a data set is not there.

use std::io;
use std::path::{Path, PathBuf};

use super::{DataSet, Md5Sum};

/// Why a data set could not be fetched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// No answer, or one that broke off, also after several tries.
    #[error(
        "{url} cannot be reached: check the network, or name a mirror with --url; the same command \
         goes on with what was fetched so far"
    )]
    Unreachable {
        url: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Nothing to know an encrypted server by.
    #[error("{variable} names {}, which holds no certificate in PEM", path.display())]
    NoCertificates {
        variable: &'static str,
        path: PathBuf,
    },
    /// There is no such file.
    #[error(
        "{url} does not exist (404): expected the archive there; --url names the folder of the \
         archives or the archive itself"
    )]
    Missing { url: String },
    /// An answer that holds no file.
    #[error("{url} was refused with status {status}: expected 200")]
    Refused { url: String, status: u16 },
    /// The publisher states no checksum.
    #[error(
        "{url} does not exist: expected the archive's MD5 checksum there; --md5 HEX states it \
         instead"
    )]
    NoChecksum { url: String },
    /// A checksum file without a checksum.
    #[error("{url} holds no MD5 checksum: expected 32 hexadecimal digits, found {found:?}")]
    NotAChecksum { url: String, found: String },
    /// The archive is not what was published.
    #[error(
        "the archive from {url} has the MD5 checksum {found}, expected {expected}: it was removed; \
         try again, or another mirror with --url"
    )]
    Checksum {
        url: String,
        expected: Md5Sum,
        found: Md5Sum,
    },
    /// More than any of the data sets.
    #[error("the archive from {url} is larger than {limit} bytes: no data set known here is")]
    TooLarge { url: String, limit: u64 },
    /// Not a zip archive, or a broken one.
    #[error(
        "what came from {url} cannot be unpacked ({reason}): expected a whole zip archive; it was \
         removed"
    )]
    NotAnArchive { url: String, reason: String },
    /// An archive that wants more than to be unpacked.
    #[error("the archive from {url} is not unpacked: {reason}; it was removed")]
    Unsafe { url: String, reason: String },
    /// An archive of something else.
    #[error(
        "the archive from {url} is not {set}: expected a list of films and a file of ratings in \
         it; it was removed"
    )]
    NotTheSet { url: String, set: DataSet },
    /// A folder that somebody else made.
    #[error(
        "{} is there already and was not fetched: move it away, or name another folder with --out",
        path.display()
    )]
    Occupied { path: PathBuf },
    /// Another process fetches the same.
    #[error("{} is being written by another process: let that one finish", path.display())]
    Busy { path: PathBuf },
    /// There is no room.
    #[error(
        "the disk that holds {} is full: make room, or name a folder on another disk with --out; \
         the same command goes on with what was fetched so far", path.display()
    )]
    Full { path: PathBuf },
    /// The file system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl FetchError {
    pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            _ => Self::Io {
                action,
                path,
                source,
            },
        }
    }

    /// Whether the archive is at fault: unpacking it once more would end in the same way.
    pub(super) fn is_of_the_archive(&self) -> bool {
        matches!(
            self,
            Self::NotAnArchive { .. } | Self::Unsafe { .. } | Self::NotTheSet { .. }
        )
    }
}
