//! Matinee over AWS: models from S3, hot swap, configuration and telemetry of the functions.

#[cfg(all(feature = "lambda", not(panic = "unwind"), not(test)))]
compile_error!("a function answers its panics: build it with panic = \"unwind\"");

mod clock;
#[cfg(feature = "lambda")]
mod function;
mod s3;
pub mod settings;
mod store;

pub use clock::SystemClock;
#[cfg(feature = "lambda")]
pub use function::{Function, Models, serve};
pub use s3::{Pace, S3Blobs};
pub use settings::Settings;
pub use store::ModelStore;
