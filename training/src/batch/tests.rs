use std::collections::HashSet;
use std::fs;

use futures_util::FutureExt as _;
use matinee::ports::MemoryBlobs;
use matinee::taste::log::{LogRow, segment, segment_key};
use matinee::taste::{Interaction, InteractionId, Kind, Source};
use serde_json::Value;

use super::*;
use crate::ingest::ImportOptions;
use crate::interactions::InteractionOptions;
use crate::items::Items;
use crate::log::{CompactSettings, compact};
use crate::renew::{Order, renew};
use crate::{NoProgress, TrainSettings};

const NOW: Millis = Millis(1_772_420_400_000);
const FILMS: usize = 40;
const VIEWERS: usize = 60;

fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap()
}

fn row(viewer: &str, film: usize, kind: Kind, minute: usize) -> Recorded {
    let at = Millis(NOW.0 - 86_400_000 + 60_000 * i64::try_from(minute).unwrap());
    Interaction {
        id: InteractionId::derived([viewer, &minute.to_string()]),
        viewer: viewer.parse().unwrap(),
        movie: format!("movielens:{film}").parse().unwrap(),
        kind,
        at,
        source: Source::Http,
        recommendation: None,
    }
    .accepted(at)
}

/// Viewers of two tastes; the last one only dislikes.
fn rows() -> Vec<Recorded> {
    let mut rows = Vec::new();
    for viewer in 0..VIEWERS {
        for step in 0..8 {
            let film = (viewer % 2) * FILMS / 2 + (viewer + 3 * step) % (FILMS / 2) + 1;
            let kind = match step {
                _ if viewer + 1 == VIEWERS => Kind::Disliked,
                0 => Kind::Skipped,
                1 => Kind::Disliked,
                2 | 3 => Kind::Watched(None),
                _ => Kind::Liked,
            };
            rows.push(row(&format!("v{viewer}"), film, kind, 11 * step + viewer));
        }
    }
    rows
}

/// A log with repeats and a viewer who is forgotten, and a model of it.
fn house() -> (MemoryBlobs, Model) {
    let log = MemoryBlobs::default();
    let all: Vec<LogRow> = rows().into_iter().map(LogRow::Interaction).collect();
    for (number, rows) in all.chunks(97).enumerate() {
        let day = ["2026-02-27", "2026-02-28"][number % 2];
        put(&log, day, number, rows);
    }
    put(&log, "2026-02-28", 98, &all[40..90]);
    let until = Millis(NOW.0 - 3_600_000);
    let viewer = "v7".parse().unwrap();
    put(
        &log,
        "2026-02-28",
        99,
        &[LogRow::Forgotten { viewer, until }],
    );

    let folder = tempfile::tempdir().unwrap();
    let films = (1..=FILMS).map(|film| {
        let genre = ["Crime", "Romance"][(film - 1) * 2 / FILMS];
        format!("{film},Film {film} ({}),{genre}\n", 1950 + film)
    });
    let text = format!("movieId,title,genres\n{}", films.collect::<String>());
    let path = folder.path().join("movies.csv");
    fs::write(&path, text).unwrap();
    let mut settings = TrainSettings::default();
    settings.weights.memory = u64::MAX;
    let order = Order {
        catalogues: &[path],
        import: ImportOptions::default(),
        items: &Items::default(),
        interactions: &[],
        read: InteractionOptions::at(NOW),
        film_ratings: &[],
        created: "2026-03-02T03:00:00Z",
        settings,
        stand_in: &HashSet::new(),
        force: false,
    };
    let models = MemoryBlobs::default();
    // The log as it was: training would compact it.
    let read = now(crate::log::read(&log)).unwrap();
    assert_eq!(read.interactions.len(), 8 * (VIEWERS - 1));
    let copy = MemoryBlobs::default();
    let rows: Vec<LogRow> = read
        .interactions
        .into_iter()
        .map(LogRow::Interaction)
        .collect();
    put(&copy, "2026-02-27", 1, &rows);
    let renewed = now(renew(&models, Some(&copy), &order, &NoProgress)).unwrap();
    assert!(renewed.model.weights.is_some());
    (log, renewed.model)
}

fn put(log: &MemoryBlobs, day: &str, number: usize, rows: &[LogRow]) {
    let number = format!("{number:03}");
    let key = segment_key(day, "a", &number, &number);
    now(log.put(&key, segment(rows).into(), Expect::Absent)).unwrap();
}

fn settings(results: usize) -> ListSettings {
    ListSettings {
        results,
        as_of: NOW,
        personal: Personal::default(),
    }
}

fn made(
    log: &MemoryBlobs,
    model: &Model,
    to: &MemoryBlobs,
    shards: usize,
    settings: &ListSettings,
) -> Result<BatchReport, BatchError> {
    let work = tempfile::tempdir().unwrap();
    let made = batch(log, model, to, work.path(), shards, settings, &NoProgress);
    let made = now(made);
    assert_eq!(
        fs::read_dir(work.path()).unwrap().count(),
        0,
        "rows stay behind"
    );
    made
}

/// Every line by its viewer.
fn lines(to: &MemoryBlobs) -> Vec<(String, Value)> {
    let mut lines = Vec::new();
    for key in now(to.list(output::FOLDER)).unwrap() {
        let blob = now(to.get(&key)).unwrap().unwrap();
        for line in std::str::from_utf8(&blob.bytes).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let viewer = line["input"]["userId"].as_str().unwrap().to_owned();
            lines.push((viewer, line));
        }
    }
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    lines
}

#[test]
fn every_viewer_who_is_not_forgotten_has_one_line_with_the_list_that_is_served() {
    let (log, model) = house();
    let to = MemoryBlobs::default();
    let settings = settings(10);
    let report = made(&log, &model, &to, 7, &settings).unwrap();
    let lines = lines(&to);
    assert_eq!(report.viewers, VIEWERS as u64 - 1);
    assert_eq!(report.interactions, 8 * (VIEWERS as u64 - 1));
    assert_eq!(lines.len(), VIEWERS - 1);

    // As the handler of /viewers/{viewer}/recommendations makes it, of the newest rows first.
    let read = now(crate::log::read(&log)).unwrap().interactions;
    for (viewer, line) in &lines {
        assert_ne!(viewer, "v7");
        let mut rows: Vec<Recorded> = read.clone();
        rows.retain(|row| row.interaction.viewer.as_str() == viewer);
        rows.reverse();
        let id = viewer.parse().unwrap();
        let personal = settings.personal;
        let history = History::of(&rows, &model.catalogue, NOW, &personal.taste);
        let query = ForYouQuery {
            viewer: Some(&id),
            history: &history,
            as_of: NOW,
            filters: &Filters::default(),
            settings: &personal.list,
        };
        let page = for_you(&model, &query, 0, 10);
        let id_of = |movie| model.catalogue.get(movie).id();
        let served: Vec<&str> = page
            .recommendations
            .iter()
            .map(|r| id_of(r.movie))
            .collect();
        let scores: Vec<f32> = page.recommendations.iter().map(|r| r.score).collect();
        let output = &line["output"];
        assert_eq!(
            output["recommendedItems"],
            serde_json::to_value(served).unwrap()
        );
        let found: Vec<f32> = serde_json::from_value(output["scores"].clone()).unwrap();
        assert_eq!(found, scores);
        assert_eq!(line["error"], Value::Null);
        assert_eq!(line.as_object().unwrap().len(), 3);
    }
}

#[test]
fn a_line_is_written_as_personalize_writes_it() {
    let (log, model) = house();
    let to = MemoryBlobs::default();
    made(&log, &model, &to, 1, &settings(1)).unwrap();
    let part = now(to.get(&part_key(NOW, 0))).unwrap().unwrap();
    let text = std::str::from_utf8(&part.bytes).unwrap();
    let line = text.lines().next().unwrap();
    let (before, score) = line.split_once(r#""],"scores":["#).unwrap();
    let film = before.strip_prefix(r#"{"input":{"userId":"v0"},"output":{"recommendedItems":[""#);
    assert!(film.unwrap().starts_with("movielens:"), "{line}");
    let score: f32 = score
        .strip_suffix(r#"]},"error":null}"#)
        .unwrap()
        .parse()
        .unwrap();
    assert!(score.is_finite());
}

#[test]
fn the_lists_do_not_depend_on_shards_or_on_compaction() {
    let (log, model) = house();
    let (one, many) = (MemoryBlobs::default(), MemoryBlobs::default());
    made(&log, &model, &one, 1, &settings(5)).unwrap();
    now(compact(&log, &CompactSettings::default())).unwrap();
    let report = made(&log, &model, &many, 300, &settings(5)).unwrap();
    assert!(report.parts.len() > 20);
    assert_eq!(lines(&one), lines(&many));
}

#[test]
fn more_films_than_a_page_has_are_a_longer_list_without_repeats() {
    let (log, model) = house();
    let to = MemoryBlobs::default();
    made(&log, &model, &to, 3, &settings(MAX_RESULTS)).unwrap();
    for (viewer, line) in lines(&to) {
        let films = line["output"]["recommendedItems"].as_array().unwrap();
        let different: HashSet<&str> = films.iter().map(|film| film.as_str().unwrap()).collect();
        assert_eq!(films.len(), different.len(), "{viewer}");
        assert!(films.len() >= FILMS - 8, "{viewer}");
    }
}

/// As many milliseconds later.
fn later(by: i64) -> ListSettings {
    ListSettings {
        as_of: Millis(NOW.0 + by),
        ..settings(5)
    }
}

fn manifest(to: &MemoryBlobs) -> Option<BatchReport> {
    let manifest = now(to.get(MANIFEST)).unwrap()?;
    Some(serde_json::from_slice(&manifest.bytes).unwrap())
}

#[test]
fn the_manifest_says_what_the_parts_hold_and_older_parts_go() {
    let (log, model) = house();
    let to = MemoryBlobs::default();
    made(&log, &model, &to, 40, &settings(5)).unwrap();
    for name in ["notes.txt", "run-1/notes.txt", "run-up/part-00000.jsonl"] {
        now(to.put(name, "mine".into(), Expect::Absent)).unwrap();
    }
    let report = made(&log, &model, &to, 3, &later(7)).unwrap();
    let parts: Vec<&str> = report.parts.iter().map(|part| part.key.as_str()).collect();
    let expected = [
        "run-20260302030000007/part-00000.jsonl",
        "run-20260302030000007/part-00001.jsonl",
        "run-20260302030000007/part-00002.jsonl",
    ];
    assert_eq!(parts, expected);
    let mut keys = vec![MANIFEST, "notes.txt", "run-1/notes.txt"];
    keys.extend(parts);
    keys.push("run-up/part-00000.jsonl");
    assert_eq!(now(to.list("")).unwrap(), keys);
    assert_eq!(manifest(&to).as_ref(), Some(&report));
    assert_eq!(report.as_of, later(7).as_of.to_string());
    for part in &report.parts {
        let blob = now(to.get(&part.key)).unwrap().unwrap();
        assert_eq!(part.bytes, blob.bytes.len() as u64);
        let lines = blob.bytes.split(|byte| *byte == b'\n').count() - 1;
        assert_eq!(part.viewers, lines as u64);
    }
}

#[test]
fn the_manifest_of_a_later_batch_stays_and_so_do_its_parts() {
    let (log, model) = house();
    let to = MemoryBlobs::default();
    let later = made(&log, &model, &to, 3, &later(1)).unwrap();
    let error = made(&log, &model, &to, 3, &settings(5)).unwrap_err();
    assert!(
        matches!(&error, BatchError::Overtaken { current, .. } if *current == later.run),
        "{error}"
    );
    assert_eq!(manifest(&to), Some(later.clone()));
    assert!(
        later
            .parts
            .iter()
            .all(|part| now(to.get(&part.key)).unwrap().is_some())
    );
}

#[test]
fn two_batches_of_one_millisecond_are_not_mixed() {
    let (log, model) = house();
    let to = MemoryBlobs::default();
    let first = made(&log, &model, &to, 3, &settings(5)).unwrap();
    let error = made(&log, &model, &to, 3, &settings(6)).unwrap_err();
    assert!(matches!(error, BatchError::Store(_)), "{error}");
    assert_eq!(manifest(&to), Some(first));
}

#[test]
fn what_is_no_manifest_is_replaced() {
    let (log, model) = house();
    let to = MemoryBlobs::default();
    now(to.put(MANIFEST, "{}".into(), Expect::Absent)).unwrap();
    let report = made(&log, &model, &to, 3, &settings(5)).unwrap();
    assert_eq!(manifest(&to), Some(report));
}

#[test]
fn a_damaged_log_is_named_and_the_batch_before_stays() {
    let (log, model) = house();
    let to = MemoryBlobs::default();
    let before = made(&log, &model, &to, 3, &settings(5)).unwrap();
    let key = segment_key("2026-02-28", "b", "1", "2");
    now(log.put(&key, "no segment\n".into(), Expect::Absent)).unwrap();
    let error = made(&log, &model, &to, 3, &later(1))
        .unwrap_err()
        .to_string();
    assert!(error.contains(&key) && error.contains("line 1"), "{error}");
    assert_eq!(manifest(&to), Some(before));
}

#[test]
fn nobody_gives_no_parts() {
    let (_, model) = house();
    let to = MemoryBlobs::default();
    let report = made(&MemoryBlobs::default(), &model, &to, 3, &settings(5)).unwrap();
    assert_eq!((report.viewers, report.parts.len()), (0, 0));
    assert_eq!(now(to.list("")).unwrap(), [MANIFEST]);
}

#[test]
fn every_row_is_in_one_segment_and_those_of_a_viewer_in_the_same() {
    let rows: Vec<LogRow> = rows().into_iter().map(LogRow::Interaction).collect();
    let text = segment(&rows);
    let tombstones = Tombstones::default();
    let all = viewers_of(&text, &tombstones).unwrap();
    for count in [1, 2, 7, 500] {
        let segments = split(&text, count).into_iter();
        let mut found: Vec<_> = segments
            .flat_map(|lines| viewers_of(&lines.concat(), &tombstones).unwrap())
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(found, all, "{count}");
    }
}
