//! The models that can be measured, and how each is learned.

mod itemknn;
mod popularity;
mod tfidf;
mod weights;

use serde_json::{Value, json};

use super::{EvaluateError, Scorer, Task};
use crate::Progress;
use crate::weights::{LearnSettings, Plan};

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
    /// Cosine of the viewers that films have, the nearest neighbours of each film kept.
    ItemKnn {
        /// The neighbours of each film, at least 1.
        neighbours: usize,
    },
    /// The closed-form linear autoencoder, every weight kept.
    Ease {
        /// The ridge, above 0. Where none is named it is chosen on the task's validation part; 100
        /// where there is none.
        lambda: Option<f64>,
        /// What else is settled; more films than may be solved densely are refused.
        settings: WeightsSettings,
    },
    /// The best of its family with few weights for each film, with the catalogue's facts as side
    /// information where there are any. Its settings are chosen on the validation part, or else on a
    /// part of the training part.
    Matinee(WeightsSettings),
}

/// What is settled before weights are learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightsSettings {
    /// The neighbours of each film.
    pub neighbours: usize,
    /// The most films that are solved densely.
    pub dense_films: usize,
    /// Another one holds back others to choose settings by.
    pub seed: u64,
    /// The most memory that may be used, in bytes.
    pub memory: u64,
}

impl Default for WeightsSettings {
    fn default() -> Self {
        let LearnSettings {
            neighbours,
            dense_films,
            seed,
            memory,
            ..
        } = LearnSettings::default();
        Self {
            neighbours,
            dense_films,
            seed,
            memory,
        }
    }
}

impl WeightsSettings {
    fn learn(&self) -> LearnSettings {
        LearnSettings {
            neighbours: self.neighbours,
            dense_films: self.dense_films,
            seed: self.seed,
            memory: self.memory,
            ..LearnSettings::default()
        }
    }
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
            Self::ItemKnn { .. } => "itemknn",
            Self::Ease { .. } => "ease",
            Self::Matinee(_) => "matinee",
        }
    }

    /// Learns the model from the training part of `task`: `films`, `train`, and for the choice of
    /// settings `validation`. What is held back is not looked at. `started` hears what learning will
    /// take, before it is taken, where that is much.
    ///
    /// # Errors
    /// [`EvaluateError`] when the model cannot do the task, or a setting is out of its range.
    pub fn fit(
        &self,
        task: &Task,
        started: &dyn Fn(&Plan),
        progress: &dyn Progress,
    ) -> Result<Fitted, EvaluateError> {
        progress.stage(&format!("learning {}", self.name()), 0);
        let without_settings = |scorer: Box<dyn Scorer>| Fitted {
            scorer,
            settings: json!({}),
        };
        match self {
            Self::Popularity => Ok(without_settings(Box::new(Popularity::fit(task)))),
            Self::TfIdf => Ok(without_settings(Box::new(TfIdf::fit(task)?))),
            Self::ItemKnn { neighbours } => Ok(Fitted {
                scorer: Box::new(itemknn::fit(task, *neighbours)?),
                settings: json!({ "neighbours": neighbours }),
            }),
            Self::Ease { lambda, settings } => {
                weights::ease(task, *lambda, settings, started, progress)
            }
            Self::Matinee(settings) => weights::matinee(task, settings, started, progress),
        }
    }
}
