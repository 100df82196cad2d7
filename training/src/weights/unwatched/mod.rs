//! Weights for films that nobody has watched: what their catalogue rows say is carried to them from
//! films that viewers have watched.
//!
//! # The kernel
//! Two films with the numbers a and b (ln(1 + votes), year, mean vote, each over its length) are as
//! alike as
//!
//! K = (1 + ‖a − b‖² / 2α)^(−α) · Π (1 + s·c) / (1 + s),
//!
//! a rational quadratic kernel times a factor for each other likeness: c is the cosine of the genres,
//! 1 or 0 for the same language or another, the cosine of the overviews' TF-IDF vectors, and of
//! every further [`Likeness`]; s says how much it counts. Every factor is positive definite, and so
//! is their product.
//!
//! # The weights
//! With w the watched films, c the others, and B the weights between watched films:
//!
//! W = ((1 − μ)·I + μ·B) · (K(w, w) + λI)⁻¹ · K(w, c).
//!
//! The regression spreads each viewer's films over films by their likeness; the part through B first
//! completes the viewer's films by what other viewers had with them. Above
//! [`UnwatchedSettings::exact_films`] watched films the regression is based on landmarks, the
//! most-watched of them.
//!
//! Each target then keeps the sources with the largest |W| · √(viewers + ½), and their weights are
//! solved again: those v on the support S that minimise (v − W)ᵀ·G·(v − W) + ρ·‖v − W(S)‖², that is
//! (G(S, S) + ρI)·v = (G·W)(S) + ρ·W(S), with the Gram matrix G of viewers: the scores that viewers
//! have by all weights come back as nearly as they can.
//!
//! # The scale
//! Regression on facts spreads scores otherwise than weights between watched films do. For a sample of
//! watched films both are known: the weights W that they would have were they unwatched come from the
//! same solution (the leave-one-out formula of ridge regression). The weights of unwatched films are
//! multiplied by the slope of the least-squares line through both scores over viewers who do not have
//! the film: what comes out is the best linear estimate of the score that the film would have had it
//! been watched, and a film of which facts tell little stays behind those that viewers speak for. A
//! quarter is taken off besides, since nobody has watched it.

mod content;
mod facts;
mod kernel;
mod scale;
mod settings;
mod solve;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use matinee::catalogue::Movie;

use super::{Gram, SparseWeights, WeightsError};
use crate::Progress;
use crate::preferences::Preferences;
use crate::sparse::SparseRows;

use facts::Facts;
use scale::estimate;
use solve::Solver;

pub use settings::{KernelSettings, UnwatchedSettings};

/// Films whose weights a thread computes at a time; fixed, because results to the last bit may
/// depend on it.
const BLOCK: usize = 32;

/// One more way in which films are alike, such as text embeddings.
#[derive(Clone, Copy, Debug)]
pub struct Likeness<'a> {
    /// A row for each film, of any length; films are compared by the cosine. A row without values is a
    /// film of which nothing is known.
    pub vectors: &'a SparseRows,
    /// How much the cosine counts, from 0 (not at all) to below 1.
    pub share: f64,
}

/// What viewers did, and what was learned from it.
#[derive(Clone, Copy, Debug)]
pub struct Watched<'a> {
    /// Who has which films.
    pub preferences: &'a Preferences,
    /// The films that unwatched ones get weights from, ascending; each has a viewer.
    pub films: &'a [u32],
    /// How they come together, a row and column for each of them.
    pub gram: &'a Gram,
    /// The weights between them.
    pub weights: &'a SparseWeights,
}

/// What was learned for films that nobody has watched.
#[derive(Clone, Debug, PartialEq)]
pub struct UnwatchedWeights {
    /// A row for each film of the preferences: (watched film, weight) by ascending film, on the scale
    /// of the weights between watched films. Empty for films that are watched, and for those of which
    /// nothing is known.
    pub by_target: SparseRows,
    /// What the weights have been multiplied by.
    pub scale: f64,
    /// Films that have got weights.
    pub films: usize,
    /// Unwatched films of which nothing is known that could be compared.
    pub unknown: usize,
}

/// Weights for those of `movies` that nobody has watched. `movies` and `likenesses` have a film, or a
/// row, for each film of the preferences.
///
/// Time: n³ for n watched films or landmarks, and for each unwatched film the size of the Gram
/// matrix; memory: [`UnwatchedSettings::bytes`]. The same bits whatever the number of threads.
///
/// # Errors
/// [`WeightsError`]: no watched films, no facts to compare films by, settings out of range, a system
/// that cannot be solved.
///
/// # Panics
/// When `watched` is not of one piece: a Gram matrix of other films, films without a viewer.
pub fn unwatched(
    movies: &[Movie],
    likenesses: &[Likeness<'_>],
    watched: &Watched<'_>,
    settings: &UnwatchedSettings,
    progress: &dyn Progress,
) -> Result<UnwatchedWeights, WeightsError> {
    settings.check()?;
    let counts = watched.preferences.counts();
    if movies.len() != counts.len() {
        return Err(WeightsError::Features {
            expected: counts.len(),
            found: movies.len(),
        });
    }
    if watched.films.is_empty() {
        return Err(WeightsError::NoInteractions);
    }
    assert_eq!(watched.gram.matrix.size(), watched.films.len());
    let films = 0..counts.len() as u32;
    let mut targets: Vec<u32> = films.filter(|film| counts[*film as usize] == 0).collect();
    if targets.is_empty() {
        return Ok(UnwatchedWeights {
            by_target: by_target(counts.len(), &[], Vec::new()),
            scale: settings.scale.unwrap_or(1.0),
            films: 0,
            unknown: 0,
        });
    }
    let facts = Facts::new(
        movies,
        likenesses,
        watched.films,
        &targets,
        &settings.kernel,
    )?;
    let all = targets.len();
    targets.retain(|film| facts.known(*film));
    let solver = Solver::new(&facts, watched, &counts, settings, progress)?;
    let scale = match settings.scale {
        Some(scale) => scale,
        None => estimate(&solver, watched, progress),
    };
    progress.stage("weights of unwatched films", targets.len() as u64);
    let blocks: Vec<Vec<Row>> = targets
        .par_chunks(BLOCK)
        .map_init(
            || solver.room(),
            |room, block| {
                let rows = solver.few(block, scale, room)?;
                progress.advance(block.len() as u64);
                Ok(rows)
            },
        )
        .collect::<Result<_, WeightsError>>()?;
    let rows: Vec<Row> = blocks.into_iter().flatten().collect();
    Ok(UnwatchedWeights {
        by_target: by_target(counts.len(), &targets, rows),
        scale,
        films: targets.len(),
        unknown: all - targets.len(),
    })
}

/// A film's (watched film, weight) by ascending film.
type Row = Vec<(u32, f32)>;

/// The rows of `targets`, which ascend, among empty ones of other films.
fn by_target(films: usize, targets: &[u32], rows: Vec<Row>) -> SparseRows {
    let mut matrix = SparseRows::new(films);
    for (target, row) in targets.iter().zip(rows) {
        while matrix.rows() < *target as usize {
            matrix.push([]);
        }
        matrix.push(row);
    }
    while matrix.rows() < films {
        matrix.push([]);
    }
    matrix
}

impl UnwatchedWeights {
    /// These weights and those between watched films as one.
    ///
    /// # Panics
    /// When `watched` is of another number of films.
    #[must_use]
    pub fn beside(&self, watched: &SparseWeights) -> SparseWeights {
        let films = watched.by_target().rows();
        assert_eq!(self.by_target.rows(), films);
        let mut joined = SparseRows::new(films);
        for film in 0..films {
            // One of the two rows is empty.
            joined.push(
                watched
                    .by_target()
                    .row(film)
                    .chain(self.by_target.row(film))
                    .collect::<Row>(),
            );
        }
        SparseWeights::new(joined)
    }
}
