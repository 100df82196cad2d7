/// The most stars; the fewest are 1.
pub const STARS: usize = 10;

/// How likely which rating is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The probability of 1 star, of 2, and so on to [`STARS`]; finite, none below 0, together 1.
    pub probabilities: [f64; STARS],
}

impl Prediction {
    /// The expected stars, 1 to 10.
    pub fn expected(&self) -> f64 {
        let stars = self.probabilities.iter().zip(1_u8..);
        stars.map(|(p, stars)| p * f64::from(stars)).sum()
    }

    /// The most probable stars, 1 to 10; of equally probable ones the most.
    pub fn label(&self) -> u8 {
        let stars = self.probabilities.iter().zip(1_u8..);
        let best = stars.max_by(|(one, _), (other, _)| one.total_cmp(other));
        best.map_or(1, |(_, stars)| stars)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectation_and_label_come_from_the_distribution() {
        let mut probabilities = [0.0; STARS];
        (probabilities[3], probabilities[6], probabilities[7]) = (0.2, 0.4, 0.4);
        let prediction = Prediction { probabilities };
        assert!((prediction.expected() - 6.8).abs() < 1e-12);
        assert_eq!(prediction.label(), 8);
    }
}
