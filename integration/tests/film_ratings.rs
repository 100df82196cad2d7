//! `matinee import film-ratings`, into the data folder and into a table of `DynamoDB`, and
//! `matinee report films` of what is there.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use matinee::taste::log::read_film_segment;
use matinee_integration::lambda::{Fault, FaultProxy, Moto};
use matinee_integration::{data, files, matinee_with_s3, run};
use serde_json::Value;

const HEADER: &str = "title,year,Director1,Genre1,Genre2,Genre3,stars\n";

fn write(dir: &Path, name: &str, rows: &str) {
    fs::write(dir.join(name), format!("\u{feff}{HEADER}{rows}")).unwrap();
}

fn rows(count: u32) -> String {
    let rows =
        (0..count).map(|n| format!("Film {n},1999,Ada Moor,Drama,Sci-Fi,None,{}\n", 1 + n % 10));
    rows.collect()
}

/// Titles of the film ratings in the log, with how many rows each has.
fn logged(dir: &Path) -> BTreeMap<String, usize> {
    let log = dir.join(".matinee/log/film-ratings");
    let mut titles = BTreeMap::new();
    for file in files(&log) {
        for row in read_film_segment(&fs::read_to_string(log.join(file)).unwrap()).unwrap() {
            *titles.entry(row.title).or_default() += 1;
        }
    }
    titles
}

#[test]
fn film_ratings_are_kept_once_reach_the_log_and_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "films.csv", &rows(200));
    let import = ["import", "film-ratings", "films.csv"];
    let outcome = run(dir.path(), &import, "").done();
    assert!(
        outcome
            .stdout
            .contains("200 film ratings of 200 rows, 0 bad"),
        "{outcome:?}"
    );
    assert!(
        outcome
            .stdout
            .contains("200 new in .matinee, 0 there already"),
        "{outcome:?}"
    );
    let again = run(dir.path(), &[&import[..], &["--json"]].concat(), "")
        .done()
        .json();
    assert_eq!(
        (&again["new"], &again["repeats"]),
        (&0.into(), &200.into()),
        "{again}"
    );
    let titles = logged(dir.path());
    assert_eq!(titles.len(), 200);
    assert!(titles.values().all(|rows| *rows == 1), "{titles:?}");

    let report = run(dir.path(), &["report", "films", "--out", "films.html"], "").done();
    assert_eq!(report.stdout, "");
    let html = fs::read_to_string(dir.path().join("films.html")).unwrap();
    assert!(html.contains("<svg") && !html.contains("<script"), "{html}");
    let figures = run(dir.path(), &["report", "films", "--json"], "")
        .done()
        .json();
    assert_eq!(figures["all"]["films"], 200);
    assert_eq!(
        figures["histogram"],
        serde_json::json!([20, 20, 20, 20, 20, 20, 20, 20, 20, 20])
    );
}

#[test]
fn bad_rows_are_named_and_too_many_leave_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let bad = "X,soon,Ada Moor,Drama,None,None,5\nY,1999,Ada Moor,Drama,None,None,99\n";
    write(dir.path(), "films.csv", &format!("{}{bad}", rows(100)));
    let import = ["import", "film-ratings", "films.csv"];
    let refused = run(dir.path(), &import, "");
    assert_eq!(refused.code, Some(1), "{refused:?}");
    for part in [
        "2 of 102 rows",
        "films.csv:102: year",
        "films.csv:103: stars",
        "--lenient",
    ] {
        assert!(refused.stderr.contains(part), "{part}: {refused:?}");
    }
    assert!(!dir.path().join(".matinee").exists());
    let lenient = run(dir.path(), &[&import[..], &["--lenient"]].concat(), "").done();
    assert!(
        lenient.stdout.contains("films.csv:102: year"),
        "{lenient:?}"
    );
    assert!(lenient.stdout.contains("100 new"), "{lenient:?}");

    let missing = run(dir.path(), &["import", "film-ratings", "nowhere.csv"], "");
    assert_eq!(missing.code, Some(1), "{missing:?}");
    assert!(missing.stderr.contains("nowhere.csv"), "{missing:?}");
    let table = run(
        dir.path(),
        &[&import[..], &["--table", "Films"]].concat(),
        "",
    );
    assert_eq!(table.code, Some(2), "{table:?}");
    assert!(table.stderr.contains("--features aws"), "{table:?}");
}

#[test]
fn sixteen_thousand_real_ratings_are_kept_and_reported() {
    let Some(path) = data("iot-film-ratings/movie_ratings_simple.csv") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let kept = run(dir.path(), &["import", "film-ratings", &path, "--json"], "")
        .done()
        .json();
    assert_eq!(
        (&kept["new"], &kept["report"]["bad_rows"]),
        (&16470.into(), &0.into()),
        "{kept}"
    );
    let figures = run(dir.path(), &["report", "films", "--json"], "")
        .done()
        .json();
    let of_file = run(
        dir.path(),
        &["report", "films", "--film-ratings", &path, "--json"],
        "",
    );
    let of_file = of_file.done().json();
    assert_eq!(figures["histogram"], of_file["histogram"]);
    assert_eq!(figures["all"]["films"], 16470);
}

/// A command that finds AWS at `endpoint`.
fn with_aws(dir: &Path, endpoint: &str, args: &[&str]) -> Output {
    Command::new(matinee_with_s3())
        .args(args)
        .current_dir(dir)
        .env_remove("RUST_LOG")
        .env_remove("AWS_PROFILE")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "made-up")
        .env("AWS_SECRET_ACCESS_KEY", "made-up")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn film_ratings_of_a_bucket_reach_the_table_and_an_import_that_broke_off_goes_on() {
    let Some(moto) = Moto::start() else { return };
    let (tables, bucket) = (moto.create_tables(), moto.create_bucket("ratings"));
    let dir = tempfile::tempdir().unwrap();
    bucket.put(
        "in/films.csv",
        format!("{HEADER}{}X,soon,,,,,5\n", rows(120)),
    );
    let proxy = FaultProxy::start(moto.endpoint());
    let import = |endpoint: &str, more: &[&str]| {
        let args = [
            "import",
            "film-ratings",
            "s3://ratings/in/films.csv",
            "--table",
            "Films",
            "--json",
        ];
        with_aws(dir.path(), endpoint, &[&args[..], more].concat())
    };
    // The table refuses in the middle.
    proxy.inject(
        Fault::AccessDenied
            .on_target("PutItem")
            .share(0.03, 1)
            .times(1),
    );
    let broken = import(&proxy.endpoint(), &[]);
    assert_eq!(broken.status.code(), Some(1), "{broken:?}");
    let said = String::from_utf8_lossy(&broken.stderr);
    assert!(
        said.contains("run the same again") && said.contains("access is denied"),
        "{said}"
    );
    let there = tables.items("Films");
    assert!((1..120).contains(&there.len()), "{}", there.len());
    proxy.clear();

    // It does not keep up for a while.
    proxy.inject(Fault::SlowDown.on_target("PutItem").times(3));
    let outcome = json(&import(&proxy.endpoint(), &[]));
    assert_eq!(outcome["new"], 120 - there.len(), "{outcome}");
    assert_eq!(outcome["repeats"], there.len(), "{outcome}");
    assert_eq!(outcome["report"]["bad_rows"], 1);
    let bad = &outcome["report"]["bad_row_examples"][0];
    assert_eq!(
        (&bad["file"], &bad["line"]),
        (&"s3://ratings/in/films.csv".into(), &122.into())
    );
    let items = tables.items("Films");
    assert_eq!(items.len(), 120);
    assert!(
        there.iter().all(|item| items.contains(item)),
        "nothing is overwritten"
    );
    assert_eq!(items[0]["Director1"], "Ada Moor");

    let nothing = with_aws(
        dir.path(),
        moto.endpoint(),
        &[
            "import",
            "film-ratings",
            "s3://ratings/none.csv",
            "--table",
            "Films",
        ],
    );
    assert_eq!(nothing.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&nothing.stderr).contains("there is no none.csv"),
        "{nothing:?}"
    );
    assert_eq!(files(dir.path()), Vec::<std::path::PathBuf>::new());
}
