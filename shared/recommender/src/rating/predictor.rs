use super::{Directors, Effect, FACTS, Facts, Film, Forest, Prediction, STARS, Work, director_key};

/// The rating predictor: the `rating` section of a model, opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Rating {
    /// What is predicted of a film about which nothing helps.
    pub prior: Prediction,
    /// How many ratings it was learned from. With none there is only the prior, and that is
    /// [`Rating::PRIOR`].
    pub ratings: u32,
    /// What was learned; without it every film gets the prior.
    pub learned: Option<Learned>,
}

/// How many numbers the last trees go by: the facts of a film and what is concluded from them.
pub const SIGNALS: usize = FACTS + 5;

/// The numbers [`Learned::stars`] goes by: the facts; then the stars of films like it, the director's
/// effect, the sum of both, how much of the director's films is like it and how many ratings those have.
pub type Signals = [f32; SIGNALS];

/// How much of every distribution is the prior.
pub const PRIOR_SHARE: f64 = 0.01;

/// In how many ways a distribution over the stars can be bent.
pub const BENDS: usize = 4;

/// What ratings taught.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// What the facts of a film add to the prior's expected stars.
    pub base: Forest,
    /// What its director adds.
    pub directors: Directors,
    /// What a bend does to the logarithm of each star's probability.
    pub shapes: [[f32; STARS]; BENDS],
    /// How far each bend is drawn: a number, and another one for every star that base and director
    /// add.
    pub slopes: [[f32; 2]; BENDS],
    /// What else bends the distribution.
    pub stars: Forest,
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
            learned: None,
        }
    }

    /// How good this film would be. A director who is not known adds nothing, so that the rest decides.
    ///
    /// Cost: a search among the directors' names, a covariance for each of the director's films that were
    /// rated, and the questions of all trees; some microseconds.
    pub fn predict(&self, film: &Film) -> Prediction {
        let Some(learned) = &self.learned else {
            return self.prior;
        };
        let facts = Facts::of(film);
        let effect = match &film.director {
            Some(name) => {
                let key = director_key(name);
                learned.directors.effect(&key, Work::from(&facts))
            }
            None => Effect::default(),
        };
        let signals = learned.signals(&facts, learned.base(&facts), effect);
        learned.distribution(&self.prior, &signals)
    }
}

impl Learned {
    /// How many stars films with these facts have beyond the prior's expected ones.
    pub fn base(&self, facts: &Facts) -> f32 {
        let mut sum = [0.0];
        self.base.add(&facts.values, &mut sum);
        sum[0]
    }

    /// What the last trees go by.
    pub fn signals(&self, facts: &Facts, base: f32, effect: Effect) -> Signals {
        let mut signals = [0.0; SIGNALS];
        let (first, rest) = signals.split_at_mut(FACTS);
        first.copy_from_slice(&facts.values);
        rest.copy_from_slice(&[
            base,
            effect.stars,
            base + effect.stars,
            effect.likeness,
            effect.ratings,
        ]);
        signals
    }

    /// How far the distribution is bent.
    pub fn bends(&self, signals: &Signals) -> [f32; BENDS] {
        let above = signals[FACTS + 2];
        let mut bends = self.slopes.map(|[level, slope]| level + slope * above);
        self.stars.add(signals, &mut bends);
        bends
    }

    /// The distribution: the prior, bent, brought to a sum of 1; and [`PRIOR_SHARE`] of it as the prior
    /// is, because how likely the rarest stars are is hardly known.
    pub fn distribution(&self, prior: &Prediction, signals: &Signals) -> Prediction {
        let mut prediction = bent(prior, &self.shapes, &self.bends(signals));
        for (p, prior) in prediction
            .probabilities
            .iter_mut()
            .zip(&prior.probabilities)
        {
            *p += PRIOR_SHARE * (prior - *p);
        }
        prediction
    }
}

/// The prior, each probability times e to the sum of bends by shapes, brought to a sum of 1.
pub fn bent(
    prior: &Prediction,
    shapes: &[[f32; STARS]; BENDS],
    bends: &[f32; BENDS],
) -> Prediction {
    let mut exponents = [0.0_f64; STARS];
    for (shape, bend) in shapes.iter().zip(bends) {
        for (exponent, value) in exponents.iter_mut().zip(shape) {
            *exponent += f64::from(*value) * f64::from(*bend);
        }
    }
    let possible = |p: f64, e: f64| if p > 0.0 { e } else { f64::NEG_INFINITY };
    let pairs = prior.probabilities.iter().zip(&exponents);
    let most = pairs.fold(f64::NEG_INFINITY, |most, (p, e)| most.max(possible(*p, *e)));
    let mut probabilities = prior.probabilities;
    for (probability, exponent) in probabilities.iter_mut().zip(&exponents) {
        *probability *= (exponent - most).min(0.0).exp();
    }
    let sum: f64 = probabilities.iter().sum();
    Prediction {
        probabilities: probabilities.map(|p| p / sum),
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

    #[test]
    fn the_prior_is_a_distribution_around_six_and_a_half_stars() {
        assert!(Rating::PRIOR.is_sound());
        assert!((Rating::PRIOR.expected() - 6.5).abs() < 0.02);
        assert_eq!(STARS, Rating::PRIOR.probabilities.len());
    }
}
