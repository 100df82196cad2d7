//! A part set apart to choose settings by.

use super::WeightsError;
use crate::evaluate::{RecallOver, Scorer, accuracy};
use crate::preferences::Preferences;
use matinee::recommend::top_k;
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// How many films of a list are looked at.
const CUTOFF: usize = 20;

/// What a model learns from and what it has to find, for the same viewers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// A row for each viewer.
    pub train: Preferences,
    /// A row for each viewer: what is held back.
    pub held_back: Preferences,
}

impl Validation {
    /// Holds back a share of each viewer's films: share × films, rounded, and never all. At most
    /// `viewers` viewers lose any, those who come first by chance; the films are drawn by chance too.
    /// Both depend on `seed` and the numbers of viewer and film alone.
    pub fn carve(preferences: &Preferences, share: f64, seed: u64, viewers: usize) -> Self {
        let drawn = |viewer: u64, film: u64| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&viewer.to_le_bytes());
            bytes[8..].copy_from_slice(&film.to_le_bytes());
            xxh3_64_with_seed(&bytes, seed)
        };
        let held_back_of = |row: &[u32]| {
            #[expect(
                clippy::cast_sign_loss,
                reason = "a negative share becomes 0, as it should"
            )]
            let share = (row.len() as f64 * share).round() as usize;
            share.min(row.len().saturating_sub(1))
        };
        let mut chosen: Vec<(u64, usize)> = preferences
            .rows()
            .enumerate()
            .filter(|(_, row)| held_back_of(row) > 0)
            // No film has this number, so that no draw among films repeats this one.
            .map(|(viewer, _)| (drawn(viewer as u64, u64::MAX), viewer))
            .collect();
        chosen.sort_unstable();
        chosen.truncate(viewers);
        let mut chosen: Vec<usize> = chosen.into_iter().map(|(_, viewer)| viewer).collect();
        chosen.sort_unstable();
        let (mut train, mut held_back) = (Vec::new(), Vec::new());
        for (viewer, row) in preferences.rows().enumerate() {
            let mut films = row.to_vec();
            let count = match chosen.binary_search(&viewer) {
                Ok(_) => held_back_of(row),
                Err(_) => 0,
            };
            if count > 0 {
                films.sort_by_key(|film| (drawn(viewer as u64, u64::from(*film)), *film));
            }
            held_back.push(films.drain(..count).collect());
            train.push(films);
        }
        Self {
            train: Preferences::new(preferences.films(), train),
            held_back: Preferences::new(preferences.films(), held_back),
        }
    }

    /// The NDCG@20 of each viewer of whom films are held back, in the order of viewers: the films of
    /// the training row are not ranked.
    ///
    /// # Errors
    /// [`WeightsError::NotANumber`] when the model gives a score that is none.
    pub fn ndcg(&self, scorer: &dyn Scorer) -> Result<Vec<f64>, WeightsError> {
        let rows: Vec<(&[u32], &[u32])> = self.train.rows().zip(self.held_back.rows()).collect();
        rows.into_par_iter()
            .filter(|(_, held_back)| !held_back.is_empty())
            .map_init(
                || vec![0.0; self.train.films()],
                |scores, (row, held_back)| {
                    scorer.scores(row, scores);
                    if scores.iter().any(|score| score.is_nan()) {
                        return Err(WeightsError::NotANumber);
                    }
                    let films = 0..self.train.films() as u32;
                    let candidates = films.filter(|film| row.binary_search(film).is_err());
                    let list = top_k(candidates.map(|film| (film, scores[film as usize])), CUTOFF);
                    let hits: Vec<bool> = list
                        .iter()
                        .map(|(film, _)| held_back.binary_search(film).is_ok())
                        .collect();
                    let test = RecallOver::TestFilms;
                    Ok(accuracy(&hits, held_back.len(), CUTOFF, test).ndcg)
                },
            )
            .collect()
    }
}
