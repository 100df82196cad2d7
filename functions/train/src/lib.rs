//! Makes the model anew in Lambda: [`Trainer`] fetches the catalogues, and has
//! [`renew`](matinee_training::renew) do what `matinee train` does, over buckets.
//!
//! Catalogues are what lies directly below their prefix: files, and folders of unpacked data sets,
//! joined in the order of their names; the first gives the ids. They are copied to the function's own
//! disk, since importers read files.
//!
//! The same program makes lists for all viewers ([`Trainer::batch`]) and exports for Amazon Personalize
//! ([`Trainer::export`]), as two state machines ask it to.

mod catalogues;
mod event;
mod export;
#[cfg(feature = "lambda")]
pub mod lambda;
mod lists;
#[cfg(test)]
mod tests;
mod watch;
mod within;

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use matinee::model::ModelError;
use matinee::ports::{BlobError, Blobs};
use matinee::taste::Millis;
use matinee_training::TrainSettings;
use matinee_training::batch::BatchError;
use matinee_training::export::ExportError;
use matinee_training::ingest::{ImportError, ImportOptions};
use matinee_training::interactions::InteractionOptions;
use matinee_training::items::{ItemReport, Items, LeftOut};
use matinee_training::log::{ShardError, SpreadError};
use matinee_training::renew::{Order, RenewError, Renewed, Verdict, renew};
use serde::Serialize;

pub use event::{Ask, Export, Run, Step};
pub use export::Exported;
pub use lists::Stepped;

use watch::Watch;

/// The share of the function's memory that learning may take: the rest is for films, likes before
/// they are a matrix, sections and code.
const MEMORY_SHARE: f64 = 0.75;

/// Makes models.
#[derive(Debug)]
pub struct Trainer<M, C, L, D> {
    /// Where models are.
    pub models: M,
    /// Where catalogues are.
    pub catalogues: C,
    /// Where items are that clients put.
    pub items: C,
    /// Where the log is.
    pub log: L,
    /// Where lists and exports go.
    pub data: D,
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
    /// Films of the catalogues that items change.
    pub changed_by_items: u64,
    /// Films that items alone know.
    pub new_by_items: u64,
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
        "expected {{}}, or {{\"force\": true}} and {{\"dense_films\": 20000}} or any of them, or \
         {{\"batch\": {{\"step\": \"plan\"}}}}, or {{\"export\": {{}}}}: {0}"
    )]
    Event(String),
    /// The bucket of catalogues, lists and exports failed.
    #[error("the data cannot be fetched or written")]
    Data(#[from] BlobError),
    /// A catalogue could not be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The model that lists are made of could not be loaded.
    #[error("the model cannot be loaded")]
    Model(#[source] ModelError),
    /// The log could not be spread over shards.
    #[error(transparent)]
    Spread(#[from] SpreadError),
    /// The function's own disk refused rows of the log.
    #[error(transparent)]
    Rows(#[from] ShardError),
    /// Lists could not be made.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The log could not be exported.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// Shards were left out.
    #[error(
        "{parts} shards were listed and somebody is in {filled}: have all of them listed, then finish"
    )]
    Incomplete {
        /// How many were handed over.
        parts: usize,
        /// How many there are.
        filled: usize,
    },
    /// What the plan wrote is gone.
    #[error(
        "{key} is not there or damaged: the batch was finished, or is older than a day; make it anew"
    )]
    NoRows {
        /// What.
        key: String,
    },
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

impl<M: Blobs, C: Blobs, L: Blobs, D: Blobs> Trainer<M, C, L, D> {
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
        let items = Items::read(&self.items).await?;
        let order = Order {
            catalogues: &catalogues,
            import: ImportOptions::default(),
            items: &items,
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
        warn_of(&renewed.items);
        watch.end();
        Ok(answer(&renewed, started.elapsed()))
    }
}

/// Tells of items that make no difference.
pub(crate) fn warn_of(items: &ItemReport) {
    for LeftOut { key, reason } in &items.left_out {
        tracing::warn!(key, reason, "an item is left out");
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
            changed_by_items: renewed.items.changed,
            new_by_items: renewed.items.new,
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
