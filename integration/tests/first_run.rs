//! What somebody meets who starts `matinee` in an empty folder.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use matinee_integration::{Server, files, run, workspace};
use serde_json::Value;

/// Without arguments where the port that is then used is free, else with any free port.
fn start(dir: &Path) -> Server {
    let free = TcpListener::bind(("127.0.0.1", 3000)).is_ok();
    if free {
        let server = Server::start(dir, &[]);
        assert_eq!(server.base(), "http://127.0.0.1:3000");
        server
    } else {
        Server::start(dir, &["serve", "--port", "0"])
    }
}

#[test]
fn an_empty_folder_becomes_a_served_page_and_ends_cleanly() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path());
    assert!(dir.path().join(".matinee/models/current.json").is_file());

    let page = server.get("/");
    assert_eq!(page.status, 200);
    assert!(page.content_type.starts_with("text/html"), "{page:?}");
    assert!(page.body.contains("<title>Matinee</title>"));

    let recommended = server.get("/recommend?movie_name=The%20Matrix");
    assert_eq!(recommended.status, 200, "{recommended:?}");
    let titles = recommended.json()["recommended_movies"].clone();
    let titles = titles.as_array().unwrap();
    assert_eq!(titles.len(), 5, "{titles:?}");
    assert!(titles.iter().all(Value::is_string), "{titles:?}");
    assert!(!titles.contains(&Value::from("The Matrix")), "{titles:?}");

    let contract = server.get("/openapi.json");
    assert_eq!(contract.status, 200);
    let contract = contract.json();
    assert!(contract["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(contract["paths"]["/recommend"]["get"].is_object());

    let said = server.stop().done().stderr;
    for part in [
        "built-in films",
        "/recommend?movie_name=The%20Matrix",
        " talk",
        " recommend \"The Matrix\"",
    ] {
        assert!(said.contains(part), "{part} is missing in\n{said}");
    }
    assert!(!said.contains('\u{1b}'), "no terminal, no control codes");
}

#[test]
fn a_second_start_serves_the_model_of_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["serve", "--port", "0"];
    let first = Server::start(dir.path(), &args);
    let version = first.get("/health").json()["model_version"].clone();
    assert!(version.is_string(), "{version}");
    let _ = first.end("TERM").done();

    let files_before = files(dir.path());
    let second = Server::start(dir.path(), &args);
    assert_eq!(second.get("/health").json()["model_version"], version);
    let said = second.stop().done().stderr;
    assert!(!said.contains("built-in"), "{said}");
    assert_eq!(files(dir.path()), files_before);
}

#[test]
fn every_alexa_event_gets_a_well_formed_answer() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["serve", "--port", "0"]);
    let events = workspace().join("events/alexa");
    let names = files(&events);
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let event = fs::read(events.join(&name)).unwrap();
        let answer = server.post("/alexa", event);
        assert_eq!(answer.status, 200, "{name:?}: {answer:?}");
        assert_well_formed(&answer.json(), &name.to_string_lossy());
    }

    for broken in ["", "{", "[]", "null", "\"launch\"", "\u{0}"] {
        let answer = server.post("/alexa", broken);
        assert_eq!(answer.status, 400, "{broken:?}: {answer:?}");
        assert_eq!(answer.content_type, "application/problem+json");
        assert_eq!(answer.json()["code"], "invalid_body");
    }
    // One byte too many: of much more the server would not read the rest.
    let large = server.post("/alexa", vec![b' '; 128 * 1024 + 1]);
    assert_eq!(large.json()["code"], "body_too_large");
    assert_eq!(server.get("/alexa").status, 405);
    let _ = server.stop().done();
}

/// Alexa's envelope; an open session asks, a closed one does not.
fn assert_well_formed(answer: &Value, event: &str) {
    assert_eq!(answer["version"], "1.0", "{event}: {answer}");
    let response = &answer["response"];
    assert!(response.is_object(), "{event}: {answer}");
    let speech = &response["outputSpeech"];
    if speech.is_null() {
        return;
    }
    let ssml = speech["ssml"].as_str().unwrap();
    assert_eq!(speech["type"], "SSML", "{event}: {answer}");
    assert!(
        ssml.starts_with("<speak>") && ssml.ends_with("</speak>"),
        "{event}: {ssml}"
    );
    let open = response["shouldEndSession"] == false;
    assert_eq!(open, response["reprompt"].is_object(), "{event}: {answer}");
}

#[test]
fn a_port_in_use_is_said_with_a_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let outcome = run(dir.path(), &["serve", "--port", &port], "");
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("in use"), "{outcome:?}");
    assert!(outcome.stderr.contains("--port"), "{outcome:?}");
    assert_eq!(files(dir.path()), Vec::<std::path::PathBuf>::new());
}

#[test]
fn commands_that_need_a_model_make_the_first_one_too() {
    let dir = tempfile::tempdir().unwrap();
    let outcome = run(dir.path(), &["recommend", "the", "matrix", "--json"], "").done();
    let answer = outcome.json();
    assert_eq!(answer["movie"]["id"], "tmdb:603", "{answer}");
    assert_eq!(answer["recommendations"].as_array().unwrap().len(), 5);
    assert!(dir.path().join(".matinee/models/current.json").is_file());
}

#[test]
fn of_several_first_runs_at_once_one_makes_the_model() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let outcome = run(dir.path(), &["find"], "the matrix").done();
                assert_eq!(outcome.lines(), ["The Matrix (1999) [tmdb:603]"]);
            });
        }
    });
    let manifests = files(dir.path());
    let manifests = manifests
        .iter()
        .filter(|file| file.ends_with("manifest.json"));
    assert_eq!(manifests.count(), 1);
}
