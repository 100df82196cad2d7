//! What a request says, and why it is rejected.

use serde_json::{Map, Value};

use super::document::Patch;
use super::json::{depth, has_null_in_array};

/// How deep a section may be nested, itself included: the quota of AWS IoT. The error message that it
/// documents names an older one.
pub const MAX_DEPTH: usize = 8;

/// The longest client token, in bytes.
pub const MAX_TOKEN: usize = 64;

/// Why a request is rejected: what AWS documents, word for word.
///
/// <https://docs.aws.amazon.com/iot/latest/developerguide/device-shadow-error-messages.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The payload is none.
    #[error("Invalid JSON")]
    InvalidJson,
    /// There is nothing to bring into the shadow.
    #[error("Missing required node: state")]
    MissingState,
    /// The state is something else.
    #[error("State node must be an object")]
    StateNoObject,
    /// What is desired is something else.
    #[error("Desired node must be an object")]
    DesiredNoObject,
    /// What is reported is something else.
    #[error("Reported node must be an object")]
    ReportedNoObject,
    /// The version is no whole number from 0 on.
    #[error("Invalid version")]
    InvalidVersion,
    /// The token is no text, or longer than [`MAX_TOKEN`].
    #[error("Invalid clientToken")]
    InvalidToken,
    /// A section is nested deeper than [`MAX_DEPTH`].
    #[error("JSON contains too many levels of nesting; maximum is {MAX_DEPTH}")]
    TooDeep,
    /// The state has something beside its two sections, or an array has `null` in it.
    #[error("State contains an invalid node")]
    InvalidNode,
    /// Things cannot be called so. AWS says this over HTTP.
    #[error("Invalid thing name")]
    InvalidThing,
    /// Only the classic shadow exists here.
    #[error("Named shadows are not supported")]
    Named,
    /// There is no such shadow.
    #[error("No shadow exists with name: '{{thing}}'")]
    NoShadow,
    /// The shadow has another version than the request expects.
    #[error("Version conflict")]
    VersionConflict,
    /// The state would be larger than 8 KB.
    #[error("The payload exceeds the maximum size allowed")]
    TooLarge,
    /// The payload is no UTF-8.
    #[error("Unsupported documented encoding; supported encoding is UTF-8")]
    NoUtf8,
    /// More requests of the connection are under way than may be.
    #[error("Too many requests")]
    TooMany,
    /// The shadow could not be written or read.
    #[error("Internal service failure")]
    Internal,
}

impl Rejection {
    /// The code, as HTTP has it.
    pub fn code(self) -> u16 {
        match self {
            Self::NoShadow => 404,
            Self::VersionConflict => 409,
            Self::TooLarge => 413,
            Self::NoUtf8 => 415,
            Self::TooMany => 429,
            Self::Internal => 500,
            _ => 400,
        }
    }

    /// What it says about a thing.
    pub(super) fn message(self, thing: &str) -> String {
        self.to_string().replace("{thing}", thing)
    }
}

/// An update, as far as it can be understood without the shadow.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Update {
    pub(super) desired: Patch,
    pub(super) reported: Patch,
    /// The state as it was sent.
    pub(super) state: Map<String, Value>,
    /// What the shadow's version has to be.
    pub(super) version: Option<u64>,
}

/// Reads an update and the client's token, which a rejection repeats, too.
pub(super) fn update(payload: &[u8]) -> (Option<String>, Result<Update, Rejection>) {
    let root = match object(payload) {
        Ok(root) => root,
        Err(rejection) => return (None, Err(rejection)),
    };
    match token(&root) {
        Ok(token) => (token, read(root)),
        Err(rejection) => (None, Err(rejection)),
    }
}

/// The client's token of a request whose payload says nothing else, and may be empty.
pub(super) fn only_token(payload: &[u8]) -> Result<Option<String>, Rejection> {
    if payload.is_empty() {
        return Ok(None);
    }
    token(&object(payload)?)
}

fn object(payload: &[u8]) -> Result<Map<String, Value>, Rejection> {
    let text = std::str::from_utf8(payload).map_err(|_| Rejection::NoUtf8)?;
    match serde_json::from_str(text) {
        Ok(Value::Object(root)) => Ok(root),
        _ => Err(Rejection::InvalidJson),
    }
}

fn token(root: &Map<String, Value>) -> Result<Option<String>, Rejection> {
    match root.get("clientToken") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(token)) if token.len() <= MAX_TOKEN => Ok(Some(token.clone())),
        Some(_) => Err(Rejection::InvalidToken),
    }
}

fn read(mut root: Map<String, Value>) -> Result<Update, Rejection> {
    let version = match root.get("version") {
        None | Some(Value::Null) => None,
        Some(version) => Some(version.as_u64().ok_or(Rejection::InvalidVersion)?),
    };
    let state = match root.remove("state") {
        None | Some(Value::Null) => return Err(Rejection::MissingState),
        Some(Value::Object(state)) => state,
        Some(_) => return Err(Rejection::StateNoObject),
    };
    if state
        .keys()
        .any(|key| key != "desired" && key != "reported")
    {
        return Err(Rejection::InvalidNode);
    }
    let desired = section(state.get("desired"), Rejection::DesiredNoObject)?;
    let reported = section(state.get("reported"), Rejection::ReportedNoObject)?;
    Ok(Update {
        desired,
        reported,
        state,
        version,
    })
}

fn section(value: Option<&Value>, no_object: Rejection) -> Result<Patch, Rejection> {
    match value {
        None => Ok(Patch::Keep),
        Some(Value::Null) => Ok(Patch::Clear),
        Some(value) if depth(value) > MAX_DEPTH => Err(Rejection::TooDeep),
        Some(value) if has_null_in_array(value) => Err(Rejection::InvalidNode),
        Some(Value::Object(object)) => Ok(Patch::Merge(object.clone())),
        Some(_) => Err(no_object),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rejection(payload: &str) -> (u16, String) {
        let rejection = update(payload.as_bytes()).1.unwrap_err();
        (rejection.code(), rejection.message("tv"))
    }

    #[test]
    fn what_is_wrong_is_said_as_aws_documents_it() {
        let nested = |levels: usize| {
            let (open, close) = (r#"{"a":"#.repeat(levels), "}".repeat(levels));
            format!(r#"{{"state":{{"desired":{open}1{close}}}}}"#)
        };
        assert!(update(nested(8).as_bytes()).1.is_ok());
        let deep = nested(9);
        let token = format!(r#"{{"state":{{}},"clientToken":"{}"}}"#, "x".repeat(65));
        for (payload, expected) in [
            ("", "Invalid JSON"),
            ("{", "Invalid JSON"),
            ("[]", "Invalid JSON"),
            (r#"{"title":"Heat"}"#, "Missing required node: state"),
            (r#"{"state":null}"#, "Missing required node: state"),
            (r#"{"state":7}"#, "State node must be an object"),
            (
                r#"{"state":{"desired":[]}}"#,
                "Desired node must be an object",
            ),
            (
                r#"{"state":{"reported":"x"}}"#,
                "Reported node must be an object",
            ),
            (r#"{"state":{},"version":-1}"#, "Invalid version"),
            (r#"{"state":{},"version":1.5}"#, "Invalid version"),
            (r#"{"state":{},"version":"1"}"#, "Invalid version"),
            (r#"{"state":{},"clientToken":7}"#, "Invalid clientToken"),
            (&token, "Invalid clientToken"),
            (
                &deep,
                "JSON contains too many levels of nesting; maximum is 8",
            ),
            (
                r#"{"state":{"wanted":{}}}"#,
                "State contains an invalid node",
            ),
            (
                r#"{"state":{"desired":{"a":[1,null]}}}"#,
                "State contains an invalid node",
            ),
        ] {
            assert_eq!(rejection(payload), (400, expected.to_owned()), "{payload}");
        }
        let latin = update(b"{\"state\":{\"desired\":{\"a\":\"\xe4\"}}}").1;
        assert_eq!(latin.unwrap_err().code(), 415);
        let text = Rejection::NoShadow.message("tv");
        assert_eq!(text, "No shadow exists with name: 'tv'");
        let codes = [
            Rejection::NoShadow,
            Rejection::VersionConflict,
            Rejection::TooLarge,
            Rejection::TooMany,
            Rejection::Internal,
        ];
        assert_eq!(codes.map(Rejection::code), [404, 409, 413, 429, 500]);
    }

    #[test]
    fn a_nesting_of_a_hundred_thousand_is_rejected() {
        let deep = format!(r#"{{"state":{{"desired":{}"#, r#"{"a":"#.repeat(100_000));
        assert_eq!(rejection(&deep).0, 400);
    }

    #[test]
    fn unknown_nodes_beside_the_state_are_ignored() {
        let payload = json!({
            "state": {"desired": {"a": 1}, "reported": null}, "clientToken": "t", "version": 3,
            "title": "Heat", "predictedLabel": "8",
        });
        let (token, update) = update(payload.to_string().as_bytes());
        let update = update.unwrap();
        assert_eq!(token.as_deref(), Some("t"));
        assert_eq!(update.version, Some(3));
        let patch = json!({"a": 1}).as_object().cloned().unwrap();
        assert_eq!(
            (update.desired, update.reported),
            (Patch::Merge(patch), Patch::Clear)
        );
    }

    #[test]
    fn a_rejection_repeats_the_token_that_was_understood() {
        let (token, update) = update(br#"{"clientToken":"t","state":[]}"#);
        assert_eq!(token.as_deref(), Some("t"));
        assert_eq!(update, Err(Rejection::StateNoObject));
    }

    #[test]
    fn requests_that_say_nothing_may_be_empty_or_have_a_token() {
        assert_eq!(only_token(b""), Ok(None));
        assert_eq!(only_token(b"{}"), Ok(None));
        let token = only_token(br#"{"clientToken":"t"}"#).unwrap();
        assert_eq!(token.as_deref(), Some("t"));
        assert_eq!(only_token(b"x"), Err(Rejection::InvalidJson));
    }
}
