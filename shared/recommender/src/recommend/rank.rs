use super::ForYouQuery;
use super::links::Links;
use super::popular::standing;
use crate::model::{Model, MovieIndex};

/// Puts given films in order for a viewer, the best first, each with its score.
///
/// The score is the one of [`for_you`](super::for_you()) without variety: the sum of
/// `factor · weight(h → film)` over the films h of the history. Films that the viewer counts against
/// others come last. Of a viewer of whom nothing is known that speaks for a film, popularity decides, as it
/// does where scores are equal. Filters of the query and what is gone make no difference.
///
/// O(weights of the history's films + candidates).
pub fn rank(
    model: &Model,
    query: &ForYouQuery<'_>,
    candidates: &[MovieIndex],
) -> Vec<(MovieIndex, f32)> {
    let films = query.history.films();
    let known = films.iter().any(|film| film.factor > 0.0);
    let scores = known.then(|| Links::of(model, films).scores(films, model.catalogue.len()));
    let score = |movie: MovieIndex| {
        let Some(scores) = &scores else {
            return standing(model, movie);
        };
        let own = films.iter().find(|film| film.movie == movie);
        match own.filter(|film| film.factor < 0.0) {
            Some(disliked) => scores[movie.row()].min(0.0) + disliked.factor,
            None => scores[movie.row()],
        }
    };
    let mut ranked: Vec<(MovieIndex, f32, f32)> = candidates
        .iter()
        .map(|movie| (*movie, score(*movie), standing(model, *movie)))
        .collect();
    ranked.sort_by(|a, b| {
        b.1.total_cmp(&a.1)
            .then(b.2.total_cmp(&a.2))
            .then(a.0.cmp(&b.0))
    });
    ranked
        .into_iter()
        .map(|(movie, score, _)| (movie, score))
        .collect()
}
