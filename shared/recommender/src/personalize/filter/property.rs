//! Tests of what was said about a user.

use serde_json::Value as Said;

use super::check::compares;
use super::{Operator, Value};

impl Operator {
    /// Whether it puts numbers in order.
    pub(super) fn orders(self) -> bool {
        matches!(self, Self::Less | Self::AtMost | Self::More | Self::AtLeast)
    }
}

/// Whether a property stands so to one of some strings and numbers. A string with `|` in it is any of its
/// parts; a string of digits is a number where it is compared with one, true and false are their names in
/// any case.
pub(super) fn holds(said: &Said, operator: Operator, any_of: &[Value]) -> bool {
    let is = |wanted: &Value| match wanted {
        Value::Text(text) => is_text(said, text),
        Value::Number(number) => {
            number_of(said).is_some_and(|said| compares(said, Operator::Equal, &[*number]))
        }
        Value::Parameter(_) | Value::Any => false,
    };
    match operator {
        Operator::In | Operator::Equal => any_of.iter().any(is),
        Operator::NotIn | Operator::NotEqual => !any_of.iter().any(is),
        Operator::Less | Operator::AtMost | Operator::More | Operator::AtLeast => {
            let stands = |wanted: &Value| match (number_of(said), wanted) {
                (Some(said), Value::Number(number)) => compares(said, operator, &[*number]),
                _ => false,
            };
            any_of.iter().any(stands)
        }
    }
}

fn is_text(said: &Said, text: &str) -> bool {
    match said {
        Said::String(said) => said == text || said.split('|').any(|part| part == text),
        // What the call gives for a parameter is text, also where it is a number.
        Said::Number(_) => number_of(&Said::from(text)).is_some_and(|number| {
            number_of(said).is_some_and(|said| compares(said, Operator::Equal, &[number]))
        }),
        Said::Bool(said) => text.eq_ignore_ascii_case(if *said { "true" } else { "false" }),
        Said::Null | Said::Array(_) | Said::Object(_) => false,
    }
}

fn number_of(said: &Said) -> Option<f64> {
    let number = match said {
        Said::Number(number) => number.as_f64(),
        Said::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number: &f64| number.is_finite())
}
