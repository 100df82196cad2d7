//! How much memory is taken by messages that wait for somebody.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What all of them take together, in bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Total(Arc<AtomicUsize>);

impl Total {
    /// How much is taken now.
    pub(super) fn taken(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// A part that has nothing yet.
    pub(super) fn part(&self) -> Part {
        Part {
            total: self.clone(),
            taken: 0,
        }
    }
}

/// What one of them takes; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Part {
    total: Total,
    taken: usize,
}

impl Part {
    /// What this one takes.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// What all take together.
    pub(super) fn taken_by_all(&self) -> usize {
        self.total.taken()
    }

    pub(super) fn take(&mut self, bytes: usize) {
        self.taken += bytes;
        self.total.0.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Gives back some of what was taken.
    pub(super) fn give_back(&mut self, bytes: usize) {
        self.taken -= bytes;
        self.total.0.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.give_back(self.taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_what_those_take_that_are_still_there() {
        let total = Total::default();
        let (mut one, mut other) = (total.part(), total.part());
        one.take(5);
        other.take(7);
        one.give_back(2);
        assert_eq!((one.taken(), one.taken_by_all()), (3, 10));
        drop(other);
        assert_eq!(total.taken(), 3);
    }
}
