//! Numbers as people read them.

/// Three significant digits, with separators between thousands: `0.115`, `24.3`, `30,433`.
pub(crate) fn rounded(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    if decimals == 0 {
        return separated(&format!("{value:.0}"));
    }
    format!("{value:.decimals$}")
}

/// A count, with separators between thousands.
pub(crate) fn count(value: u64) -> String {
    separated(&value.to_string())
}

fn separated(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time, in the unit that suits it.
pub(crate) fn time(seconds: f64) -> String {
    match seconds {
        s if s >= 1.0 => format!("{} s", rounded(s)),
        s if s >= 1e-3 => format!("{} ms", rounded(s * 1e3)),
        s if s >= 1e-6 => format!("{} µs", rounded(s * 1e6)),
        s => format!("{} ns", rounded(s * 1e9)),
    }
}

/// A time, in a unit that times far apart can share.
pub(crate) fn milliseconds(seconds: f64) -> String {
    format!("{} ms", rounded(seconds * 1e3))
}

/// Bytes, in millions.
pub(crate) fn megabytes(bytes: f64) -> String {
    format!("{} MB", rounded(bytes / 1e6))
}

/// How `ours` compares to `theirs`, which is above 0: `2.5 × less`.
pub(crate) fn ratio(ours: f64, theirs: f64) -> String {
    if ours > theirs {
        format!("{} × more", rounded(ours / theirs))
    } else {
        format!("{} × less", rounded(theirs / ours))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_are_enough() {
        for (value, text) in [
            (0.115_4, "0.115"),
            (2.431, "2.43"),
            (24.29, "24.3"),
            (153.48, "153"),
            (30_433.45, "30,433"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(rounded(value), text);
        }
        assert_eq!(count(900), "900");
        assert_eq!(count(1_000_000), "1,000,000");
    }

    #[test]
    fn units_suit() {
        assert_eq!(time(2.43), "2.43 s");
        assert_eq!(time(0.002_3), "2.30 ms");
        assert_eq!(time(0.000_28), "280 µs");
        assert_eq!(time(0.000_012_3), "12.3 µs");
        assert_eq!(time(0.000_000_7), "700 ns");
        assert_eq!(milliseconds(0.000_115), "0.115 ms");
        assert_eq!(megabytes(803_504_482.0), "804 MB");
    }

    #[test]
    fn a_ratio_says_which_way() {
        assert_eq!(ratio(2.0, 5.0), "2.50 × less");
        assert_eq!(ratio(30_000.0, 150.0), "200 × more");
    }
}
