//! The loop of a device's ratings: it asks how good a film would be, reports how good it was, and a model
//! that was trained since says something else. On one machine, and with the functions over a stand-in for AWS.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use matinee::taste::log::FILM_RATINGS;
use matinee_integration::lambda::{
    Emulator, Function, Invoke as _, Moto, QueueSource, StreamSource, TABLES, Tables,
    feedback_through, model_from,
};
use matinee_integration::{Server, built, files, run, sample_models, workspace};
use rumqttc::{Client, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};

/// Whose films are good, and whose are not.
const GOOD: &str = "Ines Calder";
const BAD: &str = "Otto Brandt";

/// Ratings of each of the two, and of all others together.
const THEIRS: usize = 25;
const OTHERS: usize = 150;

const PATIENCE: Duration = Duration::from_mins(2);

/// A film of a director with everything else alike.
fn film(director: &str) -> Value {
    json!({"title": "Night Ferry", "year": 1999, "Director1": director, "Genre1": "Drama",
        "Genre2": "Thriller", "Genre3": "None"})
}

/// What devices report: 9 stars for every film of one director, 3 for every film of the other, and others in
/// between.
fn ratings() -> Vec<Value> {
    let rating = |number: usize, director: &str, stars: usize| {
        let genre = ["Drama", "Comedy", "Thriller"][number % 3];
        json!({"request_id": format!("rating-{number}"), "title": format!("Film {number}"),
            "year": 1990 + number % 20, "Director1": director,
            "Genre1": genre, "Genre2": "None",
            "Genre3": "None", "stars": stars})
    };
    let theirs = (0..2 * THEIRS).map(|number| match number % 2 {
        0 => rating(number, GOOD, 9),
        _ => rating(number, BAD, 3),
    });
    let others = (2 * THEIRS..2 * THEIRS + OTHERS).map(|number| {
        rating(
            number,
            &format!("Director {}", number % 50),
            5 + number / 3 % 3,
        )
    });
    theirs.chain(others).collect()
}

/// What was predicted of a film of both, before anybody rated anything and after training.
struct Predicted {
    good: f64,
    bad: f64,
    version: Value,
}

/// What the ratings have to change.
fn assert_learned(before: &Predicted, after: &Predicted) {
    assert_ne!(before.version, after.version);
    assert!((before.good - before.bad).abs() < 1e-9, "nothing was known");
    assert!(
        after.good > before.good + 1.0,
        "{} {}",
        before.good,
        after.good
    );
    assert!(after.bad < before.bad - 1.0, "{} {}", before.bad, after.bad);
}

fn predicted(answer: impl Fn(&str) -> Value) -> Predicted {
    let expected = |answer: &Value| answer["predictions"][0]["expected_stars"].as_f64().unwrap();
    let (good, bad) = (answer(GOOD), answer(BAD));
    Predicted {
        good: expected(&good),
        bad: expected(&bad),
        version: good["model_version"].clone(),
    }
}

/// A device that asks one thing at a time.
struct Device {
    client: Client,
    answers: std::sync::mpsc::Receiver<Value>,
}

impl Device {
    fn connect(server: &Server) -> Self {
        let port = server.mqtt().rsplit(':').next().unwrap().parse().unwrap();
        let options = MqttOptions::new("tv", "127.0.0.1", port);
        let (client, mut connection) = Client::new(options, 500);
        client
            .subscribe("matinee/tv/prediction/+", QoS::AtLeastOnce)
            .unwrap();
        let (heard, answers) = std::sync::mpsc::channel();
        thread::spawn(move || {
            for event in connection.iter() {
                match event {
                    Ok(Event::Incoming(Packet::Publish(message))) => {
                        let answer = serde_json::from_slice(&message.payload).unwrap();
                        if heard.send(answer).is_err() {
                            return;
                        }
                    }
                    Ok(_) => {}
                    Err(_) => return,
                }
            }
        });
        Self { client, answers }
    }

    fn say(&self, topic: &str, payload: &Value) {
        let payload = payload.to_string();
        self.client
            .publish(topic, QoS::AtLeastOnce, false, payload)
            .unwrap();
    }

    fn predictions(&self) -> Predicted {
        predicted(|director| {
            self.say("matinee/tv/request", &film(director));
            self.answers.recv_timeout(PATIENCE).unwrap()
        })
    }
}

/// Waits until something holds.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what} does not happen");
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn on_one_machine_what_a_device_reports_changes_what_it_is_told_after_training() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["serve", "--port", "0", "--mqtt-port", "0"]);
    let device = Device::connect(&server);
    let before = device.predictions();

    let all = ratings();
    for (number, rating) in all.iter().enumerate() {
        // On the old topic and on the new one, and every tenth twice.
        let topic = ["filmupdate", "matinee/tv/feedback"][number % 2];
        device.say(topic, rating);
        if number % 10 == 0 {
            device.say(topic, rating);
        }
    }
    let in_log = || {
        let segments = files(dir.path());
        let segments = segments
            .iter()
            .filter(|file| file.to_string_lossy().contains(FILM_RATINGS));
        let rows = segments.map(|file| {
            let text = std::fs::read_to_string(dir.path().join(file)).unwrap_or_default();
            text.lines().count().saturating_sub(1)
        });
        rows.sum::<usize>()
    };
    wait_until("that the log has every rating", || in_log() >= all.len());
    assert_eq!(in_log(), all.len(), "a repeat stands in the log");

    let trained = run(dir.path(), &["train", "--json"], "");
    assert_eq!(trained.code, Some(0), "{}", trained.stderr);
    let mut after = device.predictions();
    wait_until("that the new model answers", || {
        after = device.predictions();
        after.version != before.version
    });
    assert_learned(&before, &after);
    assert_eq!(server.stop().code, Some(0));
}

/// What a topic rule makes of a request.
fn rule_event(payload: &Value) -> Value {
    let payload = STANDARD.encode(payload.to_string());
    json!({"matinee_topic": "matinee/tv/request", "matinee_payload": payload})
}

/// The predicting function, just started over the models of a bucket.
fn told(moto: &Moto, models: &str, seen: &mut usize) -> Option<Predicted> {
    let function = Emulator::start(
        &built("PredictFunction")?,
        &model_from(moto.endpoint(), models),
    )?;
    let seen = std::cell::Cell::from_mut(seen);
    Some(predicted(|director| {
        function.invoke(&rule_event(&film(director))).returned();
        let published = moto.things().published().split_off(seen.get());
        seen.set(seen.get() + published.len());
        serde_json::from_slice(&published[0].1).unwrap()
    }))
}

#[test]
fn in_the_cloud_what_a_device_reports_changes_what_it_is_told_after_training() {
    let (Some(sample), Some(train), Some(feedback)) = (
        sample_models(),
        built("TrainFunction"),
        built("FeedbackFunction"),
    ) else {
        return;
    };
    let Some(moto) = Moto::start_with_things() else {
        return;
    };
    moto.create_tables();
    let queue = moto.create_queue("feedback", 3, 1_000);
    let models = moto.create_bucket("matinee-models");
    models.put_folder(&sample, "models/");
    let data = moto.create_bucket("matinee-data");
    let catalogue = std::fs::read(workspace().join("data/sample/movies.csv")).unwrap();
    data.put("catalogue/movies.csv", catalogue);
    let mut seen = 0;
    let Some(before) = told(&moto, models.name(), &mut seen) else {
        return;
    };

    // As the topic rules hand them over.
    let all = ratings();
    for (number, rating) in all.iter().enumerate() {
        let mut message = rating.clone();
        message["matinee_topic"] = json!(["filmupdate", "matinee/tv/feedback"][number % 2]);
        message["matinee_received"] = json!(1_770_000_000_000_i64 + i64::try_from(number).unwrap());
        queue.send(&message.to_string());
    }
    let env = feedback_through(moto.endpoint(), &queue, data.name());
    let function = Function::start(&feedback, &env);
    let source = QueueSource::new(moto.endpoint(), &queue);
    wait_until("that the queue is empty", || {
        source.poll(&function) == 0 && queue.depth() == (0, 0)
    });
    let films = TABLES[2];
    assert_eq!(Tables::at(moto.endpoint()).items(films).len(), all.len());
    let mut stream = StreamSource::new(moto.endpoint(), films);
    wait_until("that the log has every rating", || {
        stream.poll(&function);
        let segments = data.list(&format!("log/{FILM_RATINGS}"));
        let rows = segments.iter().map(|key| {
            let bytes = data.get(key).unwrap().bytes;
            String::from_utf8(bytes).unwrap().lines().count() - 1
        });
        rows.sum::<usize>() >= all.len()
    });

    let mut env: HashMap<&str, String> = model_from(moto.endpoint(), models.name())
        .into_iter()
        .collect();
    env.insert("DATA_BUCKET", data.name().to_owned());
    env.insert("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "2048".to_owned());
    env.insert("AWS_LAMBDA_FUNCTION_TIMEOUT", "900".to_owned());
    let env: Vec<(&str, String)> = env.into_iter().collect();
    let trained = Emulator::start(&train, &env)
        .unwrap()
        .invoke(&json!({}))
        .returned();
    assert_eq!(trained["live"], true, "{trained}");
    let after = told(&moto, models.name(), &mut seen).unwrap();
    assert_eq!(after.version, trained["model_version"]);
    assert_learned(&before, &after);
}
