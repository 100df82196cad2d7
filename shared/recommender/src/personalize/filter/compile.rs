//! Filters, with values for their parameters, as sets of films.

use super::check::Check;
use super::values::split;
use super::{Expression, Field, Filter, Operand, Operator, Test, UserColumn, Value};
use crate::model::{Catalogue, MovieIndex, MovieRef};
use crate::personalize::column::{Column, Kind};
use crate::personalize::fields::shown;
use crate::personalize::filter::Dataset;
use crate::personalize::request::FilterValues;
use crate::personalize::{Fault, viewer};
use crate::recommend::FilmSet;
use crate::taste::{KindName, Properties, Recorded};

/// A filter over one model, with values for its parameters: what is left to do are lookups and unions of
/// sets, and for `CurrentItem` a look at every film.
#[derive(Clone, Debug)]
pub struct Compiled {
    parts: Vec<Part>,
    films: usize,
}

/// Who asks, as far as filters want to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct WhoAsks<'a> {
    /// The viewer's id.
    pub viewer: Option<&'a str>,
    /// The name of their persona.
    pub persona: Option<&'a str>,
    /// What they did.
    pub rows: &'a [Recorded],
    /// What was said about them.
    pub properties: Option<&'a Properties>,
    /// The film that others are to be like.
    pub item: Option<MovieIndex>,
}

/// An expression.
#[derive(Clone, Debug)]
struct Part {
    include: bool,
    only_if: Vec<Check>,
    films: Films,
}

#[derive(Clone, Debug)]
enum Films {
    /// These.
    Known(FilmSet),
    /// Those with which the viewer did one of these things.
    Did(Vec<KindName>),
    /// Those of which one of these holds, with all of its checks: the film asked about takes part.
    Compared(Vec<Vec<Check>>),
}

impl Filter {
    /// The filter over the films of `catalogue`.
    ///
    /// An expression that includes needs a value for each of its parameters. Of one that excludes the
    /// tests whose parameters have none do not count; where one of these is behind `IF`, or none is
    /// left, the expression does not count.
    ///
    /// For each test of an expression about items O(films · values) where numbers are compared, else
    /// O(the films' strings · log values).
    ///
    /// # Errors
    /// [`Fault`] for values that are missing, are of no parameter, are several where one is compared, or are
    /// no numbers where these are.
    pub fn compile(&self, values: &FilterValues, catalogue: &Catalogue) -> Result<Compiled, Fault> {
        let known = self.parameters();
        let stray = values
            .iter()
            .find(|(name, _)| !known.contains(&name.as_str()));
        if let Some((name, _)) = stray {
            return Err(Fault::invalid(format_args!(
                "filterValues.{} is no parameter of the filter, which has {}",
                shown(name),
                if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                }
            )));
        }
        let bind = Bind { values, catalogue };
        let mut parts = Vec::new();
        for expression in &self.expressions {
            parts.extend(bind.part(expression)?);
        }
        Ok(Compiled {
            parts,
            films: catalogue.len(),
        })
    }
}

impl Compiled {
    /// The films that pass; `None` where all do.
    pub fn films(&self, catalogue: &Catalogue, who: &WhoAsks<'_>) -> Option<FilmSet> {
        let mut included: Option<FilmSet> = None;
        let mut excluded: Option<FilmSet> = None;
        for part in &self.parts {
            if !part.only_if.iter().all(|check| check.of_user(who)) {
                continue;
            }
            let side = if part.include {
                &mut included
            } else {
                &mut excluded
            };
            let side = side.get_or_insert_with(|| FilmSet::none(self.films));
            part.films.add_to(side, catalogue, who);
        }
        let Some(excluded) = excluded else {
            return included;
        };
        let mut films = included.unwrap_or_else(|| FilmSet::all(self.films));
        films.take(&excluded);
        Some(films)
    }

    /// Whether a film must be among some to pass: then what is no film does not.
    pub fn includes(&self, who: &WhoAsks<'_>) -> bool {
        let counts = |part: &Part| part.only_if.iter().all(|check| check.of_user(who));
        self.parts.iter().any(|part| part.include && counts(part))
    }
}

impl Films {
    fn add_to(&self, side: &mut FilmSet, catalogue: &Catalogue, who: &WhoAsks<'_>) {
        match self {
            Self::Known(films) => side.add(films),
            Self::Did(kinds) => {
                let done = who.rows.iter().map(|row| &row.interaction);
                done.filter(|done| kinds.contains(&done.kind.name()))
                    .filter_map(|done| catalogue.by_id(done.movie.as_str()))
                    .for_each(|movie| side.insert(movie.index()));
            }
            Self::Compared(any) => {
                let item = who.item.map(|item| catalogue.get(item));
                side.add(&matching(catalogue, any, item));
            }
        }
    }
}

/// The films of which one of `any` holds, with all of its checks.
fn matching(catalogue: &Catalogue, any: &[Vec<Check>], item: Option<MovieRef<'_>>) -> FilmSet {
    let mut films = FilmSet::none(catalogue.len());
    for movie in catalogue.iter() {
        let holds = |all: &Vec<Check>| all.iter().all(|check| check.of_film(movie, item));
        if any.iter().any(holds) {
            films.insert(movie.index());
        }
    }
    films
}

struct Bind<'a> {
    values: &'a FilterValues,
    catalogue: &'a Catalogue,
}

impl Bind<'_> {
    /// An expression, where it counts.
    fn part(&self, expression: &Expression) -> Result<Option<Part>, Fault> {
        let include = expression.include;
        let mut only_if = Vec::new();
        for test in &expression.only_if {
            match self.check(test, include)? {
                Some(check) => only_if.push(check),
                None => return Ok(None),
            }
        }
        if expression.of == Dataset::Interactions {
            let kinds = self.kinds(expression)?;
            return Ok(kinds.map(|kinds| Part {
                include,
                only_if,
                films: Films::Did(kinds),
            }));
        }
        let mut any = Vec::new();
        for tests in &expression.any {
            let checks = tests
                .iter()
                .filter_map(|test| self.check(test, include).transpose());
            let checks = checks.collect::<Result<Vec<Check>, Fault>>()?;
            if !checks.is_empty() {
                any.push(checks);
            }
        }
        if any.is_empty() {
            return Ok(None);
        }
        let compared = |check: &Check| matches!(check, Check::Current { .. });
        let films = if any.iter().flatten().any(compared) {
            Films::Compared(any)
        } else {
            Films::Known(matching(self.catalogue, &any, None))
        };
        Ok(Some(Part {
            include,
            only_if,
            films,
        }))
    }

    /// The kinds of interactions for which an expression is true; `None` where it does not count.
    fn kinds(&self, expression: &Expression) -> Result<Option<Vec<KindName>>, Fault> {
        let mut any = Vec::new();
        for tests in &expression.any {
            let mut all = Vec::new();
            for test in tests {
                let Operand::Values(values) = &test.operand else {
                    continue;
                };
                let names = self.strings(test.operator, values, expression.include)?;
                let Some(names) = names else {
                    continue;
                };
                // Types of events that nothing here knows match nothing.
                let wanted: Vec<KindName> = names
                    .iter()
                    .filter_map(|name| KindName::of_event(name))
                    .collect();
                let every = values.contains(&Value::Any) || names.iter().any(|name| name == "*");
                let positive = test.operator == Operator::In;
                all.push(KindName::ALL.map(|kind| (every || wanted.contains(&kind)) == positive));
            }
            if !all.is_empty() {
                any.push(all);
            }
        }
        let holds = |place: usize| any.iter().any(|all| all.iter().all(|of| of[place]));
        let kinds = KindName::ALL.into_iter().enumerate();
        let kinds = kinds
            .filter(|(place, _)| holds(*place))
            .map(|(_, kind)| kind);
        Ok((!any.is_empty()).then(|| kinds.collect()))
    }

    /// A test with its values; `None` where it does not count.
    fn check(&self, test: &Test, include: bool) -> Result<Option<Check>, Fault> {
        let field = &test.field;
        let values = match (&test.operand, field) {
            (Operand::Values(values), Field::User(UserColumn::Property(key))) => {
                return self.property(key, test.operator, values, include);
            }
            (Operand::Values(values), _) => values,
            (Operand::CurrentItem(other), Field::Item(column)) => {
                return Ok(Some(Check::Current {
                    column: *column,
                    operator: test.operator,
                    other: *other,
                }));
            }
            (Operand::CurrentItem(_), _) => return Ok(None),
        };
        if field.kind() == Kind::Number {
            let numbers = self.numbers(test.operator, values, include)?;
            return Ok(numbers.map(|numbers| Check::Numbers {
                field: field.clone(),
                operator: test.operator,
                numbers,
            }));
        }
        let Some(mut any_of) = self.strings(test.operator, values, include)? else {
            return Ok(None);
        };
        match field {
            // By whatever id of theirs films are named.
            Field::Item(Column::ItemId) => {
                for id in &mut any_of {
                    if let Some(movie) = self.catalogue.by_id(id) {
                        movie.id().clone_into(id);
                    }
                }
            }
            // As the ids of whoever asks, which may not fit those of viewers.
            Field::User(UserColumn::UserId) => {
                for id in &mut any_of {
                    viewer(id).as_str().clone_into(id);
                }
            }
            _ => {}
        }
        any_of.sort_unstable();
        any_of.dedup();
        Ok(Some(Check::Strings {
            field: field.clone(),
            any_of,
            negated: matches!(test.operator, Operator::NotIn | Operator::NotEqual),
        }))
    }

    /// A test of what was said about the user; `None` where it does not count.
    fn property(
        &self,
        key: &str,
        operator: Operator,
        values: &[Value],
        include: bool,
    ) -> Result<Option<Check>, Fault> {
        let any_of = if operator.orders() {
            let numbers = self.numbers(operator, values, include)?;
            numbers.map(|numbers| numbers.into_iter().map(Value::Number).collect())
        } else {
            let one = |value: &Value| match value {
                Value::Number(number) => Ok(Some(vec![Value::Number(*number)])),
                other => {
                    let strings = self.strings(operator, std::slice::from_ref(other), include)?;
                    Ok(strings.map(|strings| strings.into_iter().map(Value::Text).collect()))
                }
            };
            let all = values.iter().map(one).collect::<Result<Vec<_>, Fault>>()?;
            let all: Option<Vec<Vec<Value>>> = all.into_iter().collect();
            all.map(|all| all.concat())
        };
        Ok(any_of.map(|any_of| Check::Property {
            key: key.to_owned(),
            operator,
            any_of,
        }))
    }

    /// The values in words, those of parameters put in; `None` where a parameter has none and need not.
    fn strings(
        &self,
        operator: Operator,
        values: &[Value],
        include: bool,
    ) -> Result<Option<Vec<String>>, Fault> {
        let mut strings = Vec::new();
        for value in values {
            match value {
                Value::Text(text) => strings.push(text.clone()),
                Value::Number(number) => strings.push(number.to_string()),
                Value::Any => {}
                Value::Parameter(name) => match self.given(name, operator, include)? {
                    Some(given) => strings.extend(given),
                    None => return Ok(None),
                },
            }
        }
        Ok(Some(strings))
    }

    /// The same as numbers.
    fn numbers(
        &self,
        operator: Operator,
        values: &[Value],
        include: bool,
    ) -> Result<Option<Vec<f64>>, Fault> {
        let mut numbers = Vec::new();
        for value in values {
            match value {
                Value::Number(number) => numbers.push(*number),
                Value::Text(_) | Value::Any => {}
                Value::Parameter(name) => {
                    let Some(given) = self.given(name, operator, include)? else {
                        return Ok(None);
                    };
                    for text in given {
                        let number = text.trim().parse().ok();
                        let number = number.filter(|number: &f64| number.is_finite());
                        numbers.push(number.ok_or_else(|| {
                            Fault::invalid(format_args!(
                                "filterValues.{} must be a number, found {}",
                                shown(name),
                                shown(&text)
                            ))
                        })?);
                    }
                }
            }
        }
        Ok(Some(numbers))
    }

    /// What the call gives for a parameter: one value unless the operator takes several.
    fn given(
        &self,
        name: &str,
        operator: Operator,
        include: bool,
    ) -> Result<Option<Vec<String>>, Fault> {
        let found = self.values.iter().find(|(of, _)| of == name);
        let found = found.map(|(_, text)| split(name, text)).transpose()?;
        match found {
            Some(given) if given.len() != 1 && !operator.takes_several() => {
                Err(Fault::invalid(format_args!(
                    "filterValues.{} must be one value, found {}: only IN takes several",
                    shown(name),
                    given.len()
                )))
            }
            Some(given) => Ok(Some(given)),
            None if include => Err(Fault::invalid(format_args!(
                "filterValues.{} must be given: the filter includes by it",
                shown(name)
            ))),
            None => Ok(None),
        }
    }
}
