//! Catalogues on their way from a store to the function's disk.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use matinee::ports::{Blobs, check_key};

use crate::TrainError;

/// Copies every catalogue into `work`, which holds nothing else afterwards: their files and folders,
/// in the order of their names.
pub(crate) async fn fetch(store: &impl Blobs, work: &Path) -> Result<Vec<PathBuf>, TrainError> {
    clear(work)?;
    let mut names = BTreeSet::new();
    for key in store.list("").await? {
        // What consoles make for a folder ends in a slash; a key that leads out is none either.
        if check_key(&key).is_err() {
            continue;
        }
        let Some(blob) = store.get(&key).await? else {
            continue;
        };
        let path = work.join(&key);
        write(&path, &blob.bytes).map_err(|source| TrainError::Disk { path, source })?;
        let name = key.split('/').next().unwrap_or_default();
        names.insert(work.join(name));
    }
    Ok(names.into_iter().collect())
}

/// Removes all copies.
pub(crate) fn clear(work: &Path) -> Result<(), TrainError> {
    match fs::remove_dir_all(work) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(TrainError::Disk {
            path: work.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}
