//! What somebody meets who tries the deployment on their own machine: `sam local`, with a container
//! for each function.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;

use matinee_integration::docker::{Invoked, SamLocal, containers_left};
use matinee_integration::lambda::Moto;
use matinee_integration::{TwoModels, run, sample_models};
use serde_json::Value;

/// What the program recommends by itself, from a model of the same films.
fn recommended() -> Vec<Value> {
    let dir = tempfile::tempdir().unwrap();
    let said = run(dir.path(), &["recommend", "The Matrix", "--json"], "").done();
    let said = said.json();
    let recommendations = said["recommendations"].as_array().unwrap();
    let titles = recommendations.iter().map(|r| r["movie"]["title"].clone());
    titles.collect()
}

/// What the layer holds: the version that `cargo xtask sample-model` left there.
fn sample_version() -> Value {
    let current = sample_models().unwrap().join("current.json");
    let current: Value = serde_json::from_slice(&fs::read(current).unwrap()).unwrap();
    current["model_version"].clone()
}

/// The body of what a function returned to API Gateway.
fn body(answer: &Value) -> Value {
    assert_eq!(answer["statusCode"], 200, "{answer}");
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

fn tidy(invoked: Invoked) -> Value {
    assert!(invoked.log.contains("SAM_CONTAINER_ID"), "{}", invoked.log);
    assert_eq!(containers_left(&invoked.log), Vec::<&str>::new());
    invoked.returned
}

#[test]
fn every_front_answers_from_the_sample_model() {
    let Some(sam) = SamLocal::find() else { return };
    let built = [
        "AlexaFunction",
        "BatchFunction",
        "FeedbackFunction",
        "PredictFunction",
        "RecommendFunction",
        "TrainFunction",
    ];
    assert_eq!(sam.functions(), built);
    let titles = recommended();

    let event = "events/recommend/recommend-the-matrix.json";
    let answer = tidy(sam.invoke("RecommendFunction", event));
    assert_eq!(
        body(&answer)["recommended_movies"],
        Value::from(titles.clone())
    );
    assert_eq!(answer["headers"]["x-matinee-model"], sample_version());

    let event = "events/alexa/recommend-the-matrix.json";
    let answer = tidy(sam.invoke("AlexaFunction", event));
    let speech = &answer["response"]["outputSpeech"]["ssml"];
    let expected = format!(
        "<speak>Based on The Matrix, I recommend {}.",
        titles[0].as_str().unwrap()
    );
    assert!(speech.as_str().unwrap().starts_with(&expected), "{answer}");
}

#[test]
fn a_bucket_is_served_in_place_of_the_sample_model() {
    let Some(sam) = SamLocal::find() else { return };
    let Some(moto) = Moto::start() else { return };
    let bucket = moto.create_bucket("matinee-models");
    let models = TwoModels::train();
    models.put_into(&bucket);

    let event = "events/recommend/health.json";
    let answer = sam.invoke_with_bucket("RecommendFunction", event, moto.endpoint(), bucket.name());
    let Some(answer) = answer else { return };
    let health = body(&tidy(answer));
    assert_eq!(health["model_source"], "bucket", "{health}");
    assert_eq!(health["model_version"], models.old);
    assert_ne!(health["model_version"], sample_version());
}

#[test]
fn a_devices_question_is_answered_and_told_its_shadow() {
    let Some(sam) = SamLocal::find() else { return };
    let Some(moto) = Moto::start_with_things() else {
        return;
    };
    let bucket = moto.create_bucket("matinee-models");
    bucket.put_folder(&sample_models().unwrap(), "models/");

    let event = "events/predict/thing-request.json";
    let answer = sam.invoke_with_bucket("PredictFunction", event, moto.endpoint(), bucket.name());
    let Some(answer) = answer else { return };
    assert_eq!(tidy(answer), Value::Null);
    let published = moto.things().published();
    let topics: Vec<&str> = published.iter().map(|(topic, _)| topic.as_str()).collect();
    let [answered, told] = topics[..] else {
        panic!("{published:?}");
    };
    assert!(
        answered.starts_with("matinee/LivingRoom/prediction/"),
        "{answered}"
    );
    assert_eq!(told, "$aws/things/LivingRoom/shadow/update");
}

#[test]
fn the_api_is_served_and_leaves_nothing_behind() {
    let Some(sam) = SamLocal::find() else { return };
    let api = sam.start_api();
    let health = api.get("/health");
    assert_eq!(health.status, 200, "{health:?}");
    assert_eq!(health.json()["model_source"], "sample", "{health:?}");
    assert_eq!(health.json()["model_version"], sample_version());

    let recommended_here = api.get("/recommend?movie_name=The%20Matrix");
    assert_eq!(recommended_here.status, 200, "{recommended_here:?}");
    let titles = Value::from(recommended());
    assert_eq!(recommended_here.json()["recommended_movies"], titles);

    let unknown = api.get("/movies/tmdb:0");
    assert_eq!(unknown.status, 404, "{unknown:?}");
    assert_eq!(unknown.content_type, "application/problem+json");

    let log = api.stop();
    assert!(log.contains("SAM_CONTAINER_ID"), "{log}");
    assert_eq!(containers_left(&log), Vec::<&str>::new());
}
