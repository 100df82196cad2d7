//! Calling a function, wherever it runs.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::event::{HttpAnswer, http_event};

/// What came of one call.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// 200 whatever the function returned; 502 when its process ended instead.
    pub status: u16,
    /// What the function returned, or the error that it or the runtime reported; null when its
    /// process ended before it was ready.
    pub body: Value,
    /// Whether that is an error.
    pub function_error: bool,
    /// From handing the event over to having read the whole answer. Of the first call this holds
    /// the cold start.
    pub took: Duration,
    /// When the whole answer had been read.
    pub finished: Instant,
}

impl Invocation {
    /// What the function returned.
    ///
    /// # Panics
    /// When that is an error.
    #[track_caller]
    pub fn returned(self) -> Value {
        assert!(!self.function_error, "the function failed: {self:?}");
        self.body
    }
}

/// A running function that can be called.
pub trait Invoke {
    /// Hands an event over and waits for what the function returns; one call at a time, others
    /// wait.
    ///
    /// # Panics
    /// When there is no answer at all.
    fn invoke(&self, event: &Value) -> Invocation;

    /// Calls it as API Gateway does for a request: see [`http_event`].
    ///
    /// # Panics
    /// When there is no answer at all.
    fn invoke_http(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> HttpAnswer {
        let invocation = self.invoke(&http_event(method, target, headers, body));
        HttpAnswer::of(&invocation.body, invocation.function_error)
    }

    /// `invoke_http` with GET, for a path with its query.
    ///
    /// # Panics
    /// When there is no answer at all.
    fn get(&self, target: &str) -> HttpAnswer {
        self.invoke_http("GET", target, &[], b"")
    }

    /// `invoke_http` with a JSON body.
    ///
    /// # Panics
    /// When there is no answer at all.
    fn post(&self, target: &str, body: &Value) -> HttpAnswer {
        let headers = [("content-type", "application/json")];
        self.invoke_http("POST", target, &headers, body.to_string().as_bytes())
    }
}
