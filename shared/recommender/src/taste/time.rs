use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970, UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// Reads RFC 3339 with any offset; what is finer than a millisecond is cut off.
    pub fn parse(text: &str) -> Option<Self> {
        let moment: Timestamp = text.parse().ok()?;
        Some(Self(moment.as_millisecond()))
    }

    /// The day in UTC, as `YYYY-MM-DD`.
    pub fn day(self) -> String {
        self.moment()
            .to_zoned(TimeZone::UTC)
            .strftime("%Y-%m-%d")
            .to_string()
    }

    /// The moment, or the first or last one that there is.
    fn moment(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }
}

/// RFC 3339 in UTC.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.moment().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_with_any_offset_and_told_in_utc() {
        let moment = Millis::parse("2026-01-31T23:30:00.1239-02:00").unwrap();
        assert_eq!(moment, Millis(1_769_909_400_123));
        assert_eq!(moment.to_string(), "2026-02-01T01:30:00.123Z");
        assert_eq!(moment.day(), "2026-02-01");
        assert_eq!(Millis(0).to_string(), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_no_moment_is_refused_and_the_edges_do_not_panic() {
        for text in [
            "",
            "yesterday",
            "2026-01-31",
            "2026-02-30T00:00:00Z",
            "1706",
        ] {
            assert_eq!(Millis::parse(text), None, "{text}");
        }
        assert!(Millis(i64::MAX).day().starts_with("9999"));
        assert!(Millis(i64::MIN).day().starts_with('-'));
    }
}
