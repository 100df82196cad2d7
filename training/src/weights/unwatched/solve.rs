//! From facts to few weights for each unwatched film.

use matinee::recommend::top_k;

use super::content::{Content, ContentRoom};
use super::facts::Facts;
use super::{Row, UnwatchedSettings, Watched};
use crate::Progress;
use crate::sparse::SparseRows;
use crate::weights::cholesky;
use crate::weights::{Gram, SparseWeights, WeightsError};

/// Everything that is the same for all targets.
pub(super) struct Solver<'a> {
    pub(super) content: Content<'a>,
    /// The weights between watched films by the places of sources and targets.
    smoother: SparseRows,
    gram: &'a Gram,
    films: &'a [u32],
    /// How many viewers each watched film has.
    pub(super) counts: Vec<u32>,
    settings: &'a UnwatchedSettings,
}

/// Room for one thread.
pub(super) struct Room {
    pub(super) content: ContentRoom,
    /// Weights by facts alone, column after column.
    pub(super) plain: Vec<f64>,
    /// Weights, the same way.
    pub(super) weights: Vec<f64>,
    /// The Gram matrix times the weights.
    products: Vec<f64>,
    square: Vec<f64>,
}

impl<'a> Solver<'a> {
    /// Solves the regression on facts. `counts` has how many viewers each film has.
    ///
    /// # Errors
    /// [`WeightsError::NotPositive`].
    pub(super) fn new(
        facts: &'a Facts,
        watched: &Watched<'a>,
        counts: &[u32],
        settings: &'a UnwatchedSettings,
        progress: &dyn Progress,
    ) -> Result<Self, WeightsError> {
        let counts = watched.films.iter().map(|film| counts[*film as usize]);
        let counts: Vec<u32> = counts.collect();
        assert!(!counts.contains(&0), "each watched film has a viewer");
        Ok(Self {
            content: Content::new(facts, watched.films, &counts, settings, progress)?,
            smoother: smoother(watched.films, watched.weights),
            gram: watched.gram,
            films: watched.films,
            counts,
            settings,
        })
    }

    /// Room for a thread.
    pub(super) fn room(&self) -> Room {
        let support = self.settings.neighbours.min(self.films.len());
        Room {
            content: ContentRoom::default(),
            plain: Vec::new(),
            weights: Vec::new(),
            products: Vec::new(),
            square: vec![0.0; support * support],
        }
    }

    /// Writes the targets' weights by facts alone into the room.
    pub(super) fn plain(&self, targets: &[u32], room: &mut Room) {
        resize(&mut room.plain, self.films.len() * targets.len());
        let Room { content, plain, .. } = room;
        self.content.weights(targets, content, plain);
    }

    /// Makes weights of those by facts alone: (1 − μ)·W + μ·B·W.
    pub(super) fn smooth(&self, room: &mut Room) {
        let size = self.films.len();
        resize(&mut room.weights, room.plain.len());
        let columns = room.plain.chunks(size).zip(room.weights.chunks_mut(size));
        let share = self.settings.smoothing;
        for (plain, weights) in columns {
            for (source, (weight, own)) in weights.iter_mut().zip(plain).enumerate() {
                let through = self.smoother.row(source);
                let through =
                    through.map(|(place, value)| f64::from(value) * plain[place as usize]);
                *weight = (1.0 - share) * own + share * through.sum::<f64>();
            }
        }
    }

    /// For each target few weights, times `scale`.
    ///
    /// # Errors
    /// [`WeightsError::NotPositive`].
    pub(super) fn few(
        &self,
        targets: &[u32],
        scale: f64,
        room: &mut Room,
    ) -> Result<Vec<Row>, WeightsError> {
        self.plain(targets, room);
        self.smooth(room);
        let size = self.films.len();
        let whole = self.settings.neighbours >= size;
        resize(&mut room.products, room.weights.len());
        if !whole {
            self.gram.matrix.multiply(&room.weights, &mut room.products);
        }
        let Room {
            weights,
            products,
            square,
            ..
        } = room;
        let columns = weights.chunks(size).zip(products.chunks(size));
        columns
            .zip(targets)
            .map(|((weights, products), target)| {
                let chosen = if whole {
                    (0..).zip(weights.iter().copied()).collect()
                } else {
                    self.solve_again(weights, products, square).ok_or(
                        WeightsError::NotPositive {
                            row: *target as usize,
                        },
                    )?
                };
                let scaled = chosen
                    .into_iter()
                    .map(|(place, weight)| (self.films[place as usize], (weight * scale) as f32));
                Ok(scaled.collect())
            })
            .collect()
    }

    /// The sources that count most for one target, by place, with the weights that make of them what
    /// all make; `products` has the Gram matrix times the weights, `square` is room.
    /// None when the system is not positive definite.
    fn solve_again(
        &self,
        weights: &[f64],
        products: &[f64],
        square: &mut [f64],
    ) -> Option<Vec<(u32, f64)>> {
        let support = self.support(weights);
        let hold = self.settings.hold;
        let right = support.iter().map(|place| *place as usize);
        let right = right.map(|place| products[place] + hold * weights[place]);
        let mut solved: Vec<f64> = right.collect();
        let matrix = &mut square[..support.len() * support.len()];
        self.gram.matrix.copy_square(&support, matrix);
        for at in 0..support.len() {
            matrix[at * support.len() + at] += hold;
        }
        cholesky::solve(matrix, &mut solved)?;
        Some(support.into_iter().zip(solved).collect())
    }

    /// The places of the sources that count most in the scores of viewers, ascending.
    fn support(&self, weights: &[f64]) -> Vec<u32> {
        let importance = weights.iter().zip(&self.counts).map(|(weight, count)| {
            // The scores over viewers spread as the root of how many have the source.
            (weight.abs() * (f64::from(*count) + 0.5).sqrt()) as f32
        });
        let best = top_k((0..).zip(importance), self.settings.neighbours);
        let mut places: Vec<u32> = best.into_iter().map(|(place, _)| place).collect();
        places.sort_unstable();
        places
    }
}

/// Zeros, `size` of them.
fn resize(values: &mut Vec<f64>, size: usize) {
    values.clear();
    values.resize(size, 0.0);
}

/// The weights between `films` with places among them instead of films, a row for each source.
fn smoother(films: &[u32], weights: &SparseWeights) -> SparseRows {
    let mut rows = SparseRows::new(films.len());
    for film in films {
        let targets = weights.by_source().row(*film as usize);
        rows.push(targets.filter_map(|(target, weight)| {
            let place = films.binary_search(&target).ok()?;
            Some((place as u32, weight))
        }));
    }
    rows
}
