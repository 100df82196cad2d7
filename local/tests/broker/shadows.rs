//! Shadows over the wire.

use matinee::ports::contract;
use serde_json::{Value, json};

use super::{Device, broker};

fn body(payload: &[u8]) -> Value {
    serde_json::from_slice(payload).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_from_inside_keeps_the_contract_of_the_port() {
    let dir = tempfile::tempdir().unwrap();
    let mut inside = None;
    let running = broker(dir.path(), None, |publisher| {
        inside = Some(publisher.clone());
        Vec::new()
    })
    .await;
    let filters = ["matinee/#", "$aws/things/+/shadow/update", "end"];
    let mut device = Device::subscribed("listener", running.address(), &filters).await;
    let shadow = inside.unwrap();
    let publisher = shadow.clone();
    contract::shadow(&shadow, async || {
        let end = matinee_local::mqtt::Message::new("end", "");
        publisher.send(end).await.unwrap();
        let mut found = Vec::new();
        loop {
            let message = device.message().await;
            if message.topic == "end" {
                return found;
            }
            found.push((message.topic, message.payload.to_vec()));
        }
    })
    .await;
    running.stop().await;
    let topic = "matinee/tv/rejected";
    let late = matinee::ports::Shadow::publish(&publisher, topic, b"{}").await;
    assert!(late.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_brokers_own_cannot_be_published_from_inside() {
    let dir = tempfile::tempdir().unwrap();
    let broker = matinee_local::mqtt::Broker::new(
        matinee_local::embedded::EmbeddedShadows::open(dir.path()).unwrap(),
    );
    let publisher = broker.publisher();
    for topic in ["$aws/things/tv/shadow/update/accepted", "$SYS/x", "a/+", ""] {
        let refused = matinee::ports::Shadow::publish(&publisher, topic, b"{}").await;
        assert!(refused.is_err(), "{topic}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_subscribed_to_everything_of_its_shadow_hears_all_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let running = broker(dir.path(), None, |_| Vec::new()).await;
    let filters = ["$aws/things/+/shadow/#"];
    let mut device = Device::subscribed("tv", running.address(), &filters).await;
    let update = json!({"state": {"desired": {"a": 1}}, "title": "Heat"}).to_string();
    device.publish("$aws/things/tv/shadow/update", update).await;
    let mut heard = Vec::new();
    for _ in 0..4 {
        let message = device.message().await;
        heard.push(message.topic.replace("$aws/things/tv/shadow/", ""));
    }
    let expected = [
        "update",
        "update/accepted",
        "update/delta",
        "update/documents",
    ];
    assert_eq!(heard, expected);
    running.stop().await;
    // Kept across a restart.
    let running = broker(dir.path(), None, |_| Vec::new()).await;
    let mut device = Device::subscribed("tv", running.address(), &filters).await;
    device.publish("$aws/things/tv/shadow/get", "").await;
    device.message().await;
    let found = body(&device.message().await.payload);
    assert_eq!(
        (&found["version"], &found["state"]["delta"]["a"]),
        (&json!(1), &json!(1))
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn named_shadows_are_rejected_and_more_than_ten_requests_at_once_are_too_many() {
    let dir = tempfile::tempdir().unwrap();
    let running = broker(dir.path(), None, |_| Vec::new()).await;
    let filters = ["$aws/things/tv/shadow/#"];
    let mut listener = Device::subscribed("listener", running.address(), &filters).await;
    let mut device = Device::subscribed("tv", running.address(), &["unused"]).await;
    let named = "$aws/things/tv/shadow/name/tv/update";
    device.publish(named, r#"{"state":{}}"#).await;
    let polling = tokio::spawn(async move {
        loop {
            device.event().await;
        }
    });
    assert_eq!(listener.message().await.topic, named);
    let rejected = listener.message().await;
    assert_eq!(rejected.topic, format!("{named}/rejected"));
    assert_eq!(body(&rejected.payload)["code"], 400);
    polling.abort();
    let _ = polling.await;

    let burst = super::bytes::burst(running.address(), 60);
    tokio::task::spawn_blocking(burst).await.unwrap();
    let (mut accepted, mut too_many) = (0, 0);
    while accepted + too_many < 60 {
        let message = listener.message().await;
        if message.topic.ends_with("/accepted") {
            accepted += 1;
        } else if message.topic.ends_with("/rejected") {
            assert_eq!(body(&message.payload)["code"], 429);
            too_many += 1;
        }
    }
    assert!(accepted >= 10, "{accepted}");
    assert!(too_many > 0);
    running.stop().await;
}
