//! `matinee evaluate ratings`.

use std::fs;

use matinee_integration::data;

use crate::{assert_fails, assert_near, evaluate, json, metric};

const FILMS: &str = "title,year,Director1,Genre1,Genre2,Genre3,stars\n";

#[test]
fn ratings_are_learned_from_one_file_and_measured_on_another() {
    let dir = tempfile::tempdir().unwrap();
    let rows = |director: &str, stars: u8| {
        let row =
            |year| format!("Film {year} ({year}),{year},{director},Drama,None,None,{stars}\n");
        (1960..2000).map(row).collect::<String>()
    };
    let write = |name: &str, text: String| fs::write(dir.path().join(name), text).unwrap();
    write(
        "train.csv",
        format!("{FILMS}{}{}", rows("Ada Moor", 9), rows("Bo Lind", 4)),
    );
    write(
        "test.tsv",
        format!(
            "{FILMS}Tides,2003,Ada Moor,Drama,None,None,9\nReef,2004,Bo Lind,Drama,None,None,4\n"
        )
        .replace(',', "\t"),
    );
    let args = ["ratings", "--train", "train.csv", "--test", "test.tsv"];
    let report = json(dir.path(), &args);
    assert_near(&report, "accuracy", 1.0, 0.0);
    assert_near(&report, "within_one", 1.0, 0.0);
    assert!(
        metric(&report, "rmse") < 0.7 && metric(&report, "mae") < 0.7,
        "{report}"
    );
    assert!(metric(&report, "log_loss") < 0.7, "{report}");
    assert!((0.0..=1.0).contains(&metric(&report, "calibration_error")));
    assert_eq!(
        (&report["learned_from"], &report["test"]["ratings"]),
        (&80.into(), &2.into())
    );
    let table = evaluate(dir.path(), &args).done();
    assert!(
        table.stdout.contains("Within one star    1.0000"),
        "{table:?}"
    );

    write(
        "bad.csv",
        format!("{FILMS}Tides,soon,Ada Moor,Drama,None,None,9\n"),
    );
    write("other.csv", "title,stars\nTides,9\n".to_owned());
    for (file, parts) in [
        ("bad.csv", ["1 of 1 rows", "bad.csv:2"]),
        ("other.csv", ["film ratings", "Director1"]),
        ("none.csv", ["cannot read", "none.csv"]),
    ] {
        assert_fails(
            &evaluate(
                dir.path(),
                &["ratings", "--train", file, "--test", "test.tsv"],
            ),
            1,
            &parts,
        );
    }
    assert_fails(
        &evaluate(dir.path(), &["ratings", "--train", "train.csv"]),
        2,
        &["--test"],
    );
}

/// Two thirds to learn from, every third film to predict.
#[test]
fn ratings_of_the_public_films_are_predicted_as_well_as_is_promised() {
    let Some(path) = data("iot-film-ratings/movie_ratings_simple.csv") else {
        return;
    };
    let text = fs::read_to_string(path).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let part = |test: bool| {
        let rows = rows.lines().enumerate();
        let rows = rows.filter(|(row, _)| (row % 3 == 0) == test);
        let rows: Vec<&str> = rows.map(|(_, row)| row).collect();
        format!("{header}\n{}\n", rows.join("\n"))
    };
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("train.csv"), part(false)).unwrap();
    fs::write(dir.path().join("test.csv"), part(true)).unwrap();
    let report = json(
        dir.path(),
        &["ratings", "--train", "train.csv", "--test", "test.csv"],
    );
    assert!(metric(&report, "rmse") <= 0.980, "{report}");
    assert!(metric(&report, "accuracy") >= 0.445, "{report}");
    assert!(metric(&report, "within_one") >= 0.892, "{report}");
    assert!(metric(&report, "calibration_error") <= 0.04, "{report}");
    assert!(
        report["section_bytes"].as_u64().unwrap() < 500_000,
        "{report}"
    );
}
