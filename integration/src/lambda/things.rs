//! Devices in a stand-in for AWS IoT, over plain HTTP.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use ureq::Agent;

/// The longest that one call may take.
const LONGEST: Duration = Duration::from_mins(1);

/// The devices of the one account and region of a [`super::Moto`].
#[derive(Clone, Debug)]
pub struct Things {
    endpoint: String,
    agent: Agent,
}

impl Things {
    /// Those at an endpoint.
    pub fn at(endpoint: &str) -> Self {
        let agent = Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .timeout_global(Some(LONGEST))
            .build()
            .into();
        Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            agent,
        }
    }

    /// Creates a thing, which moto wants before it has a shadow.
    ///
    /// # Panics
    /// When that is refused.
    pub fn create(&self, thing: &str) {
        let (status, answer) = self.post("iot", &format!("/things/{thing}"), b"{}");
        assert_eq!(status, 200, "{answer}");
    }

    /// Updates a thing's classic shadow: the status, and the accepted update or what is wrong with it.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn update_shadow(&self, thing: &str, update: &[u8]) -> (u16, Value) {
        self.post("iotdata", &format!("/things/{thing}/shadow"), update)
    }

    /// What was published so far, topic and payload, in order.
    ///
    /// # Panics
    /// When moto does not tell it: it was started without.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub fn published(&self) -> Vec<(String, Vec<u8>)> {
        let answer = self.agent.get(format!("{}/published", self.endpoint));
        let mut answer = answer.call().expect("an answer");
        let body = answer.body_mut().with_config().limit(u64::MAX);
        let messages: Vec<(String, String)> = body.read_json().expect("a list of messages");
        let decode = |payload| STANDARD.decode(payload).expect("base64");
        let messages = messages.into_iter();
        messages
            .map(|(topic, payload)| (topic, decode(payload)))
            .collect()
    }

    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    fn post(&self, service: &str, path: &str, body: &[u8]) -> (u16, Value) {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=made-up/20260101/us-east-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=made-up"
        );
        let mut answer = self
            .agent
            .post(format!("{}{path}", self.endpoint))
            .header("authorization", authorization)
            .header("content-type", "application/json")
            .send(body)
            .expect("an answer");
        let text = answer.body_mut().read_to_string().expect("text");
        let value = serde_json::from_str(&text).unwrap_or_else(|_| json!(text));
        (answer.status().as_u16(), value)
    }
}
