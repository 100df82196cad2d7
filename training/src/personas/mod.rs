//! Kinds of viewers: k-means on taste vectors, with as many kinds as separate best.
//!
//! The way: the traits that enough of the films liked have become the dimensions of a
//! [`TasteSpace`]; viewers who like enough films become vectors in it; for every number of kinds
//! k-means runs a few times from k-means++ seeds (Arthur and Vassilvitskii, "k-means++: The
//! Advantages of Careful Seeding", 2007), and the number is taken whose mean silhouette (Rousseeuw,
//! "Silhouettes", 1987) is highest, or the largest that lies within two standard errors of that.
//! Everything is deterministic: same data and seed, same personas, whatever the number of threads.
//!
//! The k-means is our own, some hundred lines of it: linfa-clustering has one, but no silhouette on a
//! sample, brings ndarray and a second generator of chance into a program that has no other use for
//! either, and does not promise that its sums keep their order on other numbers of threads.

mod kmeans;
mod silhouette;
mod space;
#[cfg(test)]
mod tests;

use matinee::model::{Catalogue, MovieIndex};
use matinee::taste::{PERSONA_AFTER, Persona, Personas, TasteSpace};
use rayon::prelude::*;
use serde::Serialize;

use crate::chance::Chance;
use crate::preferences::Preferences;
use kmeans::{Clusters, k_means};
use silhouette::Distances;

pub use silhouette::Silhouette;
pub use space::SpaceSettings;

/// How personas are found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PersonaSettings {
    /// The dimensions of taste.
    pub space: SpaceSettings,
    /// How many liked films a viewer must have to be learned from, at least 1. Default 5.
    pub least_films: usize,
    /// The most kinds, 1..=64. Default 12.
    pub most: usize,
    /// The least share of the viewers that each kind must have, 0..=1. Default 0.02: a few odd
    /// viewers far from all others are no kind.
    pub least_share: f32,
    /// The most viewers that k-means learns from; more are sampled. Default 5,000.
    pub sample: usize,
    /// The most viewers that silhouettes are measured on, the first of that sample. Default 2,000.
    pub measured: usize,
    /// How often k-means runs for each number of kinds; the run nearest to its viewers counts.
    /// At least 1. Default 4.
    pub runs: usize,
    /// Another one samples and begins otherwise.
    pub seed: u64,
}

impl Default for PersonaSettings {
    fn default() -> Self {
        Self {
            space: SpaceSettings::default(),
            least_films: PERSONA_AFTER,
            most: 12,
            least_share: 0.02,
            sample: 5_000,
            measured: 2_000,
            runs: 4,
            seed: 1,
        }
    }
}

/// Personas, and how they were found.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundPersonas {
    /// What a model takes.
    pub personas: Personas,
    /// Viewers with enough films: those whose shares the personas have.
    pub viewers: usize,
    /// The silhouette of every number of kinds that was tried, ascending by number. A number is missing where so many different viewers are not there, or where a kind had too
    /// few of them.
    pub silhouettes: Vec<(usize, Silhouette)>,
}

impl FoundPersonas {
    /// The mean silhouette of the number of kinds that was taken; `None` where there is one kind.
    pub fn silhouette(&self) -> Option<f64> {
        let taken = self.personas.all.len();
        let mut silhouettes = self.silhouettes.iter();
        silhouettes.find(|(k, _)| *k == taken).map(|(_, s)| s.mean)
    }
}

/// Finds kinds of viewers; the films of `liked` are the rows of `catalogue`. `None` where no viewer
/// likes enough films, or taste is told by nothing because all films are alike.
///
/// Viewers of one taste, or no number of kinds that separates them, give one kind.
///
/// O(interactions) and, with n sampled viewers, d dimensions and m measured ones,
/// O(n · d · most² · runs) a round of k-means and O(m² · d).
///
/// # Panics
/// When `liked` has another number of films than `catalogue`.
pub fn find_personas(
    catalogue: &Catalogue,
    liked: &Preferences,
    settings: &PersonaSettings,
) -> Option<FoundPersonas> {
    assert_eq!(liked.films(), catalogue.len(), "films of another catalogue");
    let enough = |row: &&[u32]| row.len() >= settings.least_films.max(1);
    let rows: Vec<&[u32]> = liked.rows().filter(enough).collect();
    let space = space::learn(catalogue, &rows, &settings.space);
    if rows.is_empty() || space.is_empty() {
        return None;
    }
    let films = (0..catalogue.len() as u32).map(MovieIndex);
    let places: Vec<Vec<u32>> = films
        .map(|film| space.places(catalogue.get(film)))
        .collect();
    let vector = |row: &&[u32]| vector(&space, &places, row);
    let mut chance = Chance::new(settings.seed);
    let sampled = chance.sample(rows.len(), settings.sample.max(1));
    let points: Vec<Vec<f32>> = sampled.par_iter().map(|at| vector(&rows[*at])).collect();
    let (clusters, silhouettes) = choose(&points, settings);
    let mean = mean(&points);
    let mut personas = Personas {
        all: clusters
            .centres
            .into_iter()
            .map(|centre| Persona {
                traits: marks(&centre, &mean),
                centre,
                share: 0.0,
            })
            .collect(),
        space: space.clone(),
    };
    let nearest: Vec<usize> = rows
        .par_iter()
        .map(|row| personas.nearest(&vector(row)).unwrap_or_default())
        .collect();
    for (place, persona) in personas.all.iter_mut().enumerate() {
        let members = nearest.iter().filter(|nearest| **nearest == place).count();
        persona.share = (members as f64 / rows.len() as f64) as f32;
    }
    personas.all.sort_by(|a, b| b.share.total_cmp(&a.share));
    Some(FoundPersonas {
        personas,
        viewers: rows.len(),
        silhouettes,
    })
}

/// The taste vector of a viewer who likes these films, at least one.
fn vector(space: &TasteSpace, places: &[Vec<u32>], row: &[u32]) -> Vec<f32> {
    let liked = row.iter().map(|film| (&places[*film as usize], 1.0));
    space.vector(liked).unwrap_or_default()
}

/// The clusters of the number that [`best`] takes, and all silhouettes.
fn choose(points: &[Vec<f32>], settings: &PersonaSettings) -> (Clusters, Vec<(usize, Silhouette)>) {
    let measured = points.len().min(settings.measured.max(2));
    let distances = Distances::new(&points[..measured]);
    // With as many kinds as viewers nobody has company to be near to.
    let most = settings
        .most
        .clamp(1, Personas::MOST)
        .min(measured.saturating_sub(1));
    let least = f64::from(settings.least_share) * points.len() as f64;
    let mut tried = Vec::new();
    let mut silhouettes = Vec::new();
    for k in 2..=most {
        let Some(clusters) = k_means(points, k, settings.runs, settings.seed) else {
            break;
        };
        if clusters.sizes().iter().all(|size| *size as f64 >= least) {
            let silhouette = distances.silhouette(&clusters.members[..measured], k);
            silhouettes.push((k, silhouette));
            tried.push(clusters);
        }
    }
    let taken = best(&silhouettes).map(|place| tried.swap_remove(place));
    (taken.unwrap_or_else(|| Clusters::one(points)), silhouettes)
}

/// The place of the number of kinds to take: the last whose silhouette is no more than two standard
/// errors below the highest, for more kinds tell a viewer more, and so small a difference is chance.
/// `None` where no silhouette is above 0.
fn best(silhouettes: &[(usize, Silhouette)]) -> Option<usize> {
    let all = silhouettes.iter().map(|(_, silhouette)| silhouette);
    let highest = all.max_by(|a, b| a.mean.total_cmp(&b.mean))?;
    let least = highest.mean - 2.0 * highest.error;
    let good = |(_, s): &(usize, Silhouette)| s.mean > 0.0 && s.mean >= least;
    silhouettes.iter().rposition(good)
}

/// The mean of the vectors.
fn mean(points: &[Vec<f32>]) -> Vec<f32> {
    Clusters::one(points).centres.remove(0)
}

/// The most traits that a persona is told by.
const MARKS: usize = 6;

/// How far a centre must lie above the mean of all viewers for a trait to be told, vectors being of
/// length 1.
const LEAST_MARK: f32 = 0.05;

/// The dimensions in which a centre lies above the mean of all viewers, the furthest first.
fn marks(centre: &[f32], mean: &[f32]) -> Vec<u32> {
    let above = centre.iter().zip(mean).map(|(centre, mean)| centre - mean);
    let mut marks: Vec<(u32, f32)> = (0..).zip(above).collect();
    marks.retain(|(_, above)| *above >= LEAST_MARK);
    marks.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    marks.truncate(MARKS);
    marks.into_iter().map(|(place, _)| place).collect()
}
