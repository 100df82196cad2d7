//! The order of a list for a viewer: by score, with some variety, and a few films to try out.

use xxhash_rust::xxh3::xxh3_64;

use super::popular::{popular_ground, popular_order};
use super::topk::Best;
use super::{ForYouQuery, Ground};
use crate::model::{Model, MovieIndex, NeighbourList, Similar};
use crate::taste::ViewerId;

/// How many of the best films are put in order for variety; those behind stay in the order of their
/// scores.
const VARIED: usize = 200;

/// From how many of the best films that nobody has taken up those to be tried out are drawn.
const UNEXPLORED: usize = 50;

/// One place of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) movie: MovieIndex,
    pub(super) explored: bool,
    pub(super) ground: Ground,
}

/// The first `need` places of a viewer's list, fewer where there are no more films. The same query gives
/// the same places, whatever `need` is: the list is stable over its pages.
///
/// `scores` has one finite score a film, or minus infinity for films that may not stand in the list.
pub(super) fn order(
    model: &Model,
    query: &ForYouQuery<'_>,
    scores: &[f32],
    need: usize,
) -> Vec<Place> {
    let need = need.min(scores.len());
    let Candidates { best, unlearned } = Candidates::find(model, query, scores, need.max(VARIED));
    let mut main = Varied::new(model, best, query.settings.relevance);
    let first = unlearned.get(..UNEXPLORED).unwrap_or(&unlearned);
    let mut unexplored = drawn(model, query, first).into_iter();
    let mut behind = unlearned.iter().map(|(row, _)| MovieIndex(*row));
    let mut taken = vec![false; scores.len()];
    let mut places: Vec<Place> = Vec::with_capacity(need);
    while places.len() < need {
        let tried = explores(query.settings.exploration, places.len())
            .then(|| unexplored.find(|movie| !taken[movie.row()]))
            .flatten();
        let learned = tried.or_else(|| main.next(&taken));
        let next = learned.or_else(|| behind.find(|movie| !taken[movie.row()]));
        let Some(movie) = next else {
            break;
        };
        taken[movie.row()] = true;
        main.shown(movie);
        places.push(Place {
            movie,
            explored: tried.is_some(),
            ground: Ground::ForYou,
        });
    }
    if places.len() < need {
        let rest = rest(model, query, scores, &taken);
        let more = need - places.len();
        places.extend(rest.into_iter().take(more).map(|movie| Place {
            movie,
            explored: false,
            ground: popular_ground(model, movie),
        }));
    }
    places
}

/// Films that the history speaks for, by descending score. Where a model has learned from viewers, films
/// that it has not learned about stand behind the others: facts promise more than they keep.
struct Candidates {
    best: Vec<(u32, f32)>,
    unlearned: Vec<(u32, f32)>,
}

impl Candidates {
    fn find(model: &Model, query: &ForYouQuery<'_>, scores: &[f32], most: usize) -> Self {
        let accept = |row: u32| query.filters.accept(model.catalogue.get(MovieIndex(row)));
        let weights = model.weights.as_ref();
        let learned = |row| weights.is_none_or(|weights| weights.learned(MovieIndex(row)));
        let mut best = Best::new(most);
        let mut unlearned = Best::new(most);
        for (row, score) in (0u32..).zip(scores) {
            if *score > 0.0 {
                let list = if learned(row) {
                    &mut best
                } else {
                    &mut unlearned
                };
                list.offer(row, *score, || accept(row));
            }
        }
        Self {
            best: best.into_sorted(),
            unlearned: unlearned.into_sorted(),
        }
    }
}

/// Whether a place is one for a film to be tried out: so that of the first n places `share · n` are,
/// rounded down.
fn explores(share: f64, place: usize) -> bool {
    let until = |places: usize| (places as f64 * share.clamp(0.0, 1.0)).floor();
    until(place + 1) > until(place)
}

/// Films in the order of a draw without putting back, chances being in proportion to scores: every
/// film's waiting time is exponential with its score as rate (Efraimidis and Spirakis, "Weighted random
/// sampling with a reservoir", 2006). Viewer and day are the seed.
fn drawn(model: &Model, query: &ForYouQuery<'_>, candidates: &[(u32, f32)]) -> Vec<MovieIndex> {
    let Some(top) = candidates.first().map(|(_, score)| f64::from(*score)) else {
        return Vec::new();
    };
    let viewer = query.viewer.map_or("", ViewerId::as_str);
    let day = query.as_of.day();
    let wait = |(row, score): &(u32, f32)| {
        let movie = MovieIndex(*row);
        let id = model.catalogue.get(movie).id();
        let hash = xxh3_64(format!("{viewer} {day} {id}").as_bytes());
        // Above 0 and at most 1, of 53 bits.
        let uniform = ((hash >> 11) + 1) as f64 / (1u64 << 53) as f64;
        (-uniform.ln() / (f64::from(*score) / top), movie)
    };
    let mut drawn: Vec<(f64, MovieIndex)> = candidates.iter().map(wait).collect();
    drawn.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    drawn.into_iter().map(|(_, movie)| movie).collect()
}

/// Films one by one for variety: the next is the one of highest
/// `relevance · score - (1 - relevance) · likeness`, where scores are parts of the highest and likeness
/// is the nearness to the nearest of the films shown before, both up to 1 (maximal marginal relevance,
/// Carbonell and Goldstein, 1998).
///
/// A film is near those among whose nearest films it stands. O(1) for a film behind the varied ones, else
/// O(varied films + neighbours of one film).
struct Varied<'a> {
    similar: &'a Similar,
    list: Vec<(u32, f32)>,
    relevance: f32,
    /// Of every film, to the films shown.
    likeness: Vec<f32>,
    /// Of the varied films, the places in `list` of those left.
    left: Vec<usize>,
    /// The next place behind the varied ones.
    behind: usize,
}

impl<'a> Varied<'a> {
    fn new(model: &'a Model, list: Vec<(u32, f32)>, relevance: f32) -> Self {
        let varied = VARIED.min(list.len());
        Self {
            similar: &model.similar,
            relevance: if relevance.is_nan() {
                1.0
            } else {
                relevance.clamp(0.0, 1.0)
            },
            likeness: vec![0.0; model.catalogue.len()],
            left: (0..varied).collect(),
            behind: varied,
            list,
        }
    }

    /// The next film that is not taken.
    fn next(&mut self, taken: &[bool]) -> Option<MovieIndex> {
        let Self { list, left, .. } = self;
        left.retain(|place| !taken[list[*place].0 as usize]);
        if let Some(place) = self.best() {
            self.left.retain(|left| *left != place);
            return Some(MovieIndex(self.list[place].0));
        }
        let rest = self.list.get(self.behind..)?;
        let step = rest.iter().position(|(row, _)| !taken[*row as usize])?;
        self.behind += step + 1;
        Some(MovieIndex(rest[step].0))
    }

    /// The best of the varied films that are left; of equals the one of higher score.
    fn best(&self) -> Option<usize> {
        let top = self.list.first()?.1;
        let mut best = None;
        let mut most = f32::NEG_INFINITY;
        for place in &self.left {
            let (row, score) = self.list[*place];
            let alike = self.likeness[row as usize];
            let value = self.relevance * (score / top) - (1.0 - self.relevance) * alike;
            if value > most {
                (best, most) = (Some(*place), value);
            }
        }
        best
    }

    /// A film was shown: those near it are less wanted from now on.
    fn shown(&mut self, movie: MovieIndex) {
        if self.relevance < 1.0 && !self.left.is_empty() {
            for near in self.similar.neighbours(NeighbourList::Blended, movie) {
                let likeness = &mut self.likeness[near.movie.row()];
                *likeness = likeness.max(near.score.clamp(0.0, 1.0));
            }
        }
    }
}

/// The films that the history does not speak for, as far as they pass: those it says nothing of, the
/// most popular first, then those it speaks against, the least first.
fn rest(model: &Model, query: &ForYouQuery<'_>, scores: &[f32], taken: &[bool]) -> Vec<MovieIndex> {
    let mut rest: Vec<MovieIndex> = popular_order(model)
        .into_iter()
        .filter(|movie| !taken[movie.row()] && scores[movie.row()] > f32::NEG_INFINITY)
        .filter(|movie| query.filters.accept(model.catalogue.get(*movie)))
        .collect();
    rest.sort_by(|a, b| scores[b.row()].total_cmp(&scores[a.row()]));
    rest
}
