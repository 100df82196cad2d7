use std::path::PathBuf;

use super::Counts;
use crate::ingest::ImportError;
use crate::weights::WeightsError;

/// Why a model could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A file was not read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Nobody likes anything.
    #[error(
        "none of the {interactions} interactions counts as a like: expected films watched or \
         liked, or rated {min_stars} of 5 stars or more{}",
        best_rating(*.most_stars)
    )]
    NoLikes {
        /// Interactions read.
        interactions: u64,
        /// The stars of five from which a rating is a like.
        min_stars: f64,
        /// The highest rating there is, in stars of five.
        most_stars: Option<f64>,
    },
    /// A share that leaves nothing on one side.
    #[error("the share held back must be above 0 and below 1, found {0}")]
    Share(f64),
    /// Everything happened at once.
    #[error(
        "the interactions cannot be split by time: expected some before the newest {share} of \
         them, found all of these at one time or later"
    )]
    OneTime {
        /// The share held back.
        share: f64,
    },
    /// Nobody to measure.
    #[error(
        "no viewer has both training films and test films: {} viewers have training films, {} \
         have only test films{}; expected viewers of both",
        .0.viewers,
        .0.left_out.viewers_without_training_films,
        only_in_training(.0.left_out.test_films_in_training)
    )]
    NoViewers(Box<Counts>),
    /// Catalogue and items have nothing in common.
    #[error(
        "the catalogue has none of the {items} films, such as {example:?}: expected ids of the \
         same source, as in movielens:{example}, or a catalogue with links to it"
    )]
    NothingInCatalogue {
        /// How many different ids there are.
        items: usize,
        /// One of them.
        example: String,
    },
    /// No film takes part.
    #[error(
        "no film is both in {} and in another catalogue: expected ids in common, or links such as \
         links.csv beside the interactions",
        .interactions.display()
    )]
    NothingJoins {
        /// The interactions.
        interactions: PathBuf,
    },
    /// None or all films are unseen.
    #[error(
        "{unseen} of the {films} films are unseen: expected some, and others to learn from; the \
         file names {named}, of which {unknown} are none of the films"
    )]
    NothingUnseen {
        /// Films that are unseen.
        unseen: usize,
        /// Films that take part.
        films: usize,
        /// Ids in the file.
        named: usize,
        /// Those of them that no film has.
        unknown: usize,
    },
    /// A file that names no film.
    #[error("{path} is empty: expected the id of an unseen film on each line")]
    NoUnseen {
        /// The file.
        path: PathBuf,
    },
    /// A model of facts, without facts.
    #[error(
        "{model} compares what a catalogue says of films: expected a catalogue that has them, \
         found overview or genres of none"
    )]
    NoFacts {
        /// The model.
        model: &'static str,
    },
    /// A model of what viewers have, for films that nobody has.
    #[error(
        "{model} learns from viewers alone and knows nothing of unseen films: expected a model that \
         compares facts, such as matinee"
    )]
    OnlySeen {
        /// The model.
        model: &'static str,
    },
    /// More films than may be solved densely.
    #[error(
        "{films} films are more than {limit}, the most that are solved densely; set DENSE_FILMS \
         higher if there is memory enough: 20 bytes for each pair of films"
    )]
    TooManyFilms {
        /// Films that somebody has.
        films: usize,
        /// The most films.
        limit: usize,
    },
    /// Weights could not be learned.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A model that is broken.
    #[error("the model gave a score that is not a number: it cannot be measured")]
    NotANumber,
}

fn best_rating(most: Option<f64>) -> String {
    most.map_or_else(String::new, |most| {
        format!("; the highest rating is {most} of 5: a lower bound (--min-stars) would count it")
    })
}

fn only_in_training(films: u64) -> String {
    match films {
        0 => String::new(),
        films => format!(", and {films} test films are training films of the same viewer"),
    }
}
