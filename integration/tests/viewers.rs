//! What viewers do, told to the server on one machine as apps tell it.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use matinee::taste::log::{LogRow, read_segment};
use matinee_integration::{Server, files};
use serde_json::{Value, json};

fn start(dir: &Path) -> Server {
    Server::start(dir, &["serve", "--port", "0"])
}

/// Asks until what is told has become so, for at most ten seconds.
#[track_caller]
fn eventually<T>(mut ask: impl FnMut() -> T, so: impl Fn(&T) -> bool) -> T
where
    T: std::fmt::Debug,
{
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let found = ask();
        if so(&found) {
            return found;
        }
        assert!(Instant::now() < deadline, "{found:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn profile(server: &Server, viewer: &str) -> Value {
    let answer = server.get(&format!("/viewers/{viewer}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn total(profile: &Value) -> u64 {
    let counts = profile["counts"].as_object().unwrap();
    counts.values().map(|count| count.as_u64().unwrap()).sum()
}

/// Every row below the log's folder, repeats included.
fn log(dir: &Path) -> Vec<LogRow> {
    let folder = dir.join(".matinee/log");
    let mut rows = Vec::new();
    for path in files(&folder) {
        if path.starts_with("film-ratings") || path.extension().is_none_or(|e| e != "tsv") {
            continue;
        }
        let text = fs::read_to_string(folder.join(path)).unwrap();
        rows.extend(read_segment(&text).unwrap());
    }
    rows
}

#[test]
fn what_a_viewer_does_is_kept_over_a_restart_and_goes_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path());
    let batch = json!([
        {"id": "a", "movie": "tmdb:603", "kind": "liked", "at": "2026-01-31T20:15:00Z"},
        {"id": "b", "movie": "tmdb:604", "kind": "rated", "stars": 9, "scale": 10},
        {"id": "c", "movie": "tmdb:603", "kind": "watched", "seconds": 99999},
        {"id": "d", "movie": "tmdb:603", "kind": "watched", "seconds": 0},
        {"id": "e", "movie": "tmdb:0", "kind": "liked"},
        {"id": "a", "movie": "tmdb:604", "kind": "liked"},
    ]);
    let answer = server.post("/viewers/ada/interactions", batch.to_string());
    assert_eq!(answer.status, 202, "{answer:?}");
    let results = answer.json()["results"].clone();
    let statuses: Vec<u64> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [202, 202, 202, 200, 404, 409], "{results}");
    assert_eq!(results[2]["clamped"], true);

    let known = eventually(|| profile(&server, "ada"), |known| total(known) == 3);
    assert_eq!(known["counts"]["liked"], 1);
    assert_eq!(known["counts"]["rated"], 1);
    assert_eq!(known["counts"]["watched"], 1);
    assert_eq!(total(&profile(&server, "bo")), 0);

    // The same again, and an id for something else: only the queue's other end can see it.
    let again = json!([
        {"id": "a", "movie": "tmdb:603", "kind": "liked", "at": "2026-01-31T20:15:00Z"},
        {"id": "b", "movie": "tmdb:604", "kind": "disliked"},
        {"id": "f", "movie": "tmdb:604", "kind": "skipped"},
    ]);
    let answer = server.post("/viewers/ada/interactions", again.to_string());
    assert_eq!(answer.status, 202, "{answer:?}");
    let known = eventually(|| profile(&server, "ada"), |known| total(known) == 4);
    assert_eq!(known["counts"]["disliked"], 0, "the first stands");

    let _ = server.stop().done();
    let server = start(dir.path());
    assert_eq!(total(&profile(&server, "ada")), 4);
    let kept = log(dir.path());
    assert_eq!(kept.len(), 4, "{kept:?}");

    let gone = server.call("DELETE", "/viewers/ada", &[], b"");
    assert_eq!(gone.status, 204, "{gone:?}");
    assert_eq!(total(&profile(&server, "ada")), 0);
    let _ = server.stop().done();
    let forgotten = log(dir.path())
        .into_iter()
        .filter(|row| matches!(row, LogRow::Forgotten { viewer, .. } if viewer.as_str() == "ada"));
    assert_eq!(forgotten.count(), 1);
}

#[test]
fn a_single_interaction_that_is_wrong_is_refused_with_its_field() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path());
    for (body, status, part) in [
        (r#"{"movie": "tmdb:603", "kind": "liked"}"#, 202, "accepted"),
        (
            r#"{"movie": "tmdb:603", "kind": "rated", "stars": 6}"#,
            400,
            "stars",
        ),
        (
            r#"{"movie": "tmdb:603", "kind": "liked", "at": "2126-01-01T00:00:00Z"}"#,
            400,
            "future",
        ),
        (
            r#"{"movie": "tmdb:0", "kind": "liked"}"#,
            404,
            "movie_not_found",
        ),
        ("[]", 400, "100"),
        ("{", 400, "invalid_body"),
    ] {
        let answer = server.post("/viewers/ada/interactions", body);
        assert_eq!(answer.status, status, "{body}: {answer:?}");
        assert!(answer.body.contains(part), "{body}: {answer:?}");
    }
    let long = vec![b' '; 1 << 20];
    let answer = server.post("/viewers/ada/interactions", long);
    assert_eq!(answer.status, 413, "{answer:?}");
    let answer = server.get("/viewers/not%20an%20id");
    assert_eq!(answer.status, 400, "{answer:?}");
}

/// Interactions that are sent in all, in calls of [`ROWS`].
const SENT: usize = 20_000;
const ROWS: usize = 50;
const SENDERS: usize = 8;
const VIEWERS: usize = 40;
const KILLS: usize = 25;

#[test]
fn nothing_is_lost_or_kept_twice_though_the_server_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path());
    let films: Vec<String> = server.get("/top-picks?limit=100").json()["recommendations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|recommendation| recommendation["movie"]["id"].as_str().unwrap().to_owned())
        .collect();
    // One in five was sent before.
    let fresh = SENT / 5 * 4;
    let row = |number: usize| {
        let id = number % fresh;
        json!({"id": format!("i-{id}"), "movie": films[id % films.len()], "kind": "liked",
            "at": "2026-01-31T20:15:00Z"})
    };
    // A viewer's rows come in calls of one viewer: a repeat has its viewer's.
    let mut calls: Vec<(usize, Value)> = Vec::new();
    for viewer in 0..VIEWERS {
        let rows: Vec<Value> = (viewer..SENT).step_by(VIEWERS).map(row).collect();
        calls.extend(rows.chunks(ROWS).map(|rows| (viewer, json!(rows))));
    }
    let base = Mutex::new(server.base().to_owned());
    let running = Mutex::new(Some(server));
    let (kills, again) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let done = AtomicBool::new(false);
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|_| {
                scope.spawn(|| {
                    while let Some((viewer, body)) = calls.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        send(&base, *viewer, body, &again);
                        // So that the kills fall among the calls.
                        thread::sleep(Duration::from_millis(150));
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) && kills.load(Ordering::Relaxed) < KILLS {
                let number = kills.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(120 + (number as u64 * 7919) % 250));
                let mut running = running.lock().unwrap();
                drop(running.take());
                let server = start(dir.path());
                server.base().clone_into(&mut base.lock().unwrap());
                *running = Some(server);
            }
        });
        for sender in senders {
            sender.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });

    let mut expected: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for (viewer, rows) in &calls {
        let ids = rows.as_array().unwrap().iter();
        let ids = ids.map(|row| row["id"].as_str().unwrap().to_owned());
        expected.entry(*viewer).or_default().extend(ids);
    }
    let distinct: usize = expected.values().map(BTreeSet::len).sum();
    let server = running.into_inner().unwrap().unwrap();
    for (viewer, ids) in &expected {
        let viewer = format!("viewer-{viewer}");
        eventually(
            || total(&profile(&server, &viewer)),
            |total| *total == ids.len() as u64,
        );
    }
    let _ = server.stop().done();
    let logged = log(dir.path());
    let mut found: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for row in &logged {
        let LogRow::Interaction(recorded) = row else {
            panic!("nobody was forgotten: {row:?}");
        };
        let viewer = recorded.interaction.viewer.as_str();
        let viewer: usize = viewer.trim_start_matches("viewer-").parse().unwrap();
        let id = recorded.interaction.id.to_string();
        found.entry(viewer).or_default().insert(id);
    }
    println!(
        "sent {SENT} interactions in {} calls, {distinct} of them distinct; {} kills, {} calls made \
         again; the tables have {distinct}, the log {} rows",
        calls.len(),
        kills.load(Ordering::Relaxed),
        again.load(Ordering::Relaxed),
        logged.len(),
    );
    assert_eq!(found, expected);
}

/// Sends until it is accepted, wherever the server is meanwhile.
fn send(base: &Mutex<String>, viewer: usize, body: &Value, again: &AtomicUsize) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(5)))
        .build()
        .into();
    loop {
        let url = format!(
            "{}/viewers/viewer-{viewer}/interactions",
            base.lock().unwrap()
        );
        let request = agent.post(url).content_type("application/json");
        match request.send(body.to_string()) {
            Ok(answer) if answer.status() == 202 => return,
            Ok(answer) if answer.status() != 503 => panic!("refused: {answer:?}"),
            _ => {
                again.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(20));
            }
        }
    }
}
