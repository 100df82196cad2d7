//! The models that can be measured, and how each is learned.

mod matinee;
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
    /// Weights learned from viewers; films that nobody has get theirs by facts.
    Matinee,
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
            Self::Matinee => "matinee",
        }
    }

    /// Learns the model from the training part of `task`: `films`, `train`, and for the choice of
    /// settings `validation`. What is held back is not looked at.
    ///
    /// # Errors
    /// [`EvaluateError::NoFacts`] when the model compares facts and no catalogue gives any;
    /// [`EvaluateError::Weights`] when weights cannot be learned.
    pub fn fit(&self, task: &Task, progress: &dyn Progress) -> Result<Fitted, EvaluateError> {
        progress.stage(&format!("learning {}", self.name()), 0);
        let (scorer, settings): (Box<dyn Scorer>, Value) = match self {
            Self::Popularity => (Box::new(Popularity::fit(task)), json!({})),
            Self::TfIdf => (Box::new(TfIdf::fit(task)?), json!({})),
            Self::Matinee => {
                let (weights, settings) = matinee::fit(task, progress)?;
                (Box::new(weights), settings)
            }
        };
        Ok(Fitted { scorer, settings })
    }
}
