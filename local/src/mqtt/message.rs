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
    extras: Option<Arc<Extras>>,
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
            extras: None,
            expires: None,
        }
    }

    /// What is left of its life; nothing where it lives as long as it takes.
    pub(super) fn left(&self, now: Instant) -> Option<Duration> {
        self.expires
            .map(|expires| expires.saturating_duration_since(now))
    }

    /// The message with what MQTT 5 lets a publisher add, which is to have nothing that is of one connection
    /// alone.
    pub(super) fn with_properties(mut self, mut properties: PublishProperties) -> Self {
        properties.user_properties.shrink_to_fit();
        let weight = weight(&properties);
        self.extras = Some(Arc::new(Extras { properties, weight }));
        self
    }

    /// What its publisher added.
    pub(super) fn properties(&self) -> Option<&PublishProperties> {
        self.extras.as_deref().map(|extras| &extras.properties)
    }

    /// About how much memory it takes where it waits, in bytes: rather too much than too little.
    pub(super) fn weight(&self) -> usize {
        let extras = self.extras.as_ref().map_or(0, |extras| extras.weight);
        // Queues grow to twice their size.
        2 * (size_of::<Self>() + 2 * ALLOCATION) + self.topic.len() + self.payload.len() + extras
    }
}

/// What MQTT 5 lets a publisher add, and how much memory it takes.
#[derive(Debug)]
struct Extras {
    properties: PublishProperties,
    weight: usize,
}

/// How much memory an allocation takes beside what is in it, at most: its header, its counts, and what it is
/// rounded up by.
const ALLOCATION: usize = 48;

fn weight(properties: &PublishProperties) -> usize {
    let allocated = |length: usize| match length {
        0 => 0,
        length => length + ALLOCATION,
    };
    let text = |text: &Option<String>| text.as_ref().map_or(0, |text| allocated(text.capacity()));
    let correlation = properties.correlation_data.as_ref();
    let pairs = properties.user_properties.iter();
    let user: usize = pairs
        .map(|pair| size_of_val(pair) + allocated(pair.0.capacity()) + allocated(pair.1.capacity()))
        .sum();
    size_of::<Extras>()
        + 2 * ALLOCATION
        + text(&properties.response_topic)
        + text(&properties.content_type)
        + correlation.map_or(0, |data| allocated(data.len()))
        + user
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_publisher_adds_weighs_what_it_takes() {
        let plain = Message::new("t", "x").weight();
        let pairs = |key: &str, value: &str, times: usize| PublishProperties {
            user_properties: vec![(key.to_owned(), value.to_owned()); times],
            ..PublishProperties::default()
        };
        let weight = |properties| Message::new("t", "x").with_properties(properties).weight();
        assert!(weight(pairs("k", &"v".repeat(60_000), 2)) > plain + 120_000);
        // A pair of empty texts has five bytes on the wire, and those of its two pointers in memory.
        let pointers = 2 * size_of::<String>();
        assert!(weight(pairs("", "", 20_000)) > plain + 20_000 * pointers);
        let others = PublishProperties {
            response_topic: Some("r".repeat(1_000)),
            content_type: Some("c".repeat(1_000)),
            correlation_data: Some(Bytes::from(vec![0; 1_000])),
            ..PublishProperties::default()
        };
        assert!(weight(others) > plain + 3_000);
    }
}
