//! The broker with clients, in one process.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod bytes;
mod predictor;
mod restart;
mod sessions;
mod shadows;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use matinee_local::embedded::EmbeddedShadows;
use matinee_local::mqtt::{Broker, Publisher, Rule, Running};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, Publish, QoS};
use tokio::net::TcpListener;
use tokio::time::timeout;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A broker with the shadows of a folder, on a port, or on a free one.
async fn broker(
    dir: &Path,
    address: Option<SocketAddr>,
    rules: impl FnOnce(&Publisher) -> Vec<Rule>,
) -> Running {
    let broker = Broker::new(EmbeddedShadows::open(dir).unwrap());
    let rules = rules(&broker.publisher());
    listen(broker, address, rules).await
}

/// A broker with at most so many connections.
async fn broker_with_room_for(connections: usize, dir: &Path) -> Running {
    let broker = Broker::new(EmbeddedShadows::open(dir).unwrap());
    listen(broker.with_room_for(connections), None, Vec::new()).await
}

async fn listen(broker: Broker, address: Option<SocketAddr>, rules: Vec<Rule>) -> Running {
    let address = address.unwrap_or_else(|| "127.0.0.1:0".parse().unwrap());
    // The one before may have its last connections still.
    let mut tries = 0;
    let listener = loop {
        match TcpListener::bind(address).await {
            Ok(listener) => break listener,
            Err(error) if tries > 100 => panic!("{error}"),
            Err(_) => tries += 1,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    broker.listen(listener, rules).unwrap()
}

/// A client with what it receives.
struct Device {
    client: AsyncClient,
    events: EventLoop,
}

impl Device {
    fn new(name: &str, address: SocketAddr) -> Self {
        let mut options = MqttOptions::new(name, address.ip().to_string(), address.port());
        options.set_keep_alive(Duration::from_secs(30));
        options.set_max_packet_size(1 << 20, 1 << 20);
        let (client, mut events) = AsyncClient::new(options, 1_000);
        let mut network = rumqttc::NetworkOptions::new();
        network.set_tcp_nodelay(true);
        events.set_network_options(network);
        Self { client, events }
    }

    /// A client that has subscribed to something.
    async fn subscribed(name: &str, address: SocketAddr, filters: &[&str]) -> Self {
        let mut device = Self::new(name, address);
        for filter in filters {
            let subscribed = device.client.subscribe(*filter, QoS::AtLeastOnce);
            subscribed.await.unwrap();
        }
        let mut left = filters.len();
        while left > 0 {
            if let Event::Incoming(Packet::SubAck(_)) = device.event().await {
                left -= 1;
            }
        }
        device
    }

    async fn event(&mut self) -> Event {
        timeout(PATIENCE, self.events.poll())
            .await
            .unwrap()
            .unwrap()
    }

    /// The next message.
    async fn message(&mut self) -> Publish {
        loop {
            if let Event::Incoming(Packet::Publish(message)) = self.event().await {
                return message;
            }
        }
    }

    async fn publish(&self, topic: &str, payload: impl Into<Vec<u8>>) {
        let published = self.client.publish(topic, QoS::AtLeastOnce, false, payload);
        published.await.unwrap();
    }
}
