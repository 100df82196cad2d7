//! For every film its nearest films: by plain TF-IDF, and blended from everything a catalogue
//! knows.

mod blend;
mod plain;
#[cfg(test)]
mod tests;

pub use blend::{BlendSettings, blended_neighbours};
pub use plain::{plain_neighbours, plain_vectors};

use matinee::model::{MovieIndex, Neighbour, NeighbourLists};
use matinee::recommend::top_k;
use rayon::prelude::*;

use crate::Progress;

/// Films whose rows one thread works through before it reports progress.
const BLOCK: usize = 64;

/// The `k` films of highest score for every film, by `score_row`, which fills one score per film:
/// only one row of scores a thread is ever in memory. Films scoring 0 or less are no neighbours;
/// of equal scores the film earlier in the catalogue comes first.
fn neighbours_by_rows(
    films: usize,
    k: usize,
    progress: &dyn Progress,
    score_row: impl Fn(usize, &mut [f32]) + Sync,
) -> NeighbourLists {
    let blocks: Vec<NeighbourLists> = (0..films)
        .collect::<Vec<_>>()
        .par_chunks(BLOCK)
        .map_init(
            || vec![0.0; films],
            |scores, block| {
                let lists = block
                    .iter()
                    .map(|row| {
                        scores.fill(0.0);
                        score_row(*row, scores);
                        nearest(*row, scores, k)
                    })
                    .collect();
                progress.advance(block.len() as u64);
                lists
            },
        )
        .collect();
    blocks.into_iter().flatten().collect()
}

fn nearest(row: usize, scores: &[f32], k: usize) -> Vec<Neighbour> {
    let others = scores
        .iter()
        .enumerate()
        .filter(|(other, score)| *other != row && **score > 0.0)
        .map(|(other, score)| (other as u32, *score));
    top_k(others, k)
        .into_iter()
        .map(|(movie, score)| Neighbour {
            movie: MovieIndex(movie),
            score,
        })
        .collect()
}
