//! Whether a new model may take the live one's place.

use std::collections::{BTreeMap, HashMap, HashSet};

use matinee::catalogue::{Movie, MovieId};
use matinee::model::{
    Model, ModelError, MovieIndex, MovieRef, Pointer, SectionEntry, SectionKind, Weights,
    load_named, write_weights,
};
use matinee::ports::Blobs;
use matinee::taste::Millis;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use super::RenewError;
use crate::Progress;
use crate::evaluate::{Likes, Scorer};
use crate::preferences::Preferences;
use crate::viewers::{Viewers, learn_from_viewers, rows_of};
use crate::weights::{LearnSettings, LinearSettings, Validation};

/// How far a candidate's NDCG@20 may lie behind the live model's, as a share of that: 2 %.
pub const MOST_BEHIND: f64 = 0.02;

/// The fewest viewers on whom models are compared. With fewer a single film that leaves the list of
/// one viewer moves the mean by more than [`MOST_BEHIND`].
pub const LEAST_VIEWERS: usize = 20;

/// The most viewers on whom models are compared, those who come first by chance: the mean is known to
/// a fifth of a hundredth then, and a list costs a fraction of a millisecond.
const MOST_VIEWERS: usize = 20_000;

/// How many lost films are named.
const NAMED: usize = 5;

/// The live model, as far as it can be used.
pub(super) enum Live {
    /// There is none.
    None,
    /// There is one that is refused.
    Broken(ModelError),
    /// There is one.
    Model(Box<Model>),
}

impl Live {
    /// The model that the pointer names. A broken one is no failure: it wants to be replaced.
    pub(super) async fn load(models: &impl Blobs, before: &Pointer) -> Result<Self, ModelError> {
        let Some(version) = &before.version else {
            return Ok(Self::None);
        };
        match load_named(models, version).await {
            Ok(model) => Ok(Self::Model(Box::new(model))),
            Err(error @ ModelError::Store(_)) => Err(error),
            Err(error) => Ok(Self::Broken(error)),
        }
    }

    /// Until when viewers were listened to; otherwise why nothing can be compared with it.
    pub(super) fn trained_until(&self) -> Result<Millis, String> {
        match self {
            Self::None => Err("there is no live model".to_owned()),
            Self::Broken(error) => Err(format!("the live model cannot be used: {error}")),
            Self::Model(model) => {
                let until = model.manifest.trained_until;
                let until = until.filter(|_| model.weights.is_some()).map(Millis);
                until.ok_or_else(|| "the live model has not learned from viewers".to_owned())
            }
        }
    }

    /// Whether it has learned from film ratings.
    pub(super) fn has_ratings(&self) -> bool {
        let rating = self.model().and_then(|model| model.rating.as_ref());
        rating.is_some_and(|rating| rating.ratings > 0)
    }

    fn model(&self) -> Option<&Model> {
        match self {
            Self::Model(model) => Some(model),
            _ => None,
        }
    }
}

/// How two models did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Comparison {
    /// They were not compared.
    NotMade {
        /// Why not.
        reason: String,
    },
    /// They were: the mean NDCG@20 over viewers who liked something later than the live model was
    /// trained, of lists without what they liked before.
    Made {
        /// How many viewers.
        viewers: u64,
        /// Of the candidate, trained without the later likes.
        candidate: f64,
        /// Of the live model.
        live: f64,
    },
}

/// What the guard says of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The version that was live before, if one could be used.
    pub live_version: Option<String>,
    /// How many films of the live model the candidate lacks.
    pub lost_films: u64,
    /// The ids of the first of them.
    pub lost_examples: Vec<String>,
    /// Whether the live model has learned from viewers and the candidate has nobody to learn from.
    pub nothing_learned: bool,
    /// Whether the live model has learned from film ratings and the candidate has none to learn from.
    pub nothing_rated: bool,
    /// How the two did.
    pub comparison: Comparison,
}

impl Verdict {
    pub(super) fn new(
        live: &Live,
        movies: &[Movie],
        viewers: &Viewers,
        comparison: Comparison,
        stand_in: &HashSet<MovieId>,
    ) -> Self {
        let live = live.model();
        let lost = live.map_or_else(Vec::new, |live| lost(live, movies, stand_in));
        let learned = live.is_some_and(|live| live.weights.is_some());
        Self {
            live_version: live.map(|live| live.version().to_owned()),
            lost_films: lost.len() as u64,
            lost_examples: lost.into_iter().take(NAMED).collect(),
            nothing_learned: learned && viewers.preferences.is_empty(),
            nothing_rated: false,
            comparison,
        }
    }

    /// What speaks against making the candidate live; `None` where nothing does.
    pub fn reason(&self) -> Option<String> {
        let mut reasons = Vec::new();
        if self.lost_films > 0 {
            let more = self.lost_films - self.lost_examples.len() as u64;
            let more = match more {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let named = self.lost_examples.join(", ");
            reasons.push(format!(
                "it lacks {} of the live model's films: {named}{more}",
                self.lost_films
            ));
        }
        if self.nothing_learned {
            reasons.push(
                "the live model has learned from viewers, and there are none to learn from now"
                    .to_owned(),
            );
        }
        if self.nothing_rated {
            reasons.push(
                "the live model has learned from film ratings, and there are none to learn from now"
                    .to_owned(),
            );
        }
        if let Comparison::Made {
            viewers,
            candidate,
            live,
        } = self.comparison
            && candidate < live * (1.0 - MOST_BEHIND)
        {
            reasons.push(format!(
                "its NDCG@20 is {candidate:.4}, more than {:.0} % behind the live model's \
                 {live:.4}, on what {viewers} viewers liked since that was trained",
                MOST_BEHIND * 100.0
            ));
        }
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }

    /// What was measured, by name, as manifests hold it.
    pub(super) fn figures(&self) -> BTreeMap<String, f64> {
        let Comparison::Made {
            viewers,
            candidate,
            live,
        } = self.comparison
        else {
            return BTreeMap::new();
        };
        let named = |name: &str| name.to_owned();
        BTreeMap::from([
            (named("guard_viewers"), viewers as f64),
            (named("guard_candidate_ndcg@20"), candidate),
            (named("guard_live_ndcg@20"), live),
        ])
    }
}

/// The ids of the live model's films that are not among `movies` by any of their ids; none where it
/// was a stand-in.
fn lost(live: &Model, movies: &[Movie], stand_in: &HashSet<MovieId>) -> Vec<String> {
    let is_stand_in = |film: MovieRef<'_>| stand_in.contains(&film.movie_id());
    if live.catalogue.iter().all(is_stand_in) {
        return Vec::new();
    }
    let mut there = vec![false; live.catalogue.len()];
    for row in live_rows(live, movies).into_iter().flatten() {
        there[row.row()] = true;
    }
    let films = live.catalogue.iter().zip(there);
    films
        .filter(|(_, there)| !there)
        .map(|(film, _)| film.id().to_owned())
        .collect()
}

/// The place of each of `movies` in a model, by any of their ids.
fn live_rows(live: &Model, movies: &[Movie]) -> Vec<Option<MovieIndex>> {
    let place = |movie: &Movie| {
        let mut ids = std::iter::once(&movie.id).chain(&movie.aliases);
        ids.find_map(|id| live.catalogue.by_id(id.as_str()))
            .map(MovieRef::index)
    };
    movies.iter().map(place).collect()
}

/// What two models are compared by.
pub(super) struct HeldBack {
    /// What viewers liked until the live model was trained, and what was learned from that alone.
    before: Likes,
    /// The films of viewers before and later, by their rows in the candidate.
    rows: Validation,
}

impl HeldBack {
    /// What was liked until a moment and what is liked at all; otherwise why nothing can be compared
    /// by that.
    pub(super) fn new(
        movies: &[Movie],
        (until, before): (Millis, Likes),
        all: &Likes,
    ) -> Result<Self, String> {
        let rows = split(movies, &before, all, until);
        let viewers = rows.held_back.viewers();
        if viewers < LEAST_VIEWERS {
            return Err(format!(
                "{viewers} viewers who were known liked something since the live model was \
                 trained: at least {LEAST_VIEWERS} are needed"
            ));
        }
        Ok(Self { before, rows })
    }
}

/// For each viewer who is known from before and liked other films later: those and these. A like
/// counts as later by when it was last said.
fn split(movies: &[Movie], before: &Likes, all: &Likes, until: Millis) -> Validation {
    let known: HashMap<_, _> = before.viewers.iter().zip(&before.likes).collect();
    let of_before = rows_of(movies, &before.films);
    let of_all = rows_of(movies, &all.films);
    let mut viewers = Vec::new();
    for (viewer, likes) in all.viewers.iter().zip(&all.likes) {
        let Some(earlier) = known.get(viewer) else {
            continue;
        };
        let had: HashSet<u32> = earlier
            .iter()
            .filter_map(|like| of_before[like.film as usize])
            .collect();
        let later: Vec<u32> = likes
            .iter()
            .filter(|like| like.at > until)
            .filter_map(|like| of_all[like.film as usize])
            .filter(|film| !had.contains(film))
            .collect();
        if !had.is_empty() && !later.is_empty() {
            viewers.push((xxh3_64(viewer.as_str().as_bytes()), had, later));
        }
    }
    viewers.sort_by_key(|(drawn, ..)| *drawn);
    viewers.truncate(MOST_VIEWERS);
    let had = viewers
        .iter()
        .map(|(_, had, _)| had.iter().copied().collect());
    let later = viewers.iter().map(|(_, _, later)| later.clone());
    Validation {
        train: Preferences::new(movies.len(), had),
        held_back: Preferences::new(movies.len(), later),
    }
}

/// What came of comparing.
pub(super) struct Compared {
    pub(super) comparison: Comparison,
    /// The settings that were chosen for the candidate, and what they reached.
    pub(super) chosen: Option<(LinearSettings, BTreeMap<String, f64>)>,
}

impl Compared {
    /// Nothing.
    pub(super) fn not_made(reason: String) -> Self {
        Self {
            comparison: Comparison::NotMade { reason },
            chosen: None,
        }
    }
}

/// Trains a candidate without what is held back, and measures it and the live model by that.
pub(super) fn compare(
    live: &Live,
    movies: &[Movie],
    held_back: &HeldBack,
    settings: &LearnSettings,
    progress: &impl Progress,
) -> Result<Compared, RenewError> {
    let Some((live, served)) = live
        .model()
        .and_then(|live| Some((live, live.weights.as_ref()?)))
    else {
        let reason = "the live model has not learned from viewers";
        return Ok(Compared::not_made(reason.to_owned()));
    };
    let before = Viewers::of(movies, &held_back.before);
    let learned = learn_from_viewers(movies, &before, settings, progress)?;
    let section = write_weights(&learned.lists);
    let entry = SectionEntry::describe(SectionKind::Weights, &section);
    let weights = Weights::open(section.into(), &entry, movies.len())?;
    progress.stage("comparing with the live model", 0);
    let rows = (0..movies.len() as u32).map(|row| Some(MovieIndex(row)));
    let candidate = Served {
        weights: &weights,
        rows: rows.collect(),
    };
    let live = Served {
        weights: served,
        rows: live_rows(live, movies),
    };
    let figures = |model: &Served<'_>| held_back.rows.ndcg(model);
    let (candidate, live) = (figures(&candidate)?, figures(&live)?);
    let mean = |figures: &[f64]| figures.iter().sum::<f64>() / figures.len().max(1) as f64;
    Ok(Compared {
        comparison: Comparison::Made {
            viewers: candidate.len() as u64,
            candidate: mean(&candidate),
            live: mean(&live),
        },
        chosen: Some((learned.chosen, learned.evaluation)),
    })
}

/// What a model serves: the scores of its weights section.
struct Served<'a> {
    weights: &'a Weights,
    /// The place in the section of each film that is ranked; none where the model does not have it.
    rows: Vec<Option<MovieIndex>>,
}

impl Scorer for Served<'_> {
    fn scores(&self, history: &[u32], scores: &mut [f32]) {
        let films = history.iter().filter_map(|film| self.rows[*film as usize]);
        let sums = self.weights.sums(films.map(|film| (film, 1.0)));
        for (score, row) in scores.iter_mut().zip(&self.rows) {
            *score = row.map_or(f32::NEG_INFINITY, |row| sums[row.row()]);
        }
    }
}
