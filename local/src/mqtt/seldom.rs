//! What happens often is told seldom.

use std::time::{Duration, Instant};

/// How long nothing is told after something was.
const PAUSE: Duration = Duration::from_mins(1);

/// Counts how often something happens between two lines of the log about it.
#[derive(Debug, Default)]
pub(super) struct Seldom {
    told: Option<Instant>,
    times: u64,
}

impl Seldom {
    /// It happened once more. Where it is to be told now, gives how often it has happened since it was told
    /// last, this time included.
    pub(super) fn again(&mut self, now: Instant) -> Option<u64> {
        self.times += 1;
        let told = self.told.map(|told| now.saturating_duration_since(told));
        if told.is_some_and(|since| since < PAUSE) {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.times))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_time_is_told_at_once_and_those_of_a_minute_together() {
        let (mut seldom, now) = (Seldom::default(), Instant::now());
        assert_eq!(seldom.again(now), Some(1));
        assert_eq!(seldom.again(now + PAUSE / 3), None);
        assert_eq!(seldom.again(now + PAUSE / 2), None);
        assert_eq!(seldom.again(now + PAUSE), Some(3));
        assert_eq!(seldom.again(now + PAUSE), None);
    }
}
