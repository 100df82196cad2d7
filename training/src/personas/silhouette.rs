//! How well groups are separated.

use matinee::taste::squared_distance;
use rayon::prelude::*;

/// How well groups are separated: the mean of their points' silhouettes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Silhouette {
    /// -1 to 1; 0 where there are no points.
    pub mean: f64,
    /// The standard error of the mean, at least 0: what it moves by where other viewers of the same
    /// kinds are measured. 0 for fewer than two points.
    pub error: f64,
}

impl Silhouette {
    fn of(points: &[f64]) -> Self {
        let n = points.len().max(1) as f64;
        let mean = points.iter().sum::<f64>() / n;
        let squares: f64 = points.iter().map(|point| (point - mean).powi(2)).sum();
        let error = (squares / (n - 1.0).max(1.0) / n).sqrt();
        Self { mean, error }
    }
}

/// The distances between points, each pair's twice.
pub(super) struct Distances {
    rows: Vec<Vec<f32>>,
}

impl Distances {
    /// Between all of these points. 4 bytes a pair.
    pub(super) fn new(points: &[Vec<f32>]) -> Self {
        let row = |a: &Vec<f32>| -> Vec<f32> {
            let others = points.iter();
            others.map(|b| squared_distance(a, b).sqrt()).collect()
        };
        Self {
            rows: points.par_iter().map(row).collect(),
        }
    }

    /// The silhouette of groups 0..k that every point is a member of one of: for a point with mean
    /// distance a from the others of its group, and b from the members of the nearest other group,
    /// (b − a) / max(a, b); 0 for a point alone in its group.
    pub(super) fn silhouette(&self, members: &[usize], k: usize) -> Silhouette {
        let mut sizes = vec![0usize; k];
        for member in members {
            sizes[*member] += 1;
        }
        let silhouettes: Vec<f64> = self
            .rows
            .par_iter()
            .zip(members)
            .map(|(row, own)| of_point(row, members, *own, &sizes))
            .collect();
        Silhouette::of(&silhouettes)
    }
}

fn of_point(row: &[f32], members: &[usize], own: usize, sizes: &[usize]) -> f64 {
    let mut sums = vec![0.0f64; sizes.len()];
    for (distance, member) in row.iter().zip(members) {
        sums[*member] += f64::from(*distance);
    }
    if sizes[own] < 2 {
        return 0.0;
    }
    let within = sums[own] / (sizes[own] - 1) as f64;
    let others = sums.iter().zip(sizes).enumerate();
    let others = others.filter(|(group, (_, size))| *group != own && **size > 0);
    let nearest = others
        .map(|(_, (sum, size))| sum / *size as f64)
        .min_by(f64::total_cmp);
    match nearest {
        Some(nearest) if within.max(nearest) > 0.0 => (nearest - within) / within.max(nearest),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silhouettes_are_those_worked_out_by_hand() {
        let points: Vec<Vec<f32>> = [0.0, 1.0, 10.0].map(|at| vec![at]).to_vec();
        let distances = Distances::new(&points);
        // (10 - 1) / 10, (9 - 1) / 9, and 0 for the one alone.
        let expected = (0.9 + 8.0 / 9.0) / 3.0;
        let found = distances.silhouette(&[0, 0, 1], 2);
        assert!((found.mean - expected).abs() < 1e-6);
        // Their variance: ((0.9 - m)² + (8/9 - m)² + m²) / 2 for the mean m.
        let squares = (0.9 - expected).powi(2) + (8.0 / 9.0 - expected).powi(2);
        let squares = squares + expected * expected;
        assert!((found.error - (squares / 2.0 / 3.0).sqrt()).abs() < 1e-6);
        // 0: a = 10, b = 1; 1 is alone; 10: a = 10, b = 9.
        let expected = (-0.9 - 0.1) / 3.0;
        let found = distances.silhouette(&[0, 1, 0], 2);
        assert!((found.mean - expected).abs() < 1e-6);
    }

    #[test]
    fn points_that_are_all_alike_are_not_separated() {
        let distances = Distances::new(&vec![vec![0.5, 0.5]; 4]);
        let found = distances.silhouette(&[0, 0, 1, 1], 2);
        assert!(found.mean.abs() < 1e-12 && found.error < 1e-12);
    }
}
