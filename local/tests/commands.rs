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
