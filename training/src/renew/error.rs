use matinee::model::ModelError;

use crate::TrainError;
use crate::ingest::ImportError;
use crate::log::{CompactError, LogError};
use crate::weights::WeightsError;

/// Why a model was not made anew. The live one stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum RenewError {
    /// A catalogue or what viewers did could not be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log could not be compacted.
    #[error(transparent)]
    Compact(CompactError),
    /// Viewers were forgotten, or days appeared, each time the log was read.
    #[error("the log changes all the time: viewers were forgotten while it was read; try again")]
    Restless,
    /// Whoever ordered the model refuses what it would take.
    #[error("{0}")]
    Refused(String),
    /// No model could be trained.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The store of models failed, somebody else made another model live meanwhile, or what was
    /// written is not what was read back.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl From<WeightsError> for RenewError {
    fn from(error: WeightsError) -> Self {
        Self::Train(error.into())
    }
}
