//! Filters in the expression language of Personalize.
//!
//! ```text
//! filter     = expression { "|" expression }
//! expression = ( "INCLUDE" | "EXCLUDE" ) "ItemID" "WHERE" test { ( "AND" | "OR" ) test }
//!              [ "IF" test { "AND" test } ]
//! test       = dataset "." column ( [ "NOT" ] "IN" ( list | current ) | sign ( one | current ) )
//! current    = "CurrentItem" "." column
//! list       = "(" value { "," value } ")"
//! one        = value | "(" value ")"
//! value      = string | number | "$" parameter | "*"
//! sign       = "=" | "!=" | "<" | "<=" | ">" | ">="
//! ```
//!
//! The datasets are `Items` (the [`Column`](super::Column)s), `Interactions` (`EVENT_TYPE` alone) and,
//! behind `IF` alone, `CurrentUser`, of which every column that is no [`UserColumn`] of our own is a property
//! that a client gave the user. Keywords and names are understood in any case, strings match exactly.
//! `AND` binds closer than `OR`. What an expression with `Items` holds is a set of films; one with
//! `Interactions` holds the films of those interactions of the viewer for which its tests are true. Of
//! several expressions the films of all that `INCLUDE` are added up, and those of all that `EXCLUDE` are
//! taken away; an expression whose `IF` is not true does not count.
//! <https://docs.aws.amazon.com/personalize/latest/dg/filter-expressions.html>

mod check;
mod compile;
mod lexer;
mod parser;
mod property;
#[cfg(test)]
mod tests;
mod values;

use std::str::FromStr;

use super::column::{Column, Kind};
use crate::taste::property_key;

pub use compile::{Compiled, WhoAsks};

/// The longest expression, in characters, as `CreateFilter` has it.
const MAX_EXPRESSION: usize = 2_500;

/// The most columns that a filter may name: what Personalize takes for all filters of a dataset group
/// together, of which one may name 5.
const MAX_COLUMNS: usize = 10;

/// A filter that was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    expressions: Vec<Expression>,
}

/// An expression that is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {position}: expected {expected}, found {found}")]
pub struct FilterError {
    /// The character at fault, the first being 1.
    pub position: usize,
    /// What would have been understood there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

/// One of the expressions of a filter.
#[derive(Clone, Debug, PartialEq)]
struct Expression {
    include: bool,
    of: Dataset,
    /// At least one of these must hold, with all of its tests.
    any: Vec<Vec<Test>>,
    /// All of these must hold for the expression to count.
    only_if: Vec<Test>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dataset {
    Items,
    Interactions,
    CurrentUser,
}

/// What a test looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Field {
    Item(Column),
    EventType,
    User(UserColumn),
}

/// What is known of the user that items are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserColumn {
    /// The user's id, as calls have it.
    UserId,
    /// What kind of viewer it is, by the name of the persona.
    Persona,
    /// How many interactions are known, the newest 5,000 at most.
    Interactions,
    /// What a client said about the user, by its [key](property_key).
    Property(String),
}

#[derive(Clone, Debug, PartialEq)]
struct Test {
    field: Field,
    operator: Operator,
    operand: Operand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Operator {
    /// Whether several values may stand behind it.
    fn takes_several(self) -> bool {
        matches!(self, Self::In | Self::NotIn)
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Values(Vec<Value>),
    CurrentItem(Column),
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(String),
    Number(f64),
    Parameter(String),
    /// Every type of event.
    Any,
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        parser::parse(text)
    }
}

impl Filter {
    /// Whether what the viewer did makes a difference.
    pub fn asks_about_viewer(&self) -> bool {
        let by_user = |expression: &Expression| {
            expression.of == Dataset::Interactions || !expression.only_if.is_empty()
        };
        self.expressions.iter().any(by_user)
    }

    /// Whether the film that others are to be like makes a difference.
    pub fn asks_about_item(&self) -> bool {
        self.tests()
            .any(|test| matches!(test.operand, Operand::CurrentItem(_)))
    }

    /// Whether films are asked for that the viewer knows.
    pub fn includes_known(&self) -> bool {
        let of_viewer =
            |expression: &Expression| expression.include && expression.of == Dataset::Interactions;
        self.expressions.iter().any(of_viewer)
    }

    /// Whether the viewer's persona makes a difference.
    pub fn asks_about_persona(&self) -> bool {
        self.tests()
            .any(|test| test.field == Field::User(UserColumn::Persona))
    }

    /// Whether what was said about the user makes a difference.
    pub fn asks_about_properties(&self) -> bool {
        self.tests().any(|test| test.field.is_property())
    }

    /// The names of the parameters, each once.
    pub fn parameters(&self) -> Vec<&str> {
        let values = self.tests().flat_map(|test| match &test.operand {
            Operand::Values(values) => values.as_slice(),
            Operand::CurrentItem(_) => &[],
        });
        let mut names: Vec<&str> = values
            .filter_map(|value| match value {
                Value::Parameter(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn tests(&self) -> impl Iterator<Item = &Test> {
        self.expressions
            .iter()
            .flat_map(|expression| expression.any.iter().flatten().chain(&expression.only_if))
    }
}

impl Field {
    /// What its values are. A property may be anything: it is compared as what it is compared with.
    fn kind(&self) -> Kind {
        match self {
            Self::Item(column) => column.kind(),
            Self::User(UserColumn::Interactions) => Kind::Number,
            Self::EventType | Self::User(_) => Kind::Category,
        }
    }

    fn is_property(&self) -> bool {
        matches!(self, Self::User(UserColumn::Property(_)))
    }
}

impl UserColumn {
    const OWN: [(Self, &'static str); 3] = [
        (Self::UserId, "USER_ID"),
        (Self::Persona, "PERSONA"),
        (Self::Interactions, "INTERACTIONS"),
    ];

    /// The column of a name, in any case.
    fn named(name: &str) -> Self {
        let key = property_key(name);
        Self::own(&key).map_or(Self::Property(key), |(column, _)| column)
    }

    /// The column that is known without anybody's saying so, and its name, by its [key](property_key).
    pub(super) fn own(key: &str) -> Option<(Self, &'static str)> {
        let mut own = Self::OWN.into_iter();
        own.find(|(_, name)| property_key(name) == key)
    }
}
