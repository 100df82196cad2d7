//! The model: from interactions to a solution under given settings.

use super::dense::DenseWeights;
use super::gram::{Gram, Side, gram, viewer_weights};
use super::inverse::invert;
use super::sparse::{SparseWeights, solve_on, supports};
use super::symmetric::{STRIP, Symmetric};
use super::{WeightsError, dense_films};
use crate::Progress;
use crate::preferences::Preferences;
use crate::sparse::SparseRows;
use serde::Serialize;

/// What the closed form depends on. v(i) is the weight of the viewers who have film i, q(i) their
/// number over the mean number of viewers a film has.
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
    /// How many films there are, those without weights included.
    width: usize,
    /// The films that are solved densely, ascending; their place is their row.
    films: Vec<u32>,
    /// How many viewers each of them has.
    counts: Vec<u32>,
    gram: Gram,
    viewer_damping: f64,
    side: f64,
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
        let films = dense_films(&counts, limit).dense;
        if films.is_empty() {
            return Err(WeightsError::NoInteractions);
        }
        let sizes: Vec<usize> = preferences.rows().map(<[u32]>::len).collect();
        let weights = viewer_weights(&sizes, settings.viewer_damping);
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
        let counts = films.iter().map(|film| counts[*film as usize]).collect();
        Ok(Self {
            width,
            films,
            counts,
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
        let mean = self.gram.viewers.iter().sum::<f64>() / size as f64;
        let ridge: Vec<f64> = self
            .gram
            .viewers
            .iter()
            .map(|viewers| {
                settings.ridge * (viewers / mean).powf(settings.ridge_popularity)
                    + settings.dropout * viewers
            })
            .collect();
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
        let viewers: u64 = self.counts.iter().map(|count| u64::from(*count)).sum();
        let mean = viewers as f64 / self.counts.len() as f64;
        let power = |exponent: f64| -> Vec<f64> {
            let shares = self.counts.iter().map(|count| f64::from(*count) / mean);
            shares.map(|share| share.powf(exponent)).collect()
        };
        Solution {
            source_scale: power(settings.source_popularity),
            target_scale: power(-settings.target_popularity),
            ..solution
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
        let mut by_target = SparseRows::new(self.width);
        let mut next = 0;
        for film in 0..self.width as u32 {
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
}
