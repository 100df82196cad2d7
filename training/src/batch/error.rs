use matinee::ports::BlobError;

use crate::log::{ShardError, SpreadError};

/// Why lists could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The log could not be read or spread.
    #[error(transparent)]
    Spread(#[from] SpreadError),
    /// The machine's disk refused.
    #[error(transparent)]
    Disk(#[from] ShardError),
    /// The folder or bucket of the lists failed.
    #[error("cannot write the lists")]
    Store(
        #[from]
        #[source]
        BlobError,
    ),
    /// A list could not be put into JSON.
    #[error("cannot write JSON")]
    Json(
        #[from]
        #[source]
        serde_json::Error,
    ),
    /// A later batch began or finished meanwhile.
    #[error("batch {run} was overtaken by another ({current}): let one run at a time")]
    Overtaken {
        /// This one.
        run: String,
        /// The one that goes on.
        current: String,
    },
    /// What a shard holds was not written by Matinee.
    #[error("shard {shard} is damaged: {reason}; make the batch anew")]
    Shard {
        /// Which.
        shard: usize,
        /// What was expected and what was found.
        reason: String,
    },
}
