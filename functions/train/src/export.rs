//! The log and the films for Amazon Personalize, below `personalize/` of the data's store.

use matinee::ports::Blobs;
use matinee::taste::Millis;
use matinee_training::NoProgress;
use matinee_training::export::{Dataset, ExportFormat, ExportReport, datasets, export};
use matinee_training::ingest::{self, ImportOptions};
use matinee_training::items::Items;
use matinee_training::log::DayRange;
use serde::Serialize;

use crate::within::Within;
use crate::{TrainError, Trainer, catalogues, warn_of};

/// Where the export is.
const PERSONALIZE: &str = "personalize/";

/// What an export came to, as the state machine goes on with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exported {
    /// Names the jobs that import it, after the stack and the data set: digits.
    pub run: String,
    /// Whether there is enough for Personalize to train on.
    pub ready: bool,
    /// What is missing, in a sentence.
    pub missing: String,
    /// What is imported, by Personalize's names, with schemas and the keys in the bucket.
    pub datasets: Vec<Dataset>,
    /// What was written.
    pub report: ExportReport,
}

impl<M: Blobs, C: Blobs, L: Blobs, D: Blobs> Trainer<M, C, L, D> {
    /// Exports the whole log and the films of the catalogues and of items that were put.
    ///
    /// # Errors
    /// [`TrainError`].
    pub async fn export(&self, now: Millis) -> Result<Exported, TrainError> {
        let paths = catalogues::fetch(&self.catalogues, &self.work).await?;
        let mut films = Vec::new();
        for path in &paths {
            films.push(ingest::import(path, &ImportOptions::default())?.movies);
        }
        let mut movies = ingest::join(films);
        warn_of(&Items::read(&self.items).await?.add_to(&mut movies));
        catalogues::clear(&self.work)?;
        let to = Within::new(&self.data, PERSONALIZE.to_owned());
        let (format, range) = (ExportFormat::Personalize, DayRange::default());
        let exported = export(
            &self.log,
            &movies,
            &to,
            format,
            &range,
            &self.work,
            &NoProgress,
        );
        let report = exported.await?;
        let found = report.minimums.clone().unwrap_or_default();
        Ok(Exported {
            run: run(now),
            ready: found.missing.is_empty(),
            missing: format!("Personalize needs {}", found.missing.join("; ")),
            datasets: datasets(PERSONALIZE)?,
            report,
        })
    }
}

/// The moment to the second, as `20260131120000`: a job's name has 63 characters at most, and what this takes
/// the stack's name cannot have.
pub(crate) fn run(now: Millis) -> String {
    let second = Millis(now.0.div_euclid(1_000) * 1_000).to_string();
    second.chars().filter(char::is_ascii_digit).collect()
}
