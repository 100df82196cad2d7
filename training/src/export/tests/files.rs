//! Which files there are, and which rows are in them.

use std::sync::Mutex;

use matinee::ports::{Blob, BlobError, ETag};

use super::*;

const FORMAT: ExportFormat = ExportFormat::Personalize;

fn liked(viewer: &str, movie: &str, second: i64) -> LogRow {
    row(viewer, movie, Kind::Liked, second)
}

fn from(day: &str) -> DayRange {
    DayRange {
        from: Some(day.parse().unwrap()),
        until: None,
    }
}

#[test]
fn each_day_has_a_file_with_each_row_once_and_films_by_their_first_id() {
    let (log, to) = (MemoryBlobs::default(), MemoryBlobs::default());
    let known = liked("ada", "movielens:2571", 2);
    append(&log, MONDAY, 1, &[liked("bo", "item:7", 1), known.clone()]);
    append(&log, MONDAY, 2, std::slice::from_ref(&known));
    append(&log, TUESDAY, 3, &[known, liked("cy", "tmdb:603", 90_000)]);
    append(&log, TUESDAY, 4, &[forgotten("bo", 1)]);
    append(&log, TUESDAY, 5, &[liked("bo", "item:7", 90_001)]);
    let report = exported(&log, &to, FORMAT, &DayRange::default()).unwrap();
    assert_eq!(
        keys(&to),
        [
            "inputs/items.jsonl",
            "inputs/users.jsonl",
            "interactions/2026-01-05.csv",
            "interactions/2026-01-06.csv",
            "items.csv",
            "schemas/interactions.json",
            "schemas/items.json",
            "schemas/users.json",
            "users.csv",
        ]
    );
    let monday = text(&to, "interactions/2026-01-05.csv");
    let lines: Vec<&str> = monday.lines().skip(1).collect();
    assert_eq!(lines, ["ada,tmdb:603,1767596402,Like,,"]);
    let tuesday = text(&to, "interactions/2026-01-06.csv");
    let lines: Vec<&str> = tuesday.lines().skip(1).collect();
    let expected = [
        "cy,tmdb:603,1767686400,Like,,",
        "bo,item:7,1767686401,Like,,list-1",
    ];
    assert_eq!(lines, expected);
    let bytes = keys(&to)
        .iter()
        .map(|key| text(&to, key).len() as u64)
        .sum();
    let expected = ExportReport {
        format: FORMAT,
        days: 2,
        days_removed: 0,
        interactions: 3,
        unknown_films: 1,
        films: 3,
        repeats: 2,
        forgotten_rows: 1,
        conflicts: 0,
        bytes,
        minimums: report.minimums.clone(),
    };
    assert_eq!(report, expected);
}

#[test]
fn the_same_log_gives_the_same_files_and_those_of_forgotten_viewers_go() {
    let (log, to) = (MemoryBlobs::default(), MemoryBlobs::default());
    append(&log, MONDAY, 1, &[liked("ada", "tmdb:603", 1)]);
    append(&log, TUESDAY, 2, &[liked("bo", "tmdb:603", 90_000)]);
    let first = exported(&log, &to, FORMAT, &DayRange::default()).unwrap();
    let files = |to: &MemoryBlobs| {
        keys(to)
            .into_iter()
            .map(|key| text(to, &key))
            .collect::<Vec<_>>()
    };
    let written = files(&to);
    assert_eq!(
        exported(&log, &to, FORMAT, &DayRange::default()).unwrap(),
        first
    );
    assert_eq!(files(&to), written);

    now(to.put("interactions/notes.csv", "mine".into(), Expect::Anything)).unwrap();
    append(&log, TUESDAY, 3, &[forgotten("ada", 2)]);
    // Of a day that is not asked for nothing is touched.
    let later = exported(&log, &to, FORMAT, &from(TUESDAY)).unwrap();
    assert_eq!((later.days, later.days_removed), (1, 0));
    assert!(text(&to, "interactions/2026-01-05.csv").contains("ada"));
    let all = exported(&log, &to, FORMAT, &DayRange::default()).unwrap();
    assert_eq!((all.days, all.days_removed, all.forgotten_rows), (1, 1, 1));
    let left = ["interactions/2026-01-06.csv", "interactions/notes.csv"];
    assert_eq!(keys(&to)[2..4], left);
}

#[test]
fn no_log_gives_the_films_alone() {
    let (log, to) = (MemoryBlobs::default(), MemoryBlobs::default());
    let report = exported(&log, &to, FORMAT, &DayRange::default()).unwrap();
    assert_eq!((report.days, report.interactions, report.films), (0, 0, 3));
    assert_eq!(keys(&to).len(), 7);
    assert_eq!(text(&to, "users.csv"), "USER_ID,FRONT,FIRST_SEEN\n");
}

/// A folder to export to; with its first writes somebody wants to be forgotten.
struct Meanwhile<'a> {
    to: &'a MemoryBlobs,
    log: &'a MemoryBlobs,
    tombstones: Mutex<u32>,
}

impl Blobs for Meanwhile<'_> {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        self.to.get(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        self.to.list(prefix).await
    }

    async fn put(&self, key: &str, bytes: Bytes, expect: Expect) -> Result<ETag, BlobError> {
        let left = {
            let mut left = self.tombstones.lock().unwrap();
            let before = *left;
            if key.starts_with("interactions/") {
                *left = left.saturating_sub(1);
            }
            if *left == before { 0 } else { before }
        };
        if left > 0 {
            let viewer = if left == 1 {
                "ada".to_owned()
            } else {
                format!("nobody-{left}")
            };
            append(self.log, TUESDAY, 100 + left, &[forgotten(&viewer, 5)]);
        }
        self.to.put(key, bytes, expect).await
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        self.to.delete(key).await
    }
}

#[test]
fn who_is_forgotten_while_it_is_written_is_not_in_it_when_it_is_done() {
    for (tombstones, done) in [(1, true), (100, false)] {
        let (log, to) = (MemoryBlobs::default(), MemoryBlobs::default());
        append(
            &log,
            MONDAY,
            1,
            &[liked("ada", "tmdb:603", 1), liked("bo", "tmdb:603", 2)],
        );
        let to = Meanwhile {
            to: &to,
            log: &log,
            tombstones: Mutex::new(tombstones),
        };
        match exported(&log, &to, FORMAT, &DayRange::default()) {
            Ok(report) => {
                assert!(done);
                assert_eq!((report.interactions, report.forgotten_rows), (1, 1));
                assert!(!text(&to, "interactions/2026-01-05.csv").contains("ada"));
            }
            Err(ExportError::Restless) => assert!(!done),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_damaged_log_is_an_error_that_names_the_file() {
    let (log, to) = (MemoryBlobs::default(), MemoryBlobs::default());
    now(log.put("dt=2026-01-05/x-1-1.tsv", "x\n".into(), Expect::Anything)).unwrap();
    let error = exported(&log, &to, FORMAT, &DayRange::default()).unwrap_err();
    assert!(
        error.to_string().contains("dt=2026-01-05/x-1-1.tsv"),
        "{error}"
    );
}
