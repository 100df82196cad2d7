//! From what is concluded of a film to a distribution over the stars.

use std::iter;
use std::sync::atomic::{AtomicUsize, Ordering};

use matinee::rating::{BENDS, FACTS, Forest, Prediction, SIGNALS, STARS, Signals, bent};

use super::trees::{Binned, Growth, Tree};
use super::{chosen_features, chosen_rows};
use crate::chance::Chance;

/// How the trees are grown.
const GROWTH: Growth = Growth {
    depth: 4,
    damping: 20.0,
    rate: 0.1,
    rows: 0.6,
};

/// The most trees.
const MOST: usize = 300;

/// After how many trees without a gain no more are tried.
const PATIENCE: usize = 40;

/// One in so many rows decides how many trees there are.
const HELD_BACK: usize = 5;

/// How many ratings the usual slopes weigh.
const USUAL: f64 = 20.0;

/// The most of Newton's steps, and how often one is halved.
const MOST_STEPS: usize = 20;
const MOST_HALVINGS: usize = 10;

/// By how much a step has to bring down the loss of a row for another one to follow.
const ENOUGH: f64 = 1e-6;

/// What a probability counts as at least where its logarithm is taken.
const LEAST: f64 = 1e-15;

/// How many numbers the slopes are: a level and a slope for each bend.
const SLOPES: usize = 2 * BENDS;

type Slopes = [f64; SLOPES];
type Bends = [f32; BENDS];
type Shapes = [[f32; STARS]; BENDS];

/// What is learned of the distribution.
pub(super) struct Bent {
    pub(super) shapes: Shapes,
    pub(super) slopes: [[f32; 2]; BENDS],
    pub(super) forest: Forest,
}

/// What there is to learn from.
pub(super) struct Examples<'a> {
    pub(super) prior: &'a Prediction,
    pub(super) signals: &'a [Signals],
    /// 0 for one star, and so on.
    pub(super) stars: &'a [u8],
}

impl Examples<'_> {
    pub(super) fn learn(&self, seed: u64) -> Bent {
        let shapes = shapes(self.prior);
        let slopes = self.slopes(&shapes);
        let binned = Binned::new(self.signals, SIGNALS);
        let mut chance = Chance::new(seed);
        let rows = self.stars.len();
        let mut order: Vec<u32> = chance
            .sample(rows, rows)
            .into_iter()
            .map(|r| r as u32)
            .collect();
        let held_back = order.split_off(rows - rows / HELD_BACK);
        order.sort_unstable();
        let growing = Growing {
            examples: self,
            shapes: &shapes,
            slopes: &slopes,
            binned: &binned,
        };
        let all: Vec<u32> = (0..rows as u32).collect();
        // On all rows trees are grown at the same time, until it is known how many are wanted.
        let enough = AtomicUsize::new(MOST);
        let (best, mut forest) = rayon::join(
            || {
                let best = growing.best(&order, &held_back, seed);
                enough.store(best, Ordering::Relaxed);
                best
            },
            || growing.grow(&all, seed, |tree, _| tree < enough.load(Ordering::Relaxed)),
        );
        forest.truncate(best);
        Bent {
            shapes,
            slopes,
            forest,
        }
    }

    /// Level and slope of each bend, by Newton's method: what is most probable, each number having a normal
    /// prior of variance 1 / [`USUAL`] around what is usual. As the loss is convex, a step that would not
    /// bring it down is halved until it does.
    fn slopes(&self, shapes: &Shapes) -> [[f32; 2]; BENDS] {
        // To move a bell by one star, the logarithms of its probabilities are tilted by 1 / its variance a
        // star; the first shape rises by 1 / the leveled prior's deviation. One star is what a bell is wide
        // at least: where all get the same stars, a tilt would else leap to stars that nobody gave.
        let mut usual = [0.0; SLOPES];
        usual[1] = deviation(&leveled(self.prior)) / deviation(self.prior).max(1.0).powi(2);
        let loss = |slopes: &Slopes| self.slopes_loss(shapes, &usual, slopes);
        let mut found = (usual, loss(&usual));
        for _ in 0..MOST_STEPS {
            let step = self.newton_step(shapes, &usual, &found.0);
            let halved = iter::successors(Some(1.0), |part| Some(part / 2.0));
            let tried = halved.take(MOST_HALVINGS).map(|part| {
                let mut next = found.0;
                next.iter_mut().zip(step).for_each(|(n, s)| *n += part * s);
                (next, loss(&next))
            });
            let Some(better) = tried.into_iter().find(|next| next.1 < found.1) else {
                break;
            };
            let gain = found.1 - better.1;
            found = better;
            if gain < ENOUGH * self.stars.len() as f64 {
                break;
            }
        }
        let mut slopes = [[0.0; 2]; BENDS];
        for (slope, pair) in slopes.iter_mut().zip(found.0.chunks_exact(2)) {
            *slope = [pair[0] as f32, pair[1] as f32];
        }
        slopes
    }

    /// The distribution and what the first two steps add of each row, with these slopes.
    fn sloped<'b>(
        &'b self,
        shapes: &'b Shapes,
        slopes: &'b Slopes,
    ) -> impl Iterator<Item = (Prediction, f64, usize)> + 'b {
        let rows = self.signals.iter().zip(self.stars);
        rows.map(move |(signals, stars)| {
            let above = f64::from(signals[FACTS + 2]);
            let mut bends = [0.0; BENDS];
            for (bend, pair) in bends.iter_mut().zip(slopes.chunks_exact(2)) {
                *bend = (pair[0] + pair[1] * above) as f32;
            }
            let p = bent(self.prior, shapes, &bends);
            (p, above, usize::from(*stars))
        })
    }

    /// The negative logarithm of how probable slopes are, but for a constant.
    fn slopes_loss(&self, shapes: &Shapes, usual: &Slopes, slopes: &Slopes) -> f64 {
        let off = usual.iter().zip(slopes).map(|(u, s)| (s - u).powi(2));
        let unusual = USUAL / 2.0 * off.sum::<f64>();
        let of_rows = self.sloped(shapes, slopes);
        let of_rows = of_rows.map(|(p, _, stars)| -p.probabilities[stars].max(LEAST).ln());
        unusual + of_rows.sum::<f64>()
    }

    /// Newton's step from `found`.
    fn newton_step(&self, shapes: &Shapes, usual: &Slopes, found: &Slopes) -> Slopes {
        let mut gradient = [0.0; SLOPES];
        let mut curvature = vec![0.0; SLOPES * SLOPES];
        for at in 0..SLOPES {
            gradient[at] = USUAL * (usual[at] - found[at]);
            curvature[at * SLOPES + at] = USUAL;
        }
        for (p, above, stars) in self.sloped(shapes, found) {
            let moments = Moments::new(&p, shapes);
            for one in 0..BENDS {
                let off = f64::from(shapes[one][stars]) - moments.means[one];
                gradient[2 * one] += off;
                gradient[2 * one + 1] += off * above;
                for other in 0..BENDS {
                    let both = moments.covariance(&p, shapes, one, other);
                    let place = 2 * one * SLOPES + 2 * other;
                    curvature[place] += both;
                    curvature[place + 1] += both * above;
                    curvature[place + SLOPES] += both * above;
                    curvature[place + SLOPES + 1] += both * above * above;
                }
            }
        }
        let inverse = super::directors::inverse(&curvature, SLOPES);
        let mut step = [0.0; SLOPES];
        for (value, row) in step.iter_mut().zip(inverse.chunks_exact(SLOPES)) {
            *value = row.iter().zip(&gradient).map(|(i, g)| i * g).sum();
        }
        step
    }
}

struct Growing<'a> {
    examples: &'a Examples<'a>,
    shapes: &'a Shapes,
    slopes: &'a [[f32; 2]; BENDS],
    binned: &'a Binned,
}

const OUTPUTS: usize = BENDS + 1;

/// Gradient and curvature of a row.
type Change = ([f32; OUTPUTS], Bends);

impl Growing<'_> {
    /// How many trees that are grown on some of the rows are best for those held back.
    fn best(&self, rows: &[u32], held_back: &[u32], seed: u64) -> usize {
        if held_back.is_empty() {
            return 0;
        }
        let mut best = (f64::INFINITY, 0);
        self.grow(rows, seed, |trees, bends| {
            let loss = self.loss(held_back, bends);
            if loss < best.0 {
                best = (loss, trees);
            }
            trees < MOST && trees - best.1 < PATIENCE
        });
        best.1
    }

    /// Grows trees on some of the rows. `go_on` is asked before the first one and after each whether there
    /// shall be more; it hears how many there are and what the bends of all rows are now.
    fn grow(
        &self,
        rows: &[u32],
        seed: u64,
        mut go_on: impl FnMut(usize, &[Bends]) -> bool,
    ) -> Forest {
        let mut forest = Forest::empty(GROWTH.depth, BENDS);
        let mut chance = Chance::new(seed ^ 1);
        let telling = self.binned.telling();
        let signals = self.examples.signals.iter();
        let mut bends: Vec<Bends> = signals.map(|signals| self.start(signals)).collect();
        while go_on(forest.trees(), &bends) {
            let chosen = chosen_rows(rows, GROWTH.rows, &mut chance);
            let features = chosen_features(&telling, &mut chance);
            let found = self.gradients(&chosen, &bends);
            let mut gradients = vec![[0.0; OUTPUTS]; bends.len()];
            for (row, (gradient, _)) in chosen.iter().zip(&found) {
                gradients[*row as usize] = *gradient;
            }
            let grown = Tree::grow(self.binned, &chosen, &gradients, &features, &GROWTH);
            if grown.is_empty() {
                break;
            }
            let leaves = grown.leaves(self.binned);
            let values = leaf_values(&chosen, &found, &leaves);
            for (bends, leaf) in bends.iter_mut().zip(&leaves) {
                let at = usize::from(*leaf) * BENDS;
                let values = &values[at..at + BENDS];
                bends.iter_mut().zip(values).for_each(|(b, v)| *b += v);
            }
            grown.append(self.binned, &values, &mut forest);
        }
        forest
    }

    fn start(&self, signals: &Signals) -> Bends {
        self.slopes
            .map(|[level, slope]| level + slope * signals[FACTS + 2])
    }

    /// Of each of the rows, how the logarithm of its stars' probability changes with each bend, 1 for its
    /// weight, and how that changes in turn.
    fn gradients(&self, rows: &[u32], bends: &[Bends]) -> Vec<Change> {
        let prior = self.examples.prior.probabilities.map(|p| p as f32);
        rows.iter()
            .map(|row| {
                let row = *row as usize;
                let p = roughly(&prior, self.shapes, &bends[row]);
                let mut gradient = [1.0; OUTPUTS];
                let mut curvature = [0.0; BENDS];
                for (at, shape) in self.shapes.iter().enumerate() {
                    let (mut mean, mut square) = (0.0, 0.0);
                    for (value, p) in shape.iter().zip(&p) {
                        mean += value * p;
                        square += value * value * p;
                    }
                    gradient[at] = shape[usize::from(self.examples.stars[row])] - mean;
                    curvature[at] = (square - mean * mean).max(0.0);
                }
                (gradient, curvature)
            })
            .collect()
    }

    /// The mean negative logarithm of the probability of what the rows have.
    fn loss(&self, rows: &[u32], bends: &[Bends]) -> f64 {
        let losses = rows.iter().map(|row| {
            let row = *row as usize;
            let p = bent(self.examples.prior, self.shapes, &bends[row]);
            let p = p.probabilities[usize::from(self.examples.stars[row])];
            -p.max(LEAST).ln()
        });
        losses.sum::<f64>() / rows.len().max(1) as f64
    }
}

/// The numbers of each leaf: one step of Newton's method for each bend, damped. What is expected of the
/// curvature says nothing where stars are given that were held for next to impossible: their gradients are
/// great, and a few of them would throw a leaf far beyond what they have seen. There the squares of the
/// gradients, which are the curvature as it was observed (Fisher's information), hold them.
fn leaf_values(rows: &[u32], changes: &[Change], leaves: &[u8]) -> Vec<f32> {
    let mut sums = [(0.0_f32, [[0.0_f32; 3]; BENDS]); 1 << GROWTH.depth];
    for (row, (gradient, curvature)) in rows.iter().zip(changes) {
        let (count, sums) = &mut sums[usize::from(leaves[*row as usize])];
        *count += 1.0;
        for (sum, (g, c)) in sums.iter_mut().zip(gradient.iter().zip(curvature)) {
            let terms = [*g, *c, g * g];
            sum.iter_mut().zip(terms).for_each(|(s, term)| *s += term);
        }
    }
    let numbers = sums.iter().flat_map(|(count, sums)| {
        sums.iter().map(|[gradient, curvature, squares]| {
            GROWTH.number(*count, *gradient, curvature.max(*squares))
        })
    });
    numbers.collect()
}

/// What [`bent`] says, in half of the digits and a third of the time: enough to grow trees by.
fn roughly(prior: &[f32; STARS], shapes: &Shapes, bends: &Bends) -> [f32; STARS] {
    let mut exponents = [0.0_f32; STARS];
    for (shape, bend) in shapes.iter().zip(bends) {
        for (exponent, value) in exponents.iter_mut().zip(shape) {
            *exponent += value * bend;
        }
    }
    let most = exponents.iter().copied().fold(f32::MIN, f32::max);
    let mut probabilities = *prior;
    let mut sum = 0.0;
    for (probability, exponent) in probabilities.iter_mut().zip(exponents) {
        *probability *= (exponent - most).exp();
        sum += *probability;
    }
    probabilities.map(|p| p / sum.max(f32::MIN_POSITIVE))
}

/// The means of the shapes under a distribution.
struct Moments {
    means: [f64; BENDS],
}

impl Moments {
    fn new(p: &Prediction, shapes: &Shapes) -> Self {
        let mean = |shape: &[f32; STARS]| {
            let pairs = shape.iter().zip(&p.probabilities);
            pairs.map(|(s, p)| f64::from(*s) * p).sum()
        };
        Self {
            means: shapes.each_ref().map(mean),
        }
    }

    fn covariance(&self, p: &Prediction, shapes: &Shapes, one: usize, other: usize) -> f64 {
        let pairs = shapes[one].iter().zip(&shapes[other]).zip(&p.probabilities);
        let mean: f64 = pairs
            .map(|((a, b), p)| f64::from(*a) * f64::from(*b) * p)
            .sum();
        mean - self.means[one] * self.means[other]
    }
}

fn deviation(prior: &Prediction) -> f64 {
    let mean = prior.expected();
    let squares = prior.probabilities.iter().zip(1_u8..);
    let variance: f64 = squares
        .map(|(p, s)| p * (f64::from(s) - mean).powi(2))
        .sum();
    variance.sqrt()
}

/// The prior and as much of equal shares: what shapes are made for. Made for the prior alone, they would be
/// so great where stars are rare that a handful of them could turn a distribution over.
fn leveled(prior: &Prediction) -> Prediction {
    let level = |p: f64| f64::midpoint(p, 1.0 / STARS as f64);
    Prediction {
        probabilities: prior.probabilities.map(level),
    }
}

/// Polynomials of ascending degree in the stars, of mean 0, variance 1 and without correlation under the
/// leveled prior (Gram and Schmidt); none is beyond ±√20 at any star.
fn shapes(prior: &Prediction) -> Shapes {
    let under = leveled(prior);
    let (mean, deviation) = (under.expected(), deviation(&under));
    let mut found: Vec<[f64; STARS]> = vec![[1.0; STARS]];
    for degree in (1..).take(BENDS) {
        let mut shape = [0.0; STARS];
        for (value, stars) in shape.iter_mut().zip(1_u8..) {
            *value = ((f64::from(stars) - mean) / deviation).powi(degree);
        }
        let product = |one: &[f64; STARS], other: &[f64; STARS]| -> f64 {
            let pairs = one.iter().zip(other).zip(&under.probabilities);
            pairs.map(|((a, b), p)| a * b * p).sum()
        };
        for before in &found {
            let shared = product(&shape, before);
            shape
                .iter_mut()
                .zip(before)
                .for_each(|(s, b)| *s -= shared * b);
        }
        let size = product(&shape, &shape).sqrt();
        found.push(shape.map(|value| value / size));
    }
    let mut shapes = [[0.0; STARS]; BENDS];
    for (shape, found) in shapes.iter_mut().zip(found.iter().skip(1)) {
        *shape = found.map(|value| value as f32);
    }
    shapes
}
