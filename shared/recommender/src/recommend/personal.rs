//! How films are chosen for viewers, as it is set.

use crate::taste::TasteSettings;

/// How films are chosen for one viewer: how what they did is weighed, and how their list is made of that.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Personal {
    /// How a history is weighed.
    pub taste: TasteSettings,
    /// How the list is made.
    pub list: ForYouSettings,
}

/// How a list for a viewer is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForYouSettings {
    /// What the most popular film has ahead of one that nobody took up, on the scale of the weights; at
    /// least 0. Default 0: the weights know popularity.
    pub bias: f32,
    /// How much a film's score counts against its likeness to films that stand before it, from 0 to
    /// 1, where 1 is no variety at all. Default 0.9.
    pub relevance: f32,
    /// The share of films that are tried out: films that viewers have taught nothing about yet, marked as
    /// explored. From 0 to 1, default 0.1.
    pub exploration: f64,
}

impl Default for ForYouSettings {
    fn default() -> Self {
        Self {
            bias: 0.0,
            relevance: 0.9,
            exploration: 0.1,
        }
    }
}

/// A setting of [`Personal`] that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is {found:?}: expected {expected}")]
pub struct InvalidSetting {
    /// The environment variable.
    pub variable: &'static str,
    /// Its value.
    pub found: String,
    /// What it may be.
    pub expected: &'static str,
}

impl Personal {
    /// As `TASTE_HALF_LIFE_DAYS` (above 0) and `EXPLORED_SHARE` (from 0 to 1) set it; what `value` has
    /// nothing for, or nothing but spaces, is as usual.
    ///
    /// # Errors
    /// [`InvalidSetting`].
    pub fn read(value: impl Fn(&'static str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let number = |variable, usual: f64, expected, fits: fn(f64) -> bool| {
            let found = value(variable).filter(|text| !text.trim().is_empty());
            let Some(found) = found else {
                return Ok(usual);
            };
            let number = found.trim().parse().ok().filter(|number| fits(*number));
            number.ok_or(InvalidSetting {
                variable,
                found,
                expected,
            })
        };
        let mut personal = Self::default();
        personal.taste.half_life_days = number(
            "TASTE_HALF_LIFE_DAYS",
            personal.taste.half_life_days,
            "a number of days above 0",
            |days| days > 0.0 && days.is_finite(),
        )?;
        personal.list.exploration = number(
            "EXPLORED_SHARE",
            personal.list.exploration,
            "a share from 0 to 1",
            |share| (0.0..=1.0).contains(&share),
        )?;
        Ok(personal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variable: &'static str, text: &str) -> Result<Personal, InvalidSetting> {
        Personal::read(|asked| (asked == variable).then(|| text.to_owned()))
    }

    #[test]
    fn what_is_set_is_taken_and_what_is_not_is_as_usual() {
        let days = read("TASTE_HALF_LIFE_DAYS", " 30.5 ").unwrap();
        assert_eq!(days.taste.half_life_days.to_bits(), 30.5_f64.to_bits());
        assert_eq!(days.list, ForYouSettings::default());
        let share = read("EXPLORED_SHARE", "0").unwrap();
        assert_eq!(share.list.exploration.to_bits(), 0.0_f64.to_bits());
        for variable in ["TASTE_HALF_LIFE_DAYS", "EXPLORED_SHARE", "ANOTHER"] {
            assert_eq!(read(variable, " "), Ok(Personal::default()));
        }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (variable, wrong) in [
            ("TASTE_HALF_LIFE_DAYS", ["0", "-1", "inf", "NaN", "a year"]),
            ("EXPLORED_SHARE", ["1.01", "-0.1", "NaN", "10%", "some"]),
        ] {
            for text in wrong {
                let error = read(variable, text).unwrap_err().to_string();
                assert!(
                    error.contains(variable) && error.contains(text) && error.contains("expected"),
                    "{error}"
                );
            }
        }
    }
}
