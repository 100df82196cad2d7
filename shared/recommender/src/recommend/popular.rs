use super::topk::Best;
use super::{Filters, Ground, Page, Reason, Recommendation};
use crate::model::{Model, MovieIndex, MovieRef, Weights};

/// The mean vote assumed where nobody voted.
const USUAL_VOTE: f32 = 6.5;

/// How much fame counts beside what viewers did: enough to put films in order that few or none of
/// them took up.
const FAME: f32 = 0.1;

/// How good a first pick a film is for somebody of whom nothing is known, 0..=1: its prominence,
/// up to half of it taken away by low votes.
pub fn top_score(prominence: f32, vote_average: Option<f32>) -> f32 {
    prominence * (0.5 + vote_average.unwrap_or(USUAL_VOTE) / 20.0)
}

fn fame(movie: MovieRef<'_>) -> f32 {
    top_score(movie.prominence(), movie.vote_average())
}

/// How popular a film is, 0..=1: with viewers where the model has learned from any, and by
/// [`top_score`] to a small part.
fn popularity(weights: &Weights, movie: MovieRef<'_>) -> f32 {
    (weights.prior(movie.index()) + FAME * fame(movie)) / (1.0 + FAME)
}

/// The films that most viewers took up and, in a model that has not learned from any, the best known
/// and liked ones, as far as they pass the filters.
///
/// O(films), and of those O(films looked at) where nothing was learned.
pub fn top_picks(model: &Model, filters: &Filters, offset: usize, limit: usize) -> Page {
    if let Some(weights) = known(model) {
        return best(model, filters, offset, limit, |movie| {
            let watched = weights.prior(movie.index()) > 0.0;
            let ground = if watched {
                Ground::Popular
            } else {
                Ground::Renown
            };
            (popularity(weights, movie), ground)
        });
    }
    let list = model.catalogue.top_order();
    let list = list.filter(|movie| filters.accept(*movie));
    Page::cut(list, offset, limit, |movie: MovieRef<'_>| {
        recommendation(movie.index(), fame(movie), Ground::Renown)
    })
}

/// The films that most viewers took up of late, behind them the [`top_picks`], as far as they pass the
/// filters. Just these in a model that has not learned from viewers.
///
/// O(films).
pub fn trending(model: &Model, filters: &Filters, offset: usize, limit: usize) -> Page {
    let Some(weights) = known(model) else {
        return top_picks(model, filters, offset, limit);
    };
    best(model, filters, offset, limit, |movie| trend(weights, movie))
}

/// How far in front a film stands among those that are trending, 0..=1, and why.
fn trend(weights: &Weights, movie: MovieRef<'_>) -> (f32, Ground) {
    let trending = weights.trending(movie.index());
    if trending > 0.0 {
        return (f32::midpoint(1.0, trending), Ground::Trending);
    }
    let watched = weights.prior(movie.index()) > 0.0;
    let ground = if watched {
        Ground::Popular
    } else {
        Ground::Renown
    };
    (popularity(weights, movie) / 2.0, ground)
}

/// The score that a film has in the list of what is [`trending`].
pub(super) fn standing(model: &Model, movie: MovieIndex) -> f32 {
    let movie = model.catalogue.get(movie);
    known(model).map_or_else(|| fame(movie), |weights| trend(weights, movie).0)
}

/// Every film, the best first pick for somebody of whom nothing is known first. O(n log n).
pub(super) fn popular_order(model: &Model) -> Vec<MovieIndex> {
    let Some(weights) = known(model) else {
        return model.catalogue.top_order().map(MovieRef::index).collect();
    };
    let scores = model.catalogue.iter();
    let scores = scores.map(|movie| (movie.index().0, popularity(weights, movie)));
    let order = super::top_k(scores, model.catalogue.len()).into_iter();
    order.map(|(movie, _)| MovieIndex(movie)).collect()
}

/// What a film that nothing in a history speaks for is recommended for.
pub(super) fn popular_ground(model: &Model, movie: MovieIndex) -> Ground {
    match known(model) {
        Some(weights) if weights.prior(movie) > 0.0 => Ground::Popular,
        _ => Ground::Renown,
    }
}

/// The weights of a model that has seen viewers.
fn known(model: &Model) -> Option<&Weights> {
    model
        .weights
        .as_ref()
        .filter(|weights| weights.has_priors())
}

fn best(
    model: &Model,
    filters: &Filters,
    offset: usize,
    limit: usize,
    score: impl Fn(MovieRef<'_>) -> (f32, Ground),
) -> Page {
    let need = offset.saturating_add(limit).saturating_add(1);
    let mut list = Best::new(need.min(model.catalogue.len()));
    for movie in model.catalogue.iter() {
        list.offer(movie.index().0, score(movie).0, || filters.accept(movie));
    }
    let list = list.into_sorted().into_iter();
    Page::cut(list, offset, limit, |(movie, value)| {
        let movie = MovieIndex(movie);
        let (_, ground) = score(model.catalogue.get(movie));
        recommendation(movie, value, ground)
    })
}

fn recommendation(movie: MovieIndex, score: f32, ground: Ground) -> Recommendation {
    Recommendation {
        movie,
        score,
        reason: Reason::of(ground),
        explored: false,
    }
}

/// What viewers who liked one film also liked, the most telling first: films that viewers taught the
/// model to expect. Empty where it has not learned about this film from any.
pub fn also_liked(
    model: &Model,
    movie: MovieIndex,
    filters: &Filters,
    offset: usize,
    limit: usize,
) -> Page {
    let Some(weights) = known(model).filter(|weights| weights.learned(movie)) else {
        return Page::default();
    };
    let seed = model.catalogue.get(movie);
    let liked = weights.row(movie).into_iter().filter(|(target, weight)| {
        *weight > 0.0 && weights.learned(*target) && filters.accept(model.catalogue.get(*target))
    });
    let liked: Vec<(u32, f32)> = liked.map(|(target, weight)| (target.0, weight)).collect();
    let count = liked.len();
    let list = super::top_k(liked, count).into_iter();
    Page::cut(list, offset, limit, |(target, score)| {
        let movie = MovieIndex(target);
        Recommendation {
            movie,
            score,
            reason: Reason::alike(seed, model.catalogue.get(movie), Ground::AlsoLiked),
            explored: false,
        }
    })
}
