//! Films for a viewer, from what they did before.

use super::links::Links;
use super::order::{Place, order};
use super::popular::popular_ground;
use super::{
    Because, Filters, ForYouSettings, Ground, MAX_LIST, Page, Reason, Recommendation, trending,
};
use crate::model::{Model, MovieIndex};
use crate::taste::{History, HistoryFilm, Millis, RecommendationId, ViewerId};

/// A question for films for a viewer.
#[derive(Clone, Copy, Debug)]
pub struct ForYouQuery<'a> {
    /// Who asks; `None` where nobody says who it is.
    pub viewer: Option<&'a ViewerId>,
    /// What they did until `as_of`, from the model that is asked.
    pub history: &'a History,
    /// The moment of the list. Its day in UTC chooses what is tried out.
    pub as_of: Millis,
    /// Which films may be given.
    pub filters: &'a Filters,
    /// How the list is made.
    pub settings: &'a ForYouSettings,
}

impl ForYouQuery<'_> {
    /// The id of this list, the same over its pages: of viewer, moment, model and `list`, which must
    /// hold whatever else tells this list from another one.
    pub fn recommendation_id(&self, model: &Model, list: &str) -> RecommendationId {
        let moment = self.as_of.0.to_string();
        let viewer = self.viewer.map_or("", ViewerId::as_str);
        RecommendationId::derived([viewer, &moment, model.version(), list])
    }
}

/// The largest bias: with it scores stay finite.
const MAX_BIAS: f32 = 1e30;

/// How many films of a history a reason names.
const NAMED: usize = 3;

/// Films for a viewer, from `offset` on, at most `limit` and at most [`MAX_LIST`].
///
/// A film's score is the sum of `factor · weight(h → film)` over the films h of the history, and the
/// bias times its popularity; a film h that counts against others only takes from those that it would speak
/// for. Where viewers taught nothing about the films h, the blended neighbours of "more like this" take the
/// place of the weights. The list has the films of scores above 0 that viewers taught something about, ordered
/// for variety, with a few others to be tried out among them; then the others of scores above 0, then every
/// other film that passes, the popular ones first: scores do not descend strictly. A viewer of whom nothing is
/// known that speaks for a film gets what is [`trending`].
///
/// Films that the history says are gone are never given. The list depends on the query alone, not on
/// offset and limit: with the history as of one moment its pages do not overlap. What was watched or judged
/// after that moment is left out of a page, which is then shorter.
///
/// O(weights of the history's films + films); reasons are worked out for the films given alone.
pub fn for_you(model: &Model, query: &ForYouQuery<'_>, offset: usize, limit: usize) -> Page {
    listed(model, query, offset, limit, Reasons::Worked)
}

/// The films of [`for_you`] from the first on, each with the ground it is given on and no more of a reason.
///
/// O(weights of the history's films + films), less one pass over these weights.
pub fn for_you_unexplained(model: &Model, query: &ForYouQuery<'_>, limit: usize) -> Page {
    listed(model, query, 0, limit, Reasons::Grounds)
}

/// Whether the films of the history that speak for those of a page are looked up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reasons {
    Worked,
    Grounds,
}

fn listed(
    model: &Model,
    query: &ForYouQuery<'_>,
    offset: usize,
    limit: usize,
    reasons: Reasons,
) -> Page {
    let limit = limit.min(MAX_LIST);
    let speaks = |film: &HistoryFilm| film.factor > 0.0;
    let mut page = if query.history.films().iter().any(speaks) {
        personal(model, query, offset, limit, reasons)
    } else {
        popular(model, query, offset, limit)
    };
    let since = query.history.gone_since();
    page.recommendations
        .retain(|recommendation| !since.contains(&recommendation.movie));
    page
}

/// Why this film, of the model that is asked, is one for the viewer, whether it is on the list or not.
pub fn reason_for(model: &Model, query: &ForYouQuery<'_>, movie: MovieIndex) -> Reason {
    let otherwise = |movie| popular_ground(model, movie);
    let reasons = reasons_for(model, query, &[movie], otherwise);
    reasons.into_iter().next().unwrap_or_default()
}

/// Why each of these films, of the model that is asked, is one for the viewer, whether it is on the list or
/// not; where nothing of the history speaks for a film, `otherwise` says on what ground it is given.
///
/// O(weights of the history's films).
pub fn reasons_for(
    model: &Model,
    query: &ForYouQuery<'_>,
    movies: &[MovieIndex],
    otherwise: impl Fn(MovieIndex) -> Ground,
) -> Vec<Reason> {
    let place = |movie: &MovieIndex| Place {
        movie: *movie,
        explored: false,
        ground: Ground::ForYou,
    };
    let places: Vec<Place> = movies.iter().map(place).collect();
    let films = query.history.films();
    let reasons = reasons(model, &Links::of(model, films), films, places.iter());
    let known = reasons.into_iter().zip(movies).map(|(reason, movie)| {
        if reason.because.is_empty() {
            return Reason::of(otherwise(*movie));
        }
        reason
    });
    known.collect()
}

fn popular(model: &Model, query: &ForYouQuery<'_>, offset: usize, limit: usize) -> Page {
    let mut filters = query.filters.clone();
    filters.exclude.extend(query.history.gone());
    trending(model, &filters, offset, limit)
}

fn personal(
    model: &Model,
    query: &ForYouQuery<'_>,
    offset: usize,
    limit: usize,
    of: Reasons,
) -> Page {
    let links = Links::of(model, query.history.films());
    let scores = scores(model, &links, query);
    let need = offset.saturating_add(limit).saturating_add(1);
    let places = order(model, query, &scores, need);
    let list = places.iter().enumerate();
    let mut page = Page::cut(list, offset, limit, |(_, place)| Recommendation {
        movie: place.movie,
        score: scores[place.movie.row()],
        reason: Reason::of(place.ground),
        explored: place.explored,
    });
    if of == Reasons::Grounds {
        for recommendation in &mut page.recommendations {
            let popular = prior(model, query, recommendation.movie);
            if recommendation.reason.ground == Ground::ForYou && recommendation.score <= popular {
                recommendation.reason.ground = Ground::Popular;
            }
        }
        return page;
    }
    let given = places.iter().skip(offset).take(limit);
    let reasons = reasons(model, &links, query.history.films(), given);
    for (recommendation, reason) in page.recommendations.iter_mut().zip(reasons) {
        recommendation.reason = reason;
    }
    page
}

/// One finite score a film; minus infinity for films that are gone.
fn scores(model: &Model, links: &Links<'_>, query: &ForYouQuery<'_>) -> Vec<f32> {
    let mut scores = links.scores(query.history.films(), model.catalogue.len());
    if query.settings.bias > 0.0 {
        for (row, score) in (0u32..).zip(&mut scores) {
            *score += prior(model, query, MovieIndex(row));
        }
    }
    for movie in query.history.gone() {
        scores[movie.row()] = f32::NEG_INFINITY;
    }
    scores
}

/// What a film's score has of its popularity.
fn prior(model: &Model, query: &ForYouQuery<'_>, movie: MovieIndex) -> f32 {
    let bias = query.settings.bias.min(MAX_BIAS);
    let weights = model.weights.as_ref().filter(|_| bias > 0.0);
    weights.map_or(0.0, |weights| bias * weights.prior(movie))
}

/// Why each of these places is on the list: the films of the history that speak
/// for it, the strongest first, each with its part of all that speaks for it.
fn reasons<'a>(
    model: &Model,
    links: &Links<'_>,
    films: &[HistoryFilm],
    given: impl Iterator<Item = &'a Place>,
) -> Vec<Reason> {
    let given: Vec<&Place> = given.collect();
    let mut wanted: Vec<MovieIndex> = given.iter().map(|place| place.movie).collect();
    wanted.sort_unstable();
    let mut parts: Vec<Vec<(f32, &HistoryFilm)>> = vec![Vec::new(); wanted.len()];
    for film in films.iter().filter(|film| film.factor > 0.0) {
        links.towards(film.movie, &wanted, |at, weight| {
            let part = film.factor * weight;
            if part > 0.0 {
                parts[at].push((part, film));
            }
        });
    }
    let reason = |place: &&Place| {
        let parts = wanted
            .binary_search(&place.movie)
            .map(|at| std::mem::take(&mut parts[at]));
        let movie = model.catalogue.get(place.movie);
        match (place.ground, parts) {
            (Ground::ForYou, Ok(parts)) if !parts.is_empty() => {
                Reason::for_viewer(model, movie, because(parts))
            }
            (Ground::ForYou, _) => Reason::of(Ground::Popular),
            (ground, _) => Reason::of(ground),
        }
    };
    given.iter().map(reason).collect()
}

/// The strongest of the parts that make up what speaks for a film; of equals the one met last.
fn because(mut parts: Vec<(f32, &HistoryFilm)>) -> Vec<Because> {
    let all: f32 = parts.iter().map(|(part, _)| part).sum();
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let named = parts.into_iter().take(NAMED);
    named
        .map(|(part, film)| Because {
            movie: film.movie,
            share: (part / all).min(1.0),
            deed: Some(film.deed),
        })
        .collect()
}
