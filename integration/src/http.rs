use std::time::Duration;

use ureq::Agent;
use ureq::http::{Request, Response};

/// The longest that one call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The answer to an HTTP call, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The media type with its parameters; empty when there is none.
    pub content_type: String,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        match serde_json::from_str(&self.body) {
            Ok(json) => json,
            Err(error) => panic!("the body is no JSON: {error}\n{self:?}"),
        }
    }
}

/// Calls as any client makes them: no proxy, and a refusal is an answer like another.
pub(crate) fn agent() -> Agent {
    Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .timeout_global(Some(TIMEOUT))
        .build()
        .into()
}

pub(crate) fn get(agent: &Agent, url: &str) -> Result<Answer, ureq::Error> {
    read(agent.get(url).call()?)
}

pub(crate) fn post(agent: &Agent, url: &str, body: &[u8]) -> Result<Answer, ureq::Error> {
    let request = agent.post(url).content_type("application/json");
    read(request.send(body)?)
}

/// A request with any method; a body only where it is not empty.
pub(crate) fn call(
    agent: &Agent,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, ureq::Error> {
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    read(if body.is_empty() {
        agent.run(request.body(())?)?
    } else {
        agent.run(request.body(body)?)?
    })
}

fn read(mut response: Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let content_type = response
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    Ok(Answer {
        status: response.status().as_u16(),
        content_type,
        body: response.body_mut().read_to_string()?,
    })
}
