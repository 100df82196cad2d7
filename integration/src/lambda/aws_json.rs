//! Calls of AWS's services that speak JSON, over plain HTTP, to whatever answers like them.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

/// The longest that one call may take.
const LONGEST: Duration = Duration::from_mins(1);

/// A client of one endpoint. Signatures are made up: the stand-ins of the tests check none.
#[derive(Clone, Debug)]
pub struct AwsJson {
    endpoint: String,
    agent: Agent,
}

impl AwsJson {
    /// A client of the AWS at `endpoint`.
    pub fn new(endpoint: &str) -> Self {
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

    /// Calls an operation, such as `DynamoDB_20120810.Scan`. Gives the status and the answer.
    ///
    /// # Errors
    /// When no whole answer comes.
    pub fn call(&self, operation: &str, input: &Value) -> Result<(u16, Value), ureq::Error> {
        let service = if operation.starts_with("AmazonSQS") {
            "sqs"
        } else {
            "dynamodb"
        };
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=made-up/20260101/us-east-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=made-up"
        );
        let mut response = self
            .agent
            .post(format!("{}/", self.endpoint))
            .header("x-amz-target", operation)
            .header("content-type", "application/x-amz-json-1.0")
            .header("authorization", authorization)
            .send(input.to_string())?;
        let status = response.status().as_u16();
        let text = response.body_mut().read_to_string()?;
        let answer = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok((status, answer))
    }

    /// The answer of a call that must succeed.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn done(&self, operation: &str, input: &Value) -> Value {
        match self.call(operation, input) {
            Ok((200, answer)) => answer,
            other => panic!("{operation} fails: {other:?}"),
        }
    }
}
