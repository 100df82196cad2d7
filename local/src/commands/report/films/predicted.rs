//! What a model says of films whose stars are known.

use std::collections::BTreeMap;

use matinee::model::{Model, Rates as _};
use matinee::rating::{Film, Prediction};
use matinee::taste::FilmRating;
use matinee_training::rating::RatingMetrics;
use serde::Serialize;

use super::figures::{NORMAL_95, whole};

/// How wide a group of expected stars is.
const STEP: f64 = 0.5;

/// Predictions of the live model beside what films got.
#[derive(Debug, Serialize)]
pub(super) struct Predicted {
    pub(super) model_version: String,
    /// How many ratings the model learned from; without any it says the same of every film.
    pub(super) learned_from: u32,
    /// How many films it was asked about.
    pub(super) films: usize,
    pub(super) metrics: RatingMetrics,
    /// Films that are expected to get about as many stars, the fewest first.
    pub(super) groups: Vec<Group>,
}

/// Films that are expected to get the same stars, rounded to halves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Group {
    pub(super) films: usize,
    /// The mean of the expected stars.
    pub(super) predicted: f64,
    /// The mean of the stars that the films got.
    pub(super) actual: f64,
    /// Half of the width of the interval of that mean which holds with 95 %.
    pub(super) margin: f64,
}

impl Predicted {
    /// `None` where the model does not predict, or there are no films.
    pub(super) fn of(model: &Model, ratings: &[FilmRating]) -> Option<Self> {
        let rating = model.rating()?;
        let pairs: Vec<(Prediction, u8)> = ratings
            .iter()
            .map(|rated| (rating.predict(&Film::from(rated)), whole(rated.stars) as u8))
            .collect();
        Some(Self {
            model_version: model.version().to_owned(),
            learned_from: rating.ratings,
            films: pairs.len(),
            metrics: RatingMetrics::of(&pairs)?,
            groups: groups(&pairs),
        })
    }
}

fn groups(pairs: &[(Prediction, u8)]) -> Vec<Group> {
    let mut groups: BTreeMap<u32, Vec<(f64, f64)>> = BTreeMap::new();
    for (prediction, stars) in pairs {
        let expected = prediction.expected();
        #[expect(clippy::cast_sign_loss, reason = "1 to 10, so 2 to 20 halves")]
        let step = (expected / STEP).round() as u32;
        groups
            .entry(step)
            .or_default()
            .push((expected, f64::from(*stars)));
    }
    let groups = groups.into_values().map(|films| {
        let count = films.len() as f64;
        let predicted = films.iter().map(|(expected, _)| expected).sum::<f64>() / count;
        let actual = films.iter().map(|(_, stars)| stars).sum::<f64>() / count;
        let squares: f64 = films
            .iter()
            .map(|(_, stars)| (stars - actual).powi(2))
            .sum();
        let variance = squares / (count - 1.0).max(1.0);
        Group {
            films: films.len(),
            predicted,
            actual,
            margin: NORMAL_95 * (variance / count).sqrt(),
        }
    });
    groups.collect()
}
