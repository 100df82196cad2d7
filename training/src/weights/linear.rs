//! The model: from interactions to a solution under given settings.

use super::dense::DenseWeights;
use super::gram::{Gram, Side, gram, viewer_weights};
use super::inverse::invert;
use super::rest::Rest;
use super::sparse::{SparseWeights, solve_on, supports};
use super::symmetric::{STRIP, Symmetric};
use super::{DenseFilms, WeightsError, dense_films};
use crate::Progress;
use crate::preferences::Preferences;
use crate::sparse::SparseRows;
use serde::Serialize;

/// What the closed form depends on. v(i) is the weight of the viewers who have film i, q(i) their
/// number over the mean number of viewers; means are over films that somebody has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LinearSettings {
    /// How much less viewers with many films count, 0 (as much as others) to 1; the exponent of
    /// [`viewer_weights`].
    pub viewer_damping: f64,
    /// The ridge λ of a film with an average v, above 0.
    pub ridge: f64,
    /// The exponent of v(i) / mean v that the ridge of film i is multiplied by.
    pub ridge_popularity: f64,
    /// The share of v(i) that is added to the ridge of film i: p / (1 − p) for a dropout of p (Steck,
    /// "Autoencoders that don't overfit towards the Identity", 2020), 0 for none.
    pub dropout: f64,
    /// What the weights of the features are multiplied by, from 0 on.
    pub side: f64,
    /// The exponent of q(i) that weights of source film i are multiplied by.
    pub source_popularity: f64,
    /// The exponent of q(j) that weights for target film j are divided by.
    pub target_popularity: f64,
}

impl LinearSettings {
    /// Those of EASE: a ridge and nothing else.
    pub fn ease(ridge: f64) -> Self {
        Self {
            viewer_damping: 0.0,
            ridge,
            ridge_popularity: 0.0,
            dropout: 0.0,
            side: 0.0,
            source_popularity: 0.0,
            target_popularity: 0.0,
        }
    }

    /// What did best, or as well as anything, on parts held back of several data sets; the ridge is
    /// the one setting that each data set has its own best of.
    pub fn start() -> Self {
        Self {
            viewer_damping: 0.65,
            ridge: 300.0,
            ridge_popularity: 0.35,
            dropout: 0.0,
            side: 1.0,
            source_popularity: -0.1,
            target_popularity: 0.15,
        }
    }

    /// The same where features stand beside the interactions: these say what popularity stood for.
    pub fn start_with_features() -> Self {
        Self {
            ridge_popularity: 0.175,
            target_popularity: 0.075,
            ..Self::start()
        }
    }

    fn check(&self) -> Result<(), WeightsError> {
        let fault = |setting, found, expected| WeightsError::Setting {
            setting,
            found,
            expected,
        };
        if !(self.ridge > 0.0 && self.ridge.is_finite()) {
            return Err(fault("ridge", self.ridge, "a finite number above 0"));
        }
        for (setting, found) in [("dropout", self.dropout), ("side", self.side)] {
            if !(found >= 0.0 && found.is_finite()) {
                return Err(fault(setting, found, "a finite number from 0 on"));
            }
        }
        let exponents = [
            ("viewer_damping", self.viewer_damping),
            ("ridge_popularity", self.ridge_popularity),
            ("source_popularity", self.source_popularity),
            ("target_popularity", self.target_popularity),
        ];
        for (setting, found) in exponents {
            // Beyond, powers of counts leave the range in which the ridge keeps its meaning.
            if !(-4.0..=4.0).contains(&found) {
                return Err(fault(setting, found, "a number from -4 to 4"));
            }
        }
        Ok(())
    }
}

/// Interactions and features, made ready to be solved under one viewer damping and one factor of the
/// features.
#[derive(Clone, Debug)]
pub struct Linear {
    /// The films that are solved densely, ascending; their place is their row.
    films: Vec<u32>,
    /// The films with viewers that are not.
    rest: Vec<u32>,
    /// How many viewers each film has, of all there are.
    counts: Vec<u32>,
    /// The weight of each viewer.
    weights: Vec<f64>,
    /// The sum of the viewers' weights over all pairs of a viewer and a film.
    given: f64,
    gram: Gram,
    viewer_damping: f64,
    side: f64,
}

/// What settings make of a film's viewers and popularity.
#[derive(Clone, Debug)]
pub(super) struct Scales {
    settings: LinearSettings,
    /// The mean weight of a film's viewers, over films that have any.
    mean_viewers: f64,
    /// For each film, its number of viewers over the mean of films that have any.
    shares: Vec<f64>,
}

impl Scales {
    /// The ridge of a film whose viewers have this weight.
    pub(super) fn ridge(&self, viewers: f64) -> f64 {
        let share = viewers / self.mean_viewers;
        self.settings.ridge * share.powf(self.settings.ridge_popularity)
            + self.settings.dropout * viewers
    }

    /// What the weight of a source for a target is multiplied by.
    pub(super) fn of(&self, source: u32, target: u32) -> f64 {
        self.source(source) * self.target(target)
    }

    pub(super) fn scaled(&self, weight: f64, source: u32, target: u32) -> f32 {
        (weight * self.of(source, target)) as f32
    }

    fn source(&self, film: u32) -> f64 {
        self.shares[film as usize].powf(self.settings.source_popularity)
    }

    fn target(&self, film: u32) -> f64 {
        self.shares[film as usize].powf(-self.settings.target_popularity)
    }
}

/// The system solved under some settings.
#[derive(Clone, Debug)]
pub struct Solution {
    pub(super) inverse: Symmetric,
    pub(super) ridge: Vec<f64>,
    pub(super) source_scale: Vec<f64>,
    pub(super) target_scale: Vec<f64>,
}

impl Linear {
    /// The Gram matrix of the `limit` most-watched films (see [`dense_films`]), with the features of
    /// `sides`, which have a row for each of `preferences`' films.
    ///
    /// # Errors
    /// [`WeightsError::NoInteractions`], [`WeightsError::Features`], [`WeightsError::Setting`].
    pub fn new(
        preferences: &Preferences,
        sides: &[Side<'_>],
        settings: &LinearSettings,
        limit: usize,
        progress: &dyn Progress,
    ) -> Result<Self, WeightsError> {
        settings.check()?;
        let width = preferences.films();
        for side in sides {
            if side.features.rows() != width {
                return Err(WeightsError::Features {
                    expected: width,
                    found: side.features.rows(),
                });
            }
        }
        let counts = preferences.counts();
        let DenseFilms { dense: films, rest } = dense_films(&counts, limit);
        if films.is_empty() {
            return Err(WeightsError::NoInteractions);
        }
        let films_had: Vec<usize> = preferences.rows().map(<[u32]>::len).collect();
        let weights = viewer_weights(&films_had, settings.viewer_damping);
        let features: Vec<SparseRows> = sides
            .iter()
            .map(|side| side.features.rows_at(&films))
            .collect();
        let sides: Vec<Side<'_>> = sides
            .iter()
            .zip(&features)
            .map(|(side, features)| Side {
                features,
                weight: side.weight * settings.side,
            })
            .collect();
        progress.stage("counting films that come together", films.len() as u64);
        let gram = gram(&preferences.columns_at(&films), &weights, &sides, progress)?;
        let given = films_had.iter().zip(&weights);
        Ok(Self {
            films,
            rest,
            counts,
            given: given.map(|(size, weight)| *size as f64 * weight).sum(),
            weights,
            gram,
            viewer_damping: settings.viewer_damping,
            side: settings.side,
        })
    }

    /// The films that are solved densely, ascending.
    pub fn films(&self) -> &[u32] {
        &self.films
    }

    /// How they come together.
    pub fn gram(&self) -> &Gram {
        &self.gram
    }

    /// Solves the system. n³ floating point operations for n films, and once more the memory of the
    /// Gram matrix.
    ///
    /// # Errors
    /// [`WeightsError::Setting`], [`WeightsError::NotPositive`].
    ///
    /// # Panics
    /// When viewer damping or factor of the features are not those that `self` was made with.
    pub fn solve(
        &self,
        settings: &LinearSettings,
        progress: &dyn Progress,
    ) -> Result<Solution, WeightsError> {
        settings.check()?;
        let made_with = (self.viewer_damping, self.side);
        assert_eq!((settings.viewer_damping, settings.side), made_with);
        let size = self.films.len();
        progress.stage("solving", size.div_ceil(STRIP) as u64);
        let scales = self.scales(settings);
        let viewers = self.gram.viewers.iter();
        let ridge: Vec<f64> = viewers.map(|viewers| scales.ridge(*viewers)).collect();
        let mut inverse = self.gram.matrix.clone();
        inverse.add_to_diagonal(&ridge);
        invert(&mut inverse, progress)?;
        let solution = Solution {
            inverse,
            ridge,
            source_scale: Vec::new(),
            target_scale: Vec::new(),
        };
        Ok(self.scaled(solution, settings))
    }

    /// A solution of this system with the scales of `settings`, which change nothing else.
    pub(super) fn scaled(&self, solution: Solution, settings: &LinearSettings) -> Solution {
        let scales = self.scales(settings);
        let films = self.films.iter();
        Solution {
            source_scale: films.clone().map(|film| scales.source(*film)).collect(),
            target_scale: films.map(|film| scales.target(*film)).collect(),
            ..solution
        }
    }

    fn scales(&self, settings: &LinearSettings) -> Scales {
        // Over all films, not the dense ones: so a film's ridge does not depend on how many are.
        let films = (self.films.len() + self.rest.len()) as f64;
        let mean = self
            .counts
            .iter()
            .map(|count| f64::from(*count))
            .sum::<f64>()
            / films;
        Scales {
            settings: *settings,
            mean_viewers: self.given / films,
            shares: self
                .counts
                .iter()
                .map(|count| f64::from(*count) / mean)
                .collect(),
        }
    }

    /// Every weight of a solution of this system. 4·n² bytes.
    pub fn dense(&self, solution: &Solution) -> DenseWeights {
        DenseWeights::new(&self.films, solution)
    }

    /// For each film the weights of the `neighbours` sources of largest partial
    /// correlation, solved again as if there were no
    /// other films: what truncation alone loses comes back this way.
    ///
    /// # Errors
    /// [`WeightsError::NotPositive`].
    pub fn sparse(
        &self,
        solution: &Solution,
        neighbours: usize,
        progress: &dyn Progress,
    ) -> Result<SparseWeights, WeightsError> {
        progress.stage("choosing neighbours", self.films.len() as u64);
        let supports = supports(solution, neighbours);
        let weights = solve_on(&supports, &self.gram, solution, progress)?;
        let mut by_target = SparseRows::new(self.counts.len());
        let mut next = 0;
        for film in 0..self.counts.len() as u32 {
            if self.films.get(next) == Some(&film) {
                let sources = supports[next].iter().map(|at| self.films[*at as usize]);
                by_target.push(sources.zip(weights[next].iter().copied()));
                next += 1;
            } else {
                by_target.push([]);
            }
        }
        Ok(SparseWeights::new(by_target))
    }

    /// `weights` of [`Self::sparse`] with those of the films that are not solved densely, at most
    /// `neighbours` for and from each; `preferences`, `sides` and `settings` are those that `self` was
    /// made and solved with. Cost: for each such film the films of its viewers, times their
    /// neighbours.
    ///
    /// # Errors
    /// [`WeightsError::NotPositive`].
    pub fn with_rest(
        &self,
        weights: SparseWeights,
        (preferences, sides): (&Preferences, &[Side<'_>]),
        settings: &LinearSettings,
        neighbours: usize,
        progress: &dyn Progress,
    ) -> Result<SparseWeights, WeightsError> {
        if self.rest.is_empty() {
            return Ok(weights);
        }
        progress.stage("films that few have", 2 * self.rest.len() as u64);
        let scales = self.scales(settings);
        let viewers = self.gram.viewers.iter();
        let ridge: Vec<f64> = viewers.map(|viewers| scales.ridge(*viewers)).collect();
        let sides = sides.iter().map(|side| Side {
            weight: side.weight * settings.side,
            ..*side
        });
        let rest = Rest {
            preferences,
            viewers_of: preferences.transposed(),
            weights: &self.weights,
            sides: sides.collect(),
            dense: &self.films,
            films: &self.rest,
            gram: &self.gram,
            ridge: &ridge,
            scales,
            neighbours,
        };
        rest.extend(&weights, progress)
    }
}
