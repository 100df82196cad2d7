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
//! | `DATA_BUCKET` | | the bucket that it writes the log to, that items put by clients of Amazon Personalize are kept in, and that training reads |
//! | `LOG_PREFIX` | `log/` | what the log's keys begin with in that bucket |
//! | `ITEMS_PREFIX` | `items/` | what the keys of items that were put begin with in that bucket |
//! | `CATALOGUE_PREFIX` | `catalogue/` | what the keys of catalogues begin with in that bucket |
//! | `DENSE_FILMS` | `20000` | the most films whose weights are solved densely, 1 or more |
//! | `AWS_LAMBDA_FUNCTION_MEMORY_SIZE` | | Lambda's own, in MiB: what training plans with |
//! | `THING_NAME` | `MovieSelector` | the device behind the topic `filmrequest`, as AWS IoT names it |
//! | `LEGACY_SHADOW_KEYS` | `false` | `true`: predictions in shadow updates have the keys beside `state`, too, that devices of old read |
//! | `PERSONALIZE_API_KEY_ID` | | the access key id that clients of Amazon Personalize sign with, where they may ask us instead; without it they may not |
//! | `PERSONALIZE_API_SECRET` | | the secret access key to it, at least 16 characters |
//! | `RECOMMENDER` | `matinee` | who makes lists for viewers and films like one: `matinee`, our own model, or `personalize`, Amazon Personalize, with our own model behind it |
//! | `PERSONALIZE_CAMPAIGN_ARN` | | the campaign that recommends to a user; with none our own model does |
//! | `PERSONALIZE_SIMILAR_ARN` | | the campaign that finds items like one; with none our own model does |
//! | `PERSONALIZE_RANKING_ARN` | | the campaign that ranks for a user what our own model recommends, where no other campaign recommends, or where filters narrow a list and there is none of Personalize's to tell them to |
//! | `PERSONALIZE_FILTER_ARN` | | the filter that genres and years are mapped to; with none they are looked at here alone |
//! | `PERSONALIZE_SHARE` | `1` | the share of viewers whose lists Personalize makes, from 0 to 1; always or never the same for a viewer |
//! | `PERSONALIZE_TIMEOUT_MS` | `500` | how long Personalize may take for a page, 50 to 5000 milliseconds, with a second call and all that is tried again; then our own model answers |
//! | `ALEXA_SKILL_ID` | | the only skill whose requests are answered; all where it is not set |
//! | `VIEWER_ID_KEY` | | the secret that turns voice users into viewers, at least 16 bytes; without it voice remembers nobody |
//! | `RUST_LOG` | `info` | what is logged: a level for this system, and `target=level` pairs for libraries, whose finer lines may hold what people send |
//! | `AWS_LAMBDA_LOG_LEVEL` | | Lambda's own setting, where `RUST_LOG` is not set |
//!
//! With neither bucket nor directory the models below `/opt/matinee/models` serve: the sample that
//! is deployed as a layer. An empty value is as good as none. Region, credentials, endpoints
//! (`AWS_ENDPOINT_URL`) and `AWS_CA_BUNDLE` are read as everywhere in AWS.

mod variables;

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use matinee::backend::BackendSettings;
use matinee::personalize::AccessKey;
use matinee::rating::DeviceSettings;
use matinee::recommend::{InvalidSetting, Personal};
use matinee::taste::ViewerKey;

use self::variables::Variables;

/// The longest prefix, in bytes; keys follow it.
const MAX_PREFIX: usize = 256;

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
    /// The bucket of the log, of catalogues, and of items that were put.
    pub data_bucket: Option<String>,
    /// What the log's keys begin with: empty, or ending in a slash.
    pub log_prefix: String,
    /// What the keys of items that were put begin with: empty, or ending in a slash.
    pub items_prefix: String,
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
    /// Which lists Amazon Personalize makes, if any.
    pub backend: Option<BackendSettings>,
    /// What is chosen about devices.
    pub devices: DeviceSettings,
    /// The only skill whose requests are answered.
    pub alexa_skill_id: Option<String>,
    /// The secret that turns voice users into viewers.
    pub viewer_key: Option<ViewerKey>,
    /// With what clients of Amazon Personalize sign.
    pub personalize_api: PersonalizeApiSettings,
    /// What is logged, as `tracing` reads it; the usual where it is `None`.
    pub log: Option<String>,
}

/// What the environment says about clients of Amazon Personalize that ask us instead, as it stands there.
#[derive(Clone, Default)]
pub struct PersonalizeApiSettings {
    key_id: Option<String>,
    secret: Option<String>,
}

impl fmt::Debug for PersonalizeApiSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonalizeApiSettings")
            .field("key_id", &self.key_id)
            .field("secret", &self.secret.as_ref().map(|_| NOT_SHOWN))
            .finish()
    }
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
    /// The bucket of catalogues, log, and items that were put.
    pub bucket: String,
    /// What the catalogues' keys begin with: empty, or ending in a slash.
    pub catalogues: String,
    /// What the log's keys begin with: empty, or ending in a slash.
    pub log: String,
    /// What the keys of items that were put begin with: empty, or ending in a slash.
    pub items: String,
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
            items_prefix: variables.prefix("ITEMS_PREFIX", "items/")?,
            catalogue_prefix: variables.prefix("CATALOGUE_PREFIX", "catalogue/")?,
            dense_films: variables.dense_films()?,
            memory: variables.memory()?,
            watched_fraction: variables.watched_fraction()?,
            personal: Personal::read(|name| variables.lossy(name))?,
            backend: BackendSettings::read(|name| variables.lossy(name))?,
            devices: DeviceSettings::read(|name| variables.lossy(name))?,
            alexa_skill_id: variables.text("ALEXA_SKILL_ID")?,
            viewer_key: variables.viewer_key()?,
            personalize_api: PersonalizeApiSettings {
                key_id: variables.text("PERSONALIZE_API_KEY_ID")?,
                secret: variables
                    .lossy("PERSONALIZE_API_SECRET")
                    .filter(|secret| !secret.is_empty()),
            },
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

    /// The key that clients of Amazon Personalize sign with, `None` where they may not ask us.
    ///
    /// # Errors
    /// [`SettingError`] where only a part of it is set, or what is no key.
    pub fn personalize_key(&self) -> Result<Option<AccessKey>, SettingError> {
        let PersonalizeApiSettings { key_id, secret } = &self.personalize_api;
        let wrong = |variable, found: &str, expected| SettingError {
            variable,
            found: found.to_owned(),
            expected,
        };
        match (key_id, secret) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(wrong(
                "PERSONALIZE_API_SECRET",
                "",
                "a secret, since PERSONALIZE_API_KEY_ID is set",
            )),
            (None, Some(_)) => Err(wrong(
                "PERSONALIZE_API_KEY_ID",
                "",
                "an access key id, since PERSONALIZE_API_SECRET is set",
            )),
            (Some(_), Some(secret)) if secret.len() < AccessKey::MIN_SECRET => Err(wrong(
                "PERSONALIZE_API_SECRET",
                NOT_SHOWN,
                "at least 16 characters",
            )),
            (Some(id), Some(secret)) => AccessKey::new(id, secret).map(Some).ok_or_else(|| {
                wrong(
                    "PERSONALIZE_API_KEY_ID",
                    id,
                    "1 to 128 letters, digits and underscores",
                )
            }),
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
            items: self.items_prefix.clone(),
            dense_films: self.dense_films,
            memory: self.memory,
        })
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
