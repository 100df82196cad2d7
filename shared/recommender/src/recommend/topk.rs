use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// An item with its score; ordered so that the *worst* of a heap comes out first.
#[derive(PartialEq)]
struct Ranked {
    item: u32,
    score: f32,
}

impl Eq for Ranked {}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .score
            .total_cmp(&self.score)
            .then(self.item.cmp(&other.item))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The `k` items of highest score, best first; of equal scores the smaller item comes first.
///
/// O(n log k) time and O(k) memory for n items. Scores must not be NaN.
pub fn top_k(items: impl IntoIterator<Item = (u32, f32)>, k: usize) -> Vec<(u32, f32)> {
    let mut best = Best::new(k);
    for (item, score) in items {
        best.offer(item, score, || true);
    }
    best.into_sorted()
}

/// Collects what [`top_k`] gives, asking whether an item may be taken only where its score would do:
/// of n items in no particular order about k · ln(n / k) are asked about.
pub(super) struct Best {
    heap: BinaryHeap<Ranked>,
    k: usize,
}

impl Best {
    /// Nothing yet, and at most `k` items later.
    pub(super) fn new(k: usize) -> Self {
        Self {
            heap: BinaryHeap::with_capacity(k.min(1 << 16)),
            k,
        }
    }

    /// Takes an item, whose score is not NaN, if it is among the best and may be taken.
    pub(super) fn offer(&mut self, item: u32, score: f32, may: impl FnOnce() -> bool) {
        let ranked = Ranked { item, score };
        if self.heap.len() < self.k {
            if may() {
                self.heap.push(ranked);
            }
        } else if let Some(mut worst) = self.heap.peek_mut()
            && ranked < *worst
            && may()
        {
            *worst = ranked;
        }
    }

    /// Items and scores, the best first.
    pub(super) fn into_sorted(self) -> Vec<(u32, f32)> {
        let sorted = self.heap.into_sorted_vec().into_iter();
        sorted.map(|ranked| (ranked.item, ranked.score)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::top_k;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_fast_way_gives_what_sorting_and_cutting_gives(
            // Few distinct scores, so that ties are common.
            scores in prop::collection::vec(-3i8..3, 0..200),
            k in 0usize..40,
        ) {
            let items: Vec<(u32, f32)> =
                scores.iter().enumerate().map(|(i, s)| (i as u32, f32::from(*s))).collect();
            let mut sorted = items.clone();
            sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            sorted.truncate(k);
            prop_assert_eq!(top_k(items, k), sorted);
        }
    }
}
