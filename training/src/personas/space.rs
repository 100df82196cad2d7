//! The dimensions of taste.

use std::collections::BTreeMap;

use matinee::model::{Catalogue, MovieIndex};
use matinee::taste::{Dimension, TasteSpace, Trait, TraitKind, traits_of};
use serde::Serialize;

/// Which traits tell taste, and how much those of each kind count.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpaceSettings {
    /// The least part of the films liked that must have a trait, 0..=1. Default 0.02.
    pub least_part: f64,
    /// The most traits of each kind, in the order of [`TraitKind::ALL`]; those that most of the
    /// films liked have are taken.
    pub most: [usize; 5],
    /// How much each kind counts, in the same order; 0 leaves it out.
    pub weights: [f64; 5],
}

impl Default for SpaceSettings {
    fn default() -> Self {
        Self {
            least_part: 0.02,
            most: [22, 16, 40, 12, 8],
            weights: [1.0, 0.7, 0.25, 0.5, 0.5],
        }
    }
}

/// The space of the traits that the films of these viewers have.
///
/// A trait's mean m is the mean of the viewers' parts of films that have it. Its factor is its
/// kind's weight over √(m·(1 − m)): the part among n films picked by chance varies with that over
/// √n, so that a rare trait and a common one count alike where chance alone moves them.
pub(super) fn learn(
    catalogue: &Catalogue,
    rows: &[&[u32]],
    settings: &SpaceSettings,
) -> TasteSpace {
    // What each film counts: the sum over the viewers who like it of 1 / films they like.
    let mut counts = vec![0.0f64; catalogue.len()];
    for row in rows {
        for film in *row {
            counts[*film as usize] += 1.0 / row.len() as f64;
        }
    }
    let mut parts: BTreeMap<Trait, f64> = BTreeMap::new();
    for (film, count) in (0..).map(MovieIndex).zip(&counts) {
        if *count > 0.0 {
            let mut traits = Vec::new();
            traits_of(catalogue.get(film), |kind, value| {
                traits.push((kind, value.to_owned()));
            });
            traits.sort_unstable();
            traits.dedup();
            for (kind, value) in traits {
                *parts.entry(Trait { kind, value }).or_default() += count / rows.len() as f64;
            }
        }
    }
    let kinds = TraitKind::ALL
        .into_iter()
        .zip(settings.most)
        .zip(settings.weights);
    let dimensions = kinds.flat_map(|((kind, most), weight)| {
        let told = |part: f64| weight > 0.0 && part >= settings.least_part && part < 1.0 - 1e-9;
        let mine = parts
            .iter()
            .filter(|(about, part)| about.kind == kind && told(**part));
        let mut mine: Vec<_> = mine.collect();
        mine.sort_by(|a, b| b.1.total_cmp(a.1).then(a.0.cmp(b.0)));
        mine.truncate(most);
        mine.into_iter().map(move |(about, part)| Dimension {
            about: about.clone(),
            mean: *part as f32,
            factor: ((weight / (part * (1.0 - part)).sqrt()) as f32).min(Dimension::MAX_FACTOR),
        })
    });
    TasteSpace::new(dimensions.collect())
}
