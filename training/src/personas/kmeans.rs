//! k-means with k-means++ seeds.

use matinee::taste::squared_distance;
use rayon::prelude::*;

use crate::chance::Chance;

/// The most rounds of one run; it ends before where nobody changes sides.
const ROUNDS: usize = 100;

/// Points in groups.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clusters {
    /// The mean of each group.
    pub(super) centres: Vec<Vec<f32>>,
    /// Which group each point is in: that with the nearest centre.
    pub(super) members: Vec<usize>,
    /// The sum of the squared distances of the points from their centres.
    pub(super) inertia: f64,
}

impl Clusters {
    /// All points in one group, which has at least one.
    pub(super) fn one(points: &[Vec<f32>]) -> Self {
        let mut one = Self {
            centres: vec![vec![0.0; points.first().map_or(0, Vec::len)]],
            members: vec![0; points.len()],
            inertia: 0.0,
        };
        one.centre(points);
        one.assign(points);
        one
    }

    /// How many points each group has.
    pub(super) fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.centres.len()];
        for member in &self.members {
            sizes[*member] += 1;
        }
        sizes
    }

    /// Puts every point into the group with the nearest centre, of equally near ones the first. Says
    /// whether any changed sides.
    fn assign(&mut self, points: &[Vec<f32>]) -> bool {
        let nearest: Vec<(usize, f32)> = points
            .par_iter()
            .map(|point| nearest(&self.centres, point))
            .collect();
        // Added up in one order, whatever the threads.
        self.inertia = nearest
            .iter()
            .map(|(_, distance)| f64::from(*distance))
            .sum();
        let members: Vec<usize> = nearest.into_iter().map(|(group, _)| group).collect();
        let changed = members != self.members;
        self.members = members;
        changed
    }

    /// Moves every centre to the mean of its points; one without points stays.
    fn centre(&mut self, points: &[Vec<f32>]) {
        let width = self.centres.first().map_or(0, Vec::len);
        let mut sums = vec![vec![0.0f64; width]; self.centres.len()];
        for (point, member) in points.iter().zip(&self.members) {
            for (sum, value) in sums[*member].iter_mut().zip(point) {
                *sum += f64::from(*value);
            }
        }
        let sizes = self.sizes();
        for ((centre, sum), size) in self.centres.iter_mut().zip(sums).zip(sizes) {
            if size > 0 {
                *centre = sum.iter().map(|sum| (sum / size as f64) as f32).collect();
            }
        }
    }
}

/// The group with the nearest centre, and the squared distance to it.
fn nearest(centres: &[Vec<f32>], point: &[f32]) -> (usize, f32) {
    let distances = centres.iter().map(|centre| squared_distance(centre, point));
    let nearest = distances.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
    nearest.unwrap_or_default()
}

/// `k` groups, the best of `runs` runs by inertia; `None` where there are not `k` different points,
/// or a group ran empty in every run.
pub(super) fn k_means(points: &[Vec<f32>], k: usize, runs: usize, seed: u64) -> Option<Clusters> {
    let mut best: Option<Clusters> = None;
    for run in 0..runs.max(1) as u64 {
        let mut chance = Chance::new(seed ^ (run + 1) << 32 ^ k as u64);
        let mut clusters = Clusters {
            centres: seeds(points, k, &mut chance)?,
            members: Vec::new(),
            inertia: 0.0,
        };
        for _ in 0..ROUNDS {
            if !clusters.assign(points) {
                break;
            }
            clusters.centre(points);
        }
        clusters.assign(points);
        let better = best.as_ref().is_none_or(|b| clusters.inertia < b.inertia);
        if better && clusters.sizes().iter().all(|size| *size > 0) {
            best = Some(clusters);
        }
    }
    best
}

/// `k` of the points, all different: the first evenly by chance, each further one with a chance
/// that grows with the squared distance to the nearest of those before it.
fn seeds(points: &[Vec<f32>], k: usize, chance: &mut Chance) -> Option<Vec<Vec<f32>>> {
    let first = points.get(pick(&vec![1.0; points.len()], chance)?)?;
    let mut seeds = vec![first.clone()];
    let mut distances = vec![f32::INFINITY; points.len()];
    while seeds.len() < k {
        let last = seeds.last()?;
        distances
            .par_iter_mut()
            .zip(points)
            .for_each(|(distance, point)| {
                *distance = distance.min(squared_distance(last, point));
            });
        seeds.push(points.get(pick(&distances, chance)?)?.clone());
    }
    Some(seeds)
}

/// A place by chance, as likely as its weight, which is 0 or more; `None` where all are 0.
fn pick(weights: &[f32], chance: &mut Chance) -> Option<usize> {
    let all: f64 = weights.iter().copied().map(f64::from).sum();
    let mut rest = chance.share() * all;
    let mut last = None;
    for (place, weight) in weights
        .iter()
        .enumerate()
        .filter(|(_, weight)| **weight > 0.0)
    {
        rest -= f64::from(*weight);
        last = Some(place);
        if rest < 0.0 {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three heaps around corners, point by point in turn.
    fn heaps(each: usize) -> Vec<Vec<f32>> {
        let mut chance = Chance::new(7);
        let corners = [[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]];
        let near = |corner: &[f32; 2]| corner.map(|at| at + chance.share() as f32).to_vec();
        corners.iter().cycle().take(3 * each).map(near).collect()
    }

    #[test]
    fn heaps_are_found_and_their_means_are_the_centres() {
        let points = heaps(40);
        let clusters = k_means(&points, 3, 4, 1).unwrap();
        assert_eq!(clusters.sizes(), [40, 40, 40]);
        for (at, member) in clusters.members.iter().enumerate() {
            assert_eq!(*member, clusters.members[at % 3]);
        }
        for (group, centre) in clusters.centres.iter().enumerate() {
            let members = clusters.members.iter().zip(&points);
            let mine = members.filter(|(member, _)| **member == group);
            let sum: f32 = mine.map(|(_, point)| point[0]).sum();
            assert!((sum / 40.0 - centre[0]).abs() < 1e-5);
        }
        let inertia: f64 = clusters
            .members
            .iter()
            .zip(&points)
            .fold(0.0, |sum, (m, point)| {
                sum + f64::from(squared_distance(&clusters.centres[*m], point))
            });
        assert!((inertia - clusters.inertia).abs() < 1e-4);
        assert!(inertia < Clusters::one(&points).inertia / 20.0);
    }

    #[test]
    fn more_groups_than_different_points_there_are_not() {
        let alike = vec![vec![0.5, 0.5]; 9];
        assert_eq!(k_means(&alike, 2, 4, 1), None);
        assert_eq!(k_means(&[], 1, 4, 1), None);
        let mut two = alike;
        two.push(vec![1.0, 0.0]);
        let mut sizes = k_means(&two, 2, 4, 1).unwrap().sizes();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 9]);
        assert_eq!(k_means(&two, 3, 4, 1), None);
    }

    #[test]
    fn a_seed_is_picked_as_likely_as_it_is_far() {
        let mut chance = Chance::new(3);
        let mut picked = [0; 4];
        for _ in 0..4_000 {
            picked[pick(&[0.0, 1.0, 3.0, 0.0], &mut chance).unwrap()] += 1;
        }
        assert_eq!((picked[0], picked[3]), (0, 0));
        assert!((2_850..3_150).contains(&picked[2]), "{picked:?}");
        assert_eq!(pick(&[0.0, 0.0], &mut chance), None);
    }
}
