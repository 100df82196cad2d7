mod files;
mod metrics;
mod models;
mod naive;
mod protocols;
mod unseen;

use matinee::catalogue::{Movie, MovieId};

use super::{Counts, Ranked, Scorer, Task, Test};
use crate::preferences::Preferences;

/// Films of which nothing but an id is known.
fn films(count: usize) -> Vec<Movie> {
    (0..count)
        .map(|number| Movie::new(MovieId::new("item", number).unwrap(), "", None))
        .collect()
}

/// A task over `width` films: training rows, and what is held back from whom.
fn task(width: usize, train: Vec<Vec<u32>>, tests: Vec<Test>, ranked: Ranked) -> Task {
    Task {
        films: films(width),
        train: Preferences::new(width, train),
        validation: None,
        tests,
        ranked,
        counts: Counts::default(),
    }
}

fn test(viewer: u32, films: &[u32], unknown: u32) -> Test {
    Test {
        viewer,
        films: films.to_vec(),
        unknown,
    }
}

/// The same scores for everybody.
struct Same(Vec<f32>);

impl Scorer for Same {
    fn scores(&self, _history: &[u32], scores: &mut [f32]) {
        scores.copy_from_slice(&self.0);
    }
}
