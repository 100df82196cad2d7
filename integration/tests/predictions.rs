//! The Predict function as `sam build` makes it, in AWS's runtime emulator, between a bucket with a
//! model and a stand-in for AWS IoT.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;

use matinee_integration::lambda::{
    Emulator, Fault, FaultProxy, Invoke as _, Moto, ObjectServer, model_from,
};
use matinee_integration::{built, sample_models, workspace};
use serde_json::Value;

/// Where messages go instead of to AWS.
const IOT: &str = "AWS_ENDPOINT_URL_IOT_DATA_PLANE";

fn event(name: &str) -> Value {
    let file = workspace().join(format!("events/predict/{name}.json"));
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// The function with the sample model in a bucket, behind a proxy, and old keys in shadow updates.
struct Scene {
    moto: Moto,
    proxy: FaultProxy,
    function: Emulator,
}

impl Scene {
    fn start() -> Option<Self> {
        let (bootstrap, sample) = (built("PredictFunction")?, sample_models()?);
        let moto = Moto::start_with_things()?;
        let bucket = moto.create_bucket("matinee-models");
        bucket.put_folder(&sample, "models/");
        let proxy = FaultProxy::start(moto.endpoint());
        let mut env = model_from(&proxy.endpoint(), bucket.name());
        env.push(("LEGACY_SHADOW_KEYS", "true".to_owned()));
        Some(Self {
            function: Emulator::start(&bootstrap, &env)?,
            moto,
            proxy,
        })
    }

    /// What was published since `seen` messages.
    fn since(&self, seen: usize) -> Vec<(String, Vec<u8>)> {
        self.moto.things().published().split_off(seen)
    }
}

fn json(payload: &[u8]) -> Value {
    serde_json::from_slice(payload).unwrap()
}

#[test]
fn a_request_is_answered_and_the_shadow_takes_the_update() {
    let Some(scene) = Scene::start() else { return };
    let things = scene.moto.things();
    let mut seen = 0;
    for (name, thing, films) in [
        ("film-request-arrays-of-one", "MovieSelector", 1),
        ("thing-request-unknown-director", "LivingRoom", 1),
        ("thing-request-batch", "LivingRoom", 36),
    ] {
        scene.function.invoke(&event(name)).returned();
        let published = scene.since(seen);
        seen += published.len();
        let [(answered, answer), (told, update)] = &published[..] else {
            panic!("{name}: {published:?}");
        };
        let answer = json(answer);
        let request = answer["request_id"].as_str().unwrap();
        assert_eq!(*answered, format!("matinee/{thing}/prediction/{request}"));
        assert_eq!(answer["predictions"].as_array().unwrap().len(), films);
        assert_eq!(*told, format!("$aws/things/{thing}/shadow/update"));

        // moto does not bring a message to a shadow, and takes the same document by its own call.
        things.create(thing);
        let (status, accepted) = things.update_shadow(thing, update);
        assert_eq!(status, 200, "{accepted}");
        let desired = &accepted["state"]["desired"]["prediction"];
        assert_eq!(desired["request_id"], request, "{name}");
        assert_eq!(desired["count"], films, "{name}");
        let best = answer["best"].as_u64().unwrap() as usize;
        assert_eq!(desired["title"], answer["predictions"][best]["title"]);
        assert!(update.len() <= 8 * 1024);
        for old in ["title", "predictedLabel", "predictedScores"] {
            assert!(!json(update)[old].is_null(), "{name}: {old}");
        }
    }
    let log = scene.function.log().text();
    assert!(
        !log.contains("Night Ferry"),
        "what was asked stands in the log"
    );
}

#[test]
fn what_is_wrong_is_told_and_what_no_thing_asked_is_passed_over() {
    let Some(scene) = Scene::start() else { return };
    let mut seen = 0;
    for (name, code) in [
        ("wrong-no-json", "invalid_json"),
        ("wrong-no-object", "invalid_request"),
        ("wrong-missing-director", "invalid_request"),
        ("wrong-batch", "invalid_request"),
        ("wrong-too-many-candidates", "too_many_candidates"),
    ] {
        scene.function.invoke(&event(name)).returned();
        let published = scene.since(seen);
        seen += published.len();
        assert_eq!(published.len(), 1, "{name}");
        assert_eq!(published[0].0, "matinee/LivingRoom/rejected", "{name}");
        assert_eq!(json(&published[0].1)["code"], code, "{name}");
    }
    scene.function.invoke(&event("wrong-thing-name")).returned();
    assert_eq!(scene.since(seen), []);
}

#[test]
fn what_could_not_be_published_fails_and_the_retry_tells_the_same() {
    let Some(scene) = Scene::start() else { return };
    let batch = event("thing-request-batch");
    scene.function.invoke(&batch).returned();
    let first = scene.since(0);
    for (fault, through) in [("req-0002", 0), ("update", 1)] {
        // As often as a call is tried.
        let fault = Fault::InternalError.on("POST", fault).times(4);
        let before = scene.since(0).len();
        scene.proxy.inject(fault);
        let failed = scene.function.invoke(&batch);
        assert!(failed.function_error, "{failed:?}");
        assert_eq!(failed.body["errorType"], "PublishFailed", "{failed:?}");
        assert_eq!(scene.since(before), first[..through]);
        scene.function.invoke(&batch).returned();
        assert_eq!(scene.since(before + through), first);
    }
    scene.proxy.clear();
    scene
        .proxy
        .inject(Fault::AccessDenied.on("POST", "rejected"));
    let failed = scene.function.invoke(&event("wrong-year"));
    assert_eq!(failed.body["errorType"], "PublishFailed", "{failed:?}");
}

#[test]
fn without_a_model_a_request_comes_again_and_a_wrong_one_is_told_so() {
    let Some(bootstrap) = built("PredictFunction") else {
        return;
    };
    let Some(moto) = Moto::start_with_things() else {
        return;
    };
    let bucket = moto.create_bucket("matinee-empty");
    let env = model_from(moto.endpoint(), bucket.name());
    let Some(function) = Emulator::start(&bootstrap, &env) else {
        return;
    };
    let failed = function.invoke(&event("film-request"));
    assert_eq!(failed.body["errorType"], "ModelUnavailable", "{failed:?}");
    assert_eq!(moto.things().published(), []);
    function.invoke(&event("wrong-no-json")).returned();
    assert_eq!(moto.things().published().len(), 1);
}

#[test]
fn a_cold_start_fetches_the_part_that_predicts_and_nothing_else() {
    let (Some(bootstrap), Some(sample)) = (built("PredictFunction"), sample_models()) else {
        return;
    };
    let Some(moto) = Moto::start_with_things() else {
        return;
    };
    let server = ObjectServer::start(&sample, "films", "models/", 0).unwrap();
    let mut env = model_from(&server.endpoint(), server.bucket());
    env.push((IOT, moto.endpoint().to_owned()));
    let Some(function) = Emulator::start(&bootstrap, &env) else {
        return;
    };
    function.invoke(&event("film-request")).returned();
    let answer = json(&moto.things().published()[0].1);
    let version = answer["model_version"].as_str().unwrap();
    let fetched = server.take_served().into_iter().map(|served| served.key);
    let expected = [
        "models/current.json".to_owned(),
        format!("models/{version}/manifest.json"),
        format!("models/{version}/rating.bin"),
    ];
    assert_eq!(fetched.collect::<Vec<_>>(), expected);
}
