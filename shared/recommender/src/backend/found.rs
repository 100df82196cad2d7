//! Items of another recommender's, as films of ours.

use std::collections::HashSet;

use super::{Chosen, NotChosen};
use crate::model::{Model, MovieIndex, MovieRef};
use crate::ports::{PersonalizedItem, PersonalizedList, PersonalizerError};
use crate::recommend::{Reason, Recommendation};
use crate::taste::RecommendationId;

/// What of a list may be given.
pub(super) struct Found {
    pub(super) films: Vec<Film>,
    recommendation: Option<RecommendationId>,
    /// Why no more could be asked for.
    failed: Option<PersonalizerError>,
}

pub(super) struct Film {
    pub(super) movie: MovieIndex,
    score: Option<f64>,
    pub(super) explored: bool,
}

impl Found {
    /// The first `limit` items that are films of the model, by whatever id, and `open`, each once.
    pub(super) fn among(
        model: &Model,
        list: PersonalizedList,
        limit: usize,
        open: &impl Fn(MovieRef<'_>) -> bool,
    ) -> Self {
        let mut met = HashSet::new();
        let film = |item: PersonalizedItem| {
            let movie = model.catalogue.by_id(&item.id)?;
            (open(movie) && met.insert(movie.index())).then(|| Film {
                movie: movie.index(),
                score: item.score,
                explored: item.explored,
            })
        };
        Self {
            films: list
                .items
                .into_iter()
                .filter_map(film)
                .take(limit)
                .collect(),
            recommendation: list.recommendation.and_then(|id| id.parse().ok()),
            failed: None,
        }
    }

    /// These films, where no more could be asked for.
    pub(super) fn short_of(self, failed: PersonalizerError) -> Self {
        Self {
            failed: Some(failed),
            ..self
        }
    }

    pub(super) fn or_exhausted(self) -> Result<Self, NotChosen> {
        if self.films.is_empty() {
            return Err(NotChosen::Exhausted);
        }
        Ok(self)
    }

    pub(super) fn chosen(
        self,
        model: &Model,
        reasons: Vec<Reason>,
        open: impl Fn(MovieRef<'_>) -> bool,
    ) -> Chosen {
        let here: HashSet<MovieIndex> = self.films.iter().map(|film| film.movie).collect();
        let scores = scores(&self.films);
        let films = self.films.into_iter().zip(scores).zip(reasons);
        let recommendations = films.map(|((film, score), reason)| Recommendation {
            movie: film.movie,
            score,
            reason,
            explored: film.explored,
        });
        Chosen {
            recommendations: recommendations.collect(),
            recommendation: self.recommendation,
            failed: self.failed,
            more: model
                .catalogue
                .iter()
                .any(|movie| !here.contains(&movie.index()) && open(movie)),
        }
    }
}

/// One finite score a film, in descending order: the engine's own where each film has one, else one over the
/// film's place.
fn scores(films: &[Film]) -> Vec<f32> {
    let own: Option<Vec<f32>> = films
        .iter()
        .map(|film| film.score.map(|score| score as f32))
        .collect();
    let own = own.filter(|scores| {
        scores.iter().all(|score| score.is_finite()) && scores.is_sorted_by(|a, b| a >= b)
    });
    let by_place = || (1..=films.len()).map(|place| 1.0 / place as f32).collect();
    own.unwrap_or_else(by_place)
}
