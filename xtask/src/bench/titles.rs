use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// The title of every film of a catalogue as it stands there: the reference app finds a film by
/// nothing else.
pub(crate) fn of(catalogue: &Path) -> Result<Vec<String>> {
    let what = || format!("cannot read {}", catalogue.display());
    let mut reader = csv::Reader::from_path(catalogue).with_context(what)?;
    let column = reader
        .headers()
        .with_context(what)?
        .iter()
        .position(|name| name == "title")
        .with_context(|| format!("{} has no column title", catalogue.display()))?;
    let mut titles = Vec::new();
    for record in reader.records() {
        titles.push(record.with_context(what)?[column].to_owned());
    }
    ensure!(!titles.is_empty(), "{} is empty", catalogue.display());
    Ok(titles)
}
