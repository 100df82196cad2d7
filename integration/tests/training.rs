//! The function that trains, in AWS's runtime emulator, over buckets: a catalogue and a log become a live
//! model, what viewers did since is what the next one is judged by, and a worse one is held back.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::time::Duration;

use matinee::taste::Millis;
use matinee::taste::log::{LogRow, segment, segment_key};
use matinee_integration::lambda::{Bucket, Emulator, Invoke as _, Moto, model_from};
use matinee_integration::{built, liked};
use serde_json::{Value, json};

const DAY: i64 = 86_400_000;

/// Films of each of the two tastes.
const FILMS: usize = 20;

/// Viewers, half of either taste.
const VIEWERS: usize = 50;

/// A stack's buckets with the function beside them.
struct Stack {
    _moto: Moto,
    models: Bucket,
    data: Bucket,
    function: Emulator,
}

impl Stack {
    fn start() -> Option<Self> {
        let bootstrap = built("TrainFunction")?;
        let moto = Moto::start()?;
        let models = moto.create_bucket("matinee-models");
        let data = moto.create_bucket("matinee-data");
        let mut env = model_from(moto.endpoint(), models.name());
        env.push(("DATA_BUCKET", data.name().to_owned()));
        env.push(("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "2048".to_owned()));
        env.push(("AWS_LAMBDA_FUNCTION_TIMEOUT", "900".to_owned()));
        let function = Emulator::start(&bootstrap, &env)?;
        Some(Self {
            _moto: moto,
            models,
            data,
            function,
        })
    }

    fn put_catalogue(&self, films: usize) {
        let film = |number: usize| {
            let genre = ["Crime", "Romance"][number % 2];
            format!("{number},Film {number} ({}),{genre}\n", 1950 + number)
        };
        let rows: String = (1..=films).map(film).collect();
        let text = format!("movieId,title,genres\n{rows}");
        self.data.put("catalogue/ml-tiny/movies.csv", text);
    }

    /// A segment of the log.
    fn append(&self, number: usize, rows: impl IntoIterator<Item = LogRow>) {
        let rows: Vec<LogRow> = rows.into_iter().collect();
        let number = format!("{number:03}");
        let key = segment_key("2026-03-01", "a", &number, &number);
        self.data.put(&format!("log/{key}"), segment(&rows));
    }

    fn train(&self, event: &Value) -> Value {
        self.function.invoke(event).returned()
    }

    fn live(&self) -> Value {
        let pointer = self.models.get("models/current.json").unwrap().bytes;
        let pointer: Value = serde_json::from_slice(&pointer).unwrap();
        pointer["model_version"].clone()
    }
}

fn like(viewer: &str, film: usize, day: i64) -> LogRow {
    liked(viewer, film, Millis(1_770_000_000_000 + day * DAY))
}

/// Each viewer's next likes of their taste, `count` of them after the first `from`.
fn likes(from: usize, count: usize, day: i64) -> impl Iterator<Item = LogRow> {
    (0..VIEWERS).flat_map(move |viewer| {
        (from..from + count).map(move |number| {
            let film = (viewer / 2 + number) % FILMS * 2 + viewer % 2 + 1;
            like(&format!("v{viewer}"), film, day)
        })
    })
}

#[test]
fn every_night_a_model_is_trained_on_what_came_and_judged_before_it_goes_live() {
    let Some(stack) = Stack::start() else { return };
    let nothing = stack.train(&json!({}));
    assert_eq!(nothing["live"], false, "{nothing}");
    assert!(stack.models.list("models/").is_empty());

    stack.put_catalogue(2 * FILMS);
    stack.append(1, likes(0, 6, 0));
    stack.append(2, likes(0, 6, 0));
    let first = stack.train(&json!({}));
    assert_eq!(
        (&first["live"], &first["movies"]),
        (&json!(true), &json!(40)),
        "{first}"
    );
    assert_eq!(first["viewers"], VIEWERS, "{first}");
    assert_eq!(stack.live(), first["model_version"]);
    let version = first["model_version"].as_str().unwrap();
    assert!(
        stack
            .models
            .get(&format!("models/{version}/weights.bin"))
            .is_some()
    );
    // The log was compacted on the way.
    assert_eq!(stack.data.list("log/").len(), 1);

    stack.append(3, likes(6, 2, 10));
    let second = stack.train(&json!({}));
    assert_eq!(second["live"], true, "{second}");
    assert_ne!(second["model_version"], first["model_version"]);
    let compared = &second["guard"]["comparison"];
    assert_eq!(compared["viewers"], VIEWERS, "{second}");
    assert_eq!(compared["candidate"], compared["live"], "{second}");
    assert!(compared["live"].as_f64() > Some(0.2), "{second}");
    assert_eq!(stack.live(), second["model_version"]);

    // Half of the films are gone from the catalogue.
    stack.put_catalogue(FILMS);
    let third = stack.train(&json!({}));
    assert_eq!(third["live"], false, "{third}");
    assert!(
        third["reason"].as_str().unwrap().contains("lacks 20 of"),
        "{third}"
    );
    assert_eq!(stack.live(), second["model_version"]);
    let forced = stack.train(&json!({"force": true, "dense_films": 10}));
    assert_eq!(
        (&forced["live"], &forced["dense_films"]),
        (&json!(true), &json!(10))
    );
    assert_eq!(stack.live(), forced["model_version"]);

    let log = stack.function.log();
    log.wait_for("ModelHeldBack", Duration::from_secs(5));
    let lines = log.json();
    let has = |field: &str| lines.iter().any(|line| !line[field].is_null());
    for field in [
        "plan",
        "mostMegabytes",
        "estimatedSeconds",
        "ModelMadeLive",
        "ModelHeldBack",
    ] {
        assert!(has(field), "{field}: {}", log.text());
    }
}

#[test]
fn an_event_that_asks_for_something_else_is_refused_and_changes_nothing() {
    let Some(stack) = Stack::start() else { return };
    let refused = stack.function.invoke(&json!({"forse": true}));
    assert!(refused.function_error, "{refused:?}");
    assert_eq!(refused.body["errorType"], "UnexpectedEvent");
    assert!(
        refused.body["errorMessage"]
            .as_str()
            .unwrap()
            .contains("forse")
    );
    assert!(stack.models.list("").is_empty());
}
