//! What clients of Personalize Runtime are answered.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::column::Column;
use crate::model::{Model, MovieIndex};
use crate::taste::RecommendationId;

/// The item was promoted by the call.
pub(super) const PROMOTED: &str = "Promoted item";

/// The item is given to be tried out.
pub(super) const EXPLORED: &str = "Exploration";

/// The item is given because it is popular: nothing that is known of the user or the item speaks for it.
pub(super) const POPULAR: &str = "Popular item";

/// The item is given for what is known of it; what others do says nothing. A reason of our own.
pub(super) const ALIKE: &str = "Similar metadata";

/// An item of an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PredictedItem<'a> {
    item_id: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    promotion_name: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<&'static str, Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<[&'static str; 1]>,
}

impl<'a> PredictedItem<'a> {
    /// A film under its own id.
    pub(super) fn film(model: &'a Model, movie: MovieIndex, columns: &[Column]) -> Self {
        let movie = model.catalogue.get(movie);
        let said = |column: &Column| Some((column.name(), column.metadata(movie)?));
        Self {
            item_id: movie.id().into(),
            score: None,
            promotion_name: None,
            metadata: columns.iter().filter_map(said).collect(),
            reason: None,
        }
    }

    /// The same under the id that a client gave, or what nobody knows.
    pub(super) fn called(self, id: &str) -> Self {
        Self {
            item_id: id.to_owned().into(),
            ..self
        }
    }

    /// What nobody knows.
    pub(super) fn unknown(id: &str) -> Self {
        Self {
            item_id: id.to_owned().into(),
            score: None,
            promotion_name: None,
            metadata: BTreeMap::new(),
            reason: None,
        }
    }

    pub(super) fn scored(self, score: Option<f32>) -> Self {
        Self { score, ..self }
    }

    pub(super) fn because(self, reason: Option<&'static str>) -> Self {
        Self {
            reason: reason.map(|reason| [reason]),
            ..self
        }
    }

    pub(super) fn promoted(self, name: Option<&str>) -> Self {
        Self {
            promotion_name: name.map(str::to_owned),
            reason: Some([PROMOTED]),
            ..self
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.item_id
    }
}

/// The answer of `GetRecommendations`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recommendations<'a> {
    /// The best first.
    pub item_list: Vec<PredictedItem<'a>>,
    /// Names this answer, to be sent with what the user does with its items.
    pub recommendation_id: RecommendationId,
}

/// The answer of `GetPersonalizedRanking`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ranking<'a> {
    /// The best first.
    pub personalized_ranking: Vec<PredictedItem<'a>>,
    /// Names this answer, to be sent with what the user does with its items.
    pub recommendation_id: RecommendationId,
}
