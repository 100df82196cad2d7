//! Calls of the services of AWS that take JSON, over plain HTTP. Signatures are made up: the
//! stand-ins check none, but read the service and the region of them.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

/// The longest that one call may take.
const LONGEST: Duration = Duration::from_mins(1);

/// A service of this name, such as `dynamodb`, at an endpoint.
#[derive(Clone, Debug)]
pub(super) struct AwsJson {
    endpoint: String,
    service: &'static str,
    agent: Agent,
}

impl AwsJson {
    pub(super) fn at(endpoint: &str, service: &'static str) -> Self {
        let agent = Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .timeout_global(Some(LONGEST))
            .build()
            .into();
        Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            service,
            agent,
        }
    }

    /// The answer to a call that must succeed; `target` is an `X-Amz-Target`.
    #[track_caller]
    pub(super) fn done(&self, target: &str, body: &Value) -> Value {
        match self.call(target, body) {
            Ok((200, answer)) => answer,
            other => panic!("{target} {body}: {other:?}"),
        }
    }

    fn call(&self, target: &str, body: &Value) -> Result<(u16, Value), ureq::Error> {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=made-up/20260101/us-east-1/{}/aws4_request, \
             SignedHeaders=host, Signature=made-up",
            self.service
        );
        let mut response = self
            .agent
            .post(format!("{}/", self.endpoint))
            .header("authorization", authorization)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", target)
            .send(body.to_string())?;
        let text = response
            .body_mut()
            .with_config()
            .limit(u64::MAX)
            .read_to_string()?;
        let answer = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok((response.status().as_u16(), answer))
    }
}
