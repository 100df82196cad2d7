//! The connection to the broker: made again when it is lost, with what was subscribed to.

use std::error::Error;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use rumqttc::{
    AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, MqttOptions, NetworkOptions,
    Outgoing, Packet, QoS, SubscribeFilter, SubscribeReasonCode, TlsConfiguration, TlsError,
    Transport,
};
use rustls::ClientConfig;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::output;

/// The largest message: AWS takes 128 KiB, and a packet has a topic besides.
const MAX_PACKET: usize = 192 << 10;

/// How often a silent connection is probed.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Waits before a connection is tried again: the first, and the longest.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// Messages that may wait to be sent; one waits at a time, and a subscription.
const WAITING: usize = 8;

/// Where to connect, and as whom.
#[derive(Clone, Debug)]
pub(crate) struct LinkSettings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) client_id: String,
    /// Without it there is no TLS.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    /// What to subscribe to.
    pub(crate) filters: Vec<String>,
}

/// Something that was published under a filter.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) topic: String,
    pub(super) payload: Bytes,
}

/// What the connection went through.
#[derive(Debug)]
enum Happened {
    /// Everything is subscribed to.
    Ready,
    Message(Message),
    Sent(u16),
    Acknowledged(u16),
    /// The connection is lost, or could not be made; another is tried.
    Lost(String),
    /// There is no use in trying again.
    Failed(anyhow::Error),
}

/// A connection that comes again.
pub(crate) struct Link {
    client: AsyncClient,
    happened: UnboundedReceiver<Happened>,
    task: JoinHandle<()>,
    broker: String,
    ready: bool,
    /// How many times it was lost.
    losses: u64,
    /// The number of the last packet that was sent, and whether the broker has it.
    sent: Option<(u16, bool)>,
    inbox: Vec<Message>,
    /// Why there is no connection.
    fault: Option<String>,
}

impl Link {
    /// Begins to connect. To be called within a runtime.
    pub(crate) fn open(settings: LinkSettings) -> Self {
        let LinkSettings {
            host,
            port,
            client_id,
            tls,
            filters,
        } = settings;
        let broker = format!("{host}:{port}");
        let mut options = MqttOptions::new(client_id, host, port);
        options
            .set_keep_alive(KEEP_ALIVE)
            .set_max_packet_size(MAX_PACKET, MAX_PACKET);
        if let Some(tls) = tls {
            options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(tls)));
        }
        let (client, mut events) = AsyncClient::new(options, WAITING);
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        events.set_network_options(network);
        let (tell, happened) = unbounded_channel();
        let driver = Driver {
            client: client.clone(),
            filters,
            broker: broker.clone(),
            tell,
        };
        Self {
            client,
            happened,
            task: tokio::spawn(driver.run(events)),
            broker,
            ready: false,
            losses: 0,
            sent: None,
            inbox: Vec::new(),
            fault: None,
        }
    }

    /// Publishes, at least once, and waits until the broker has it; `false` when that is not known by
    /// `until`.
    ///
    /// # Errors
    /// When there is no use in trying again.
    pub(super) async fn publish(
        &mut self,
        topic: &str,
        payload: &[u8],
        until: Instant,
    ) -> anyhow::Result<bool> {
        loop {
            while !self.ready {
                if !self.step(until).await? {
                    return Ok(false);
                }
            }
            let losses = self.losses;
            self.sent = None;
            let publishing = self.client.publish(topic, QoS::AtLeastOnce, false, payload);
            match timeout_at(until, publishing).await {
                Ok(published) => published.context("the connection is closed")?,
                Err(_) => return Ok(false),
            }
            while self.losses == losses {
                if matches!(self.sent, Some((_, true))) {
                    return Ok(true);
                }
                if !self.step(until).await? {
                    return Ok(false);
                }
            }
        }
    }

    /// The next message; `None` when none comes by `until`.
    ///
    /// # Errors
    /// When there is no use in waiting.
    pub(super) async fn next(&mut self, until: Instant) -> anyhow::Result<Option<Message>> {
        loop {
            if !self.inbox.is_empty() {
                return Ok(Some(self.inbox.remove(0)));
            }
            if !self.step(until).await? {
                return Ok(None);
            }
        }
    }

    /// Why there is no connection, if there is none.
    pub(super) fn fault(&self) -> Option<String> {
        let fault = self.fault.as_ref()?;
        Some(format!(
            "there is no connection to {}: {fault}",
            self.broker
        ))
    }

    /// Says goodbye and ends.
    pub(crate) async fn close(mut self) {
        if self.client.try_disconnect().is_ok() {
            // Whether the broker heard it or not.
            let _ = timeout(FAREWELL, &mut self.task).await;
        }
        self.task.abort();
    }

    /// Takes in what happens next; `false` when nothing does by `until`.
    async fn step(&mut self, until: Instant) -> anyhow::Result<bool> {
        let happened = match timeout_at(until, self.happened.recv()).await {
            Err(_) => return Ok(false),
            Ok(None) => anyhow::bail!("the connection to {} is closed", self.broker),
            Ok(Some(happened)) => happened,
        };
        match happened {
            Happened::Ready => {
                self.ready = true;
                self.fault = None;
            }
            Happened::Message(message) => self.inbox.push(message),
            Happened::Sent(id) => self.sent = Some((id, false)),
            Happened::Acknowledged(id) => {
                if let Some((sent, acknowledged)) = &mut self.sent {
                    *acknowledged |= *sent == id;
                }
            }
            Happened::Lost(fault) => {
                self.ready = false;
                self.losses += 1;
                self.fault = Some(fault);
            }
            Happened::Failed(error) => return Err(error),
        }
        Ok(true)
    }
}

/// Keeps the connection going.
struct Driver {
    client: AsyncClient,
    filters: Vec<String>,
    broker: String,
    tell: UnboundedSender<Happened>,
}

impl Driver {
    async fn run(self, mut events: EventLoop) {
        let mut wait = FIRST_WAIT;
        loop {
            let happened = match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    wait = FIRST_WAIT;
                    self.subscribe()
                }
                Ok(Event::Incoming(Packet::SubAck(answer))) => {
                    Some(self.subscribed(&answer.return_codes))
                }
                Ok(Event::Incoming(Packet::Publish(message))) => Some(Happened::Message(Message {
                    topic: message.topic,
                    payload: message.payload,
                })),
                Ok(Event::Incoming(Packet::PubAck(ack))) => Some(Happened::Acknowledged(ack.pkid)),
                Ok(Event::Outgoing(Outgoing::Publish(id))) => Some(Happened::Sent(id)),
                Ok(Event::Outgoing(Outgoing::Disconnect)) => return,
                Ok(_) => None,
                Err(error) => {
                    let (fault, is_final) = judged(&error);
                    if is_final {
                        let broker = &self.broker;
                        let error = anyhow::anyhow!("cannot connect to {broker}: {fault}");
                        let _ = self.tell.send(Happened::Failed(error));
                        return;
                    }
                    output::say(format_args!(
                        "no connection to {} ({fault}); trying again in {} s",
                        self.broker,
                        wait.as_secs_f64()
                    ));
                    if self.tell.send(Happened::Lost(fault)).is_err() {
                        return;
                    }
                    pause(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                    None
                }
            };
            // Whoever listened may have gone.
            if let Some(happened) = happened
                && self.tell.send(happened).is_err()
            {
                return;
            }
        }
    }

    fn subscribe(&self) -> Option<Happened> {
        let filters = self.filters.iter().cloned();
        let filters = filters.map(|filter| SubscribeFilter::new(filter, QoS::AtLeastOnce));
        let asked = self.client.try_subscribe_many(filters);
        asked
            .err()
            .map(|error| Happened::Failed(anyhow::Error::new(error)))
    }

    fn subscribed(&self, codes: &[SubscribeReasonCode]) -> Happened {
        let mut refused = self.filters.iter().zip(codes);
        match refused.find(|(_, code)| **code == SubscribeReasonCode::Failure) {
            Some((filter, _)) => Happened::Failed(anyhow::anyhow!(
                "{} does not let this device subscribe to {filter}: its policy must allow that",
                self.broker
            )),
            None => Happened::Ready,
        }
    }
}

/// Somewhat less than `wait`, by chance: many devices that lost one broker come back one by one.
fn pause(wait: Duration) -> impl Future<Output = ()> {
    sleep(wait.mul_f64(fastrand::f64().mul_add(0.5, 0.5)))
}

/// What an error says at its ground, and whether it will be the same next time.
fn judged(error: &ConnectionError) -> (String, bool) {
    if let ConnectionError::ConnectionRefused(code) = error {
        let is_final = *code != ConnectReturnCode::ServiceUnavailable;
        return (
            format!("the broker refuses this device: {code:?}"),
            is_final,
        );
    }
    // An alert about this device's certificate comes with the first bytes behind the handshake, deep
    // inside an error of the protocol above.
    let of_tls = causes(error).any(|error| {
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        inner.is_some_and(<dyn Error + Send + Sync>::is::<rustls::Error>)
    });
    let settings =
        matches!(error, ConnectionError::Tls(error) if !matches!(error, TlsError::Io(_)));
    let fault = causes(error)
        .last()
        .map_or_else(String::new, ToString::to_string);
    (fault, of_tls || settings)
}

/// An error, what caused it, and so on.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

#[cfg(test)]
mod tests {
    use rumqttc::{StateError, mqttbytes};

    use super::*;

    #[test]
    fn what_will_be_the_same_next_time_is_not_tried_again() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert!(!judged(&ConnectionError::Io(refused)).1);
        let of_tls = || {
            let untrusted = rustls::CertificateError::UnknownIssuer;
            let untrusted = rustls::Error::InvalidCertificate(untrusted);
            io::Error::new(io::ErrorKind::InvalidData, untrusted)
        };
        let later = StateError::Deserialization(mqttbytes::Error::Io(of_tls()));
        for error in [
            ConnectionError::Tls(TlsError::Io(of_tls())),
            ConnectionError::Io(of_tls()),
            ConnectionError::MqttState(StateError::Io(of_tls())),
            ConnectionError::MqttState(later),
        ] {
            let (fault, is_final) = judged(&error);
            assert!(
                is_final && fault.contains("UnknownIssuer"),
                "{error:?}: {fault}"
            );
        }
        let refusal = |code| judged(&ConnectionError::ConnectionRefused(code)).1;
        assert!(refusal(ConnectReturnCode::NotAuthorized));
        assert!(!refusal(ConnectReturnCode::ServiceUnavailable));
        assert!(!judged(&ConnectionError::NetworkTimeout).1);
    }
}
