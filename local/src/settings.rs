//! What the environment sets for more than one command.

use std::env::{self, VarError};
use std::sync::Arc;

use matinee::backend::{Backend, BackendSettings};
use matinee::rating::DeviceSettings;
use matinee::recommend::Personal;
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

/// The text of a variable of the environment, where it is set.
fn text(variable: &str) -> Option<String> {
    env::var_os(variable).map(|text| text.to_string_lossy().into_owned())
}

/// How films are chosen for viewers: as set, or the usual where nothing is.
///
/// # Errors
/// When what is set makes no sense.
pub(crate) fn personal() -> anyhow::Result<Personal> {
    Ok(Personal::read(text)?)
}

/// What is chosen about devices: as set, or the usual where nothing is.
///
/// # Errors
/// When what is set makes no sense.
pub(crate) fn devices() -> anyhow::Result<DeviceSettings> {
    Ok(DeviceSettings::read(text)?)
}

/// Who makes lists instead of our own model: as `RECOMMENDER` and the variables beside it set, nobody where
/// nothing is. Nothing is called before a request asks for a list.
///
/// # Errors
/// When what is set makes no sense, or this build cannot do it.
pub(crate) fn backend() -> anyhow::Result<Option<Arc<Backend>>> {
    backend_of(text)
}

#[cfg(feature = "aws")]
fn backend_of(
    value: impl Fn(&'static str) -> Option<String>,
) -> anyhow::Result<Option<Arc<Backend>>> {
    let made = |settings: BackendSettings| {
        let clients = matinee_aws::Clients::new(matinee_aws::Pace::tool());
        let campaigns = matinee_aws::PersonalizeRuntime::new(&clients, settings.limit);
        Arc::new(Backend::new(Arc::new(campaigns), settings))
    };
    Ok(BackendSettings::read(value)?.map(made))
}

/// What this build lacks is told before anything that may be wrong with the rest: nobody is to make a campaign for
/// nothing.
#[cfg(not(feature = "aws"))]
fn backend_of(
    value: impl Fn(&'static str) -> Option<String>,
) -> anyhow::Result<Option<Arc<Backend>>> {
    let wanted = value("RECOMMENDER").is_some_and(|engine| engine.trim() == "personalize");
    anyhow::ensure!(
        !wanted,
        "RECOMMENDER is \"personalize\", and this build cannot reach Amazon Personalize: make one that \
         can with `cargo build --release --package matinee-local --features aws`"
    );
    BackendSettings::read(value)?;
    Ok(None)
}

/// Says how many films may be solved densely.
const DENSE_VARIABLE: &str = "DENSE_FILMS";

/// The most films whose weights are solved densely: as set, or `usual` where nothing is.
///
/// # Errors
/// When what is set is no whole number above 0.
pub(crate) fn dense_films(usual: usize) -> anyhow::Result<usize> {
    films(env::var(DENSE_VARIABLE), usual)
}

fn films(given: Result<String, VarError>, usual: usize) -> anyhow::Result<usize> {
    let text = match given {
        Err(VarError::NotPresent) => return Ok(usual),
        Err(VarError::NotUnicode(text)) => text.to_string_lossy().into_owned(),
        Ok(text) if text.trim().is_empty() => return Ok(usual),
        Ok(text) => text,
    };
    match text.trim().parse() {
        Ok(films) if films > 0 => Ok(films),
        _ => anyhow::bail!(
            "{DENSE_VARIABLE} is {text:?}: expected how many films may be solved densely, a whole \
             number above 0 such as 20000"
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

    #[test]
    #[cfg(not(feature = "aws"))]
    fn a_build_without_aws_says_which_one_reaches_personalize() {
        let set = |variable| (variable == "RECOMMENDER").then(|| "personalize".to_owned());
        let error = backend_of(set).err().unwrap().to_string();
        assert!(
            error.contains("RECOMMENDER") && error.contains("--features aws"),
            "{error}"
        );
    }

    #[test]
    fn the_films_that_are_solved_densely_are_a_number_or_an_error_that_names_the_variable() {
        assert_eq!(films(Ok(" 500 ".to_owned()), 7).unwrap(), 500);
        assert_eq!(films(Ok(String::new()), 7).unwrap(), 7);
        assert_eq!(films(Err(VarError::NotPresent), 7).unwrap(), 7);
        for wrong in ["many", "0", "-1", "1.5"] {
            let error = films(Ok(wrong.to_owned()), 7).unwrap_err().to_string();
            assert!(
                error.contains(DENSE_VARIABLE) && error.contains(wrong),
                "{error}"
            );
        }
    }
}
