//! Packets of both versions of the protocol, as one kind.
//!
//! Frames are cut here, so that a packet is decoded only once all of it has come, and one that claims to
//! be too large is refused by its header. What is inside is read and written by the codecs of rumqttc.

mod read;
mod write;

use std::time::Duration;

use rumqttc::v5::mqttbytes::v5::DisconnectReasonCode;

use super::message::{Message, Qos};

pub(super) use read::Frames;
pub(super) use write::write;

/// Which protocol a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// 3.1.1
    V3,
    /// 5
    V5,
}

/// Why a connection is closed, in the words of MQTT 5.
pub(super) type Reason = DisconnectReasonCode;

/// The first packet of a connection.
#[derive(Debug)]
pub(super) struct Connect {
    pub(super) version: Version,
    pub(super) client: String,
    pub(super) clean: bool,
    /// Seconds; 0 where there is no limit.
    pub(super) keep_alive: u16,
    pub(super) will: Option<Will>,
    /// How long the session outlives the connection.
    pub(super) expiry: Duration,
    /// The most messages that may be unacknowledged at once.
    pub(super) receive_maximum: u16,
    /// The largest packet that the client takes.
    pub(super) max_packet: usize,
}

/// What is published when a client is gone without saying so.
#[derive(Clone, Debug)]
pub(super) struct Will {
    pub(super) message: Message,
    pub(super) delay: Duration,
}

/// One filter of a subscription.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) filter: String,
    pub(super) qos: Qos,
    /// Without what the subscriber publishes itself.
    pub(super) no_local: bool,
    /// With the retain flag as it was published.
    pub(super) as_published: bool,
    pub(super) retained: Retained,
}

/// When retained messages are sent to a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retained {
    Always,
    IfNew,
    Never,
}

/// What a client sends.
#[derive(Debug)]
pub(super) enum Incoming {
    Connect(Box<Connect>),
    Publish {
        message: Message,
        /// Of messages that are to be acknowledged.
        id: Option<u16>,
        /// Stands for a topic, or gets one.
        alias: Option<u16>,
    },
    PubAck(u16),
    Subscribe {
        id: u16,
        wanted: Vec<Wanted>,
    },
    Unsubscribe {
        id: u16,
        filters: Vec<String>,
    },
    Ping,
    Disconnect {
        with_will: bool,
    },
}

/// What became of one filter of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Granted {
    Qos(Qos),
    FilterInvalid,
    QuotaExceeded,
    SharedNotSupported,
}

/// Why a connection is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Version,
    ClientId,
    TopicName,
    Qos,
    Busy,
}

/// What a client is sent.
#[derive(Debug)]
pub(super) enum Outgoing {
    Connected {
        session_present: bool,
        /// The name that a client without one was given.
        assigned: Option<String>,
        expiry: Duration,
        /// For how many seconds the client may be silent, where that is not what it asked for. 3.1.1 has no
        /// word for it.
        keep_alive: Option<u16>,
    },
    Refused(Refused),
    Publish {
        message: Message,
        /// Of messages that are to be acknowledged.
        id: Option<u16>,
        dup: bool,
        retain: bool,
    },
    PubAck(u16),
    SubAck {
        id: u16,
        granted: Vec<Granted>,
    },
    /// For each filter, whether there was such a subscription.
    UnsubAck {
        id: u16,
        existed: Vec<bool>,
    },
    Pong,
    /// Exists in MQTT 5 alone; nothing is written for 3.1.1.
    Disconnect(Reason),
}
