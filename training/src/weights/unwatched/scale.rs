//! On which scale weights of unwatched films are.

use rayon::prelude::*;

use super::solve::{Room, Solver};
use super::{BLOCK, Watched};
use crate::Progress;

/// Watched films that are looked at as if they were not.
const FILMS: usize = 512;

/// Viewers whose scores are looked at.
const VIEWERS: usize = 20_000;

/// The scale stays within a factor of this from 1: beyond, there is too little to estimate it from.
const FURTHEST: f64 = 10.0;

/// Number, sum and sum of squares of scores.
#[derive(Clone, Copy, Default)]
struct Spread {
    number: f64,
    sum: f64,
    squares: f64,
}

impl Spread {
    fn add(&mut self, score: f64) {
        self.number += 1.0;
        self.sum += score;
        self.squares += score * score;
    }

    fn join(&mut self, other: Self) {
        self.number += other.number;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    fn variance(self) -> f64 {
        let mean = self.sum / self.number;
        self.squares / self.number - mean * mean
    }
}

/// The ratio of the standard deviations of scores: by the weights that watched films have, over those
/// that they would have unwatched. 1 when one of them does not spread.
///
/// Of the films a sample of [`FILMS`] over the whole range of how watched they are; of the viewers
/// [`VIEWERS`], evenly by their rows; a film counts for viewers who do not have it.
pub(super) fn estimate(solver: &Solver<'_>, watched: &Watched<'_>, progress: &dyn Progress) -> f64 {
    let mut places: Vec<u32> = (0..watched.films.len() as u32).collect();
    places.sort_by_key(|place| std::cmp::Reverse(solver.counts[*place as usize]));
    let places = evenly(&places, FILMS);
    let viewers: Vec<u32> = (0..watched.preferences.viewers() as u32)
        .filter(|viewer| !watched.preferences.row(*viewer as usize).is_empty())
        .collect();
    let viewers = evenly(&viewers, VIEWERS);
    progress.stage("scale of unwatched films", places.len() as u64);
    let spreads: Vec<[Spread; 2]> = places
        .par_chunks(BLOCK)
        .map_init(
            || solver.room(),
            |room, block| {
                let spreads = spreads(solver, watched, block, &viewers, room);
                progress.advance(block.len() as u64);
                spreads
            },
        )
        .collect();
    let mut all = [Spread::default(); 2];
    for spreads in spreads {
        for (all, spread) in all.iter_mut().zip(spreads) {
            all.join(spread);
        }
    }
    let [with_viewers, without] = all.map(Spread::variance);
    let scale = (with_viewers / without).sqrt();
    if with_viewers > 0.0 && scale.is_finite() {
        scale.clamp(1.0 / FURTHEST, FURTHEST)
    } else {
        1.0
    }
}

/// At most `number` of the items, evenly over all of them.
fn evenly(items: &[u32], number: usize) -> Vec<u32> {
    let number = number.min(items.len());
    let at = |index| items[index * items.len() / number];
    (0..number).map(at).collect()
}

/// Of the scores for the films at `places`: by the weights that they have, and by those that they
/// would have unwatched.
fn spreads(
    solver: &Solver<'_>,
    watched: &Watched<'_>,
    places: &[u32],
    viewers: &[u32],
    room: &mut Room,
) -> [Spread; 2] {
    let size = watched.films.len();
    let films: Vec<u32> = places
        .iter()
        .map(|place| watched.films[*place as usize])
        .collect();
    solver.plain(&films, room);
    for (place, weights) in places.iter().zip(room.plain.chunks_mut(size)) {
        leave_out(weights, *place as usize);
    }
    solver.smooth(room);
    let mut spreads = [Spread::default(); 2];
    let mut with_viewers = vec![0.0; watched.preferences.films()];
    let mut without = with_viewers.clone();
    for (film, weights) in films.iter().zip(room.weights.chunks(size)) {
        with_viewers.fill(0.0);
        for (source, weight) in watched.weights.by_target().row(*film as usize) {
            with_viewers[source as usize] = f64::from(weight);
        }
        for (source, weight) in watched.films.iter().zip(weights) {
            without[*source as usize] = *weight;
        }
        for viewer in viewers {
            let row = watched.preferences.row(*viewer as usize);
            if row.binary_search(film).is_err() {
                for (spread, weights) in spreads.iter_mut().zip([&with_viewers, &without]) {
                    spread.add(row.iter().map(|film| weights[*film as usize]).sum());
                }
            }
        }
    }
    spreads
}

/// Makes a watched film's weights those that it would have unwatched. As one of the films of the
/// regression it has a weight h for itself; without it the others' are 1 / (1 − h) times as large
/// (the leave-one-out formula: what it adds to its own prediction is h times what it lacks).
pub(super) fn leave_out(weights: &mut [f64], place: usize) {
    let rest = 1.0 - weights[place];
    weights[place] = 0.0;
    for weight in weights {
        // With a ridge the rest is positive, but for rounding.
        *weight /= rest.max(1e-9);
    }
}
