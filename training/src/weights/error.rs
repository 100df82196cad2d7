use super::Plan;

/// Why weights could not be learned.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum WeightsError {
    /// Nobody has a film, so there is nothing to learn from.
    #[error("there are no interactions to learn from: expected at least one viewer with a film")]
    NoInteractions,
    /// A setting is out of its range.
    #[error("{setting} is {found}, expected {expected}")]
    Setting {
        /// Which.
        setting: &'static str,
        /// What it is.
        found: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// Features were given for another number of films than interactions have.
    #[error("features of {found} films stand beside interactions of {expected} films")]
    Features {
        /// The films of the interactions.
        expected: usize,
        /// The films of the features.
        found: usize,
    },
    /// Nothing is known of films that would tell which unwatched one a viewer may like.
    #[error(
        "unwatched films cannot be compared with watched ones: expected genres, year, language, \
         votes, prominence or overview of at least one film of either kind"
    )]
    NoFacts,
    /// A matrix has no inverse to the accuracy of 64-bit numbers.
    #[error(
        "the matrix of films is not positive definite at film {row} (of those solved densely): a \
         larger ridge, or features without values that are not finite, make it so"
    )]
    NotPositive {
        /// The first row of the block that failed.
        row: usize,
    },
    /// A model gave a score that is not a number.
    #[error("a score is not a number: the features hold values that are not finite")]
    NotANumber,
    /// There is not enough memory.
    #[error(
        "{plan}; {:.2} GB may be used: solve fewer films densely (DENSE_FILMS; about {fitting} \
         fit), or allow more",
        *limit as f64 / 1e9
    )]
    Memory {
        /// What was planned.
        plan: Plan,
        /// The bytes that may be used.
        limit: u64,
        /// About how many films can be solved densely within the limit.
        fitting: u64,
    },
}
