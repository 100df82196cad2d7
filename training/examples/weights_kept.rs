//! What is lost from all weights to the few that are kept, and from those to the section's bytes.
//!
//! `weights_kept TRAIN TEST [CATALOGUE…]` learns from the lists of a published split as `matinee evaluate`
//! does, settings chosen on a part of the training lists, and measures three times: with every weight,
//! with the neighbours that are kept, and with these written into a section and read back. One JSON
//! object on stdout.

use std::env;
use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;

use matinee::model::{
    MovieIndex, SectionKind, SourceCounts, WeightLists, Weights, publish, write_weights,
};
use matinee::ports::MemoryBlobs;
use matinee_training::evaluate::{
    Catalogue, KnownFilms, ListFiles, Scorer, Task, evaluate, user_lists,
};
use matinee_training::ingest::ImportOptions;
use matinee_training::sparse::SparseRows;
use matinee_training::weights::{
    Features, LearnSettings, Linear, SparseWeights, catalogue_features, learn,
};
use matinee_training::{NoProgress, TrainSettings, train};
use serde_json::{Value, json};

type Failure = Box<dyn Error>;

/// The length of the lists that are measured.
const CUTOFF: usize = 20;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [training, test, catalogues @ ..] = arguments.as_slice() else {
        return Err("expected `TRAIN TEST [CATALOGUE…]`".into());
    };
    let catalogues = catalogues.iter().map(|path| {
        let options = ImportOptions::default();
        Catalogue::read(Path::new(path), &options)
    });
    let known = KnownFilms::new(catalogues.collect::<Result<_, _>>()?);
    let files = ListFiles {
        train: Path::new(training),
        test: Path::new(test),
        validation: None,
        lenient: false,
    };
    let (task, _, _) = user_lists(files, &known)?;
    Ok(writeln!(io::stdout().lock(), "{}", measured(&task)?)?)
}

fn measured(task: &Task) -> Result<Value, Failure> {
    let features = catalogue_features(&task.films);
    let sides: Vec<_> = features.iter().map(Features::side).collect();
    let settings = LearnSettings::default();
    let learned = learn(&task.train, &sides, None, &settings, &|_| {}, &NoProgress)?;
    let chosen = learned.settings;
    let linear = Linear::new(&task.train, &sides, &chosen, usize::MAX, &NoProgress)?;
    let all = linear.dense(&linear.solve(&chosen, &NoProgress)?);
    let section = write_weights(&lists(&learned.weights, &task.train.counts()));
    let bytes = section.len();
    let stored = read_back(task, section)?;
    let kept: usize = (0..task.films.len())
        .map(|film| learned.weights.by_source().row(film).len())
        .sum();
    Ok(json!({
        "all": accuracy(&all, task)?,
        "kept": accuracy(&learned.weights, task)?,
        "stored": accuracy(&stored, task)?,
        "neighbours": kept,
        "section_bytes": bytes,
        "bytes_per_neighbour": bytes as f64 / kept as f64,
    }))
}

fn accuracy(scorer: &dyn Scorer, task: &Task) -> Result<Value, Failure> {
    let metrics = evaluate(scorer, task, &NoProgress)?;
    let at = metrics.at(CUTOFF).ok_or("no list is so long")?;
    Ok(json!({ "ndcg@20": at.ndcg, "recall@20": at.recall }))
}

fn lists(weights: &SparseWeights, counts: &[u32]) -> WeightLists {
    let by_source = weights.by_source();
    let row = |film| {
        let row = by_source.row(film);
        row.map(|(target, weight)| (MovieIndex(target), weight))
            .collect()
    };
    WeightLists {
        weights: (0..by_source.rows()).map(row).collect(),
        prior: vec![0.0; counts.len()],
        trending: vec![0.0; counts.len()],
        learned: counts.iter().map(|count| *count > 0).collect(),
    }
}

/// The weights of a section, published with its films and opened as a server opens it.
fn read_back(task: &Task, section: Vec<u8>) -> Result<SparseWeights, Failure> {
    let mut draft = train(
        &task.films,
        None,
        SourceCounts::default(),
        "2026-01-31T12:00:00Z",
        &TrainSettings::default(),
        &NoProgress,
    )?;
    draft.sections.insert(SectionKind::Weights, section.into());
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let model = runtime.block_on(publish(&MemoryBlobs::default(), &draft))?;
    let weights: &Weights = model.weights.as_ref().ok_or("no weights read back")?;
    let mut by_source = SparseRows::new(weights.movies());
    for film in 0..weights.movies() as u32 {
        let row = weights.row(MovieIndex(film));
        by_source.push(row.into_iter().map(|(target, weight)| (target.0, weight)));
    }
    Ok(SparseWeights::new(by_source.transposed()))
}
