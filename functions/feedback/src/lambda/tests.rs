use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt as _;
use matinee::ports::{
    Blob, BlobError, Blobs, Delivery, ETag, Expect, MemoryBlobs, MemoryQueue, MemoryTables, Queue,
    StoreCause, StoreError,
};
use matinee::taste::log::{LogRow, read_film_segment, read_segment};
use matinee::taste::{DeadLetter, DeadReason};
use serde_json::{Value, json};

use super::{EventError, Handled, Handler, RawEvent, TableNames};
use crate::Feedback;

type Tables = Arc<MemoryTables>;
type Memory = Handler<Tables, Tables, Tables, Tables, Arc<MemoryQueue>, MemoryBlobs>;

fn handler() -> Memory {
    over(Arc::default(), MemoryBlobs::default())
}

fn over<D, B>(dead_letters: D, log: B) -> Handler<Tables, Tables, Tables, Tables, D, B> {
    let tables = Tables::default();
    Handler {
        feedback: Feedback {
            interactions: Arc::clone(&tables),
            viewers: Arc::clone(&tables),
            films: Arc::clone(&tables),
            recommendations: tables,
            dead_letters,
        },
        log,
        tables: TableNames {
            interactions: "Interactions".to_owned(),
            viewers: "Viewers".to_owned(),
            films: "Films".to_owned(),
        },
    }
}

/// An event of `events/feedback`.
fn event(name: &str) -> Value {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events/feedback");
    let text = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn raw(event: &Value) -> RawEvent {
    serde_json::value::to_raw_value(event).unwrap()
}

fn handle<D: Queue, B: Blobs>(
    handler: &Handler<Tables, Tables, Tables, Tables, D, B>,
    event: &Value,
) -> Result<Handled, EventError> {
    handler.handle(&raw(event)).now_or_never().unwrap()
}

fn letters(handler: &Memory) -> Vec<DeadLetter> {
    let bodies = handler.feedback.dead_letters.bodies();
    let letters = bodies.iter().map(|body| serde_json::from_str(body));
    letters.collect::<Result<_, _>>().unwrap()
}

/// The segments, by key.
fn segments(handler: &Memory) -> Vec<(String, String)> {
    let keys = handler.log.list("").now_or_never().unwrap().unwrap();
    let read = |key: String| {
        let blob = handler.log.get(&key).now_or_never().unwrap().unwrap();
        (key, String::from_utf8(blob.unwrap().bytes.into()).unwrap())
    };
    keys.into_iter().map(read).collect()
}

fn ids(text: &str) -> Vec<String> {
    let rows = read_segment(text).unwrap();
    let id = |row: &LogRow| match row {
        LogRow::Interaction(row) => row.interaction.id.to_string(),
        LogRow::Forgotten { viewer, until } => format!("{viewer} until {until}"),
    };
    rows.iter().map(id).collect()
}

#[test]
fn every_event_is_handled() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events/feedback");
    let mut handled = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let done = handle(&handler(), &event(name)).unwrap();
        assert!(done.response.batch_item_failures.is_empty(), "{name}");
        handled += 1;
    }
    assert!(handled >= 8, "{handled}");
}

#[test]
fn messages_get_into_the_tables() {
    let handler = handler();
    let done = handle(&handler, &event("sqs-interactions")).unwrap();
    assert_eq!((done.tally.new, done.tally.repeats), (4, 0));
    let again = handle(&handler, &event("sqs-interactions")).unwrap();
    assert_eq!((again.tally.new, again.tally.repeats), (0, 4));
    for rating in ["sqs-film-update", "sqs-thing-feedback"] {
        assert_eq!(handle(&handler, &event(rating)).unwrap().tally.new, 1);
    }
    let tables = &handler.feedback.interactions;
    assert_eq!((tables.rows().len(), tables.ratings().len()), (4, 2));
    let forget = handle(&handler, &event("sqs-forget")).unwrap();
    assert_eq!(forget.tally.forgotten, 3);
    assert_eq!(tables.rows().len(), 1);
    assert!(letters(&handler).is_empty());
}

#[test]
fn a_poisoned_message_is_a_dead_letter_and_the_others_go_through() {
    let handler = handler();
    let done = handle(&handler, &event("sqs-poison")).unwrap();
    assert!(done.response.batch_item_failures.is_empty());
    assert_eq!((done.tally.new, done.tally.dead), (2, 1));
    let letters = letters(&handler);
    assert_eq!(letters[0].reason, DeadReason::Unreadable);
    assert!(letters[0].detail.contains("stars"), "{:?}", letters[0]);
}

/// A queue that takes nothing.
struct Full;

impl Queue for Full {
    async fn send(&self, _: &str) -> Result<(), StoreError> {
        Err(StoreError {
            action: "send to",
            what: "the queue".to_owned(),
            cause: StoreCause::Unavailable,
            source: "as the test wants it".into(),
        })
    }

    async fn receive(&self, _: usize) -> Result<Vec<Delivery>, StoreError> {
        Ok(Vec::new())
    }

    async fn finish(&self, _: &[Delivery]) -> Result<(), StoreError> {
        Ok(())
    }
}

#[test]
fn only_the_messages_that_failed_come_again() {
    let handler = over(Full, MemoryBlobs::default());
    let done = handle(&handler, &event("sqs-poison")).unwrap();
    // The second of three: there is no place for its letter.
    let expected = json!({"batchItemFailures": [
        {"itemIdentifier": "cecb5369-6dce-4efe-a058-0b8026846373"}
    ]});
    assert_eq!(serde_json::to_value(&done.response).unwrap(), expected);
    assert_eq!(done.tally.new, 2);

    let done = handle(&handler, &event("sqs-interactions")).unwrap();
    let response = serde_json::to_value(&done.response).unwrap();
    assert_eq!(response, json!({"batchItemFailures": []}));
}

#[test]
fn new_rows_of_the_tables_get_into_the_log() {
    let handler = handler();
    for name in ["stream-interactions", "stream-viewers", "stream-films"] {
        handle(&handler, &event(name)).unwrap();
    }
    let segments = segments(&handler);
    let keys: Vec<&str> = segments.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "dt=2026-03-01/e75e5db87c2cfefc0ea1d7ba7aad7ed6-4421584500000000018450000000-\
             4421584500000000018450002991.tsv",
            "dt=2026-03-02/0091332d4e6cb2726318dc1acc9a74cf-4421584500000000019450000000-\
             4421584500000000019450000000.tsv",
            "dt=2026-03-02/97a1d5a1d973368d83010d297ceaece0-4421584500000000018450003988-\
             4421584500000000018450003988.tsv",
            "film-ratings/dt=2026-03-01/278b1291259dfe55f7c36b9018c056bf-\
             4421584500000000020450000000-4421584500000000020450000997.tsv",
        ]
    );
    let rows = ids(&segments[0].1);
    assert_eq!((rows.len(), rows[0].as_str()), (4, "player-7f3a-0001"));
    let forgotten = "5f0c1f9a-3f6e-4a55-9d0e-6f1d6f6f0a11 until 2026-03-02T08:00:00.5Z";
    assert_eq!(ids(&segments[1].1), [forgotten]);
    assert_eq!(ids(&segments[2].1).len(), 1);
    let ratings = read_film_segment(&segments[3].1).unwrap();
    assert_eq!(ratings.len(), 2);
    assert_eq!(
        (ratings[1].title.as_str(), ratings[1].stars),
        ("Night Ferry", 9.0)
    );
}

#[test]
fn a_batch_that_comes_again_takes_nothing_away_whether_it_has_grown_or_shrunk() {
    let handler = handler();
    let all = event("stream-interactions");
    let records = all["Records"].as_array().unwrap();
    let first = |count: usize| json!({"Records": records[..count]});
    for count in [3, 3, 5, 1] {
        handle(&handler, &first(count)).unwrap();
    }
    let segments = segments(&handler);
    let mut sizes: Vec<usize> = segments.iter().map(|(_, text)| ids(text).len()).collect();
    sizes.sort_unstable();
    // The fifth is of another day.
    assert_eq!(sizes, [1, 1, 3, 4]);
}

#[test]
fn each_day_in_utc_has_its_segment() {
    let mut all = event("stream-interactions");
    // 2026-03-01, half a second before midnight, and midnight.
    for (record, at) in [(3, 1_772_409_599.5), (4, 1_772_409_600.0)] {
        all["Records"][record]["dynamodb"]["ApproximateCreationDateTime"] = json!(at);
    }
    // Without a time it is that of the row itself.
    let untimed = all["Records"][2]["dynamodb"].as_object_mut().unwrap();
    untimed.remove("ApproximateCreationDateTime");
    let handler = handler();
    handle(&handler, &all).unwrap();
    let found: Vec<(String, usize)> = segments(&handler)
        .into_iter()
        .map(|(key, text)| (key[..13].to_owned(), ids(&text).len()))
        .collect();
    let day = |day: &str| format!("dt={day}");
    assert_eq!(found, [(day("2026-03-01"), 4), (day("2026-03-02"), 1)]);
}

#[test]
fn what_is_removed_or_changed_is_no_news_but_a_viewer_forgotten_again_is() {
    let handler = handler();
    for (name, change, news) in [
        ("stream-interactions", "REMOVE", 0),
        ("stream-interactions", "MODIFY", 0),
        ("stream-films", "REMOVE", 0),
        ("stream-viewers", "REMOVE", 0),
        ("stream-viewers", "MODIFY", 1),
    ] {
        let mut event = event(name);
        for record in event["Records"].as_array_mut().unwrap() {
            record["eventName"] = json!(change);
        }
        handle(&handler, &event).unwrap();
        assert_eq!(segments(&handler).len(), news, "{name} {change}");
    }
    assert!(letters(&handler).is_empty());
}

#[test]
fn what_was_said_about_a_viewer_stays_out_of_the_log_and_a_tombstone_beside_it_gets_in() {
    let handler = handler();
    let mut event = event("stream-viewers");
    let records = event["Records"].as_array_mut().unwrap();
    records.truncate(1);
    let image = &mut records[0]["dynamodb"]["NewImage"];
    image["properties"] = json!({"S": "{\"membershipLevel\":\"gold\"}"});
    image["described"] = json!({"N": "1800000000000"});
    image.as_object_mut().unwrap().remove("expires");
    let mut described = event.clone();
    let image = &mut described["Records"][0]["dynamodb"]["NewImage"];
    image.as_object_mut().unwrap().remove("until");
    for (event, rows) in [(described, 0), (event, 1)] {
        let done = handle(&handler, &event).unwrap();
        assert_eq!(done.tally.dead, 0);
        let segments = segments(&handler);
        assert_eq!(segments.len(), rows, "{segments:?}");
        assert!(segments.iter().all(|(_, text)| !text.contains("gold")));
    }
    assert!(letters(&handler).is_empty());
}

#[test]
fn an_item_that_is_no_row_is_a_dead_letter_and_the_others_are_written() {
    let handler = handler();
    let mut interactions = event("stream-interactions");
    interactions["Records"][0]["dynamodb"]["NewImage"]["kind"] = json!({"S": "loved"});
    let image = interactions["Records"][1]["dynamodb"]
        .as_object_mut()
        .unwrap();
    image.remove("NewImage");
    let done = handle(&handler, &interactions).unwrap();
    assert_eq!(done.tally.dead, 2);
    let mut films = event("stream-films");
    films["Records"][0]["dynamodb"]["NewImage"]["title"] = json!({"S": "two\nlines"});
    assert_eq!(handle(&handler, &films).unwrap().tally.dead, 1);

    let letters = letters(&handler);
    assert!(
        letters
            .iter()
            .all(|letter| letter.reason == DeadReason::NoRow)
    );
    assert!(letters[0].detail.contains("loved"), "{:?}", letters[0]);
    assert_eq!(letters[0].message["id"]["S"], "player-7f3a-0001");
    let segments = segments(&handler);
    let rows: Vec<usize> = segments[..2]
        .iter()
        .map(|(_, text)| ids(text).len())
        .collect();
    assert_eq!(rows, [2, 1]);
    assert_eq!(read_film_segment(&segments[2].1).unwrap().len(), 1);
}

/// A log that cannot be written.
struct Closed;

impl Blobs for Closed {
    async fn get(&self, _: &str) -> Result<Option<Blob>, BlobError> {
        Ok(None)
    }

    async fn list(&self, _: &str) -> Result<Vec<String>, BlobError> {
        Ok(Vec::new())
    }

    async fn put(&self, key: &str, _: bytes::Bytes, _: Expect) -> Result<ETag, BlobError> {
        Err(BlobError::Store {
            action: "write",
            key: key.to_owned(),
            cause: StoreCause::Unavailable,
            source: "as the test wants it".into(),
        })
    }

    async fn delete(&self, _: &str) -> Result<(), BlobError> {
        Ok(())
    }
}

#[test]
fn a_log_that_cannot_be_written_lets_the_whole_batch_come_again() {
    let handler = over(Full, Closed);
    let error = handle(&handler, &event("stream-interactions")).unwrap_err();
    let diagnostic = lambda_runtime::Diagnostic::from(error);
    assert_eq!(diagnostic.error_type, "LogUnavailable");
    let said = diagnostic.error_message;
    assert!(
        said.contains("dt=2026-03-01/") && said.contains("as the test wants it"),
        "{said}"
    );
}

#[test]
fn what_is_no_event_of_this_function_is_refused_and_not_quoted() {
    let bare = |source: Value| json!({"Records": [{"eventSource": source}]});
    let mut other_table = event("stream-viewers");
    other_table["Records"][0]["eventSourceARN"] =
        json!("arn:aws:dynamodb:us-east-1:1:table/Secrets/stream/2026");
    let mut numberless = event("stream-viewers");
    numberless["Records"][0]["dynamodb"]["SequenceNumber"] = Value::Null;
    for (event, kind, why) in [
        (json!("secret"), "UnexpectedEvent", "another shape"),
        (
            json!({"version": "2.0"}),
            "UnexpectedEvent",
            "another shape",
        ),
        (json!({"Records": []}), "UnexpectedEvent", "no Records"),
        (bare(json!("aws:s3")), "UnexpectedEvent", "aws:s3"),
        (bare(Value::Null), "UnexpectedEvent", "without eventSource"),
        (
            bare(json!("aws:sqs")),
            "UnexpectedEvent",
            "without messageId",
        ),
        (
            bare(json!("aws:dynamodb")),
            "UnexpectedEvent",
            "another shape",
        ),
        (numberless, "UnexpectedEvent", "SequenceNumber"),
        (other_table, "OtherTable", "Interactions, Viewers, Films"),
    ] {
        let handler = handler();
        let error = handle(&handler, &event).unwrap_err();
        let diagnostic = lambda_runtime::Diagnostic::from(error);
        assert_eq!(diagnostic.error_type, kind, "{event}");
        let said = diagnostic.error_message;
        assert!(said.contains("expected") && said.contains(why), "{said}");
        assert!(!said.contains("secret"), "{said}");
        assert!(segments(&handler).is_empty());
    }
}
