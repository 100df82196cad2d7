//! What is measured on one list and over all of them.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

/// How many films from the top of a list are looked at.
pub const CUTOFFS: [usize; 4] = [5, 10, 20, 50];

/// The longest list that is looked at.
pub(super) const LONGEST: usize = CUTOFFS[CUTOFFS.len() - 1];

/// What Recall@k divides the hits by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecallOver {
    /// The viewer's test films, however many.
    TestFilms,
    /// As many of them as fit into the list: min(k, test films).
    AtMostK,
}

/// How good the first k films of one viewer's list are, each 0..=1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Accuracy {
    /// Hits over the number of test films, or over those that fit ([`RecallOver`]).
    pub recall: f64,
    /// Normalised discounted cumulative gain: the sum of 1 / log2(rank + 1) over the hits, over
    /// what it is when every film is a hit up to min(k, test films). Ranks count from 1.
    pub ndcg: f64,
    /// Average precision: the sum over the hits of the share of hits down to that rank, over
    /// min(k, test films).
    pub average_precision: f64,
}

/// Measures the first `k` films of a list in which `hits` says of each, best first, whether it is
/// one of the viewer's `test_films`.
pub fn accuracy(hits: &[bool], test_films: usize, k: usize, recall: RecallOver) -> Accuracy {
    let fitting = k.min(test_films);
    if fitting == 0 {
        return Accuracy::default();
    }
    let mut found = 0_u32;
    let (mut gain, mut precisions) = (0.0, 0.0);
    for (at, hit) in hits.iter().take(k).enumerate() {
        if *hit {
            found += 1;
            gain += discount(at);
            precisions += f64::from(found) / (at + 1) as f64;
        }
    }
    let ideal: f64 = (0..fitting).map(discount).sum();
    let recall_over = match recall {
        RecallOver::TestFilms => test_films,
        RecallOver::AtMostK => fitting,
    };
    Accuracy {
        recall: f64::from(found) / recall_over as f64,
        ndcg: gain / ideal,
        average_precision: precisions / fitting as f64,
    }
}

/// What a hit is worth at a place counted from 0.
fn discount(at: usize) -> f64 {
    1.0 / ((at + 2) as f64).log2()
}

/// How much one learns from a film that `count` of `viewers` have, in bits:
/// -log2((count + 1) / (viewers + 1)). The one more keeps a film that nobody has finite.
pub fn self_information(count: u32, viewers: usize) -> f64 {
    -((f64::from(count) + 1.0) / (viewers as f64 + 1.0)).log2()
}

/// What was measured at one cutoff.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AtCutoff {
    /// Mean [`Accuracy::recall`] over the viewers, 0..=1.
    pub recall: f64,
    /// Mean [`Accuracy::ndcg`] over the viewers, 0..=1.
    pub ndcg: f64,
    /// Mean [`Accuracy::average_precision`] over the viewers, 0..=1.
    pub map: f64,
    /// The share of the films that could be recommended which stand in some viewer's first k,
    /// 0..=1.
    pub coverage: f64,
    /// The mean [`self_information`] of a list's first k films, averaged over the viewers, in bits.
    pub novelty: f64,
}

/// What was measured at each of [`CUTOFFS`]. As JSON one object with keys like `recall@20`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metrics(pub [AtCutoff; CUTOFFS.len()]);

impl Metrics {
    /// Each cutoff with what was measured at it.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &AtCutoff)> {
        CUTOFFS.into_iter().zip(&self.0)
    }

    /// What was measured at a cutoff, one of [`CUTOFFS`].
    pub fn at(&self, k: usize) -> Option<&AtCutoff> {
        self.iter()
            .find_map(|(cutoff, measured)| (cutoff == k).then_some(measured))
    }
}

/// A metric's name and how it is read from what was measured at a cutoff.
type Named = (&'static str, fn(&AtCutoff) -> f64);

const NAMED: [Named; 5] = [
    ("recall", |measured| measured.recall),
    ("ndcg", |measured| measured.ndcg),
    ("map", |measured| measured.map),
    ("coverage", |measured| measured.coverage),
    ("novelty", |measured| measured.novelty),
];

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(NAMED.len() * CUTOFFS.len()))?;
        for (name, value) in NAMED {
            for (k, measured) in self.iter() {
                map.serialize_entry(&format!("{name}@{k}"), &value(measured))?;
            }
        }
        map.end()
    }
}
