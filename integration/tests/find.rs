//! Finding films from lines of text.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use matinee_integration::{matinee, run};
use serde_json::{Value, json};

#[test]
fn every_line_gives_a_line() {
    let dir = tempfile::tempdir().unwrap();
    let phrases = "the matrix\n\n   \nzzzz qqqq\r\n\u{feff}matrix\ngodfather";
    let outcome = run(dir.path(), &["find"], phrases).done();
    let lines = outcome.lines();
    assert_eq!(lines.len(), 6, "{lines:#?}");
    assert_eq!(lines[0], "The Matrix (1999) [tmdb:603]");
    assert_eq!(lines[1..4], ["", "", ""]);
    assert_eq!(lines[4], lines[0]);
    assert!(lines[5].starts_with("The Godfather (1972) ["), "{lines:#?}");
}

#[test]
fn a_phrase_that_names_no_film_gets_offers() {
    let dir = tempfile::tempdir().unwrap();
    let outcome = run(dir.path(), &["find"], "matrikz\n").done();
    let line = outcome.lines()[0];
    assert!(line.starts_with("? did you mean: "), "{line}");
    assert!(line.contains("The Matrix (1999)"), "{line}");

    let outcome = run(dir.path(), &["find", "--json"], "matrikz\n").done();
    let answer: Value = serde_json::from_str(outcome.lines()[0]).unwrap();
    assert_eq!(answer["movie"], Value::Null);
    let matrix = json!({"id": "tmdb:603", "title": "The Matrix", "year": 1999});
    let offers = answer["did_you_mean"].as_array().unwrap();
    assert!(offers.contains(&matrix), "{answer}");
}

#[test]
fn json_has_one_object_a_line_whatever_the_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let outcome = run(dir.path(), &["find", "--json"], b"The Matrix\n\n\"\xff\t\n").done();
    let answers: Vec<Value> = outcome
        .lines()
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 3, "{answers:?}");
    let matrix = json!({"id": "tmdb:603", "title": "The Matrix", "year": 1999});
    assert_eq!(answers[0]["query"], "The Matrix");
    assert_eq!(answers[0]["movie"], matrix);
    let nothing = json!({"query": "", "movie": null, "did_you_mean": []});
    assert_eq!(answers[1], nothing);
    assert_eq!(answers[2]["query"], "\"\u{fffd}\t");
}

#[test]
fn many_lines_stay_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let mut phrases = String::new();
    for number in 0..100_000 {
        match number % 4 {
            0 => phrases.push_str("The Matrix\n"),
            1 => phrases.push('\n'),
            2 => phrases.push_str("the god father\n"),
            _ => writeln!(phrases, "number {number}").unwrap(),
        }
    }
    let outcome = run(dir.path(), &["find", "--json"], &phrases).done();
    assert_eq!(outcome.lines().len(), 100_000);
    for (line, phrase) in outcome.lines().iter().zip(phrases.lines()) {
        let query = json!(phrase).to_string();
        assert!(line.starts_with(&format!("{{\"query\":{query},")), "{line}");
    }
}

#[test]
fn a_program_that_waits_for_each_answer_gets_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(matinee())
        .arg("find")
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut questions = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        questions.write_all(b"The Matrix\n").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, "The Matrix (1999) [tmdb:603]\n");
    }
    drop(questions);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(matinee())
        .arg("find")
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut questions = child.stdin.take().unwrap();
    for _ in 0..1000 {
        // The command may have ended already.
        if questions.write_all(b"The Matrix\n").is_err() {
            break;
        }
    }
    drop(questions);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("error"), "{said}");
}
