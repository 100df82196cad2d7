//! The function as Lambda calls it.

use std::error::Error as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Diagnostic, LambdaEvent};
use matinee::ports::DirectoryBlobs;
use matinee::taste::Millis;
use matinee_aws::settings::{ModelsAt, TrainAt};
use matinee_aws::{Clients, ModelStore, Pace, S3Blobs};
use serde_json::value::RawValue;

use crate::{Answer, Ask, TrainError, Trainer};

/// An event as it came.
pub type RawEvent = Box<RawValue>;

/// What the function is in AWS.
pub type Deployed = Trainer<ModelStore, S3Blobs, S3Blobs>;

/// Where catalogues are copied to.
const WORK: &str = "/tmp/catalogues";

/// Time that is kept for writing what was trained.
const RESERVE: Duration = Duration::from_secs(20);

/// The function over AWS's services, none of which is called before the first event.
pub fn connect(at: TrainAt) -> Deployed {
    let clients = Clients::new(Pace::batch());
    let models = match at.models {
        ModelsAt::Bucket { bucket, prefix } => {
            ModelStore::S3(S3Blobs::through(&clients, bucket, prefix))
        }
        ModelsAt::Directory(folder) | ModelsAt::Sample(folder) => {
            ModelStore::Directory(DirectoryBlobs::new(folder))
        }
    };
    Trainer {
        models,
        catalogues: S3Blobs::through(&clients, &at.bucket, at.catalogues),
        log: S3Blobs::through(&clients, at.bucket, at.log),
        work: WORK.into(),
        dense_films: at.dense_films,
        memory: at.memory,
    }
}

/// Answers an invocation.
///
/// # Errors
/// [`TrainError`], as Lambda tells it.
pub async fn handle(
    trainer: &Deployed,
    event: LambdaEvent<RawEvent>,
) -> Result<Answer, Diagnostic> {
    let LambdaEvent { payload, context } = event;
    let ask = Ask::read(payload.get())?;
    let left = context.deadline().duration_since(SystemTime::now());
    let left = left.unwrap_or_default().saturating_sub(RESERVE);
    let answer = Box::pin(trainer.train(&ask, now(), Some(left))).await?;
    let version = answer.made.as_ref().map(|made| made.model_version.as_str());
    let (live, reason) = (answer.live, answer.reason.as_deref());
    if live {
        tracing::info!(modelVersion = version, reason, "a new model is live");
    } else {
        tracing::warn!(modelVersion = version, reason, "no new model is live");
    }
    Ok(answer)
}

/// The metrics of an answer.
pub fn counted(answer: &Answer) -> [(&'static str, u64); 2] {
    let made = answer.made.is_some();
    [
        ("ModelMadeLive", u64::from(answer.live)),
        ("ModelHeldBack", u64::from(made && !answer.live)),
    ]
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    Millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

impl From<TrainError> for Diagnostic {
    fn from(error: TrainError) -> Self {
        let kind = match error {
            TrainError::Event(_) => "UnexpectedEvent",
            TrainError::Catalogues(_) => "CataloguesUnavailable",
            TrainError::Disk { .. } => "DiskFull",
            TrainError::Renew(_) => "NotTrained",
        };
        let mut error_message = error.to_string();
        let mut below = error.source();
        while let Some(cause) = below {
            error_message.push_str(": ");
            error_message.push_str(&cause.to_string());
            below = cause.source();
        }
        Self {
            error_type: kind.to_owned(),
            error_message,
        }
    }
}
