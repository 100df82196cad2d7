use serde::Serialize;

use crate::weights::{Symmetric, WeightsError};

use super::BLOCK;

/// When two films are alike; see [`super`] for the formula. The defaults were found by a coordinate
/// search on hidings of 20 % of the seen films of `MovieLens` latest-small.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct KernelSettings {
    /// How far apart ln(1 + votes) must be to count as one unit of distance, above 0.
    pub votes: f64,
    /// The same for years.
    pub year: f64,
    /// The same for mean votes of 0 to 10.
    pub vote_average: f64,
    /// How fast likeness falls at large distances: as distance^(−2 · `tail`), above 0.
    pub tail: f64,
    /// How much common genres count, 0 (not at all) and more.
    pub genres: f64,
    /// How much a common language counts.
    pub language: f64,
    /// How much common words of the overview count.
    pub overview: f64,
}

impl Default for KernelSettings {
    fn default() -> Self {
        Self {
            votes: 2.0,
            year: 6.0,
            vote_average: 1.4,
            tail: 0.4,
            genres: 0.5,
            language: 0.5,
            overview: 0.4,
        }
    }
}

/// How weights of unwatched films are learned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct UnwatchedSettings {
    /// When two films are alike.
    pub kernel: KernelSettings,
    /// The ridge λ, above 0. A film's likeness to itself is 1 when everything is known of it.
    pub ridge: f64,
    /// The share μ of weights that go through the weights of watched films, 0 to 1.
    pub smoothing: f64,
    /// Up to how many watched films the regression is exact.
    pub exact_films: usize,
    /// How many of the most-watched films it is based on when there are more.
    pub landmarks: usize,
    /// How many watched films each unwatched one gets a weight from, at least 1.
    pub neighbours: usize,
    /// How strongly weights that are solved again are held to what they were, above 0.
    pub hold: f64,
    /// What all weights are multiplied by, above 0; estimated when there is none.
    pub scale: Option<f64>,
}

impl Default for UnwatchedSettings {
    fn default() -> Self {
        Self {
            kernel: KernelSettings::default(),
            ridge: 0.25,
            smoothing: 0.75,
            exact_films: 8000,
            landmarks: 2000,
            neighbours: 200,
            hold: 10.0,
            scale: None,
        }
    }
}

impl UnwatchedSettings {
    /// How many bytes [`super::unwatched`] takes at most, beside what it is given and the weights it
    /// returns, for so many watched films and threads.
    pub fn bytes(&self, watched: usize, threads: usize) -> u64 {
        let basis = self.basis(watched);
        let spread = if basis < watched { basis * watched } else { 0 };
        let support = self.neighbours.min(watched);
        let of_thread = (2 * basis + 3 * watched) * BLOCK + 2 * support * support;
        // The smoother has a place and a value for each weight between watched films.
        let smoother = 2 * 8 * watched * support;
        Symmetric::bytes(basis) + 8 * (spread + threads * of_thread) as u64 + smoother as u64
    }

    /// How many watched films the regression is based on.
    pub(super) fn basis(&self, watched: usize) -> usize {
        if watched <= self.exact_films {
            watched
        } else {
            self.landmarks.min(watched)
        }
    }

    pub(super) fn check(&self) -> Result<(), WeightsError> {
        let kernel = &self.kernel;
        let above_zero = [
            ("votes", kernel.votes),
            ("year", kernel.year),
            ("vote_average", kernel.vote_average),
            ("tail", kernel.tail),
            ("ridge", self.ridge),
            ("hold", self.hold),
            ("scale", self.scale.unwrap_or(1.0)),
            ("neighbours", self.neighbours as f64),
            ("landmarks", self.landmarks as f64),
        ];
        for (setting, found) in above_zero {
            check(setting, found, "a finite number above 0", found > 0.0)?;
        }
        let from_zero = [
            ("genres", kernel.genres),
            ("language", kernel.language),
            ("overview", kernel.overview),
        ];
        for (setting, found) in from_zero {
            check(setting, found, "a finite number from 0 on", found >= 0.0)?;
        }
        let share = (0.0..=1.0).contains(&self.smoothing);
        check("smoothing", self.smoothing, "a number from 0 to 1", share)
    }
}

fn check(
    setting: &'static str,
    found: f64,
    expected: &'static str,
    holds: bool,
) -> Result<(), WeightsError> {
    if holds && found.is_finite() {
        return Ok(());
    }
    Err(WeightsError::Setting {
        setting,
        found,
        expected,
    })
}
