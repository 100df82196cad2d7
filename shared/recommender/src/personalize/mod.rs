//! The wire format of Amazon Personalize Runtime and Events: what clients of theirs send, with all fields
//! and limits of the service models, and how Matinee answers it.
//!
//! [`GetRecommendations`] and [`GetPersonalizedRanking`] read a call, [`Campaigns`] knows which list its
//! ARNs mean, the plan that comes of both makes the answer. A call that cannot be answered has a
//! [`Fault`], with the name and the status that the service models give it. [`Signature`] says who sent a
//! call. Nothing here does I/O.
//!
//! The contract: the models `personalize-runtime` 2018-05-22 and `personalize-events` 2018-03-22 of AWS's
//! SDKs, and <https://docs.aws.amazon.com/personalize/latest/dg/API_Operations.html>.

mod answer;
mod campaigns;
mod chosen;
mod column;
mod events;
mod fault;
mod fields;
mod filter;
mod items;
mod ranking;
mod recommendations;
mod request;
mod signature;
#[cfg(test)]
mod tests;
mod users;

pub use answer::{PredictedItem, Ranking, Recommendations};
pub use campaigns::{Campaigns, InvalidCampaigns, List};
pub use chosen::{Basis, CompiledFilters};
pub use column::Column;
pub use events::PutEvents;
pub use fault::{Fault, FaultKind};
pub use filter::{Compiled, Filter, FilterError, UserColumn, WhoAsks};
pub use items::{InvalidItem, Item, ItemStore, PutItems};
pub use ranking::RankingPlan;
pub use recommendations::RecommendationsPlan;
pub use request::{
    FilterChoice, FilterValues, GetPersonalizedRanking, GetRecommendations, MAX_RESULTS, Promotion,
    Source,
};
pub use signature::{AccessKey, Signature, SignatureFault};
pub use users::PutUsers;

use crate::taste::ViewerId;

/// The viewer behind a user's id.
fn viewer(user: &str) -> ViewerId {
    ViewerId::foreign("personalize", user)
}
