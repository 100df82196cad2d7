//! The function as Lambda calls it.

use std::error::Error as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Diagnostic, LambdaEvent};
use matinee::ports::DirectoryBlobs;
use matinee::recommend::Personal;
use matinee::taste::Millis;
use matinee_aws::settings::{ModelsAt, TrainAt};
use matinee_aws::{Clients, ModelStore, Pace, S3Blobs};
use matinee_training::batch::BatchError;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{Answer, Ask, Exported, Stepped, TrainError, Trainer};

/// An event as it came.
pub type RawEvent = Box<RawValue>;

/// What the function is in AWS.
pub type Deployed = Trainer<ModelStore, S3Blobs, S3Blobs, S3Blobs>;

/// What it answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answered {
    /// Of a training.
    Trained(Box<Answer>),
    /// Of a step of lists for all viewers.
    Stepped(Box<Stepped>),
    /// Of an export.
    Exported(Box<Exported>),
}

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
        items: S3Blobs::through(&clients, &at.bucket, at.items),
        log: S3Blobs::through(&clients, at.bucket.clone(), at.log),
        data: S3Blobs::through(&clients, at.bucket, String::new()),
        work: WORK.into(),
        dense_films: at.dense_films,
        memory: at.memory,
    }
}

/// Answers an invocation; `personal` is how films are chosen for viewers.
///
/// # Errors
/// [`TrainError`], as Lambda tells it.
pub async fn handle(
    trainer: &Deployed,
    personal: Personal,
    event: LambdaEvent<RawEvent>,
) -> Result<Answered, Diagnostic> {
    let LambdaEvent { payload, context } = event;
    let ask = Ask::read(payload.get())?;
    if let Some(step) = &ask.batch {
        let stepped = Box::pin(trainer.batch(step, personal, now())).await?;
        return Ok(Answered::Stepped(Box::new(stepped)));
    }
    if ask.export.is_some() {
        let exported = Box::pin(trainer.export(now())).await?;
        return Ok(Answered::Exported(Box::new(exported)));
    }
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
    Ok(Answered::Trained(Box::new(answer)))
}

/// The metrics of an answer.
pub fn counted(answer: &Answered) -> Vec<(&'static str, u64)> {
    match answer {
        Answered::Trained(answer) => vec![
            ("ModelMadeLive", u64::from(answer.live)),
            (
                "ModelHeldBack",
                u64::from(answer.made.is_some() && !answer.live),
            ),
        ],
        Answered::Stepped(_) | Answered::Exported(_) => Vec::new(),
    }
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
            TrainError::Data(_) => "DataUnavailable",
            TrainError::Disk { .. } | TrainError::Rows(_) => "DiskFull",
            TrainError::Renew(_) => "NotTrained",
            TrainError::Model(_) => "ModelUnavailable",
            TrainError::Batch(BatchError::Overtaken { .. }) => "Overtaken",
            TrainError::Spread(_)
            | TrainError::Batch(_)
            | TrainError::Incomplete { .. }
            | TrainError::NoRows { .. } => "NotListed",
            TrainError::Import(_) | TrainError::Export(_) => "NotExported",
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
