//! Nothing is lost when the broker is started again in the middle of everything.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use matinee::ports::Shadow as _;
use matinee_local::mqtt::{Publisher, Rule, RuleMessage};
use rumqttc::{Event, Packet, QoS};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout_at};

use super::{Device, broker};

const DEVICES: usize = 50;
const REQUESTS: usize = 200;

/// How many requests a device has open at once.
const OPEN: usize = 20;

/// How long a device waits before it asks again.
const AGAIN: Duration = Duration::from_secs(2);

/// Answers a request under its id, and changes the thing's shadow.
fn answering(publisher: &Publisher) -> Vec<Rule> {
    let publisher = publisher.clone();
    let rule = Rule::new(
        "Requests",
        "matinee/+/request",
        move |message: RuleMessage| {
            let publisher = publisher.clone();
            async move {
                let thing = message
                    .topic
                    .split('/')
                    .nth(1)
                    .unwrap_or_default()
                    .to_owned();
                let id = String::from_utf8_lossy(&message.payload).into_owned();
                let topic = format!("matinee/{thing}/prediction/{id}");
                publisher.publish(&topic, id.as_bytes()).await?;
                let topic = format!("$aws/things/{thing}/shadow/update");
                let update = json!({"state": {"desired": {"request": id}}}).to_string();
                publisher.publish(&topic, update.as_bytes()).await?;
                Ok(())
            }
        },
    );
    vec![rule.unwrap()]
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
                .try_publish(&topic, QoS::AtLeastOnce, false, next.to_string());
            next += 1;
        }
        for (request, asked) in &mut open {
            if subscribed && now - *asked > AGAIN {
                *asked = now;
                let request = request.to_string();
                let _ = device
                    .client
                    .try_publish(&topic, QoS::AtLeastOnce, false, request);
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
                let id: usize = std::str::from_utf8(&message.payload)
                    .unwrap()
                    .parse()
                    .unwrap();
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

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_requests_of_fifty_devices_are_answered_though_the_broker_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let mut running = broker(dir.path(), None, answering).await;
    let address = running.address();
    let answered = Arc::<AtomicUsize>::default();
    let devices: Vec<_> = (0..DEVICES)
        .map(|number| tokio::spawn(ask(number, address, Arc::clone(&answered))))
        .collect();
    for part in [3, 6] {
        while answered.load(Ordering::Relaxed) < DEVICES * REQUESTS * part / 10 {
            sleep(Duration::from_millis(1)).await;
        }
        running.stop().await;
        running = broker(dir.path(), Some(address), answering).await;
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
    running.stop().await;
}
