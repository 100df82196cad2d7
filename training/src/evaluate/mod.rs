//! How good a model's recommendations are: protocols that hold films back, and metrics of the
//! lists that a model makes without them. `docs/evaluation.md` has the definitions in words.

mod catalogues;
mod error;
mod likes;
mod measure;
mod metrics;
mod models;
mod split;
mod task;
#[cfg(test)]
mod tests;
mod unseen;
mod user_lists;
mod warm;

pub use catalogues::{Catalogue, KnownFilms};
pub use error::EvaluateError;
pub use likes::{Gathered, Like, LikeRule, Likes};
pub use measure::evaluate;
pub use metrics::{Accuracy, AtCutoff, CUTOFFS, Metrics, RecallOver, accuracy, self_information};
pub use models::{Fitted, Method, WeightsSettings};
pub use split::{Split, split};
pub use task::{Counts, LeftOut, Ranked, Task, Test};
pub use unseen::unseen_films;
pub use user_lists::{ListFiles, user_lists};

/// A model that scores films for a viewer.
pub trait Scorer: Sync {
    /// Writes a score for every film into `scores`, as long as there are films, whatever was in it
    /// before; higher is better, and none is NaN. `history` holds the films of the viewer's
    /// training row, ascending; it may be empty. The films of the history get scores too, which
    /// nobody looks at.
    fn scores(&self, history: &[u32], scores: &mut [f32]);
}
