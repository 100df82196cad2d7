//! The model of the sample catalogue as a layer: a function without a bucket serves it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use matinee::model::{SourceCounts, publish};
use matinee::ports::DirectoryBlobs;
use matinee_training::ingest::{ImportOptions, import};
use matinee_training::{NoProgress, TrainSettings, train};

use crate::run::step;
use crate::titles::SAMPLE;

/// The layer's files; Lambda shows this folder as /opt.
const LAYER: &str = "target/sample-model";

/// Where in it the models are.
const MODELS: &str = "matinee/models";

/// When the model says it was made: always the same, so that the same catalogue gives the same
/// bytes wherever and whenever it is built, and a deployment of nothing new changes nothing.
const CREATED: &str = "2026-01-01T00:00:00Z";

/// Trains the model and leaves it, and no older one, in the layer's folder. Files that are already
/// right are not touched.
pub(crate) fn write() -> Result<()> {
    step("the sample model");
    let sample = import(Path::new(SAMPLE), &ImportOptions { lenient: false })?.movies;
    let source = SourceCounts {
        catalogues: vec!["movies.csv".to_owned()],
        movies: sample.len() as u64,
        interactions: 0,
    };
    let settings = TrainSettings::default();
    let draft = train(&sample, None, source, CREATED, &settings, &NoProgress)?;
    let folder = Path::new(LAYER).join(MODELS);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let model = runtime
        .block_on(publish(&DirectoryBlobs::new(&folder), &draft))
        .with_context(|| format!("cannot write the sample model: delete {LAYER} and try again"))?;
    keep_only(&folder, model.version())
}

/// Removes what an earlier catalogue left.
fn keep_only(folder: &Path, version: &str) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name();
        if name == "current.json" || name == version {
            continue;
        }
        let removed = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}
