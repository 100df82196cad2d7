//! Public data sets of what viewers did, read as training reads them.
//!
//! Where they are missing these tests say so and test nothing, except where CI=true: there they
//! fail.

use std::collections::BTreeMap;
use std::path::Path;

use matinee::taste::{KindName, Millis};
use matinee_integration::data;
use matinee_training::interactions::{ImportedInteractions, InteractionOptions, import};

#[expect(clippy::expect_used, reason = "a test cannot go on")]
fn read(path: &str) -> ImportedInteractions {
    // 2026-01-31T12:00:00Z: later than all of them.
    let options = InteractionOptions::at(Millis(1_769_860_800_000));
    import(Path::new(path), &options).expect("a public data set is read")
}

#[test]
fn a_watch_log_gives_what_its_authors_made_of_it_row_for_row() {
    let (Some(log), Some(theirs)) = (
        data("video-interactions/test-2.csv"),
        data("video-interactions/interaction.csv"),
    ) else {
        return;
    };
    let ours = read(&log);
    let report = &ours.report;
    let kinds: Vec<_> = report.kinds.clone().into_iter().collect();
    assert_eq!(
        kinds,
        [(KindName::Watched, 10_943), (KindName::Clicked, 9_057)]
    );
    assert_eq!(
        (report.rows, report.bad_rows, report.unwatched),
        (20_000, 0, 0)
    );

    // Their file as it stands there, read by nothing of ours.
    let mut expected: BTreeMap<Vec<String>, u32> = BTreeMap::new();
    let mut reader = csv::Reader::from_path(&theirs).unwrap();
    assert_eq!(
        reader.headers().unwrap(),
        vec!["USER_ID", "ITEM_ID", "EVENT_TYPE", "TIMESTAMP"]
    );
    for record in reader.records() {
        let row = record.unwrap().iter().map(str::to_owned).collect();
        *expected.entry(row).or_default() += 1;
    }
    let mut found: BTreeMap<Vec<String>, u32> = BTreeMap::new();
    for row in &ours.interactions {
        let row = &row.interaction;
        let item = row.movie.as_str().strip_prefix("item:").unwrap();
        let row = [
            row.viewer.to_string(),
            item.to_owned(),
            row.kind.name().to_string(),
            (row.at.0 / 1000).to_string(),
        ];
        *found.entry(row.to_vec()).or_default() += 1;
    }
    assert_eq!(expected.values().sum::<u32>(), 20_000);
    assert!(found == expected, "the rows differ");

    // And as we read it: the same viewers, films, kinds and times.
    let theirs = read(&theirs);
    assert_eq!(theirs.report.kinds, report.kinds);
}

#[test]
fn public_ratings_are_read_but_for_a_row_that_is_broken() {
    for (name, interactions, bad_rows) in [
        // In this copy a web address has slipped into the time of one rating.
        ("movielens-latest-small", 100_835, 1),
        ("movielens-100k", 100_000, 0),
    ] {
        let Some(path) = data(name) else { return };
        let report = read(&path).report;
        let counts = (report.interactions, report.bad_rows);
        assert_eq!(counts, (interactions, bad_rows), "{name}: {report:?}");
        assert_eq!(report.kinds[&KindName::Rated], interactions, "{name}");
        for bad in &report.bad_row_examples {
            assert!(bad.reason.contains("https://"), "{bad}");
        }
    }
}
