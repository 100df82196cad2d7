//! What is known of directors: how far films of theirs lie above or below what films like these get.
//!
//! A director's effect on a film is the mean of a Gaussian process over year and genres, given the
//! director's rated films: what they have in common with the film counts, and little is concluded
//! from few films (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, equation
//! 2.25). Directors are independent of each other, so that each is solved exactly, by itself.

use super::Facts;

/// How films of one director go together: the covariance of their effects, the variance of a single
/// rating being 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// Of all films of a director.
    pub all: f32,
    /// Of films with the same genres, in proportion to the cosine of their sets.
    pub genres: f32,
    /// Of films of the same time, falling off exponentially.
    pub time: f32,
    /// In how many years the latter falls to a third (1/e), at least 1.
    pub years: f32,
    /// `time` by years between two films.
    fading: Vec<f32>,
}

/// Films further apart, in years, have no time in common.
const APART: usize = 256;

/// 1/√n by the number of genres.
const NORMS: [f32; 4] = [0.0, 1.0, 0.707_106_77, 0.577_350_26];

impl Kernel {
    /// A kernel of these covariances.
    pub fn new(all: f32, genres: f32, time: f32, years: f32) -> Self {
        let fading = (0..APART).map(|apart| time * (-(apart as f32) / years).exp());
        Self {
            all,
            genres,
            time,
            years,
            fading: fading.collect(),
        }
    }

    /// The covariance of two films of one director.
    pub fn covariance(&self, one: Work, other: Work) -> f32 {
        let apart = usize::from(one.year.abs_diff(other.year));
        let time = self.fading.get(apart).copied().unwrap_or(0.0);
        self.all + self.genres * one.likeness(other) + time
    }
}

/// What the kernel sees of a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Work {
    /// Its year.
    pub year: u16,
    /// A bit for each of at most three genres, by its number.
    pub genres: u32,
}

impl Work {
    /// The cosine of the sets of genres; films without any are alike.
    fn likeness(self, other: Self) -> f32 {
        let norm = |work: Self| NORMS.get(work.genres.count_ones() as usize);
        let shared = (self.genres & other.genres).count_ones() as f32;
        match (self.genres, other.genres) {
            (0, 0) => 1.0,
            _ => shared * norm(self).unwrap_or(&0.0) * norm(other).unwrap_or(&0.0),
        }
    }
}

impl From<&Facts> for Work {
    fn from(facts: &Facts) -> Self {
        Self {
            year: facts.year,
            genres: facts.genres,
        }
    }
}

/// What a director's films say of another one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effect {
    /// By how many stars it will lie above films like it.
    pub stars: f32,
    /// How much of them is like it: the sum of the covariances, a rating each.
    pub likeness: f32,
    /// How many ratings there are.
    pub ratings: f32,
}

/// Every director of whom a film was rated.
#[derive(Clone, Debug, PartialEq)]
pub struct Directors {
    /// How their films go together.
    pub kernel: Kernel,
    /// The names as [`director_key`] has them, one behind the other, ascending.
    pub names: String,
    /// Where each name begins in `names`, and where the last one ends.
    pub names_at: Vec<u32>,
    /// Where each director's works begin in `works`, and where the last one's end.
    pub works_at: Vec<u32>,
    /// What was rated: each year and set of genres once a director.
    pub works: Vec<RatedWork>,
}

/// Ratings of films of one director, one year and one set of genres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatedWork {
    /// Of which films.
    pub work: Work,
    /// How many ratings, at least 1.
    pub ratings: u32,
    /// What a unit of covariance with it adds to the effect, in stars.
    pub weight: f32,
}

impl Directors {
    /// The most works of a director; of more, those with the fewest ratings are left out.
    pub const MAX_WORKS: usize = 128;

    /// Nobody.
    pub fn none() -> Self {
        Self {
            kernel: Kernel::new(0.0, 0.0, 0.0, 1.0),
            names: String::new(),
            names_at: vec![0],
            works_at: vec![0],
            works: Vec::new(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.names_at.len() - 1
    }

    /// Whether nobody is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the works of a director say of another one; nothing where the director is unknown.
    pub fn effect(&self, key: &str, work: Work) -> Effect {
        let mut effect = Effect::default();
        for rated in self.works_of(key) {
            let covariance = self.kernel.covariance(work, rated.work);
            effect.stars += covariance * rated.weight;
            effect.likeness += covariance * rated.ratings as f32;
            effect.ratings += rated.ratings as f32;
        }
        effect
    }

    fn works_of(&self, key: &str) -> &[RatedWork] {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.name(middle).cmp(key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    let [start, end] = [middle, middle + 1].map(|at| self.works_at[at] as usize);
                    return &self.works[start..end];
                }
            }
        }
        &[]
    }

    fn name(&self, at: usize) -> &str {
        &self.names[self.names_at[at] as usize..self.names_at[at + 1] as usize]
    }
}

/// A director's name as names are compared: in lower case, with one space between words. People whose
/// names differ in nothing else are one.
pub fn director_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for word in name.split_whitespace() {
        if !key.is_empty() {
            key.push(' ');
        }
        if word.is_ascii() {
            key.extend(word.chars().map(|c| c.to_ascii_lowercase()));
        } else {
            key.extend(word.chars().flat_map(char::to_lowercase));
        }
    }
    key
}
