//! The whole way from interactions to weights.

use super::gram::Side;
use super::linear::{Linear, LinearSettings};
use super::plan::{Demand, Plan};
use super::search::{Choice, Found, search, search_ridge, settle_ridge};
use super::{DenseWeights, SparseWeights, Validation, WeightsError};
use crate::evaluate::Scorer;
use crate::preferences::Preferences;
use crate::{NoProgress, Progress};

/// How weights are learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearnSettings {
    /// The neighbours of each film.
    pub neighbours: usize,
    /// The most films that are solved densely, the most-watched ones.
    pub dense_films: usize,
    /// The most neighbours for, and from, each film that is not.
    pub rest_neighbours: usize,
    /// The films, the most-watched ones, on which settings are tried.
    pub tried_films: usize,
    /// The films, the most-watched ones, on which the ridge is settled in the end.
    pub ridge_films: usize,
    /// The share of a viewer's films held back to choose settings by, where no part is set apart.
    pub share: f64,
    /// The most viewers of whom films are held back.
    pub viewers: usize,
    /// Another one holds back other films.
    pub seed: u64,
    /// The most memory that may be used, in bytes.
    pub memory: u64,
    /// What was chosen before; then nothing is held back and nothing tried.
    pub chosen: Option<LinearSettings>,
}

impl Default for LearnSettings {
    fn default() -> Self {
        Self {
            neighbours: 200,
            dense_films: 20_000,
            rest_neighbours: 50,
            tried_films: 4_000,
            ridge_films: 6_000,
            share: 0.1,
            viewers: 20_000,
            seed: 1,
            memory: u64::MAX,
            chosen: None,
        }
    }
}

impl LearnSettings {
    /// What learning so many neighbours of each film will take; 0 where all weights are wanted.
    ///
    /// # Errors
    /// [`WeightsError::Memory`] where that is more than may be used.
    pub fn plan(&self, preferences: &Preferences, neighbours: usize) -> Result<Plan, WeightsError> {
        let plan = Plan::new(
            preferences,
            Demand {
                dense_films: self.dense_films,
                tried_films: self.tried_films.max(self.ridge_films),
                neighbours,
                threads: rayon::current_num_threads(),
            },
        );
        plan.check(self.memory)?;
        Ok(plan)
    }
}

/// Weights and how they came about.
#[derive(Clone, Debug)]
pub struct Learned {
    /// The weights.
    pub weights: SparseWeights,
    /// What they were learned with.
    pub settings: LinearSettings,
    /// What was measured on the way; none where there was nothing to hold back.
    pub tried: Option<Tried>,
    /// What was planned.
    pub plan: Plan,
}

/// What the chosen settings reached on the part held back, among [`LearnSettings::ridge_films`] films.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// With all weights.
    pub all: Found,
    /// The mean NDCG@20 with the neighbours alone.
    pub few: f64,
}

/// Learns weights for a few neighbours of each film: plans, chooses settings on `validation` (or, where
/// that is none, on a part of `preferences` held back) unless they are chosen, then learns from all of `preferences`. `sides`
/// have a row for each film. `started` hears the plan before anything is allocated.
///
/// # Errors
/// [`WeightsError`]: nothing to learn from, too little memory, features that do not fit.
pub fn learn(
    preferences: &Preferences,
    sides: &[Side<'_>],
    validation: Option<&Validation>,
    settings: &LearnSettings,
    started: &dyn Fn(&Plan),
    progress: &dyn Progress,
) -> Result<Learned, WeightsError> {
    let plan = settings.plan(preferences, settings.neighbours)?;
    started(&plan);
    let start = if sides.is_empty() {
        LinearSettings {
            side: 0.0,
            ..LinearSettings::start()
        }
    } else {
        LinearSettings::start_with_features()
    };
    let choose = |choice: Choice<'_>| {
        let mut all = search(choice, start, progress)?;
        let more = Choice {
            films: settings
                .ridge_films
                .min(settings.dense_films)
                .max(choice.films),
            ..choice
        };
        let counts = choice.train.counts();
        let films = counts.iter().filter(|count| **count > 0).count();
        if films.min(more.films) > choice.films {
            let settled = settle_ridge(more, all.settings, progress)?;
            all = Found {
                tried: all.tried + settled.tried,
                ..settled
            };
        }
        let few = few(more, &all.settings, settings.neighbours)?;
        Ok(Tried { all, few })
    };
    let tried = if settings.chosen.is_none() {
        on_part_held_back(preferences, sides, validation, settings, choose)?
    } else {
        None
    };
    let found = tried.as_ref().map(|tried| tried.all.settings);
    let chosen = settings.chosen.or(found).unwrap_or(start);
    let linear = Linear::new(preferences, sides, &chosen, settings.dense_films, progress)?;
    let solution = linear.solve(&chosen, progress)?;
    let weights = linear.sparse(&solution, settings.neighbours, progress)?;
    drop(solution);
    let neighbours = settings.rest_neighbours;
    let weights = linear.with_rest(weights, (preferences, sides), &chosen, neighbours, progress)?;
    Ok(Learned {
        weights,
        settings: chosen,
        tried,
        plan,
    })
}

/// Learns the weights of EASE, all of them: with `ridge`, or with the ridge that does best on
/// `validation` or on a part held back. 4·n² bytes for n films.
///
/// # Errors
/// As [`learn`].
pub fn learn_ease(
    preferences: &Preferences,
    ridge: Option<f64>,
    validation: Option<&Validation>,
    settings: &LearnSettings,
    started: &dyn Fn(&Plan),
    progress: &dyn Progress,
) -> Result<(DenseWeights, LinearSettings), WeightsError> {
    let plan = settings.plan(preferences, 0)?;
    started(&plan);
    let chosen = if let Some(ridge) = ridge {
        LinearSettings::ease(ridge)
    } else {
        let search = |choice: Choice<'_>| search_ridge(choice, progress);
        let found = on_part_held_back(preferences, &[], validation, settings, search)?;
        let ridge = LinearSettings::start().ridge;
        found.map_or(LinearSettings::ease(ridge), |found| found.settings)
    };
    let linear = Linear::new(preferences, &[], &chosen, settings.dense_films, progress)?;
    let solution = linear.solve(&chosen, progress)?;
    Ok((linear.dense(&solution), chosen))
}

/// Gives what is to be chosen for, on `validation` or on a part of `preferences` held back, to `work`;
/// none where nothing is held back.
fn on_part_held_back<T>(
    preferences: &Preferences,
    sides: &[Side<'_>],
    validation: Option<&Validation>,
    settings: &LearnSettings,
    work: impl FnOnce(Choice<'_>) -> Result<T, WeightsError>,
) -> Result<Option<T>, WeightsError> {
    let carved;
    let validation = if let Some(validation) = validation {
        validation
    } else {
        let (share, seed, viewers) = (settings.share, settings.seed, settings.viewers);
        carved = Validation::carve(preferences, share, seed, viewers);
        &carved
    };
    if validation.held_back.is_empty() {
        return Ok(None);
    }
    let figure = |scorer: &dyn Scorer| validation.ndcg(scorer);
    let choice = Choice {
        train: &validation.train,
        sides,
        // No more than the plan has memory for.
        films: settings.tried_films.min(settings.dense_films),
        figure: &figure,
    };
    work(choice).map(Some)
}

/// The mean figure of few neighbours under some settings.
fn few(
    choice: Choice<'_>,
    settings: &LinearSettings,
    neighbours: usize,
) -> Result<f64, WeightsError> {
    let linear = Linear::new(
        choice.train,
        choice.sides,
        settings,
        choice.films,
        &NoProgress,
    )?;
    let solution = linear.solve(settings, &NoProgress)?;
    let weights = linear.sparse(&solution, neighbours, &NoProgress)?;
    let figures = (choice.figure)(&weights)?;
    Ok(figures.iter().sum::<f64>() / figures.len().max(1) as f64)
}
