//! Growing oblivious trees: gradient boosting over binned features. A tree is grown on one thread: several
//! forests are grown beside each other instead, so that no thread waits for another one at every question.

use matinee::rating::Forest;
use rayon::prelude::*;

/// The most values a feature is told apart by, less one.
const MAX_CUTS: usize = 63;

/// Rows whose features are replaced by how many cuts lie below them.
pub(super) struct Binned {
    /// Row by row, for each feature.
    bins: Vec<Vec<u8>>,
    /// What stands between two bins, ascending, for each feature.
    cuts: Vec<Vec<f32>>,
    rows: usize,
}

impl Binned {
    /// Bins the features of all rows, each row having `width` of them.
    pub(super) fn new<R: AsRef<[f32]> + Sync>(rows: &[R], width: usize) -> Self {
        let column = |feature: usize| rows.iter().map(move |row| row.as_ref()[feature]);
        let cuts: Vec<Vec<f32>> = (0..width)
            .into_par_iter()
            .map(|feature| cuts(column(feature).collect()))
            .collect();
        let bin = |feature: usize, value: f32| cuts[feature].partition_point(|cut| value > *cut);
        let bins = (0..width)
            .into_par_iter()
            .map(|feature| column(feature).map(|v| bin(feature, v) as u8).collect())
            .collect();
        Self {
            bins,
            cuts,
            rows: rows.len(),
        }
    }

    /// The features that are not the same in all rows.
    pub(super) fn telling(&self) -> Vec<usize> {
        let told = self.cuts.iter().enumerate();
        told.filter(|(_, cuts)| !cuts.is_empty())
            .map(|(feature, _)| feature)
            .collect()
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }
}

/// What stands between values: halfway between any two where these are few, else at quantiles.
fn cuts(mut values: Vec<f32>) -> Vec<f32> {
    values.sort_unstable_by(f32::total_cmp);
    let mut distinct = values.clone();
    distinct.dedup();
    let between = |low: f32, high: f32| {
        let middle = low + (high - low) / 2.0;
        // Of neighbouring floats there is nothing between: what is equal is not above.
        if middle < high { middle } else { low }
    };
    let mut cuts: Vec<f32> = if distinct.len() <= MAX_CUTS + 1 {
        distinct.windows(2).map(|w| between(w[0], w[1])).collect()
    } else {
        let at = |part: usize| part * values.len() / (MAX_CUTS + 1);
        (1..=MAX_CUTS)
            .map(|part| between(values[at(part) - 1], values[at(part)]))
            .collect()
    };
    cuts.dedup();
    cuts
}

/// How trees are grown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Growth {
    /// Questions a tree.
    pub(super) depth: usize,
    /// What is added to a leaf's weight: the greater, the nearer to 0 are its numbers.
    pub(super) damping: f32,
    /// What a leaf's numbers are multiplied by.
    pub(super) rate: f32,
    /// The share of the rows a tree is grown on.
    pub(super) rows: f64,
}

/// What fewer rows say is left out of a leaf. Trees come back to what is left over again and again, so that
/// damping alone would let some ratings of a kind of film decide about that kind in the end.
const LEAST_ROWS: f32 = 10.0;

impl Growth {
    /// The number of a leaf with so many rows: a step of Newton's method, damped.
    pub(super) fn number(&self, rows: f32, gradient: f32, curvature: f32) -> f32 {
        if rows < LEAST_ROWS {
            0.0
        } else {
            self.rate * gradient / (curvature + self.damping)
        }
    }
}

/// A tree as it is grown.
pub(super) struct Tree {
    /// Feature and number of the cut, question by question.
    questions: Vec<(usize, usize)>,
}

impl Tree {
    /// Finds the questions that bring down a loss most whose gradients are given: `N` numbers a row, the
    /// last one the row's weight. Of equally good questions the one of the lower feature, then of the
    /// lower cut, is asked.
    pub(super) fn grow<const N: usize>(
        binned: &Binned,
        rows: &[u32],
        gradients: &[[f32; N]],
        features: &[usize],
        growth: &Growth,
    ) -> Self {
        let gradients: Vec<[f32; N]> = rows.iter().map(|row| gradients[*row as usize]).collect();
        let mut leaves = vec![0_u8; rows.len()];
        let mut questions = Vec::with_capacity(growth.depth);
        for level in 0..growth.depth {
            let gains = features.iter().filter_map(|feature| {
                let sums = Sums {
                    bins: &binned.bins[*feature],
                    rows,
                    gradients: &gradients,
                    leaves: &leaves,
                };
                let cuts = binned.cuts[*feature].len();
                let (gain, cut) = sums.best_cut(1 << level, cuts, growth.damping)?;
                Some((gain, *feature, cut))
            });
            let best = gains.reduce(|best, other| if other.0 > best.0 { other } else { best });
            let Some((_, feature, cut)) = best else {
                break;
            };
            questions.push((feature, cut));
            let bins = &binned.bins[feature];
            for (leaf, row) in leaves.iter_mut().zip(rows) {
                *leaf |= u8::from(usize::from(bins[*row as usize]) > cut) << level;
            }
        }
        Self { questions }
    }

    /// Whether there is nothing to ask about.
    pub(super) fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }

    /// The leaf of each row.
    pub(super) fn leaves(&self, binned: &Binned) -> Vec<u8> {
        let mut leaves = vec![0_u8; binned.rows()];
        for (level, (feature, cut)) in self.questions.iter().enumerate() {
            for (leaf, bin) in leaves.iter_mut().zip(&binned.bins[*feature]) {
                *leaf |= u8::from(usize::from(*bin) > *cut) << level;
            }
        }
        leaves
    }

    /// Appends the tree to a forest. `leaves` has as many numbers as a tree of the forest; a tree with
    /// fewer questions asks its first one again.
    pub(super) fn append(&self, binned: &Binned, leaves: &[f32], forest: &mut Forest) {
        for level in 0..forest.depth {
            let (feature, cut) = self.questions[level.min(self.questions.len() - 1)];
            forest.features.push(feature as u8);
            forest.splits.push(binned.cuts[feature][cut]);
        }
        let size = forest.outputs << forest.depth;
        // An answer given twice leads to one leaf, whichever number the other answers make of it.
        let known = self.questions.len();
        for leaf in 0..size / forest.outputs {
            let seen = leaf & ((1 << known) - 1);
            let numbers = &leaves[seen * forest.outputs..(seen + 1) * forest.outputs];
            forest.leaves.extend_from_slice(numbers);
        }
    }
}

/// What is summed up to judge the cuts of one feature.
struct Sums<'a, const N: usize> {
    bins: &'a [u8],
    rows: &'a [u32],
    gradients: &'a [[f32; N]],
    leaves: &'a [u8],
}

impl<const N: usize> Sums<'_, N> {
    /// The cut that gains most, and what.
    fn best_cut(&self, leaves: usize, cuts: usize, damping: f32) -> Option<(f32, usize)> {
        let width = cuts + 1;
        let mut sums = vec![[0.0_f32; N]; leaves * width];
        let rows = self.rows.iter().zip(self.gradients).zip(self.leaves);
        for ((row, gradient), leaf) in rows {
            let bin = usize::from(self.bins[*row as usize]);
            add(&mut sums[usize::from(*leaf) * width + bin], gradient);
        }
        let mut gains = vec![0.0_f32; cuts];
        for leaf in sums.chunks_exact(width) {
            let mut all = [0.0_f32; N];
            for bin in leaf {
                add(&mut all, bin);
            }
            let whole = worth(&all, damping);
            let mut below = [0.0_f32; N];
            for (gain, bin) in gains.iter_mut().zip(leaf) {
                add(&mut below, bin);
                let mut above = all;
                above.iter_mut().zip(&below).for_each(|(a, b)| *a -= b);
                *gain += worth(&below, damping) + worth(&above, damping) - whole;
            }
        }
        let gains = gains.into_iter().zip(0..);
        gains.reduce(|best, other| if other.0 > best.0 { other } else { best })
    }
}

fn add<const N: usize>(sum: &mut [f32; N], other: &[f32; N]) {
    for (sum, value) in sum.iter_mut().zip(other) {
        *sum += value;
    }
}

/// By how much a leaf of these sums brings the loss down, twice.
fn worth<const N: usize>(sums: &[f32; N], damping: f32) -> f32 {
    let (gradients, weight) = sums.split_at(N - 1);
    let squares: f32 = gradients.iter().map(|sum| sum * sum).sum();
    squares / (weight[0].max(0.0) + damping)
}
