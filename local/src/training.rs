//! From catalogues on disk to a live model.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use matinee::catalogue::Movie;
use matinee::model::{Model, SourceCounts, publish};
use matinee::ports::DirectoryBlobs;
use matinee_training::evaluate::{LikeRule, Likes};
use matinee_training::ingest::{self, ImportOptions, ImportReport};
use matinee_training::viewers::Viewers;
use matinee_training::{Progress as _, TrainSettings, log, train};

use crate::models::block_on;
use crate::progress::Stages;

/// What to train on, how, and where the model goes.
pub(crate) struct Order<'a> {
    pub(crate) catalogues: &'a [PathBuf],
    pub(crate) lenient: bool,
    pub(crate) settings: TrainSettings,
    /// The folder of the log of what viewers did; it need not be there.
    pub(crate) log: &'a Path,
    pub(crate) out: &'a Path,
}

/// What came of it.
pub(crate) struct Trained {
    /// As read back from where it was published.
    pub(crate) model: Model,
    /// One for every catalogue, in the order given.
    pub(crate) reports: Vec<ImportReport>,
    /// Every stage with the time it took, in order.
    pub(crate) stages: Vec<(String, Duration)>,
}

/// Imports, joins, trains, publishes. Until the last moment the folder keeps its live model.
pub(crate) fn run(order: &Order<'_>) -> anyhow::Result<Trained> {
    let stages = Stages::new();
    let mut reports = Vec::new();
    let mut catalogues = Vec::new();
    for path in order.catalogues {
        stages.stage(&format!("importing {}", name(path)), 0);
        let options = ImportOptions {
            lenient: order.lenient,
        };
        let imported = ingest::import(path, &options)?;
        reports.push(imported.report);
        catalogues.push(imported.movies);
    }
    stages.stage("joining", 0);
    let movies = ingest::join(catalogues);
    stages.stage("reading what viewers did", 0);
    let viewers = viewers(order.log, &movies)?;
    let source = SourceCounts {
        catalogues: order.catalogues.iter().map(|path| name(path)).collect(),
        movies: movies.len() as u64,
        interactions: viewers.interactions,
    };
    let draft = train(
        &movies,
        Some(&viewers),
        source,
        &now(),
        &order.settings,
        &stages,
    )?;
    stages.stage("publishing", 0);
    let model = block_on(publish(&DirectoryBlobs::new(order.out), &draft))?
        .with_context(|| format!("cannot publish the model into {}", order.out.display()))?;
    Ok(Trained {
        model,
        reports,
        stages: stages.finish(),
    })
}

/// What the log says of films.
fn viewers(folder: &Path, movies: &[Movie]) -> anyhow::Result<Viewers> {
    if !folder.is_dir() {
        return Ok(Viewers::default());
    }
    let read = block_on(log::read(&DirectoryBlobs::new(folder)))?
        .with_context(|| format!("cannot read the log in {}", folder.display()))?;
    let likes = Likes::of(&read.interactions, &LikeRule::default());
    Ok(Viewers::of(movies, &likes))
}

/// The last part of a catalogue's path: what people call it.
fn name(path: &Path) -> String {
    let last = |path: &Path| Some(path.file_name()?.to_string_lossy().into_owned());
    last(path)
        .or_else(|| last(&path.canonicalize().ok()?))
        .unwrap_or_else(|| path.display().to_string())
}

/// The time in whole seconds, as manifests hold it: `2026-01-31T12:00:00Z`.
fn now() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second())
        .unwrap_or(now)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catalogue_is_called_by_the_end_of_its_path() {
        assert_eq!(name(Path::new("data/movies.csv")), "movies.csv");
        assert_eq!(name(Path::new("ml-latest-small/")), "ml-latest-small");
    }

    #[test]
    fn the_time_is_in_whole_seconds_of_utc() {
        let now = now();
        assert_eq!(now.len(), "2026-01-31T12:00:00Z".len(), "{now}");
        assert!(now.ends_with('Z'), "{now}");
    }
}
