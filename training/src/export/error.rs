use std::io;
use std::path::PathBuf;

use matinee::ports::BlobError;

use crate::log::{LogError, ShardError, SpreadError};

/// Why training data could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log could not be read or spread.
    #[error(transparent)]
    Spread(#[from] SpreadError),
    /// The machine's disk refused rows that are put in order.
    #[error(transparent)]
    Disk(#[from] ShardError),
    /// The folder of a matrix failed.
    #[error("cannot write into {folder}")]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The folder or bucket that is exported to failed.
    #[error("cannot write the export")]
    Store(
        #[from]
        #[source]
        BlobError,
    ),
    /// Rows could not be put into CSV.
    #[error("cannot write CSV")]
    Csv(
        #[from]
        #[source]
        csv::Error,
    ),
    /// A schema could not be put into JSON.
    #[error("cannot write JSON")]
    Json(
        #[from]
        #[source]
        serde_json::Error,
    ),
    /// Rows could not be put into Parquet.
    #[cfg(feature = "parquet")]
    #[error("cannot write Parquet")]
    Parquet(
        #[from]
        #[source]
        ::parquet::errors::ParquetError,
    ),
    /// Viewers were forgotten all the time.
    #[error(
        "each time the days were written, the log had viewers to forget that it had not before: \
         export again in a while"
    )]
    Restless,
}
