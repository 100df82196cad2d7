//! Which films come next, and why.

mod film_set;
mod filters;
mod for_you;
mod links;
mod order;
mod page;
mod personal;
mod popular;
mod rank;
mod reason;
mod similar;
#[cfg(test)]
mod tests;
mod topk;

pub use film_set::FilmSet;
pub use filters::Filters;
pub use for_you::{ForYouQuery, for_you, for_you_unexplained, reason_for, reasons_for};
pub use page::{DatedPage, GivenPage, InvalidPage, PageToken};
pub use personal::{ForYouSettings, InvalidSetting, Personal};
pub use popular::{also_liked, top_picks, top_score, trending};
pub use rank::rank;
pub use reason::{Because, Ground, Reason, Shared, SharedKind, shared_features};
pub use similar::{Extend, SimilarQuery, similar};
pub use topk::top_k;

use crate::model::MovieIndex;

/// The largest number of films one call of ours gives, and one message remembers.
pub const MAX_LIMIT: usize = 100;

/// The largest number of films that a list for a viewer gives at once.
pub const MAX_LIST: usize = 500;

/// A recommended film.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommendation {
    /// The film.
    pub movie: MovieIndex,
    /// Higher is better, comparable within one list only; finite.
    pub score: f32,
    /// Why.
    pub reason: Reason,
    /// It stands here to be tried out: the model has not learned about it from viewers yet.
    pub explored: bool,
}

/// A stretch of a list of recommendations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The films, best first.
    pub recommendations: Vec<Recommendation>,
    /// Where the next page begins, `None` behind the last film.
    pub next: Option<usize>,
}

impl Page {
    /// Cuts `offset..offset + limit` out of a list.
    fn cut<T>(
        list: impl Iterator<Item = T>,
        offset: usize,
        limit: usize,
        recommend: impl FnMut(T) -> Recommendation,
    ) -> Self {
        let mut rest = list.skip(offset);
        let recommendations: Vec<Recommendation> =
            rest.by_ref().take(limit).map(recommend).collect();
        let next = rest.next().map(|_| offset + recommendations.len());
        Self {
            recommendations,
            next,
        }
    }
}
