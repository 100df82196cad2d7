//! A function whose model lies in S3: started cold, called warm, and whatever S3 does to it.

use std::thread;
use std::time::{Duration, Instant};

use matinee_integration::lambda::{
    Bucket, Emulator, Fault, FaultProxy, HttpAnswer, Invoke as _, Moto, Rule, model_from,
};
use matinee_integration::{TwoModels, built, point};
use serde_json::Value;

/// A function, its bucket, and a proxy between them.
struct Scene {
    function: Emulator,
    proxy: FaultProxy,
    bucket: Bucket,
    models: TwoModels,
    _moto: Moto,
}

impl Scene {
    /// With the older of two models live. `check` is the least time between two looks for a newer
    /// one, in seconds; `prepare` comes before the function starts.
    fn start(check: u32, prepare: impl FnOnce(&Bucket, &FaultProxy, &TwoModels)) -> Option<Self> {
        let bootstrap = built("RecommendFunction")?;
        let moto = Moto::start()?;
        let bucket = moto.create_bucket("films");
        let models = TwoModels::train();
        models.put_into(&bucket);
        let proxy = FaultProxy::start(moto.endpoint());
        prepare(&bucket, &proxy, &models);
        let mut env = model_from(&proxy.endpoint(), bucket.name());
        env.push(("MODEL_CHECK_SECONDS", check.to_string()));
        let function = Emulator::start(&bootstrap, &env)?;
        Some(Self {
            function,
            proxy,
            bucket,
            models,
            _moto: moto,
        })
    }

    fn health(&self) -> HttpAnswer {
        self.function.get("/health")
    }

    /// The version that answers, and is named by header and body alike.
    #[track_caller]
    fn version(&self) -> String {
        let answer = self.health();
        assert_eq!(answer.status, 200, "{answer:?}\n{}", self.log());
        let version = answer.json()["model_version"].as_str().map(str::to_owned);
        assert_eq!(version.as_deref(), answer.header("x-matinee-model"));
        version.unwrap_or_default()
    }

    /// Why there is no model.
    #[track_caller]
    fn refusal(&self) -> String {
        let answer = self.health();
        assert_eq!(answer.status, 503, "{answer:?}\n{}", self.log());
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json")
        );
        let problem = answer.json();
        assert_eq!(problem["code"], "model_unavailable", "{problem}");
        problem["detail"].as_str().unwrap_or_default().to_owned()
    }

    /// Calls until `version` answers.
    #[track_caller]
    fn comes_to(&self, version: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.health().header("x-matinee-model") != Some(version) {
            assert!(Instant::now() < deadline, "{}", self.log());
            thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(self.version(), version);
    }

    fn log(&self) -> String {
        self.function.log().text()
    }

    /// The errors in the log, each with the version that goes on serving.
    fn errors(&self) -> Vec<String> {
        let lines = self.function.log().json();
        let errors = lines.iter().filter(|line| line["level"] == "ERROR");
        let text = |line: &Value, field: &str| line[field].as_str().unwrap_or_default().to_owned();
        errors
            .map(|line| format!("{}; serving {}", text(line, "error"), text(line, "serving")))
            .collect()
    }

    /// Waits until an error with this cause is in the log, which comes by another way than answers.
    #[track_caller]
    fn tells(&self, cause: &str) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !self.errors().iter().any(|error| error.contains(cause)) {
            assert!(
                Instant::now() < deadline,
                "{cause} is not logged:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_cold_start_fetches_each_file_once_and_a_warm_call_only_asks_for_the_pointer() {
    let Some(scene) = Scene::start(0, |_, _, _| {}) else {
        return;
    };
    assert_eq!(scene.version(), scene.models.old);
    let health = scene.health().json();
    assert_eq!(health["model_source"], "bucket", "{health}");
    for file in [
        "manifest.json",
        "catalogue.bin",
        "titles.bin",
        "similar.bin",
    ] {
        assert_eq!(scene.proxy.count("GET", file), 1, "{file}");
    }
    // The model was there before the first request was looked at.
    let lines = scene.function.log().json();
    let loaded = lines.iter().find(|line| line["message"] == "model loaded");
    assert!(
        loaded.is_some_and(|line| line.get("requestId").is_none()),
        "{loaded:?}"
    );

    let pointers = scene.proxy.requests();
    let pointers: Vec<_> = pointers
        .iter()
        .filter(|r| r.path.ends_with("current.json"))
        .collect();
    assert_eq!(pointers[0].if_none_match, None);
    assert_eq!(pointers[0].status, Some(200));
    assert!(pointers.len() > 1);
    for pointer in &pointers[1..] {
        assert!(
            pointer.if_none_match.is_some() && pointer.status == Some(304),
            "{pointer:?}"
        );
        assert!(pointer.authorized);
    }
}

#[test]
fn a_warm_function_looks_at_the_pointer_no_more_often_than_it_was_told() {
    let Some(scene) = Scene::start(3_600, |_, _, _| {}) else {
        return;
    };
    for _ in 0..20 {
        scene.version();
    }
    assert_eq!(scene.proxy.count("GET", "current.json"), 1);
    point(&scene.bucket, &scene.models.new);
    assert_eq!(scene.version(), scene.models.old);
}

#[test]
fn a_published_model_takes_over_and_a_damaged_one_does_not() {
    let Some(scene) = Scene::start(0, |_, _, _| {}) else {
        return;
    };
    let pid = {
        assert_eq!(scene.version(), scene.models.old);
        scene.function.bootstrap_pid()
    };
    point(&scene.bucket, &scene.models.new);
    assert_eq!(scene.version(), scene.models.new);

    // Back, with one byte of the model to come altered.
    point(&scene.bucket, &scene.models.old);
    assert_eq!(scene.version(), scene.models.old);
    let key = format!("models/{}/titles.bin", scene.models.new);
    let sound = scene
        .bucket
        .get(&key)
        .map(|object| object.bytes)
        .unwrap_or_default();
    let mut damaged = sound.clone();
    damaged[sound.len() / 3] ^= 16;
    scene.bucket.put(&key, &damaged);
    point(&scene.bucket, &scene.models.new);
    assert_eq!(scene.version(), scene.models.old);
    let errors = scene.errors();
    let named = |error: &String| {
        error.contains("section titles: checksum") && error.contains(&scene.models.old)
    };
    assert!(errors.iter().any(named), "{errors:?}");

    // Mended in its place, it is tried again.
    scene.bucket.put(&key, &sound);
    scene.comes_to(&scene.models.new);
    assert_eq!(
        scene.function.bootstrap_pid(),
        pid,
        "the process was started anew"
    );
}

/// What goes wrong, and words of the answer that name it.
fn causes() -> Vec<(Rule, &'static str)> {
    let on_the_pointer = |fault: Fault| fault.on("GET", "current.json");
    vec![
        (Fault::AccessDenied.into(), "access is denied"),
        (
            on_the_pointer(Fault::ExpiredToken { status: 400 }),
            "the credentials have expired",
        ),
        (
            Fault::WrongRegion {
                expected: "eu-west-1",
            }
            .into(),
            "another region",
        ),
        (
            Fault::PermanentRedirect {
                region: "eu-west-1",
            }
            .into(),
            "another region",
        ),
        (Fault::NoSuchBucket.into(), "the bucket does not exist"),
        (
            on_the_pointer(Fault::NoSuchKey),
            "no model file \"current.json\"",
        ),
        (
            Fault::NoSuchKey.on("GET", "manifest.json"),
            "/manifest.json\"",
        ),
        (
            Fault::FlipByte.on("GET", "similar.bin"),
            "section similar: checksum",
        ),
        (
            Fault::SlowDown.on("GET", "catalogue.bin"),
            "cannot be reached or does not keep up",
        ),
        (
            Fault::HangUp.into(),
            "cannot be reached or does not keep up",
        ),
    ]
}

#[test]
fn without_a_model_the_function_says_why_stays_alive_and_recovers() {
    for (fault, cause) in causes() {
        let Some(scene) = Scene::start(1, |_, proxy, _| proxy.inject(fault)) else {
            return;
        };
        let refusal = scene.refusal();
        assert!(
            refusal.contains(cause),
            "expected {cause:?}, found {refusal:?}"
        );
        assert!(
            !refusal.contains("films"),
            "tells the bucket's name: {refusal}"
        );
        scene.tells(cause);
        // What needs no model is served meanwhile.
        assert_eq!(scene.function.get("/openapi.json").status, 200);
        let pid = scene.function.bootstrap_pid();
        scene.proxy.clear();
        scene.comes_to(&scene.models.old);
        assert_eq!(scene.function.bootstrap_pid(), pid, "{cause}: started anew");
    }
}

#[test]
fn with_a_model_none_of_that_keeps_the_function_from_answering() {
    let Some(scene) = Scene::start(0, |_, _, _| {}) else {
        return;
    };
    assert_eq!(scene.version(), scene.models.old);
    for (fault, cause) in causes() {
        scene.function.log().clear();
        scene.proxy.inject(fault);
        point(&scene.bucket, &scene.models.new);
        // Some faults are met at the second look only, when the first left off in its patience.
        let deadline = Instant::now() + Duration::from_secs(20);
        while !scene.errors().iter().any(|error| error.contains(cause)) {
            assert_eq!(scene.version(), scene.models.old, "{cause}");
            assert!(
                Instant::now() < deadline,
                "{cause} is not logged:\n{}",
                scene.log()
            );
        }
        scene.proxy.clear();
        // What was refused once is not tried again at once, but another pointer is followed.
        point(&scene.bucket, &scene.models.old);
        scene.comes_to(&scene.models.old);
    }
    point(&scene.bucket, &scene.models.new);
    scene.comes_to(&scene.models.new);
}

#[test]
fn a_pointer_that_leads_nowhere_or_is_of_another_format_is_told() {
    let elsewhere = "20990101T000000Z-00000000";
    let newer = r#"{"format_version": 99, "model_version": "x"}"#;
    for (pointer, cause) in [
        (
            format!(r#"{{"format_version": 1, "model_version": "{elsewhere}"}}"#),
            "20990101T000000Z-00000000/manifest.json",
        ),
        (newer.to_owned(), "format version 99"),
        ("{".to_owned(), "not a valid model document"),
    ] {
        let prepare = |bucket: &Bucket, _: &FaultProxy, _: &TwoModels| {
            bucket.put("models/current.json", &pointer);
        };
        let Some(scene) = Scene::start(1, prepare) else {
            return;
        };
        let refusal = scene.refusal();
        assert!(
            refusal.contains(cause),
            "expected {cause:?}, found {refusal:?}"
        );
        point(&scene.bucket, &scene.models.new);
        scene.comes_to(&scene.models.new);
    }
}

/// Writes another number into a version's manifest.
fn alter_manifest(bucket: &Bucket, version: &str, place: &str, number: u64) {
    let key = format!("models/{version}/manifest.json");
    let manifest = bucket.get(&key).map(|object| object.bytes);
    let mut manifest: Value =
        serde_json::from_slice(&manifest.unwrap_or_default()).unwrap_or_default();
    match manifest.pointer_mut(place) {
        Some(value) => *value = number.into(),
        None => panic!("{key} has no {place}"),
    }
    bucket.put(&key, manifest.to_string());
}

#[test]
fn a_manifest_of_a_newer_format_is_told() {
    let prepare = |bucket: &Bucket, _: &FaultProxy, models: &TwoModels| {
        alter_manifest(bucket, &models.old, "/format_version", 2);
    };
    let Some(scene) = Scene::start(1, prepare) else {
        return;
    };
    let refusal = scene.refusal();
    assert!(
        refusal.contains("manifest.json has format version 2"),
        "{refusal}"
    );
}

#[test]
fn a_manifest_that_speaks_of_a_huge_section_costs_no_memory() {
    let prepare = |bucket: &Bucket, _: &FaultProxy, models: &TwoModels| {
        alter_manifest(bucket, &models.old, "/sections/titles/size", 1_200_000_000);
    };
    let Some(scene) = Scene::start(1, prepare) else {
        return;
    };
    let refusal = scene.refusal();
    assert!(
        refusal.contains("section titles: expected 1200000000 bytes"),
        "{refusal}"
    );
    let peak = scene.function.memory().map(|memory| memory.peak);
    assert!(peak.is_some_and(|peak| peak < 70_000_000), "{peak:?}");
}

#[test]
fn what_needs_no_model_does_not_wait_for_one_nor_counts_as_unanswered() {
    let stuck = Fault::Delay(Duration::from_mins(1));
    let Some(scene) = Scene::start(1, |_, proxy, _| proxy.inject(stuck)) else {
        return;
    };
    // The function starts without its model, after a while, and before Alexa would hang up.
    assert_eq!(scene.function.get("/openapi.json").status, 200);
    let start = scene.function.init_duration();
    assert!(start < Duration::from_secs(6), "{start:?}");
    for (path, status) in [("/", 200), ("/openapi.json", 200), ("/nowhere", 404)] {
        let before = Instant::now();
        assert_eq!(scene.function.get(path).status, status, "{path}");
        assert!(before.elapsed() < Duration::from_secs(2), "{path}");
    }
    let log = scene.log();
    assert!(log.contains("the model is not loaded yet"), "{log}");
    assert!(!log.contains("ModelUnavailable"), "{log}");
    assert!(scene.refusal().contains("the model is still being loaded"));
    scene.proxy.clear();
}

#[test]
fn short_troubles_are_over_before_the_first_answer() {
    for fault in [
        Fault::SlowDown.on("GET", "current.json").times(2),
        Fault::InternalError.on("GET", "manifest.json").times(2),
        Fault::CutShort.on("GET", "catalogue.bin").times(1),
        Fault::CutShort.on("GET", "manifest.json").times(2),
        Fault::HangUp.on("GET", "titles.bin").times(1),
        Fault::Stall(Duration::from_secs(30))
            .on("GET", "similar.bin")
            .times(1),
        Fault::Delay(Duration::from_secs(30))
            .on("GET", "current.json")
            .times(1),
    ] {
        let told = format!("{fault:?}");
        let Some(scene) = Scene::start(1, |_, proxy, _| proxy.inject(fault)) else {
            return;
        };
        assert_eq!(scene.version(), scene.models.old, "{told}");
        assert!(scene.proxy.faulted() > 0, "{told} did not happen");
    }
}

#[test]
fn a_slow_store_delays_the_start_but_no_answer_of_a_warm_function_for_long() {
    let slow = Fault::Delay(Duration::from_millis(700));
    let Some(scene) = Scene::start(0, |_, proxy, _| proxy.inject(slow.clone())) else {
        return;
    };
    assert_eq!(scene.version(), scene.models.old);
    scene.proxy.clear();
    point(&scene.bucket, &scene.models.new);
    scene
        .proxy
        .inject(Fault::Delay(Duration::from_millis(1_200)));
    // Three round trips: longer than one request waits, so the old model answers first, and the
    // look is gone on with.
    let mut answered = vec![scene.version()];
    while answered.last() == Some(&scene.models.old) && answered.len() < 20 {
        answered.push(scene.version());
    }
    assert_eq!(answered.first(), Some(&scene.models.old));
    assert_eq!(answered.last(), Some(&scene.models.new), "{}", scene.log());
    assert_eq!(
        scene
            .proxy
            .count("GET", &format!("{}/titles.bin", scene.models.new)),
        1
    );
}

#[test]
fn a_store_that_refuses_connections_is_told_and_found_again() {
    let Some(scene) = Scene::start(1, |_, proxy, _| proxy.refuse_connections()) else {
        return;
    };
    let refusal = scene.refusal();
    assert!(refusal.contains("cannot be reached"), "{refusal}");
    scene.proxy.accept_connections();
    scene.comes_to(&scene.models.old);
}
