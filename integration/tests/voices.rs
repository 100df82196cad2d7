//! What people say to the skill about films, over the server on one machine: everybody for
//! themselves, though they share one device.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use matinee_integration::{Server, workspace};
use serde_json::{Value, json};

/// What only who has been here before is told.
const KNOWN: &str = "Last time you";

/// How long it may take until something that was said is known.
const PATIENCE: Duration = Duration::from_secs(10);

/// Somebody who talks to the one device of the house.
struct Person<'a> {
    server: &'a Server,
    id: &'a str,
}

/// A session with the skill.
struct Visit<'a> {
    person: &'a Person<'a>,
    attributes: Value,
}

impl Person<'_> {
    fn enter(&self) -> (Visit<'_>, String) {
        let mut visit = Visit {
            person: self,
            attributes: json!({}),
        };
        let said = visit.hear("launch");
        (visit, said)
    }

    /// Comes in again and again until the skill greets as it should.
    fn greeted(&self, so: impl Fn(&str) -> bool) -> Visit<'_> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (visit, said) = self.enter();
            if so(&said) {
                return visit;
            }
            assert!(Instant::now() < deadline, "{}: {said}", self.id);
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Visit<'_> {
    /// Sends an event of `events/alexa` as this person, and gives what is said.
    fn hear(&mut self, event: &str) -> String {
        let file = workspace().join(format!("events/alexa/{event}.json"));
        let mut request: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        request["session"]["attributes"] = self.attributes.clone();
        request["context"]["System"]["person"] = json!({"personId": self.person.id});
        let answer = self.person.server.post("/alexa", request.to_string());
        assert_eq!(answer.status, 200, "{answer:?}");
        let mut response = answer.json();
        self.attributes = response["sessionAttributes"].take();
        let speech = &response["response"]["outputSpeech"];
        let spoken = speech["ssml"].as_str().or(speech["text"].as_str());
        let spoken = spoken.unwrap_or_default().replace("<speak>", "");
        spoken.replace("</speak>", "")
    }

    /// The film that is on offer, by its id.
    fn offered(&self) -> String {
        let offered = &self.attributes["conversation"]["offered"];
        offered.as_str().unwrap().to_owned()
    }

    /// What somebody is recommended who names The Matrix.
    fn after_the_matrix(&mut self) -> String {
        self.hear("recommend-the-matrix");
        self.offered()
    }
}

fn start(dir: &Path) -> Server {
    Server::start(dir, &["serve", "--port", "0"])
}

#[test]
fn two_people_at_one_device_are_remembered_apart_and_over_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path());
    let [ada, bo] = ["amzn1.ask.person.ADA", "amzn1.ask.person.BO"];
    let person = |id| Person {
        server: &server,
        id,
    };

    // Ada dislikes what she is offered, and has seen what comes next.
    let (ada_here, bo_here) = (person(ada), person(bo));
    let (mut visit, said) = ada_here.enter();
    assert!(!said.contains(KNOWN), "{said}");
    let first = visit.after_the_matrix();
    visit.hear("dislike-after-recommendation");
    let second = visit.offered();
    assert_ne!(first, second);
    visit.hear("seen-after-recommendation");
    let third = visit.offered();
    assert!(third != first && third != second, "{third}");

    // She is known when she comes again, and is offered neither.
    let mut again = ada_here.greeted(|said| said.contains(KNOWN));
    let deadline = Instant::now() + PATIENCE;
    while again.after_the_matrix() != third {
        assert!(Instant::now() < deadline, "{}", again.offered());
        thread::sleep(Duration::from_millis(50));
        again = ada_here.enter().0;
    }

    // Bo, at the same device, is a stranger and is offered what she was.
    let (mut visit, said) = bo_here.enter();
    assert!(!said.contains(KNOWN), "{said}");
    assert_eq!(visit.after_the_matrix(), first);
    visit.hear("like-after-recommendation");

    // The next day.
    assert_eq!(server.stop().code, Some(0));
    let server = start(dir.path());
    let [ada, bo] = [ada, bo].map(|id| Person {
        server: &server,
        id,
    });
    let mut visit = ada.greeted(|said| said.contains(KNOWN));
    assert_eq!(visit.after_the_matrix(), third);
    bo.greeted(|said| said.contains(KNOWN));
}
