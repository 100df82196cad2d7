//! `matinee import` into the data folder, and the trainings that use what is there.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use matinee::taste::log::{LogRow, read_segment};
use matinee_integration::{Outcome, Server, data, files, matinee, run};

const FILMS: &str = "movieId,title,genres\n1,Heat (1995),Crime\n2,Ronin (1998),Action\n";

fn write(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Ratings by as many viewers of films 1 and 2 each.
fn ratings(viewers: u32) -> String {
    let rows = (1..=viewers).flat_map(|viewer| {
        [1, 2].map(|film| format!("{viewer},{film},4.5,{}\n", 964_982_703 + viewer))
    });
    format!(
        "userId,movieId,rating,timestamp\n{}",
        rows.collect::<String>()
    )
}

/// Viewer and id of every row of the log, with how many rows there are.
fn logged(data: &Path) -> (BTreeSet<(String, String)>, usize) {
    let log = data.join("log");
    let mut rows = Vec::new();
    for file in files(&log) {
        if file.extension().is_some_and(|extension| extension == "tsv") {
            rows.extend(read_segment(&fs::read_to_string(log.join(file)).unwrap()).unwrap());
        }
    }
    let count = rows.len();
    let ids = rows.into_iter().map(|row| match row {
        LogRow::Interaction(row) => (
            row.interaction.viewer.to_string(),
            row.interaction.id.to_string(),
        ),
        other @ LogRow::Forgotten { .. } => panic!("{other:?}"),
    });
    (ids.collect(), count)
}

fn assert_says(outcome: &Outcome, parts: &[&str]) {
    for part in parts {
        assert!(
            outcome.stdout.contains(part),
            "{part:?} is missing in {outcome:?}"
        );
    }
}

#[test]
fn of_a_folder_films_and_what_viewers_did_are_kept_once_and_trained_on() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "set/movies.csv", FILMS);
    write(dir.path(), "set/ratings.csv", &ratings(30));
    let outcome = run(dir.path(), &["import", "set"], "").done();
    assert_says(
        &outcome,
        &[
            "2 films of",
            "new, kept in .matinee/catalogues/1/set",
            "60 new, 0 there",
        ],
    );
    let (ids, rows) = logged(&dir.path().join(".matinee"));
    assert_eq!((ids.len(), rows), (60, 60));
    assert!(
        ids.iter()
            .all(|(viewer, _)| viewer.starts_with("movielens:"))
    );

    let before = files(dir.path());
    let again = run(dir.path(), &["import", "set", "--json"], "")
        .done()
        .json();
    assert_eq!(again["catalogues"][0]["state"], "same", "{again}");
    assert_eq!(again["interactions"][0]["new"], 0, "{again}");
    assert_eq!(again["interactions"][0]["repeats"], 60, "{again}");
    assert_eq!(files(dir.path()), before);

    // The set itself is not needed any more.
    fs::remove_dir_all(dir.path().join("set")).unwrap();
    let trained = run(dir.path(), &["train", "--json"], "").done();
    assert_eq!(trained.json()["movies"], 2, "{trained:?}");
    assert!(
        trained.stderr.contains(".matinee/catalogues/1/set"),
        "{trained:?}"
    );
    let found = run(dir.path(), &["find"], "Heat\n").done();
    assert_eq!(found.lines(), ["Heat (1995) [movielens:1]"]);
}

#[test]
fn the_first_training_uses_what_was_imported_and_else_the_built_in_films() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "movies.csv", FILMS);
    let _ = run(dir.path(), &["import", "movies.csv"], "").done();
    let found = run(dir.path(), &["find"], "The Matrix\nRonin\n").done();
    assert_eq!(found.lines(), ["", "Ronin (1998) [movielens:2]"]);

    let empty = tempfile::tempdir().unwrap();
    let trained = run(empty.path(), &["train"], "").done();
    assert!(trained.stderr.contains("built-in"), "{trained:?}");
    let found = run(empty.path(), &["find"], "The Matrix\n").done();
    assert_eq!(found.lines(), ["The Matrix (1999) [tmdb:603]"]);
}

#[test]
fn a_file_is_taken_for_what_it_is_and_interactions_can_be_asked_for_alone() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "set/movies.csv", FILMS);
    write(dir.path(), "set/ratings.csv", &ratings(3));
    write(
        dir.path(),
        "watched.csv",
        "USER_ID,ITEM_ID,video_duration,duration_watched,TIMESTAMP\nada,tmdb:603,100,90,1705564972\n\
         ada,tmdb:604,100,0,1705564973\n",
    );
    let args = ["import", "set/ratings.csv", "watched.csv", "--data", "kept"];
    let outcome = run(dir.path(), &args, "").done();
    assert_says(&outcome, &["6 new", "1 new", "1 of nothing watched"]);
    assert!(!dir.path().join("kept/catalogues").exists());
    assert_eq!(logged(&dir.path().join("kept")).1, 7);

    let args = ["import", "--interactions", "set", "--data", "kept"];
    assert_says(&run(dir.path(), &args, "").done(), &["0 new, 6 there"]);
    assert!(!dir.path().join("kept/catalogues").exists());

    let checked = run(
        dir.path(),
        &["import", "--check", "watched.csv", "--json"],
        "",
    )
    .done();
    assert_eq!(checked.json()["interactions"], 1);
    assert!(!dir.path().join(".matinee").exists());
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "movies.csv", FILMS);
    write(dir.path(), "columns.csv", "colour,shape\nred,round\n");
    write(
        dir.path(),
        "bad.csv",
        &format!("{}x,1,4.5,1\n", ratings(20)),
    );
    fs::create_dir(dir.path().join("folder")).unwrap();
    let before = files(dir.path());
    let refused: [(&[&str], &[&str]); 5] = [
        (&["nowhere.csv"], &["nowhere.csv"]),
        (
            &["columns.csv"],
            &["columns.csv", "colour,shape", "expected"],
        ),
        (&["folder"], &["folder", "looked for"]),
        (&["bad.csv"], &["bad.csv:42", "1 %", "--lenient"]),
        // What is wrong with the second is known before the first is kept.
        (&["movies.csv", "nowhere.csv"], &["nowhere.csv"]),
    ];
    for (paths, parts) in refused {
        let outcome = run(dir.path(), &[&["import"], paths].concat(), "");
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (Some(1), ""),
            "{outcome:?}"
        );
        for part in parts {
            assert!(
                outcome.stderr.contains(part),
                "{part:?} is missing in {outcome:?}"
            );
        }
        assert_eq!(files(dir.path()), before, "{paths:?}");
    }
    let lenient = run(dir.path(), &["import", "bad.csv", "--lenient"], "").done();
    assert_says(&lenient, &["40 new", "1 bad"]);
}

#[test]
fn an_import_that_is_killed_is_run_again_and_nothing_is_lost_or_twice() {
    const VIEWERS: u32 = 40_000;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "ratings.csv", &ratings(VIEWERS));
    let log = dir.path().join(".matinee/log");
    for written in 1..=3 {
        let mut child = Command::new(matinee())
            .args(["import", "ratings.csv"])
            .current_dir(dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while child.try_wait().unwrap().is_none() {
            if log.exists() && files(&log).len() > written {
                child.kill().unwrap();
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
    let outcome = run(dir.path(), &["import", "ratings.csv", "--json"], "")
        .done()
        .json();
    let counts = ["new", "repeats"].map(|key| outcome["interactions"][0][key].as_u64().unwrap());
    assert_eq!(counts[0] + counts[1], u64::from(2 * VIEWERS), "{outcome}");
    assert!(counts[1] > 0, "no import was killed in time: {outcome}");
    let (ids, _) = logged(&dir.path().join(".matinee"));
    assert_eq!(ids.len(), 2 * VIEWERS as usize);
}

#[test]
fn an_import_beside_a_running_server_is_seen_by_it() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "ratings.csv", &ratings(3));
    let server = Server::start(dir.path(), &["serve", "--port", "0"]);
    let _ = run(dir.path(), &["import", "ratings.csv"], "").done();
    let viewer = server.get("/viewers/movielens:2").json();
    assert_eq!(viewer["viewer"], "movielens:2", "{viewer}");
    assert!(viewer.to_string().contains("movielens:1"), "{viewer}");
    let _ = server.stop().done();
    assert_eq!(logged(&dir.path().join(".matinee")).0.len(), 6);
}

#[test]
fn a_public_data_set_is_imported_whole() {
    let Some(set) = data("movielens-latest-small") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let said = run(dir.path(), &["import", &set, "--json"], "")
        .done()
        .json();
    // Bad rows, of which this set should have none, are counted and left out.
    let report = &said["interactions"][0]["report"];
    let [rows, bad] = ["rows", "bad_rows"].map(|key| report[key].as_u64().unwrap());
    assert_eq!((rows, bad <= 1), (100_836, true), "{said}");
    assert_eq!(said["interactions"][0]["new"], rows - bad, "{said}");
    assert_eq!(said["catalogues"][0]["report"]["movies"], 9_742, "{said}");
    let copied = dir
        .path()
        .join(".matinee/catalogues/1/movielens-latest-small/links.csv");
    let from: PathBuf = [&set, "links.csv"].iter().collect();
    assert_eq!(fs::read(copied).unwrap(), fs::read(from).unwrap());
    assert_eq!(
        logged(&dir.path().join(".matinee")).0.len() as u64,
        rows - bad
    );
}
