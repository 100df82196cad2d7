//! What devices send of films, as they send it.

use std::str::FromStr;

use serde_json::{Map, Value};

use super::InvalidId;
use super::submit::FieldFault;
use crate::catalogue::{MAX_YEAR, MIN_YEAR};

/// The longest title, name or genre, in characters.
pub(crate) const MAX_TEXT: usize = 500;

/// How devices say that there is none.
pub(crate) const NONE: &str = "None";

/// Reads the fields of a device's film, each as it is, as a string, or as an array of one of them,
/// and gathers what is wrong with them. Fields that nobody asks for are passed over.
pub(crate) struct Payload<'a> {
    fields: &'a Map<String, Value>,
    /// What the names of fields at fault begin with.
    within: String,
    pub(crate) faults: Vec<FieldFault>,
}

impl<'a> Payload<'a> {
    pub(crate) fn new(fields: &'a Map<String, Value>) -> Self {
        Self::within(fields, String::new())
    }

    /// The same where the fields are those of a part of the payload, `candidates[3].` or the like.
    pub(crate) fn within(fields: &'a Map<String, Value>, within: String) -> Self {
        Self {
            fields,
            within,
            faults: Vec::new(),
        }
    }

    pub(crate) fn fault(&mut self, field: &str, detail: impl Into<String>) {
        self.faults.push(FieldFault {
            field: format!("{}{field}", self.within),
            detail: detail.into(),
        });
    }

    /// The value, out of its array if it is in one.
    fn value(&self, field: &str) -> Option<&'a Value> {
        let value = match self.fields.get(field)? {
            Value::Array(values) if values.len() == 1 => values.first()?,
            value => value,
        };
        Some(value).filter(|value| !value.is_null())
    }

    /// A text in one line; [`NONE`] where there is none and none is needed.
    pub(crate) fn text(&mut self, field: &str, needed: bool) -> String {
        let found = match self.value(field) {
            None if needed => Err("must be given, found nothing".to_owned()),
            None => Ok(NONE.to_owned()),
            Some(Value::String(text)) => Ok(tidy(text)),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(_) => Err("must be a string, or an array of one string".to_owned()),
        };
        match found {
            Ok(text) if text.chars().count() > MAX_TEXT => {
                self.fault(field, format!("must be at most {MAX_TEXT} characters"));
            }
            Ok(text) if text.is_empty() && needed => self.fault(field, "must not be empty"),
            Ok(text) if text.is_empty() => return NONE.to_owned(),
            Ok(text) => return text,
            Err(detail) => self.fault(field, detail),
        }
        String::new()
    }

    /// A number, as one or as a string; `least` where it is none.
    pub(crate) fn number(&mut self, field: &str, least: f64, most: f64) -> f64 {
        let number = match self.value(field) {
            Some(Value::Number(number)) => number.as_f64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if (least..=most).contains(&number) => return number,
            Some(number) => {
                self.fault(
                    field,
                    format!("must be from {least} to {most}, found {number}"),
                );
            }
            None => {
                let found = self.value(field).map_or("nothing".to_owned(), shortened);
                self.fault(
                    field,
                    format!(
                        "must be a number from {least} to {most}, as a number or a string, found {found}"
                    ),
                );
            }
        }
        least
    }

    pub(crate) fn year(&mut self) -> u16 {
        let found = self.number("year", f64::from(MIN_YEAR), f64::from(MAX_YEAR));
        let known = (MIN_YEAR..=MAX_YEAR).find(|year| f64::from(*year) >= found);
        let year = known.unwrap_or(MIN_YEAR);
        if f64::from(year) > found {
            self.fault("year", format!("must be a whole number, found {found}"));
        }
        year
    }

    /// The `request_id`, if there is one.
    pub(crate) fn request<Id: FromStr<Err = InvalidId>>(&mut self) -> Option<Id> {
        let text = match self.value("request_id")? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => {
                self.fault("request_id", "must be a string");
                return None;
            }
        };
        match text.parse() {
            Ok(id) => Some(id),
            Err(error) => {
                self.fault("request_id", format!("is not understood: {error}"));
                None
            }
        }
    }
}

/// The beginning of a value as JSON.
fn shortened(value: &Value) -> String {
    const LONGEST: usize = 64;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// One line without space around it: rows of the log have no line breaks and no tabs.
fn tidy(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}
