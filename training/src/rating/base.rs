//! How many stars films like this one get, by what they themselves say.

use matinee::rating::{FACTS, Facts, Forest};
use rayon::prelude::*;

use super::trees::{Binned, Growth, Tree};
use super::{chosen_features, chosen_rows};
use crate::chance::Chance;

/// How the trees are grown.
const GROWTH: Growth = Growth {
    depth: 4,
    damping: 10.0,
    rate: 0.15,
    rows: 0.7,
};

/// The most trees.
const MOST: usize = 100;

/// After how many trees it is looked how good they are.
const STEP: usize = 10;

/// Parts in which rows are predicted from the other parts.
const PARTS: usize = 5;

/// What films like these get, above the mean.
pub(super) struct Base {
    pub(super) forest: Forest,
    /// Of each row, predicted from other rows.
    pub(super) unseen: Vec<f32>,
}

/// Learns from how far each film's stars lie above the mean. How many trees there are is decided by how
/// well rows are predicted from others.
pub(super) fn learn(facts: &[Facts], above: &[f32], seed: u64) -> Base {
    let values: Vec<&[f32; FACTS]> = facts.iter().map(|facts| &facts.values).collect();
    let rows: Vec<&[f32]> = values.iter().map(|row| row.as_slice()).collect();
    let binned = Binned::new(&rows, FACTS);
    let mut parts = vec![0; above.len()];
    let order = Chance::new(seed).sample(above.len(), above.len());
    for (place, row) in order.into_iter().enumerate() {
        parts[row] = place % PARTS;
    }
    let all: Vec<u32> = (0..above.len() as u32).collect();
    // The last one is grown on all parts.
    let mut grown: Vec<Grown> = (0..=PARTS)
        .into_par_iter()
        .map(|part| {
            let others = all
                .iter()
                .copied()
                .filter(|row| parts[*row as usize] != part);
            let others: Vec<u32> = others.collect();
            grow(
                &binned,
                &others,
                above,
                MOST,
                seed.wrapping_add(part as u64),
            )
        })
        .collect();
    let mut forest = grown
        .pop()
        .map_or_else(|| Forest::empty(GROWTH.depth, 1), |all| all.forest);
    let unseen = |look: usize| -> Vec<f32> {
        let rows = parts.iter().enumerate();
        rows.map(|(row, part)| grown[*part].looks[look][row])
            .collect()
    };
    let error = |look: usize| -> f64 {
        let pairs = above.iter().zip(unseen(look));
        pairs
            .map(|(above, predicted)| f64::from(above - predicted).powi(2))
            .sum()
    };
    let best = (0..=MOST / STEP).min_by(|a, b| error(*a).total_cmp(&error(*b)));
    let best = best.unwrap_or_default();
    forest.truncate(best * STEP);
    Base {
        forest,
        unseen: unseen(best),
    }
}

struct Grown {
    forest: Forest,
    /// What all rows are predicted to have, before the first tree and after every [`STEP`] of them.
    looks: Vec<Vec<f32>>,
}

/// Grows trees on some of the rows.
fn grow(binned: &Binned, rows: &[u32], above: &[f32], trees: usize, seed: u64) -> Grown {
    let mut forest = Forest::empty(GROWTH.depth, 1);
    let mut chance = Chance::new(seed);
    let telling = binned.telling();
    let mut predicted = vec![0.0_f32; above.len()];
    let mut looks = vec![predicted.clone()];
    for tree in 1..=trees {
        let gradients: Vec<[f32; 2]> = above
            .iter()
            .zip(&predicted)
            .map(|(above, predicted)| [above - predicted, 1.0])
            .collect();
        let chosen = chosen_rows(rows, GROWTH.rows, &mut chance);
        let features = chosen_features(&telling, &mut chance);
        let grown = Tree::grow(binned, &chosen, &gradients, &features, &GROWTH);
        if !grown.is_empty() {
            let leaves = grown.leaves(binned);
            let mut sums = [[0.0_f32; 2]; 1 << GROWTH.depth];
            for row in chosen {
                let sum = &mut sums[usize::from(leaves[row as usize])];
                sum[0] += gradients[row as usize][0];
                sum[1] += 1.0;
            }
            let value = |[sum, count]: &[f32; 2]| GROWTH.number(*count, *sum, *count);
            let values: Vec<f32> = sums.iter().map(value).collect();
            for (predicted, leaf) in predicted.iter_mut().zip(&leaves) {
                *predicted += values[usize::from(*leaf)];
            }
            grown.append(binned, &values, &mut forest);
        }
        if tree % STEP == 0 {
            looks.push(predicted.clone());
        }
    }
    Grown { forest, looks }
}
