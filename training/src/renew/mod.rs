//! A store's model made anew: catalogues and what viewers did are read, a model is trained, judged
//! against the live one, written, read back, and made the live one. `matinee train` and the function
//! behind the nightly schedule are this, over different stores.

mod error;
mod gather;
mod guard;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use matinee::catalogue::{Movie, MovieId};
use matinee::model::{
    Draft, Manifest, Model, SectionKind, SourceCounts, keep, pointer, publish_from,
};
use matinee::ports::Blobs;
use serde::Serialize;

use crate::film_ratings::FilmRatingReport;
use crate::ingest::{self, ImportOptions, ImportReport};
use crate::interactions::{InteractionOptions, InteractionReport};
use crate::items::{ItemReport, Items};
use crate::log::CompactReport;
use crate::rating::learn_checked;
use crate::viewers::Viewers;
use crate::weights::{LearnSettings, Plan, WeightsError};
use crate::{Progress, TrainSettings, train};

pub use error::RenewError;
use guard::{Compared, HeldBack, Live, compare};
pub use guard::{Comparison, LEAST_VIEWERS, MOST_BEHIND, Verdict};

/// Where a manifest's settings say why a model was not made live.
const HELD_BACK: &str = "held_back";

/// What chance begins with where film ratings are learned from.
const RATING_SEED: u64 = 1;

/// How often fewer films are solved densely because memory does not suffice for more.
const ATTEMPTS: usize = 8;

/// About how many settings are tried, and how long one takes on one thread, in seconds by films³.
const TRIES: f64 = 25.0;
const TRY: f64 = 4e-11;

/// How long one thread needs to compare a film that nobody likes with one that somebody does, in seconds.
const LIKENESS: f64 = 6e-7;

/// What a model is made of, and how.
#[derive(Clone, Debug)]
pub struct Order<'a> {
    /// Catalogues as [`ingest::import`] takes them; the first gives the ids.
    pub catalogues: &'a [PathBuf],
    /// How they are read.
    pub import: ImportOptions,
    /// What clients put about films, in these catalogues or in none.
    pub items: &'a Items,
    /// What viewers did besides the log, as [`crate::interactions::for_each`] takes it.
    pub interactions: &'a [PathBuf],
    /// How that is read.
    pub read: InteractionOptions,
    /// Film ratings besides the log's, as [`crate::film_ratings::for_each`] takes them, read as leniently
    /// as interactions.
    pub film_ratings: &'a [PathBuf],
    /// The time now, RFC 3339 UTC with whole seconds.
    pub created: &'a str,
    /// How the model is trained.
    pub settings: TrainSettings,
    /// A live model of nothing but these films is a stand-in: another one may lack them. Empty where
    /// there are no stand-ins.
    pub stand_in: &'a HashSet<MovieId>,
    /// The new model goes live whatever the guard says.
    pub force: bool,
}

/// What will be learned from viewers, told before it begins.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// What learning once takes.
    pub plan: Plan,
    /// The films of the catalogues, those that nobody likes included.
    pub films: u64,
    /// How often it is learned: once more where the live model is to be compared.
    pub times: u32,
    /// On how many films settings are tried, at most.
    pub tried_films: u64,
}

impl Task {
    /// Roughly how long all learning takes, in seconds: the choice of settings, once; the solution that is
    /// planned and the weights of films that nobody likes, as often as it is learned. Half
    /// as long or twice as long is no surprise.
    pub fn seconds(&self) -> f64 {
        let tried = self.plan.dense_films.min(self.tried_films) as f64;
        let unwatched = self.films.saturating_sub(self.plan.films) as f64;
        let choice = TRIES * tried.powi(3) * TRY;
        let others = unwatched * self.plan.films as f64 * LIKENESS;
        let threads = rayon::current_num_threads().max(1) as f64;
        choice / threads + f64::from(self.times) * (self.plan.seconds + others / threads)
    }
}

/// Hears of a renewal.
pub trait Watcher: Progress {
    /// What is about to be learned.
    ///
    /// # Errors
    /// Why it must not begin; then nothing has been written.
    fn task(&self, task: &Task) -> Result<(), String>;
}

/// What came of a renewal.
#[derive(Debug)]
pub struct Renewed {
    /// The new model, as read back from the store.
    pub model: Model,
    /// Whether it is the live one now.
    pub live: bool,
    /// What the guard says of it.
    pub verdict: Verdict,
    /// One for every catalogue, in the order given.
    pub catalogues: Vec<ImportReport>,
    /// What became of [`Order::items`].
    pub items: ItemReport,
    /// One for each of [`Order::interactions`].
    pub interactions: Vec<InteractionReport>,
    /// One for each of [`Order::film_ratings`].
    pub film_ratings: Vec<FilmRatingReport>,
    /// How many film ratings there were, those of the log included.
    pub film_ratings_read: u64,
    /// What compaction did to the log, where there is one that nobody else was compacting.
    pub compacted: Option<CompactReport>,
    /// Viewers who like a film of the model.
    pub viewers: u64,
    /// What was made of what they did.
    pub heard: Heard,
    /// What learning once took, as planned; `None` where there was nobody to learn from.
    pub plan: Option<Plan>,
}

/// What was made of what viewers did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Heard {
    /// Interactions that were read, the log's included.
    pub interactions: u64,
    /// Films that somebody likes, one for each viewer: what a model is learned from. Ratings below four
    /// stars of five, clicks, skips and dislikes are none.
    pub likes: u64,
    /// Likes of films that are not in the catalogue: they are left out.
    pub unknown: u64,
}

/// Makes the model in `models` anew, with what the log says where there is one. The log is compacted
/// first.
///
/// The pointer to the live model moves last, and only from the state that it had when this began: of
/// two renewals at once one fails. A candidate that [`Verdict::reason`] speaks against is written and
/// not made live, unless [`Order::force`] says so.
///
/// Memory: films, likes (24 bytes an interaction, twice where the live model is compared), what
/// [`Plan::bytes`] says, and at most [`MOST_RATINGS`](crate::rating::MOST_RATINGS) film ratings.
///
/// # Errors
/// [`RenewError`]. The live model stays as it was.
pub async fn renew<M: Blobs, L: Blobs>(
    models: &M,
    log: Option<&L>,
    order: &Order<'_>,
    watcher: &impl Watcher,
) -> Result<Renewed, RenewError> {
    let pointer = pointer(models).await?;
    let live = Live::load(models, &pointer).await?;
    let (mut movies, reports) = films(order, watcher)?;
    let items = order.items.add_to(&mut movies);
    let gathered = gather::all(log, order, watcher).await?;
    let until = live.trained_until();
    let before = until.map(|until| (until, gathered.said.until(until).into_likes()));
    let film_ratings_read = gathered.rated.all();
    let rated = gathered.rated.into_rows();
    let likes = gathered.said.into_likes();
    let viewers = Viewers::of(&movies, &likes);
    let held_back = before.and_then(|before| HeldBack::new(&movies, before, &likes));
    drop(likes);
    let mut settings = order.settings.clone();
    let plan = plan(&viewers, &mut settings.weights)?;
    if let Some(plan) = plan {
        let times = if held_back.is_ok() { 2 } else { 1 };
        let told = watcher.task(&Task {
            plan,
            films: movies.len() as u64,
            times,
            tried_films: settings.weights.tried_films as u64,
        });
        told.map_err(RenewError::Refused)?;
    }
    let compared = match held_back {
        Err(why) => Compared::not_made(why),
        Ok(held_back) => compare(&live, &movies, &held_back, &settings.weights, watcher)?,
    };
    let (chosen, figures) = compared.chosen.unzip();
    settings.weights.chosen = chosen;
    let stand_in = order.items.beside(order.stand_in);
    let mut verdict = Verdict::new(&live, &movies, &viewers, compared.comparison, &stand_in);
    verdict.nothing_rated = live.has_ratings() && rated.is_empty();
    let mut draft = draft(order, &movies, &viewers, &settings, watcher)?;
    if !rated.is_empty() {
        watcher.stage("learning film ratings", 0);
        let checked = learn_checked(&rated, RATING_SEED)?;
        let section = checked.section.into();
        draft.sections.insert(SectionKind::Rating, section);
        draft.evaluation.extend(checked.figures);
    }
    draft.evaluation.extend(figures.unwrap_or_default());
    draft.evaluation.extend(verdict.figures());
    watcher.stage("publishing", 0);
    let reason = verdict.reason().filter(|_| !order.force);
    let goes_live = reason.is_none();
    if let Some(reason) = reason {
        draft.settings[HELD_BACK] = reason.into();
    }
    let model = if goes_live {
        publish_from(models, &draft, &pointer).await?
    } else {
        keep(models, &draft).await?
    };
    Ok(Renewed {
        model,
        live: goes_live,
        verdict,
        catalogues: reports,
        items,
        interactions: gathered.reports,
        film_ratings: gathered.film_ratings,
        film_ratings_read,
        compacted: gathered.compacted,
        viewers: viewers.preferences.viewers() as u64,
        heard: Heard {
            interactions: viewers.interactions,
            likes: viewers.preferences.len() as u64,
            unknown: viewers.unknown,
        },
        plan,
    })
}

/// The films of all catalogues.
fn films(
    order: &Order<'_>,
    progress: &impl Progress,
) -> Result<(Vec<Movie>, Vec<ImportReport>), RenewError> {
    let mut reports = Vec::new();
    let mut catalogues = Vec::new();
    for path in order.catalogues {
        progress.stage(&format!("importing {}", name(path)), 0);
        let imported = ingest::import(path, &order.import)?;
        reports.push(imported.report);
        catalogues.push(imported.movies);
    }
    progress.stage("joining", 0);
    Ok((ingest::join(catalogues), reports))
}

/// What learning takes, with as many films solved densely as memory allows; `None` where there is
/// nobody to learn from.
fn plan(viewers: &Viewers, settings: &mut LearnSettings) -> Result<Option<Plan>, WeightsError> {
    if viewers.preferences.is_empty() {
        return Ok(None);
    }
    let planned =
        |settings: &LearnSettings| settings.plan(&viewers.preferences, settings.neighbours);
    for _ in 0..ATTEMPTS {
        match planned(settings) {
            Err(WeightsError::Memory { fitting, plan, .. })
                if (1..plan.dense_films).contains(&fitting) =>
            {
                settings.dense_films = fitting as usize;
            }
            planned => return planned.map(Some),
        }
    }
    planned(settings).map(Some)
}

/// The candidate, trained on everything.
fn draft(
    order: &Order<'_>,
    movies: &[Movie],
    viewers: &Viewers,
    settings: &TrainSettings,
    progress: &impl Progress,
) -> Result<Draft, RenewError> {
    let source = SourceCounts {
        catalogues: order.catalogues.iter().map(|path| name(path)).collect(),
        movies: movies.len() as u64,
        interactions: viewers.interactions,
    };
    let (viewers, created) = (Some(viewers), order.created);
    Ok(train(movies, viewers, source, created, settings, progress)?)
}

/// Why a model was written and not made live, as its manifest says; `None` of one that was.
pub fn held_back(manifest: &Manifest) -> Option<&str> {
    manifest.settings.get(HELD_BACK)?.as_str()
}

/// The last part of a path: what people call it.
pub fn name(path: &Path) -> String {
    let last = |path: &Path| Some(path.file_name()?.to_string_lossy().into_owned());
    last(path)
        .or_else(|| last(&path.canonicalize().ok()?))
        .unwrap_or_else(|| path.display().to_string())
}
