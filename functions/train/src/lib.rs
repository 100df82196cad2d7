//! Makes the model anew in Lambda: [`Trainer`] fetches the catalogues, and has
//! [`renew`](matinee_training::renew) do what `matinee train` does, over buckets.
//!
//! Catalogues are what lies directly below their prefix: files, and folders of unpacked data sets,
//! joined in the order of their names; the first gives the ids. They are copied to the function's own
//! disk, since importers read files.

mod catalogues;
#[cfg(feature = "lambda")]
pub mod lambda;
#[cfg(test)]
mod tests;
mod watch;

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use matinee::ports::{BlobError, Blobs};
use matinee::taste::Millis;
use matinee_training::TrainSettings;
use matinee_training::ingest::ImportOptions;
use matinee_training::interactions::InteractionOptions;
use matinee_training::renew::{Order, RenewError, Renewed, Verdict, renew};
use serde::{Deserialize, Serialize};

use watch::Watch;

/// The share of the function's memory that learning may take: the rest is for films, likes before
/// they are a matrix, sections and code.
const MEMORY_SHARE: f64 = 0.75;

/// What whoever invokes the function may ask for. Nothing need be said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ask {
    /// The new model goes live whatever the guard says.
    pub force: bool,
    /// The most films that are solved densely, instead of what the environment says; 0 is refused.
    pub dense_films: Option<usize>,
}

/// Makes models.
#[derive(Debug)]
pub struct Trainer<M, C, L> {
    /// Where models are.
    pub models: M,
    /// Where catalogues are.
    pub catalogues: C,
    /// Where the log is.
    pub log: L,
    /// A folder of the machine for copies of the catalogues; what is in it is removed.
    pub work: PathBuf,
    /// The most films that are solved densely, where an event says nothing else.
    pub dense_films: usize,
    /// The function's memory in bytes, where it is known.
    pub memory: Option<u64>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// Whether the model is the live one now.
    pub live: bool,
    /// Why not; or what the guard had against it, where it was made live by force.
    pub reason: Option<String>,
    /// The new model, if there is one.
    #[serde(flatten)]
    pub made: Option<Made>,
}

/// The model that was made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Made {
    /// Its version.
    pub model_version: String,
    /// Its films.
    pub movies: u64,
    /// Viewers who like some of them.
    pub viewers: u64,
    /// Interactions that were read.
    pub interactions: u64,
    /// Film ratings that were read.
    pub film_ratings: u64,
    /// What the guard looked at.
    pub guard: Verdict,
    /// The films that were solved densely.
    pub dense_films: u64,
    /// How long it took.
    pub seconds: f64,
}

/// Why no model was made. The live one stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The event asks for something else than this function does.
    #[error(
        "expected {{}}, or {{\"force\": true}} and {{\"dense_films\": 20000}} or any of them: {0}"
    )]
    Event(String),
    /// The catalogues could not be fetched.
    #[error("the catalogues cannot be fetched")]
    Catalogues(#[from] BlobError),
    /// The function's own disk refused.
    #[error("a catalogue cannot be copied to {path}: check the function's ephemeral storage")]
    Disk {
        /// Where to.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The loop failed.
    #[error(transparent)]
    Renew(#[from] RenewError),
}

impl Ask {
    /// Reads an event.
    ///
    /// # Errors
    /// [`TrainError::Event`] when it is none.
    pub fn read(event: &str) -> Result<Self, TrainError> {
        let ask: Self =
            serde_json::from_str(event).map_err(|error| TrainError::Event(error.to_string()))?;
        if ask.dense_films == Some(0) {
            return Err(TrainError::Event("dense_films is 0".to_owned()));
        }
        Ok(ask)
    }
}

impl<M: Blobs, C: Blobs, L: Blobs> Trainer<M, C, L> {
    /// Makes the model anew; `left` is how long that may take. Without a catalogue nothing is made,
    /// and that is no failure.
    ///
    /// # Errors
    /// [`TrainError`].
    pub async fn train(
        &self,
        ask: &Ask,
        now: Millis,
        left: Option<Duration>,
    ) -> Result<Answer, TrainError> {
        let started = Instant::now();
        let watch = Watch::new(left);
        watch.say("fetching catalogues");
        let catalogues = catalogues::fetch(&self.catalogues, &self.work).await?;
        if catalogues.is_empty() {
            return Ok(Answer {
                live: false,
                reason: Some("there is no catalogue to make a model of".to_owned()),
                made: None,
            });
        }
        let mut settings = TrainSettings::default();
        settings.weights.dense_films = ask.dense_films.unwrap_or(self.dense_films);
        if let Some(memory) = self.memory {
            settings.weights.memory = share(memory);
        }
        // Whole seconds, as manifests have them.
        let created = Millis(now.0.div_euclid(1000) * 1000).to_string();
        let order = Order {
            catalogues: &catalogues,
            import: ImportOptions::default(),
            interactions: &[],
            read: InteractionOptions::at(now),
            film_ratings: &[],
            created: &created,
            settings,
            stand_in: &HashSet::new(),
            force: ask.force,
        };
        let renewed = renew(&self.models, Some(&self.log), &order, &watch).await?;
        catalogues::clear(&self.work)?;
        watch.end();
        Ok(answer(&renewed, started.elapsed()))
    }
}

fn answer(renewed: &Renewed, took: Duration) -> Answer {
    let manifest = &renewed.model.manifest;
    Answer {
        live: renewed.live,
        reason: renewed.verdict.reason(),
        made: Some(Made {
            model_version: manifest.model_version.clone(),
            movies: manifest.source.movies,
            viewers: renewed.viewers,
            interactions: manifest.source.interactions,
            film_ratings: renewed.film_ratings_read,
            guard: renewed.verdict.clone(),
            dense_films: renewed.plan.map_or(0, |plan| plan.dense_films),
            seconds: (took.as_secs_f64() * 1000.0).round() / 1000.0,
        }),
    }
}

#[expect(clippy::cast_sign_loss, reason = "memory is not negative")]
fn share(memory: u64) -> u64 {
    (memory as f64 * MEMORY_SHARE) as u64
}
