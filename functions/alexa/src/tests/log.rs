use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::house::key;
use super::memory::failing;
use super::support::{Skill, handle, intent, sample};

/// Keeps everything that is logged as text.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<String>>);

impl Visit for Recorder {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0.lock().unwrap(), " {field}={value:?}");
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        attributes.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, record: &Record<'_>) {
        record.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let _ = write!(self.0.lock().unwrap(), "\n{}", event.metadata().level());
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn logged(request: &Value) -> String {
    logged_by(&sample(), request)
}

fn logged_by(skill: &Skill, request: &Value) -> String {
    let recorder = Recorder::default();
    let body = json!({
        "session": {
            "attributes": {"conversation": {"said": "remembered-words"}},
            "user": {"userId": "the-user"},
        },
        "context": {"System": {"person": {"personId": "the-person"}}},
        "request": request,
    });
    // Where nobody listens at all, another test's first use of a log line switches it off for good.
    let _ = tracing::subscriber::set_global_default(Recorder::default());
    tracing::subscriber::with_default(recorder.clone(), || {
        handle(skill, body.to_string().as_bytes()).unwrap();
    });
    let text = recorder.0.lock().unwrap().clone();
    let viewer = key().alexa("the-person").to_string();
    for secret in [
        "spoken-words",
        "remembered-words",
        "the-user",
        "the-person",
        &viewer,
        "alexa:",
        "Heat",
        "tmdb:",
    ] {
        assert!(!text.contains(secret), "{text}");
    }
    text
}

#[test]
fn a_log_line_names_the_request_and_the_intent_and_nothing_private() {
    let slot = Some(("MovieName", "spoken-words"));
    let text = logged(&intent("RecommendMovieIntent", slot));
    assert!(text.contains("INFO"), "{text}");
    assert!(text.contains("IntentRequest") && text.contains("RecommendMovieIntent"));
}

#[test]
fn what_goes_wrong_with_a_history_is_told_and_whose_it_is_not() {
    for (hangs, why) in [(false, "cannot be reached"), (true, "took too long")] {
        let request = intent("SeenIntent", Some(("MovieName", "Heat")));
        let text = logged_by(&failing(hangs), &request);
        assert!(text.contains("WARN") && text.contains("going on without the history"));
        assert!(text.contains("ERROR") && text.contains("could not be kept"));
        assert!(text.to_lowercase().contains(why), "{text}");
    }
}

#[test]
fn an_error_that_alexa_reports_is_a_warning() {
    for kind in ["System.ExceptionEncountered", "SessionEndedRequest"] {
        let error = json!({"type": "INVALID_RESPONSE", "message": "no such card"});
        let text = logged(&json!({"type": kind, "error": error}));
        assert!(text.contains("WARN") && text.contains("INVALID_RESPONSE"));
        assert!(text.contains("no such card"), "{text}");
    }
    let text = logged(&json!({"type": "SessionEndedRequest", "reason": "USER_INITIATED"}));
    assert!(!text.contains("WARN"), "{text}");
}
