//! Every environment variable that the functions read.
//!
//! | variable | default | meaning |
//! |---|---|---|
//! | `MODEL_BUCKET` | | the bucket that holds the models |
//! | `MODEL_PREFIX` | `models/` | what their keys begin with in that bucket |
//! | `MODEL_DIR` | | a directory of models instead of a bucket |
//! | `MODEL_CHECK_SECONDS` | `60` | the least time between two looks for a newer model, 0 to 86400 |
//! | `ALEXA_SKILL_ID` | | the only skill whose requests are answered; all where it is not set |
//! | `RUST_LOG` | `info` | what is logged: a level for this system, and `target=level` pairs for libraries, whose finer lines may hold what people send |
//! | `AWS_LAMBDA_LOG_LEVEL` | | Lambda's own setting, where `RUST_LOG` is not set |
//!
//! With neither bucket nor directory the models below `/opt/matinee/models` serve: the sample that
//! is deployed as a layer. An empty value is as good as none. Region, credentials, endpoints
//! (`AWS_ENDPOINT_URL`) and `AWS_CA_BUNDLE` are read as everywhere in AWS.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Where the layer with the sample model lies.
const SAMPLE: &str = "/opt/matinee/models";

/// The longest prefix, in bytes; keys follow it.
const MAX_PREFIX: usize = 256;

/// What the environment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where models are.
    pub models: ModelsAt,
    /// The least time between two looks for a newer model.
    pub check: Duration,
    /// The only skill whose requests are answered.
    pub alexa_skill_id: Option<String>,
    /// What is logged, as `tracing` reads it; the usual where it is `None`.
    pub log: Option<String>,
}

/// Where models are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelsAt {
    /// In a bucket.
    Bucket {
        /// Its name.
        bucket: String,
        /// What the keys begin with: empty, or ending in a slash.
        prefix: String,
    },
    /// In a directory.
    Directory(PathBuf),
    /// In the directory of the sample.
    Sample(PathBuf),
}

/// A value that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is {found:?}: expected {expected}")]
pub struct SettingError {
    /// Which variable.
    pub variable: &'static str,
    /// Its value.
    pub found: String,
    /// What it may be.
    pub expected: &'static str,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`SettingError`] naming the variable that cannot be used.
    pub fn from_env() -> Result<Self, SettingError> {
        Self::read(|name| env::var_os(name))
    }

    fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, SettingError> {
        let variables = Variables(lookup);
        let log = match variables.text("RUST_LOG")? {
            None => variables.text("AWS_LAMBDA_LOG_LEVEL")?,
            log => log,
        };
        Ok(Self {
            models: variables.models()?,
            check: variables.check()?,
            alexa_skill_id: variables.text("ALEXA_SKILL_ID")?,
            log,
        })
    }
}

struct Variables<L>(L);

impl<L: Fn(&str) -> Option<OsString>> Variables<L> {
    /// A variable's value, unless it is empty.
    fn text(&self, variable: &'static str) -> Result<Option<String>, SettingError> {
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

    fn models(&self) -> Result<ModelsAt, SettingError> {
        let directory = (self.0)("MODEL_DIR").filter(|value| !value.is_empty());
        match (self.text("MODEL_BUCKET")?, directory) {
            (Some(bucket), None) => Ok(ModelsAt::Bucket {
                bucket,
                prefix: self.prefix()?,
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

    fn prefix(&self) -> Result<String, SettingError> {
        let Some(found) = self.text("MODEL_PREFIX")? else {
            return Ok("models/".to_owned());
        };
        normal_prefix(&found).ok_or(SettingError {
            variable: "MODEL_PREFIX",
            found,
            expected: "a path such as models/, of at most 256 bytes",
        })
    }

    fn check(&self) -> Result<Duration, SettingError> {
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

/// A prefix as keys take it: without a slash in front, with one behind. `None` when it is none.
pub fn normal_prefix(prefix: &str) -> Option<String> {
    let prefix = prefix.trim_matches('/');
    if prefix.is_empty() {
        return Some(String::new());
    }
    let sound = prefix.len() < MAX_PREFIX && matinee::ports::check_key(prefix).is_ok();
    sound.then(|| format!("{prefix}/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingError> {
        Settings::read(|name| {
            let found = variables.iter().find(|(known, _)| *known == name)?;
            Some(found.1.into())
        })
    }

    fn models(variables: &[(&str, &str)]) -> ModelsAt {
        read(variables).unwrap().models
    }

    #[test]
    fn with_nothing_set_the_sample_serves() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.models, ModelsAt::Sample(SAMPLE.into()));
        assert_eq!(settings.check, Duration::from_mins(1));
        assert_eq!((settings.alexa_skill_id, settings.log), (None, None));
        let empty = [
            "MODEL_BUCKET",
            "MODEL_DIR",
            "MODEL_PREFIX",
            "MODEL_CHECK_SECONDS",
        ];
        assert_eq!(read(&empty.map(|name| (name, ""))), read(&[]));
    }

    #[test]
    fn a_bucket_has_a_prefix_however_it_is_written() {
        for (given, prefix) in [
            ("", "models/"),
            ("models", "models/"),
            ("/a/b/", "a/b/"),
            ("/", ""),
        ] {
            let found = models(&[("MODEL_BUCKET", "films"), ("MODEL_PREFIX", given)]);
            let bucket = "films".to_owned();
            let prefix = prefix.to_owned();
            assert_eq!(found, ModelsAt::Bucket { bucket, prefix }, "{given}");
        }
        let found = models(&[("MODEL_DIR", "/models")]);
        assert_eq!(found, ModelsAt::Directory("/models".into()));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let long = "x".repeat(300);
        for (name, value) in [
            ("MODEL_CHECK_SECONDS", "soon"),
            ("MODEL_CHECK_SECONDS", "-1"),
            ("MODEL_CHECK_SECONDS", "86401"),
            ("MODEL_PREFIX", "a//b"),
            ("MODEL_PREFIX", "../up"),
            ("MODEL_PREFIX", &long),
            ("MODEL_DIR", "/models"),
        ] {
            let error = read(&[("MODEL_BUCKET", "films"), (name, value)]).unwrap_err();
            assert_eq!((error.variable, error.found.as_str()), (name, value));
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn lambdas_log_level_counts_where_no_other_is_set() {
        let lambda = ("AWS_LAMBDA_LOG_LEVEL", "WARN");
        assert_eq!(read(&[lambda]).unwrap().log.unwrap(), "WARN");
        let both = read(&[lambda, ("RUST_LOG", "matinee=debug")]).unwrap();
        assert_eq!(both.log.unwrap(), "matinee=debug");
    }
}
