//! Learning to predict ratings of films that devices make up.
//!
//! Three steps, each learned on what the one before it says of rows that it did not see:
//! [`base`](self::base) what films like it get, by boosted trees on the facts; what the director adds, by
//! a Gaussian process over each director's films; and a distribution over the stars around both,
//! bent by further trees.

mod base;
mod check;
mod directors;
mod metrics;
mod rated;
mod stars;
#[cfg(test)]
mod tests;
mod trees;

use matinee::rating::{
    BENDS, Facts, Forest, Learned, Prediction, Rating, STARS, Work, director_key,
};

pub use check::{Checked, LEAST_MEASURED, learn_checked, measure};
pub use metrics::RatingMetrics;
pub use rated::{MOST_RATINGS, RatedFilm, RatedFilms};

use crate::chance::Chance;

/// A tree asks about one in so many features.
const FEATURES: usize = 2;

/// How many ratings the prior weighs.
const PRIOR_WEIGHT: f64 = 20.0;

/// Learns from ratings. What does not fit even these better than their mere shares of stars do, as where
/// directors get now the fewest stars and now the most, is not kept: every film gets the shares. The same ratings in the same order and the same seed give the same predictor,
/// whatever the number of threads.
pub fn learn(rated: &[RatedFilm], seed: u64) -> Rating {
    if rated.is_empty() {
        return Rating::unlearned();
    }
    let prior = prior(rated);
    let mean = prior.expected() as f32;
    let facts: Vec<Facts> = rated.iter().map(|one| Facts::of(&one.film)).collect();
    let above: Vec<f32> = rated
        .iter()
        .map(|one| f32::from(one.stars) - mean)
        .collect();
    let base = base::learn(&facts, &above, seed);
    let rows = rated.iter().zip(&facts).zip(above.iter().zip(&base.unseen));
    let of_directors: Vec<directors::Rated> = rows
        .map(|((one, facts), (above, base))| directors::Rated {
            key: one.film.director.as_deref().map(director_key),
            work: Work::from(facts),
            above: above - base,
        })
        .collect();
    let solved = directors::solve(&of_directors);
    let mut learned = Learned {
        base: base.forest,
        directors: solved.directors,
        shapes: [[0.0; STARS]; BENDS],
        slopes: [[0.0; 2]; BENDS],
        stars: Forest::empty(1, BENDS),
    };
    let concluded = facts.iter().zip(&base.unseen).zip(&solved.unseen);
    let signals: Vec<_> = concluded
        .map(|((facts, base), effect)| learned.signals(facts, *base, *effect))
        .collect();
    let stars: Vec<u8> = rated.iter().map(RatedFilm::place).collect();
    let bent = stars::Examples {
        prior: &prior,
        signals: &signals,
        stars: &stars,
    }
    .learn(seed);
    learned.shapes = bent.shapes;
    learned.slopes = bent.slopes;
    learned.stars = bent.forest;
    let rating = Rating {
        prior,
        ratings: rated.len() as u32,
        learned: Some(learned),
    };
    check::if_it_fits(rating, rated)
}

/// How often which stars are given, [`Rating::PRIOR`] counting as some ratings.
fn prior(rated: &[RatedFilm]) -> Prediction {
    let mut counts = Rating::PRIOR.probabilities.map(|p| p * PRIOR_WEIGHT);
    for one in rated {
        counts[usize::from(one.place())] += 1.0;
    }
    let all: f64 = counts.iter().sum();
    Prediction {
        probabilities: counts.map(|count| count / all),
    }
}

/// A share of the rows by chance, ascending, at least one.
fn chosen_rows(rows: &[u32], share: f64, chance: &mut Chance) -> Vec<u32> {
    let chosen: Vec<u32> = rows
        .iter()
        .copied()
        .filter(|_| chance.share() < share)
        .collect();
    if chosen.is_empty() {
        rows.to_vec()
    } else {
        chosen
    }
}

/// One in [`FEATURES`] of the features by chance, ascending.
fn chosen_features(features: &[usize], chance: &mut Chance) -> Vec<usize> {
    let most = features.len().div_ceil(FEATURES);
    let mut chosen = chance.sample(features.len(), most);
    chosen.sort_unstable();
    chosen.into_iter().map(|at| features[at]).collect()
}
