//! Another engine that chooses films: Amazon Personalize, or whoever speaks its language.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// The most items of a list, and of a list to be ranked: Amazon Personalize's own limit.
pub const MAX_PERSONALIZED: usize = 500;

/// What a call of [`Personalizer`] gives.
pub type Personalized<'a> =
    Pin<Box<dyn Future<Output = Result<PersonalizedList, PersonalizerError>> + Send + 'a>>;

/// Campaigns that recommend items, each known by its ARN.
///
/// Nobody waits long for it: whoever implements this gives up in time by itself.
pub trait Personalizer: Send + Sync {
    /// Items for a user, or items that go with one.
    ///
    /// # Errors
    /// [`PersonalizerError`].
    fn recommend<'a>(&'a self, query: &'a RecommendationQuery) -> Personalized<'a>;

    /// The items of the query, each once, as a user would rank them; those that the campaign does not
    /// know stand last.
    ///
    /// # Errors
    /// [`PersonalizerError`].
    fn rank<'a>(&'a self, query: &'a RankingQuery) -> Personalized<'a>;
}

/// A question for items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecommendationQuery {
    /// The ARN of the campaign.
    pub campaign: String,
    /// For whom; a campaign may need it.
    pub user: Option<String>,
    /// What the items shall go with; a campaign may need it. Of `user` and `item` one is given.
    pub item: Option<String>,
    /// How many items to give at most, 1 to [`MAX_PERSONALIZED`].
    pub num: usize,
    /// Which items may be given.
    pub filter: Option<AppliedFilter>,
    /// How long the answer may take, where that is less than the engine waits anyway.
    pub limit: Option<Duration>,
}

/// A question how a user would rank items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RankingQuery {
    /// The ARN of the campaign.
    pub campaign: String,
    /// Who.
    pub user: String,
    /// The items, 1 to [`MAX_PERSONALIZED`].
    pub items: Vec<String>,
}

/// A filter with what its placeholders stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppliedFilter {
    /// The ARN of the filter.
    pub arn: String,
    /// Placeholder, without its `$`, and values: texts in double quotes, numbers without, with commas
    /// between.
    pub values: Vec<(String, String)>,
}

/// Items, the best first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PersonalizedList {
    /// The items.
    pub items: Vec<PersonalizedItem>,
    /// What the engine calls this list, for whoever tells it what became of it.
    pub recommendation: Option<String>,
    /// How long the answer took, with all that was tried again.
    pub took: Duration,
}

/// One item of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PersonalizedItem {
    /// Its id.
    pub id: String,
    /// How sure the engine is of it; not every campaign says.
    pub score: Option<f64>,
    /// Whether it is given in order to learn about it.
    pub explored: bool,
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {campaign}: {cause}")]
pub struct PersonalizerError {
    /// "get recommendations of", "get a ranking of".
    pub action: &'static str,
    /// The ARN of the campaign.
    pub campaign: String,
    /// What kind of failure it is.
    pub cause: PersonalizerCause,
    /// What the engine or the way to it said.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonalizerCause {
    /// There was no answer in time.
    TimedOut,
    /// The campaign takes no more requests at the moment.
    Throttled,
    /// There is no such campaign or filter.
    NotFound,
    /// The engine does not take the question as it was put.
    Invalid,
    /// Anything else: no connection, no permission, an answer that cannot be read.
    Other,
}

impl fmt::Display for PersonalizerCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TimedOut => "no answer in time",
            Self::Throttled => "too many requests",
            Self::NotFound => "there is no such campaign or filter",
            Self::Invalid => "the request is refused",
            Self::Other => "it failed",
        })
    }
}
