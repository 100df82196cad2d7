#![expect(
    clippy::float_cmp,
    reason = "what is compared exactly is the same number"
)]

mod definition;
mod degenerate;
mod kernel;
mod scale;

use matinee::catalogue::{Genre, Movie, MovieId};

use super::{UnwatchedSettings, UnwatchedWeights, Watched, unwatched};
use crate::NoProgress;
use crate::preferences::Preferences;
use crate::weights::{Linear, LinearSettings, SparseWeights, WeightsError};

/// A film of which nothing is known.
fn blank(number: usize) -> Movie {
    Movie::new(MovieId::new("film", number).unwrap(), "", None)
}

/// A film of a year.
fn of_year(number: usize, year: u16) -> Movie {
    Movie {
        year: Some(year),
        ..blank(number)
    }
}

/// Films with all kinds of facts, by a rule that looks like chance; of some films something is not
/// known.
fn films(count: usize) -> Vec<Movie> {
    let words = ["sea", "star", "duel", "train", "house", "winter", "letter"];
    let film = |number: usize| {
        let word = |step: usize| words[(number * step + number / 3) % words.len()];
        Movie {
            year: (number % 7 != 3).then_some(1960 + (number * 37 % 61) as u16),
            genres: vec![Genre::ALL[number % 5], Genre::ALL[number * 3 % 11]],
            language: ["en", "en", "fr", ""][number % 4].to_owned(),
            overview: format!("{} {} {}", word(1), word(2), word(5)),
            votes: (number * number % 97 * 40) as u32,
            vote_average: Some(4.0 + (number * 13 % 50) as f32 / 10.0),
            ..blank(number)
        }
    };
    (0..count).map(film).collect()
}

/// Viewers of the first `watched` of `films` films, some of whom have none.
fn viewers(count: usize, watched: usize, films: usize) -> Preferences {
    let of_watched = crate::weights::tests::invented(count, watched, 9);
    // Each film has a viewer.
    let everything = (0..watched as u32).collect();
    let rows = of_watched.rows().map(<[u32]>::to_vec);
    Preferences::new(films, rows.chain([vec![], everything]))
}

/// Weights between watched films.
fn learned(preferences: &Preferences) -> Result<(Linear, SparseWeights), WeightsError> {
    let settings = LinearSettings {
        viewer_damping: 0.5,
        ..LinearSettings::ease(5.0)
    };
    let linear = Linear::new(preferences, &[], &settings, 20_000, &NoProgress)?;
    let solution = linear.solve(&settings, &NoProgress)?;
    let weights = linear.sparse(&solution, 200, &NoProgress)?;
    Ok((linear, weights))
}

/// Weights for those of the films that nobody has.
fn weights(
    films: &[Movie],
    preferences: &Preferences,
    settings: &UnwatchedSettings,
) -> Result<UnwatchedWeights, WeightsError> {
    let (linear, weights) = learned(preferences)?;
    let watched = Watched {
        preferences,
        films: linear.films(),
        gram: linear.gram(),
        weights: &weights,
    };
    unwatched(films, &[], &watched, settings, &NoProgress)
}

/// A row by film, zeros in between.
fn dense(weights: &UnwatchedWeights, film: usize) -> Vec<f32> {
    let mut row = vec![0.0; weights.by_target.rows()];
    for (source, weight) in weights.by_target.row(film) {
        row[source as usize] = weight;
    }
    row
}

/// Regression on facts alone, every weight kept, as it is.
fn plain() -> UnwatchedSettings {
    UnwatchedSettings {
        smoothing: 0.0,
        neighbours: usize::MAX,
        scale: Some(1.0),
        ..UnwatchedSettings::default()
    }
}
