//! Nothing is lost when the broker is started again in the middle of everything.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use matinee_local::mqtt::Running;
use rumqttc::{Event, Packet, QoS};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep, timeout_at};

use super::{Device, broker, predictor};

const DEVICES: usize = 50;
const REQUESTS: usize = 200;

/// How many requests a device has open at once.
const OPEN: usize = 20;

/// How long a device waits before it asks again.
const AGAIN: Duration = Duration::from_secs(2);

/// A request with its number as its id.
fn request(number: usize) -> String {
    let film = json!({"title": "Night Ferry", "year": 1950 + number % 70,
        "Director1": format!("Director {number}"), "Genre1": "Drama"});
    json!({"request_id": number.to_string(), "candidates": [film]}).to_string()
}

/// Which request an answer is to, once it is seen to be one.
fn answered_request(answer: &[u8]) -> usize {
    let answer: Value = serde_json::from_slice(answer).unwrap();
    let expected = answer["predictions"][0]["expected_stars"].as_f64().unwrap();
    assert!((1.0..=10.0).contains(&expected), "{answer}");
    answer["request_id"].as_str().unwrap().parse().unwrap()
}

/// Asks until everything is answered; gives how often each request was.
async fn ask(number: usize, address: SocketAddr, answered: Arc<AtomicUsize>) -> Vec<usize> {
    let thing = format!("device-{number}");
    let mut device = Device::new(&thing, address);
    let filter = format!("matinee/{thing}/prediction/+");
    let topic = format!("matinee/{thing}/request");
    let mut open: HashMap<usize, Instant> = HashMap::new();
    let mut answers = vec![0; REQUESTS];
    let mut next = 0;
    let mut subscribed = false;
    while answers.contains(&0) {
        let now = Instant::now();
        while subscribed && next < REQUESTS && open.len() < OPEN {
            open.insert(next, now);
            let _ = device
                .client
                .try_publish(&topic, QoS::AtLeastOnce, false, request(next));
            next += 1;
        }
        for (number, asked) in &mut open {
            if subscribed && now - *asked > AGAIN {
                *asked = now;
                let _ =
                    device
                        .client
                        .try_publish(&topic, QoS::AtLeastOnce, false, request(*number));
            }
        }
        let event = timeout_at(now + Duration::from_millis(200), device.events.poll()).await;
        match event {
            Ok(Ok(Event::Incoming(Packet::ConnAck(_)))) => {
                subscribed = false;
                let _ = device.client.try_subscribe(&filter, QoS::AtLeastOnce);
            }
            Ok(Ok(Event::Incoming(Packet::SubAck(_)))) => subscribed = true,
            Ok(Ok(Event::Incoming(Packet::Publish(message)))) => {
                let id = answered_request(&message.payload);
                if open.remove(&id).is_some() {
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                answers[id] += 1;
            }
            Ok(Ok(_)) | Err(_) => {}
            Ok(Err(_)) => {
                subscribed = false;
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
    answers
}

/// A broker on threads of its own, which end with it when it is killed.
struct Started {
    runtime: Runtime,
    running: Running,
}

impl Started {
    async fn on(dir: &Path, address: Option<SocketAddr>) -> Self {
        let runtime = Runtime::new().unwrap();
        let dir = dir.to_owned();
        let starting = runtime.spawn(async move { broker(&dir, address, predictor::rules).await });
        let running = starting.await.unwrap();
        Self { runtime, running }
    }

    async fn stop(self) {
        let stopping = self.runtime.spawn(self.running.stop());
        stopping.await.unwrap();
        self.runtime.shutdown_background();
    }

    /// Ends it wherever it stands, with nothing finished and nobody told, as a kill of the process does. A
    /// transaction that has begun may still come to its end.
    fn kill(self) {
        self.runtime.shutdown_background();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_requests_of_fifty_devices_are_answered_though_the_broker_stops_and_is_killed()
{
    let dir = tempfile::tempdir().unwrap();
    let mut started = Started::on(dir.path(), None).await;
    let address = started.running.address();
    let answered = Arc::<AtomicUsize>::default();
    let devices: Vec<_> = (0..DEVICES)
        .map(|number| tokio::spawn(ask(number, address, Arc::clone(&answered))))
        .collect();
    for (part, killed) in [(3, false), (6, true)] {
        while answered.load(Ordering::Relaxed) < DEVICES * REQUESTS * part / 10 {
            sleep(Duration::from_millis(1)).await;
        }
        if killed {
            started.kill();
        } else {
            started.stop().await;
        }
        started = Started::on(dir.path(), Some(address)).await;
    }
    let mut more_often = 0;
    for device in devices {
        let answers = tokio::time::timeout(Duration::from_mins(3), device);
        let answers = answers.await.expect("every request is answered").unwrap();
        assert_eq!(answers.len(), REQUESTS);
        more_often += answers.iter().filter(|&&answers| answers > 1).count();
    }
    assert_eq!(answered.load(Ordering::Relaxed), DEVICES * REQUESTS);
    // What was answered twice was answered under its id; that is seldom.
    assert!(more_often < DEVICES * REQUESTS / 5, "{more_often}");
    started.stop().await;
}
