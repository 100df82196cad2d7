use super::{Film, Prediction};

/// The rating predictor: the `rating` section of a model, opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Rating {
    /// What is predicted of a film about which nothing helps.
    pub prior: Prediction,
    /// How many ratings it was learned from. With none there is only the prior, and that is
    /// [`Rating::PRIOR`].
    pub ratings: u32,
}

impl Rating {
    /// What is predicted before anybody has rated a film: a bell around 6.5 stars with a standard
    /// deviation of 1.3, about what films get anywhere.
    pub const PRIOR: Prediction = Prediction {
        probabilities: [
            0.000_1, 0.001_2, 0.009_9, 0.048_4, 0.140_4, 0.3, 0.3, 0.140_4, 0.048_4, 0.011_2,
        ],
    };

    /// The predictor before anybody has rated a film.
    pub fn unlearned() -> Self {
        Self {
            prior: Self::PRIOR,
            ratings: 0,
        }
    }

    /// How good this film would be.
    pub fn predict(&self, _film: &Film) -> Prediction {
        self.prior
    }
}

impl Prediction {
    /// Whether this is a distribution: finite, none below 0, together 1 within a millionth.
    pub(crate) fn is_sound(&self) -> bool {
        let all: f64 = self.probabilities.iter().sum();
        let probable = |p: &f64| p.is_finite() && *p >= 0.0;
        self.probabilities.iter().all(probable) && (all - 1.0).abs() < 1e-6
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rating::STARS;

    #[test]
    fn the_prior_is_a_distribution_around_six_and_a_half_stars() {
        assert!(Rating::PRIOR.is_sound());
        assert!((Rating::PRIOR.expected() - 6.5).abs() < 0.02);
        assert_eq!(STARS, Rating::PRIOR.probabilities.len());
    }
}
