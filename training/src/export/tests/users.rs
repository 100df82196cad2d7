//! What is written of viewers, and what Personalize's minimums make of a log.

use serde_json::Value;

use super::super::personalize::{TRAINED_ON, event};
use super::*;

fn all(log: &MemoryBlobs) -> (MemoryBlobs, ExportReport) {
    let to = MemoryBlobs::default();
    let range = DayRange::default();
    let report = exported(log, &to, ExportFormat::Personalize, &range).unwrap();
    (to, report)
}

/// As many viewers with as many likes each, of films and moments of their own.
fn likes(viewers: i64, each: i64) -> Vec<LogRow> {
    let like = |viewer: i64, number: i64| {
        let film = format!("item:{number}");
        row(
            &format!("v{viewer}"),
            &film,
            Kind::Liked,
            1_000 * viewer + number,
        )
    };
    let all = (0..viewers).flat_map(|viewer| (0..each).map(move |number| like(viewer, number)));
    all.collect()
}

#[test]
fn each_viewer_has_the_front_they_use_most_and_their_first_moment() {
    let log = MemoryBlobs::default();
    let mut rows = [
        row("bo", "tmdb:603", Kind::Liked, 9),
        row("ada", "tmdb:603", Kind::Liked, 4),
        row("ada", "tmdb:19", Kind::Liked, 2),
        row("ada", "tmdb:19", Kind::Skipped, 6),
    ];
    for (place, source) in [(0, Source::Voice), (1, Source::Voice), (3, Source::Voice)] {
        let LogRow::Interaction(row) = &mut rows[place] else {
            unreachable!()
        };
        row.interaction.source = source;
    }
    append(&log, MONDAY, 1, &rows[..2]);
    append(&log, TUESDAY, 2, &rows[2..]);
    let (to, _) = all(&log);
    let mut lines: Vec<String> = text(&to, "users.csv").lines().map(str::to_owned).collect();
    assert_eq!(lines.remove(0), "USER_ID,FRONT,FIRST_SEEN");
    lines.sort_unstable();
    assert_eq!(lines, ["ada,voice,1767596402", "bo,voice,1767596409"]);
    let mut inputs: Vec<String> = text(&to, "inputs/users.jsonl")
        .lines()
        .map(str::to_owned)
        .collect();
    inputs.sort_unstable();
    assert_eq!(inputs, [r#"{"userId":"ada"}"#, r#"{"userId":"bo"}"#]);
    let inputs = text(&to, "inputs/items.jsonl");
    assert_eq!(inputs.lines().next(), Some(r#"{"itemId":"tmdb:603"}"#));
}

#[test]
fn what_is_missing_is_said_exactly() {
    let log = MemoryBlobs::default();
    append(&log, MONDAY, 1, &likes(20, 3));
    let minimums = all(&log).1.minimums.unwrap();
    assert_eq!((minimums.interactions, minimums.viewers), (60, 20));
    assert_eq!(minimums.viewers_with_two, 20);
    let [interactions, viewers] = &minimums.missing[..] else {
        panic!("{minimums:?}")
    };
    assert!(
        interactions.starts_with("940 more interactions"),
        "{interactions}"
    );
    assert!(viewers.starts_with("5 more viewers"), "{viewers}");
}

#[test]
fn just_enough_is_enough_and_one_less_is_not() {
    let log = MemoryBlobs::default();
    let rows = likes(25, 40);
    append(&log, MONDAY, 1, &rows);
    let enough = all(&log).1.minimums.unwrap();
    assert_eq!((enough.interactions, enough.missing.len()), (1_000, 0));
    let log = MemoryBlobs::default();
    append(&log, MONDAY, 1, &rows[1..]);
    assert_eq!(all(&log).1.minimums.unwrap().missing.len(), 1);
}

#[test]
fn rows_that_say_the_same_in_one_second_are_one_interaction() {
    let log = MemoryBlobs::default();
    let mut again = row("ada", "movielens:2571", Kind::Liked, 1);
    if let LogRow::Interaction(row) = &mut again {
        row.interaction.id = "another".parse().unwrap();
        row.interaction.at = Millis(row.interaction.at.0 + 200);
    }
    append(
        &log,
        MONDAY,
        1,
        &[row("ada", "tmdb:603", Kind::Liked, 1), again],
    );
    let minimums = all(&log).1.minimums.unwrap();
    assert_eq!((minimums.interactions, minimums.viewers_with_two), (1, 0));
}

#[test]
fn what_no_model_is_trained_on_does_not_count() {
    let log = MemoryBlobs::default();
    let rated = |stars, scale| Kind::Rated(Rating::new(stars, scale).unwrap());
    let mut rows = every_kind();
    rows.extend([
        row("bo", "tmdb:603", rated(3.0, Scale::Five), 20),
        row("bo", "tmdb:603", rated(6.0, Scale::Ten), 21),
        row("bo", "tmdb:603", Kind::Liked, 22),
    ]);
    append(&log, MONDAY, 1, &rows);
    let minimums = all(&log).1.minimums.unwrap();
    let counted = (minimums.interactions, minimums.trained_on);
    assert_eq!(counted, (rows.len() as u64, 8));
    assert_eq!((minimums.viewers, minimums.viewers_with_two), (2, 1));
    let missing = &minimums.missing[0];
    let said = "992 more interactions: it takes 1000 different ones, and there are 8 (of 12; ";
    assert!(missing.starts_with(said), "{missing}");
    assert!(missing.contains("below 3.5 stars"), "{missing}");
}

/// Every list of events in a definition.
fn event_lists(state: &Value) -> Vec<&Value> {
    match state {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, field)| match name.as_str() {
                "EventParametersList" => vec![field],
                _ => event_lists(field),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(event_lists).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn what_counts_is_what_the_state_machine_has_models_trained_on() {
    let path = "../statemachines/personalize.asl.json";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let definition = std::fs::read(path).unwrap();
    let definition: Value = serde_json::from_slice(&definition).unwrap();
    let expected = TRAINED_ON.map(|(kind, least)| (event(kind), least));
    let lists = event_lists(&definition);
    assert_eq!(lists.len(), 2, "of viewers and of rankings");
    for list in lists {
        let mut found: Vec<_> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|of| {
                (
                    of["EventType"].as_str().unwrap(),
                    of["EventValueThreshold"].as_f64(),
                )
            })
            .collect();
        // As they stand in the constant.
        found.sort_by_key(|(name, _)| expected.iter().position(|(kind, _)| kind == name));
        assert_eq!(found, expected);
    }
}

#[test]
fn without_a_film_it_is_too_little() {
    let log = MemoryBlobs::default();
    append(&log, MONDAY, 1, &likes(25, 40));
    let (to, work) = (MemoryBlobs::default(), tempfile::tempdir().unwrap());
    let (format, range) = (ExportFormat::Personalize, DayRange::default());
    let report = export(&log, &[], &to, format, &range, work.path(), &NoProgress);
    let minimums = now(report).unwrap().minimums.unwrap();
    let [films] = &minimums.missing[..] else {
        panic!("{minimums:?}")
    };
    assert!(films.starts_with("films: "), "{films}");
}

#[test]
fn of_a_hundred_viewers_one_must_have_two() {
    let log = MemoryBlobs::default();
    let mut rows = likes(25, 40);
    let once = (0..2_600).map(|viewer| row(&format!("w{viewer}"), "item:1", Kind::Liked, viewer));
    rows.extend(once);
    append(&log, MONDAY, 1, &rows);
    let minimums = all(&log).1.minimums.unwrap();
    let [percent] = &minimums.missing[..] else {
        panic!("{minimums:?}")
    };
    assert!(
        percent.contains("1 %") && percent.contains("25 of 2625"),
        "{percent}"
    );
}

#[test]
fn an_export_of_some_days_says_nothing_of_all_viewers_and_leaves_them() {
    let log = MemoryBlobs::default();
    append(&log, MONDAY, 1, &likes(2, 2));
    let (to, _) = all(&log);
    append(
        &log,
        TUESDAY,
        2,
        &[row("new", "item:1", Kind::Liked, 90_000)],
    );
    let before = text(&to, "users.csv");
    let range = DayRange {
        from: Some(TUESDAY.parse().unwrap()),
        until: None,
    };
    let report = exported(&log, &to, ExportFormat::Personalize, &range).unwrap();
    assert_eq!((report.minimums, report.interactions), (None, 1));
    assert_eq!(text(&to, "users.csv"), before);
}
