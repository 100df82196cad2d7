//! Somebody who hears what devices publish, and says something to it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rumqttc::{Client, Event, MqttOptions, Outgoing, Packet, QoS, SubscribeFilter};
use serde_json::Value;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What devices publish to.
const FILTERS: [&str; 4] = [
    "filmrequest",
    "filmupdate",
    "matinee/+/request",
    "matinee/+/feedback",
];

/// A message as it was heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// Where.
    pub topic: String,
    /// What.
    pub payload: Value,
}

type Inbox = Arc<(Mutex<State>, Condvar)>;

#[derive(Default)]
struct State {
    heard: Vec<Heard>,
    connections: usize,
    /// Nobody waits for anything any more.
    ended: bool,
}

/// A client that answers; it connects again when it has to, and ends when dropped.
pub struct Answerer {
    client: Client,
    inbox: Inbox,
    thread: Option<JoinHandle<()>>,
}

impl Answerer {
    /// Connects to the broker at a port, and waits until it hears. `say` gives what to publish, topic
    /// and payload, when a message was heard.
    ///
    /// # Panics
    /// When there is no broker.
    pub fn start(
        port: &str,
        mut say: impl FnMut(&Heard) -> Vec<(String, Value)> + Send + 'static,
    ) -> Self {
        let port = port.parse().unwrap_or_default();
        let mut options = MqttOptions::new("answerer", "127.0.0.1", port);
        options.set_max_packet_size(1 << 20, 1 << 20);
        let (client, mut connection) = Client::new(options, 500);
        let inbox = Inbox::default();
        let (speaker, hears) = (client.clone(), Arc::clone(&inbox));
        let thread = thread::spawn(move || {
            for event in connection.iter() {
                match event {
                    Ok(Event::Incoming(packet)) => hear(packet, &speaker, &hears, &mut say),
                    Ok(Event::Outgoing(Outgoing::Disconnect)) => return,
                    Ok(Event::Outgoing(_)) => {}
                    Err(_) if held(&hears).ended => return,
                    // The broker may come again.
                    Err(_) => thread::sleep(Duration::from_millis(50)),
                }
            }
        });
        let answerer = Self {
            client,
            inbox,
            thread: Some(thread),
        };
        answerer.wait_for(|state| state.connections >= 1);
        answerer
    }

    /// Everything under a topic so far.
    pub fn heard(&self, topic: &str) -> Vec<Value> {
        let state = held(&self.inbox);
        let under = state.heard.iter().filter(|heard| heard.topic == topic);
        under.map(|heard| heard.payload.clone()).collect()
    }

    /// Waits for so many messages under a topic, and gives all of them.
    ///
    /// # Panics
    /// When they do not come.
    pub fn hears(&self, topic: &str, count: usize) -> Vec<Value> {
        self.wait_for(|state| {
            state
                .heard
                .iter()
                .filter(|heard| heard.topic == topic)
                .count()
                >= count
        });
        self.heard(topic)
    }

    fn wait_for(&self, is: impl Fn(&State) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut state = held(&self.inbox);
        while !is(&state) {
            let left = deadline.checked_duration_since(Instant::now());
            let Some(left) = left else {
                panic!("it does not come; heard until now: {:?}", state.heard);
            };
            let waited = self.inbox.1.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Subscribes once there is a connection, and answers what comes then.
fn hear(
    packet: Packet,
    speaker: &Client,
    inbox: &Inbox,
    say: &mut impl FnMut(&Heard) -> Vec<(String, Value)>,
) {
    match packet {
        Packet::ConnAck(_) => {
            let filters = FILTERS.map(str::to_owned);
            let filters = filters.map(|filter| SubscribeFilter::new(filter, QoS::AtLeastOnce));
            let _ = speaker.try_subscribe_many(filters);
        }
        Packet::SubAck(_) => {
            held(inbox).connections += 1;
            inbox.1.notify_all();
        }
        Packet::Publish(message) => {
            let heard = Heard {
                topic: message.topic,
                payload: serde_json::from_slice(&message.payload).unwrap_or_default(),
            };
            let said = say(&heard);
            held(inbox).heard.push(heard);
            inbox.1.notify_all();
            for (topic, payload) in said {
                let payload = payload.to_string();
                let _ = speaker.try_publish(topic, QoS::AtLeastOnce, false, payload);
            }
        }
        _ => {}
    }
}

fn held(inbox: &Inbox) -> MutexGuard<'_, State> {
    inbox.0.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Answerer {
    fn drop(&mut self) {
        held(&self.inbox).ended = true;
        let _ = self.client.try_disconnect();
        if let Some(thread) = self.thread.take()
            && !thread::panicking()
        {
            let _ = thread.join();
        }
    }
}
