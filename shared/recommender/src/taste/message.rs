//! What travels through the queue, and what is left of it when it cannot be used.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{EARLIEST, FieldFault, FilmRating, Millis, Recorded, ServedPage, ViewerId};
use crate::ports::StoreError;
use crate::recommend::MAX_LIMIT;

/// The topic of devices that rate films, from before things had topics of their own.
pub const FILM_UPDATE: &str = "filmupdate";

/// The device behind [`FILM_UPDATE`].
pub const FILM_UPDATE_THING: &str = "MovieSelector";

/// The most interactions of one message.
pub const MAX_INTERACTIONS: usize = 100;

/// 2100-01-01T00:00:00Z. What is written by hand in seconds or microseconds is no time between
/// [`EARLIEST`] and this.
const LATEST: Millis = Millis(4_102_444_800_000);

/// The longest name of a model's version, in bytes.
const MAX_VERSION: usize = 128;

/// A message of the feedback queue.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Interactions that a front has accepted: at least one, at most [`MAX_INTERACTIONS`].
    Interactions(Vec<Recorded>),
    /// Everything of a viewer that was accepted until then is to go.
    Forget {
        /// Who.
        viewer: ViewerId,
        /// Until when.
        until: Millis,
    },
    /// A front has served recommendations: one film at least, at most [`MAX_LIMIT`].
    Served(ServedPage),
    /// A device rated a film.
    FilmRating(FilmRating),
}

/// [`Message`] of our own fronts, as it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ours {
    Interactions(Vec<Recorded>),
    Forget { viewer: ViewerId, until: Millis },
    Served(ServedPage),
}

/// A message that cannot be used, whoever tries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Unreadable {
    /// What was expected and what was found.
    pub detail: String,
}

impl Message {
    /// The body of a message of interactions.
    pub fn interactions(rows: &[Recorded]) -> String {
        json(&Ours::Interactions(rows.to_vec()))
    }

    /// The body of a message that forgets a viewer.
    pub fn forget(viewer: &ViewerId, until: Millis) -> String {
        json(&Ours::Forget {
            viewer: viewer.clone(),
            until,
        })
    }

    /// The body of a message of what was served.
    pub fn served(page: &ServedPage) -> String {
        json(&Ours::Served(page.clone()))
    }

    /// Reads a message: one of ours, or a device's payload with the `matinee_topic` and the
    /// `matinee_received` (milliseconds since 1970) that the topic rule adds.
    ///
    /// # Errors
    /// [`Unreadable`] when it is neither.
    pub fn read(body: &str) -> Result<Self, Unreadable> {
        let unreadable = |detail: String| Unreadable { detail };
        let value: Value = serde_json::from_str(body)
            .map_err(|error| unreadable(format!("expected JSON: {error}")))?;
        if let Value::Object(payload) = &value
            && let Some(topic) = payload.get("matinee_topic")
        {
            let topic = topic.as_str().unwrap_or_default();
            return from_device(topic, payload).map(Self::FilmRating);
        }
        let ours = serde_json::from_value(value).map_err(|error| {
            unreadable(format!(
                "expected interactions, a viewer to forget, or what was served: {error}"
            ))
        })?;
        match ours {
            Ours::Interactions(rows) if (1..=MAX_INTERACTIONS).contains(&rows.len()) => {
                Ok(Self::Interactions(rows))
            }
            Ours::Interactions(rows) => Err(unreadable(format!(
                "expected 1 to {MAX_INTERACTIONS} interactions, found {}",
                rows.len()
            ))),
            Ours::Forget { viewer, until } if (EARLIEST..LATEST).contains(&until) => {
                Ok(Self::Forget { viewer, until })
            }
            Ours::Served(page) => served(page).map(Self::Served),
            Ours::Forget { until, .. } => Err(unreadable(format!(
                "expected until in milliseconds since 1970, from 1990 to 2100, found {}",
                until.0
            ))),
        }
    }
}

/// A page that a front may have served.
fn served(page: ServedPage) -> Result<ServedPage, Unreadable> {
    let detail = if !(EARLIEST..LATEST).contains(&page.at) {
        let at = page.at.0;
        format!("expected at in milliseconds since 1970, from 1990 to 2100, found {at}")
    } else if !(1..=MAX_LIMIT).contains(&page.movies.len()) {
        let films = page.movies.len();
        format!("expected 1 to {MAX_LIMIT} movies, found {films}")
    } else if !(1..=MAX_VERSION).contains(&page.model_version.len()) {
        let bytes = page.model_version.len();
        format!("expected a model_version of 1 to {MAX_VERSION} bytes, found {bytes}")
    } else {
        return Ok(page);
    };
    Err(Unreadable { detail })
}

fn from_device(topic: &str, payload: &Map<String, Value>) -> Result<FilmRating, Unreadable> {
    let unreadable = |detail: String| Unreadable { detail };
    let named = |thing: &str| !thing.is_empty() && !thing.contains(char::is_control);
    let thing = match topic.split('/').collect::<Vec<_>>()[..] {
        [FILM_UPDATE] => FILM_UPDATE_THING,
        ["matinee", thing, "feedback"] if named(thing) => thing,
        _ => {
            return Err(unreadable(format!(
                "expected the topic {FILM_UPDATE} or matinee/+/feedback, found {topic:?}"
            )));
        }
    };
    let received = payload.get("matinee_received").and_then(Value::as_i64);
    let Some(received) = received else {
        return Err(unreadable(
            "expected matinee_received in milliseconds since 1970".to_owned(),
        ));
    };
    FilmRating::read(payload, thing, Millis(received)).map_err(|faults: Vec<FieldFault>| {
        let said = faults.iter().map(|f| format!("{} {}", f.field, f.detail));
        unreadable(said.collect::<Vec<_>>().join("; "))
    })
}

/// Why a message, or one interaction of it, went to the dead letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadReason {
    /// It is no message that is known here.
    Unreadable,
    /// Its id is taken by something else of the same viewer; the first one stands.
    IdConflict,
    /// The table refuses it for what it holds.
    Refused,
    /// It was delivered again and again, and what it asks for was never done.
    TooOften,
    /// It stands in a table and is no row of it: it is not in the log.
    NoRow,
}

/// A dead letter: what could not be kept, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadLetter {
    /// Why, by a name that stays the same.
    pub reason: DeadReason,
    /// Why, in words.
    pub detail: String,
    /// The message, or the part of it that is meant: JSON where it is some, else a string.
    pub message: Value,
}

impl DeadLetter {
    /// A message that is none.
    pub fn unreadable(body: &str, why: &Unreadable) -> Self {
        Self {
            reason: DeadReason::Unreadable,
            detail: why.detail.clone(),
            message: serde_json::from_str(body).unwrap_or_else(|_| body.into()),
        }
    }

    /// Something whose id is taken.
    pub fn id_conflict(what: &impl Serialize) -> Self {
        Self {
            reason: DeadReason::IdConflict,
            detail: "another one with this id and other content was there before".to_owned(),
            message: serde_json::to_value(what).unwrap_or_default(),
        }
    }

    /// Something that the table refuses for what it holds.
    pub fn refused(what: &impl Serialize, why: &StoreError) -> Self {
        Self {
            reason: DeadReason::Refused,
            detail: why.source.to_string(),
            message: serde_json::to_value(what).unwrap_or_default(),
        }
    }

    /// A message that is not delivered any more.
    pub fn too_often(body: &str, deliveries: u32) -> Self {
        Self {
            reason: DeadReason::TooOften,
            detail: format!("delivered {deliveries} times and never done"),
            message: serde_json::from_str(body).unwrap_or_else(|_| body.into()),
        }
    }

    /// An item of a table that is none of its rows, and why not.
    pub fn no_row(item: &impl Serialize, detail: String) -> Self {
        Self {
            reason: DeadReason::NoRow,
            detail,
            message: serde_json::to_value(item).unwrap_or_default(),
        }
    }

    /// As it is sent.
    pub fn body(&self) -> String {
        json(self)
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| unreachable!("strings and finite numbers"))
}
