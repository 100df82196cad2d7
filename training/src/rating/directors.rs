//! Solving for what is known of directors.

use std::collections::{BTreeMap, HashMap};

use matinee::rating::{Directors, Effect, Kernel, RatedWork, Work};
use rayon::prelude::*;

/// The covariances that are tried first; with few ratings these are used. All are in units of the
/// variance of a rating.
const USUAL: [f64; 4] = [0.15, 0.2, 0.2, 12.0];

/// How far a covariance is moved at first, and at last, as a factor.
const STEPS: [f64; 3] = [2.0, 1.5, 1.2];

/// With fewer ratings of directors who have others, the usual covariances are used.
const LEAST: usize = 200;

/// A rating by what a director's films have in common.
pub(super) struct Rated {
    /// The director's key; nothing where nobody is known.
    pub(super) key: Option<String>,
    pub(super) work: Work,
    /// How far its stars lie above films like it.
    pub(super) above: f32,
}

/// What is known, and what would be known of each rating without it.
pub(super) struct Solved {
    pub(super) directors: Directors,
    pub(super) unseen: Vec<Effect>,
}

/// One director's ratings.
struct Group {
    key: String,
    /// Years and sets of genres, those with most ratings first.
    works: Vec<Work>,
    /// How many ratings each has, and their mean.
    means: Vec<(u32, f64)>,
    /// The rows, each with its place in `works` unless it was left out.
    rows: Vec<(u32, Option<usize>)>,
}

/// Finds the covariances that predict each rating best from the director's others, and what follows.
pub(super) fn solve(rated: &[Rated]) -> Solved {
    let groups = groups(rated);
    let kernel = choose(&groups, rated);
    let solutions: Vec<Solution> = groups
        .par_iter()
        .map(|group| group.solve(&kernel, rated))
        .collect();
    let mut unseen = vec![Effect::default(); rated.len()];
    let mut directors = Directors {
        kernel,
        ..Directors::none()
    };
    for (group, solution) in groups.iter().zip(solutions) {
        for (row, effect) in solution.unseen {
            unseen[row as usize] = effect;
        }
        directors.names.push_str(&group.key);
        directors.names_at.push(directors.names.len() as u32);
        let works = group.works.iter().zip(&group.means).zip(&solution.weights);
        let works = works.map(|((work, (ratings, _)), weight)| RatedWork {
            work: *work,
            ratings: *ratings,
            weight: *weight as f32,
        });
        directors.works.extend(works);
        directors.works_at.push(directors.works.len() as u32);
    }
    Solved { directors, unseen }
}

fn groups(rated: &[Rated]) -> Vec<Group> {
    let mut by_key: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (row, one) in (0..).zip(rated) {
        if let Some(key) = &one.key {
            by_key.entry(key).or_default().push(row);
        }
    }
    by_key
        .into_iter()
        .map(|(key, rows)| Group::new(key, &rows, rated))
        .collect()
}

fn choose(groups: &[Group], rated: &[Rated]) -> Kernel {
    let several: usize = groups.iter().map(|g| g.rows.len()).filter(|n| *n > 1).sum();
    let kernel = |[all, genres, time, years]: [f64; 4]| {
        Kernel::new(all as f32, genres as f32, time as f32, years as f32)
    };
    let mut best = USUAL;
    if several < LEAST {
        return kernel(best);
    }
    let error = |tried: [f64; 4]| -> f64 {
        let kernel = kernel(tried);
        let errors: Vec<f64> = groups
            .par_iter()
            .filter(|group| group.rows.len() > 1)
            .map(|group| group.error(&kernel, rated))
            .collect();
        errors.into_iter().sum()
    };
    let mut least = error(best);
    for step in STEPS {
        for at in 0..best.len() {
            for factor in [step, 1.0 / step] {
                let mut tried = best;
                tried[at] = (tried[at] * factor).clamp(0.001, 60.0);
                if at == 3 {
                    tried[at] = tried[at].max(1.0);
                }
                let found = error(tried);
                if found < least {
                    (best, least) = (tried, found);
                }
            }
        }
    }
    kernel(best)
}

struct Solution {
    weights: Vec<f64>,
    unseen: Vec<(u32, Effect)>,
}

impl Group {
    fn new(key: &str, rows: &[u32], rated: &[Rated]) -> Self {
        let mut of_work: BTreeMap<Work, (u32, f64)> = BTreeMap::new();
        for row in rows {
            let one = &rated[*row as usize];
            let (count, sum) = of_work.entry(one.work).or_default();
            *count += 1;
            *sum += f64::from(one.above);
        }
        let mut works: Vec<(Work, (u32, f64))> = of_work.into_iter().collect();
        works.sort_by_key(|(work, (count, _))| (std::cmp::Reverse(*count), *work));
        works.truncate(Directors::MAX_WORKS);
        let place: HashMap<Work, usize> = works.iter().map(|(work, _)| *work).zip(0..).collect();
        let placed = |row: &u32| (*row, place.get(&rated[*row as usize].work).copied());
        Self {
            key: key.to_owned(),
            rows: rows.iter().map(placed).collect(),
            means: works
                .iter()
                .map(|(_, (count, sum))| (*count, sum / f64::from(*count)))
                .collect(),
            works: works.into_iter().map(|(work, _)| work).collect(),
        }
    }

    /// The sum of squares by which ratings differ from what the director's others say.
    fn error(&self, kernel: &Kernel, rated: &[Rated]) -> f64 {
        let unseen = self.solve(kernel, rated).unseen;
        let errors = unseen
            .into_iter()
            .map(|(row, effect)| f64::from(rated[row as usize].above - effect.stars).powi(2));
        errors.sum()
    }

    /// The means of works are solved for, each with the variance 1 / ratings. Without one rating of a
    /// work the mean there is r - (r - f) / (1 - v), f and v being mean and variance of the process
    /// there given all of them (Rasmussen and Williams, equation 5.12).
    fn solve(&self, kernel: &Kernel, rated: &[Rated]) -> Solution {
        let n = self.works.len();
        let covariance =
            |a: usize, b: usize| f64::from(kernel.covariance(self.works[a], self.works[b]));
        let mut matrix: Vec<f64> = (0..n * n).map(|at| covariance(at / n, at % n)).collect();
        let likeness: Vec<f64> = matrix
            .chunks_exact(n)
            .map(|row| {
                let of = row.iter().zip(&self.means);
                of.map(|(k, (count, _))| k * f64::from(*count)).sum()
            })
            .collect();
        let own: Vec<f64> = (0..n).map(|at| matrix[at * n + at]).collect();
        for (at, (count, _)) in self.means.iter().enumerate() {
            matrix[at * n + at] += 1.0 / f64::from(*count);
        }
        let inverse = inverse(&matrix, n);
        let weights: Vec<f64> = inverse
            .chunks_exact(n)
            .map(|row| {
                row.iter()
                    .zip(&self.means)
                    .map(|(i, (_, mean))| i * mean)
                    .sum()
            })
            .collect();
        let total: u32 = self.means.iter().map(|(count, _)| count).sum();
        let unseen = self.rows.iter().filter_map(|(row, at)| {
            let at = (*at)?;
            let (count, mean) = self.means[at];
            let noise = 1.0 / f64::from(count);
            let process = mean - noise * weights[at];
            let variance = noise - noise * noise * inverse[at * n + at];
            let above = f64::from(rated[*row as usize].above);
            let without = above - (above - process) / (1.0 - variance).max(1e-9);
            let effect = Effect {
                stars: rounded(without),
                likeness: (likeness[at] - own[at]) as f32,
                ratings: (total - 1) as f32,
            };
            Some((*row, effect))
        });
        let unseen = unseen.collect();
        Solution { weights, unseen }
    }
}

/// Stars to a 1024th. What is left of a rating when it is subtracted from itself would tell trees what the
/// rating was.
fn rounded(stars: f64) -> f32 {
    ((stars * 1024.0).round() / 1024.0) as f32
}

/// The inverse of a symmetric matrix whose eigenvalues lie above 0, by Gauss and Jordan.
pub(super) fn inverse(matrix: &[f64], n: usize) -> Vec<f64> {
    let mut left = matrix.to_vec();
    let mut right = vec![0.0; n * n];
    for at in 0..n {
        right[at * n + at] = 1.0;
    }
    for pivot in 0..n {
        let divisor = left[pivot * n + pivot];
        for column in 0..n {
            left[pivot * n + column] /= divisor;
            right[pivot * n + column] /= divisor;
        }
        for row in (0..n).filter(|row| *row != pivot) {
            let factor = left[row * n + pivot];
            if factor != 0.0 {
                for column in 0..n {
                    left[row * n + column] -= factor * left[pivot * n + column];
                    right[row * n + column] -= factor * right[pivot * n + column];
                }
            }
        }
    }
    right
}
