//! The whole loop on one machine: viewers tell what they like, a model is trained on it, the running server
//! takes it up, and everybody is recommended films of their own taste, over HTTP and by voice.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use matinee::taste::log::read_segment;
use matinee_integration::{Server, files, run, workspace};
use serde_json::{Value, json};

/// How long it may take until what was told has become so.
const PATIENCE: Duration = Duration::from_secs(20);

#[track_caller]
fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The ids of a list.
fn ids(list: &Value) -> Vec<String> {
    let list = list["recommendations"].as_array().unwrap().iter();
    list.map(|film| film["movie"]["id"].as_str().unwrap().to_owned())
        .collect()
}

fn rows_of_log(dir: &Path) -> usize {
    let folder = dir.join(".matinee/log");
    if !folder.is_dir() {
        return 0;
    }
    let segments = files(&folder).into_iter();
    let segments = segments.filter(|path| path.extension().is_some_and(|end| end == "tsv"));
    let rows = |path| {
        let text = fs::read_to_string(folder.join(path)).unwrap();
        read_segment(&text).unwrap().len()
    };
    segments.map(rows).sum()
}

fn like(server: &Server, viewer: &str, films: &[&String]) {
    let body: Vec<Value> = films
        .iter()
        .map(|film| json!({"movie": film, "kind": "liked"}))
        .collect();
    let target = format!("/viewers/{viewer}/interactions");
    let answer = server.post(&target, json!(body).to_string());
    assert_eq!(answer.status, 202, "{answer:?}");
}

/// Says something to the skill as one person, and gives what is answered.
fn say(server: &Server, event: &str) -> String {
    let file = workspace().join(format!("events/alexa/{event}.json"));
    let mut request: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    request["context"]["System"]["person"] = json!({"personId": "amzn1.ask.person.ADA"});
    let answer = server.post("/alexa", request.to_string());
    assert_eq!(answer.status, 200, "{answer:?}");
    let speech = answer.json()["response"]["outputSpeech"].take();
    let spoken = speech["ssml"].as_str().or(speech["text"].as_str());
    spoken.unwrap_or_default().to_owned()
}

/// Films and scores, as `matinee batch` writes them, of every viewer, are those of the API.
#[track_caller]
fn assert_a_batch_gives_what_is_served(server: &Server, dir: &Path) {
    let list_of = |viewer: &str| {
        let target = format!("/viewers/{viewer}/recommendations?limit=25");
        let list = server.get(&target).json();
        let films = list["recommendations"].as_array().unwrap().iter();
        films
            .map(|film| (film["movie"]["id"].clone(), film["score"].clone()))
            .collect::<Vec<_>>()
    };
    // Other films are tried out on another day.
    let day = || list_of("ada");
    let mut before = day();
    let report = loop {
        let report = run(dir, &["batch", "--to", "lists", "--json"], "").done();
        let after = day();
        if after == before {
            break report.json();
        }
        before = after;
    };
    assert!(report["viewers"].as_u64() >= Some(42), "{report}");
    let mut viewers = 0;
    for part in report["parts"].as_array().unwrap() {
        let path = dir.join("lists").join(part["key"].as_str().unwrap());
        for line in fs::read_to_string(path).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let viewer = line["input"]["userId"].as_str().unwrap();
            let output = &line["output"];
            let films = output["recommendedItems"]
                .as_array()
                .unwrap()
                .iter()
                .cloned();
            let scores = output["scores"].as_array().unwrap().iter().cloned();
            let listed: Vec<_> = films.zip(scores).collect();
            assert_eq!(listed, list_of(viewer), "{viewer}");
            viewers += 1;
        }
    }
    assert_eq!(report["viewers"], viewers);
}

#[test]
fn what_viewers_like_is_learned_and_comes_back_as_films_for_each() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["serve", "--port", "0"]);
    let before = server.get("/health").json()["model_version"].clone();
    let tastes: Vec<Vec<String>> = ["Science%20Fiction", "Romance"]
        .iter()
        .map(|genre| {
            ids(&server
                .get(&format!("/top-picks?genre={genre}&limit=12"))
                .json())
        })
        .collect();
    let mut told = 0;
    for viewer in 0..40 {
        let taste = tastes[viewer % 2].iter().enumerate();
        let left_out = [viewer, 3 * viewer + 1, 7 * viewer + 4].map(|film| film % 12);
        let liked = taste.filter(|(film, _)| !left_out.contains(film));
        let liked: Vec<&String> = liked.map(|(_, film)| film).collect();
        like(&server, &format!("viewer-{viewer}"), &liked);
        told += liked.len();
    }
    like(&server, "ada", &[&tastes[0][0], &tastes[0][1]]);
    like(&server, "bo", &[&tastes[1][0], &tastes[1][1]]);
    say(&server, "like-after-recommendation");
    eventually("the log has what was told", || {
        // Two of ada, two of bo, and one by voice besides.
        rows_of_log(dir.path()) >= told + 5
    });

    let report = run(dir.path(), &["train", "--json"], "").done().json();
    assert!(report["sections"]["weights"].as_u64() > Some(0), "{report}");
    eventually("the server takes the new model up", || {
        let now = server.get("/health").json()["model_version"].clone();
        now != before && now == report["model_version"]
    });

    for (viewer, taste) in [("ada", &tastes[0]), ("bo", &tastes[1])] {
        let answer = server.get(&format!("/viewers/{viewer}/recommendations?limit=4"));
        let list = answer.json();
        assert_eq!(list["model_version"], report["model_version"]);
        let films = ids(&list);
        // Behind what a few viewers taught, films come that none of them has.
        assert!(taste[2..].contains(&films[0]), "{list}");
        assert!(
            !films.contains(&taste[0]) && !films.contains(&taste[1]),
            "{list}"
        );
        let sentence = list["recommendations"][0]["reason"]["sentence"].as_str();
        assert!(
            sentence.unwrap().starts_with("Because you liked "),
            "{list}"
        );
    }
    let also = server
        .get(&format!("/movies/{}/also-liked?limit=3", tastes[1][3]))
        .json();
    assert!(
        ids(&also).iter().all(|film| tastes[1].contains(film)),
        "{also}"
    );
    let trending = server.get("/trending?limit=3").json();
    let taken = |film: &String| tastes.iter().any(|taste| taste.contains(film));
    assert!(ids(&trending).iter().all(taken), "{trending}");

    let said = say(&server, "for-me");
    assert!(said.contains("For you, I recommend "), "{said}");
    assert!(
        said.contains("Because you liked The Matrix Reloaded"),
        "{said}"
    );
    assert_a_batch_gives_what_is_served(&server, dir.path());
    let _ = server.stop().done();
}
