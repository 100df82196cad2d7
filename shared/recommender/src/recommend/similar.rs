use std::collections::HashSet;

use super::{Filters, Ground, Page, Reason, Recommendation, shared_features, top_score};
use crate::model::{Model, MovieIndex, MovieRef, NeighbourList};
use crate::recommend::SharedKind;

/// What to do when a film's nearest films are exhausted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extend {
    /// Go on with films whose facts are alike, then with well-known ones, and say so in the
    /// reason.
    #[default]
    WithAlike,
    /// End.
    No,
}

/// A question for films like another one.
#[derive(Clone, Debug)]
pub struct SimilarQuery<'a> {
    /// The film to start from; it is never in the answer.
    pub movie: MovieIndex,
    /// Which neighbours.
    pub list: NeighbourList,
    /// Which films may be given.
    pub filters: &'a Filters,
    /// What follows the nearest films.
    pub extend: Extend,
}

/// The films nearest to one film, from `offset` on, at most `limit`.
///
/// Within the stored neighbours O(neighbours); behind them O(films).
pub fn similar(model: &Model, query: &SimilarQuery<'_>, offset: usize, limit: usize) -> Page {
    let seed = model.catalogue.get(query.movie);
    let near = || {
        model
            .similar
            .neighbours(query.list, query.movie)
            .filter(|neighbour| query.filters.accept(model.catalogue.get(neighbour.movie)))
            .map(|neighbour| (neighbour.movie, neighbour.score, Ground::Near))
    };
    let recommend = |(movie, score, ground): (MovieIndex, f32, Ground)| Recommendation {
        movie,
        score,
        reason: Reason::alike(seed, model.catalogue.get(movie), ground),
        explored: false,
    };
    let page = Page::cut(near(), offset, limit, recommend);
    if page.next.is_some() || query.extend == Extend::No {
        return page;
    }
    let list = near().chain(alike(model, query, seed));
    Page::cut(list, offset, limit, recommend)
}

/// Every other film that passes: those whose facts are alike first, then the well-known ones.
/// Scores go on below the last neighbour's.
fn alike(
    model: &Model,
    query: &SimilarQuery<'_>,
    seed: MovieRef<'_>,
) -> Vec<(MovieIndex, f32, Ground)> {
    let mut ceiling = 1.0f32;
    let mut given: HashSet<MovieIndex> = HashSet::from([query.movie]);
    for neighbour in model.similar.neighbours(query.list, query.movie) {
        given.insert(neighbour.movie);
        ceiling = neighbour.score;
    }
    let mut rest: Vec<(MovieIndex, f32, Ground)> = model
        .catalogue
        .iter()
        .filter(|movie| !given.contains(&movie.index()) && query.filters.accept(*movie))
        .map(|movie| {
            let alikeness = fact_similarity(seed, movie);
            let renown = top_score(movie.prominence(), movie.vote_average());
            let ground = if alikeness > 0.0 {
                Ground::AlikeFacts
            } else {
                Ground::Renown
            };
            (movie.index(), 0.8 * alikeness + 0.2 * renown, ground)
        })
        .collect();
    rest.sort_by(|a, b| {
        let ground = |entry: &(MovieIndex, f32, Ground)| entry.2 == Ground::Renown;
        ground(a)
            .cmp(&ground(b))
            .then(b.1.total_cmp(&a.1))
            .then(a.0.cmp(&b.0))
    });
    // Films on renown alone follow those whose facts are alike, whatever their renown.
    let last_alike = rest
        .iter()
        .rfind(|entry| entry.2 == Ground::AlikeFacts)
        .map_or(1.0, |entry| entry.1);
    for (_, score, ground) in &mut rest {
        let below = if *ground == Ground::Renown {
            last_alike
        } else {
            1.0
        };
        *score *= ceiling.max(0.0) * below;
    }
    rest
}

/// How alike two films' facts are, 0..=1, from what their records say alone.
fn fact_similarity(a: MovieRef<'_>, b: MovieRef<'_>) -> f32 {
    let genres = a.genre_set().jaccard(b.genre_set());
    let others: f32 = shared_features(a, b)
        .iter()
        .map(|shared| match shared.kind {
            SharedKind::Series | SharedKind::Director => 0.3,
            SharedKind::Cast | SharedKind::Keyword => 0.1,
            SharedKind::Decade if genres > 0.0 => 0.1,
            SharedKind::Genre | SharedKind::Decade => 0.0,
        })
        .sum();
    (0.6 * genres + 0.4 * others.min(1.0)).min(1.0)
}
