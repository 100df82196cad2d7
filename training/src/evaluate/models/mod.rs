//! The models that can be measured, and how each is learned.

mod ease;
mod popularity;
mod tfidf;

use serde_json::{Value, json};

use super::{EvaluateError, Scorer, Task};
use crate::Progress;

use popularity::Popularity;
use tfidf::TfIdf;

/// How a model is made of a task's training part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// How many viewers have a film; films that nobody has follow by their prominence in the
    /// catalogue.
    Popularity,
    /// Cosine of TF-IDF over overview and genres, summed over the viewer's films.
    TfIdf,
    /// The closed-form linear autoencoder, every weight kept.
    Ease {
        /// The ridge, above 0.
        lambda: f64,
        /// The most films that it is solved for.
        dense_films: usize,
    },
}

/// A model that was learned.
pub struct Fitted {
    /// The model.
    pub scorer: Box<dyn Scorer>,
    /// What it was learned with, one object.
    pub settings: Value,
}

impl Method {
    /// The name that the command line and the results have for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Popularity => "popularity",
            Self::TfIdf => "tfidf",
            Self::Ease { .. } => "ease",
        }
    }

    /// About how many bytes the learning of the model takes, where that grows with the square of the
    /// films; `None` where it is no more than the task itself takes.
    pub fn bytes(&self, task: &Task) -> Option<u64> {
        match self {
            Self::Popularity | Self::TfIdf => None,
            Self::Ease { .. } => Some(ease::bytes(task)),
        }
    }

    /// Learns the model from the training part of `task`: `films`, `train`, and for the choice of
    /// settings `validation`. What is held back is not looked at.
    ///
    /// # Errors
    /// [`EvaluateError`] when the model cannot do the task, or a setting is out of its range.
    pub fn fit(&self, task: &Task, progress: &dyn Progress) -> Result<Fitted, EvaluateError> {
        progress.stage(&format!("learning {}", self.name()), 0);
        let (scorer, settings): (Box<dyn Scorer>, Value) = match *self {
            Self::Popularity => (Box::new(Popularity::fit(task)), json!({})),
            Self::TfIdf => (Box::new(TfIdf::fit(task)?), json!({})),
            Self::Ease {
                lambda,
                dense_films,
            } => {
                let weights = ease::fit(task, lambda, dense_films, progress)?;
                (Box::new(weights), json!({ "lambda": lambda }))
            }
        };
        Ok(Fitted { scorer, settings })
    }
}
