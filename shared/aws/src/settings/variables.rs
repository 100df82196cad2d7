//! One variable after the other.

use std::ffi::OsString;
use std::time::Duration;

use matinee::taste::{ViewerKey, WATCHED_FRACTION};

use super::{ModelsAt, NOT_SHOWN, SettingError, normal_prefix};

/// Where the layer with the sample model lies.
const SAMPLE: &str = "/opt/matinee/models";

/// The longest name of a table.
const MAX_TABLE: usize = 255;

/// How many films are solved densely where nothing is said.
const DENSE_FILMS: usize = 20_000;

pub(super) struct Variables<L>(pub(super) L);

impl<L: Fn(&str) -> Option<OsString>> Variables<L> {
    /// A variable's value, unless it is empty.
    pub(super) fn text(&self, variable: &'static str) -> Result<Option<String>, SettingError> {
        match (self.0)(variable).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(Err(other)) => Err(SettingError {
                variable,
                found: other.to_string_lossy().into_owned(),
                expected: "UTF-8",
            }),
        }
    }

    pub(super) fn models(&self) -> Result<ModelsAt, SettingError> {
        let directory = (self.0)("MODEL_DIR").filter(|value| !value.is_empty());
        match (self.text("MODEL_BUCKET")?, directory) {
            (Some(bucket), None) => Ok(ModelsAt::Bucket {
                bucket,
                prefix: self.prefix("MODEL_PREFIX", "models/")?,
            }),
            (None, Some(directory)) => Ok(ModelsAt::Directory(directory.into())),
            (None, None) => Ok(ModelsAt::Sample(SAMPLE.into())),
            (Some(_), Some(directory)) => Err(SettingError {
                variable: "MODEL_DIR",
                found: directory.to_string_lossy().into_owned(),
                expected: "nothing where MODEL_BUCKET is set, too: one of the two",
            }),
        }
    }

    pub(super) fn prefix(
        &self,
        variable: &'static str,
        usual: &'static str,
    ) -> Result<String, SettingError> {
        let Some(found) = self.text(variable)? else {
            return Ok(usual.to_owned());
        };
        normal_prefix(&found).ok_or(SettingError {
            variable,
            found,
            expected: "a path such as models/ or log/, of at most 256 bytes",
        })
    }

    pub(super) fn table(&self, variable: &'static str) -> Result<Option<String>, SettingError> {
        let sound = |name: &str| {
            (3..=MAX_TABLE).contains(&name.len())
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        };
        match self.text(variable)? {
            Some(found) if !sound(&found) => Err(SettingError {
                variable,
                found,
                expected: "the name of a table, not its ARN: 3 to 255 of A-Z a-z 0-9 . _ -",
            }),
            name => Ok(name),
        }
    }

    pub(super) fn queue(&self, variable: &'static str) -> Result<Option<String>, SettingError> {
        let sound = |url: &str| url.starts_with("https://") || url.starts_with("http://");
        match self.text(variable)? {
            Some(found) if !sound(&found) => Err(SettingError {
                variable,
                found,
                expected: "the URL of a queue, not its name or its ARN",
            }),
            url => Ok(url),
        }
    }

    pub(super) fn dense_films(&self) -> Result<usize, SettingError> {
        let Some(found) = self.text("DENSE_FILMS")? else {
            return Ok(DENSE_FILMS);
        };
        match found.parse() {
            Ok(films) if films > 0 => Ok(films),
            _ => Err(SettingError {
                variable: "DENSE_FILMS",
                found,
                expected: "a whole number above 0",
            }),
        }
    }

    pub(super) fn memory(&self) -> Result<Option<u64>, SettingError> {
        let variable = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
        let Some(found) = self.text(variable)? else {
            return Ok(None);
        };
        match found.parse() {
            Ok(mebibytes @ 1..=1_048_576) => Ok(Some(mebibytes << 20)),
            _ => Err(SettingError {
                variable,
                found,
                expected: "a whole number of mebibytes",
            }),
        }
    }

    pub(super) fn watched_fraction(&self) -> Result<f64, SettingError> {
        let Some(found) = self.text("WATCHED_FRACTION")? else {
            return Ok(WATCHED_FRACTION);
        };
        match found.parse() {
            Ok(share) if share > 0.0 && share <= 1.0 => Ok(share),
            _ => Err(SettingError {
                variable: "WATCHED_FRACTION",
                found,
                expected: "a number above 0, at most 1",
            }),
        }
    }

    /// A variable's value, of which nothing but ASCII is understood.
    pub(super) fn lossy(&self, variable: &str) -> Option<String> {
        (self.0)(variable).map(|text| text.to_string_lossy().into_owned())
    }

    /// The key itself is never told.
    pub(super) fn viewer_key(&self) -> Result<Option<ViewerKey>, SettingError> {
        let found = (self.0)("VIEWER_ID_KEY").filter(|value| !value.is_empty());
        let Some(found) = found else {
            return Ok(None);
        };
        let key = ViewerKey::new(found.into_encoded_bytes());
        key.map(Some).ok_or_else(|| SettingError {
            variable: "VIEWER_ID_KEY",
            found: NOT_SHOWN.to_owned(),
            expected: "at least 16 bytes",
        })
    }

    pub(super) fn check(&self) -> Result<Duration, SettingError> {
        let Some(found) = self.text("MODEL_CHECK_SECONDS")? else {
            return Ok(Duration::from_mins(1));
        };
        match found.parse() {
            Ok(seconds @ 0..=86_400) => Ok(Duration::from_secs(seconds)),
            _ => Err(SettingError {
                variable: "MODEL_CHECK_SECONDS",
                found,
                expected: "a whole number of seconds from 0 to 86400",
            }),
        }
    }
}
