use super::{Filters, Page, Reason, Recommendation};
use crate::model::{Model, MovieRef};

/// The mean vote assumed where nobody voted.
const USUAL_VOTE: f32 = 6.5;

/// How good a first pick a film is for somebody of whom nothing is known, 0..=1: its prominence,
/// up to half of it taken away by low votes.
pub fn top_score(prominence: f32, vote_average: Option<f32>) -> f32 {
    prominence * (0.5 + vote_average.unwrap_or(USUAL_VOTE) / 20.0)
}

/// The best known and liked films that pass the filters. O(films looked at).
pub fn top_picks(model: &Model, filters: &Filters, offset: usize, limit: usize) -> Page {
    let list = model
        .catalogue
        .top_order()
        .filter(|movie| filters.accept(*movie));
    Page::cut(list, offset, limit, |movie: MovieRef<'_>| Recommendation {
        movie: movie.index(),
        score: top_score(movie.prominence(), movie.vote_average()),
        reason: Reason::renown(),
    })
}
