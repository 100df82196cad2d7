//! What the function is asked to do.

use matinee::recommend::Personal;
use matinee::taste::Millis;
use matinee_training::batch::{ListSettings, MAX_RESULTS, MAX_SHARDS, Part, RESULTS, run_id};
use serde::{Deserialize, Serialize};

use crate::TrainError;

/// Into how many shards a batch is spread where the event says nothing else.
const SHARDS: usize = 64;

/// What whoever invokes the function may ask for. Nothing need be said: then a model is trained.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ask {
    /// The new model goes live whatever the guard says.
    pub force: bool,
    /// The most films that are solved densely, instead of what the environment says; 0 is refused.
    pub dense_films: Option<usize>,
    /// No model is trained: a step of lists for all viewers is done.
    pub batch: Option<Step>,
    /// No model is trained: the log is exported for Amazon Personalize.
    pub export: Option<Export>,
}

/// A step of lists for all viewers: first `plan`, then `list` for each shard, in any order and at the same
/// time, then `finish`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Spreads the log over shards.
    Plan {
        /// How many, 1 to 500; 64 where nothing is said.
        #[serde(default)]
        shards: Option<usize>,
        /// Films of a list, 1 to 500; 25 where nothing is said.
        #[serde(default)]
        results: Option<usize>,
    },
    /// Makes the lists of a shard.
    List {
        /// What `plan` answered.
        run: Run,
        /// Which, from 0.
        shard: usize,
    },
    /// Replaces the manifest, and removes rows between the steps and parts of older batches.
    Finish {
        /// What `plan` answered.
        run: Run,
        /// What each `list` answered.
        parts: Vec<Option<Part>>,
    },
}

/// A batch under way: what all of its steps must agree on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The moment of the lists, in milliseconds since 1970, which tells it from other batches.
    pub as_of: i64,
    /// The model that the lists are of.
    pub model_version: String,
    /// Films of a list.
    pub results: usize,
    /// How many shards there are.
    pub shards: usize,
    /// How many of them somebody is in.
    pub filled: usize,
}

/// An export for Amazon Personalize; there is nothing to be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {}

impl Run {
    /// Names it in keys.
    pub(crate) fn id(&self) -> String {
        run_id(Millis(self.as_of))
    }

    /// How its lists are made.
    pub(crate) fn settings(&self, personal: Personal) -> ListSettings {
        ListSettings {
            results: self.results,
            as_of: Millis(self.as_of),
            personal,
        }
    }
}

impl Ask {
    /// Reads an event.
    ///
    /// # Errors
    /// [`TrainError::Event`] when it is none.
    pub fn read(event: &str) -> Result<Self, TrainError> {
        let refused = |why: String| Err(TrainError::Event(why));
        let ask: Self = match serde_json::from_str(event) {
            Ok(ask) => ask,
            Err(error) => return refused(error.to_string()),
        };
        let training = ask.force || ask.dense_films.is_some();
        let asked = [training, ask.batch.is_some(), ask.export.is_some()];
        if asked.into_iter().filter(|asked| *asked).count() > 1 {
            return refused("training, batch and export are asked for one at a time".to_owned());
        }
        if ask.dense_films == Some(0) {
            return refused("dense_films is 0".to_owned());
        }
        ask.batch.iter().try_for_each(Step::check)?;
        Ok(ask)
    }
}

impl Step {
    fn check(&self) -> Result<(), TrainError> {
        let within = |name: &str, number: usize, most: usize| {
            if (1..=most).contains(&number) {
                return Ok(());
            }
            let why = format!("{name} must be from 1 to {most}, found {number}");
            Err(TrainError::Event(why))
        };
        let run = |run: &Run| {
            within("shards", run.shards, MAX_SHARDS)?;
            within("results", run.results, MAX_RESULTS)
        };
        match self {
            Self::Plan { shards, results } => {
                within("shards", shards.unwrap_or(SHARDS), MAX_SHARDS)?;
                within("results", results.unwrap_or(RESULTS), MAX_RESULTS)
            }
            Self::List { run: of, shard } => {
                run(of)?;
                within("shard + 1", shard.saturating_add(1), of.shards)
            }
            Self::Finish { run: of, parts: _ } => run(of),
        }
    }

    /// Shards and films of a list as a plan has them.
    pub(crate) fn sizes(shards: Option<usize>, results: Option<usize>) -> (usize, usize) {
        (shards.unwrap_or(SHARDS), results.unwrap_or(RESULTS))
    }
}
