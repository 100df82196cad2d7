//! Models in a blob store: loading the live one, publishing a new one.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::manifest::{Current, Manifest, SectionEntry, SourceCounts, sha256_hex};
use super::versions::{Pointer, pointer};
use super::{FORMAT_VERSION, Loadable, Model, ModelError, SectionKind, Sections};
use crate::ports::{Blob, Blobs, Expect};

/// Where the live version's name stands.
pub const CURRENT_KEY: &str = "current.json";

/// A trained model that is not yet in a store.
#[derive(Clone, Debug)]
pub struct Draft {
    /// When it was trained, RFC 3339 UTC with whole seconds: `2026-01-31T12:00:00Z`.
    pub created: String,
    /// What it was trained on.
    pub source: SourceCounts,
    /// Time of the newest interaction used, milliseconds since 1970; `None` without interactions.
    pub trained_until: Option<i64>,
    /// Training settings by name.
    pub settings: serde_json::Value,
    /// Evaluation figures by metric.
    pub evaluation: BTreeMap<String, f64>,
    /// Every section's bytes; only [optional](SectionKind::is_optional) ones may be left
    /// out.
    pub sections: BTreeMap<SectionKind, Bytes>,
}

impl Draft {
    /// The manifest this draft is published with. Its version is the time of creation followed by
    /// a hash of the sections, so that versions sort by time and the same model keeps its name.
    pub fn manifest(&self) -> Manifest {
        let sections: BTreeMap<SectionKind, SectionEntry> = self
            .sections
            .iter()
            .map(|(kind, bytes)| (*kind, SectionEntry::describe(*kind, bytes)))
            .collect();
        let hashes: String = sections.values().map(|s| s.sha256.as_str()).collect();
        let time: String = self
            .created
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        Manifest {
            format_version: FORMAT_VERSION,
            model_version: format!("{time}-{}", &sha256_hex(hashes.as_bytes())[..8]),
            created: self.created.clone(),
            source: self.source.clone(),
            trained_until: self.trained_until,
            settings: self.settings.clone(),
            evaluation: self.evaluation.clone(),
            sections,
        }
    }
}

/// Loads the live model and verifies every section.
///
/// # Errors
/// [`ModelError`] naming what is missing or wrong; [`ModelError::Missing`] with [`CURRENT_KEY`]
/// when the store has no model at all.
pub async fn load(blobs: &impl Blobs) -> Result<Model, ModelError> {
    let current = Current::parse(CURRENT_KEY, &fetch(blobs, CURRENT_KEY).await?)?;
    load_version(blobs, &current.model_version, Proof::Fast).await
}

/// Loads one version, live or not, and verifies every section.
///
/// # Errors
/// As [`load`].
pub async fn load_named(blobs: &impl Blobs, version: &str) -> Result<Model, ModelError> {
    load_version(blobs, version, Proof::Fast).await
}

/// Which checksums of a section's bytes are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// The fast one, at every load.
    Fast,
    /// Both, before a model goes live.
    Full,
}

pub(super) async fn load_version<M: Loadable>(
    blobs: &impl Blobs,
    version: &str,
    proof: Proof,
) -> Result<M, ModelError> {
    let key = format!("{version}/manifest.json");
    let manifest = Manifest::parse(&key, &fetch(blobs, &key).await?)?;
    if manifest.model_version != version {
        return Err(ModelError::Document {
            key,
            reason: format!("it describes version {}", manifest.model_version),
        });
    }
    let sections = Sections {
        blobs,
        manifest: &manifest,
        proof,
    };
    M::load(&sections).await
}

pub(super) async fn fetch(blobs: &impl Blobs, key: &str) -> Result<Bytes, ModelError> {
    Ok(present(key, blobs.get(key).await?)?.bytes)
}

pub(super) fn present(key: &str, blob: Option<Blob>) -> Result<Blob, ModelError> {
    blob.ok_or_else(|| ModelError::Missing {
        key: key.to_owned(),
    })
}

/// Writes a model into a store, reads it back, and makes it the live one.
///
/// The sections go first, then the manifest; the pointer moves last, and only from the state it
/// had when this call began. When anything fails the files written so far are removed and the
/// live model stays as it was.
///
/// # Errors
/// [`ModelError::Store`] when the store fails or somebody else moved the pointer meanwhile;
/// otherwise whatever refuses the model when it is read back.
pub async fn publish(blobs: &impl Blobs, draft: &Draft) -> Result<Model, ModelError> {
    publish_from(blobs, draft, &pointer(blobs).await?).await
}

/// [`publish`], with the pointer moving only from the state `before`, on which it was decided that
/// the model may go live.
///
/// # Errors
/// As [`publish`].
pub async fn publish_from(
    blobs: &impl Blobs,
    draft: &Draft,
    before: &Pointer,
) -> Result<Model, ModelError> {
    let manifest = draft.manifest();
    if before.version.as_ref() == Some(&manifest.model_version) {
        return load_version(blobs, &manifest.model_version, Proof::Full).await;
    }
    place(blobs, draft, &manifest, Some(&before.expect)).await
}

/// Writes a model into a store and reads it back, without making it the live one: whoever wants that
/// later has [`make_live`](super::make_live).
///
/// # Errors
/// As [`publish`], but for the pointer, which is not touched.
pub async fn keep(blobs: &impl Blobs, draft: &Draft) -> Result<Model, ModelError> {
    place(blobs, draft, &draft.manifest(), None).await
}

/// Writes a model, and the pointer where it is said what must hold for that. When something fails, what
/// was written is removed, unless it is in use.
async fn place(
    blobs: &impl Blobs,
    draft: &Draft,
    manifest: &Manifest,
    pointer: Option<&Expect>,
) -> Result<Model, ModelError> {
    let mut written = Vec::new();
    let outcome = write(blobs, draft, manifest, pointer, &mut written).await;
    if outcome.is_err() {
        match blobs.get(CURRENT_KEY).await {
            // Somebody else published the very same model meanwhile, or the pointer moved and only
            // the answer was lost: these files are in use.
            Ok(Some(current)) if names(&current.bytes, &manifest.model_version) => {
                return load_version(blobs, &manifest.model_version, Proof::Full).await;
            }
            Ok(_) => {}
            // Nobody can say whether the files are in use; files too many do no harm.
            Err(_) => return outcome,
        }
        for key in written {
            // The first failure is the one worth reporting.
            let _ = blobs.delete(&key).await;
        }
    }
    outcome
}

pub(super) fn names(current: &[u8], version: &str) -> bool {
    Current::parse(CURRENT_KEY, current).is_ok_and(|current| current.model_version == version)
}

async fn write(
    blobs: &impl Blobs,
    draft: &Draft,
    manifest: &Manifest,
    pointer: Option<&Expect>,
    written: &mut Vec<String>,
) -> Result<Model, ModelError> {
    let version = &manifest.model_version;
    for (kind, bytes) in &draft.sections {
        let key = format!("{version}/{}", kind.file());
        written.push(key.clone());
        blobs.put(&key, bytes.clone(), Expect::Anything).await?;
    }
    let key = format!("{version}/manifest.json");
    written.push(key.clone());
    let text = json(&key, manifest)?;
    blobs.put(&key, text.clone(), Expect::Anything).await?;
    // Nothing vouches for the manifest as it does for the sections.
    if fetch(blobs, &key).await? != text {
        return Err(ModelError::Document {
            key,
            reason: "it is not what was written".to_owned(),
        });
    }
    let model = load_version(blobs, version, Proof::Full).await?;
    if let Some(expect) = pointer {
        let current = json(CURRENT_KEY, &Current::new(version))?;
        blobs.put(CURRENT_KEY, current, expect.clone()).await?;
    }
    Ok(model)
}

pub(super) fn json(key: &str, document: &impl serde::Serialize) -> Result<Bytes, ModelError> {
    let mut text = serde_json::to_vec_pretty(document).map_err(|error| ModelError::Document {
        key: key.to_owned(),
        reason: error.to_string(),
    })?;
    text.push(b'\n');
    Ok(text.into())
}
