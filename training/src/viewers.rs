//! What a model learns from viewers: the weights section.

use std::collections::{BTreeMap, HashMap};

use matinee::catalogue::{Movie, MovieId};
use matinee::model::{MovieIndex, WeightLists};
use matinee::taste::Millis;
use serde_json::{Value, json};

use crate::Progress;
use crate::evaluate::Likes;
use crate::preferences::Preferences;
use crate::weights::{
    Features, LearnSettings, Learned, Linear, LinearSettings, SparseWeights, UnwatchedSettings,
    Watched, WeightsError, catalogue_features, learn, unwatched,
};

/// After so many milliseconds a like counts half as much for what is trending: thirty days.
const HALF_LIFE: f64 = 30.0 * 24.0 * 3_600_000.0;

/// Who likes which films of a catalogue, and since when.
#[derive(Clone, Debug, Default)]
pub struct Viewers {
    /// A row for each viewer who likes a film of the catalogue.
    pub preferences: Preferences,
    /// Every like, as the film's row in the catalogue and its time.
    pub likes: Vec<(u32, Millis)>,
    /// Interactions that were read.
    pub interactions: u64,
    /// Likes of films that are not in the catalogue; they are left out.
    pub unknown: u64,
}

impl Viewers {
    /// What `likes` say of `movies`, which they may call by any of their ids.
    pub fn of(movies: &[Movie], likes: &Likes) -> Self {
        let films = rows_of(movies, &likes.films);
        let mut known = Vec::new();
        let mut unknown = 0;
        let mut viewers = Vec::new();
        for theirs in &likes.likes {
            let before = known.len();
            for like in theirs {
                match films[like.film as usize] {
                    Some(film) => known.push((film, like.at)),
                    None => unknown += 1,
                }
            }
            let row: Vec<u32> = known[before..].iter().map(|(film, _)| *film).collect();
            if !row.is_empty() {
                viewers.push(row);
            }
        }
        Self {
            preferences: Preferences::new(movies.len(), viewers),
            likes: known,
            interactions: likes.interactions,
            unknown,
        }
    }

    /// When somebody liked something last; the end of what a model was trained on.
    pub fn until(&self) -> Option<Millis> {
        self.likes.iter().map(|(_, at)| *at).max()
    }
}

/// The row of each film in a catalogue, which may call it by any of its ids.
pub(crate) fn rows_of(movies: &[Movie], films: &[MovieId]) -> Vec<Option<u32>> {
    let mut rows: HashMap<&MovieId, u32> = HashMap::new();
    for (row, movie) in (0..).zip(movies) {
        for id in std::iter::once(&movie.id).chain(&movie.aliases) {
            rows.entry(id).or_insert(row);
        }
    }
    films.iter().map(|id| rows.get(id).copied()).collect()
}

/// What was learned from viewers.
#[derive(Clone, Debug)]
pub struct LearnedFromViewers {
    /// The section's content.
    pub lists: WeightLists,
    /// What it was learned with, one object.
    pub settings: Value,
    /// The settings among these that were chosen.
    pub chosen: LinearSettings,
    /// What was measured on the part held back to choose settings by.
    pub evaluation: BTreeMap<String, f64>,
}

/// Learns weights from `viewers`, with what `movies` say of themselves beside; films that nobody likes
/// get theirs from the catalogue alone.
///
/// # Errors
/// [`WeightsError`].
pub fn learn_from_viewers(
    movies: &[Movie],
    viewers: &Viewers,
    settings: &LearnSettings,
    progress: &dyn Progress,
) -> Result<LearnedFromViewers, WeightsError> {
    let features = catalogue_features(movies);
    let sides: Vec<_> = features.iter().map(Features::side).collect();
    let preferences = &viewers.preferences;
    let learned = learn(preferences, &sides, None, settings, &|_| {}, progress)?;
    let (weights, scale) = with_unwatched(movies, preferences, &learned, settings, progress)?;
    let kinds: Vec<&str> = features.iter().map(|kind| kind.name).collect();
    let mut evaluation = BTreeMap::new();
    if let Some(tried) = &learned.tried {
        evaluation.insert("validation_ndcg@20".to_owned(), tried.few);
    }
    Ok(LearnedFromViewers {
        lists: lists(&weights, viewers),
        chosen: learned.settings,
        settings: json!({
            "linear": learned.settings,
            "neighbours": settings.neighbours,
            "features": kinds,
            "unwatched_scale": scale,
        }),
        evaluation,
    })
}

/// The weights with those of films that nobody likes, and the scale of these; without, where nothing is
/// known that films could be compared by.
fn with_unwatched(
    movies: &[Movie],
    preferences: &Preferences,
    learned: &Learned,
    settings: &LearnSettings,
    progress: &dyn Progress,
) -> Result<(SparseWeights, Option<f64>), WeightsError> {
    let linear = Linear::new(
        preferences,
        &[],
        &learned.settings,
        settings.dense_films,
        progress,
    )?;
    let watched = Watched {
        preferences,
        films: linear.films(),
        gram: linear.gram(),
        weights: &learned.weights,
    };
    let of_unwatched = UnwatchedSettings {
        neighbours: settings.neighbours,
        ..UnwatchedSettings::default()
    };
    match unwatched(movies, &[], &watched, &of_unwatched, progress) {
        Ok(others) => Ok((others.beside(&learned.weights), Some(others.scale))),
        Err(WeightsError::NoFacts) => Ok((learned.weights.clone(), None)),
        Err(error) => Err(error),
    }
}

fn lists(weights: &SparseWeights, viewers: &Viewers) -> WeightLists {
    let by_source = weights.by_source();
    let counts = viewers.preferences.counts();
    let until = viewers.until().unwrap_or(Millis(0));
    let mut recent = vec![0.0; counts.len()];
    for (film, at) in &viewers.likes {
        let age = (until.0 - at.0) as f64;
        recent[*film as usize] += (-age / HALF_LIFE).exp2();
    }
    WeightLists {
        weights: (0..by_source.rows())
            .map(|source| {
                let row = by_source.row(source);
                row.map(|(target, weight)| (MovieIndex(target), weight))
                    .collect()
            })
            .collect(),
        prior: shares(
            &counts
                .iter()
                .map(|count| f64::from(*count))
                .collect::<Vec<_>>(),
        ),
        trending: shares(&recent),
        learned: counts.iter().map(|count| *count > 0).collect(),
    }
}

/// Each value by the largest.
fn shares(values: &[f64]) -> Vec<f32> {
    let most = values.iter().copied().fold(0.0, f64::max);
    let share = |value: &f64| {
        if most > 0.0 {
            (value / most) as f32
        } else {
            0.0
        }
    };
    values.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use matinee::taste::{Interaction, InteractionId, Kind, Recorded, Source, ViewerId};

    use super::*;
    use crate::NoProgress;
    use crate::evaluate::LikeRule;

    fn film(number: usize) -> Movie {
        let id = format!("tmdb:{number}").parse().unwrap();
        Movie::new(id, format!("Film {number}"), Some(1990))
    }

    fn like(viewer: usize, film: usize, day: i64) -> Recorded {
        let at = Millis(1_700_000_000_000 + day * 86_400_000);
        let movie: MovieId = format!("tmdb:{film}").parse().unwrap();
        let viewer: ViewerId = format!("v{viewer}").parse().unwrap();
        Interaction {
            id: InteractionId::derived([viewer.as_str(), movie.as_str()]),
            viewer,
            movie,
            kind: Kind::Liked,
            at,
            source: Source::Http,
            recommendation: None,
        }
        .accepted(at)
    }

    #[test]
    fn two_tastes_speak_for_themselves_and_what_is_liked_now_is_trending() {
        let movies: Vec<Movie> = (0..6).map(film).collect();
        let mut rows = Vec::new();
        for viewer in 0..20 {
            let first = viewer % 2 * 3;
            rows.extend(
                (first..first + 3).map(|film| like(viewer, film, if film < 3 { 0 } else { 90 })),
            );
        }
        rows.push(like(20, 99, 90));
        let likes = Likes::of(&rows, &LikeRule::default());
        let viewers = Viewers::of(&movies, &likes);
        assert_eq!((viewers.preferences.viewers(), viewers.unknown), (20, 1));
        let learned =
            learn_from_viewers(&movies, &viewers, &LearnSettings::default(), &NoProgress).unwrap();
        let to = |from: usize, target: u32| {
            let row = &learned.lists.weights[from];
            row.iter()
                .find(|(film, _)| film.0 == target)
                .map_or(0.0, |(_, weight)| *weight)
        };
        assert!(to(0, 1) > to(0, 4), "{:?}", learned.lists.weights);
        assert!((learned.lists.trending[0] - 0.125).abs() < 1e-6);
        assert!((learned.lists.prior[0] - 1.0).abs() < 1e-6);
    }
}
