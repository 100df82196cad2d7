//! The model a command works with: the live one of a folder, or one that is trained now, of what was
//! imported or of the built-in films, where nothing else was asked for.

use std::collections::HashSet;
use std::fs::{self, File};
use std::future::Future;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use matinee::catalogue::MovieId;
use matinee::model::{CURRENT_KEY, Model, ModelError, load};
use matinee::ports::{Blobs as _, DirectoryBlobs, Expect};
use matinee_training::TrainSettings;

use crate::cli::{ModelsArg, default_data};
use crate::server::{ITEMS, LOG};
use crate::training::{self, Order};
use crate::{keep, output};

/// The built-in films.
pub(crate) const SAMPLE: &[u8] = include_bytes!("../../data/sample/movies.csv");

/// Where they are put, below the data folder: as an example of a catalogue, too.
const SAMPLE_KEY: &str = "sample/movies.csv";

/// The model for a command that only reads one.
pub(crate) fn open(models: &ModelsArg) -> anyhow::Result<Model> {
    match find(models, default_data())? {
        Some(model) => Ok(model),
        None => train_first(models, default_data()),
    }
}

/// The live model; `None` when the folder has none and nobody said that it should.
///
/// # Errors
/// When the model is broken, or missing from a folder that was named.
pub(crate) fn find(models: &ModelsArg, data: &Path) -> anyhow::Result<Option<Model>> {
    let dir = models.dir(data);
    match block_on(load(&DirectoryBlobs::new(&dir)))? {
        Ok(model) => Ok(Some(model)),
        Err(ModelError::Missing { key }) if key == CURRENT_KEY => {
            if models.is_given() {
                anyhow::bail!(missing(&dir));
            }
            Ok(None)
        }
        Err(error) => {
            Err(error).with_context(|| format!("the model in {} cannot be used", dir.display()))
        }
    }
}

fn missing(dir: &Path) -> String {
    let shown = dir.display();
    if dir.join("manifest.json").exists() {
        return format!("{shown} is one version of a model: name the folder that it lies in");
    }
    format!(
        "there is no model in {shown}: make one with `matinee train --catalogue FILE --out {shown}`"
    )
}

/// Trains the first model of a data folder and publishes it. Of several processes that come here at
/// once, one trains and the others use what it made.
pub(crate) fn train_first(models: &ModelsArg, data: &Path) -> anyhow::Result<Model> {
    let dir = models.dir(data);
    let _first = alone(data).with_context(|| format!("cannot write to {}", data.display()))?;
    if let Some(model) = find(models, data)? {
        return Ok(model);
    }
    output::say(format_args!(
        "There is no model in {} yet: one is trained.",
        dir.display()
    ));
    let trained = training::run(&Order {
        catalogues: &catalogues(data)?,
        interactions: &[],
        film_ratings: &[],
        lenient: false,
        settings: TrainSettings::default(),
        log: &data.join(LOG),
        items: &data.join(ITEMS),
        out: &dir,
        force: false,
    })?;
    Ok(trained.renewed.model)
}

/// The catalogues that a model is made of where none is named: those that were imported into the
/// data folder, or the built-in films. Says which.
pub(crate) fn catalogues(data: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let Known { paths, built_in } = known_catalogues(data)?;
    if built_in {
        output::say(
            "It is made of the built-in films. (`matinee import --help` says how to use others.)",
        );
        return Ok(paths);
    }
    let shown: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    output::say(format_args!(
        "It is made of the films in {}.",
        shown.join(", ")
    ));
    Ok(paths)
}

/// The catalogues of a data folder.
pub(crate) struct Known {
    /// In the order in which they are joined.
    pub(crate) paths: Vec<PathBuf>,
    /// None was imported: it is the built-in films.
    pub(crate) built_in: bool,
}

/// The catalogues that were imported into a data folder, or the built-in films.
pub(crate) fn known_catalogues(data: &Path) -> anyhow::Result<Known> {
    let kept = keep::catalogues::kept(data)?;
    let built_in = kept.is_empty();
    let paths = if built_in {
        vec![write_sample(data)?]
    } else {
        kept
    };
    Ok(Known { paths, built_in })
}

/// Keeps other processes from what is made once in a data folder until the file is dropped.
pub(crate) fn alone(data: &Path) -> std::io::Result<File> {
    fs::create_dir_all(data)?;
    let lock = File::create(data.join(".first-run"))?;
    lock.lock()?;
    Ok(lock)
}

/// The ids of the built-in films.
pub(crate) fn built_in_films() -> HashSet<MovieId> {
    let text = String::from_utf8_lossy(SAMPLE);
    let ids = text.lines().filter_map(|line| line.split_once(','));
    ids.filter_map(|(id, _)| id.parse().ok()).collect()
}

fn write_sample(data: &Path) -> anyhow::Result<PathBuf> {
    let blobs = DirectoryBlobs::new(data);
    block_on(blobs.put(SAMPLE_KEY, SAMPLE.into(), Expect::Anything))??;
    Ok(data.join(SAMPLE_KEY))
}

/// Waits for work on a folder of models.
pub(crate) fn block_on<F: Future>(work: F) -> anyhow::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(work))
}
