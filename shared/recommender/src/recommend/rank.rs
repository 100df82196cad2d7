use super::ForYouQuery;
use super::links::Links;
use super::popular::standing;
use crate::model::{Model, MovieIndex};

/// Puts given films in order for a viewer, the best first, each with its score.
///
/// The score is the one of [`for_you`](super::for_you()) without variety: the sum of
/// `factor · weight(h → film)` over the films h of the history. Of a viewer of whom nothing is known that
/// speaks for a film it is the film's popularity, which decides as well where scores are equal. Films that the
/// viewer counts against others come behind all others, however these score: their own scores, which are
/// negative, are added to the lowest of the others. Filters of the query and what is gone make no difference.
///
/// O(weights of the history's films + candidates · films of the history).
pub fn rank(
    model: &Model,
    query: &ForYouQuery<'_>,
    candidates: &[MovieIndex],
) -> Vec<(MovieIndex, f32)> {
    let films = query.history.films();
    let known = films.iter().any(|film| film.factor > 0.0);
    let scores = known.then(|| Links::of(model, films).scores(films, model.catalogue.len()));
    let sum = |movie: MovieIndex| scores.as_ref().map(|scores| scores[movie.row()]);
    let mut others = Vec::new();
    let mut disliked = Vec::new();
    for movie in candidates {
        let own = films.iter().find(|film| film.movie == *movie);
        match own.filter(|film| film.factor < 0.0) {
            Some(own) => disliked.push((*movie, sum(*movie).unwrap_or(0.0).min(0.0) + own.factor)),
            None => others.push((
                *movie,
                sum(*movie).unwrap_or_else(|| standing(model, *movie)),
            )),
        }
    }
    sort(model, &mut others);
    let lowest = others.last().map_or(0.0, |(_, score)| score.min(0.0));
    for (_, score) in &mut disliked {
        *score += lowest;
    }
    sort(model, &mut disliked);
    others.append(&mut disliked);
    others
}

/// By score, then by popularity, then as the model has them.
fn sort(model: &Model, films: &mut [(MovieIndex, f32)]) {
    films.sort_by(|a, b| {
        let popular = || standing(model, b.0).total_cmp(&standing(model, a.0));
        let score = b.1.total_cmp(&a.1);
        score.then_with(popular).then(a.0.cmp(&b.0))
    });
}
