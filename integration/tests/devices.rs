//! Devices of other makers against the program as people start it: mosquitto's and Paho's clients, by MQTT
//! 3.1.1 and 5.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use matinee::taste::log::read_film_segment;
use matinee_integration::lambda::program;
use matinee_integration::{Server, files, found_program, run, workspace};
use serde_json::{Value, json};

const SERVE: [&str; 5] = ["serve", "--port", "0", "--mqtt-port", "0"];

/// Where something is retained for who waits until its subscription stands.
const READY: &str = "ready";

/// Both versions, as mosquitto calls them.
const VERSIONS: [&str; 2] = ["mqttv311", "mqttv5"];

fn paho(scenario: &str) {
    let Some(python) = program("python") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &SERVE);
    for version in ["3", "5"] {
        let port = server.mqtt().rsplit(':').next().unwrap().to_owned();
        let script = workspace().join("integration/devices/paho_client.py");
        let output = Command::new(&python)
            .arg(script)
            .args([&port, scenario, version])
            .output()
            .unwrap();
        assert!(output.status.success(), "{scenario} {version}: {output:?}");
    }
    assert_eq!(server.stop().code, Some(0));
}

#[test]
fn paho_speaks_with_its_shadow() {
    paho("shadow");
}

#[test]
fn paho_leaves_a_will_when_it_is_lost_and_none_when_it_says_goodbye() {
    paho("will");
}

#[test]
fn paho_gets_what_was_retained() {
    paho("retained");
}

#[test]
fn paho_comes_back_to_its_session() {
    paho("session");
}

#[test]
fn paho_may_send_128_kilobytes_and_no_more() {
    paho("large");
}

#[test]
fn a_hundred_pahos_hear_each_other() {
    paho("many");
}

#[test]
fn paho_is_answered_or_told_why_not() {
    paho("request");
}

/// mosquitto's client `name` with what to connect to.
fn mosquitto(name: &str, server: &Server, version: &str) -> Option<Command> {
    let mut command = Command::new(found_program(name)?);
    let port = server.mqtt().rsplit(':').next()?.to_owned();
    command.args(["-h", "127.0.0.1", "-p", &port, "-V", version, "-q", "1"]);
    Some(command)
}

fn publish(server: &Server, version: &str, topic: &str, payload: &str) {
    let mut publishing = mosquitto("mosquitto_pub", server, version)
        .unwrap()
        .args(["-t", topic, "-s"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = publishing.stdin.take().unwrap();
    stdin.write_all(payload.as_bytes()).unwrap();
    drop(stdin);
    assert!(publishing.wait().unwrap().success(), "{topic}");
}

/// Has `say` publish once the subscription stands, and gives the `count` messages that come then.
fn heard(
    server: &Server,
    version: &str,
    filter: &str,
    count: usize,
    say: impl FnOnce(),
) -> Vec<(String, Value)> {
    let retain = |how: &[&str]| {
        let mut retaining = mosquitto("mosquitto_pub", server, version).unwrap();
        let retained = retaining.args(["-t", READY, "-r"]).args(how).status();
        assert!(retained.unwrap().success());
    };
    // A retained message is heard as soon as the subscription stands.
    retain(&["-m", "1"]);
    let mut subscribing = mosquitto("mosquitto_sub", server, version)
        .unwrap()
        .args(["-t", filter, "-t", READY, "-v", "-W", "30"])
        .args(["-C", &(count + 1).to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(subscribing.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), format!("{READY} 1"));
    say();
    let heard = lines.map(|line| {
        let line = line.unwrap();
        let (topic, payload) = line.split_once(' ').unwrap();
        (topic.to_owned(), serde_json::from_str(payload).unwrap())
    });
    let heard = heard.collect();
    assert!(subscribing.wait().unwrap().success(), "{heard:?}");
    retain(&["-n"]);
    heard
}

#[test]
fn mosquitto_hears_all_of_its_shadow() {
    if found_program("mosquitto_sub").is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &SERVE);
    for (number, version) in (1..).zip(VERSIONS) {
        let update = json!({"state": {"desired": {"film": version}}});
        let heard = heard(&server, version, "$aws/things/+/shadow/#", 4, || {
            publish(
                &server,
                version,
                "$aws/things/MovieSelector/shadow/update",
                &update.to_string(),
            );
        });
        let topics: Vec<&str> = heard
            .iter()
            .map(|(topic, _)| {
                topic
                    .strip_prefix("$aws/things/MovieSelector/shadow/")
                    .unwrap()
            })
            .collect();
        let expected = [
            "update",
            "update/accepted",
            "update/delta",
            "update/documents",
        ];
        assert_eq!(topics, expected);
        assert_eq!(heard[2].1["state"]["film"], version);
        assert_eq!(heard[2].1["version"], number);
    }
    // A wildcard on the first level hears none of that, but what is retained a second time.
    let update = json!({"state": {"desired": {"film": "x"}}}).to_string();
    let heard = heard(&server, VERSIONS[0], "#", 2, || {
        let version = VERSIONS[0];
        publish(
            &server,
            version,
            "$aws/things/MovieSelector/shadow/update",
            &update,
        );
        publish(&server, version, "plain", "1");
    });
    let expected = [READY, "plain"].map(|topic| (topic.to_owned(), json!(1)));
    assert_eq!(heard, expected);
    assert_eq!(server.stop().code, Some(0));
}

/// The films that devices rated, title and thing, as the log has them.
fn rated(log: &Path) -> Vec<String> {
    let segments = files(log).into_iter().map(|file| log.join(file));
    let mut found = Vec::new();
    for segment in segments {
        let text = fs::read_to_string(segment).unwrap();
        for rating in read_film_segment(&text).unwrap() {
            found.push(format!("{}@{}", rating.title, rating.thing));
        }
    }
    found.sort();
    found.dedup();
    found
}

#[test]
fn what_devices_rate_is_kept_and_what_is_no_rating_is_a_dead_letter() {
    if found_program("mosquitto_pub").is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &SERVE);
    let rating = |title: &str| {
        json!({
            "title": title, "year": "1999", "Director1": ["Ada Moor"], "Genre1": "Drama",
            "Genre2": "None", "Genre3": "None", "stars": 8,
        })
        .to_string()
    };
    publish(&server, "mqttv311", "filmupdate", &rating("One"));
    publish(&server, "mqttv5", "matinee/tv/feedback", &rating("Two"));
    publish(
        &server,
        "mqttv5",
        "$aws/rules/ThingFeedbackRule/matinee/tv/feedback",
        &rating("Three"),
    );
    publish(&server, "mqttv5", "matinee/tv/feedback", "no JSON");
    publish(&server, "mqttv311", "filmupdate", r#"{"title":"No stars"}"#);
    // Killed: what was acknowledged is there nevertheless.
    drop(server);
    let again = Server::start(dir.path(), &SERVE);
    assert_eq!(again.stop().code, Some(0));
    let films = rated(&dir.path().join(".matinee/log/film-ratings"));
    assert_eq!(films, ["One@MovieSelector", "Three@tv", "Two@tv"]);
    let letters = run(dir.path(), &["letters", "--json"], "").done().json();
    assert_eq!(letters.as_array().unwrap().len(), 2);
}

#[test]
fn a_taken_port_is_a_warning_unless_it_was_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &SERVE);
    let port = server.mqtt().rsplit(':').next().unwrap().to_owned();
    let other = tempfile::tempdir().unwrap();
    let refused = run(
        other.path(),
        &["serve", "--port", "0", "--mqtt-port", &port],
        "",
    );
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("--mqtt-port"), "{refused:?}");
    // Of two that take the usual port at least one has to do without, and serves nevertheless.
    let one = Server::start(dir.path(), &["serve", "--port", "0"]);
    let two = Server::start(dir.path(), &["serve", "--port", "0"]);
    for server in [&one, &two] {
        assert_eq!(server.get("/health").status, 200);
    }
    let said = one.stop().stderr + &two.stop().stderr;
    assert!(said.contains("devices are not served"), "{said}");
}
