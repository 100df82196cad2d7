//! The broker: where messages come in, and what is done with each.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::mpsc::{Receiver, Sender, UnboundedSender, channel};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::connection;
use super::hub::{Hub, Key};
use super::limits::{CONNECTIONS, SHADOW_REQUESTS};
use super::message::Message;
use super::packet::Reason;
use super::rule::{Rule, RuleMessage};
use super::seldom::Seldom;
use super::topic::{TopicError, basic_ingest, check_topic, matches};
use crate::embedded::{EmbeddedShadows, now};
use crate::shadow::{Rejection, Request, Service, ShadowTopic, rejected};

/// How often sessions are looked at whose clients are away.
const SWEEP: Duration = Duration::from_secs(30);

/// How long to wait when no connection can be taken, as when there are no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// How long connections and rules may take to finish what they have begun.
const GRACE: Duration = Duration::from_secs(5);

/// Everything that connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) hub: Arc<Hub>,
    rules: OnceLock<Vec<Rule>>,
    /// The way to the shadows, and what every rule at work holds; none once the broker has ended.
    open: Mutex<Option<Open>>,
}

#[derive(Clone, Debug)]
struct Open {
    shadows: UnboundedSender<Request>,
    work: Sender<()>,
}

/// Who published a message, where it was a client.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) key: Key,
    /// How many of the connection's requests for each thing's shadow were not answered yet.
    pub(super) shadow_requests: Arc<Mutex<HashMap<Box<str>, usize>>>,
}

/// What is done with a message beside its delivery; it goes on whether or not somebody waits for it.
#[derive(Debug, Default)]
pub(super) struct Work(Vec<oneshot::Receiver<bool>>);

impl Work {
    pub(super) fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Waits until all of it is done, and says whether it was.
    pub(super) async fn done(self) -> bool {
        let mut done = true;
        for work in self.0 {
            done &= work.await.unwrap_or(false);
        }
        done
    }
}

/// Whether clients may publish to a topic: those with `$` are the broker's own, except for what asks
/// something of it.
pub(super) fn is_for_clients(topic: &str) -> bool {
    !topic.starts_with('$') || basic_ingest(topic).is_some() || ShadowTopic::read(topic).is_some()
}

impl Shared {
    /// Takes a message in: delivers it, and has rules and shadows do what it asks for. Messages are
    /// delivered, and shadows are changed, in the order in which this is called.
    pub(super) fn accept(self: &Arc<Self>, message: &Message, origin: Option<&Origin>) -> Work {
        let mut work = Work::default();
        let open = self.open.lock();
        let open = open.unwrap_or_else(PoisonError::into_inner).clone();
        let Some(open) = open else {
            work.0.push(oneshot::channel().1);
            return work;
        };
        let rules = self.rules.get().map_or(&[][..], Vec::as_slice);
        if let Some((name, topic)) = basic_ingest(&message.topic) {
            for rule in rules.iter().filter(|rule| rule.name == name) {
                work.0.push(open.apply(rule, topic, message));
            }
            return work;
        }
        self.hub.route(message, origin.map(|origin| origin.key));
        if message.topic.starts_with('$') {
            work.0.extend(self.ask(&open, message, origin));
        }
        let matching = rules
            .iter()
            .filter(|rule| matches(&rule.filter, &message.topic));
        let applied = matching.map(|rule| open.apply(rule, &message.topic, message));
        work.0.extend(applied);
        work
    }

    /// Asks a shadow what a message wants of it.
    fn ask(
        &self,
        open: &Open,
        message: &Message,
        origin: Option<&Origin>,
    ) -> Option<oneshot::Receiver<bool>> {
        let reject = |thing: &str, why| {
            let answer = rejected(&message.topic, thing, why, None, now().0 / 1000);
            self.hub.route(&answer, None);
        };
        let (thing, operation) = match ShadowTopic::read(&message.topic)? {
            ShadowTopic::Classic(thing, operation) => (thing, operation),
            ShadowTopic::Named => {
                reject("", Rejection::Named);
                return None;
            }
        };
        let slot = match origin.map(|origin| Slot::take(origin, thing)) {
            Some(None) => {
                reject(thing, Rejection::TooMany);
                return None;
            }
            Some(slot) => slot,
            None => None,
        };
        let (done, outcome) = oneshot::channel();
        let request = Request {
            thing: thing.into(),
            operation,
            message: message.clone(),
            slot,
            done,
        };
        // Where nobody takes it, whoever waits learns it from `outcome`.
        let _ = open.shadows.send(request);
        let (tell, told) = oneshot::channel();
        let work = open.work.clone();
        tokio::spawn(async move {
            let outcome = outcome.await;
            if let Ok(Err(error)) = &outcome {
                let error: &dyn std::error::Error = error;
                tracing::error!(error, "a shadow is not on the disk");
            }
            drop(work);
            let _ = tell.send(matches!(outcome, Ok(Ok(()))));
        });
        Some(told)
    }
}

impl Open {
    /// Has a rule do its work beside everything else.
    fn apply(&self, rule: &Rule, topic: &str, message: &Message) -> oneshot::Receiver<bool> {
        let (tell, told) = oneshot::channel();
        let name = rule.name.clone();
        let handling = (rule.handler)(RuleMessage {
            topic: topic.to_owned(),
            payload: message.payload.clone(),
            received: now().0,
        });
        let work = self.work.clone();
        tokio::spawn(async move {
            let outcome = handling.await;
            if let Err(error) = &outcome {
                let error: &dyn std::error::Error = &**error;
                tracing::error!(rule = name, error, "a message was not handled");
            }
            drop(work);
            let _ = tell.send(outcome.is_ok());
        });
        told
    }
}

/// A place among a connection's requests for a thing's shadow; free again when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    requests: Arc<Mutex<HashMap<Box<str>, usize>>>,
    thing: Box<str>,
}

impl Slot {
    fn take(origin: &Origin, thing: &str) -> Option<Self> {
        let requests = Arc::clone(&origin.shadow_requests);
        let mut counts = requests.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(thing.into()).or_default();
        if *count >= SHADOW_REQUESTS {
            return None;
        }
        *count += 1;
        drop(counts);
        let thing = thing.into();
        Some(Self { requests, thing })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let counts = self.requests.lock();
        let mut counts = counts.unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.thing) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.thing);
            }
        }
    }
}

/// Why a message was not published.
#[derive(Debug, thiserror::Error)]
pub enum Unpublished {
    /// The topic is none.
    #[error("cannot publish to {topic:?}")]
    Topic {
        /// The topic.
        topic: String,
        /// Why not.
        #[source]
        source: TopicError,
    },
    /// The topic is the broker's own.
    #[error("cannot publish to {topic:?}: it is the broker's own")]
    Reserved {
        /// The topic.
        topic: String,
    },
    /// The broker has ended, or what the message asks for was not done.
    #[error("published to {topic:?}, but what that asks for was not done: see the log")]
    Undone {
        /// The topic.
        topic: String,
    },
}

/// Publishes to a broker from inside the process, as a client would.
#[derive(Clone, Debug)]
pub struct Publisher {
    shared: Weak<Shared>,
}

impl Publisher {
    /// Publishes a message, and waits until it is done what it asks of rules and shadows: what a client
    /// learns from an acknowledgement.
    ///
    /// # Errors
    /// [`Unpublished`].
    pub async fn send(&self, message: Message) -> Result<(), Unpublished> {
        let topic = || message.topic.to_string();
        check_topic(&message.topic).map_err(|source| Unpublished::Topic {
            topic: topic(),
            source,
        })?;
        if !is_for_clients(&message.topic) {
            return Err(Unpublished::Reserved { topic: topic() });
        }
        let shared = self.shared.upgrade();
        let work = shared.map(|shared| shared.accept(&message, None));
        let done = match work {
            Some(work) => work.done().await,
            None => false,
        };
        if done {
            Ok(())
        } else {
            Err(Unpublished::Undone { topic: topic() })
        }
    }
}

/// A broker that nobody can connect to yet.
#[derive(Debug)]
pub struct Broker {
    shared: Arc<Shared>,
    shadows: Service,
    working: Receiver<()>,
    connections: usize,
}

impl Broker {
    /// A broker with the shadows that were kept.
    pub fn new(shadows: EmbeddedShadows) -> Self {
        let (requests, service) = Service::new(shadows);
        let (work, working) = channel(1);
        let shared = Shared {
            hub: Arc::default(),
            rules: OnceLock::new(),
            open: Mutex::new(Some(Open {
                shadows: requests,
                work,
            })),
        };
        Self {
            shared: Arc::new(shared),
            shadows: service,
            working,
            connections: CONNECTIONS,
        }
    }

    /// The broker, with at most so many connections at once; those on top are closed as soon as they come.
    #[must_use]
    pub fn with_room_for(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// What rules publish through.
    pub fn publisher(&self) -> Publisher {
        Publisher {
            shared: Arc::downgrade(&self.shared),
        }
    }

    /// Lets clients in, in a runtime that has I/O and time.
    ///
    /// # Errors
    /// When the listener does not know its own address.
    pub fn listen(self, listener: TcpListener, rules: Vec<Rule>) -> std::io::Result<Running> {
        let address = listener.local_addr()?;
        let Self {
            shared,
            shadows,
            working,
            connections,
        } = self;
        // There is one call of this for each `Shared`.
        let _ = shared.rules.set(rules);
        let hub = Arc::clone(&shared.hub);
        let shadows = tokio::spawn(shadows.run(move |answer| hub.route(&answer, None)));
        let (stop, stopped) = watch::channel(false);
        let accepting = accept(listener, connections, Arc::clone(&shared), stopped);
        let accepting = tokio::spawn(accepting);
        Ok(Running {
            address,
            shared,
            stop,
            accepting,
            shadows,
            working,
        })
    }
}

/// A broker that clients connect to. It goes on when this is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    shadows: JoinHandle<()>,
    working: Receiver<()>,
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets nobody in any more, finishes what was begun and acknowledges it, tells clients that the broker
    /// ends, and returns when everything that was acknowledged is on the disk. Takes a few seconds at most;
    /// what is not finished by then stays unacknowledged.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        // Its clients are told, and have their last acknowledgements, when this is over.
        let _ = self.accepting.await;
        let open = self.shared.open.lock();
        drop(open.unwrap_or_else(PoisonError::into_inner).take());
        let working = async { while self.working.recv().await.is_some() {} };
        let _ = tokio::time::timeout(GRACE, working).await;
        let _ = tokio::time::timeout(GRACE, self.shadows).await;
    }
}

/// Takes connections until it is time to end, and ends with them.
async fn accept(
    listener: TcpListener,
    most: usize,
    shared: Arc<Shared>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    let (mut refused, mut failed) = (Seldom::default(), Seldom::default());
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            _ = sweep.tick() => shared.hub.sweep(),
            // One that ended, whichever way, is forgotten.
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    while connections.try_join_next().is_some() {}
                    if connections.len() < most {
                        connections.spawn(connection::serve(stream, Arc::clone(&shared)));
                    } else if let Some(times) = refused.again(Instant::now()) {
                        tracing::warn!(most, times, "no more connections of devices: closed at once");
                    }
                }
                Err(error) => {
                    if let Some(times) = failed.again(Instant::now()) {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, times, "no connection");
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
    drop(listener);
    shared.hub.close(Reason::ServerShuttingDown);
    let ending = async { while connections.join_next().await.is_some() {} };
    // Those that take longer are cut off with the set.
    let _ = tokio::time::timeout(GRACE, ending).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_requests_of_a_connection_for_each_shadow_may_wait_at_once() {
        let origin = Origin {
            key: 1,
            shadow_requests: Arc::default(),
        };
        let mut slots: Vec<Slot> = (0..SHADOW_REQUESTS)
            .map(|_| Slot::take(&origin, "a").unwrap())
            .collect();
        assert!(Slot::take(&origin, "a").is_none());
        assert!(Slot::take(&origin, "b").is_some());
        slots.pop();
        assert!(Slot::take(&origin, "a").is_some());
        slots.clear();
        assert!(origin.shadow_requests.lock().unwrap().is_empty());
    }
}
