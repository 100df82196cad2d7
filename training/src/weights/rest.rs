//! Weights of the films that are not solved densely, on the scale of those that are.
//!
//! A film of the rest is a target by the same ridge regression as all others, on a support that is
//! found without an inverse: the dense films that are nearest to it by the cosine of who has them,
//! shrunk where few have both. As a source it has for each film the ridge regression, on it alone, of
//! what the weights of dense films leave unexplained. So scores add up as they do among dense films,
//! and whatever is not learned from many viewers stays near 0.

use super::gram::{Gram, Side};
use super::linear::Scales;
use super::sparse::{Best, solve_one};
use super::{SparseWeights, WeightsError};
use crate::Progress;
use crate::preferences::Preferences;
use crate::sparse::SparseRows;
use rayon::prelude::*;

/// Viewers who have both films at which the cosine counts half.
const SHRINKAGE: f64 = 5.0;

/// What is known when the dense films are solved.
pub(super) struct Rest<'a> {
    /// All films.
    pub(super) preferences: &'a Preferences,
    /// The films of each viewer turned round.
    pub(super) viewers_of: Preferences,
    /// The weight of each viewer.
    pub(super) weights: &'a [f64],
    /// Features of all films; their weights have the factor of the settings in them.
    pub(super) sides: Vec<Side<'a>>,
    /// The dense films, ascending.
    pub(super) dense: &'a [u32],
    /// Those of the rest, ascending.
    pub(super) films: &'a [u32],
    pub(super) gram: &'a Gram,
    /// Ridges of the dense films.
    pub(super) ridge: &'a [f64],
    pub(super) scales: Scales,
    /// The most neighbours of a film of the rest, as a target and as a source.
    pub(super) neighbours: usize,
}

/// A (film, weight) list.
type List = Vec<(u32, f32)>;

impl Rest<'_> {
    /// The weights of dense films with those towards and from the rest. A step of `progress` a film,
    /// twice.
    pub(super) fn extend(
        &self,
        weights: &SparseWeights,
        progress: &dyn Progress,
    ) -> Result<SparseWeights, WeightsError> {
        let targets: Vec<List> = self
            .films
            .par_iter()
            .map_init(
                || Together::new(self.preferences.films()),
                |together, film| {
                    progress.advance(1);
                    together.count(*film, self);
                    self.target(*film, together)
                },
            )
            .collect::<Result<_, _>>()?;
        let by_target = self.with_rest(weights.by_target(), targets);
        let by_source = by_target.transposed();
        let sources: Vec<List> = self
            .films
            .par_iter()
            .map_init(
                || {
                    (
                        Together::new(self.preferences.films()),
                        vec![0.0; by_target.rows()],
                    )
                },
                |(together, explained), film| {
                    progress.advance(1);
                    together.count(*film, self);
                    self.source(*film, together, explained, &by_source)
                },
            )
            .collect();
        let by_source = self.with_rest(&by_source, sources);
        Ok(SparseWeights::new(by_source.transposed()))
    }

    /// `rows` with those of the rest put in their places.
    fn with_rest(&self, rows: &SparseRows, rest: Vec<List>) -> SparseRows {
        let mut whole = SparseRows::new(rows.rows());
        let mut rest = self.films.iter().zip(rest).peekable();
        for film in 0..rows.rows() {
            match rest.next_if(|(of, _)| **of as usize == film) {
                Some((_, list)) => whole.push(list),
                None => whole.push(rows.row(film)),
            }
        }
        whole
    }

    /// The weights of dense films for a film of the rest, by ascending source.
    fn target(&self, target: u32, together: &Together) -> Result<List, WeightsError> {
        let own = together.sums[target as usize];
        let mut best = Best::new(self.neighbours);
        for film in &together.films {
            if let Ok(place) = self.dense.binary_search(film) {
                let both = together.sums[*film as usize];
                let cosine = both / (own * self.gram.viewers[place]).sqrt();
                best.offer((place as u32, cosine * both / (both + SHRINKAGE)));
            }
        }
        let support = best.films();
        let mut right: Vec<f64> = support
            .iter()
            .map(|place| {
                let film = self.dense[*place as usize];
                let features = self
                    .sides
                    .iter()
                    .map(|side| side.weight * side.weight * side.features.product(film, target));
                together.sums[film as usize] + features.sum::<f64>()
            })
            .collect();
        let mut room = vec![0.0; support.len() * support.len()];
        solve_one(&support, self.gram, self.ridge, &mut room, &mut right).ok_or(
            WeightsError::NotPositive {
                row: target as usize,
            },
        )?;
        let list = support.iter().zip(right).map(|(place, weight)| {
            let film = self.dense[*place as usize];
            (film, self.scales.scaled(weight, film, target))
        });
        Ok(list.collect())
    }

    /// The weights of a film of the rest for all films, by ascending target.
    fn source(
        &self,
        source: u32,
        together: &Together,
        explained: &mut [f64],
        by_source: &SparseRows,
    ) -> List {
        // Whatever is not in `together.films` is neither read nor reset.
        for film in &together.films {
            for (target, weight) in by_source.row(*film as usize) {
                let unscaled = f64::from(weight) / self.scales.of(*film, target);
                explained[target as usize] += together.sums[*film as usize] * unscaled;
            }
        }
        let own = together.sums[source as usize];
        let ridge = own + self.scales.ridge(own);
        let left =
            |target: u32| (together.sums[target as usize] - explained[target as usize]) / ridge;
        let mut best = Best::new(self.neighbours);
        for target in together.films.iter().filter(|film| **film != source) {
            best.offer((*target, left(*target).abs()));
        }
        let targets = best.films().into_iter();
        let list = targets.map(|target| (target, self.scales.scaled(left(target), source, target)));
        let list = list.collect();
        for film in &together.films {
            for (target, _) in by_source.row(*film as usize) {
                explained[target as usize] = 0.0;
            }
        }
        list
    }
}

/// The films that come together with one film.
struct Together {
    /// The weight of the viewers who have both, by film.
    sums: Vec<f64>,
    /// The films of which it is not 0, ascending.
    films: Vec<u32>,
}

impl Together {
    fn new(films: usize) -> Self {
        Self {
            sums: vec![0.0; films],
            films: Vec::new(),
        }
    }

    /// Counts for a film. O(films of its viewers).
    fn count(&mut self, film: u32, rest: &Rest<'_>) {
        for film in self.films.drain(..) {
            self.sums[film as usize] = 0.0;
        }
        for viewer in rest.viewers_of.row(film as usize) {
            let weight = rest.weights[*viewer as usize];
            for other in rest.preferences.row(*viewer as usize) {
                let sum = &mut self.sums[*other as usize];
                if *sum == 0.0 {
                    self.films.push(*other);
                }
                *sum += weight;
            }
        }
        self.films.sort_unstable();
    }
}
