//! How long messages take through the broker, one at a time, from a client and back to it.
//!
//! `round trip`: published, acknowledged at least once, to a subscriber. `update to delta`: an update of a
//! shadow, until what is desired and not reported has come back. `request to delta`: a request for 36 films,
//! which are predicted, until the thing's shadow names the best.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement")]

use std::time::{Duration, Instant};

use matinee_local::embedded::EmbeddedShadows;
use matinee_local::mqtt::Broker;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, NetworkOptions, Packet, QoS};
use serde_json::json;
use tokio::net::TcpListener;

#[path = "../tests/broker/predictor.rs"]
mod predictor;

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
    let rules = predictor::rules(&broker.publisher());
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
    time(&client, &mut events, "round trip", "echo", |_| {
        "x".repeat(100)
    })
    .await;
    let topic = "$aws/things/tv/shadow/update";
    time(&client, &mut events, "update to delta", topic, update).await;
    let topic = "matinee/tv/request";
    time(&client, &mut events, "request to delta", topic, request).await;
    running.stop().await;
}

/// A request for 36 films, different ones each time: the shadow has something new to say.
fn request(number: u32) -> String {
    let film = |place: u32| {
        json!({"title": format!("Film {number}.{place}"), "year": 1950 + place,
            "Director1": format!("Director {}", place % 3), "Genre1": "Drama", "Genre2": "Crime",
            "Genre3": "None"})
    };
    let films: Vec<_> = (0..36).map(film).collect();
    json!({"candidates": films}).to_string()
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
