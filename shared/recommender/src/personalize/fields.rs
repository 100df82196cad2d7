//! Requests, read field by field with the limits of the service models.

use std::fmt;

use serde_json::{Map, Value};

use super::Fault;

/// The longest name of a client's own that a message quotes, in characters.
const QUOTED: usize = 64;

/// The fields of a JSON object, and where in the request it stands.
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    at: String,
}

/// How long a string may be, in characters.
#[derive(Clone, Copy)]
pub(super) struct Length(pub(super) usize, pub(super) usize);

impl Length {
    fn check(self, name: &dyn fmt::Display, text: &str) -> Result<(), Fault> {
        let Self(least, most) = self;
        let found = text.chars().count();
        if (least..=most).contains(&found) {
            return Ok(());
        }
        Err(Fault::invalid(format_args!(
            "{name} must have {least} to {most} characters, found {found}"
        )))
    }
}

/// Reads a body as an object.
pub(super) fn body(bytes: &[u8]) -> Result<Map<String, Value>, Fault> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Fault::invalid("the body must be a JSON object")),
        Err(error) => Err(Fault::invalid(format_args!(
            "the body must be a JSON object: {error}"
        ))),
    }
}

impl<'a> Fields<'a> {
    /// The fields of the request itself.
    pub(super) fn of(map: &'a Map<String, Value>) -> Self {
        Self {
            map,
            at: String::new(),
        }
    }

    /// What a field is called in messages.
    pub(super) fn name(&self, field: &str) -> String {
        format!("{}{field}", self.at)
    }

    /// A field that is there and not null.
    fn get(&self, field: &str) -> Option<&'a Value> {
        self.map.get(field).filter(|value| !value.is_null())
    }

    /// A field that must be there.
    pub(super) fn required<T>(&self, field: &str, found: Option<T>) -> Result<T, Fault> {
        found.ok_or_else(|| Fault::invalid(format_args!("{} must be given", self.name(field))))
    }

    pub(super) fn text(&self, field: &str, length: Length) -> Result<Option<&'a str>, Fault> {
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        let name = self.name(field);
        let text = text(&name, value)?;
        length.check(&name, text)?;
        Ok(Some(text))
    }

    /// An ARN of Personalize.
    pub(super) fn arn(&self, field: &str) -> Result<Option<&'a str>, Fault> {
        let arn = self.text(field, Length(1, 256))?;
        match arn {
            Some(arn) if !is_arn(arn) => Err(Fault::invalid(format_args!(
                "{} must be an ARN of Personalize, arn:PARTITION:personalize:REGION:ACCOUNT:NAME",
                self.name(field)
            ))),
            arn => Ok(arn),
        }
    }

    /// Checks that a field is the ARN of a dataset of a kind, `…:dataset/NAME/KIND`, whatever the name.
    pub(super) fn dataset(&self, field: &str, kind: &str) -> Result<(), Fault> {
        let arn = self.required(field, self.arn(field)?)?;
        let resource = arn.splitn(6, ':').last().unwrap_or_default();
        let path = resource.strip_prefix("dataset/");
        match path.and_then(|path| path.rsplit_once('/')) {
            Some((name, last)) if !name.is_empty() && last == kind => Ok(()),
            _ => Err(Fault::not_found(format_args!(
                "there is no dataset {}: there is arn:…:dataset/NAME/{kind}, whatever the name",
                shown(arn)
            ))),
        }
    }

    /// A whole number from `least` to `most`.
    pub(super) fn whole(&self, field: &str, least: u64, most: u64) -> Result<Option<usize>, Fault> {
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        match value.as_u64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number as usize)),
            _ => Err(Fault::invalid(format_args!(
                "{} must be a whole number from {least} to {most}, found {}",
                self.name(field),
                shown(&value.to_string())
            ))),
        }
    }

    /// A finite number.
    pub(super) fn number(&self, field: &str) -> Result<Option<f64>, Fault> {
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        let number = value.as_f64();
        number
            .map(Some)
            .ok_or_else(|| Fault::invalid(format_args!("{} must be a number", self.name(field))))
    }

    /// An array of `least` to `most` elements.
    pub(super) fn list(
        &self,
        field: &str,
        Length(least, most): Length,
    ) -> Result<Option<&'a [Value]>, Fault> {
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        let name = self.name(field);
        match value.as_array() {
            Some(list) if (least..=most).contains(&list.len()) => Ok(Some(list)),
            Some(list) => Err(Fault::invalid(format_args!(
                "{name} must have {least} to {most} elements, found {}",
                list.len()
            ))),
            None => Err(Fault::invalid(format_args!("{name} must be an array"))),
        }
    }

    /// An array of strings.
    pub(super) fn texts(
        &self,
        field: &str,
        most: Length,
        each: Length,
    ) -> Result<Option<Vec<&'a str>>, Fault> {
        let Some(list) = self.list(field, most)? else {
            return Ok(None);
        };
        let texts = list.iter().enumerate().map(|(place, value)| {
            let name = format!("{}[{place}]", self.name(field));
            let text = text(&name, value)?;
            each.check(&name, text)?;
            Ok(text)
        });
        texts.collect::<Result<_, Fault>>().map(Some)
    }

    /// An object of at most `most` strings, whose keys are at most `key` and whose values at most
    /// `value` characters long; keys are letters, digits and underscores.
    pub(super) fn map(
        &self,
        field: &str,
        most: usize,
        key: usize,
        value: usize,
    ) -> Result<Vec<(&'a str, &'a str)>, Fault> {
        let mut entries = Vec::new();
        for (name, given) in self.entries(field, most)? {
            let of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let at = format!("{}.{}", self.name(field), shown(name));
            Length(1, key).check(&format_args!("the key {at}"), name)?;
            if !name.chars().all(of_name) {
                return Err(Fault::invalid(format_args!(
                    "the key {at} must be letters, digits and underscores"
                )));
            }
            let text = text(&at, given)?;
            Length(0, value).check(&at, text)?;
            entries.push((name, text));
        }
        Ok(entries)
    }

    /// The entries of an object with at most `most` of them.
    pub(super) fn entries(
        &self,
        field: &str,
        most: usize,
    ) -> Result<Vec<(&'a str, &'a Value)>, Fault> {
        let Some(value) = self.get(field) else {
            return Ok(Vec::new());
        };
        let name = self.name(field);
        match value.as_object() {
            Some(map) if map.len() <= most => Ok(map
                .iter()
                .map(|(key, value)| (key.as_str(), value))
                .collect()),
            Some(map) => Err(Fault::invalid(format_args!(
                "{name} must have at most {most} entries, found {}",
                map.len()
            ))),
            None => Err(Fault::invalid(format_args!("{name} must be an object"))),
        }
    }

    /// The fields of an object that `value`, an element of the array `field`, is.
    pub(super) fn element(
        &self,
        field: &str,
        place: usize,
        value: &'a Value,
    ) -> Result<Self, Fault> {
        let at = format!("{}[{place}]", self.name(field));
        match value.as_object() {
            Some(map) => Ok(Self {
                map,
                at: format!("{at}."),
            }),
            None => Err(Fault::invalid(format_args!("{at} must be an object"))),
        }
    }

    /// The fields of the object that a field is.
    pub(super) fn object(&self, field: &str) -> Result<Option<Self>, Fault> {
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        let at = self.name(field);
        match value.as_object() {
            Some(map) => Ok(Some(Self {
                map,
                at: format!("{at}."),
            })),
            None => Err(Fault::invalid(format_args!("{at} must be an object"))),
        }
    }
}

pub(super) fn text<'a>(name: &str, value: &'a Value) -> Result<&'a str, Fault> {
    value
        .as_str()
        .ok_or_else(|| Fault::invalid(format_args!("{name} must be a string")))
}

/// A client's own text, fit to be said back.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// `arn:([a-z\d-]+):personalize:.*:.*:.+`
fn is_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (arn, partition, service) = (next(), next(), next());
    let of_partition = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let _region_and_account = (next(), next());
    arn == "arn"
        && !partition.is_empty()
        && partition.bytes().all(of_partition)
        && service == "personalize"
        && !next().is_empty()
        && !text.contains('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_what_the_service_models_pattern_says() {
        for good in [
            "arn:aws:personalize:us-east-1:123456789012:campaign/films",
            "arn:aws-us-gov:personalize:::x",
            "arn:aws:personalize:a:b:c:d:e",
        ] {
            assert!(is_arn(good), "{good}");
        }
        for bad in [
            "",
            "films",
            "arn:aws:s3:::films",
            "arn:AWS:personalize:a:b:c",
            "arn::personalize:a:b:c",
            "arn:aws:personalize:a:b:",
            "arn:aws:personalize:a:b",
            "arn:aws:personalize:a:b:c\n",
        ] {
            assert!(!is_arn(bad), "{bad}");
        }
    }
}
