//! The functions as `sam build` makes them, in AWS's runtime emulator.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use matinee_integration::lambda::bootstrap::{Facts, Glibc, facts};
use matinee_integration::lambda::{Emulator, Function, HttpAnswer, Invoke as _};
use matinee_integration::{Answer, Server, built, sample_models, workspace};
use serde_json::{Value, json};

/// The most bytes of a bootstrap, and of the archive that is uploaded.
const MOST_BYTES: u64 = 9_000_000;
const MOST_ZIPPED: u64 = 4_000_000;

/// What Amazon Linux 2023 has.
const GLIBC: Glibc = Glibc(2, 34);

/// The environment of a function that serves the sample model.
fn sample() -> Option<Vec<(&'static str, String)>> {
    Some(vec![("MODEL_DIR", sample_models()?.display().to_string())])
}

/// The scenarios of a function, by name.
fn events(function: &str) -> Vec<(String, Value)> {
    let folder = workspace().join("events").join(function);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let event = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
            (file.file_stem().unwrap().display().to_string(), event)
        })
        .collect()
}

#[test]
fn every_bootstrap_is_small_stripped_and_runs_on_amazon_linux() {
    for (function, most_bytes, most_zipped) in [
        ("AlexaFunction", MOST_BYTES, MOST_ZIPPED),
        ("FeedbackFunction", MOST_BYTES, MOST_ZIPPED),
        ("PredictFunction", MOST_BYTES, MOST_ZIPPED),
        ("RecommendFunction", MOST_BYTES, MOST_ZIPPED),
        // Nobody waits for its start, and all of its training is built for speed.
        ("TrainFunction", 12_000_000, 5_000_000),
    ] {
        let Some(bootstrap) = built(function) else {
            return;
        };
        let facts: Facts = facts(&bootstrap).unwrap();
        assert!(facts.bytes <= most_bytes, "{function}: {facts:?}");
        assert!(facts.zip_bytes <= most_zipped, "{function}: {facts:?}");
        assert!(
            facts.stripped && facts.glibc <= GLIBC,
            "{function}: {facts:?}"
        );
    }
}

/// A server of the same model on this machine.
fn local() -> Option<Server> {
    let models = sample_models()?;
    let args = ["serve", "--port", "0", "--models", models.to_str()?];
    Some(Server::start(&workspace(), &args))
}

#[test]
fn alexas_events_are_answered_as_on_one_machine() {
    let (Some(bootstrap), Some(env), Some(local)) = (built("AlexaFunction"), sample(), local())
    else {
        return;
    };
    let Some(function) = Emulator::start(&bootstrap, &env) else {
        return;
    };
    let events = events("alexa");
    assert!(events.len() > 40, "{}", events.len());
    for (name, event) in events {
        // Here everybody is remembered, and the function has no tables.
        let event = by_a_stranger(event, &name);
        let here = local.post("/alexa", event.to_string());
        assert_eq!(here.status, 200, "{name}");
        assert_eq!(function.invoke(&event).returned(), here.json(), "{name}");
    }
}

/// The event as if somebody said it who never said anything else.
fn by_a_stranger(mut event: Value, name: &str) -> Value {
    for speaker in [
        "/session/user/userId",
        "/context/System/user/userId",
        "/context/System/person/personId",
    ] {
        if let Some(id) = event.pointer_mut(speaker) {
            *id = format!("amzn1.stranger.{name}").into();
        }
    }
    event
}

#[test]
fn api_gateways_events_are_answered_as_on_one_machine() {
    let (Some(bootstrap), Some(env), Some(local)) = (built("RecommendFunction"), sample(), local())
    else {
        return;
    };
    let Some(function) = Emulator::start(&bootstrap, &env) else {
        return;
    };
    let events = events("recommend");
    assert!(events.len() > 20, "{}", events.len());
    // Viewers sign in there, and are all served here.
    let everybodys = |event: &Value| !event["rawPath"].as_str().unwrap().starts_with("/viewers/");
    for (name, event) in events.into_iter().filter(|(_, event)| everybodys(event)) {
        let here = on_one_machine(&local, &event);
        let invocation = function.invoke(&event);
        assert!(!invocation.function_error, "{name}: {invocation:?}");
        let there = HttpAnswer::of(&invocation.body, false);
        assert_eq!(there.status, here.status, "{name}");
        assert_eq!(
            there.header("content-type"),
            Some(here.content_type.as_str()),
            "{name}"
        );
        assert_eq!(String::from_utf8_lossy(&there.body), here.body, "{name}");
    }
}

#[test]
fn viewers_are_served_to_who_is_signed_in_where_something_is_kept_about_them() {
    let (Some(bootstrap), Some(env)) = (built("RecommendFunction"), sample()) else {
        return;
    };
    let Some(function) = Emulator::start(&bootstrap, &env) else {
        return;
    };
    let events = events("recommend");
    for (scenario, status, code) in [
        ("viewer-without-token", 401, "unauthorized"),
        ("viewer-of-another", 403, "forbidden"),
        ("get-profile", 503, "feedback_unavailable"),
        ("post-interactions", 503, "feedback_unavailable"),
        ("delete-viewer", 503, "feedback_unavailable"),
    ] {
        let event = events.iter().find(|(name, _)| name == scenario);
        let (_, event) = event.unwrap();
        let answer = HttpAnswer::of(&function.invoke(event).body, false);
        assert_eq!(answer.status, status, "{scenario}");
        assert_eq!(answer.json()["code"], code, "{scenario}");
    }
}

/// The request that API Gateway made the event of.
fn on_one_machine(server: &Server, event: &Value) -> Answer {
    let text = |pointer: &str| {
        event
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let query = match text("/rawQueryString") {
        "" => String::new(),
        query => format!("?{query}"),
    };
    let path = text("/rawPath").replace(' ', "%20") + &query;
    let kind = text("/headers/content-type");
    let kind: &[_] = if kind.is_empty() {
        &[]
    } else {
        &[("content-type", kind)]
    };
    server.call(
        text("/requestContext/http/method"),
        &path,
        kind,
        text("/body").as_bytes(),
    )
}

#[test]
fn log_lines_are_json_that_names_the_request_and_nothing_private() {
    let (Some(bootstrap), Some(env)) = (built("AlexaFunction"), sample()) else {
        return;
    };
    let function = Function::start(&bootstrap, &env);
    let events = events("alexa");
    let (_, event) = events
        .iter()
        .find(|(name, _)| name == "recommend-the-matrix")
        .unwrap();
    for _ in 0..2 {
        function.invoke(event).returned();
    }
    let text = function.log().wait_for(
        "\"coldStart\":false,\"modelVersion\"",
        Duration::from_secs(5),
    );
    assert!(!text.is_empty());
    let lines = function.log().json();
    let written = function.log().text();
    assert_eq!(
        lines.len(),
        written.lines().count(),
        "not all is JSON:\n{written}"
    );

    let asked: Vec<&Value> = lines
        .iter()
        .filter(|line| line["message"] == "asked")
        .collect();
    assert_eq!(asked.len(), 2, "{written}");
    for (number, line) in asked.iter().enumerate() {
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["coldStart"], number == 0, "{line}");
        for field in ["timestamp", "requestId"] {
            assert!(
                line[field].as_str().is_some_and(|text| text.len() > 20),
                "{line}"
            );
        }
        assert!(
            line["traceId"].as_str().unwrap().starts_with("1-"),
            "{line}"
        );
    }
    let metric = |name: &str| lines.iter().filter(|line| line[name].is_number()).count();
    assert_eq!(
        (metric("InitTime"), metric("ModelLoadTime")),
        (1, 1),
        "{written}"
    );
    assert_eq!(
        (metric("RequestTime"), metric("ModelAge")),
        (2, 2),
        "{written}"
    );
    assert_eq!(
        (metric("ModelRefused"), metric("ModelUnavailable")),
        (0, 0),
        "{written}"
    );
    for line in lines.iter().filter(|line| line.get("_aws").is_some()) {
        let described = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(described["Namespace"], "Matinee");
        for metric in described["Metrics"].as_array().unwrap() {
            assert!(line[metric["Name"].as_str().unwrap()].is_number(), "{line}");
        }
        assert_eq!(line["Function"], "function-under-test");
    }

    for private in [
        "/session/user/userId",
        "/context/System/device/deviceId",
        "/context/System/apiAccessToken",
    ] {
        if let Some(value) = event.pointer(private).and_then(Value::as_str) {
            assert!(!written.contains(value), "{private} stands in the log");
        }
    }
    assert!(
        !written.to_lowercase().contains("matrix"),
        "what was said stands in the log"
    );
}

#[test]
fn every_request_leaves_a_line_that_names_the_model_which_answered() {
    let (Some(bootstrap), Some(env)) = (built("RecommendFunction"), sample()) else {
        return;
    };
    let function = Function::start(&bootstrap, &env);
    let version = function.get("/health").json()["model_version"].clone();
    function
        .log()
        .wait_for("RequestTime", Duration::from_secs(5));
    let lines = function.log().json();
    let line = lines.iter().find(|line| line["RequestTime"].is_number());
    let line = line.unwrap();
    assert_eq!(line["modelVersion"], version, "{line}");
    assert_eq!(line["coldStart"], true, "{line}");
    for field in ["requestId", "traceId"] {
        assert!(line[field].is_string(), "{line}");
    }
}

#[test]
fn an_event_that_is_none_is_an_error_with_a_log_line_that_tells_nothing_of_it() {
    let (Some(bootstrap), Some(env)) = (built("RecommendFunction"), sample()) else {
        return;
    };
    let function = Function::start(&bootstrap, &env);
    for event in [json!({"secret": "words"}), json!(["words"]), json!("words")] {
        let invocation = function.invoke(&event);
        assert!(invocation.function_error, "{invocation:?}");
        assert_eq!(invocation.body["errorType"], "UnreadableEvent");
    }
    let log = function
        .log()
        .wait_for("the request failed", Duration::from_secs(5));
    assert!(log.contains("requestId"), "{log}");
    assert!(!function.log().text().contains("words"));
    assert_eq!(function.get("/health").status, 200);
}

#[test]
fn a_setting_that_cannot_be_used_ends_the_start_and_is_named() {
    let Some(bootstrap) = built("RecommendFunction") else {
        return;
    };
    for (variable, value) in [
        ("MODEL_CHECK_SECONDS", "often"),
        ("MODEL_DIR", "/somewhere"),
        ("MODEL_PREFIX", "a//b"),
        ("RUST_LOG", "loud=very"),
    ] {
        let env = [
            ("MODEL_BUCKET", "films".to_owned()),
            (variable, value.to_owned()),
        ];
        let function = Function::start(&bootstrap, &env);
        let ended = function.ended(Duration::from_secs(10));
        assert_eq!(
            ended.and_then(|status| status.code()),
            Some(1),
            "{variable}"
        );
        function
            .log()
            .wait_for("cannot start", Duration::from_secs(5));
        let lines = function.log().json();
        let named = |line: &Value| {
            let error = line["error"].as_str().unwrap_or_default();
            line["level"] == "ERROR" && error.contains(variable) && error.contains(value)
        };
        assert!(lines.iter().any(named), "{}", function.log().text());
    }
}

#[test]
fn with_nothing_configured_and_no_layer_the_function_says_what_is_missing() {
    let Some(bootstrap) = built("RecommendFunction") else {
        return;
    };
    if std::path::Path::new("/opt/matinee/models").exists() {
        return;
    }
    let answer = Function::start(&bootstrap, &[]).get("/health");
    assert_eq!(answer.status, 503, "{answer:?}");
    let detail = answer.json()["detail"].to_string();
    assert!(detail.contains("no model file"), "{detail}");
}

#[test]
fn a_function_with_a_skill_id_answers_no_other_skill() {
    let (Some(bootstrap), Some(mut env)) = (built("AlexaFunction"), sample()) else {
        return;
    };
    let ours = "amzn1.ask.skill.00000000-0000-4000-8000-000000000000";
    env.push(("ALEXA_SKILL_ID", ours.to_owned()));
    let Some(function) = Emulator::start(&bootstrap, &env) else {
        return;
    };
    for (name, event) in events("alexa") {
        let invocation = function.invoke(&event);
        let refused = ["minimal-test-console", "wrong-skill-id"].contains(&name.as_str());
        assert_eq!(invocation.function_error, refused, "{name}: {invocation:?}");
        if refused {
            assert_eq!(invocation.body["errorType"], "SkillError", "{invocation:?}");
        }
    }
}
