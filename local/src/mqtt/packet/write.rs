//! What clients are sent.

use std::time::{Duration, Instant};

use bytes::{BufMut as _, BytesMut};
use rumqttc::mqttbytes::{self, v4};
use rumqttc::v5::mqttbytes::{self as mqttbytes5, v5};

use super::{Granted, Outgoing, Refused, Version};
use crate::mqtt::limits::{MAX_PACKET, RECEIVE_MAXIMUM, TOPIC_ALIASES};
use crate::mqtt::message::{Message, Qos};

/// Appends a packet to what is to be sent.
///
/// # Errors
/// [`TooLarge`] when it does not fit what the client takes; nothing is appended then.
pub(in crate::mqtt) fn write(
    packet: &Outgoing,
    version: Version,
    max_packet: usize,
    into: &mut BytesMut,
) -> Result<(), TooLarge> {
    let before = into.len();
    let written = match version {
        Version::V3 => three(packet, into),
        Version::V5 => five(packet, into),
    };
    if written && into.len() - before <= max_packet {
        return Ok(());
    }
    into.truncate(before);
    Err(TooLarge)
}

/// A client takes no packet as large as that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mqtt) struct TooLarge;

fn three(packet: &Outgoing, into: &mut BytesMut) -> bool {
    use v4::ConnectReturnCode as Code;
    let written = match packet {
        Outgoing::Connected {
            session_present, ..
        } => v4::ConnAck::new(Code::Success, *session_present).write(into),
        Outgoing::Refused(why) => {
            let code = match why {
                Refused::Version => Code::RefusedProtocolVersion,
                Refused::ClientId => Code::BadClientId,
                Refused::TopicName | Refused::Qos | Refused::Busy => Code::ServiceUnavailable,
            };
            v4::ConnAck::new(code, false).write(into)
        }
        Outgoing::Publish {
            message,
            id,
            dup,
            retain,
        } => {
            let qos = match id {
                Some(_) => mqttbytes::QoS::AtLeastOnce,
                None => mqttbytes::QoS::AtMostOnce,
            };
            let payload = message.payload.clone();
            let mut publish = v4::Publish::from_bytes(&*message.topic, qos, payload);
            (publish.dup, publish.retain) = (*dup, *retain);
            publish.pkid = id.unwrap_or_default();
            publish.write(into)
        }
        Outgoing::PubAck(id) => v4::PubAck::new(*id).write(into),
        Outgoing::SubAck { id, granted } => {
            let codes = granted.iter().map(|granted| match granted {
                Granted::Qos(Qos::AtMostOnce) => {
                    v4::SubscribeReasonCode::Success(mqttbytes::QoS::AtMostOnce)
                }
                Granted::Qos(Qos::AtLeastOnce) => {
                    v4::SubscribeReasonCode::Success(mqttbytes::QoS::AtLeastOnce)
                }
                _ => v4::SubscribeReasonCode::Failure,
            });
            v4::SubAck::new(*id, codes.collect()).write(into)
        }
        Outgoing::UnsubAck { id, .. } => v4::UnsubAck::new(*id).write(into),
        Outgoing::Pong => v4::PingResp.write(into),
        Outgoing::Disconnect(_) => Ok(0),
    };
    written.is_ok()
}

fn five(packet: &Outgoing, into: &mut BytesMut) -> bool {
    let written = match packet {
        Outgoing::Connected {
            session_present,
            assigned,
            expiry,
            keep_alive,
        } => {
            let mut packet = connected(*session_present, assigned.clone(), *expiry);
            if let Some(properties) = &mut packet.properties {
                properties.server_keep_alive = *keep_alive;
            }
            packet.write(into)
        }
        Outgoing::Refused(why) => refused(*why).write(into),
        Outgoing::Publish {
            message,
            id,
            dup,
            retain,
        } => publish(message, *id, *dup, *retain).write(into),
        Outgoing::PubAck(id) => v5::PubAck::new(*id, None).write(into),
        Outgoing::SubAck { id, granted } => {
            let ack = v5::SubAck {
                pkid: *id,
                return_codes: granted.iter().map(|granted| code(*granted)).collect(),
                properties: None,
            };
            ack.write(into)
        }
        Outgoing::UnsubAck { id, existed } => {
            let reasons = existed.iter().map(|existed| match existed {
                true => v5::UnsubAckReason::Success,
                false => v5::UnsubAckReason::NoSubscriptionExisted,
            });
            let ack = v5::UnsubAck {
                pkid: *id,
                reasons: reasons.collect(),
                properties: None,
            };
            ack.write(into)
        }
        Outgoing::Pong => v5::PingResp::write(into),
        Outgoing::Disconnect(reason) => {
            into.put_slice(&[0xe0, 1, *reason as u8]);
            Ok(3)
        }
    };
    written.is_ok()
}

fn code(granted: Granted) -> v5::SubscribeReasonCode {
    use v5::SubscribeReasonCode as Code;
    match granted {
        Granted::Qos(Qos::AtMostOnce) => Code::Success(mqttbytes5::QoS::AtMostOnce),
        Granted::Qos(Qos::AtLeastOnce) => Code::Success(mqttbytes5::QoS::AtLeastOnce),
        Granted::FilterInvalid => Code::TopicFilterInvalid,
        Granted::QuotaExceeded => Code::QuotaExceeded,
        Granted::SharedNotSupported => Code::SharedSubscriptionsNotSupported,
    }
}

fn connected(session_present: bool, assigned: Option<String>, expiry: Duration) -> v5::ConnAck {
    v5::ConnAck {
        session_present,
        code: v5::ConnectReturnCode::Success,
        properties: Some(v5::ConnAckProperties {
            session_expiry_interval: u32::try_from(expiry.as_secs()).ok(),
            receive_max: Some(RECEIVE_MAXIMUM),
            max_qos: Some(1),
            retain_available: Some(1),
            max_packet_size: u32::try_from(MAX_PACKET).ok(),
            assigned_client_identifier: assigned,
            topic_alias_max: Some(TOPIC_ALIASES),
            reason_string: None,
            user_properties: Vec::new(),
            wildcard_subscription_available: Some(1),
            subscription_identifiers_available: Some(0),
            shared_subscription_available: Some(0),
            server_keep_alive: None,
            response_information: None,
            server_reference: None,
            authentication_method: None,
            authentication_data: None,
        }),
    }
}

fn refused(why: Refused) -> v5::ConnAck {
    use v5::ConnectReturnCode as Code;
    v5::ConnAck {
        session_present: false,
        code: match why {
            Refused::Version => Code::UnsupportedProtocolVersion,
            Refused::ClientId => Code::ClientIdentifierNotValid,
            Refused::TopicName => Code::TopicNameInvalid,
            Refused::Qos => Code::QoSNotSupported,
            Refused::Busy => Code::ServerBusy,
        },
        properties: None,
    }
}

fn publish(message: &Message, id: Option<u16>, dup: bool, retain: bool) -> v5::Publish {
    let mut properties = message.properties().cloned();
    if let Some(left) = message.left(Instant::now()) {
        let properties = properties.get_or_insert_default();
        properties.message_expiry_interval = u32::try_from(left.as_secs()).ok();
    }
    let qos = match id {
        Some(_) => mqttbytes5::QoS::AtLeastOnce,
        None => mqttbytes5::QoS::AtMostOnce,
    };
    let payload = message.payload.clone();
    let mut publish = v5::Publish::new(&*message.topic, qos, payload, properties);
    (publish.dup, publish.retain) = (dup, retain);
    publish.pkid = id.unwrap_or_default();
    publish
}
