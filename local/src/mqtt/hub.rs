//! Who is there, what they subscribed to, and what is kept for who subscribes later.
//!
//! One lock over all of it: what is done under it takes microseconds, and nothing is waited for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::limits::{SESSIONS, SUBSCRIPTIONS, WAITING_TOTAL};
use super::memory::{Part, Total};
use super::message::{Message, Qos};
use super::packet::{Connect, Granted, Reason, Retained, Wanted};
use super::retained::RetainedMessages;
use super::session::{Delivery, Departure, Link, Session};
use super::topic::check_filter;
use super::tree::Tree;

/// What a subscription to a group of clients begins with.
const SHARED: &str = "$share/";

/// A session, in this process.
pub(super) type Key = u64;

#[derive(Debug, Default)]
pub(super) struct Hub {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    sessions: HashMap<Key, Session>,
    clients: HashMap<String, Key>,
    subscriptions: Tree<Key, Subscription>,
    retained: RetainedMessages,
    /// What the messages take that wait for somebody.
    waiting: Total,
    last_key: Key,
    /// Whether nobody is let in any more.
    closed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Subscription {
    qos: Qos,
    no_local: bool,
    as_published: bool,
}

/// That a client came in.
#[derive(Debug)]
pub(super) struct Joined {
    pub(super) key: Key,
    pub(super) link: Arc<Link>,
    /// Whether it was known before.
    pub(super) session_present: bool,
}

impl Hub {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a client in; whoever was in by this name has to go. Nothing when there is no room.
    pub(super) fn join(&self, connect: &Connect) -> Option<Joined> {
        let mut state = self.state();
        if state.closed {
            return None;
        }
        let known = state.clients.get(&connect.client).copied();
        if let Some(key) = known {
            let link = state.sessions.get(&key).and_then(|s| s.link.clone());
            if let Some(link) = link {
                link.close(Reason::SessionTakenOver);
            }
        }
        let known = match known {
            Some(key) if connect.clean || state.has_ended(key, Instant::now()) => {
                state.remove(key);
                None
            }
            other => other,
        };
        let session_present = known.is_some();
        let key = match known {
            Some(key) => key,
            None if state.sessions.len() >= SESSIONS => return None,
            None => state.add(&connect.client),
        };
        let link = Arc::<Link>::default();
        let session = state.sessions.get_mut(&key)?;
        let kept = !connect.expiry.is_zero();
        session.connect(Arc::clone(&link), kept, connect.receive_maximum);
        // What waited may go out now.
        link.wake.notify_one();
        Some(Joined {
            key,
            link,
            session_present,
        })
    }

    /// A connection has ended. Its session stays until then; nothing means not at all.
    pub(super) fn leave(&self, key: Key, link: &Arc<Link>, until: Option<Instant>) {
        let mut state = self.state();
        let Some(session) = state.sessions.get_mut(&key) else {
            return;
        };
        // Somebody else may have taken the session over.
        if !session
            .link
            .as_ref()
            .is_some_and(|own| Arc::ptr_eq(own, link))
        {
            return;
        }
        session.disconnect(until);
        if until.is_none() {
            state.remove(key);
        }
    }

    /// Whether a client is connected.
    pub(super) fn is_connected(&self, client: &str) -> bool {
        let state = self.state();
        let session = state.clients.get(client);
        let session = session.and_then(|key| state.sessions.get(key));
        session.is_some_and(|session| session.link.is_some())
    }

    /// Lets nobody in any more, and has all connections end.
    pub(super) fn close(&self, reason: Reason) {
        let mut state = self.state();
        state.closed = true;
        let links = state.sessions.values().filter_map(|s| s.link.as_ref());
        links.for_each(|link| link.close(reason));
    }

    /// Room for a message that waits for something else than a session; nothing when too much waits.
    pub(super) fn room(&self, message: &Message) -> Option<Part> {
        let state = self.state();
        let weight = message.weight();
        if state.waiting.taken() + weight > WAITING_TOTAL / 2 {
            return None;
        }
        let mut part = state.waiting.part();
        part.take(weight);
        Some(part)
    }

    /// Lets sessions go whose clients have been away for too long.
    pub(super) fn sweep(&self) {
        self.state().sweep(Instant::now());
    }

    /// Subscribes a session, and lets retained messages go to it.
    pub(super) fn subscribe(&self, key: Key, wanted: &[Wanted]) -> Vec<Granted> {
        let mut state = self.state();
        let granted = wanted.iter().map(|wanted| state.subscribe(key, wanted));
        granted.collect()
    }

    /// Ends subscriptions, and says of each whether there was one.
    pub(super) fn unsubscribe(&self, key: Key, filters: &[String]) -> Vec<bool> {
        let mut state = self.state();
        let State {
            sessions,
            subscriptions,
            ..
        } = &mut *state;
        let Some(session) = sessions.get_mut(&key) else {
            return vec![false; filters.len()];
        };
        let ended = filters.iter().map(|filter| {
            let existed = session.subscriptions.remove(filter);
            if existed {
                subscriptions.remove(filter, key);
            }
            existed
        });
        ended.collect()
    }

    /// A client has a message.
    pub(super) fn acknowledge(&self, key: Key, id: u16) {
        if let Some(session) = self.state().sessions.get_mut(&key) {
            session.acknowledge(id);
        }
    }

    /// What goes out to a client now, up to about `most` bytes. Nothing to a connection whose session was
    /// taken over.
    pub(super) fn depart(&self, key: Key, link: &Arc<Link>, most: usize) -> Vec<Departure> {
        let mut state = self.state();
        let session = state.sessions.get_mut(&key);
        let session = session.filter(|session| {
            let own = session.link.as_ref();
            own.is_some_and(|own| Arc::ptr_eq(own, link))
        });
        session.map_or_else(Vec::new, |session| session.depart(most))
    }

    /// Brings a message to all who subscribed to it, once to each, and keeps it where that is wanted.
    pub(super) fn route(&self, message: &Message, from: Option<Key>) {
        let mut state = self.state();
        if message.retain {
            state.retained.keep(message);
        }
        state.route(message, from);
    }
}

impl State {
    fn add(&mut self, client: &str) -> Key {
        self.last_key += 1;
        let key = self.last_key;
        self.clients.insert(client.to_owned(), key);
        let session = Session::new(client.to_owned(), &self.waiting);
        self.sessions.insert(key, session);
        key
    }

    fn remove(&mut self, key: Key) {
        if let Some(session) = self.sessions.remove(&key) {
            self.clients.remove(&session.client);
            for filter in &session.subscriptions {
                self.subscriptions.remove(filter, key);
            }
        }
    }

    /// Whether a session's client has been away for too long.
    fn is_over(&self, key: Key, now: Instant) -> bool {
        let expires = self.sessions.get(&key).and_then(|session| session.expires);
        expires.is_some_and(|expires| expires <= now)
    }

    /// Whether a session is none any more for who comes in now: its client has been away for too long, or it
    /// ends with the connection that is taken over.
    fn has_ended(&self, key: Key, now: Instant) -> bool {
        let session = self.sessions.get(&key);
        session.is_some_and(|session| session.link.is_some() && !session.kept)
            || self.is_over(key, now)
    }

    fn sweep(&mut self, now: Instant) {
        let keys = self.sessions.keys().copied();
        let over: Vec<Key> = keys.filter(|&key| self.is_over(key, now)).collect();
        for key in over {
            self.remove(key);
        }
        self.retained.sweep(now);
    }

    fn subscribe(&mut self, key: Key, wanted: &Wanted) -> Granted {
        if wanted.filter.starts_with(SHARED) {
            return Granted::SharedNotSupported;
        }
        if check_filter(&wanted.filter).is_err() {
            return Granted::FilterInvalid;
        }
        let Some(session) = self.sessions.get_mut(&key) else {
            return Granted::QuotaExceeded;
        };
        let is_new = !session.subscriptions.contains(&wanted.filter);
        if is_new && session.subscriptions.len() >= SUBSCRIPTIONS {
            return Granted::QuotaExceeded;
        }
        session.subscriptions.insert(wanted.filter.clone());
        let subscription = Subscription {
            qos: wanted.qos,
            no_local: wanted.no_local,
            as_published: wanted.as_published,
        };
        self.subscriptions.insert(&wanted.filter, key, subscription);
        if wanted.retained == Retained::Always || (wanted.retained == Retained::IfNew && is_new) {
            for message in self.retained.matching(&wanted.filter) {
                session.push(Delivery {
                    qos: message.qos.min(wanted.qos),
                    message: message.clone(),
                    retain: true,
                });
            }
        }
        Granted::Qos(wanted.qos)
    }

    fn route(&mut self, message: &Message, from: Option<Key>) {
        let mut found: HashMap<Key, Subscription> = HashMap::new();
        self.subscriptions
            .matching(&message.topic, &mut |key, subscription| {
                if subscription.no_local && from == Some(key) {
                    return;
                }
                let best = found.entry(key).or_insert(*subscription);
                best.qos = best.qos.max(subscription.qos);
                best.as_published |= subscription.as_published;
            });
        for (key, subscription) in found {
            if let Some(session) = self.sessions.get_mut(&key) {
                session.push(Delivery {
                    qos: message.qos.min(subscription.qos),
                    message: message.clone(),
                    retain: message.retain && subscription.as_published,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_wait_for_their_time_have_room_until_the_half_is_taken() {
        let hub = Hub::default();
        let quarter = Message::new("t", vec![0; WAITING_TOTAL / 4 - 1024]);
        let room: Vec<Part> = std::iter::from_fn(|| hub.room(&quarter)).collect();
        assert_eq!(room.len(), 2);
        drop(room);
        assert!(hub.room(&quarter).is_some());
    }
}
