use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use matinee::model::{
    FORMAT_VERSION, Loadable, Manifest, ModelError, ModelSource, Origin, Rates, Sections,
    SourceCounts, Unavailable,
};
use matinee::ports::{Blobs, MemoryShadow, Shadow, StoreCause, StoreError};
use matinee::rating::{DeviceSettings, Film, MAX_PAYLOAD, Prediction, Rating, RejectionCode};
use serde_json::{Value, json};

use crate::{Outcome, Predict, PredictError};

/// A model of nothing but a predictor, if that.
struct Predictor {
    manifest: Manifest,
    rating: Option<Rating>,
}

impl Loadable for Predictor {
    async fn load<B: Blobs>(_: &Sections<'_, B>) -> Result<Self, ModelError> {
        Err(ModelError::Missing {
            key: "rating.bin".to_owned(),
        })
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}

impl Rates for Predictor {
    fn rating(&self) -> Option<&Rating> {
        self.rating.as_ref()
    }
}

/// Where the model comes from, unless it is still on its way.
struct Source(Option<Arc<Predictor>>);

impl ModelSource<Predictor> for Source {
    async fn model(&self) -> Result<Arc<Predictor>, Unavailable> {
        self.0.clone().ok_or(Unavailable::Loading)
    }

    fn origin(&self) -> Origin {
        Origin::Memory
    }

    fn current(&self) -> Option<Arc<Predictor>> {
        self.0.clone()
    }
}

fn model(rating: Option<Rating>) -> Source {
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        model_version: "v1".to_owned(),
        created: "2026-01-31T12:00:00Z".to_owned(),
        source: SourceCounts::default(),
        trained_until: None,
        settings: Value::Null,
        evaluation: BTreeMap::new(),
        sections: BTreeMap::new(),
    };
    Source(Some(Arc::new(Predictor { manifest, rating })))
}

/// A handler whose messages are kept.
struct Scene {
    shadow: Arc<MemoryShadow>,
    handler: Predict<Source, Predictor, Arc<MemoryShadow>>,
}

impl Scene {
    fn new(models: Source, devices: DeviceSettings) -> Self {
        let shadow = Arc::new(MemoryShadow::default());
        Self {
            handler: Predict::new(models, Arc::clone(&shadow), devices),
            shadow,
        }
    }

    fn usual() -> Self {
        Self::new(model(Some(Rating::unlearned())), DeviceSettings::default())
    }

    async fn ask(&self, topic: &str, payload: &Value) -> Outcome {
        let payload = match payload {
            Value::String(raw) => raw.clone(),
            json => json.to_string(),
        };
        self.handler
            .answer(topic, payload.as_bytes())
            .await
            .unwrap()
    }

    /// What was published, by topic.
    fn published(&self) -> Vec<(String, Value)> {
        let published = self.shadow.published().into_iter();
        let read = |payload: Vec<u8>| serde_json::from_slice(&payload).unwrap();
        published
            .map(|(topic, payload)| (topic, read(payload)))
            .collect()
    }
}

/// The scenarios, by name: topic and payload.
fn events() -> BTreeMap<String, (String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events/predict");
    let files = fs::read_dir(folder).unwrap();
    let events = files.map(|file| {
        let file = file.unwrap().path();
        let event: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let topic = event["matinee_topic"].as_str().unwrap().to_owned();
        (name, (topic, event["shown"].clone()))
    });
    events.collect()
}

/// What is predicted of every film by a model that has learned nothing.
fn prior() -> Prediction {
    Rating::unlearned().predict(&Film::default())
}

fn film() -> Value {
    json!({"title": "Night Ferry", "year": 1999, "Director1": "Ada Moor", "Genre1": "Drama"})
}

#[tokio::test]
async fn every_scenario_is_answered_as_its_name_says() {
    let rejections = [
        ("wrong-no-json", RejectionCode::InvalidJson),
        ("wrong-no-object", RejectionCode::InvalidRequest),
        ("wrong-missing-director", RejectionCode::InvalidRequest),
        ("wrong-unknown-genre", RejectionCode::InvalidRequest),
        ("wrong-year", RejectionCode::InvalidRequest),
        ("wrong-batch", RejectionCode::InvalidRequest),
        ("wrong-request-id", RejectionCode::InvalidRequest),
        (
            "wrong-too-many-candidates",
            RejectionCode::TooManyCandidates,
        ),
    ];
    for (name, (topic, payload)) in events() {
        let scene = Scene::usual();
        let outcome = scene.ask(&topic, &payload).await;
        let published = scene.published();
        let rejection = rejections.iter().find(|(of, _)| *of == name);
        if name == "wrong-thing-name" {
            assert_eq!((outcome, published.len()), (Outcome::Ignored, 0), "{name}");
        } else if let Some((_, code)) = rejection {
            assert_eq!(outcome, Outcome::Rejected(*code), "{name}");
            assert_eq!(published.len(), 1, "{name}");
            let (topic, told) = &published[0];
            assert_eq!(topic, "matinee/LivingRoom/rejected", "{name}");
            assert_eq!(told["code"], code.as_str(), "{name}");
            let given = payload["request_id"]
                .as_str()
                .filter(|id| !id.contains('/'));
            assert_eq!(told["request_id"].as_str(), given, "{name}");
            assert!(told["message"].as_str().unwrap().len() > 10, "{name}");
        } else {
            let films = payload["candidates"].as_array().map_or(1, Vec::len);
            assert_eq!(outcome, Outcome::Answered(films), "{name}");
            assert_eq!(published.len(), 2, "{name}");
        }
    }
}

#[tokio::test]
async fn an_answer_goes_to_the_thing_and_into_its_shadow() {
    let scene = Scene::usual();
    let mut payload = film();
    payload["request_id"] = "r-1".into();
    scene.ask("matinee/Sofa/request", &payload).await;
    let published = scene.published();
    let topics: Vec<&str> = published.iter().map(|(topic, _)| topic.as_str()).collect();
    let expected = [
        "matinee/Sofa/prediction/r-1",
        "$aws/things/Sofa/shadow/update",
    ];
    assert_eq!(topics, expected);
    let (answer, update) = (&published[0].1, &published[1].1);
    assert_eq!(answer["model_version"], "v1");
    let expected = prior().expected();
    let stars = answer["predictions"][0]["expected_stars"].as_f64().unwrap();
    assert!((stars - expected).abs() <= 5e-5, "{stars} for {expected}");
    let told = &update["state"]["desired"]["prediction"];
    for field in ["request_id", "model_version"] {
        assert_eq!(answer[field], told[field], "{field}");
    }
    assert_eq!(
        told["probabilities"],
        answer["predictions"][0]["probabilities"]
    );
    assert_eq!(update["title"], Value::Null);
}

#[tokio::test]
async fn the_topic_of_old_is_the_default_things_and_old_keys_come_where_they_are_asked_for() {
    let devices = DeviceSettings {
        thing: "Kitchen".parse().unwrap(),
        legacy_keys: true,
    };
    let scene = Scene::new(model(Some(Rating::unlearned())), devices);
    scene.ask("filmrequest", &film()).await;
    let (topic, update) = scene.published().remove(1);
    assert_eq!(topic, "$aws/things/Kitchen/shadow/update");
    assert_eq!(update["title"], "Night Ferry");
    let label = prior().label().to_string();
    assert_eq!(update["predictedLabel"], label);
    let scores = update["predictedScores"].as_object().unwrap();
    let best = scores.values().map(|score| score.as_f64().unwrap());
    assert_eq!(scores[&label].as_f64(), best.reduce(f64::max));
    scene.ask("filmrequest", &json!({})).await;
    assert_eq!(scene.published()[2].0, "matinee/Kitchen/rejected");
}

#[tokio::test]
async fn what_is_delivered_again_is_answered_with_the_same_bytes() {
    for (name, (topic, payload)) in events() {
        let scene = Scene::usual();
        for _ in 0..2 {
            scene.ask(&topic, &payload).await;
        }
        let published = scene.shadow.published();
        let (first, again) = published.split_at(published.len() / 2);
        assert_eq!(first, again, "{name}");
    }
}

#[tokio::test]
async fn payloads_that_no_broker_would_take_are_refused_and_the_handler_lives_on() {
    let scene = Scene::usual();
    let mut large = film();
    large["title"] = "x".repeat(MAX_PAYLOAD).into();
    let many = json!({"candidates": vec![json!({}); 10_000]});
    for (payload, code) in [
        (large, RejectionCode::PayloadTooLarge),
        (many, RejectionCode::TooManyCandidates),
        (json!("\u{0}"), RejectionCode::InvalidJson),
    ] {
        let outcome = scene.ask("filmrequest", &payload).await;
        assert_eq!(outcome, Outcome::Rejected(code));
    }
    assert_eq!(
        scene.ask("filmrequest", &film()).await,
        Outcome::Answered(1)
    );
}

#[tokio::test]
async fn nothing_is_published_for_what_no_thing_can_be_called() {
    let scene = Scene::usual();
    let long = format!("matinee/{}/request", "x".repeat(5_000));
    for topic in [
        "matinee/#/request",
        "matinee/a b/request",
        "matinee/a\u{1}/request",
        "matinee//request",
        "$aws/things/a/shadow/update",
        "",
        &long,
    ] {
        assert_eq!(scene.ask(topic, &film()).await, Outcome::Ignored, "{topic}");
    }
    assert_eq!(scene.published(), []);
}

#[tokio::test]
async fn a_model_without_a_predictor_says_so_and_one_on_its_way_lets_the_request_come_again() {
    let scene = Scene::new(model(None), DeviceSettings::default());
    let outcome = scene.ask("filmrequest", &film()).await;
    assert_eq!(outcome, Outcome::Rejected(RejectionCode::NoPredictor));
    let (_, told) = scene.published().remove(0);
    assert_eq!(told["code"], "no_predictor");
    assert!(told["message"].as_str().unwrap().contains("v1"), "{told}");
    assert!(told["request_id"].is_string(), "{told}");

    let scene = Scene::new(Source(None), DeviceSettings::default());
    let payload = film().to_string();
    let again = scene
        .handler
        .answer("filmrequest", payload.as_bytes())
        .await;
    assert!(matches!(again, Err(PredictError::Model(_))), "{again:?}");
    assert_eq!(scene.published(), []);
    // What is wrong with a request can be told without a model.
    scene.ask("filmrequest", &json!([])).await;
    assert_eq!(scene.published()[0].0, "matinee/MovieSelector/rejected");
}

/// Publishes until so many messages are through.
struct Failing(AtomicUsize);

impl Shadow for Failing {
    async fn publish(&self, topic: &str, _: &[u8]) -> Result<(), StoreError> {
        if self.0.fetch_sub(1, Ordering::Relaxed) > 0 {
            return Ok(());
        }
        Err(StoreError {
            action: "publish to",
            what: topic.to_owned(),
            cause: StoreCause::Unavailable,
            source: "out of reach".into(),
        })
    }
}

#[tokio::test]
async fn what_could_not_be_published_comes_again() {
    for (payload, through, topic) in [
        (film(), 0, "matinee/MovieSelector/prediction/"),
        (film(), 1, "$aws/things/MovieSelector/shadow/update"),
        (json!({}), 0, "matinee/MovieSelector/rejected"),
    ] {
        let models = model(Some(Rating::unlearned()));
        let shadow = Failing(AtomicUsize::new(through));
        let handler = Predict::new(models, shadow, DeviceSettings::default());
        let payload = payload.to_string();
        match handler.answer("filmrequest", payload.as_bytes()).await {
            Err(PredictError::Publish(error)) => assert!(error.what.starts_with(topic), "{error}"),
            other => panic!("{other:?}"),
        }
    }
}

/// What a rule gives is what the file shows.
#[cfg(feature = "lambda")]
#[test]
fn every_scenario_holds_the_payload_that_it_shows() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use crate::lambda::RuleEvent;

    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events/predict");
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let text = fs::read(&file).unwrap();
        let event: RuleEvent = serde_json::from_slice(&text).unwrap();
        let shown: Value = serde_json::from_slice(&text).unwrap();
        let payload = STANDARD.decode(&event.matinee_payload).unwrap();
        let payload = String::from_utf8(payload).unwrap();
        let held = serde_json::from_str(&payload).unwrap_or(Value::String(payload));
        assert_eq!(held, shown["shown"], "{}", file.display());
    }
}
