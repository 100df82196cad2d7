//! The versions in a store: listing them, copying one to another store, choosing the live one.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::manifest::{Current, Manifest};
use super::store::{CURRENT_KEY, Proof, fetch, json, load_version, names, present};
use super::{Model, ModelError, SectionKind};
use crate::ports::{BlobError, Blobs, Expect};

/// One version in a store.
#[derive(Debug)]
pub struct VersionEntry {
    /// Its name, which sorts by time of training.
    pub model_version: String,
    /// Whether it is the one that answers.
    pub live: bool,
    /// What it is made of, or why that cannot be told.
    pub manifest: Result<Manifest, ModelError>,
}

/// The pointer as it was read: which version it named, and what must hold for it to be exchanged.
#[derive(Clone, Debug)]
pub struct Pointer {
    /// The live version; none where there is no pointer, or one that cannot be understood and is
    /// there to be mended.
    pub version: Option<String>,
    pub(super) expect: Expect,
}

/// What a transfer did.
#[derive(Debug)]
pub struct Transfer {
    /// As read back from where it was published.
    pub model: Model,
    /// The version that was live before, if there was one.
    pub before: Option<String>,
    /// Files that were not there yet.
    pub written: usize,
}

/// Every version in the store, the oldest first, and the pointer as it was before they were listed.
///
/// # Errors
/// [`ModelError::Store`] when the store fails, [`ModelError::Document`] or
/// [`ModelError::NewerFormat`] when its pointer cannot be understood.
pub async fn versions(blobs: &impl Blobs) -> Result<(Vec<VersionEntry>, Pointer), ModelError> {
    let pointer = pointer(blobs).await?;
    let live = pointer.version.as_deref();
    let keys = blobs.list("").await?;
    let mut folders: Vec<&str> = keys
        .iter()
        .filter_map(|key| Some(key.split_once('/')?.0))
        .chain(live)
        .collect();
    folders.sort_unstable();
    folders.dedup();
    let mut entries = Vec::with_capacity(folders.len());
    for folder in folders {
        entries.push(VersionEntry {
            model_version: folder.to_owned(),
            live: live == Some(folder),
            manifest: read_manifest(blobs, folder).await,
        });
    }
    Ok((entries, pointer))
}

async fn read_manifest(blobs: &impl Blobs, version: &str) -> Result<Manifest, ModelError> {
    let key = format!("{version}/manifest.json");
    Manifest::parse(&key, &fetch(blobs, &key).await?)
}

/// Makes a version of the store the live one, after verifying every byte of it. `from` is the
/// pointer on which the choice was made, where it was made on one.
///
/// # Errors
/// Whatever refuses the model; [`ModelError::Store`] when the store fails or somebody else moved
/// the pointer meanwhile.
pub async fn make_live(
    blobs: &impl Blobs,
    version: &str,
    from: Option<Pointer>,
) -> Result<Transfer, ModelError> {
    let before = match from {
        Some(pointer) => pointer,
        None => pointer(blobs).await?,
    };
    let model = load_version(blobs, version, Proof::Full).await?;
    point_at(blobs, version, &before).await?;
    Ok(Transfer {
        model,
        before: before.version,
        written: 0,
    })
}

/// Copies a version, the live one where none is named, from one store to another and makes it the
/// live one there.
///
/// It is verified in `from`, then its sections are written, its manifest, all is read back and
/// verified, and the pointer moves last: only from the state that it had when this call began.
/// Versions never change: a file that is there already is left as it is, so that a transfer that
/// was broken off is taken up again, and is refused where it differs. `progress` hears of every
/// file that is in place: its key, its size, and the size of all files, in bytes.
///
/// # Errors
/// Whatever refuses the model on either side; [`ModelError::Store`] when a store fails or somebody
/// else moved the pointer meanwhile.
pub async fn transfer(
    from: &impl Blobs,
    to: &impl Blobs,
    version: Option<&str>,
    progress: impl Fn(&str, u64, u64) + Send + Sync,
) -> Result<Transfer, ModelError> {
    let version = match version {
        Some(version) => version.to_owned(),
        None => Current::parse(CURRENT_KEY, &fetch(from, CURRENT_KEY).await?)?.model_version,
    };
    let before = pointer(to).await?;
    let files = files_of(from, &version).await?;
    let total = files.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    let mut written = 0;
    for (key, bytes) in &files {
        written += usize::from(place(to, key, bytes).await?);
        progress(key, bytes.len() as u64, total);
    }
    let model = load_version(to, &version, Proof::Full).await?;
    point_at(to, &version, &before).await?;
    Ok(Transfer {
        model,
        before: before.version,
        written,
    })
}

/// A verified version's files by key, its manifest last.
async fn files_of(from: &impl Blobs, version: &str) -> Result<Vec<(String, Bytes)>, ModelError> {
    let Model { manifest, .. } = load_version(from, version, Proof::Full).await?;
    let sections: BTreeMap<SectionKind, _> = manifest.sections;
    let mut files = Vec::with_capacity(sections.len() + 1);
    for (kind, entry) in sections {
        let key = format!("{version}/{}", kind.file());
        let bytes = present(&key, from.get_sized(&key, entry.size).await?)?.bytes;
        files.push((key, bytes));
    }
    let key = format!("{version}/manifest.json");
    let bytes = fetch(from, &key).await?;
    files.push((key, bytes));
    Ok(files)
}

/// Writes what is not there yet; tells whether it was not.
async fn place(to: &impl Blobs, key: &str, bytes: &Bytes) -> Result<bool, ModelError> {
    match to.put(key, bytes.clone(), Expect::Absent).await {
        Ok(_) => Ok(true),
        Err(BlobError::Conflict { .. }) if fetch(to, key).await? == *bytes => Ok(false),
        Err(BlobError::Conflict { .. }) => Err(ModelError::Document {
            key: key.to_owned(),
            reason: "another model is there under the same version".to_owned(),
        }),
        Err(error) => Err(error.into()),
    }
}

/// The pointer as it is now.
///
/// # Errors
/// [`ModelError::Store`] when the store fails.
pub async fn pointer(blobs: &impl Blobs) -> Result<Pointer, ModelError> {
    Ok(match blobs.get(CURRENT_KEY).await? {
        Some(pointer) => {
            let current = Current::parse(CURRENT_KEY, &pointer.bytes).ok();
            Pointer {
                version: current.map(|current| current.model_version),
                expect: Expect::Unchanged(pointer.etag),
            }
        }
        None => Pointer {
            version: None,
            expect: Expect::Absent,
        },
    })
}

async fn point_at(blobs: &impl Blobs, version: &str, before: &Pointer) -> Result<(), ModelError> {
    // Written also where it names this version already: somebody may have moved it since.
    let pointer = json(CURRENT_KEY, &Current::new(version))?;
    match blobs.put(CURRENT_KEY, pointer, before.expect.clone()).await {
        // The answer to a write that took place can be lost, and the write repeated.
        Err(BlobError::Conflict { .. }) if is_live(blobs, version).await? => Ok(()),
        outcome => Ok(outcome.map(|_| ())?),
    }
}

async fn is_live(blobs: &impl Blobs, version: &str) -> Result<bool, ModelError> {
    let pointer = blobs.get(CURRENT_KEY).await?;
    Ok(pointer.is_some_and(|pointer| names(&pointer.bytes, version)))
}
