//! From catalogues to a model: reading the formats the field uses, computing similarity, writing
//! the sections.

pub mod ingest;
mod progress;
pub mod similarity;
pub mod sparse;
pub mod tfidf;
mod train;

pub use progress::{NoProgress, Progress};
pub use train::{TrainError, TrainSettings, train};
