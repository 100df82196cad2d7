//! What commands make of the environment and of a damaged log, as processes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn matinee(dir: &Path, args: &[&str], fraction: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matinee"));
    command
        .current_dir(dir)
        .args(args)
        .env_remove("WATCHED_FRACTION");
    if let Some(fraction) = fraction {
        command.env("WATCHED_FRACTION", fraction);
    }
    command.output().expect("matinee starts")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[test]
fn a_check_of_interactions_heeds_the_fraction_that_is_set() {
    let dir = tempfile::tempdir().unwrap();
    let log = "USER_ID,ITEM_ID,video_duration,duration_watched,TIMESTAMP\n\
               u1,tmdb:603,100,60,1700000000\n";
    fs::write(dir.path().join("watched.csv"), log).unwrap();
    let check = [
        "import",
        "--check",
        "watched.csv",
        "--interactions",
        "--json",
    ];
    let kinds = |fraction| json(&matinee(dir.path(), &check, fraction))["kinds"].clone();
    assert_eq!(kinds(None)["watched"], 1);
    assert_eq!(kinds(Some("0.7"))["clicked"], 1);
    let refused = matinee(dir.path(), &check, Some("70%"));
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("WATCHED_FRACTION"), "{said}");
}

#[test]
fn a_damaged_log_is_reported_as_json_and_still_a_failure() {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        "dt=2026-01-05/local.a-1-1.tsv",
        "dt=2026-01-05/local.b-2-2.tsv",
        "dt=2026-01-06/local.c-3-3.tsv",
    ];
    for file in files {
        let path = dir.path().join("log").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "broken\n").unwrap();
    }
    let output = matinee(dir.path(), &["compact", "--log", "log", "--json"], None);
    assert_eq!(output.status.code(), Some(1));
    let report = json(&output);
    let damaged = report["damaged"].as_array().unwrap();
    let named: Vec<_> = damaged.iter().map(|d| d["key"].as_str().unwrap()).collect();
    assert_eq!(named, files);
    let said = String::from_utf8(output.stderr).unwrap();
    for file in files {
        assert!(said.contains(file), "{file} is missing in {said}");
        assert!(dir.path().join("log").join(file).exists());
    }
    let silent = matinee(dir.path(), &["compact", "--log", "log"], None);
    assert_eq!((silent.status.code(), silent.stdout), (Some(1), Vec::new()));
}

#[test]
fn what_was_imported_is_exported_for_personalize_and_can_be_imported_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let ratings = "userId,movieId,rating,timestamp\n1,603,4.5,1700000000\n2,603,2.0,1700000100\n";
    fs::write(dir.path().join("ratings.csv"), ratings).unwrap();
    let run = |args: &[&str]| {
        let output = matinee(dir.path(), args, None);
        assert!(output.status.success(), "{args:?}: {output:?}");
        json(&output)
    };
    run(&["import", "ratings.csv", "--json"]);
    let export = ["export", "personalize", "--to", "out", "--json"];
    let report = run(&export);
    assert_eq!(
        (&report["interactions"], &report["days"]),
        (&2.into(), &1.into())
    );
    assert_eq!(run(&export), report);
    let days: Vec<_> = fs::read_dir(dir.path().join("out/interactions"))
        .unwrap()
        .map(|file| file.unwrap().path().display().to_string())
        .collect();
    let [day] = days.as_slice() else {
        panic!("expected one day, found {days:?}")
    };
    for file in [
        "items.csv",
        "schemas/interactions.json",
        "schemas/items.json",
    ] {
        assert!(dir.path().join("out").join(file).is_file(), "{file}");
    }
    let again = run(&["import", day, "--data", "elsewhere", "--json"]);
    assert_eq!(again["interactions"][0]["new"], 2);
    assert_eq!(again["interactions"][0]["report"]["kinds"]["rated"], 2);
}
