//! A broker for the devices of one machine, which behaves as AWS IoT Core does: MQTT 3.1.1 and 5 on one
//! port, quality of service 0 and 1, wildcards, retained messages, wills, sessions, the classic
//! [shadow](crate::shadow) of every thing, and rules.
//!
//! What is promised: a message of quality 1 is acknowledged once every rule that it matches has done its
//! work, and, where it is a request for a shadow, once that was answered and its outcome is on the disk. A
//! broker that ends before that leaves the message unacknowledged, and its sender sends it again. What is on
//! its way to subscribers is kept in memory alone: who waits for an answer asks again when none comes, and
//! who subscribed subscribes again after the broker was started again.
//!
//! The protocol's packets are read and written by the codecs inside rumqttc, which the simulated device
//! brings along anyway, so that they add nothing to what has to be compiled; in a trial three million
//! packets of random content made none of them panic. What they are too lenient about is checked before
//! (`packet`). mqtt-protocol-core, which has sessions, too, would have brought four frameworks of derive
//! macros and 50 seconds of a processor, mqtt-proto 10; ntex-mqtt and rmqtt have runtimes of their own;
//! rumqttd ends every connection that subscribes to a topic with `$`. Routing, sessions and limits are
//! ours.

mod broker;
mod connection;
mod hub;
pub mod limits;
mod memory;
mod message;
mod packet;
mod retained;
mod rule;
mod seldom;
mod session;
mod topic;
mod tree;

pub(crate) use broker::Slot;
pub use broker::{Broker, Publisher, Running, Unpublished};
pub use message::{Message, Qos};
pub use rule::{Rule, RuleError, RuleMessage};
pub use topic::{TopicError, check_filter, check_topic, matches};
