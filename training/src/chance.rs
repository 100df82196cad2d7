//! Chance that is the same on every machine.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A generator: the numbers 0, 1, 2, … hashed with a seed.
pub(crate) struct Chance {
    seed: u64,
    drawn: u64,
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    fn bits(&mut self) -> u64 {
        self.drawn += 1;
        xxh3_64_with_seed(&self.drawn.to_le_bytes(), self.seed)
    }

    /// Evenly from 0 to 1, 1 not included.
    pub(crate) fn share(&mut self) -> f64 {
        // As many bits as a fraction of 64 bits has.
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// `most` of the numbers below `all` in a random order, each once; all of them where there are
    /// no more.
    pub(crate) fn sample(&mut self, all: usize, most: usize) -> Vec<usize> {
        let mut order: Vec<(u64, usize)> = (0..all).map(|at| (self.bits(), at)).collect();
        order.sort_unstable();
        order.truncate(most);
        order.into_iter().map(|(_, at)| at).collect()
    }
}
