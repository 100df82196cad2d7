//! What a batch writes: parts, in a folder that is named after the batch, and last the manifest that names
//! them.

use bytes::Bytes;
use matinee::ports::{BlobError, Blobs, Expect};
use matinee::taste::Millis;
use serde::{Deserialize, Serialize};

use super::{BatchError, ListSettings};

/// Names the parts of the last batch that is whole. It is replaced when those of another one are all there.
pub const MANIFEST: &str = "manifest.json";

/// How the folders of batches begin.
pub(super) const FOLDER: &str = "run-";

/// How the names of parts begin and end.
const PART: (&str, &str) = ("part-", ".jsonl");

/// A part of the output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its key beside the manifest.
    pub key: String,
    /// Viewers who have a list in it.
    pub viewers: u64,
    /// Interactions that these lists were made of.
    pub interactions: u64,
    /// Its size.
    pub bytes: u64,
}

/// What a batch wrote, which is its manifest, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchReport {
    /// Names the batch: its [`run_id`].
    pub run: String,
    /// The model that the lists are of.
    pub model_version: String,
    /// The moment of the lists, in RFC 3339.
    pub as_of: String,
    /// Films of a list, at most.
    pub results: usize,
    /// Viewers who have a list.
    pub viewers: u64,
    /// Interactions that count.
    pub interactions: u64,
    /// Bytes of all parts.
    pub bytes: u64,
    /// The parts, in order.
    pub parts: Vec<Part>,
}

impl BatchReport {
    /// The manifest of these parts.
    pub fn of(model_version: &str, settings: &ListSettings, mut parts: Vec<Part>) -> Self {
        parts.sort_by(|a, b| a.key.cmp(&b.key));
        let sum = |what: fn(&Part) -> u64| parts.iter().map(what).sum();
        Self {
            run: run_id(settings.as_of),
            model_version: model_version.to_owned(),
            as_of: settings.as_of.to_string(),
            results: settings.results,
            viewers: sum(|part| part.viewers),
            interactions: sum(|part| part.interactions),
            bytes: sum(|part| part.bytes),
            parts,
        }
    }
}

/// Names the batch of a moment: its digits down to the millisecond, so that a later one's is greater.
pub fn run_id(as_of: Millis) -> String {
    let second = Millis(as_of.0.div_euclid(1_000) * 1_000).to_string();
    let digits = second.chars().filter(char::is_ascii_digit);
    format!(
        "{}{:03}",
        digits.collect::<String>(),
        as_of.0.rem_euclid(1_000)
    )
}

/// The key of the part that a shard becomes. Batches of different moments share no key, so that no part of
/// one is ever taken for another's.
pub fn part_key(as_of: Millis, shard: usize) -> String {
    let (begin, end) = PART;
    format!("{FOLDER}{}/{begin}{shard:05}{end}", run_id(as_of))
}

/// The batch that a part is of; nothing for what is no part.
fn run_of(key: &str) -> Option<&str> {
    let (run, name) = key.strip_prefix(FOLDER)?.split_once('/')?;
    let sound = run.chars().all(|c| c.is_ascii_digit());
    (sound && name.starts_with(PART.0) && name.ends_with(PART.1)).then_some(run)
}

/// Replaces the manifest by this one, whose parts are all there, and then removes the parts of older batches.
///
/// Of batches that finish at the same time the latest stays: those of later ones are not touched.
///
/// # Errors
/// [`BatchError::Overtaken`] where the manifest is of a later batch: it stays. [`BatchError`].
pub async fn finish(to: &impl Blobs, report: &BatchReport) -> Result<(), BatchError> {
    let mut manifest = serde_json::to_vec_pretty(report)?;
    manifest.push(b'\n');
    let manifest = Bytes::from(manifest);
    loop {
        let before = to.get(MANIFEST).await?;
        let expect = match &before {
            Some(blob) => Expect::Unchanged(blob.etag.clone()),
            None => Expect::Absent,
        };
        // What is no manifest is as old as can be.
        let before =
            before.and_then(|blob| serde_json::from_slice::<BatchReport>(&blob.bytes).ok());
        if let Some(later) = before.filter(|before| before.run > report.run) {
            return Err(BatchError::Overtaken {
                run: report.run.clone(),
                current: later.run,
            });
        }
        match to.put(MANIFEST, manifest.clone(), expect).await {
            // Another batch finished just now: which of them is later?
            Err(BlobError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => break,
        }
    }
    for key in to.list(FOLDER).await? {
        if run_of(&key).is_some_and(|run| *run < *report.run) {
            to.delete(&key).await?;
        }
    }
    Ok(())
}
