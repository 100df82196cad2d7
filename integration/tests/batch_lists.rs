//! Lists for all viewers: the deployed function in AWS's runtime emulator, its state machine in moto's
//! interpreter, buckets in moto's S3.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;

use matinee::taste::Millis;
use matinee::taste::log::{LogRow, segment, segment_key};
use matinee_integration::lambda::{Emulator, Invoke as _, Moto, model_from};
use matinee_integration::{built, liked};
use serde_json::{Value, json};

const FILMS: usize = 40;
const VIEWERS: usize = 50;

fn like(viewer: usize, film: usize) -> LogRow {
    let at = Millis(1_770_000_000_000 + 1_000 * i64::try_from(film).unwrap());
    liked(&format!("v{viewer}"), film, at)
}

#[test]
fn the_state_machine_has_the_function_write_every_viewers_list_and_export_for_personalize() {
    let (Some(bootstrap), Some(moto)) = (built("BatchFunction"), Moto::start_with_states()) else {
        return;
    };
    let models = moto.create_bucket("matinee-models");
    let data = moto.create_bucket("matinee-data");
    let mut env = model_from(moto.endpoint(), models.name());
    env.push(("DATA_BUCKET", data.name().to_owned()));
    env.push(("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "2048".to_owned()));
    env.push(("AWS_LAMBDA_FUNCTION_TIMEOUT", "900".to_owned()));
    let Some(function) = Emulator::start(&bootstrap, &env) else {
        return;
    };
    let film = |film| {
        format!(
            "{film},Film {film} ({}),{}\n",
            1950 + film,
            ["Crime", "Drama"][film % 2]
        )
    };
    let films: String = (1..=FILMS).map(film).collect();
    data.put(
        "catalogue/ml-tiny/movies.csv",
        format!("movieId,title,genres\n{films}"),
    );
    let taste =
        |viewer: usize| (0..8).map(move |n| (viewer / 2 + n) % (FILMS / 2) * 2 + viewer % 2 + 1);
    let rows: Vec<LogRow> = (0..VIEWERS)
        .flat_map(|viewer| taste(viewer).map(move |film| like(viewer, film)))
        .collect();
    let key = segment_key("2026-03-01", "a", "1", "2");
    data.put(&format!("log/{key}"), segment(&rows));
    let trained = function.invoke(&json!({})).returned();
    assert_eq!(trained["live"], true, "{trained}");

    let states = moto.states();
    let filled = [
        ("Partition", "aws"),
        (
            "Function",
            "arn:aws:lambda:us-east-1:123456789012:function:films-batch:live",
        ),
    ];
    let machine = states.create("batch.asl.json", &filled);
    states.script(&json!({"function": function.url()}));
    let run = states.run(&machine, &json!({}));
    assert_eq!(run.status, "SUCCEEDED", "{run:?}");
    assert_eq!(run.output["viewers"], VIEWERS, "{run:?}");
    assert_eq!(run.output["model_version"], trained["model_version"]);
    let manifest = data.get("batch/manifest.json").unwrap().bytes;
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest, run.output);
    let mut viewers = BTreeSet::new();
    for part in manifest["parts"].as_array().unwrap() {
        let key = format!("batch/{}", part["key"].as_str().unwrap());
        let lines = String::from_utf8(data.get(&key).unwrap().bytes).unwrap();
        for line in lines.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let films = line["output"]["recommendedItems"].as_array().unwrap();
            assert_eq!(films.len(), 25, "{line}");
            viewers.insert(line["input"]["userId"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(viewers.len(), VIEWERS);
    // What viewers did is there once, in the log.
    let plan = function
        .invoke(&json!({"batch": {"step": "plan", "shards": 2}}))
        .returned();
    let overtaken = function.invoke(&json!({"batch": {"step": "finish", "parts": [],
        "run": {"as_of": 1, "model_version": "v", "results": 1, "shards": 2, "filled": 0}}}));
    assert!(
        overtaken.function_error && overtaken.body["errorType"] == "Overtaken",
        "{overtaken:?}"
    );
    assert_eq!(plan["shards"], json!([0, 1]), "{plan}");

    let exported = function.invoke(&json!({"export": {}})).returned();
    assert_eq!(exported["ready"], false, "{exported}");
    let missing = exported["missing"].as_str().unwrap();
    assert!(missing.contains("600 more interactions"), "{missing}");
    for dataset in exported["datasets"].as_array().unwrap() {
        let schema: Value = serde_json::from_str(dataset["schema"].as_str().unwrap()).unwrap();
        assert_eq!(schema["namespace"], "com.amazonaws.personalize.schema");
    }
    let users = data.get("personalize/users.csv").unwrap().bytes;
    let users = String::from_utf8(users).unwrap();
    assert_eq!(users.lines().count(), VIEWERS + 1);
}
