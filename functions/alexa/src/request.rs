//! What Alexa sends. Every field may be missing, `null` or of another type: then it holds its
//! default. Fields that nothing here needs are not kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::lenient;

/// A request with its envelope.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Request {
    /// The session; out of one, its defaults.
    #[serde(skip_serializing_if = "is_default")]
    pub session: Session,
    /// The device's and the skill's circumstances.
    #[serde(skip_serializing_if = "is_default")]
    pub context: Context,
    /// The request itself.
    pub request: Body,
}

/// A run of requests and answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Session {
    /// Whether this request opened it.
    #[serde(deserialize_with = "lenient::value")]
    pub new: bool,
    /// Names the session, the same for all of its requests.
    #[serde(
        skip_serializing_if = "String::is_empty",
        deserialize_with = "lenient::value"
    )]
    pub session_id: String,
    /// The skill.
    #[serde(deserialize_with = "lenient::value")]
    pub application: Application,
    /// What the last answer gave to remember.
    #[serde(deserialize_with = "lenient::value")]
    pub attributes: Map<String, Value>,
    /// The account.
    #[serde(
        skip_serializing_if = "is_default",
        deserialize_with = "lenient::value"
    )]
    pub user: User,
}

/// The circumstances of a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    /// The part that every request has.
    #[serde(rename = "System", deserialize_with = "lenient::value")]
    pub system: System,
}

/// The part of the circumstances that every request has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct System {
    /// The skill.
    #[serde(deserialize_with = "lenient::value")]
    pub application: Application,
    /// The account.
    #[serde(
        skip_serializing_if = "is_default",
        deserialize_with = "lenient::value"
    )]
    pub user: User,
    /// The person of the account whose voice was recognised.
    #[serde(
        skip_serializing_if = "is_default",
        deserialize_with = "lenient::value"
    )]
    pub person: Person,
}

/// The account that a device belongs to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct User {
    /// The account's id for this skill.
    #[serde(
        skip_serializing_if = "String::is_empty",
        deserialize_with = "lenient::value"
    )]
    pub user_id: String,
}

/// Somebody whose voice Alexa knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Person {
    /// The person's id for this skill.
    #[serde(
        skip_serializing_if = "String::is_empty",
        deserialize_with = "lenient::value"
    )]
    pub person_id: String,
}

/// A skill.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Application {
    /// The skill's id.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::value"
    )]
    pub application_id: Option<String>,
}

/// The request itself: the fields of all types of requests together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Body {
    /// `LaunchRequest`, `IntentRequest` and their like.
    #[serde(rename = "type", deserialize_with = "lenient::value")]
    pub kind: String,
    /// Names the request; when Alexa sends it again, it has the same.
    #[serde(
        rename = "requestId",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::value"
    )]
    pub request_id: Option<String>,
    /// When it was made, in ISO 8601.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::value"
    )]
    pub timestamp: Option<String>,
    /// The language and country spoken, such as `en-US`.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::value"
    )]
    pub locale: Option<String>,
    /// The intent, of an intent request.
    #[serde(
        skip_serializing_if = "is_default",
        deserialize_with = "lenient::value"
    )]
    pub intent: Intent,
    /// What went wrong, of a request that reports it.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::value"
    )]
    pub error: Option<ReportedError>,
    /// What a touched part of a screen sends.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "lenient::list"
    )]
    pub arguments: Vec<String>,
}

/// What somebody wants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Intent {
    /// The intent's name in the interaction model.
    #[serde(deserialize_with = "lenient::value")]
    pub name: String,
    /// The slots by name.
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "lenient::map"
    )]
    pub slots: BTreeMap<String, Slot>,
}

/// A variable part of an utterance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Slot {
    /// The words heard.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::value"
    )]
    pub value: Option<String>,
    /// What the words may mean.
    #[serde(
        skip_serializing_if = "is_default",
        deserialize_with = "lenient::value"
    )]
    pub resolutions: Resolutions,
}

/// What each list of values made of a slot's words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Resolutions {
    /// The lists.
    #[serde(deserialize_with = "lenient::list")]
    pub resolutions_per_authority: Vec<Authority>,
}

/// What one list of values made of a slot's words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Authority {
    /// Names the list.
    #[serde(deserialize_with = "lenient::value")]
    pub authority: String,
    /// How it went.
    #[serde(deserialize_with = "lenient::value")]
    pub status: Status,
    /// The values, the likeliest first.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "lenient::list"
    )]
    pub values: Vec<Resolved>,
}

/// How a resolution went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// `ER_SUCCESS_MATCH` when there are values.
    #[serde(deserialize_with = "lenient::value")]
    pub code: String,
}

/// A value in its wrapping.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Resolved {
    /// The value.
    #[serde(deserialize_with = "lenient::value")]
    pub value: Named,
}

/// A value of a slot type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Named {
    /// What people see.
    #[serde(deserialize_with = "lenient::value")]
    pub name: String,
    /// The id in the interaction model or in the dynamic entities; empty when it has none.
    #[serde(
        skip_serializing_if = "String::is_empty",
        deserialize_with = "lenient::value"
    )]
    pub id: String,
}

/// An error that Alexa reports.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReportedError {
    /// `INVALID_RESPONSE` and its like.
    #[serde(rename = "type", deserialize_with = "lenient::value")]
    pub kind: String,
    /// In words.
    #[serde(deserialize_with = "lenient::value")]
    pub message: String,
}

impl<'de> Deserialize<'de> for Request {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut envelope = Map::deserialize(deserializer)?;
        Ok(Self {
            session: lenient::take(&mut envelope, "session"),
            context: lenient::take(&mut envelope, "context"),
            request: lenient::take(&mut envelope, "request"),
        })
    }
}

impl Request {
    /// The skill ids that the request names: its session's and its context's.
    pub fn skill_ids(&self) -> impl Iterator<Item = &str> {
        [&self.session.application, &self.context.system.application]
            .into_iter()
            .filter_map(|application| application.application_id.as_deref())
    }

    /// Whoever speaks: the person whose voice was recognised, else the account.
    pub fn speaker(&self) -> Option<&str> {
        let system = &self.context.system;
        let ids = [
            &system.person.person_id,
            &system.user.user_id,
            &self.session.user.user_id,
        ];
        ids.into_iter()
            .find(|id| !id.is_empty())
            .map(String::as_str)
    }
}

impl Intent {
    /// The slot of this name, empty when the request has none.
    pub(crate) fn slot(&self, name: &str) -> &Slot {
        static EMPTY: Slot = Slot {
            value: None,
            resolutions: Resolutions {
                resolutions_per_authority: Vec::new(),
            },
        };
        self.slots.get(name).unwrap_or(&EMPTY)
    }
}

impl Slot {
    /// The words heard, without space around them.
    pub fn spoken(&self) -> &str {
        self.value.as_deref().unwrap_or_default().trim()
    }

    /// The values the words were resolved to: those of dynamic entities first, because they are
    /// about this conversation, each list in its own order.
    pub fn resolved(&self) -> impl Iterator<Item = &Named> {
        let of = |dynamic: bool| {
            self.resolutions
                .resolutions_per_authority
                .iter()
                .filter(move |list| list.matched() && list.dynamic() == dynamic)
        };
        of(true)
            .chain(of(false))
            .flat_map(|list| list.values.iter().map(|resolved| &resolved.value))
    }
}

impl Authority {
    fn matched(&self) -> bool {
        self.status.code == "ER_SUCCESS_MATCH"
    }

    fn dynamic(&self) -> bool {
        self.authority
            .starts_with("amzn1.er-authority.echo-sdk.dynamic")
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
