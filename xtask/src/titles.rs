//! The films of the sample catalogue as Alexa's slot type: `AMAZON.Movie`, extended.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use matinee::catalogue::Movie;
use matinee_training::ingest::{ImportOptions, import};
use serde_json::{Value, json};

/// The sample catalogue.
pub(crate) const SAMPLE: &str = "data/sample/movies.csv";
const MODELS: &str = "skill-package/interactionModels/custom";

/// The longest slot value that Alexa takes, in characters.
const MAX_VALUE: usize = 140;

/// Writes the films into every locale's interaction model.
pub(crate) fn write() -> Result<()> {
    for (path, _, wanted) in models()? {
        fs::write(&path, wanted).with_context(|| format!("cannot write {path}"))?;
    }
    Ok(())
}

/// Every locale's interaction model holds the films of the sample catalogue.
pub(crate) fn check() -> Result<()> {
    for (path, found, wanted) in models()? {
        ensure!(
            found == wanted,
            "{path} does not hold the films of {SAMPLE}: run `cargo xtask skill-titles`"
        );
    }
    Ok(())
}

/// Path, content and wanted content of every interaction model.
fn models() -> Result<Vec<(String, String, String)>> {
    let sample = import(Path::new(SAMPLE), &ImportOptions { lenient: false })?;
    let values: Vec<Value> = sample.movies.iter().map(slot_value).collect();
    let mut models = Vec::new();
    for file in fs::read_dir(MODELS).with_context(|| format!("cannot read {MODELS}"))? {
        let path = file?.path().display().to_string();
        let found = fs::read_to_string(&path)?;
        let mut model: Value =
            serde_json::from_str(&found).with_context(|| format!("{path} is not JSON"))?;
        let movies = model
            .pointer_mut("/interactionModel/languageModel/types")
            .and_then(Value::as_array_mut)
            .and_then(|types| types.iter_mut().find(|t| t["name"] == "AMAZON.Movie"))
            .with_context(|| format!("{path} does not extend AMAZON.Movie"))?;
        movies["values"] = json!(values);
        models.push((path, found, serde_json::to_string_pretty(&model)? + "\n"));
    }
    Ok(models)
}

fn slot_value(movie: &Movie) -> Value {
    let value = spoken(&movie.title);
    let lower = value.to_lowercase();
    let synonyms: Vec<&str> = ["the ", "a ", "an "]
        .iter()
        .filter_map(|article| lower.strip_prefix(article))
        .collect();
    json!({ "id": movie.id, "name": { "value": value, "synonyms": synonyms } })
}

/// A title as Alexa takes it: letters, digits, spaces, apostrophes, dots and hyphens.
fn spoken(title: &str) -> String {
    let kept: String = title
        .replace('&', " and ")
        .chars()
        .map(|c| match c {
            '’' => '\'',
            c if c.is_alphanumeric() || matches!(c, '\'' | '.' | '-') => c,
            _ => ' ',
        })
        .collect();
    let words: Vec<&str> = kept
        .split_whitespace()
        .filter(|word| *word != "-")
        .collect();
    words.join(" ").chars().take(MAX_VALUE).collect()
}
