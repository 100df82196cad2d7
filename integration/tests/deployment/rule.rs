//! What a topic rule makes of a message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// `SELECT *, call AS name, … FROM 'filter'`, or without the `*`.
pub(crate) struct Rule {
    pub(crate) filter: String,
    /// Whether the payload's own fields are selected, which takes a JSON object.
    whole: bool,
    added: Vec<(String, String)>,
}

impl Rule {
    /// Reads a rule's `TopicRulePayload`.
    pub(crate) fn read(name: &str, rule: &Value) -> Self {
        assert_eq!(rule["AwsIotSqlVersion"], "2016-03-23", "{name}");
        let sql = rule["Sql"].as_str().unwrap();
        let (selected, from) = sql.split_once(" FROM ").unwrap();
        let filter = from.strip_prefix('\'');
        let filter = filter.and_then(|from| from.strip_suffix('\''));
        let selected = selected.strip_prefix("SELECT ").unwrap();
        let (whole, added) = match selected.strip_prefix("*, ") {
            Some(added) => (true, added),
            None => (false, selected),
        };
        // A name behind each call, and a comma inside a call is none between two.
        let mut calls = Vec::new();
        let mut rest = added;
        while let Some((call, behind)) = rest.split_once(" AS ") {
            let (name, further) = behind.split_once(", ").unwrap_or((behind, ""));
            calls.push((call.to_owned(), name.to_owned()));
            rest = further;
        }
        assert!(rest.is_empty() && !calls.is_empty(), "{sql}");
        Self {
            filter: filter.unwrap().to_owned(),
            whole,
            added: calls,
        }
    }

    /// What is passed on of a message.
    pub(crate) fn apply(&self, payload: &[u8], topic: &str) -> Value {
        let mut made = if self.whole {
            serde_json::from_slice(payload).unwrap()
        } else {
            json!({})
        };
        for (call, name) in &self.added {
            made[name] = match call.as_str() {
                "topic()" => topic.into(),
                "timestamp()" => 1_772_401_260_120_i64.into(),
                "encode(*, 'base64')" => STANDARD.encode(payload).into(),
                other => panic!("unknown here: {other}"),
            };
        }
        made
    }
}
