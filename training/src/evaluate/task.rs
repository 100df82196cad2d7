//! What a model is measured on: films, what viewers have, and what is held back.

use matinee::catalogue::Movie;
use serde::Serialize;

use super::RecallOver;
use crate::preferences::Preferences;

/// A model's task: to rank films for viewers of whom some films are held back.
#[derive(Clone, Debug)]
pub struct Task {
    /// The films by their index. Of a film that no catalogue knows there is an id alone.
    pub films: Vec<Movie>,
    /// What models learn from: a row for each viewer, as wide as there are films.
    pub train: Preferences,
    /// What settings may be chosen by, if anything was set apart for that: the rows of `train`. It
    /// is neither masked nor measured.
    pub validation: Option<Preferences>,
    /// The viewers to rank films for, in the order of their rows, each at most once.
    pub tests: Vec<Test>,
    /// Which films are ranked.
    pub ranked: Ranked,
    /// What was read and what was left out.
    pub counts: Counts,
}

/// A viewer and the films held back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Test {
    /// The viewer's row.
    pub viewer: u32,
    /// The films held back, ascending.
    pub films: Vec<u32>,
    /// How many more are held back that nobody has in training: no list can have them, and they
    /// count as test films nevertheless.
    pub unknown: u32,
}

impl Test {
    /// How many films are held back.
    pub fn len(&self) -> usize {
        self.films.len() + self.unknown as usize
    }

    /// Whether none is held back: such a viewer is not measured.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Which films are ranked. Those of the viewer's own row never are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ranked {
    /// All of them.
    All,
    /// These alone, ascending: the films that training saw nothing of.
    Unseen(Vec<u32>),
}

impl Ranked {
    /// What Recall@k divides by.
    pub fn recall_over(&self) -> RecallOver {
        match self {
            Self::All => RecallOver::TestFilms,
            Self::Unseen(_) => RecallOver::AtMostK,
        }
    }
}

/// How much there is of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Viewers with training films.
    pub viewers: u64,
    /// Viewers measured: those with test films.
    pub viewers_measured: u64,
    /// Films that a list could have.
    pub films: u64,
    /// Films with facts of a catalogue.
    pub films_in_catalogue: u64,
    /// Pairs of a viewer and a film to learn from.
    pub interactions: u64,
    /// Pairs to choose settings by.
    pub validation_interactions: u64,
    /// Pairs held back, of the viewers measured.
    pub test_interactions: u64,
    /// Those of them whose film nobody has in training.
    pub test_interactions_unknown: u64,
    /// What was left out.
    pub left_out: LeftOut,
}

/// What was read and then left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Viewers with test films but without training films.
    pub viewers_without_training_films: u64,
    /// Viewers with training films but without test films: learned from, not measured.
    pub viewers_without_test_films: u64,
    /// Test films that the viewer has in training too: lists cannot have them.
    pub test_films_in_training: u64,
    /// Viewers of whom no interaction is a like.
    pub viewers_without_likes: u64,
    /// Interactions that are no like, or one of the same viewer and film as another.
    pub interactions_not_counted: u64,
    /// Likes of films that do not take part.
    pub likes_of_other_films: u64,
    /// Ids of unseen films that no film has.
    pub unseen_films_unknown: u64,
    /// Rows or lines skipped because something in them is wrong.
    pub bad_rows: u64,
}
