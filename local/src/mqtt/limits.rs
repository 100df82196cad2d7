//! How much of everything there may be: where it says so, what AWS IoT has by default.

use std::time::Duration;

/// The largest payload of a message, in bytes: 128 KB, as AWS IoT has it.
pub const MAX_PAYLOAD: usize = 128 * 1024;

/// The largest packet, in bytes: a message with the longest topic and what MQTT 5 lets one add. AWS IoT
/// announces the same.
pub const MAX_PACKET: usize = 149_504;

/// The longest name of a client, in bytes, as AWS IoT has it.
pub const MAX_CLIENT_ID: usize = 128;

/// The most messages that either side of a connection may leave unacknowledged, as AWS IoT has it.
pub const RECEIVE_MAXIMUM: u16 = 100;

/// The most topics of a connection that numbers stand for, as AWS IoT has it.
pub const TOPIC_ALIASES: u16 = 8;

/// The most requests of a connection for one thing's shadow that may wait for their answer at once, as AWS
/// IoT has it.
pub const SHADOW_REQUESTS: usize = 10;

/// How long a session outlives its connection at most: what AWS IoT does without being asked.
pub const SESSION_EXPIRY: Duration = Duration::from_hours(1);

/// The most subscriptions of a session, as AWS IoT has it by default.
pub const SUBSCRIPTIONS: usize = 50;

/// The most filters of one packet that subscribes, as AWS IoT has it. Each may have all retained messages
/// looked at.
pub const FILTERS: usize = 8;

/// How many seconds a client may be silent that does not say, or wants more: as AWS IoT has it. It may take
/// half as long again.
pub const KEEP_ALIVE: u16 = 1_200;

/// The most connections, where the process may have as many open. Further ones are closed at once.
pub const CONNECTIONS: usize = 10_000;

/// The most sessions, connected or not.
pub const SESSIONS: usize = 20_000;

/// The most messages that wait for one session. What comes on top of that is not delivered to it.
pub const WAITING_MESSAGES: usize = 20_000;

/// How much memory the messages that wait for one session, or for its acknowledgement, may take, in bytes.
/// What comes on top of that is not delivered to it.
pub const WAITING_BYTES: usize = 32 * 1024 * 1024;

/// How much memory the messages that wait for all sessions may take, in bytes; one that waits for several
/// counts for each. What comes on top of that is not delivered, and from the half on nothing that is for
/// clients that are away, so that those do not take the room of who is there.
pub const WAITING_TOTAL: usize = 256 * 1024 * 1024;

/// The most topics that have a retained message. Another one's is not retained.
pub const RETAINED: usize = 10_000;

/// How much memory retained messages may take, in bytes. One that is too much is not retained, and neither
/// is the one of its topic that it was to replace.
pub const RETAINED_BYTES: usize = 64 * 1024 * 1024;

/// How long somebody who connects may take to say so.
pub const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a client may leave unread what it was sent, once no more of it can be sent.
pub const UNREAD: Duration = Duration::from_secs(30);
