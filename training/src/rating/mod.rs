//! Learning to predict ratings of films that devices make up.

mod metrics;

pub use metrics::RatingMetrics;
