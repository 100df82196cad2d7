//! What clients say about viewers.

use serde_json::{Map, Value};

use super::Millis;

/// What a client said about a viewer: values by name. One put replaces another as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Properties {
    /// When it was accepted.
    pub accepted: Millis,
    /// Strings, numbers, true, false and null, under names of letters, digits and underscores, of which
    /// no two are the same to [`property_key`].
    pub values: Map<String, Value>,
}

impl Properties {
    /// Those that a store kept as [`Properties::json`]; `None` where it is no JSON object.
    pub fn of_json(accepted: Millis, json: &str) -> Option<Self> {
        let values = serde_json::from_str(json).ok()?;
        Some(Self { accepted, values })
    }

    /// The values as a JSON object.
    pub fn json(&self) -> String {
        // Writing a map with strings for keys into a string cannot fail.
        serde_json::to_string(&self.values).unwrap_or_default()
    }

    /// The value of a [key](property_key), where there is one and it is not null.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let mut values = self.values.iter();
        let found = values.find(|(name, _)| letters(name).eq(key.chars()));
        found
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    }
}

/// What a name comes to under which a property is found, whether it is written `membershipLevel` or
/// `MEMBERSHIP_LEVEL`: its letters in lower case and its digits.
pub fn property_key(name: &str) -> String {
    letters(name).collect()
}

fn letters(name: &str) -> impl Iterator<Item = char> {
    let letters = name.chars().filter(|letter| *letter != '_');
    letters.map(|letter| letter.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_what_was_kept_of_them() {
        let json = r#"{"age":30,"membershipLevel":"gold","subscribed":true,"town":null}"#;
        let properties = Properties::of_json(Millis(5), json).unwrap();
        assert_eq!(
            (properties.json().as_str(), properties.accepted),
            (json, Millis(5))
        );
        for text in ["", "null", "[]", "5", "{"] {
            assert_eq!(Properties::of_json(Millis(5), text), None, "{text}");
        }
    }

    #[test]
    fn a_property_is_found_however_its_name_is_written() {
        let json = r#"{"membershipLevel":"gold","town":null}"#;
        let properties = Properties::of_json(Millis(5), json).unwrap();
        for name in ["membershipLevel", "MEMBERSHIP_LEVEL", "membership_level"] {
            let found = properties.get(&property_key(name));
            assert_eq!(found, Some(&Value::from("gold")), "{name}");
        }
        for name in ["membership", "membershipLevels", "TOWN", ""] {
            assert_eq!(properties.get(&property_key(name)), None, "{name}");
        }
    }
}
