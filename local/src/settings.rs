//! What the environment sets for more than one command.

use std::env::{self, VarError};

use matinee::taste::WATCHED_FRACTION;

/// Says from which share of its length on a film counts as watched.
const FRACTION_VARIABLE: &str = "WATCHED_FRACTION";

/// The share of a film's length from which on it counts as watched, above 0 to 1: as set, or the
/// usual where nothing is.
///
/// # Errors
/// When what is set is no such share.
pub(crate) fn watched_fraction() -> anyhow::Result<f64> {
    fraction(env::var(FRACTION_VARIABLE))
}

fn fraction(given: Result<String, VarError>) -> anyhow::Result<f64> {
    let text = match given {
        Err(VarError::NotPresent) => return Ok(WATCHED_FRACTION),
        Err(VarError::NotUnicode(text)) => text.to_string_lossy().into_owned(),
        Ok(text) if text.trim().is_empty() => return Ok(WATCHED_FRACTION),
        Ok(text) => text,
    };
    let fraction: Option<f64> = text.trim().parse().ok();
    match fraction {
        Some(fraction) if fraction > 0.0 && fraction <= 1.0 => Ok(fraction),
        _ => anyhow::bail!(
            "{FRACTION_VARIABLE} is {text:?}: expected a number above 0 and at most 1"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fraction_is_a_share_or_an_error_that_names_the_variable() {
        let read = |text: &str| fraction(Ok(text.to_owned()));
        assert_eq!(read("0.7").unwrap().to_bits(), 0.7_f64.to_bits());
        assert_eq!(read(" 1 ").unwrap().to_bits(), 1.0_f64.to_bits());
        for usual in [read(""), fraction(Err(VarError::NotPresent))] {
            assert_eq!(usual.unwrap().to_bits(), WATCHED_FRACTION.to_bits());
        }
        for wrong in ["half", "0", "-1", "1.01", "NaN", "inf", "50%"] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(
                error.contains(FRACTION_VARIABLE) && error.contains(wrong),
                "{error}"
            );
        }
    }
}
