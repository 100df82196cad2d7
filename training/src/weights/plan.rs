//! What learning will take, known before anything is allocated.

use super::symmetric::{STRIP, Symmetric};
use super::{WeightsError, dense_films};
use crate::preferences::Preferences;
use serde::Serialize;
use std::fmt;

/// Floating point operations a second that one thread is assumed to do in products of large
/// matrices; between what small and large processors of our time do.
const OPERATIONS_A_SECOND: f64 = 2.5e10;

/// Pairs of films of one viewer that one thread is assumed to count in a second.
const PAIRS_A_SECOND: f64 = 3e8;

/// How much is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The most films that are solved densely.
    pub dense_films: usize,
    /// The most films that settings are tried on.
    pub tried_films: usize,
    /// The neighbours of each film; 0 when all weights are wanted.
    pub neighbours: usize,
    /// Threads that work.
    pub threads: usize,
}

/// What learning weights will take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// Viewers with a film.
    pub viewers: u64,
    /// Pairs of a viewer and a film.
    pub interactions: u64,
    /// Films that somebody has.
    pub films: u64,
    /// Those that are solved densely.
    pub dense_films: u64,
    /// The most memory at any time, the interactions included, the features not.
    pub bytes: u64,
    /// Roughly how long the solution takes, without the choice of settings; twice as long or half as
    /// long is no surprise.
    pub seconds: f64,
}

impl Plan {
    /// The plan for these interactions. O(pairs).
    pub fn new(preferences: &Preferences, demand: Demand) -> Self {
        let counts = preferences.counts();
        let chosen = dense_films(&counts, demand.dense_films);
        let films = chosen.dense.len() as u64;
        let kept: u64 = chosen
            .dense
            .iter()
            .map(|film| u64::from(counts[*film as usize]))
            .sum();
        let sizes = || preferences.rows().map(|row| row.len() as u64);
        let pairs: u64 = sizes().map(|size| size * size / 2).sum();
        Self {
            viewers: sizes().filter(|size| *size > 0).count() as u64,
            interactions: preferences.len() as u64,
            films: films + chosen.rest.len() as u64,
            dense_films: films,
            bytes: Memory {
                viewers: preferences.viewers() as u64,
                interactions: preferences.len() as u64,
                kept,
                films: preferences.films() as u64,
                dense: films,
                rest: chosen.rest.len() as u64,
                demand,
            }
            .most(),
            seconds: seconds(pairs as f64, films as f64, demand),
        }
    }

    /// Refuses a plan that needs more memory than there is.
    ///
    /// # Errors
    /// [`WeightsError::Memory`].
    pub fn check(&self, limit: u64) -> Result<(), WeightsError> {
        if self.bytes <= limit {
            return Ok(());
        }
        // Nearly all of it grows with the square of the films.
        let fitting = u128::from(self.dense_films).pow(2) * u128::from(limit);
        let fitting = (fitting / u128::from(self.bytes)).isqrt();
        Err(WeightsError::Memory {
            plan: *self,
            limit,
            fitting: fitting as u64,
        })
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            viewers,
            interactions,
            films,
            dense_films,
            bytes,
            seconds,
        } = self;
        write!(
            f,
            "{films} films ({dense_films} of them solved densely), {viewers} viewers, \
             {interactions} interactions: {:.2} GB of memory, about {seconds:.0} s to solve",
            *bytes as f64 / 1e9
        )
    }
}

fn seconds(pairs: f64, films: f64, demand: Demand) -> f64 {
    let neighbours = (demand.neighbours as f64).min(films);
    // A factorisation of the support's matrix, which small ones do at a fifth of the pace.
    let supports = films * neighbours.powi(3) / 3.0 * 5.0;
    let work = (films.powi(3) + supports) / OPERATIONS_A_SECOND + pairs / PAIRS_A_SECOND;
    work / demand.threads.max(1) as f64
}

/// What memory depends on.
struct Memory {
    viewers: u64,
    interactions: u64,
    /// Interactions with dense films.
    kept: u64,
    films: u64,
    dense: u64,
    rest: u64,
    demand: Demand,
}

impl Memory {
    /// The most at any stage.
    fn most(&self) -> u64 {
        let square = Symmetric::bytes(self.dense as usize);
        let panel = 8 * self.dense * self.dense.min(STRIP as u64);
        let always = rows(self.viewers, self.interactions) + 8 * self.viewers + 64 * self.films;
        let counting = rows(self.viewers, self.kept) + rows(self.dense, self.kept) + square;
        let solving = 2 * square + 2 * panel;
        let finishing = if self.demand.neighbours == 0 {
            2 * square + 4 * self.dense * self.dense
        } else {
            2 * square + panel + self.lists()
        };
        always + self.trying().max(counting).max(solving).max(finishing)
    }

    /// The part held back, a Gram matrix, and three solutions: two to come back to and one at work.
    fn trying(&self) -> u64 {
        let tried = self.dense.min(self.demand.tried_films as u64);
        let parts = 2 * rows(self.viewers, self.interactions) + rows(tried, self.interactions);
        parts + 4 * Symmetric::bytes(tried as usize) + 4 * tried * tried
    }

    /// Supports, weights and both orders of the lists; what threads work in.
    fn lists(&self) -> u64 {
        let neighbours = (self.demand.neighbours as u64).min(self.dense);
        let pairs = self.dense * neighbours + 2 * self.rest * neighbours;
        let threads = self.demand.threads.max(1) as u64;
        let rest = if self.rest > 0 {
            rows(self.films, self.interactions) + 16 * threads * self.films
        } else {
            0
        };
        (4 + 4 + 16 + 16) * pairs + 24 * threads * neighbours * neighbours + rest
    }
}

/// Bytes of a [`Preferences`] of so many rows and pairs.
fn rows(rows: u64, pairs: u64) -> u64 {
    8 * (rows + 1) + 4 * pairs
}
