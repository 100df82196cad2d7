//! One connection, from its first byte to its last.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Instant, sleep_until, timeout};

use super::broker::{Origin, Shared, is_for_clients};
use super::hub::Key;
use super::limits::{
    FILTERS, HANDSHAKE, KEEP_ALIVE, MAX_CLIENT_ID, RECEIVE_MAXIMUM, TOPIC_ALIASES, UNREAD,
};
use super::message::Message;
use super::packet::{Connect, Frames, Incoming, Outgoing, Reason, Refused, Version, Will, write};
use super::session::Link;
use super::topic::check_topic;

/// From how many bytes on that wait to be sent no more messages are added to them.
const ENOUGH: usize = 64 * 1024;

/// From how many bytes on that wait to be sent nothing is read any more: acknowledgements and answers to
/// pings of a client that does not read them.
const TOO_MUCH: usize = 1024 * 1024;

/// How much is read at once.
const READ: usize = 16 * 1024;

/// How long a client may take to read why its connection ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long a connection that ends with the broker waits for what is under way.
const FINISH: Duration = Duration::from_secs(3);

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The client said so; its will is not wanted then.
    Said { with_will: bool },
    /// It is gone.
    Lost,
    /// We ended it.
    Closed(Reason),
}

/// Messages of which it is not known yet whether they may be acknowledged, in their order.
type Pending = FuturesOrdered<Pin<Box<dyn Future<Output = (Option<u16>, bool)> + Send>>>;

/// Serves a client until one of both has enough.
pub(super) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    // An answer must not wait for the acknowledgement of what was sent before.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let (reader, writer) = stream.into_split();
    let mut wire = Wire {
        reader,
        writer,
        frames: Frames::default(),
        out: BytesMut::new(),
    };
    let Ok(Some(connect)) = timeout(HANDSHAKE, wire.connect()).await else {
        wire.farewell().await;
        return;
    };
    let Some(mut client) = Client::join(shared, connect, &mut wire) else {
        wire.farewell().await;
        return;
    };
    let end = client.run(&mut wire).await;
    client.leave(end);
    if let End::Closed(reason) = end {
        client.finish(&mut wire, reason).await;
        wire.farewell().await;
    }
}

/// The bytes of a connection.
struct Wire {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    frames: Frames,
    out: BytesMut,
}

impl Wire {
    /// Reads until there is more; says whether there is.
    async fn read(&mut self) -> bool {
        self.frames.buffer.reserve(READ);
        let read = self.reader.read_buf(&mut self.frames.buffer).await;
        let more = read.is_ok_and(|bytes| bytes > 0);
        if more {
            acknowledge_at_once(&self.reader);
        }
        more
    }

    /// The first packet; nothing where there is none that can be served. Who may learn why does.
    async fn connect(&mut self) -> Option<Box<Connect>> {
        let version = loop {
            match self.frames.version() {
                Ok(Some(version)) => break version,
                Ok(None) => {}
                Err(level) => {
                    if let Some(level) = level {
                        tracing::debug!(level, "expected MQTT 3.1.1 or 5");
                        self.send(&Outgoing::Refused(Refused::Version), Version::V3);
                    }
                    return None;
                }
            }
            if !self.read().await {
                return None;
            }
        };
        loop {
            match self.frames.next(version) {
                Ok(Some(Incoming::Connect(connect))) => return Some(connect),
                Ok(None) => {}
                Err(Reason::QoSNotSupported) => {
                    self.send(&Outgoing::Refused(Refused::Qos), version);
                    return None;
                }
                Ok(Some(_)) | Err(_) => return None,
            }
            if !self.read().await {
                return None;
            }
        }
    }

    fn send(&mut self, packet: &Outgoing, version: Version) {
        // These are all smaller than what any client takes.
        let _ = write(packet, version, usize::MAX, &mut self.out);
    }

    /// Sends what is left, and reads on for a moment: closing a connection on which something is still
    /// unread would take the last words away from the client.
    async fn farewell(&mut self) {
        let saying = async {
            if self.writer.write_all_buf(&mut self.out).await.is_ok() {
                let _ = self.writer.shutdown().await;
                self.frames.buffer.clear();
                while self.read().await {
                    self.frames.buffer.clear();
                }
            }
        };
        let _ = timeout(FAREWELL, saying).await;
    }
}

/// A client that was let in.
struct Client {
    shared: Arc<Shared>,
    name: String,
    version: Version,
    max_packet: usize,
    link: Arc<Link>,
    origin: Origin,
    /// How long it may be silent: one and a half times what was agreed on.
    silence: Duration,
    will: Option<Will>,
    expiry: Duration,
    aliases: HashMap<u16, Arc<str>>,
    pending: Pending,
}

impl Client {
    /// Lets a client in and tells it so, or why not.
    fn join(shared: Arc<Shared>, mut connect: Box<Connect>, wire: &mut Wire) -> Option<Self> {
        let version = connect.version;
        let mut refuse = |why| {
            wire.send(&Outgoing::Refused(why), version);
            None
        };
        let assigned = match &*connect.client {
            // A session that is to be found again needs a name.
            "" if version == Version::V3 && !connect.clean => return refuse(Refused::ClientId),
            "" => Some(some_name()),
            name if name.len() > MAX_CLIENT_ID => return refuse(Refused::ClientId),
            _ => None,
        };
        if let Some(name) = &assigned {
            connect.client.clone_from(name);
        }
        let will = connect.will.as_ref().map(|will| &*will.message.topic);
        if will.is_some_and(|topic| check_topic(topic).is_err() || !is_for_clients(topic)) {
            return refuse(Refused::TopicName);
        }
        let Some(joined) = shared.hub.join(&connect) else {
            return refuse(Refused::Busy);
        };
        let keep_alive = match connect.keep_alive {
            0 => KEEP_ALIVE,
            asked => asked.min(KEEP_ALIVE),
        };
        let connected = Outgoing::Connected {
            session_present: joined.session_present,
            assigned,
            expiry: connect.expiry,
            keep_alive: Some(keep_alive).filter(|agreed| *agreed != connect.keep_alive),
        };
        wire.send(&connected, version);
        Some(Self {
            shared,
            version,
            max_packet: connect.max_packet,
            name: connect.client,
            link: joined.link,
            origin: Origin {
                key: joined.key,
                shadow_requests: Arc::default(),
            },
            silence: Duration::from_millis(u64::from(keep_alive) * 1500),
            will: connect.will,
            expiry: connect.expiry,
            aliases: HashMap::new(),
            pending: Pending::new(),
        })
    }

    fn key(&self) -> Key {
        self.origin.key
    }

    /// Reads, answers and delivers until there is a reason not to.
    async fn run(&mut self, wire: &mut Wire) -> End {
        let mut heard = Instant::now();
        let mut written = Instant::now();
        loop {
            if let Some(reason) = self.link.closing() {
                return End::Closed(reason);
            }
            if let Some(end) = self.take_in(wire) {
                return end;
            }
            self.fill(wire);
            let reads = wire.out.len() < TOO_MUCH && !self.is_busy();
            // Who is not listened to cannot be heard.
            let silent = reads.then(|| heard + self.silence);
            let unread = (!wire.out.is_empty()).then(|| written + UNREAD);
            let deadline = silent.into_iter().chain(unread).min();
            wire.frames.buffer.reserve(READ);
            tokio::select! {
                () = self.link.wake.notified() => {}
                Some((id, done)) = self.pending.next(), if !self.pending.is_empty() => {
                    if let Some(end) = self.acknowledge(wire, id, done) {
                        return end;
                    }
                }
                read = wire.reader.read_buf(&mut wire.frames.buffer), if reads => match read {
                    Ok(0) | Err(_) => return End::Lost,
                    Ok(_) => {
                        heard = Instant::now();
                        acknowledge_at_once(&wire.reader);
                    }
                },
                wrote = wire.writer.write_buf(&mut wire.out), if !wire.out.is_empty() => match wrote {
                    Ok(0) | Err(_) => return End::Lost,
                    Ok(_) => written = Instant::now(),
                },
                () = sleep_until(deadline.unwrap_or(heard)), if deadline.is_some() => {
                    return End::Closed(Reason::KeepAliveTimeout);
                }
            }
            if wire.out.is_empty() {
                written = Instant::now();
            }
        }
    }

    /// Whether as much is under way as may be.
    fn is_busy(&self) -> bool {
        self.pending.len() >= usize::from(RECEIVE_MAXIMUM)
    }

    /// Takes in what has come, as far as there is room for it.
    fn take_in(&mut self, wire: &mut Wire) -> Option<End> {
        while !self.is_busy() && wire.out.len() < TOO_MUCH {
            let taken = match wire.frames.next(self.version) {
                Ok(None) => return None,
                Ok(Some(packet)) => self.take(packet, wire),
                Err(reason) => Err(End::Closed(reason)),
            };
            if let Err(end) = taken {
                return Some(end);
            }
        }
        None
    }

    fn take(&mut self, packet: Incoming, wire: &mut Wire) -> Result<(), End> {
        match packet {
            Incoming::Publish { message, id, alias } => self.publish(message, id, alias, wire)?,
            Incoming::PubAck(id) => self.shared.hub.acknowledge(self.key(), id),
            Incoming::Subscribe { wanted, .. } if wanted.len() > FILTERS => {
                return Err(End::Closed(Reason::QuotaExceeded));
            }
            Incoming::Subscribe { id, wanted } => {
                let granted = self.shared.hub.subscribe(self.key(), &wanted);
                wire.send(&Outgoing::SubAck { id, granted }, self.version);
            }
            Incoming::Unsubscribe { id, filters } => {
                let existed = self.shared.hub.unsubscribe(self.key(), &filters);
                wire.send(&Outgoing::UnsubAck { id, existed }, self.version);
            }
            Incoming::Ping => wire.send(&Outgoing::Pong, self.version),
            Incoming::Disconnect { with_will } => return Err(End::Said { with_will }),
            Incoming::Connect(_) => return Err(End::Closed(Reason::ProtocolError)),
        }
        Ok(())
    }

    fn publish(
        &mut self,
        mut message: Message,
        id: Option<u16>,
        alias: Option<u16>,
        wire: &mut Wire,
    ) -> Result<(), End> {
        if let Some(alias) = alias {
            if !(1..=TOPIC_ALIASES).contains(&alias) {
                return Err(End::Closed(Reason::TopicAliasInvalid));
            }
            if message.topic.is_empty() {
                let known = self.aliases.get(&alias);
                let known = known.ok_or(End::Closed(Reason::ProtocolError))?;
                message.topic = Arc::clone(known);
            } else {
                self.aliases.insert(alias, Arc::clone(&message.topic));
            }
        }
        if let Err(error) = check_topic(&message.topic) {
            let (client, topic) = (&*self.name, &*message.topic);
            tracing::debug!(client, topic, %error, "published to what is no topic");
            return Err(End::Closed(Reason::TopicNameInvalid));
        }
        if !is_for_clients(&message.topic) {
            return Err(End::Closed(Reason::NotAuthorized));
        }
        let work = self.shared.accept(&message, Some(&self.origin));
        if work.is_none() && self.pending.is_empty() {
            if let Some(id) = id {
                wire.send(&Outgoing::PubAck(id), self.version);
            }
        } else {
            let pending = async move { (id, work.done().await) };
            self.pending.push_back(Box::pin(pending));
        }
        Ok(())
    }

    /// A message was dealt with; one that was not is not acknowledged, and has to come again on another
    /// connection.
    fn acknowledge(&self, wire: &mut Wire, id: Option<u16>, done: bool) -> Option<End> {
        let id = id?;
        if !done {
            return Some(End::Closed(Reason::ImplementationSpecificError));
        }
        wire.send(&Outgoing::PubAck(id), self.version);
        None
    }

    /// Adds messages to what is to be sent, while that is not enough.
    fn fill(&self, wire: &mut Wire) {
        while wire.out.len() < ENOUGH {
            let hub = &self.shared.hub;
            let departing = hub.depart(self.key(), &self.link, ENOUGH - wire.out.len());
            if departing.is_empty() {
                return;
            }
            for departure in departing {
                let packet = Outgoing::Publish {
                    message: departure.delivery.message,
                    id: departure.id,
                    dup: departure.again,
                    retain: departure.delivery.retain,
                };
                let written = write(&packet, self.version, self.max_packet, &mut wire.out);
                if let (Err(_), Some(id)) = (written, departure.id) {
                    // The client cannot take it, now or later.
                    hub.acknowledge(self.key(), id);
                }
            }
        }
    }

    /// The connection has ended: the session may stay, and the will is published.
    fn leave(&mut self, end: End) {
        let until = (!self.expiry.is_zero()).then(|| std::time::Instant::now() + self.expiry);
        self.shared.hub.leave(self.key(), &self.link, until);
        let (client, why) = (&*self.name, format_args!("{end:?}"));
        tracing::debug!(client, %why, "disconnected");
        let wanted = match end {
            End::Said { with_will } => with_will,
            End::Lost => true,
            End::Closed(reason) => reason != Reason::ServerShuttingDown,
        };
        let Some(will) = self.will.take().filter(|_| wanted) else {
            return;
        };
        let delay = will.delay.min(self.expiry);
        let room = self.shared.hub.room(&will.message);
        // Where there is no room to keep it, earlier is better than never.
        let Some(room) = room.filter(|_| !delay.is_zero()) else {
            self.shared.accept(&will.message, None);
            return;
        };
        let (shared, client) = (Arc::downgrade(&self.shared), self.name.clone());
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            if let Some(shared) = shared.upgrade().filter(|s| !s.hub.is_connected(&client)) {
                shared.accept(&will.message, None);
            }
            drop(room);
        });
    }

    /// Tells the client why; before, where the broker ends, acknowledges what is done in a moment.
    async fn finish(&mut self, wire: &mut Wire, reason: Reason) {
        if reason == Reason::ServerShuttingDown {
            let finishing = async {
                while let Some((id, done)) = self.pending.next().await {
                    if let (Some(id), true) = (id, done) {
                        wire.send(&Outgoing::PubAck(id), self.version);
                    }
                }
            };
            let _ = timeout(FINISH, finishing).await;
        }
        wire.send(&Outgoing::Disconnect(reason), self.version);
    }
}

/// Has the system acknowledge what was read without waiting for an answer that it could go with. A client
/// whose system waits for that before it sends the next small packet (Nagle's algorithm, without `TCP_NODELAY`)
/// may else wait for 40 ms after each packet that has no answer, such as a PUBACK. Linux forgets the setting
/// whenever an answer goes out.
#[cfg(target_os = "linux")]
fn acknowledge_at_once(reader: &OwnedReadHalf) {
    let socket: &TcpStream = reader.as_ref();
    // It is slower without, and as right.
    let _ = socket2::SockRef::from(socket).set_tcp_quickack(true);
}

/// Other systems have no such setting.
#[cfg(not(target_os = "linux"))]
fn acknowledge_at_once(_: &OwnedReadHalf) {}

/// A name for a client that has none.
fn some_name() -> String {
    let mut bytes = [0; 8];
    // Without randomness names may meet: the second of both takes over.
    let _ = getrandom::fill(&mut bytes);
    format!("auto-{:016x}", u64::from_ne_bytes(bytes))
}
