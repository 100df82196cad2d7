//! Messages that are kept for who subscribes later: the last one of each topic that was published so.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use super::limits::{RETAINED, RETAINED_BYTES};
use super::message::Message;
use super::seldom::Seldom;
use super::topic::{is_pattern, matches};

#[derive(Debug, Default)]
pub(super) struct RetainedMessages {
    messages: HashMap<Arc<str>, Message>,
    /// How much memory they take.
    bytes: usize,
    left_out: Seldom,
}

impl RetainedMessages {
    /// Keeps a message in place of the one before; one without a payload only takes that away. Where there
    /// is no room for it the topic has none afterwards: the one before is out of date.
    pub(super) fn keep(&mut self, message: &Message) {
        if let Some(before) = self.messages.remove(&message.topic) {
            self.bytes -= before.weight();
        }
        if message.payload.is_empty() {
            return;
        }
        let weight = message.weight();
        if self.messages.len() >= RETAINED || self.bytes + weight > RETAINED_BYTES {
            if let Some(times) = self.left_out.again(Instant::now()) {
                let (topic, kept, bytes) = (&*message.topic, self.messages.len(), self.bytes);
                tracing::warn!(
                    topic,
                    kept,
                    bytes,
                    times,
                    "too much to retain another message"
                );
            }
            return;
        }
        self.bytes += weight;
        let topic = Arc::clone(&message.topic);
        self.messages.insert(topic, message.clone());
    }

    /// Those whose topics match a valid filter: a lookup where it has no wildcard, and otherwise a look at
    /// all.
    pub(super) fn matching<'a>(&'a self, filter: &'a str) -> impl Iterator<Item = &'a Message> {
        let pattern = is_pattern(filter);
        let exact = (!pattern).then(|| self.messages.get(filter)).flatten();
        let all = pattern
            .then(|| self.messages.values())
            .into_iter()
            .flatten();
        let found = all.filter(move |message| matches(filter, &message.topic));
        exact.into_iter().chain(found)
    }

    /// Forgets those that are too old to be delivered.
    pub(super) fn sweep(&mut self, now: Instant) {
        let bytes = &mut self.bytes;
        self.messages.retain(|_, message| {
            let stays = message.expires.is_none_or(|expires| expires > now);
            *bytes -= if stays { 0 } else { message.weight() };
            stays
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(kept: &RetainedMessages, filter: &str) -> Vec<String> {
        let found = kept.matching(filter).map(|found| found.topic.to_string());
        let mut found: Vec<_> = found.collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn filters_with_and_without_wildcards_find_what_they_match() {
        let mut kept = RetainedMessages::default();
        for topic in ["a", "a/b", "a/c", "$x/b"] {
            kept.keep(&Message::new(topic, "1"));
        }
        assert_eq!(topics(&kept, "a/b"), ["a/b"]);
        assert_eq!(topics(&kept, "a/d"), [""; 0]);
        assert_eq!(topics(&kept, "a/+"), ["a/b", "a/c"]);
        assert_eq!(topics(&kept, "#"), ["a", "a/b", "a/c"]);
        assert_eq!(topics(&kept, "$x/b"), ["$x/b"]);
    }

    #[test]
    fn nothing_is_left_of_what_was_taken_away_or_is_too_old() {
        let mut kept = RetainedMessages::default();
        kept.keep(&Message::new("a", "1"));
        kept.keep(&Message::new("a", "another"));
        assert_eq!(kept.messages.len(), 1);
        kept.keep(&Message::new("a", ""));
        assert_eq!((kept.messages.len(), kept.bytes), (0, 0));
        let mut old = Message::new("a", "1");
        old.expires = Some(Instant::now());
        kept.keep(&old);
        kept.sweep(Instant::now());
        assert_eq!((kept.messages.len(), kept.bytes), (0, 0));
    }

    #[test]
    fn what_is_retained_is_bounded_in_number() {
        let mut kept = RetainedMessages::default();
        for number in 0..=RETAINED {
            kept.keep(&Message::new(number.to_string(), "1"));
        }
        assert_eq!(kept.messages.len(), RETAINED);
        kept.keep(&Message::new("0", "2"));
        assert_eq!(kept.matching("0").next().unwrap().payload, "2");
    }

    #[test]
    fn what_is_retained_is_bounded_in_memory_and_never_out_of_date() {
        let mut kept = RetainedMessages::default();
        let half = vec![b'x'; RETAINED_BYTES / 2];
        kept.keep(&Message::new("a", half.clone()));
        kept.keep(&Message::new("b", half));
        assert_eq!(topics(&kept, "#"), ["a"]);
        kept.keep(&Message::new("a", vec![b'x'; RETAINED_BYTES]));
        assert_eq!(topics(&kept, "#"), [""; 0]);
        kept.keep(&Message::new("b", "1"));
        assert_eq!(topics(&kept, "#"), ["b"]);
    }
}
