//! What repeated measurements say.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// Milliseconds (or ratios) in order of size: no mean, because one slow round says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The least.
    pub least: f64,
    /// A quarter is less.
    pub lower_quartile: f64,
    /// Half is less.
    pub median: f64,
    /// Three quarters are less.
    pub upper_quartile: f64,
    /// The most.
    pub most: f64,
}

impl Spread {
    /// Of at least one value; quantiles between two values are interpolated.
    ///
    /// # Panics
    /// When there is none.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        assert!(!values.is_empty(), "nothing was measured");
        values.sort_by(f64::total_cmp);
        let quartile = |quarters: usize| {
            let at = quarters * (values.len() - 1);
            let (below, above) = (values[at / 4], values[at.div_ceil(4)]);
            below + (above - below) * (at % 4) as f64 / 4.0
        };
        Self {
            least: quartile(0),
            lower_quartile: quartile(1),
            median: quartile(2),
            upper_quartile: quartile(3),
            most: quartile(4),
        }
    }

    pub(super) fn of_durations<'a>(durations: impl IntoIterator<Item = &'a Duration>) -> Self {
        Self::of(
            durations
                .into_iter()
                .map(|duration| duration.as_secs_f64() * 1e3),
        )
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:8.2} {:8.2} {:8.2} {:8.2} {:8.2}",
            self.median, self.lower_quartile, self.upper_quartile, self.least, self.most
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn quantiles_are_interpolated() {
        let spread = Spread::of([4.0, 1.0, 3.0, 2.0]);
        let found = [
            spread.least,
            spread.lower_quartile,
            spread.median,
            spread.upper_quartile,
            spread.most,
        ];
        for (found, expected) in found.iter().zip([1.0, 1.75, 2.5, 3.25, 4.0]) {
            assert!((found - expected).abs() < 1e-12, "{spread:?}");
        }
        assert!((Spread::of([7.0]).median - 7.0).abs() < 1e-12);
    }
}
