//! What is published.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rumqttc::v5::mqttbytes::v5::PublishProperties;

/// How surely a message is delivered. AWS IoT has no third way, and neither has this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Qos {
    /// Once or not at all.
    #[default]
    AtMostOnce,
    /// Once or more often.
    AtLeastOnce,
}

/// A message with the topic that it is published to. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Message {
    /// The topic.
    pub topic: Arc<str>,
    /// What it says.
    pub payload: Bytes,
    /// How surely it is delivered at most; a subscription may ask for less.
    pub qos: Qos,
    /// Whether it is kept for who subscribes later.
    pub retain: bool,
    /// What MQTT 5 lets a publisher add, without what is of one connection alone.
    pub(super) properties: Option<Arc<PublishProperties>>,
    /// When it is not worth delivering any more.
    pub(super) expires: Option<Instant>,
}

impl Message {
    /// A message that is delivered at least once.
    pub fn new(topic: impl Into<Arc<str>>, payload: impl Into<Bytes>) -> Self {
        Self {
            topic: topic.into(),
            payload: payload.into(),
            qos: Qos::AtLeastOnce,
            retain: false,
            properties: None,
            expires: None,
        }
    }

    /// What is left of its life; nothing where it lives as long as it takes.
    pub(super) fn left(&self, now: Instant) -> Option<Duration> {
        self.expires
            .map(|expires| expires.saturating_duration_since(now))
    }

    /// About how much memory it takes, in bytes.
    pub(super) fn weight(&self) -> usize {
        self.topic.len() + self.payload.len() + size_of::<Self>()
    }
}
