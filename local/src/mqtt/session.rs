//! What is known of one client: its subscriptions, and the messages on their way to it.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tokio::sync::Notify;

use super::limits::{WAITING_BYTES, WAITING_MESSAGES, WAITING_TOTAL};
use super::memory::{Part, Total};
use super::message::{Message, Qos};
use super::packet::Reason;
use super::seldom::Seldom;

/// The way from everybody else to a connection.
#[derive(Debug, Default)]
pub(super) struct Link {
    /// Woken when there is something to send, or an end.
    pub(super) wake: Notify,
    /// Why the connection is to end.
    closing: OnceLock<Reason>,
}

impl Link {
    /// Has the connection end; the first reason counts.
    pub(super) fn close(&self, reason: Reason) {
        let _ = self.closing.set(reason);
        self.wake.notify_one();
    }

    /// Why the connection is to end; nothing while it is not.
    pub(super) fn closing(&self) -> Option<Reason> {
        self.closing.get().copied()
    }
}

/// A message on its way to a client.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) message: Message,
    pub(super) qos: Qos,
    pub(super) retain: bool,
}

/// A message that goes out now.
#[derive(Debug)]
pub(super) struct Departure {
    pub(super) delivery: Delivery,
    /// Of messages that are to be acknowledged.
    pub(super) id: Option<u16>,
    /// Whether it may have gone out before.
    pub(super) again: bool,
}

#[derive(Debug)]
struct InFlight {
    id: u16,
    delivery: Delivery,
    /// Whether it went out on the connection that is open now.
    sent: bool,
}

/// A client's session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) client: String,
    pub(super) subscriptions: HashSet<String>,
    /// The connection; none while the client is away.
    pub(super) link: Option<Arc<Link>>,
    /// Whether it outlives the connection that is open now.
    pub(super) kept: bool,
    /// When a client that is away has been away for too long.
    pub(super) expires: Option<Instant>,
    receive_maximum: usize,
    waiting: VecDeque<Delivery>,
    in_flight: VecDeque<InFlight>,
    /// What both of these take.
    memory: Part,
    last_id: u16,
    left_out: Seldom,
}

impl Session {
    pub(super) fn new(client: String, memory: &Total) -> Self {
        Self {
            client,
            subscriptions: HashSet::new(),
            link: None,
            kept: false,
            expires: None,
            receive_maximum: 1,
            waiting: VecDeque::new(),
            in_flight: VecDeque::new(),
            memory: memory.part(),
            last_id: 0,
            left_out: Seldom::default(),
        }
    }

    /// The client is there (again). What it did not acknowledge goes out once more.
    pub(super) fn connect(&mut self, link: Arc<Link>, kept: bool, receive_maximum: u16) {
        self.link = Some(link);
        self.kept = kept;
        self.expires = None;
        self.receive_maximum = receive_maximum.into();
        for message in &mut self.in_flight {
            message.sent = false;
        }
    }

    /// The client is away until then, at most.
    pub(super) fn disconnect(&mut self, expires: Option<Instant>) {
        self.link = None;
        self.expires = expires;
        // Nobody promised more of these.
        let memory = &mut self.memory;
        self.waiting.retain(|delivery| {
            let stays = delivery.qos == Qos::AtLeastOnce;
            if !stays {
                memory.give_back(delivery.message.weight());
            }
            stays
        });
    }

    /// Lets a message wait for the client. One too many is not delivered, and neither is one that needs no
    /// acknowledgement while the client is away.
    pub(super) fn push(&mut self, delivery: Delivery) {
        if self.link.is_none() && delivery.qos == Qos::AtMostOnce {
            return;
        }
        let weight = delivery.message.weight();
        if !self.has_room(weight) {
            if let Some(times) = self.left_out.again(Instant::now()) {
                let (client, waiting) = (&*self.client, self.waiting.len());
                let (bytes, of_all) = (self.memory.taken(), self.memory.taken_by_all());
                tracing::warn!(
                    client,
                    waiting,
                    bytes,
                    of_all,
                    times,
                    "too much waits: messages are not delivered"
                );
            }
            return;
        }
        self.memory.take(weight);
        self.waiting.push_back(delivery);
        if let Some(link) = &self.link {
            link.wake.notify_one();
        }
    }

    fn has_room(&self, weight: usize) -> bool {
        let together = match self.link {
            Some(_) => WAITING_TOTAL,
            None => WAITING_TOTAL / 2,
        };
        self.waiting.len() < WAITING_MESSAGES
            && self.memory.taken() + weight <= WAITING_BYTES
            && self.memory.taken_by_all() + weight <= together
    }

    /// What goes out now, up to about `most` bytes.
    pub(super) fn depart(&mut self, most: usize) -> Vec<Departure> {
        let (now, mut bytes) = (Instant::now(), 0);
        let mut going = Vec::new();
        for message in self.in_flight.iter_mut().take(self.receive_maximum) {
            if !message.sent {
                message.sent = true;
                bytes += message.delivery.message.weight();
                going.push(Departure {
                    delivery: message.delivery.clone(),
                    id: Some(message.id),
                    again: true,
                });
            }
        }
        while bytes < most {
            let Some(next) = self.waiting.front() else {
                break;
            };
            let acknowledged = next.qos == Qos::AtLeastOnce;
            if acknowledged && self.in_flight.len() >= self.receive_maximum {
                break;
            }
            let Some(delivery) = self.waiting.pop_front() else {
                break;
            };
            let weight = delivery.message.weight();
            let expires = delivery.message.expires;
            let too_old = expires.is_some_and(|expires| expires <= now);
            if too_old || !acknowledged {
                self.memory.give_back(weight);
            }
            if too_old {
                continue;
            }
            bytes += weight;
            let id = acknowledged.then(|| self.fly(&delivery));
            going.push(Departure {
                delivery,
                id,
                again: false,
            });
        }
        going
    }

    /// Remembers a message until it is acknowledged, under a number that no other one has.
    fn fly(&mut self, delivery: &Delivery) -> u16 {
        loop {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            let id = self.last_id;
            if !self.in_flight.iter().any(|message| message.id == id) {
                let delivery = delivery.clone();
                let sent = true;
                self.in_flight.push_back(InFlight { id, delivery, sent });
                return id;
            }
        }
    }

    /// The client has a message.
    pub(super) fn acknowledge(&mut self, id: u16) {
        let mut in_flight = self.in_flight.iter();
        let place = in_flight.position(|message| message.id == id);
        if let Some(message) = place.and_then(|place| self.in_flight.remove(place)) {
            self.memory.give_back(message.delivery.message.weight());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(number: usize, qos: Qos) -> Delivery {
        Delivery {
            message: Message::new("t", number.to_string()),
            qos,
            retain: false,
        }
    }

    fn connected(receive_maximum: u16) -> Session {
        let mut session = Session::new("c".to_owned(), &Total::default());
        session.connect(Arc::default(), true, receive_maximum);
        session
    }

    fn ids(departures: &[Departure]) -> Vec<(Option<u16>, bool)> {
        let ids = departures.iter().map(|going| (going.id, going.again));
        ids.collect()
    }

    #[test]
    fn no_more_is_under_way_than_the_client_takes_and_the_rest_follows() {
        let mut session = connected(2);
        for number in 0..3 {
            session.push(delivery(number, Qos::AtLeastOnce));
        }
        assert_eq!(
            ids(&session.depart(1 << 20)),
            [(Some(1), false), (Some(2), false)]
        );
        assert!(session.depart(1 << 20).is_empty());
        session.acknowledge(1);
        assert_eq!(ids(&session.depart(1 << 20)), [(Some(3), false)]);
    }

    #[test]
    fn what_was_not_acknowledged_goes_out_again_before_what_came_meanwhile() {
        let mut session = connected(10);
        session.push(delivery(0, Qos::AtLeastOnce));
        session.push(delivery(1, Qos::AtMostOnce));
        assert_eq!(
            ids(&session.depart(1 << 20)),
            [(Some(1), false), (None, false)]
        );
        session.disconnect(None);
        session.push(delivery(2, Qos::AtLeastOnce));
        session.push(delivery(3, Qos::AtMostOnce));
        session.connect(Arc::default(), true, 10);
        assert_eq!(
            ids(&session.depart(1 << 20)),
            [(Some(1), true), (Some(2), false)]
        );
        assert!(session.depart(1 << 20).is_empty());
    }

    #[test]
    fn numbers_of_messages_under_way_are_not_given_again() {
        let mut session = connected(100);
        session.push(delivery(0, Qos::AtLeastOnce));
        assert_eq!(session.depart(1 << 20)[0].id, Some(1));
        for number in 0..70_000 {
            session.push(delivery(number, Qos::AtLeastOnce));
            let id = session.depart(1 << 20)[0].id.unwrap();
            assert!(id > 1);
            session.acknowledge(id);
        }
    }

    #[test]
    fn what_waits_is_bounded_and_what_comes_on_top_is_left_out() {
        let mut session = connected(1);
        for number in 0..=WAITING_MESSAGES {
            session.push(delivery(number, Qos::AtMostOnce));
        }
        assert_eq!(session.waiting.len(), WAITING_MESSAGES);
        while !session.depart(1 << 20).is_empty() {}
        assert_eq!((session.waiting.len(), session.memory.taken()), (0, 0));
        let large = Message::new("t", vec![0; WAITING_BYTES / 2]);
        for _ in 0..3 {
            session.push(Delivery {
                message: large.clone(),
                qos: Qos::AtMostOnce,
                retain: false,
            });
        }
        assert_eq!(session.waiting.len(), 1);
    }

    #[test]
    fn what_waits_counts_until_it_is_delivered_acknowledged_or_of_no_use() {
        let mut session = connected(1);
        let one = delivery(0, Qos::AtLeastOnce);
        let weight = one.message.weight();
        session.push(one);
        session.push(delivery(1, Qos::AtLeastOnce));
        session.push(delivery(2, Qos::AtMostOnce));
        assert_eq!(session.memory.taken(), 3 * weight);
        session.depart(1 << 20);
        assert_eq!(session.memory.taken(), 3 * weight);
        session.acknowledge(7);
        session.acknowledge(1);
        assert_eq!(session.memory.taken(), 2 * weight);
        session.disconnect(None);
        assert_eq!(session.memory.taken(), weight);
    }

    #[test]
    fn what_waits_for_all_is_bounded_and_who_is_away_leaves_the_half_to_others() {
        let memory = Total::default();
        let large = Delivery {
            message: Message::new("t", vec![0; WAITING_BYTES / 4]),
            qos: Qos::AtLeastOnce,
            retain: false,
        };
        let fill = |there: bool| {
            let mut session = Session::new("c".to_owned(), &memory);
            if there {
                session.connect(Arc::default(), true, 1);
            }
            (0..4).for_each(|_| session.push(large.clone()));
            session
        };
        let away: Vec<Session> = (0..20).map(|_| fill(false)).collect();
        let taken = memory.taken();
        assert!(taken <= WAITING_TOTAL / 2 && taken > WAITING_TOTAL / 2 - WAITING_BYTES / 2);
        let there: Vec<Session> = (0..20).map(|_| fill(true)).collect();
        let taken = memory.taken();
        assert!(taken <= WAITING_TOTAL && taken > WAITING_TOTAL - WAITING_BYTES / 2);
        drop((away, there));
        assert_eq!(memory.taken(), 0);
    }

    #[test]
    fn what_is_too_old_is_not_delivered() {
        let mut session = connected(1);
        let mut old = delivery(0, Qos::AtLeastOnce);
        old.message.expires = Some(Instant::now());
        session.push(old);
        session.push(delivery(1, Qos::AtLeastOnce));
        let going = session.depart(1 << 20);
        assert_eq!(going.len(), 1);
        assert_eq!(&going[0].delivery.message.payload[..], b"1");
    }
}
