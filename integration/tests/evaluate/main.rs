//! `matinee evaluate` as people run it: on small files whose figures are worked out by hand, and on
//! the public splits, whose figures are known.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod ratings;

use std::fs;
use std::path::Path;

use matinee_integration::{Outcome, data, files, run};
use serde_json::Value;

fn evaluate(dir: &Path, args: &[&str]) -> Outcome {
    run(dir, &[&["evaluate"], args].concat(), "")
}

fn json(dir: &Path, args: &[&str]) -> Value {
    evaluate(dir, &[args, &["--json"]].concat()).done().json()
}

fn metric(report: &Value, name: &str) -> f64 {
    let metric = report["metrics"][name].as_f64();
    metric.unwrap_or_else(|| panic!("{name} is missing in {report}"))
}

fn assert_near(report: &Value, name: &str, expected: f64, by: f64) {
    let found = metric(report, name);
    assert!(
        (found - expected).abs() <= by,
        "{name} is {found}, expected {expected} ± {by}"
    );
}

fn assert_fails(outcome: &Outcome, code: i32, parts: &[&str]) {
    assert_eq!(outcome.code, Some(code), "{outcome:?}");
    assert_eq!(outcome.stdout, "", "a failure is no result");
    for part in parts {
        let said = &outcome.stderr;
        assert!(said.contains(part), "{part:?} is missing in {said}");
    }
    assert!(!outcome.stderr.contains("panicked"), "{outcome:?}");
}

/// Viewers, films and ratings of a small MovieLens set.
fn small_set(dir: &Path) {
    let set = dir.join("set");
    fs::create_dir(&set).unwrap();
    let write = |name: &str, text: &str| fs::write(set.join(name), text).unwrap();
    write(
        "movies.csv",
        "movieId,title,genres\n1,Tides (1999),Drama\n2,Reef (2001),Drama\n3,Comet (2002),Sci-Fi\n\
         4,Orbit (2004),Sci-Fi\n",
    );
    write(
        "links.csv",
        "movieId,imdbId,tmdbId\n1,1,10\n2,2,20\n3,3,30\n4,4,40\n",
    );
    write(
        "ratings.csv",
        "userId,movieId,rating,timestamp\n1,1,5.0,946684801\n1,2,4.0,946684802\n\
         2,3,5.0,946684803\n2,4,4.5,946684804\n3,1,4.0,946684805\n3,3,1.0,946684806\n",
    );
    fs::write(
        dir.join("tmdb.csv"),
        "id,title,genre,original_language,overview,release_date,vote_average,vote_count\n\
         10,Tides,Drama,en,Fishermen brave the sea.,1999-01-01,7.0,500\n\
         20,Reef,Drama,en,A reef below the sea.,2001-01-01,6.0,40\n\
         30,Comet,Science Fiction,en,A comet nears the moon.,2002-01-01,6.0,30\n\
         40,Orbit,Science Fiction,en,Round the moon.,2004-01-01,6.0,900\n",
    )
    .unwrap();
    fs::write(dir.join("unseen.txt"), "2\n4\n").unwrap();
}

const UNSEEN: [&str; 8] = [
    "--protocol",
    "unseen-films",
    "--unseen",
    "unseen.txt",
    "--interactions",
    "set",
    "--catalogue",
    "tmdb.csv",
];

#[test]
fn lists_of_a_few_lines_have_the_figures_worked_out_by_hand() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("train"), "u a b\nv a\nw a c\nx a b\n").unwrap();
    fs::write(dir.path().join("test"), "u c\nv c new\nstranger a\nx\n").unwrap();
    let lists = [
        "--protocol",
        "user-lists",
        "--train",
        "train",
        "--test",
        "test",
    ];
    let args = [&lists[..], &["--model", "popularity"]].concat();
    let report = json(dir.path(), &args);
    // u: c, the only film left, is found first. v: b has two viewers, then c has one: found second of
    // two test films.
    assert_near(&report, "recall@5", f64::midpoint(1.0, 0.5), 1e-12);
    let ndcg = (1.0 / 3.0_f64.log2()) / (1.0 + 1.0 / 3.0_f64.log2());
    assert_near(&report, "ndcg@20", f64::midpoint(1.0, ndcg), 1e-12);
    assert_near(&report, "map@50", f64::midpoint(1.0, 0.25), 1e-12);
    assert_near(&report, "coverage@10", 2.0 / 3.0, 1e-12);
    assert_eq!(report["model"], "popularity");
    assert_eq!(report["protocol"], "user-lists");
    assert_eq!(report["settings"]["protocol"]["train"], "train");
    let counts = &report["counts"];
    assert_eq!(counts["viewers"], 4, "{counts}");
    assert_eq!(counts["viewers_measured"], 2, "{counts}");
    assert_eq!(counts["films"], 3, "{counts}");
    assert_eq!(counts["test_interactions_unknown"], 1, "{counts}");
    assert_eq!(
        counts["left_out"]["viewers_without_training_films"], 1,
        "{counts}"
    );
    assert_eq!(
        counts["left_out"]["viewers_without_test_films"], 2,
        "{counts}"
    );

    let table = evaluate(dir.path(), &args).done();
    for part in ["Recall", "Novelty", "0.7500", "2 viewers measured of 4"] {
        assert!(
            table.stdout.contains(part),
            "{part} is missing in {table:?}"
        );
    }
    assert!(table.stderr.contains("ranking"), "{table:?}");
}

#[test]
fn unseen_films_are_found_by_what_is_told_of_them() {
    let dir = tempfile::tempdir().unwrap();
    small_set(dir.path());
    let report = json(dir.path(), &[&UNSEEN[..], &["--model", "tfidf"]].concat());
    // The viewer of the sea finds the reef first, the one of the moon the orbit.
    assert_near(&report, "ndcg@5", 1.0, 1e-12);
    assert_eq!(report["settings"]["protocol"]["id_source"], "movielens");
    assert_eq!(report["counts"]["viewers_measured"], 2, "{report}");
    // Most votes are those of the orbit: first for one viewer, second for the other.
    let report = json(
        dir.path(),
        &[&UNSEEN[..], &["--model", "popularity"]].concat(),
    );
    assert_near(&report, "map@5", f64::midpoint(1.0, 0.5), 1e-12);
}

#[test]
fn every_protocol_of_interactions_measures_a_small_set() {
    let dir = tempfile::tempdir().unwrap();
    small_set(dir.path());
    for (protocol, viewers) in [("random", 2), ("leave-last-out", 2)] {
        let share: &[&str] = match protocol {
            "random" => &["--share", "0.4"],
            _ => &[],
        };
        let args = [
            &[
                "--protocol",
                protocol,
                "--interactions",
                "set",
                "--model",
                "popularity",
            ],
            share,
        ]
        .concat();
        let report = json(dir.path(), &args);
        assert_eq!(report["counts"]["viewers_measured"], viewers, "{report}");
        assert_eq!(report["counts"]["interactions"], 3, "{report}");
        assert_eq!(report, {
            let mut again = json(dir.path(), &args);
            again["seconds"] = report["seconds"].clone();
            again
        });
    }
    let by_time = [
        "--protocol",
        "by-time",
        "--interactions",
        "set",
        "--model",
        "popularity",
    ];
    // The newest like is the only one of its viewer.
    assert_fails(
        &evaluate(dir.path(), &by_time),
        1,
        &["no viewer has both", "1 have only test films"],
    );
    let report = json(dir.path(), &[&by_time[..], &["--share", "0.4"]].concat());
    assert_eq!(report["counts"]["viewers_measured"], 1, "{report}");
}

#[test]
fn options_that_do_not_go_together_are_wrong_usage() {
    let dir = tempfile::tempdir().unwrap();
    let wrong: [(&str, &[&str]); 11] = [
        ("--model ease", &["--protocol"]),
        (
            "--protocol guess --model ease",
            &["guess", "leave-last-out", "user-lists"],
        ),
        (
            "--protocol random --model oracle",
            &["oracle", "popularity", "tfidf", "ease", "matinee"],
        ),
        (
            "--protocol random --model ease",
            &["random needs --interactions"],
        ),
        (
            "--protocol user-lists --train x --model ease",
            &["user-lists needs --test"],
        ),
        (
            "--protocol unseen-films --interactions x --model tfidf",
            &["unseen-films needs --unseen"],
        ),
        (
            "--protocol leave-last-out --interactions x --seed 3 --model popularity",
            &["does not use --seed"],
        ),
        (
            "--protocol by-time --interactions x --share 1 --model ease",
            &["--share", "below 1"],
        ),
        (
            "--protocol random --interactions x --lambda 0 --model ease",
            &["--lambda", "above 0"],
        ),
        (
            "--protocol random --interactions x --lambda 1 --model tfidf",
            &["does not use --lambda"],
        ),
        (
            "--protocol random --interactions x --neighbours 9 --model ease",
            &["does not use --neighbours"],
        ),
    ];
    for (line, parts) in wrong {
        let args: Vec<&str> = line.split(' ').collect();
        assert_fails(&evaluate(dir.path(), &args), 2, parts);
    }
    let help = evaluate(dir.path(), &["--help"]).done();
    for part in ["Examples:", "unseen-films", "--min-stars"] {
        assert!(
            help.stdout.contains(part),
            "{part} is missing in {}",
            help.stdout
        );
    }
}

#[test]
fn the_least_there_can_be_is_measured() {
    let dir = tempfile::tempdir().unwrap();
    let everything = "u a b c d\nv a b\nw a b c\n";
    for (case, train, test, recall) in [
        (
            "one viewer, one film, and nothing to find",
            "u a\n",
            "u b\n",
            0.0,
        ),
        ("a viewer who has everything", everything, "v c\n", 1.0),
        (
            "the same film again and again",
            "u a a a a\nv b a a\nw a a\n",
            "w b b b\n",
            1.0,
        ),
        (
            "viewers who all have the same",
            "u a b\nv a b\nw a b\nx a\n",
            "x b\n",
            1.0,
        ),
    ] {
        fs::write(dir.path().join("train"), train).unwrap();
        fs::write(dir.path().join("test"), test).unwrap();
        let lists = [
            "--protocol",
            "user-lists",
            "--train",
            "train",
            "--test",
            "test",
        ];
        for model in ["matinee", "ease", "itemknn", "popularity"] {
            let report = json(dir.path(), &[&lists[..], &["--model", model]].concat());
            assert_eq!(report["counts"]["viewers_measured"], 1, "{case}: {report}");
            let found = metric(&report, "recall@20");
            assert!((found - recall).abs() < 1e-12, "{case}, {model}: {report}");
        }
    }
}

#[test]
fn bad_input_is_named_with_what_was_expected() {
    let dir = tempfile::tempdir().unwrap();
    small_set(dir.path());
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("empty", "");
    write("train", "u a b\n");
    write("other", "v a b\n");
    write("twice", "u a\nu b\n");
    write(
        "alike.csv",
        "userId,movieId,rating,timestamp\n1,1,3.0,946684801\n1,2,3.0,946684802\n",
    );
    let before = files(dir.path());
    let lists = |train, test| ["--protocol", "user-lists", "--train", train, "--test", test];
    let of = |model| ["--model", model];
    let cases: [(Vec<&str>, &[&str]); 8] = [
        (
            [&lists("empty", "train")[..], &of("ease")].concat(),
            &["empty", "user item item"],
        ),
        (
            [&lists("nowhere", "train")[..], &of("ease")].concat(),
            &["nowhere", "exists"],
        ),
        (
            [&lists("twice", "train")[..], &of("ease")].concat(),
            &["twice:2", "line 1", "--lenient"],
        ),
        (
            [&lists("train", "other")[..], &of("ease")].concat(),
            &["no viewer has both"],
        ),
        (
            [&lists("train", "train")[..], &of("ease")].concat(),
            &["2 test films are training films"],
        ),
        (
            [&lists("train", "train")[..], &of("tfidf")].concat(),
            &["tfidf", "catalogue"],
        ),
        (
            [
                &lists("train", "train")[..],
                &["--catalogue", "set", "--model", "tfidf"],
            ]
            .concat(),
            &["none of the 2 films", "\"a\""],
        ),
        (
            [&UNSEEN[..], &of("ease")].concat(),
            &["ease", "unseen films"],
        ),
    ];
    for (args, parts) in cases {
        assert_fails(&evaluate(dir.path(), &args), 1, parts);
    }
    let alike = [
        "--protocol",
        "random",
        "--interactions",
        "alike.csv",
        "--model",
        "popularity",
    ];
    assert_fails(
        &evaluate(dir.path(), &alike),
        1,
        &[
            "none of the 2 interactions counts as a like",
            "highest rating is 3",
            "--min-stars",
        ],
    );
    let lower = [&alike[..], &["--min-stars", "3", "--share", "0.5"]].concat();
    // Now all are likes; of the one viewer's two films one is held back that nobody else has.
    assert_near(&json(dir.path(), &lower), "recall@50", 0.0, 0.0);
    assert_eq!(files(dir.path()), before, "evaluation writes nothing");
}

#[test]
fn what_dense_films_allows_is_heeded_and_nonsense_is_named() {
    let dir = tempfile::tempdir().unwrap();
    small_set(dir.path());
    let ease = |limit: &str| {
        let output = std::process::Command::new(matinee_integration::matinee())
            .args([
                "evaluate",
                "--protocol",
                "leave-last-out",
                "--interactions",
                "set",
            ])
            .args(["--model", "ease"])
            .current_dir(dir.path())
            .env("DENSE_FILMS", limit)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    };
    let (code, said) = ease("1");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("2 films are more than 1"), "{said}");
    let (code, said) = ease("many");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("DENSE_FILMS"), "{said}");
    assert_eq!(ease("2").0, Some(0));
}

#[test]
fn the_public_splits_have_the_figures_that_are_known() {
    let (Some(train), Some(test)) = (
        data("splits/mls-likes-train.txt"),
        data("splits/mls-likes-test.txt"),
    ) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let likes = [
        "--protocol",
        "user-lists",
        "--train",
        &train,
        "--test",
        &test,
    ];
    // (model, Recall@20, NDCG@20); of popularity only the order of equally popular films differs.
    for (model, recall, ndcg, by) in [
        ("popularity", 0.1449, 0.1487, 0.0006),
        ("ease", 0.2748, 0.2763, 0.0005),
    ] {
        let report = json(dir.path(), &[&likes[..], &["--model", model]].concat());
        assert_near(&report, "recall@20", recall, by);
        assert_near(&report, "ndcg@20", ndcg, by);
        assert_eq!(report["counts"]["interactions"], 38_675);
        assert_eq!(report["counts"]["test_interactions"], 9_298);
    }
    let (Some(train), Some(validation), Some(test)) = (
        data("splits/ml100k-train.txt"),
        data("splits/ml100k-validation.txt"),
        data("splits/ml100k-test.txt"),
    ) else {
        return;
    };
    let ml100k = [
        "--protocol",
        "user-lists",
        "--train",
        &train,
        "--test",
        &test,
    ];
    let ml100k = [&ml100k[..], &["--validation", &validation]].concat();
    for (model, recall, ndcg) in [
        (&["popularity"][..], 0.1583, 0.1885),
        (&["ease", "--lambda", "300"], 0.3208, 0.3634),
    ] {
        let report = json(dir.path(), &[&ml100k[..], &["--model"], model].concat());
        assert_near(&report, "recall@20", recall, 0.0005);
        assert_near(&report, "ndcg@20", ndcg, 0.0005);
        assert_eq!(report["counts"]["validation_interactions"], 9_989);
    }
}

#[test]
fn public_films_that_nobody_has_seen_have_the_figures_that_are_known() {
    let (Some(unseen), Some(interactions), Some(catalogue)) = (
        data("splits/unseen-films.txt"),
        data("movielens-latest-small"),
        data("tmdb-10k/movies.csv"),
    ) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let protocol = ["--protocol", "unseen-films", "--unseen", &unseen];
    let files = ["--interactions", &interactions, "--catalogue", &catalogue];
    for (model, recall, ndcg) in [("popularity", 0.1899, 0.1431), ("tfidf", 0.0524, 0.0487)] {
        let args = [&protocol[..], &files, &["--model", model]].concat();
        let report = json(dir.path(), &args);
        assert_near(&report, "recall@20", recall, 0.0002);
        assert_near(&report, "ndcg@20", ndcg, 0.0002);
        assert_eq!(report["counts"]["films"], 1_141);
        // The folder named as a catalogue too changes nothing.
        let named = [&args[..], &["--catalogue", &interactions]].concat();
        assert_eq!(json(dir.path(), &named)["metrics"], report["metrics"]);
    }
}
