//! `matinee device` against a broker of the usual kind.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use matinee_integration::mqtt::{Answerer, Authority, Heard, Mosquitto};
use matinee_integration::{Outcome, matinee, run};
use serde_json::{Value, json};

const THING: &str = "MovieSelector";

fn device(port: &str, args: &[&str]) -> Outcome {
    let dir = tempfile::tempdir().unwrap();
    run(
        dir.path(),
        &[&["device", "--port", port], args].concat(),
        "",
    )
}

fn single(value: &Value) -> Value {
    value
        .as_array()
        .map_or_else(|| value.clone(), |values| values[0].clone())
}

/// A film with a prediction: the more letters its title has, the better.
fn predicted(film: &Value) -> Value {
    let title = single(&film["title"]);
    let stars = title.as_str().unwrap().len() as f64 / 4.0;
    json!({"title": title, "expected_stars": stars, "label": 6, "probabilities": {"6": 1.0}})
}

/// What the system says to a batch: the shadow's document, then the answer.
fn answered(request: &Value) -> Vec<(String, Value)> {
    let id = request["request_id"].as_str().unwrap();
    let films: Vec<Value> = request["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(predicted)
        .collect();
    let mut prediction = films[0].clone();
    prediction["request_id"] = id.into();
    vec![
        (
            format!("$aws/things/{THING}/shadow/update/documents"),
            json!({"current": {"state": {"desired": {"prediction": prediction}}}}),
        ),
        (
            format!("matinee/{THING}/prediction/{id}"),
            json!({"request_id": id, "model_version": "v1", "predictions": films, "best": 0}),
        ),
    ]
}

fn is_request(heard: &Heard) -> bool {
    heard.topic.ends_with("/request")
}

#[test]
fn a_device_asks_for_a_batch_chooses_the_best_and_reports_it_under_the_request() {
    let Some(broker) = Mosquitto::start(None) else {
        return;
    };
    // Everything twice, as at least once may be, and what is none of its business.
    let answerer = Answerer::start(&broker.port(), |heard| {
        if !is_request(heard) {
            return Vec::new();
        }
        let stray = (
            format!("matinee/{THING}/prediction/other"),
            json!({"predictions": "none"}),
        );
        let answers = answered(&heard.payload);
        [vec![stray], answers.clone(), answers].concat()
    });
    let outcome = device(&broker.port(), &["--rounds", "3", "--seed", "7", "--json"]).done();
    let rounds: Vec<Value> = outcome
        .lines()
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let requests = answerer.hears(&format!("matinee/{THING}/request"), 3);
    let reports = answerer.hears(&format!("matinee/{THING}/feedback"), 3);
    assert_eq!(
        (rounds.len(), requests.len(), reports.len()),
        (3, 3, 3),
        "{outcome:?}"
    );
    for ((round, request), report) in rounds.iter().zip(&requests).zip(&reports) {
        let candidates = request["candidates"].as_array().unwrap();
        assert_eq!(candidates.len(), 36);
        let titles: HashSet<&str> = candidates
            .iter()
            .map(|film| film["title"].as_str().unwrap())
            .collect();
        assert_eq!(titles.len(), 36);
        let chosen = &candidates[round["chosen"].as_u64().unwrap() as usize];
        let longest = titles.iter().map(|title| title.len()).max().unwrap();
        assert_eq!(chosen["title"].as_str().unwrap().len(), longest);
        assert_eq!(
            (&round["attempts"], &round["model_version"]),
            (&json!(1), &json!("v1"))
        );
        let mut expected = chosen.clone();
        expected["stars"] = round["stars"].clone();
        expected["request_id"] = request["request_id"].clone();
        assert_eq!(report, &expected);
        assert!((1..=10).contains(&round["stars"].as_u64().unwrap()));
        assert_eq!(round["request_id"], request["request_id"]);
    }
    assert!(
        outcome
            .stderr
            .contains("The shadow told of 3 of 3 requests"),
        "{outcome:?}"
    );

    // A seed gives the same films, under another request.
    let again = device(&broker.port(), &["--seed", "7", "--show", "2"]).done();
    let request = &answerer.hears(&format!("matinee/{THING}/request"), 4)[3];
    assert_eq!(request["candidates"], requests[0]["candidates"]);
    assert_ne!(request["request_id"], requests[0]["request_id"]);
    let lines = again.lines();
    assert_eq!(lines.len(), 4, "{again:?}");
    assert!(
        lines[0].starts_with("round 1 of 1: 36 films answered in"),
        "{again:?}"
    );
    assert!(
        lines[1].starts_with("TITLE") && lines[1].ends_with("DRAWN"),
        "{again:?}"
    );
}

#[test]
fn a_request_without_answer_is_sent_again_under_the_same_id_and_reported_once() {
    let Some(broker) = Mosquitto::start(None) else {
        return;
    };
    let asked = AtomicUsize::new(0);
    let answerer = Answerer::start(&broker.port(), move |heard| {
        if is_request(heard) && asked.fetch_add(1, Ordering::Relaxed) > 0 {
            answered(&heard.payload)
        } else {
            Vec::new()
        }
    });
    let outcome = device(&broker.port(), &["--timeout", "1", "--json"]).done();
    let round: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(round["attempts"], 2, "{outcome:?}");
    assert!(outcome.stderr.contains("asking again"), "{outcome:?}");
    let requests = answerer.hears(&format!("matinee/{THING}/request"), 2);
    assert_eq!(requests[0], requests[1]);
    assert_eq!(
        answerer
            .hears(&format!("matinee/{THING}/feedback"), 1)
            .len(),
        1
    );
}

#[test]
fn a_device_asks_again_when_the_broker_went_down_between_question_and_answer() {
    let Some(broker) = Mosquitto::start(None) else {
        return;
    };
    let port = broker.port();
    let broker = Arc::new(Mutex::new(broker));
    let (restarts, asked) = (Arc::clone(&broker), AtomicUsize::new(0));
    let answerer = Answerer::start(&port, move |heard| {
        if is_request(heard) && asked.fetch_add(1, Ordering::Relaxed) == 0 {
            let mut broker = restarts.lock().unwrap();
            broker.kill();
            broker.resume();
            return Vec::new();
        }
        if is_request(heard) {
            answered(&heard.payload)
        } else {
            Vec::new()
        }
    });
    let outcome = device(
        &port,
        &[
            "--timeout",
            "3",
            "--attempts",
            "8",
            "--rounds",
            "2",
            "--json",
        ],
    )
    .done();
    assert_eq!(outcome.lines().len(), 2, "{outcome:?}");
    assert!(
        outcome.stderr.contains("no connection to 127.0.0.1"),
        "{outcome:?}"
    );
    let requests = answerer.hears(&format!("matinee/{THING}/request"), 3);
    assert_eq!(requests[0], requests[1]);
    let reports = answerer.hears(&format!("matinee/{THING}/feedback"), 2);
    let ids: HashSet<&str> = reports
        .iter()
        .map(|report| report["request_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 2, "{reports:?}");
}

#[test]
fn asking_one_by_one_is_what_the_first_devices_did() {
    let Some(broker) = Mosquitto::start(None) else {
        return;
    };
    let asked = AtomicUsize::new(0);
    let answerer = Answerer::start(&broker.port(), move |heard| {
        if heard.topic != "filmrequest" {
            return Vec::new();
        }
        let film = predicted(&heard.payload);
        let shadow = format!("$aws/things/{THING}/shadow/update/");
        match asked.fetch_add(1, Ordering::Relaxed) % 4 {
            // Every way an answer may come by.
            0 => vec![(
                format!("{shadow}documents"),
                json!({"current": {"state": {"desired": {"prediction": film}}}}),
            )],
            1 => vec![(
                format!("{shadow}accepted"),
                json!({"state": {"desired": {"prediction": film}}, "title": film["title"]}),
            )],
            2 => vec![(
                format!("{shadow}accepted"),
                json!({"title": film["title"], "predictedLabel": "6",
                    "predictedScores": {"6": 0.5, "8": 0.5}}),
            )],
            _ => vec![(
                format!("matinee/{THING}/prediction/x"),
                json!({"request_id": "x", "model_version": "v1", "predictions": [film]}),
            )],
        }
    });
    let outcome = device(&broker.port(), &["--one-by-one", "--json"]).done();
    let round: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(
        (&round["request_id"], &round["attempts"]),
        (&Value::Null, &json!(1))
    );
    let requests = answerer.hears("filmrequest", 36);
    assert_eq!(requests.len(), 36);
    for request in &requests {
        let fields = request.as_object().unwrap();
        let names: Vec<&str> = fields.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["Director1", "Genre1", "Genre2", "Genre3", "title", "year"]
        );
        for value in fields.values() {
            assert!(
                matches!(value.as_array().unwrap().as_slice(), [Value::String(_)]),
                "{request}"
            );
        }
    }
    let report = &answerer.hears("filmupdate", 1)[0];
    let chosen = &requests[round["chosen"].as_u64().unwrap() as usize];
    assert_eq!(report["title"], chosen["title"]);
    assert_eq!(report["stars"], round["stars"].to_string());
}

#[test]
fn who_is_refused_not_heard_or_without_a_broker_is_told_so() {
    let Some(mut broker) = Mosquitto::start(None) else {
        return;
    };
    let port = broker.port();
    let answerer = Answerer::start(&port, |heard| {
        if !is_request(heard) {
            return Vec::new();
        }
        let rejection = json!({"request_id": heard.payload["request_id"], "code": "invalid_request",
                "message": "1 field is at fault",
                "errors": [{"field": "candidates[0].year", "detail": "must be a number"}]});
        let other = json!({"request_id": "another", "code": "x", "message": "not ours"});
        let topic = format!("matinee/{THING}/rejected");
        vec![(topic.clone(), other), (topic, rejection)]
    });
    let refused = device(&port, &[]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    for part in ["invalid_request", "candidates[0].year must be a number"] {
        assert!(refused.stderr.contains(part), "{part}: {refused:?}");
    }
    assert!(!refused.stderr.contains("not ours"), "{refused:?}");
    assert_eq!(
        answerer.heard(&format!("matinee/{THING}/feedback")),
        Vec::<Value>::new()
    );

    let unheard = device(
        &port,
        &["--thing", "alone", "--timeout", "1", "--attempts", "2"],
    );
    // That of the other thing was answered under another topic.
    assert_eq!(unheard.code, Some(1), "{unheard:?}");
    assert!(unheard.stderr.contains("in 2 × 1 s"), "{unheard:?}");
    assert!(
        unheard
            .stderr
            .contains("nobody answers under matinee/alone/"),
        "{unheard:?}"
    );

    drop(answerer);
    broker.kill();
    let alone = device(&port, &["--timeout", "1", "--attempts", "1"]);
    assert_eq!(
        (alone.code, alone.stdout.as_str()),
        (Some(1), ""),
        "{alone:?}"
    );
    assert!(
        alone
            .stderr
            .contains(&format!("no connection to 127.0.0.1:{port}")),
        "{alone:?}"
    );
}

#[test]
fn what_cannot_be_read_as_films_is_told_before_anybody_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let films = dir.path().join("films.csv");
    fs::write(&films, "title,year\nA,1999\n").unwrap();
    let outcome = device("1", &["--films", films.to_str().unwrap()]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    for part in ["films.csv", "missing Director1"] {
        assert!(outcome.stderr.contains(part), "{part}: {outcome:?}");
    }
    assert!(!outcome.stderr.contains("no connection"), "{outcome:?}");
    let wrong = device("1", &["--thing", "a+b"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
}

#[test]
fn ctrl_c_ends_a_device_that_waits() {
    let Some(broker) = Mosquitto::start(None) else {
        return;
    };
    let answerer = Answerer::start(&broker.port(), |_| Vec::new());
    let child = Command::new(matinee())
        .args(["device", "--port", &broker.port(), "--timeout", "60"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    answerer.hears(&format!("matinee/{THING}/request"), 1);
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(
        stderr.contains("stopped") && output.stdout.is_empty(),
        "{stderr}"
    );
}

/// The arguments of a device that shows a certificate.
fn with_tls<'a>(port: &'a str, files: [&'a Path; 3]) -> Vec<&'a str> {
    let [ca, cert, key] = files.map(|file| file.to_str().unwrap());
    vec![
        "device",
        "--endpoint",
        "localhost",
        "--port",
        port,
        "--ca",
        ca,
        "--cert",
        cert,
        "--key",
        key,
        "--timeout",
        "5",
        "--attempts",
        "2",
        "--json",
    ]
}

#[test]
fn a_device_with_a_certificate_is_let_in_and_others_are_told_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    let server = authority.server(dir.path());
    let Some(broker) = Mosquitto::start(Some(&server)) else {
        return;
    };
    let _answerer = Answerer::start(&broker.port(), |heard| {
        if is_request(heard) {
            answered(&heard.payload)
        } else {
            Vec::new()
        }
    });
    let port = broker.tls_port();
    let (cert, key) = authority.sign(dir.path(), "device");
    let run = |files| run(dir.path(), &with_tls(&port, files), "");
    let outcome = run([&server.ca, &cert, &key]).done();
    assert_eq!(outcome.json()["candidates"].as_array().unwrap().len(), 36);

    let stranger = Authority::new("a stranger");
    let strangers_ca = stranger.write(dir.path(), "strangers-ca");
    let (strangers_cert, strangers_key) = stranger.sign(dir.path(), "stranger");
    let missing = dir.path().join("missing.pem");
    let nonsense = dir.path().join("nonsense.pem");
    fs::write(&nonsense, "nonsense").unwrap();
    let wrong: [([&Path; 3], &[&str]); 6] = [
        (
            [&strangers_ca, &cert, &key],
            &["cannot connect to localhost", "UnknownIssuer"],
        ),
        (
            [&server.ca, &strangers_cert, &strangers_key],
            &["cannot connect to localhost"],
        ),
        (
            [&server.ca, &cert, &strangers_key],
            &["stranger.key", "the private key of --cert", "device.crt"],
        ),
        (
            [&missing, &cert, &key],
            &["cannot read --ca", "missing.pem"],
        ),
        (
            [&server.ca, &nonsense, &key],
            &["--cert", "nonsense.pem", "BEGIN CERTIFICATE"],
        ),
        (
            [&server.ca, &cert, &nonsense],
            &["--key", "nonsense.pem", "PRIVATE KEY"],
        ),
    ];
    for (files, parts) in wrong {
        let outcome = run(files);
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (Some(1), ""),
            "{outcome:?}"
        );
        for part in parts {
            assert!(outcome.stderr.contains(part), "{part}: {outcome:?}");
        }
    }
}
