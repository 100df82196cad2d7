//! From catalogues and what viewers did to a model: reading the formats the field uses, keeping the
//! log in order, computing similarity, writing the sections, measuring how good models are.

pub mod batch;
mod chance;
pub mod evaluate;
pub mod export;
pub mod film_ratings;
pub mod ingest;
pub mod interactions;
pub mod items;
pub mod log;
mod memory;
pub mod personas;
pub mod preferences;
mod progress;
pub mod rating;
pub mod renew;
pub mod similarity;
pub mod sparse;
pub mod tfidf;
mod train;
pub mod viewers;
pub mod weights;

pub use memory::available_memory;
pub use progress::{NoProgress, Progress};
pub use train::{TrainError, TrainSettings, train};
