//! A model is exchanged while functions answer.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use matinee_integration::lambda::{Function, HttpAnswer, Invoke as _, Moto, model_from};
use matinee_integration::{TwoModels, built, point};
use serde_json::Value;

/// How long the models are exchanged, and how often.
const LASTS: Duration = Duration::from_secs(6);
const EVERY: Duration = Duration::from_millis(250);

/// Functions that answer at the same time, each one call after the other, as Lambda has it.
const FUNCTIONS: usize = 2;

/// Checks that an answer is of one model and says of which.
fn version_of(answer: &HttpAnswer, models: &TwoModels) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    let json = answer.json();
    let named = json["model_version"].as_str().unwrap();
    assert_eq!(answer.header("x-matinee-model"), Some(named));
    let films = json["recommendations"].as_array().unwrap();
    assert_eq!(films.len(), 20, "{json}");
    for film in films
        .iter()
        .map(|film| &film["movie"])
        .chain([&json["movie"]])
    {
        assert_eq!(
            models.version_of(film),
            named,
            "{film} in an answer of {named}"
        );
    }
    named.to_owned()
}

#[test]
fn no_request_fails_and_none_mixes_versions_while_models_are_exchanged_under_load() {
    let Some(bootstrap) = built("RecommendFunction") else {
        return;
    };
    let Some(moto) = Moto::start() else { return };
    let bucket = moto.create_bucket("films");
    let models = TwoModels::train();
    models.put_into(&bucket);
    let mut env = model_from(moto.endpoint(), bucket.name());
    env.push(("MODEL_CHECK_SECONDS", "0".to_owned()));
    let over = AtomicBool::new(false);
    let answered: Vec<Vec<String>> = thread::scope(|scope| {
        let load = || {
            let function = Function::start(&bootstrap, &env);
            let mut versions = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let answer = function.get("/movies/tmdb:603/similar");
                versions.push(version_of(&answer, &models));
            }
            versions
        };
        let loads: Vec<_> = (0..FUNCTIONS).map(|_| scope.spawn(load)).collect();
        let end = Instant::now() + LASTS;
        for version in [&models.new, &models.old].into_iter().cycle() {
            if Instant::now() >= end {
                break;
            }
            thread::sleep(EVERY);
            point(&bucket, version);
        }
        over.store(true, Ordering::Relaxed);
        loads.into_iter().map(|load| load.join().unwrap()).collect()
    });
    for versions in answered {
        let swaps = versions
            .windows(2)
            .filter(|pair| pair[0] != pair[1])
            .count();
        assert!(
            versions.len() > 100 && swaps > 5,
            "{} answers, {swaps} swaps",
            versions.len()
        );
    }
}

/// What a function takes up of a snapshot, and what it does not.
#[test]
fn a_function_restored_from_a_snapshot_has_its_model_and_looks_for_a_newer_one() {
    let Some(bootstrap) = built("RecommendFunction") else {
        return;
    };
    let Some(moto) = Moto::start() else { return };
    let bucket = moto.create_bucket("films");
    let models = TwoModels::train();
    models.put_into(&bucket);
    let mut env = model_from(moto.endpoint(), bucket.name());
    env.push(("MODEL_CHECK_SECONDS", "3600".to_owned()));
    env.push(("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start".to_owned()));
    let function = Function::start(&bootstrap, &env);
    function.at_snapshot(Duration::from_secs(10));
    let loaded = |line: &&Value| line["message"] == "model loaded";
    let lines = function.log().json();
    let first = lines
        .iter()
        .find(loaded)
        .expect("loaded before the snapshot");
    assert_eq!(first["modelVersion"], models.old);

    // While the snapshot lay there, another model went live.
    point(&bucket, &models.new);
    function.restore();
    let answer = function.get("/movies/tmdb:603/similar");
    assert_eq!(version_of(&answer, &models), models.new);
}
