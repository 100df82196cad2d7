//! A model of one's own films: trained, served, and refused when it is damaged.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use matinee_integration::{Outcome, Server, files, run};
use serde_json::Value;

const HEADER: &str = "id,title,original_title,year,genres,directors,cast,countries,language,runtime,keywords,prominence,plot";

/// Invented films in the layout of the built-in ones.
const FILMS: [&str; 6] = [
    "film:a,The Lighthouse Robbers,,1998,Crime|Thriller,Ada Quill,Ben Oak|Cy Elm,US,en,101,heist|lighthouse,80,Four thieves rob a lighthouse in a storm.",
    "film:b,Robbers of the Tide,,2001,Crime|Thriller,Ada Quill,Ben Oak|Dot Fir,US,en,99,heist|harbour,60,The thieves of the lighthouse rob a harbour at low tide.",
    "film:c,A Garden in June,,2005,Romance|Comedy,Eve Ash,Flo Yew,GB,en,95,garden|wedding,50,Two gardeners fall in love over a hedge.",
    "film:d,The Hedge,,2010,Romance|Comedy,Eve Ash,Flo Yew|Gus Bay,GB,en,92,garden|neighbours,40,Two neighbours quarrel over a hedge and marry.",
    "film:e,Moon Harvest,,2015,Science Fiction,Hal Box,Ida Fig,US,en,120,moon|farm,70,A farmer grows wheat on the moon.",
    "film:f,Wheat of Mars,,2019,Science Fiction,Hal Box,Jo Gum,US,en,118,mars|farm,30,A farmer follows her brother to Mars.",
];

fn write_catalogue(path: &Path, films: &[&str]) {
    fs::write(path, format!("{HEADER}\n{}\n", films.join("\n"))).unwrap();
}

fn train(dir: &Path, args: &[&str]) -> Outcome {
    let fixed = ["train", "--catalogue", "mine.csv", "--out", "models"];
    run(dir, &[&fixed, args].concat(), "").done()
}

/// The version in what `matinee train` prints.
fn version(trained: &Outcome) -> String {
    trained.stdout.split(' ').next().unwrap().to_owned()
}

#[test]
fn films_of_ones_own_are_trained_and_served() {
    let dir = tempfile::tempdir().unwrap();
    write_catalogue(&dir.path().join("mine.csv"), &FILMS);
    let report = train(dir.path(), &["--json"]).json();
    assert_eq!(report["movies"], 6, "{report}");
    assert_eq!(report["reports"][0]["rows"], 6, "{report}");
    for section in ["catalogue", "titles", "similar"] {
        assert!(report["sections"][section].as_u64() > Some(0), "{report}");
    }
    assert!(report["seconds"]["total"].is_number(), "{report}");
    let folder = dir.path().join(report["folder"].as_str().unwrap());
    assert!(folder.join("manifest.json").is_file(), "{report}");

    let server = Server::start(dir.path(), &["serve", "--models", "models", "--port", "0"]);
    let health = server.get("/health").json();
    assert_eq!(health["model_version"], report["model_version"]);
    let answer = server
        .get("/recommend?movie_name=the%20lighthouse%20robbers&limit=1")
        .json();
    assert_eq!(
        answer["recommended_movies"][0], "Robbers of the Tide",
        "{answer}"
    );
    assert_eq!(server.get("/recommend?movie_name=The%20Matrix").status, 404);
    let said = server.stop().done().stderr;
    assert!(said.contains("talk --models models"), "{said}");

    let args = [
        "recommend",
        "Moon Harvest",
        "--models",
        "models",
        "--limit",
        "2",
    ];
    let outcome = run(dir.path(), &args, "").done();
    let lines = outcome.lines();
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(
        lines[0].starts_with("Title") && lines[0].contains("Reason"),
        "{lines:#?}"
    );
    assert!(
        lines[1].starts_with("Wheat of Mars") && lines[1].contains("2019"),
        "{lines:#?}"
    );
}

#[test]
fn training_again_makes_the_new_model_the_live_one() {
    let dir = tempfile::tempdir().unwrap();
    let catalogue = dir.path().join("mine.csv");
    write_catalogue(&catalogue, &FILMS[..4]);
    let first = train(dir.path(), &[]);
    write_catalogue(&catalogue, &FILMS);
    let second = train(dir.path(), &["--neighbours", "2"]);
    assert_ne!(version(&first), version(&second));
    let current = fs::read_to_string(dir.path().join("models/current.json")).unwrap();
    let current: Value = serde_json::from_str(&current).unwrap();
    assert_eq!(current["model_version"], version(&second).as_str());
    let found = run(dir.path(), &["find", "--models", "models"], "wheat of mars").done();
    assert_eq!(found.lines(), ["Wheat of Mars (2019) [film:f]"]);
}

#[test]
fn a_model_that_lacks_films_of_the_live_one_is_written_and_not_made_live() {
    let dir = tempfile::tempdir().unwrap();
    let catalogue = dir.path().join("mine.csv");
    write_catalogue(&catalogue, &FILMS);
    let first = version(&train(dir.path(), &[]));
    let live = || {
        let current = fs::read_to_string(dir.path().join("models/current.json")).unwrap();
        let current: Value = serde_json::from_str(&current).unwrap();
        current["model_version"].as_str().unwrap().to_owned()
    };
    write_catalogue(&catalogue, &FILMS[..5]);
    let args = [
        "train",
        "--catalogue",
        "mine.csv",
        "--out",
        "models",
        "--json",
    ];
    let held_back = run(dir.path(), &args, "");
    assert_eq!(held_back.code, Some(1), "{held_back:?}");
    assert!(held_back.stderr.contains("--force"), "{held_back:?}");
    let report = held_back.json();
    assert_eq!(report["live"], false, "{report}");
    assert!(
        report["reason"].as_str().unwrap().contains("film:f"),
        "{report}"
    );
    assert_eq!(live(), first);
    // Versions are in order by the second. Going back passes over the one that was held back.
    thread::sleep(Duration::from_millis(1_100));
    let second = version(&train(dir.path(), &["--force"]));
    assert_eq!(live(), second);
    let back = run(dir.path(), &["rollback", "--models", "models"], "").done();
    assert_eq!(back.lines(), [first.as_str()]);
    let listed = run(dir.path(), &["models", "--models", "models"], "").done();
    assert!(listed.stdout.contains("lacks 1 of"), "{listed:?}");
}

#[test]
fn interactions_of_a_file_are_learned_from() {
    let dir = tempfile::tempdir().unwrap();
    write_catalogue(&dir.path().join("mine.csv"), &FILMS);
    let rows = [
        "ann,film:a",
        "ann,film:b",
        "bo,film:a",
        "bo,film:b",
        "cy,film:c",
        "cy,film:d",
    ];
    let rows = rows.map(|row| format!("{row},like,1760000000\n")).concat();
    let text = format!("USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP\n{rows}");
    fs::write(dir.path().join("likes.csv"), text).unwrap();
    let report = train(dir.path(), &["--interactions", "likes.csv", "--json"]).json();
    assert_eq!(report["viewers"], 3, "{report}");
    assert_eq!(report["interactions"][0]["interactions"], 6, "{report}");
    assert!(report["sections"]["weights"].as_u64() > Some(0), "{report}");
}

#[test]
fn a_failed_training_leaves_the_live_model_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    write_catalogue(&dir.path().join("mine.csv"), &FILMS);
    let _ = train(dir.path(), &[]);
    let before = files(dir.path());
    let live = fs::read(dir.path().join("models/current.json")).unwrap();
    fs::write(dir.path().join("mine.csv"), "nonsense\n").unwrap();
    let args = ["train", "--catalogue", "mine.csv", "--out", "models"];
    let outcome = run(dir.path(), &args, "");
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(files(dir.path()), before);
    assert_eq!(
        fs::read(dir.path().join("models/current.json")).unwrap(),
        live
    );
}

#[test]
fn a_damaged_section_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    write_catalogue(&dir.path().join("mine.csv"), &FILMS);
    let version = version(&train(dir.path(), &[]));
    for section in ["catalogue", "titles", "similar"] {
        let path = dir
            .path()
            .join("models")
            .join(&version)
            .join(format!("{section}.bin"));
        let sound = fs::read(&path).unwrap();
        let mut flipped = sound.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        fs::write(&path, &flipped).unwrap();
        assert_refused(dir.path(), section, "checksum");
        fs::write(&path, &sound[..middle]).unwrap();
        assert_refused(dir.path(), section, "bytes");
        fs::write(&path, &sound).unwrap();
    }
    let _ = run(dir.path(), &["find", "--models", "models"], "").done();
}

/// Each command refuses the model, and no other is made up in its place.
fn assert_refused(dir: &Path, section: &str, cause: &str) {
    let before: Vec<PathBuf> = files(dir);
    let commands: [&[&str]; 3] = [&["serve", "--port", "0"], &["find"], &["talk"]];
    for command in commands {
        let outcome = run(dir, &[command, &["--models", "models"]].concat(), "");
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        let named = format!("section {section}");
        assert!(outcome.stderr.contains(&named), "{outcome:?}");
        assert!(outcome.stderr.contains(cause), "{outcome:?}");
    }
    assert_eq!(files(dir), before);
}

#[test]
fn a_running_server_takes_a_newly_trained_model_up_and_keeps_it_when_the_next_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let catalogue = dir.path().join("mine.csv");
    write_catalogue(&catalogue, &FILMS[..4]);
    let first = version(&train(dir.path(), &[]));
    let server = Server::start(dir.path(), &["serve", "--models", "models", "--port", "0"]);
    let serving = || {
        let health = server.get("/health");
        assert_eq!(health.status, 200, "{health:?}");
        health.json()["model_version"].as_str().unwrap().to_owned()
    };
    assert_eq!(serving(), first);

    write_catalogue(&catalogue, &FILMS);
    let second = version(&train(dir.path(), &[]));
    let deadline = Instant::now() + Duration::from_secs(20);
    while serving() != second {
        assert!(Instant::now() < deadline, "the server still serves {first}");
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(
        server.get("/recommend?movie_name=moon%20harvest").status,
        200
    );

    write_catalogue(&catalogue, &FILMS[..5]);
    let third = version(&train(dir.path(), &["--force"]));
    fs::write(
        dir.path().join("models").join(third).join("titles.bin"),
        "x",
    )
    .unwrap();
    // Longer than it waits between two looks.
    thread::sleep(Duration::from_secs(2));
    assert_eq!(serving(), second);
    let said = server.stop().done().stderr;
    assert!(
        said.contains(&format!("Now serving model {second}: 6 films.")),
        "{said}"
    );
    assert!(
        said.contains("cannot be used") && said.contains("section titles"),
        "{said}"
    );
}
