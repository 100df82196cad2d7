//! Matinee over AWS: models from S3, what viewers do in `DynamoDB` and SQS, hot swap, configuration
//! and telemetry of the functions.

#[cfg(all(feature = "lambda", not(panic = "unwind"), not(test)))]
compile_error!("a function answers its panics: build it with panic = \"unwind\"");

mod clients;
mod clock;
mod dynamo;
mod failure;
#[cfg(feature = "lambda")]
mod function;
mod iotdata;
mod personalize;
mod s3;
pub mod settings;
mod sqs;
mod store;

pub use clients::{Clients, Pace};
pub use clock::SystemClock;
pub use dynamo::{DynamoFilms, DynamoInteractions, DynamoRecommendations, DynamoViewers};
#[cfg(feature = "lambda")]
pub use function::{
    BareFunction, Counts, Function, ModelFunction, Models, serve, serve_bare, serve_model,
};
pub use iotdata::IotShadow;
pub use personalize::{PersonalizeRuntime, backend};
pub use s3::S3Blobs;
pub use settings::Settings;
pub use sqs::SqsQueue;
pub use store::ModelStore;
