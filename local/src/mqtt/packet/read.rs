//! What clients send.

use std::time::{Duration, Instant};

use bytes::{Buf as _, Bytes, BytesMut};
use rumqttc::mqttbytes::{self, v4};
use rumqttc::v5::mqttbytes::{self as mqttbytes5, v5};

use super::{Connect, Incoming, Reason, Retained, Version, Wanted, Will};
use crate::mqtt::limits::{MAX_PACKET, MAX_PAYLOAD, RECEIVE_MAXIMUM, SESSION_EXPIRY};
use crate::mqtt::message::{Message, Qos};

const CONNECT: u8 = 1;
const PUBLISH: u8 = 3;
const PUBACK: u8 = 4;
const SUBSCRIBE: u8 = 8;
const UNSUBSCRIBE: u8 = 10;
const PING: u8 = 12;
const DISCONNECT: u8 = 14;

/// The first byte of a DISCONNECT with which the will is to be published nevertheless.
const WITH_WILL: u8 = 0x04;

/// What has come of a connection and was not looked at yet.
#[derive(Debug, Default)]
pub(in crate::mqtt) struct Frames {
    pub(in crate::mqtt) buffer: BytesMut,
}

impl Frames {
    /// The version that the CONNECT at the front speaks; nothing while it has not come as far. Looks at
    /// no more than is needed to answer in that version.
    ///
    /// # Errors
    /// Its number where it is none that is known here, or nothing where this is no CONNECT.
    pub(in crate::mqtt) fn version(&self) -> Result<Option<Version>, Option<u8>> {
        let Some(&first) = self.buffer.first() else {
            return Ok(None);
        };
        if first != CONNECT << 4 {
            return Err(None);
        }
        let Some((header, _)) = header(&self.buffer).map_err(|_| None)? else {
            return Ok(None);
        };
        // The name of MQTT 3.1 is longer; it has the same place.
        let name = match self.buffer.get(header..header + 2) {
            Some(&[0, length @ (4 | 6)]) => usize::from(length),
            Some(_) => return Err(None),
            None => return Ok(None),
        };
        match self.buffer.get(header + 2 + name) {
            None => Ok(None),
            Some(4) if name == 4 => Ok(Some(Version::V3)),
            Some(5) if name == 4 => Ok(Some(Version::V5)),
            Some(&level) => Err(Some(level)),
        }
    }

    /// The next packet, once all of it has come.
    ///
    /// # Errors
    /// Why the connection has to be closed.
    pub(in crate::mqtt) fn next(&mut self, version: Version) -> Result<Option<Incoming>, Reason> {
        let Some((header, length)) = header(&self.buffer)? else {
            return Ok(None);
        };
        if header + length > MAX_PACKET {
            return Err(Reason::PacketTooLarge);
        }
        if self.buffer.len() < header + length {
            return Ok(None);
        }
        let mut frame = self.buffer.split_to(header + length);
        check_flags(frame[0])?;
        match frame[0] >> 4 {
            PUBACK if length >= 2 => {
                frame.advance(header);
                Ok(Some(Incoming::PubAck(frame.get_u16())))
            }
            PING if length == 0 => Ok(Some(Incoming::Ping)),
            DISCONNECT if length == 0 || version == Version::V5 => {
                let with_will = frame.get(header) == Some(&WITH_WILL);
                Ok(Some(Incoming::Disconnect { with_will }))
            }
            CONNECT | PUBLISH | SUBSCRIBE | UNSUBSCRIBE => match version {
                Version::V3 => three(frame).map(Some),
                Version::V5 => five(frame).map(Some),
            },
            _ => Err(Reason::ProtocolError),
        }
    }
}

/// How long the header at the front is, and what follows it; nothing while it has not come.
fn header(bytes: &[u8]) -> Result<Option<(usize, usize)>, Reason> {
    let mut length = 0;
    for (place, &byte) in bytes.iter().skip(1).take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(Some((place + 2, length)));
        }
    }
    if bytes.len() > 4 {
        return Err(Reason::MalformedPacket);
    }
    Ok(None)
}

/// The lower half of the first byte is fixed for everything but messages.
fn check_flags(first: u8) -> Result<(), Reason> {
    let expected = match first >> 4 {
        PUBLISH => return Ok(()),
        SUBSCRIBE | UNSUBSCRIBE => 2,
        _ => 0,
    };
    if first & 0x0f == expected {
        Ok(())
    } else {
        Err(Reason::MalformedPacket)
    }
}

fn three(mut frame: BytesMut) -> Result<Incoming, Reason> {
    let packet = v4::Packet::read(&mut frame, MAX_PACKET);
    match packet.map_err(|_| Reason::MalformedPacket)? {
        v4::Packet::Connect(connect) => connect_three(connect),
        v4::Packet::Publish(publish) => {
            let qos = match publish.qos {
                mqttbytes::QoS::AtMostOnce => Qos::AtMostOnce,
                mqttbytes::QoS::AtLeastOnce => Qos::AtLeastOnce,
                mqttbytes::QoS::ExactlyOnce => return Err(Reason::QoSNotSupported),
            };
            let mut message = Message::new(publish.topic, own(&publish.payload));
            (message.qos, message.retain) = (qos, publish.retain);
            published(message, publish.pkid, None)
        }
        v4::Packet::Subscribe(subscribe) => {
            let wanted = subscribe.filters.into_iter().map(|wanted| Wanted {
                filter: wanted.path,
                qos: granted(wanted.qos != mqttbytes::QoS::AtMostOnce),
                no_local: false,
                as_published: false,
                retained: Retained::Always,
            });
            subscribed(subscribe.pkid, wanted.collect())
        }
        v4::Packet::Unsubscribe(unsubscribe) => unsubscribed(unsubscribe.pkid, unsubscribe.topics),
        _ => Err(Reason::ProtocolError),
    }
}

fn five(mut frame: BytesMut) -> Result<Incoming, Reason> {
    let packet = v5::Packet::read(&mut frame, u32::try_from(MAX_PACKET).ok());
    match packet.map_err(|_| Reason::MalformedPacket)? {
        v5::Packet::Connect(connect, will, _) => connect_five(connect, will),
        v5::Packet::Publish(publish) => {
            let qos = match publish.qos {
                mqttbytes5::QoS::AtMostOnce => Qos::AtMostOnce,
                mqttbytes5::QoS::AtLeastOnce => Qos::AtLeastOnce,
                mqttbytes5::QoS::ExactlyOnce => return Err(Reason::QoSNotSupported),
            };
            let topic = std::str::from_utf8(&publish.topic);
            let topic = topic.map_err(|_| Reason::MalformedPacket)?;
            let mut message = Message::new(topic, own(&publish.payload));
            (message.qos, message.retain) = (qos, publish.retain);
            let mut alias = None;
            if let Some(mut properties) = publish.properties {
                alias = properties.topic_alias.take();
                properties.subscription_identifiers.clear();
                let life = properties.message_expiry_interval.take();
                message.expires = after(life.map(|seconds| Duration::from_secs(seconds.into())));
                properties.correlation_data = properties.correlation_data.as_ref().map(own);
                message = message.with_properties(properties);
            }
            published(message, publish.pkid, alias)
        }
        v5::Packet::Subscribe(subscribe) => {
            let id = subscribe.properties.and_then(|properties| properties.id);
            if id.is_some() {
                return Err(Reason::SubscriptionIdentifiersNotSupported);
            }
            let wanted = subscribe.filters.into_iter().map(|wanted| Wanted {
                filter: wanted.path,
                qos: granted(wanted.qos != mqttbytes5::QoS::AtMostOnce),
                no_local: wanted.nolocal,
                as_published: wanted.preserve_retain,
                retained: match wanted.retain_forward_rule {
                    v5::RetainForwardRule::OnEverySubscribe => Retained::Always,
                    v5::RetainForwardRule::OnNewSubscribe => Retained::IfNew,
                    v5::RetainForwardRule::Never => Retained::Never,
                },
            });
            subscribed(subscribe.pkid, wanted.collect())
        }
        v5::Packet::Unsubscribe(unsubscribe) => unsubscribed(unsubscribe.pkid, unsubscribe.filters),
        _ => Err(Reason::ProtocolError),
    }
}

/// A copy of what was read: a slice would keep all of the buffer that it is read into for as long as the
/// message waits.
fn own(slice: &Bytes) -> Bytes {
    Bytes::copy_from_slice(slice)
}

/// Who asks for more than there is gets what there is.
fn granted(acknowledged: bool) -> Qos {
    if acknowledged {
        Qos::AtLeastOnce
    } else {
        Qos::AtMostOnce
    }
}

fn after(life: Option<Duration>) -> Option<Instant> {
    life.and_then(|life| Instant::now().checked_add(life))
}

fn published(message: Message, id: u16, alias: Option<u16>) -> Result<Incoming, Reason> {
    if message.payload.len() > MAX_PAYLOAD {
        return Err(Reason::PacketTooLarge);
    }
    let id = (message.qos == Qos::AtLeastOnce).then_some(id);
    Ok(Incoming::Publish { message, id, alias })
}

fn subscribed(id: u16, wanted: Vec<Wanted>) -> Result<Incoming, Reason> {
    if id == 0 || wanted.is_empty() {
        return Err(Reason::ProtocolError);
    }
    Ok(Incoming::Subscribe { id, wanted })
}

fn unsubscribed(id: u16, filters: Vec<String>) -> Result<Incoming, Reason> {
    if id == 0 || filters.is_empty() {
        return Err(Reason::ProtocolError);
    }
    Ok(Incoming::Unsubscribe { id, filters })
}

fn connect_three(connect: v4::Connect) -> Result<Incoming, Reason> {
    let will = match connect.last_will {
        Some(will) if will.qos == mqttbytes::QoS::ExactlyOnce => {
            return Err(Reason::QoSNotSupported);
        }
        Some(will) => {
            let mut message = Message::new(will.topic, own(&will.message));
            message.qos = granted(will.qos != mqttbytes::QoS::AtMostOnce);
            message.retain = will.retain;
            let delay = Duration::ZERO;
            Some(Will { message, delay })
        }
        None => None,
    };
    Ok(Incoming::Connect(Box::new(Connect {
        version: Version::V3,
        client: connect.client_id,
        clean: connect.clean_session,
        keep_alive: connect.keep_alive,
        will,
        expiry: if connect.clean_session {
            Duration::ZERO
        } else {
            SESSION_EXPIRY
        },
        receive_maximum: RECEIVE_MAXIMUM,
        max_packet: usize::MAX,
    })))
}

fn connect_five(connect: v5::Connect, will: Option<v5::LastWill>) -> Result<Incoming, Reason> {
    let will = match will {
        Some(will) if will.qos == mqttbytes5::QoS::ExactlyOnce => {
            return Err(Reason::QoSNotSupported);
        }
        Some(will) => Some(will_five(will)?),
        None => None,
    };
    let properties = connect.properties.unwrap_or_default();
    let seconds = properties.session_expiry_interval.unwrap_or_default();
    let receive_maximum = properties.receive_maximum.unwrap_or(RECEIVE_MAXIMUM);
    let max_packet = properties.max_packet_size.unwrap_or(u32::MAX);
    if receive_maximum == 0 || max_packet == 0 {
        return Err(Reason::ProtocolError);
    }
    if properties.authentication_method.is_some() {
        return Err(Reason::NotAuthorized);
    }
    Ok(Incoming::Connect(Box::new(Connect {
        version: Version::V5,
        client: connect.client_id,
        clean: connect.clean_start,
        keep_alive: connect.keep_alive,
        will,
        expiry: Duration::from_secs(seconds.into()).min(SESSION_EXPIRY),
        receive_maximum: receive_maximum.min(RECEIVE_MAXIMUM),
        max_packet: usize::try_from(max_packet).unwrap_or(usize::MAX),
    })))
}

fn will_five(will: v5::LastWill) -> Result<Will, Reason> {
    let topic = std::str::from_utf8(&will.topic).map_err(|_| Reason::MalformedPacket)?;
    let mut message = Message::new(topic, own(&will.message));
    message.qos = granted(will.qos != mqttbytes5::QoS::AtMostOnce);
    message.retain = will.retain;
    let mut delay = 0;
    if let Some(properties) = will.properties {
        delay = properties.delay_interval.unwrap_or_default();
        message = message.with_properties(v5::PublishProperties {
            payload_format_indicator: properties.payload_format_indicator,
            response_topic: properties.response_topic,
            correlation_data: properties.correlation_data.as_ref().map(own),
            user_properties: properties.user_properties,
            content_type: properties.content_type,
            ..v5::PublishProperties::default()
        });
    }
    let delay = Duration::from_secs(delay.into());
    Ok(Will { message, delay })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_kept_does_not_keep_the_buffer_that_it_was_read_into() {
        let three: &[u8] = &[0x32, 6, 0, 1, b't', 0, 1, b'x'];
        // With correlation data.
        let five: &[u8] = &[0x32, 11, 0, 1, b't', 0, 1, 4, 9, 0, 1, b'c', b'x'];
        for (version, publish) in [(Version::V3, three), (Version::V5, five)] {
            let mut frames = Frames::default();
            frames.buffer.reserve(4_096);
            let room = frames.buffer.capacity();
            frames.buffer.extend_from_slice(publish);
            let Ok(Some(Incoming::Publish { message, .. })) = frames.next(version) else {
                panic!("no message");
            };
            assert_eq!(message.payload, "x");
            assert!(frames.buffer.try_reclaim(room), "{version:?}");
            assert_eq!(message.properties().is_some(), version == Version::V5);
        }
    }
}
