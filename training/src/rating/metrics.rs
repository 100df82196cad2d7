//! How good predicted ratings are.

use std::collections::BTreeMap;

use matinee::rating::Prediction;
use serde::Serialize;

/// Bins of [`RatingMetrics::calibration_error`].
const BINS: usize = 10;

/// How good predictions were, over all of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RatingMetrics {
    /// The root of the mean squared difference of expected and true stars.
    pub rmse: f64,
    /// The mean absolute difference of expected and true stars.
    pub mae: f64,
    /// The share of films whose stars were the most probable ones.
    pub accuracy: f64,
    /// The share of films whose stars differ from the expected ones, rounded, by at most one.
    pub within_one: f64,
    /// The mean negative natural logarithm of the probability of the true stars, which counts as
    /// 10⁻¹⁵ where it is less.
    pub log_loss: f64,
    /// The expected calibration error of the label (Guo et al., On Calibration of Modern Neural
    /// Networks, 2017): predictions are put into ten bins of equal width by the probability of
    /// their label; in each bin the share of right labels is compared with the mean of these
    /// probabilities; the mean of the absolute differences, a bin weighing as much as it has
    /// predictions.
    pub calibration_error: f64,
}

impl RatingMetrics {
    /// Of predictions and the stars that followed, 1 to 10; nothing where there are none.
    pub fn of(pairs: &[(Prediction, u8)]) -> Option<Self> {
        let mean = |value: &dyn Fn(&Prediction, u8) -> f64| {
            let values = pairs.iter().map(|(p, stars)| value(p, *stars));
            values.sum::<f64>() / pairs.len() as f64
        };
        let off = |p: &Prediction, stars: u8| p.expected() - f64::from(stars);
        let is = |is: bool| f64::from(u8::from(is));
        (!pairs.is_empty()).then(|| Self {
            rmse: mean(&|p, stars| off(p, stars).powi(2)).sqrt(),
            mae: mean(&|p, stars| off(p, stars).abs()),
            accuracy: mean(&|p, stars| is(p.label() == stars)),
            within_one: mean(
                &|p, stars| is((p.expected().round() - f64::from(stars)).abs() <= 1.0),
            ),
            log_loss: mean(&|p, stars| -probability(p, stars).max(1e-15).ln()),
            calibration_error: calibration_error(pairs),
        })
    }

    /// The figures by name, as manifests hold them.
    pub(super) fn figures(&self) -> BTreeMap<String, f64> {
        let figures = [
            ("rating_rmse", self.rmse),
            ("rating_mae", self.mae),
            ("rating_accuracy", self.accuracy),
            ("rating_within_one", self.within_one),
            ("rating_log_loss", self.log_loss),
            ("rating_calibration_error", self.calibration_error),
        ];
        figures.map(|(name, value)| (name.to_owned(), value)).into()
    }
}

fn probability(prediction: &Prediction, stars: u8) -> f64 {
    let at = usize::from(stars).wrapping_sub(1);
    prediction.probabilities.get(at).copied().unwrap_or(0.0)
}

fn calibration_error(pairs: &[(Prediction, u8)]) -> f64 {
    let mut bins = [(0.0, 0.0); BINS];
    for (prediction, stars) in pairs {
        let label = prediction.label();
        let confidence = probability(prediction, label);
        let bin = ((confidence * BINS as f64) as usize).min(BINS - 1);
        bins[bin].0 += confidence;
        bins[bin].1 += f64::from(u8::from(label == *stars));
    }
    let gaps = bins
        .iter()
        .map(|(confidence, right)| (confidence - right).abs());
    gaps.sum::<f64>() / pairs.len() as f64
}
