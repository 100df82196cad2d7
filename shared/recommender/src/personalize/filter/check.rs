//! Tests of a filter, with values for their parameters, held against a film or against who asks.

use super::compile::WhoAsks;
use super::property;
use super::{Field, Operator, UserColumn, Value};
use crate::model::MovieRef;
use crate::personalize::column::{Column, Kind};

/// A test with its values.
#[derive(Clone, Debug)]
pub(super) enum Check {
    Strings {
        field: Field,
        /// In order, each once.
        any_of: Vec<String>,
        negated: bool,
    },
    Numbers {
        field: Field,
        operator: Operator,
        numbers: Vec<f64>,
    },
    Current {
        column: Column,
        operator: Operator,
        other: Column,
    },
    Property {
        key: String,
        operator: Operator,
        any_of: Vec<Value>,
    },
}

impl Check {
    /// Whether it holds for a film; `item` is the one asked about.
    pub(super) fn of_film(&self, movie: MovieRef<'_>, item: Option<MovieRef<'_>>) -> bool {
        match self {
            Self::Strings {
                field: Field::Item(column),
                any_of,
                negated,
            } => has_any(*column, movie, any_of) != *negated,
            Self::Numbers {
                field: Field::Item(column),
                operator,
                numbers,
            } => column
                .number(movie)
                .is_some_and(|number| compares(number, *operator, numbers)),
            Self::Current {
                column,
                operator,
                other,
            } => item.is_some_and(|item| like_current(movie, *column, *operator, item, *other)),
            Self::Strings { .. } | Self::Numbers { .. } | Self::Property { .. } => false,
        }
    }

    /// Whether it holds for who asks.
    pub(super) fn of_user(&self, who: &WhoAsks<'_>) -> bool {
        match self {
            Self::Strings {
                field: Field::User(column),
                any_of,
                negated,
            } => {
                let value = match column {
                    UserColumn::UserId => who.viewer,
                    UserColumn::Persona => who.persona,
                    UserColumn::Interactions | UserColumn::Property(_) => None,
                };
                value.is_some_and(|value| is_any(value, any_of) != *negated)
            }
            Self::Numbers {
                operator, numbers, ..
            } => who.viewer.is_some() && compares(who.rows.len() as f64, *operator, numbers),
            Self::Property {
                key,
                operator,
                any_of,
            } => {
                let said = who.properties.and_then(|said| said.get(key));
                said.is_some_and(|said| property::holds(said, *operator, any_of))
            }
            Self::Strings { .. } | Self::Current { .. } => false,
        }
    }
}

fn has_any(column: Column, movie: MovieRef<'_>, any_of: &[String]) -> bool {
    let mut found = false;
    column.strings(movie, |value| found = found || is_any(value, any_of));
    found
}

/// Whether a value is one of some that stand in order.
fn is_any(value: &str, any_of: &[String]) -> bool {
    any_of.binary_search_by(|of| of.as_str().cmp(value)).is_ok()
}

/// Whether a number stands so to another one, or to one of several.
#[expect(clippy::float_cmp, reason = "as the language has it")]
pub(super) fn compares(number: f64, operator: Operator, others: &[f64]) -> bool {
    let is = |of: fn(&f64, &f64) -> bool| others.iter().any(|other| of(&number, other));
    match operator {
        Operator::In | Operator::Equal => is(|a, b| a == b),
        Operator::NotIn | Operator::NotEqual => !is(|a, b| a == b),
        Operator::Less => is(|a, b| a < b),
        Operator::AtMost => is(|a, b| a <= b),
        Operator::More => is(|a, b| a > b),
        Operator::AtLeast => is(|a, b| a >= b),
    }
}

/// A film beside the one asked about.
fn like_current(
    movie: MovieRef<'_>,
    column: Column,
    operator: Operator,
    item: MovieRef<'_>,
    other: Column,
) -> bool {
    if column.kind() == Kind::Number {
        return match (column.number(movie), other.number(item)) {
            (Some(number), Some(other)) => compares(number, operator, &[other]),
            _ => false,
        };
    }
    let mut shared = false;
    other.strings(item, |wanted| {
        column.strings(movie, |value| shared |= value == wanted);
    });
    shared == matches!(operator, Operator::In | Operator::Equal)
}
