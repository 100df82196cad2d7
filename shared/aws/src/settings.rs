//! Every environment variable that the functions read.
//!
//! | variable | default | meaning |
//! |---|---|---|
//! | `MODEL_BUCKET` | | the bucket that holds the models |
//! | `MODEL_PREFIX` | `models/` | what their keys begin with in that bucket |
//! | `MODEL_DIR` | | a directory of models instead of a bucket |
//! | `MODEL_CHECK_SECONDS` | `60` | the least time between two looks for a newer model, 0 to 86400 |
//! | `INTERACTIONS_TABLE` | | the table of what viewers did |
//! | `VIEWERS_TABLE` | | the table of viewers to be forgotten |
//! | `FEEDBACK_QUEUE_URL` | | the queue that what viewers do goes through; without it and the three tables of viewers nothing is kept |
//! | `WATCHED_FRACTION` | `0.5` | the share of a film's length from which it counts as watched, above 0, at most 1 |
//! | `RECOMMENDATIONS_TABLE` | | the table of what was served to viewers in the last 30 days |
//! | `TASTE_HALF_LIFE_DAYS` | `365` | after how many days what a viewer did counts half as much, above 0 |
//! | `EXPLORED_SHARE` | `0.1` | the share of films for a viewer that nobody has taken up yet, from 0 to 1 |
//! | `FILMS_TABLE` | | the table of what devices rated, for the function behind the queue |
//! | `DEAD_LETTER_QUEUE_URL` | | where that function puts what can never be kept |
//! | `DATA_BUCKET` | | the bucket that it writes the log to, and that training reads |
//! | `LOG_PREFIX` | `log/` | what the log's keys begin with in that bucket |
//! | `CATALOGUE_PREFIX` | `catalogue/` | what the keys of catalogues begin with in that bucket |
//! | `DENSE_FILMS` | `20000` | the most films whose weights are solved densely, 1 or more |
//! | `AWS_LAMBDA_FUNCTION_MEMORY_SIZE` | | Lambda's own, in MiB: what training plans with |
//! | `THING_NAME` | `MovieSelector` | the device behind the topic `filmrequest`, as AWS IoT names it |
//! | `LEGACY_SHADOW_KEYS` | `false` | `true`: predictions in shadow updates have the keys beside `state`, too, that devices of old read |
//! | `ALEXA_SKILL_ID` | | the only skill whose requests are answered; all where it is not set |
//! | `VIEWER_ID_KEY` | | the secret that turns voice users into viewers, at least 16 bytes; without it voice remembers nobody |
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

use matinee::rating::DeviceSettings;
use matinee::recommend::{InvalidSetting, Personal};
use matinee::taste::{ViewerKey, WATCHED_FRACTION};

/// Where the layer with the sample model lies.
const SAMPLE: &str = "/opt/matinee/models";

/// The longest prefix, in bytes; keys follow it.
const MAX_PREFIX: usize = 256;

/// The longest name of a table.
const MAX_TABLE: usize = 255;

/// How many films are solved densely where nothing is said.
const DENSE_FILMS: usize = 20_000;

/// What a variable is said to hold that must not be told.
const NOT_SHOWN: &str = "(not shown)";

/// What the environment says.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where models are.
    pub models: ModelsAt,
    /// The least time between two looks for a newer model.
    pub check: Duration,
    /// The table of what viewers did.
    pub interactions_table: Option<String>,
    /// The table of viewers to be forgotten.
    pub viewers_table: Option<String>,
    /// The table of what was served to viewers.
    pub recommendations_table: Option<String>,
    /// The table of what devices rated.
    pub films_table: Option<String>,
    /// The queue that what viewers do goes through.
    pub feedback_queue: Option<String>,
    /// Where that goes which can never be kept.
    pub dead_letter_queue: Option<String>,
    /// The bucket of the log.
    pub data_bucket: Option<String>,
    /// What the log's keys begin with: empty, or ending in a slash.
    pub log_prefix: String,
    /// What the catalogues' keys begin with: empty, or ending in a slash.
    pub catalogue_prefix: String,
    /// The most films whose weights are solved densely.
    pub dense_films: usize,
    /// The function's memory in bytes, where it is known.
    pub memory: Option<u64>,
    /// The share of a film's length from which it counts as watched.
    pub watched_fraction: f64,
    /// How films are chosen for viewers.
    pub personal: Personal,
    /// What is chosen about devices.
    pub devices: DeviceSettings,
    /// The only skill whose requests are answered.
    pub alexa_skill_id: Option<String>,
    /// The secret that turns voice users into viewers.
    pub viewer_key: Option<ViewerKey>,
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

/// The tables and the queue that a front hands viewers' interactions over to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudienceAt {
    /// The table of what viewers did.
    pub interactions: String,
    /// The table of viewers to be forgotten.
    pub viewers: String,
    /// The table of what was served to viewers.
    pub recommendations: String,
    /// The URL of the queue.
    pub queue: String,
}

/// What the function behind the queue works with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackAt {
    /// The table of what viewers did.
    pub interactions: String,
    /// The table of viewers to be forgotten.
    pub viewers: String,
    /// The table of what was served to viewers.
    pub recommendations: String,
    /// The table of what devices rated.
    pub films: String,
    /// The URL of the queue for what can never be kept.
    pub dead_letters: String,
    /// The bucket of the log.
    pub bucket: String,
    /// What the log's keys begin with: empty, or ending in a slash.
    pub prefix: String,
}

/// What the function that trains works with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainAt {
    /// Where models go.
    pub models: ModelsAt,
    /// The bucket of catalogues and log.
    pub bucket: String,
    /// What the catalogues' keys begin with: empty, or ending in a slash.
    pub catalogues: String,
    /// What the log's keys begin with: empty, or ending in a slash.
    pub log: String,
    /// The most films whose weights are solved densely.
    pub dense_films: usize,
    /// The function's memory in bytes, where it is known.
    pub memory: Option<u64>,
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

impl From<InvalidSetting> for SettingError {
    fn from(invalid: InvalidSetting) -> Self {
        Self {
            variable: invalid.variable,
            found: invalid.found,
            expected: invalid.expected,
        }
    }
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
            interactions_table: variables.table("INTERACTIONS_TABLE")?,
            viewers_table: variables.table("VIEWERS_TABLE")?,
            recommendations_table: variables.table("RECOMMENDATIONS_TABLE")?,
            films_table: variables.table("FILMS_TABLE")?,
            feedback_queue: variables.queue("FEEDBACK_QUEUE_URL")?,
            dead_letter_queue: variables.queue("DEAD_LETTER_QUEUE_URL")?,
            data_bucket: variables.text("DATA_BUCKET")?,
            log_prefix: variables.prefix("LOG_PREFIX", "log/")?,
            catalogue_prefix: variables.prefix("CATALOGUE_PREFIX", "catalogue/")?,
            dense_films: variables.dense_films()?,
            memory: variables.memory()?,
            watched_fraction: variables.watched_fraction()?,
            personal: Personal::read(|name| variables.lossy(name))?,
            devices: DeviceSettings::read(|name| variables.lossy(name))?,
            alexa_skill_id: variables.text("ALEXA_SKILL_ID")?,
            viewer_key: variables.viewer_key()?,
            log,
        })
    }

    /// Where a front hands viewers' interactions over to; `None` where nothing is kept.
    ///
    /// # Errors
    /// [`SettingError`] where only some of it is set.
    pub fn audience(&self) -> Result<Option<AudienceAt>, SettingError> {
        let all = [
            ("INTERACTIONS_TABLE", &self.interactions_table),
            ("VIEWERS_TABLE", &self.viewers_table),
            ("RECOMMENDATIONS_TABLE", &self.recommendations_table),
            ("FEEDBACK_QUEUE_URL", &self.feedback_queue),
        ];
        if let [
            Some(interactions),
            Some(viewers),
            Some(recommendations),
            Some(queue),
        ] = all.map(|(_, value)| value)
        {
            return Ok(Some(AudienceAt {
                interactions: interactions.clone(),
                viewers: viewers.clone(),
                recommendations: recommendations.clone(),
                queue: queue.clone(),
            }));
        }
        let missing = all.iter().find(|(_, value)| value.is_none());
        match missing {
            Some((variable, _)) if all.iter().any(|(_, value)| value.is_some()) => {
                Err(SettingError {
                    variable,
                    found: String::new(),
                    expected: "all of INTERACTIONS_TABLE, VIEWERS_TABLE, RECOMMENDATIONS_TABLE and FEEDBACK_QUEUE_URL, or none",
                })
            }
            _ => Ok(None),
        }
    }

    /// What the function behind the queue works with.
    ///
    /// # Errors
    /// [`SettingError`] where something is not set.
    pub fn feedback(&self) -> Result<FeedbackAt, SettingError> {
        let needed = |variable, value: &Option<String>, expected| {
            value.clone().ok_or(SettingError {
                variable,
                found: String::new(),
                expected,
            })
        };
        let table = "the name of a table";
        Ok(FeedbackAt {
            interactions: needed("INTERACTIONS_TABLE", &self.interactions_table, table)?,
            viewers: needed("VIEWERS_TABLE", &self.viewers_table, table)?,
            recommendations: needed("RECOMMENDATIONS_TABLE", &self.recommendations_table, table)?,
            films: needed("FILMS_TABLE", &self.films_table, table)?,
            dead_letters: needed(
                "DEAD_LETTER_QUEUE_URL",
                &self.dead_letter_queue,
                "the URL of a queue",
            )?,
            bucket: needed("DATA_BUCKET", &self.data_bucket, "the name of a bucket")?,
            prefix: self.log_prefix.clone(),
        })
    }

    /// What the function that trains works with.
    ///
    /// # Errors
    /// [`SettingError`] where something is not set.
    pub fn train(&self) -> Result<TrainAt, SettingError> {
        let needed = |variable, expected| SettingError {
            variable,
            found: String::new(),
            expected,
        };
        if matches!(self.models, ModelsAt::Sample(_)) {
            return Err(needed("MODEL_BUCKET", "the name of a bucket"));
        }
        let bucket = self.data_bucket.clone();
        Ok(TrainAt {
            models: self.models.clone(),
            bucket: bucket.ok_or_else(|| needed("DATA_BUCKET", "the name of a bucket"))?,
            catalogues: self.catalogue_prefix.clone(),
            log: self.log_prefix.clone(),
            dense_films: self.dense_films,
            memory: self.memory,
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

    fn prefix(&self, variable: &'static str, usual: &'static str) -> Result<String, SettingError> {
        let Some(found) = self.text(variable)? else {
            return Ok(usual.to_owned());
        };
        normal_prefix(&found).ok_or(SettingError {
            variable,
            found,
            expected: "a path such as models/ or log/, of at most 256 bytes",
        })
    }

    fn table(&self, variable: &'static str) -> Result<Option<String>, SettingError> {
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

    fn queue(&self, variable: &'static str) -> Result<Option<String>, SettingError> {
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

    fn dense_films(&self) -> Result<usize, SettingError> {
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

    fn memory(&self) -> Result<Option<u64>, SettingError> {
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

    fn watched_fraction(&self) -> Result<f64, SettingError> {
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
    fn lossy(&self, variable: &str) -> Option<String> {
        (self.0)(variable).map(|text| text.to_string_lossy().into_owned())
    }

    /// The key itself is never told.
    fn viewer_key(&self) -> Result<Option<ViewerKey>, SettingError> {
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
mod tests;
