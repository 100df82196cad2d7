//! What was served to a viewer, as it is remembered.

use serde::{Deserialize, Serialize};

use super::id::hash_of;
use super::{Millis, RecommendationId, Source, ViewerId};
use crate::catalogue::MovieId;
use crate::model::{Model, MovieRef};
use crate::recommend::Recommendation;

/// How long a served list is remembered, in milliseconds: 30 days.
pub const REMEMBERED: i64 = 30 * 24 * 60 * 60 * 1000;

/// A page of a list of recommendations, as it was served. The pages of one list share its
/// recommendation id; a list that was served at once is one page.
///
/// As JSON, and as an item of a table, it is flat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedPage {
    /// To whom.
    pub viewer: ViewerId,
    /// Of which list.
    pub recommendation: RecommendationId,
    /// When.
    pub at: Millis,
    /// Through which front.
    pub source: Source,
    /// The version of the model that made the list, or the name of another recommender that did.
    pub model_version: String,
    /// The films, best first: at least one, at most [`MAX_LIMIT`](crate::recommend::MAX_LIMIT).
    pub movies: Vec<MovieId>,
}

impl ServedPage {
    /// What `model` recommends, as films of the list `recommendation` that are served to `viewer` now;
    /// `None` where there are none.
    pub fn of(
        model: &Model,
        viewer: &ViewerId,
        recommendation: &RecommendationId,
        (source, at): (Source, Millis),
        served: &[Recommendation],
    ) -> Option<Self> {
        let movies = served.iter().map(|film| model.catalogue.get(film.movie));
        (!served.is_empty()).then(|| Self {
            viewer: viewer.clone(),
            recommendation: recommendation.clone(),
            at,
            source,
            model_version: model.version().to_owned(),
            movies: movies.map(MovieRef::movie_id).collect(),
        })
    }

    /// Names the page among the viewer's: the recommendation id, a slash, and a hash of the films. A
    /// page that is asked for again with the same films is the same page.
    pub fn id(&self) -> String {
        let films = hash_of(self.movies.iter().map(MovieId::as_str));
        format!("{}/{films}", self.recommendation)
    }

    /// Until when it is remembered.
    pub fn expires(&self) -> Millis {
        Millis(self.at.0.saturating_add(REMEMBERED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_the_same_as_long_as_its_films_are() {
        let page = ServedPage {
            viewer: "ada".parse().unwrap(),
            recommendation: "list-1".parse().unwrap(),
            at: Millis(1_700_000_000_000),
            source: Source::Http,
            model_version: "v1".to_owned(),
            movies: vec!["tmdb:1".parse().unwrap(), "tmdb:2".parse().unwrap()],
        };
        assert!(page.id().starts_with("list-1/"), "{}", page.id());
        let mut again = page.clone();
        again.at = Millis(1_700_000_000_001);
        assert_eq!(again.id(), page.id());
        again.movies.pop();
        assert_ne!(again.id(), page.id());
        assert_eq!(page.expires().0 - page.at.0, 2_592_000_000);
    }
}
