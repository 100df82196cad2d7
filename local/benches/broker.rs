//! How long messages take through the broker, one at a time, from a client and back to it.
//!
//! `round trip`: published, acknowledged at least once, to a subscriber. `update to delta`: an update of a
//! shadow, until what is desired and not reported has come back. `request to delta`: a request that a rule
//! answers, with a message of 36 films and an update of the shadow.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement")]

use std::time::{Duration, Instant};

use matinee::ports::Shadow as _;
use matinee_local::embedded::EmbeddedShadows;
use matinee_local::mqtt::{Broker, Publisher, Rule, RuleMessage};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, NetworkOptions, Packet, QoS};
use serde_json::json;
use tokio::net::TcpListener;

/// How often each is measured.
const TIMES: u32 = 2_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(measure());
}

async fn measure() {
    let dir = tempfile::tempdir().expect("a folder");
    let shadows = EmbeddedShadows::open(dir.path()).expect("the shadows");
    let broker = Broker::new(shadows);
    let rules = vec![answering(broker.publisher())];
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let running = broker.listen(listener, rules).expect("a broker");

    let mut options = MqttOptions::new("bench", "127.0.0.1", running.address().port());
    options.set_max_packet_size(1 << 20, 1 << 20);
    let (client, mut events) = AsyncClient::new(options, 100);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    events.set_network_options(network);
    for filter in ["echo", "$aws/things/+/shadow/update/delta"] {
        let subscribed = client.subscribe(filter, QoS::AtLeastOnce).await;
        subscribed.expect("a subscription");
    }
    let update = |number: u32| json!({"state": {"desired": {"prediction": number}}}).to_string();
    let films = json!({"candidates": vec![film(); 36]}).to_string();
    time(&client, &mut events, "round trip", "echo", |_| {
        "x".repeat(100)
    })
    .await;
    let topic = "$aws/things/tv/shadow/update";
    time(&client, &mut events, "update to delta", topic, update).await;
    let topic = "matinee/tv/request";
    time(&client, &mut events, "request to delta", topic, |_| {
        films.clone()
    })
    .await;
    running.stop().await;
}

fn film() -> serde_json::Value {
    json!({
        "title": "Night Ferry", "year": 1999, "Director1": "Ada Moor",
        "Genre1": "Drama", "Genre2": "Crime", "Genre3": "None",
    })
}

/// Reads a request, and answers with as much of it as came.
fn answering(publisher: Publisher) -> Rule {
    let rule = Rule::new(
        "Requests",
        "matinee/+/request",
        move |message: RuleMessage| {
            let publisher = publisher.clone();
            async move {
                let request: serde_json::Value = serde_json::from_slice(&message.payload)?;
                let answer = request.to_string();
                publisher
                    .publish("matinee/tv/prediction/1", answer.as_bytes())
                    .await?;
                let best = &request["candidates"][0];
                let at = message.received;
                let update =
                    json!({"state": {"desired": {"prediction": {"best": best, "at": at}}}});
                let update = update.to_string();
                publisher
                    .publish("$aws/things/tv/shadow/update", update.as_bytes())
                    .await?;
                Ok(())
            }
        },
    );
    rule.expect("a filter")
}

/// Publishes one message after the other, each when the one before has come back, and tells how long that
/// took.
async fn time(
    client: &AsyncClient,
    events: &mut EventLoop,
    what: &str,
    topic: &str,
    payload: impl Fn(u32) -> String,
) {
    let mut taken = Vec::new();
    for number in 0..TIMES {
        let begin = Instant::now();
        let published = client.publish(topic, QoS::AtLeastOnce, false, payload(number));
        published.await.expect("published");
        loop {
            let event = events.poll().await.expect("a connection");
            if let Event::Incoming(Packet::Publish(_)) = event {
                break;
            }
        }
        taken.push(begin.elapsed());
    }
    taken.sort_unstable();
    let at = |share: usize| milliseconds(taken[taken.len() * share / 100]);
    println!("{what:<18} median {:.3} ms, p99 {:.3} ms", at(50), at(99));
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
