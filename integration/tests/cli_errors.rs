//! What the command line says to what it cannot do: a code, the cause, and what to do.

use std::fs;
use std::path::PathBuf;

use matinee_integration::{Outcome, files, run};

/// The command failed in this way and said each of these parts.
fn assert_fails(outcome: &Outcome, code: i32, parts: &[&str]) {
    assert_eq!(outcome.code, Some(code), "{outcome:?}");
    assert_eq!(outcome.stdout, "", "a failure is no result");
    for part in parts {
        assert!(
            outcome.stderr.contains(part),
            "{part:?} is missing in {}",
            outcome.stderr
        );
    }
    assert!(!outcome.stderr.contains("panicked"), "{outcome:?}");
}

#[test]
fn wrong_usage_is_code_2_and_touches_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let wrong: [(&[&str], &[&str]); 9] = [
        (&["gardening"], &["gardening", "--help"]),
        (&["recomend", "Heat"], &["recommend"]),
        (&["recommend"], &["<FILM>"]),
        (
            &["recommend", "Heat", "--limit", "0"],
            &["--limit", "1..=100"],
        ),
        (
            &["recommend", "Heat", "--limit", "many"],
            &["--limit", "many"],
        ),
        (
            &["recommend", "Heat", "--genre", "gardening"],
            &["Science Fiction"],
        ),
        (&["serve", "--port", "70000"], &["--port"]),
        (&["import"], &["FILE|DIR"]),
        (
            &["train", "--catalogue", "x", "--neighbours", "0"],
            &["1..=1000"],
        ),
    ];
    for (args, parts) in wrong {
        assert_fails(&run(dir.path(), args, ""), 2, parts);
    }
    assert_eq!(files(dir.path()), Vec::<PathBuf>::new());
}

#[test]
fn help_and_version_are_results() {
    let dir = tempfile::tempdir().unwrap();
    let help = run(dir.path(), &["--help"], "").done();
    for part in [
        "serve",
        "train",
        "talk",
        "recommend",
        "find",
        "import",
        "Examples:",
    ] {
        assert!(
            help.stdout.contains(part),
            "{part} is missing in {}",
            help.stdout
        );
    }
    for command in [
        "serve",
        "train",
        "talk",
        "recommend",
        "find",
        "fetch",
        "import",
    ] {
        let help = run(dir.path(), &[command, "--help"], "").done();
        assert!(help.stdout.contains("Examples:"), "{}", help.stdout);
    }
    let version = run(dir.path(), &["--version"], "").done();
    assert!(version.stdout.starts_with("matinee "), "{version:?}");
}

#[test]
fn a_catalogue_that_cannot_be_read_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let missing = "movieId,name\n1,Heat\n";
    fs::write(dir.path().join("columns.csv"), missing).unwrap();
    let utf16: Vec<u8> = "\u{feff}id,title\n1,Heat\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    fs::write(dir.path().join("utf16.csv"), utf16).unwrap();
    fs::write(dir.path().join("empty.csv"), "").unwrap();
    fs::create_dir(dir.path().join("folder")).unwrap();
    let before = files(dir.path());

    let broken: [(&str, &[&str]); 5] = [
        ("columns.csv", &["columns.csv", "movieId,name", "expected"]),
        ("utf16.csv", &["utf16.csv", "UTF-8"]),
        ("empty.csv", &["empty.csv", "empty"]),
        ("nowhere.csv", &["nowhere.csv"]),
        ("folder", &["folder"]),
    ];
    for (path, parts) in broken {
        let check = run(dir.path(), &["import", "--check", path], "");
        assert_fails(&check, 1, parts);
        let train = run(
            dir.path(),
            &["train", "--catalogue", path, "--out", "models"],
            "",
        );
        assert_fails(&train, 1, parts);
    }
    assert_eq!(files(dir.path()), before);
}

#[test]
fn bad_rows_are_named_and_fail_unless_they_are_few_or_forgiven() {
    let dir = tempfile::tempdir().unwrap();
    let rows = "movieId,title,genres\n1,Heat (1995),Crime\nx,,\n3,Ronin (1998),Gardening|Action\n";
    fs::write(dir.path().join("movies.csv"), rows).unwrap();
    let strict = run(dir.path(), &["import", "--check", "movies.csv"], "");
    assert_fails(&strict, 1, &["movies.csv:3", "1 %", "--lenient"]);

    let lenient = ["import", "--check", "movies.csv", "--lenient"];
    let outcome = run(dir.path(), &lenient, "").done();
    for part in ["2 films of 3 rows, 1 bad", "movies.csv:3", "Gardening"] {
        assert!(
            outcome.stdout.contains(part),
            "{part} is missing in {}",
            outcome.stdout
        );
    }
    let json = [&lenient[..], &["--json"]].concat();
    let report = run(dir.path(), &json, "").done().json();
    assert_eq!(
        (report["rows"].as_u64(), report["movies"].as_u64()),
        (Some(3), Some(2))
    );
    assert_eq!(report["bad_row_examples"][0]["line"], 3, "{report}");
    assert_eq!(report["unknown_genres"]["Gardening"], 1, "{report}");
}

#[test]
fn a_named_folder_without_a_model_is_not_filled_with_the_built_in_films() {
    let dir = tempfile::tempdir().unwrap();
    let commands: [&[&str]; 4] = [
        &["serve", "--port", "0"],
        &["talk"],
        &["find"],
        &["recommend", "Heat"],
    ];
    for command in commands {
        let args = [command, &["--models", "mine"]].concat();
        assert_fails(&run(dir.path(), &args, ""), 1, &["mine", "matinee train"]);
    }
    assert_eq!(files(dir.path()), Vec::<PathBuf>::new());
}

#[test]
fn an_unknown_film_is_code_1_with_the_nearest_titles() {
    let dir = tempfile::tempdir().unwrap();
    // The first run of any command makes the model.
    let _ = run(dir.path(), &["find"], "").done();
    let outcome = run(dir.path(), &["recommend", "matrikz"], "");
    assert_fails(
        &outcome,
        1,
        &["matrikz", "did you mean", "The Matrix (1999)"],
    );
    let outcome = run(dir.path(), &["recommend", "zzzz qqqq"], "");
    assert_fails(&outcome, 1, &["no film", "zzzz qqqq"]);
}

#[test]
fn a_log_filter_that_is_none_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(matinee_integration::matinee())
        .args(["find"])
        .current_dir(dir.path())
        .env("RUST_LOG", "matinee=loud")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("RUST_LOG"), "{said}");
}
