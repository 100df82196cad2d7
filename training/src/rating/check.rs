//! Measuring a predictor through the section that is served, and learning one that is worth serving.

use std::collections::BTreeMap;

use matinee::model::{ModelError, SectionEntry, SectionKind, write_rating};
use matinee::rating::{Prediction, Rating};

use super::{RatedFilm, RatingMetrics, learn, prior};
use crate::chance::Chance;

/// From how many ratings on a part of them is held back to measure by.
pub const LEAST_MEASURED: usize = 50;

/// One in so many is held back.
const HELD_BACK: usize = 5;

/// The log loss of mere shares of stars, by name.
const SHARES_LOG_LOSS: &str = "rating_shares_log_loss";

/// What was learned, and how good that is.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The predictor.
    pub rating: Rating,
    /// The section that holds it.
    pub section: Vec<u8>,
    /// Figures by name, as manifests hold them: measured on a fifth of the ratings, by a predictor learned
    /// without these. Empty with fewer than [`LEAST_MEASURED`] ratings.
    pub figures: BTreeMap<String, f64>,
}

/// Learns from ratings. Where at least [`LEAST_MEASURED`] are there, a fifth is held back first, and what
/// is learned from the others is compared by log loss with their mere shares of stars. What is not better
/// than that is not served: every film then gets these shares, of all ratings.
///
/// # Errors
/// [`ModelError`] when the section does not read back.
pub fn learn_checked(rated: &[RatedFilm], seed: u64) -> Result<Checked, ModelError> {
    // Beside each other: neither keeps all processors busy.
    let (checked, learned) = rayon::join(|| check(rated, seed), || learn(rated, seed));
    let mut figures = checked?;
    let [learning, shares] = ["rating_log_loss", SHARES_LOG_LOSS].map(|name| figures.get(name));
    let rating = match (learning, shares) {
        (Some(learning), Some(shares)) if learning >= shares => shares_of(rated),
        _ => learned,
    };
    figures.insert("rating_ratings".to_owned(), rated.len() as f64);
    Ok(Checked {
        section: write_rating(&rating),
        rating,
        figures,
    })
}

/// What learning without a part of the ratings reaches on that part, and what mere shares of stars do;
/// nothing where there are too few ratings.
fn check(rated: &[RatedFilm], seed: u64) -> Result<BTreeMap<String, f64>, ModelError> {
    let mut figures = BTreeMap::new();
    if rated.len() >= LEAST_MEASURED {
        let (train, test) = split(rated, seed);
        let metrics = measure(&write_rating(&learn(&train, seed)), &test)?;
        let shares = RatingMetrics::of(&predictions(&shares_of(&train), &test));
        figures.extend(metrics.iter().flat_map(RatingMetrics::figures));
        figures.extend(shares.map(|shares| (SHARES_LOG_LOSS.to_owned(), shares.log_loss)));
    }
    Ok(figures)
}

/// What was learned, or else the mere shares of stars, whichever fits what it was learned from.
pub(super) fn if_it_fits(rating: Rating, rated: &[RatedFilm]) -> Rating {
    let shares = shares_of(rated);
    let [fits, by_shares] = [&rating, &shares].map(|rating| {
        let metrics = RatingMetrics::of(&predictions(rating, rated));
        metrics.map_or(f64::INFINITY, |metrics| metrics.log_loss)
    });
    if fits < by_shares { rating } else { shares }
}

/// Measures a section on films whose stars are known; nothing where there are none.
///
/// # Errors
/// [`ModelError`] when the section is refused.
pub fn measure(section: &[u8], test: &[RatedFilm]) -> Result<Option<RatingMetrics>, ModelError> {
    let entry = SectionEntry::describe(SectionKind::Rating, section);
    let rating = Rating::open(section.to_vec().into(), &entry)?;
    Ok(RatingMetrics::of(&predictions(&rating, test)))
}

fn predictions(rating: &Rating, test: &[RatedFilm]) -> Vec<(Prediction, u8)> {
    let predicted = test
        .iter()
        .map(|one| (rating.predict(&one.film), one.stars));
    predicted.collect()
}

/// The predictor that says the same of every film: how often which stars are given.
fn shares_of(rated: &[RatedFilm]) -> Rating {
    Rating {
        prior: prior(rated),
        ratings: rated.len() as u32,
        learned: None,
    }
}

/// What is learned from, and what is held back.
fn split(rated: &[RatedFilm], seed: u64) -> (Vec<RatedFilm>, Vec<RatedFilm>) {
    let mut chance = Chance::new(seed ^ 2);
    let mut held_back = vec![false; rated.len()];
    for row in chance.sample(rated.len(), rated.len() / HELD_BACK) {
        held_back[row] = true;
    }
    let part = |wanted: bool| {
        let rows = rated.iter().zip(&held_back);
        rows.filter(|(_, held_back)| **held_back == wanted)
            .map(|(one, _)| one.clone())
            .collect()
    };
    (part(false), part(true))
}
