//! Devices as the broker knows them, and the topics that they share with us.

use std::fmt;
use std::str::FromStr;

use crate::recommend::InvalidSetting;
use crate::taste::RequestId;

/// The topic of devices that ask for predictions, from before things had topics of their own.
pub const FILM_REQUEST: &str = "filmrequest";

/// The longest name of a thing, in bytes.
pub const MAX_THING: usize = 128;

/// The name of a device as AWS IoT takes it: 1 to [`MAX_THING`] of `A-Z a-z 0-9 : _ -`, and so never
/// more than one level of a topic, and no wildcard.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ThingName(String);

/// A text that is no name of a thing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the name of a thing, 1 to 128 of A-Z a-z 0-9 : _ -, found {0:?}")]
pub struct InvalidThing(
    /// As given, cut after [`MAX_THING`] characters.
    pub String,
);

impl ThingName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the answer to a request goes.
    pub fn prediction_topic(&self, request: &RequestId) -> String {
        format!("matinee/{self}/prediction/{request}")
    }

    /// Where it is told what is wrong with a request.
    pub fn rejected_topic(&self) -> String {
        format!("matinee/{self}/rejected")
    }

    /// Where updates of the thing's classic shadow go.
    pub fn shadow_update_topic(&self) -> String {
        format!("$aws/things/{self}/shadow/update")
    }
}

impl Default for ThingName {
    /// The one device of old: `MovieSelector`.
    fn default() -> Self {
        Self("MovieSelector".to_owned())
    }
}

impl fmt::Display for ThingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ThingName {
    type Err = InvalidThing;

    fn from_str(text: &str) -> Result<Self, InvalidThing> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'-');
        if (1..=MAX_THING).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidThing(text.chars().take(MAX_THING).collect()))
        }
    }
}

/// The thing that asks by a message to this topic: `default` behind [`FILM_REQUEST`], else the one
/// named in `matinee/<thing>/request`. `None` for every other topic, those of names that no thing can
/// have among them.
pub fn thing_asking(topic: &str, default: &ThingName) -> Option<ThingName> {
    match topic.split('/').collect::<Vec<_>>()[..] {
        [FILM_REQUEST] => Some(default.clone()),
        ["matinee", thing, "request"] => thing.parse().ok(),
        _ => None,
    }
}

/// What can be chosen about devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceSettings {
    /// The thing behind [`FILM_REQUEST`].
    pub thing: ThingName,
    /// Whether shadow updates have the keys that devices of old read, beside `state`.
    pub legacy_keys: bool,
}

impl DeviceSettings {
    /// As `THING_NAME` and `LEGACY_SHADOW_KEYS` (`true` or `false`) set it; what `value` has nothing
    /// for, or nothing but spaces, is as usual: `MovieSelector`, and no old keys.
    ///
    /// # Errors
    /// [`InvalidSetting`].
    pub fn read(value: impl Fn(&'static str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let text = |variable| value(variable).filter(|text| !text.trim().is_empty());
        let invalid = |variable, found, expected| InvalidSetting {
            variable,
            found,
            expected,
        };
        let mut settings = Self::default();
        if let Some(found) = text("THING_NAME") {
            let thing = found.trim().parse();
            settings.thing = thing.map_err(|_| {
                invalid(
                    "THING_NAME",
                    found,
                    "the name of a thing: 1 to 128 of A-Z a-z 0-9 : _ -",
                )
            })?;
        }
        if let Some(found) = text("LEGACY_SHADOW_KEYS") {
            let kept = found.trim().parse();
            settings.legacy_keys =
                kept.map_err(|_| invalid("LEGACY_SHADOW_KEYS", found, "true or false"))?;
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_names_the_thing_that_asks() {
        let default = ThingName::default();
        let asking = |topic: &str| thing_asking(topic, &default).map(|thing| thing.to_string());
        assert_eq!(asking("filmrequest").as_deref(), Some("MovieSelector"));
        let longest = "x".repeat(MAX_THING);
        for thing in ["LivingRoom", "a:b_c-9", longest.as_str()] {
            let topic = format!("matinee/{thing}/request");
            assert_eq!(asking(&topic).as_deref(), Some(thing));
        }
    }

    #[test]
    fn no_other_topic_does() {
        let too_long = "x".repeat(MAX_THING + 1);
        for thing in [
            "",
            "+",
            "#",
            "a b",
            "a\u{7}",
            "ä",
            "$aws",
            too_long.as_str(),
        ] {
            let topic = format!("matinee/{thing}/request");
            assert_eq!(thing_asking(&topic, &ThingName::default()), None, "{topic}");
        }
        for topic in ["", "filmupdate", "filmrequest/", "matinee/a/b/request"] {
            assert_eq!(thing_asking(topic, &ThingName::default()), None, "{topic}");
        }
    }

    #[test]
    fn settings_are_taken_where_they_are_set_and_named_where_they_make_no_sense() {
        let read = |variable: &'static str, text: &str| {
            DeviceSettings::read(|asked| (asked == variable).then(|| text.to_owned()))
        };
        assert_eq!(read("THING_NAME", " "), Ok(DeviceSettings::default()));
        assert_eq!(read("THING_NAME", "Sofa").unwrap().thing.as_str(), "Sofa");
        assert!(read("LEGACY_SHADOW_KEYS", "true").unwrap().legacy_keys);
        assert!(!read("LEGACY_SHADOW_KEYS", "false").unwrap().legacy_keys);
        for (variable, wrong) in [("THING_NAME", "a/b"), ("LEGACY_SHADOW_KEYS", "maybe")] {
            let error = read(variable, wrong).unwrap_err().to_string();
            assert!(error.contains(variable) && error.contains(wrong), "{error}");
        }
    }
}
