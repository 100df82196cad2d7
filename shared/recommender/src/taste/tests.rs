//! What is submitted, and what becomes of it.

use serde_json::{Value, json};

use super::log::{
    BadRow, LogRow, film_segment, read_film_segment, read_segment, segment, segment_key,
};
use super::*;
use crate::fixture;

const NOW: Millis = Millis(1_769_860_800_000);

fn submit(value: &Value) -> Result<Submitted, Refusal> {
    let model = fixture::model();
    let viewer: ViewerId = "ada".parse().unwrap();
    let submission = Submission {
        viewer: &viewer,
        source: Source::Http,
        now: NOW,
        watched_fraction: WATCHED_FRACTION,
        catalogue: &model.catalogue,
    };
    submission.read(value)
}

fn kept(value: &Value) -> Recorded {
    match submit(value) {
        Ok(Submitted::Kept(recorded)) => recorded,
        other => panic!("{value}: {other:?}"),
    }
}

fn fields_at_fault(value: &Value) -> Vec<String> {
    match submit(value) {
        Err(Refusal::Fields(faults)) => faults.into_iter().map(|fault| fault.field).collect(),
        other => panic!("{value}: {other:?}"),
    }
}

#[test]
fn half_a_film_is_watched_and_less_is_clicked_and_nothing_is_dropped() {
    for (seconds, kind) in [
        (0.0, None),
        (0.1, Some(KindName::Clicked)),
        (49.9, Some(KindName::Clicked)),
        (50.0, Some(KindName::Watched)),
        (100.0, Some(KindName::Watched)),
    ] {
        let (judged, clamped) = judge_watch(seconds, 100.0, WATCHED_FRACTION);
        assert_eq!(judged.map(Kind::name), kind, "{seconds}");
        assert!(!clamped);
        let value = json!({"movie": "tmdb:1", "kind": "watched", "seconds": seconds,
            "duration": 100});
        let expected = match submit(&value).unwrap() {
            Submitted::Kept(recorded) => Some(recorded.interaction.kind.name()),
            Submitted::Dropped => None,
        };
        assert_eq!(expected, kind, "{seconds}");
    }
}

#[test]
fn a_watch_longer_than_its_film_is_cut_and_flagged() {
    let recorded = kept(
        &json!({"movie": "tmdb:1", "kind": "watched", "seconds": 500,
        "duration": 100.5}),
    );
    let whole = Watch {
        seconds: 100.5,
        duration: 100.5,
    };
    assert_eq!(recorded.interaction.kind, Kind::Watched(Some(whole)));
    assert!(recorded.clamped);
}

#[test]
fn a_moment_is_believed_between_1990_and_five_minutes_from_now() {
    let (model, viewer) = (fixture::model(), "ada".parse().unwrap());
    let submission = Submission {
        viewer: &viewer,
        source: Source::Voice,
        now: NOW,
        watched_fraction: WATCHED_FRACTION,
        catalogue: &model.catalogue,
    };
    for (at, believed) in [
        ("1989-12-31T23:59:59.999Z", false),
        ("1990-01-01T00:00:00Z", true),
        ("2026-01-31T12:05:00Z", true),
        ("2026-01-31T12:05:00.001Z", false),
    ] {
        assert_eq!(
            submission.believes(Millis::parse(at).unwrap()),
            believed,
            "{at}"
        );
    }
}

#[test]
fn without_a_time_it_is_now_and_without_an_id_it_is_derived() {
    let liked = json!({"movie": "tmdb:1", "kind": "liked"});
    let recorded = kept(&liked);
    assert!(recorded.undated);
    assert_eq!((recorded.interaction.at, recorded.accepted), (NOW, NOW));
    assert!(recorded.interaction.id.as_str().starts_with("derived:"));
    assert_eq!(recorded, kept(&liked));
    let others = [
        json!({"movie": "tmdb:2", "kind": "liked"}),
        json!({"movie": "tmdb:1", "kind": "disliked"}),
        json!({"movie": "tmdb:1", "kind": "liked", "recommendation": "list-1"}),
        json!({"movie": "tmdb:1", "kind": "liked", "at": "2026-01-31T11:00:00Z"}),
        json!({"movie": "tmdb:1", "kind": "rated", "stars": 4}),
        json!({"movie": "tmdb:1", "kind": "rated", "stars": 4, "scale": 10}),
    ];
    let mut ids: Vec<_> = others
        .iter()
        .map(|value| kept(value).interaction.id)
        .collect();
    ids.push(recorded.interaction.id);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), others.len() + 1);
}

#[test]
fn every_field_at_fault_is_named() {
    for (value, fields) in [
        (json!([]), vec!["interaction"]),
        (json!({}), vec!["movie", "kind"]),
        (
            json!({"movie": 603, "kind": "Liked"}),
            vec!["movie", "kind"],
        ),
        (
            json!({"movie": "tmdb:1", "kind": "watched", "seconds": -1, "duration": 0}),
            vec!["seconds", "duration"],
        ),
        (
            json!({"movie": "tmdb:1", "kind": "watched", "seconds": "10"}),
            vec!["seconds"],
        ),
        (
            json!({"movie": "tmdb:1", "kind": "watched", "duration": 10}),
            vec!["seconds"],
        ),
        (
            // The fixture's films have no length of their own.
            json!({"movie": "tmdb:1", "kind": "watched", "seconds": 10}),
            vec!["duration"],
        ),
        (json!({"movie": "tmdb:1", "kind": "rated"}), vec!["stars"]),
        (
            json!({"movie": "tmdb:1", "kind": "rated", "stars": 5.5}),
            vec!["stars"],
        ),
        (
            json!({"movie": "tmdb:1", "kind": "rated", "stars": 0.5, "scale": 10}),
            vec!["stars"],
        ),
        (
            json!({"movie": "tmdb:1", "kind": "rated", "stars": 3, "scale": 7}),
            vec!["scale"],
        ),
        (
            json!({"movie": "tmdb:1", "kind": "liked", "stars": 3, "seconds": 3}),
            vec!["seconds", "stars"],
        ),
        (
            json!({"movie": "tmdb:1", "kind": "liked", "at": "2026-01-31T12:06:00Z"}),
            vec!["at"],
        ),
        (
            json!({"movie": "tmdb:1", "kind": "liked", "at": "1970-01-20T19:00:00Z"}),
            vec!["at"],
        ),
        (
            json!({"movie": "tmdb:1", "kind": "liked", "at": 1_769_860_800}),
            vec!["at"],
        ),
        (
            json!({"movie": "tmdb:1", "kind": "liked", "id": "a b", "viewer": "bo"}),
            vec!["id", "viewer"],
        ),
    ] {
        assert_eq!(fields_at_fault(&value), fields, "{value}");
    }
    let unknown = submit(&json!({"movie": "tmdb:999", "kind": "liked"}));
    assert_eq!(
        unknown,
        Err(Refusal::UnknownMovie("tmdb:999".parse().unwrap()))
    );
}

#[test]
fn a_clock_that_is_a_little_ahead_is_no_fault() {
    let recorded = kept(&json!({"movie": "tmdb:1", "kind": "liked",
        "at": "2026-01-31T12:04:59Z"}));
    assert!(!recorded.undated);
}

fn samples() -> Vec<Recorded> {
    [
        json!({"movie": "tmdb:1", "kind": "watched", "seconds": 500, "duration": 100.5}),
        json!({"movie": "tmdb:1", "kind": "watched", "at": "2026-01-31T11:00:00.5Z"}),
        // A quick reader of JSON would make its neighbour of this.
        json!({"movie": "tmdb:1", "kind": "watched", "seconds": 6361.0 / 7.0, "duration": 7260.5}),
        json!({"movie": "tmdb:1", "kind": "clicked"}),
        json!({"movie": "tmdb:1", "kind": "rated", "stars": 4.5, "recommendation": "r"}),
        json!({"movie": "tmdb:1", "kind": "rated", "stars": 9, "scale": 10}),
        json!({"movie": "tmdb:1", "kind": "disliked"}),
        json!({"movie": "tmdb:1", "kind": "skipped"}),
    ]
    .iter()
    .map(kept)
    .collect()
}

#[test]
fn an_interaction_survives_json_and_the_log() {
    let samples = samples();
    let message = Message::read(&Message::interactions(&samples)).unwrap();
    assert_eq!(message, Message::Interactions(samples.clone()));

    let mut rows: Vec<LogRow> = samples.into_iter().map(LogRow::Interaction).collect();
    rows.push(LogRow::Forgotten {
        viewer: "ada".parse().unwrap(),
        until: NOW,
    });
    assert_eq!(read_segment(&segment(&rows)).unwrap(), rows);
}

#[test]
fn a_segment_that_is_damaged_is_refused_with_its_line() {
    let rows: Vec<LogRow> = samples().into_iter().map(LogRow::Interaction).collect();
    let text = segment(&rows);
    let line = |text: &str| -> BadRow { read_segment(text).unwrap_err() };
    assert_eq!(line("").line, 1);
    assert_eq!(line("a\tb\n").line, 1);
    assert_eq!(line(text.trim_end()).line, rows.len() + 1);
    assert_eq!(
        line(
            &text
                .replacen("\tliked\t", "\tloved\t", 1)
                .replacen("disliked", "x", 1)
        )
        .line,
        8
    );
    assert_eq!(line(&text.replacen("ada\t", "ada\t\t", 1)).line, 2);
    assert_eq!(line(&text.replacen("tmdb:1", "603", 1)).line, 2);
}

#[test]
fn a_devices_rating_survives_the_queue_and_the_log() {
    let body = json!({"title": "Night Ferry", "year": ["1999"], "Director1": "Ada Moor",
        "Genre1": "Drama", "stars": "7", "matinee_topic": "matinee/sofa/feedback",
        "matinee_received": NOW});
    let Message::FilmRating(rating) = Message::read(&body.to_string()).unwrap() else {
        panic!("no rating");
    };
    assert_eq!((rating.thing.as_str(), rating.stars), ("sofa", 7.0));
    let text = film_segment([&rating]);
    assert!(text.starts_with("title\tyear\tDirector1\tGenre1\tGenre2\tGenre3\tstars\t"));
    assert_eq!(read_film_segment(&text).unwrap(), [rating]);
}

#[test]
fn what_is_no_message_says_why() {
    for (body, why) in [
        ("", "expected JSON"),
        (
            "null",
            "interactions, a viewer to forget, or what was served",
        ),
        (r#"{"served": {"viewer": "ada"}}"#, "recommendation"),
        (r#"{"interactions": []}"#, "1 to 100"),
        (r#"{"interactions": [{}]}"#, "viewer"),
        (r#"{"matinee_topic": "elsewhere"}"#, "filmupdate"),
        (r#"{"matinee_topic": "filmupdate"}"#, "matinee_received"),
        (
            r#"{"matinee_topic": "filmupdate", "matinee_received": 1, "title": "A"}"#,
            "stars",
        ),
    ] {
        let error = Message::read(body).unwrap_err();
        assert!(error.detail.contains(why), "{body}: {error}");
        let letter: DeadLetter =
            serde_json::from_str(&DeadLetter::unreadable(body, &error).body()).unwrap();
        assert_eq!(letter.reason, DeadReason::Unreadable);
    }
}

#[test]
fn what_was_served_survives_the_queue_and_nonsense_does_not() {
    let page = ServedPage {
        viewer: "ada".parse().unwrap(),
        recommendation: "list:1".parse().unwrap(),
        at: NOW,
        source: Source::Voice,
        model_version: "v1".to_owned(),
        movies: vec!["tmdb:1".parse().unwrap()],
    };
    let read = |page: &ServedPage| Message::read(&Message::served(page));
    assert_eq!(read(&page).unwrap(), Message::Served(page.clone()));
    let refused = |change: &dyn Fn(&mut ServedPage), why: &str| {
        let mut page = page.clone();
        change(&mut page);
        let error = read(&page).unwrap_err();
        assert!(error.detail.contains(why), "{error}");
    };
    refused(&|page| page.movies.clear(), "1 to 100 movies, found 0");
    refused(
        &|page| page.movies = vec!["tmdb:1".parse().unwrap(); 101],
        "found 101",
    );
    refused(&|page| page.at = Millis(1_700_000_000), "from 1990 to 2100");
    refused(&|page| page.model_version.clear(), "model_version");
}

#[test]
fn a_segments_name_says_where_its_rows_come_from() {
    let key = segment_key("2026-01-31", "local", "1", "20");
    assert_eq!(key, "dt=2026-01-31/local-1-20.tsv");
    assert!(crate::ports::check_key(&key).is_ok());
}
