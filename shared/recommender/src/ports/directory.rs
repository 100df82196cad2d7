use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::blobs::{Blob, BlobError, Blobs, ETag, Expect, StoreCause, check_expect, check_key};

/// Blobs as files below one directory.
///
/// A write goes to a temporary name first and is renamed into place, so a reader sees the old or
/// the new content and a crash leaves no half file; once it returns, it outlives a power failure. Conditional writes of several processes are
/// kept apart by a lock file. The calls block: a directory answers at once.
#[derive(Clone, Debug)]
pub struct DirectoryBlobs {
    root: PathBuf,
    private: bool,
}

/// Held while a condition is checked and the write done.
const LOCK: &str = ".lock";

/// How the names of files end that are still being written.
const UNFINISHED: &str = ".tmp";

static WRITES: AtomicU64 = AtomicU64::new(0);

impl DirectoryBlobs {
    /// Blobs below `root`, which the first write creates.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            private: false,
        }
    }

    /// As [`DirectoryBlobs::new`], but where the first write has to create `root`, only its owner
    /// may look into it, as far as the system knows owners.
    pub fn private(root: impl Into<PathBuf>) -> Self {
        Self {
            private: true,
            ..Self::new(root)
        }
    }

    fn path(&self, key: &str) -> Result<PathBuf, BlobError> {
        check_key(key)?;
        Ok(self.root.join(key))
    }

    fn read(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        let path = self.path(key)?;
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(Blob {
                etag: ETag::of(&bytes),
                bytes: bytes.into(),
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &path, error)),
        }
    }

    fn make_root(&self) -> io::Result<()> {
        // What lies above it is nobody's secret.
        if let Some(parent) = self.root.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut builder = DirBuilder::new();
        // Then one that is there already is no failure.
        builder.recursive(true);
        #[cfg(unix)]
        if self.private {
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        }
        builder.create(&self.root)
    }

    fn lock(&self) -> io::Result<File> {
        self.make_root()?;
        let lock = File::create(self.root.join(LOCK))?;
        lock.lock()?;
        Ok(lock)
    }
}

impl Blobs for DirectoryBlobs {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        self.read(key)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        let mut keys = Vec::new();
        walk(&self.root, "", &mut keys).map_err(|e| failed("list", &self.root, e))?;
        keys.retain(|key| key.starts_with(prefix));
        keys.sort_unstable();
        Ok(keys)
    }

    async fn put(&self, key: &str, bytes: Bytes, expect: Expect) -> Result<ETag, BlobError> {
        let path = self.path(key)?;
        let _lock = self.lock().map_err(|e| failed("write", &path, e))?;
        if expect != Expect::Anything {
            let present = self.read(key)?.map(|blob| blob.etag);
            check_expect(key, &expect, present.as_ref())?;
        }
        replace(&path, &bytes)
            .and_then(|()| sync_names(&self.root, &path))
            .map_err(|e| failed("write", &path, e))?;
        Ok(ETag::of(&bytes))
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        let path = self.path(key)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("delete", &path, error));
            }
            _ => {}
        }
        // S3 has no empty folders, so neither has this; one that is in use stays.
        if let Some(parent) = path.parent().filter(|parent| *parent != self.root) {
            let _ = fs::remove_dir(parent);
        }
        Ok(())
    }
}

/// Collects the keys below `dir`, each beginning with `above`. What is no key is no blob.
fn walk(dir: &Path, above: &str, keys: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let key = format!("{above}{name}");
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{key}/"), keys)?;
        } else if key != LOCK && !name.ends_with(UNFINISHED) {
            keys.push(key);
        }
    }
    Ok(())
}

/// Writes a file whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut name = path.as_os_str().to_owned();
    let number = WRITES.fetch_add(1, Ordering::Relaxed);
    name.push(format!(".{}-{number}{UNFINISHED}", std::process::id()));
    let temporary = PathBuf::from(name);
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| fs::rename(&temporary, path));
    if renamed.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    renamed
}

/// Makes sure that the names from `root` down to a new file outlive a power failure, as its content
/// does.
#[cfg(unix)]
fn sync_names(root: &Path, path: &Path) -> io::Result<()> {
    let folders = path.ancestors().skip(1);
    for folder in folders.take_while(|folder| folder.starts_with(root)) {
        match File::open(folder) {
            Ok(folder) => folder.sync_all()?,
            // Somebody has deleted what was written, and the folder with it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Folders cannot be synced here: the system does that by itself, or not at all.
#[cfg(not(unix))]
fn sync_names(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

fn failed(action: &'static str, path: &Path, error: io::Error) -> BlobError {
    let cause = match error.kind() {
        io::ErrorKind::PermissionDenied => StoreCause::AccessDenied,
        _ => StoreCause::Other,
    };
    BlobError::Store {
        action,
        key: path.display().to_string(),
        cause,
        source: Box::new(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::contract;
    use futures_util::FutureExt as _;

    #[test]
    fn a_directory_keeps_the_contract() {
        let root = tempfile::tempdir().unwrap();
        contract::blobs(&DirectoryBlobs::new(root.path()))
            .now_or_never()
            .unwrap();
    }

    #[test]
    fn a_failed_write_leaves_no_file_behind() {
        let root = tempfile::tempdir().unwrap();
        let blobs = DirectoryBlobs::new(root.path());
        fs::create_dir(root.path().join("taken")).unwrap();
        let outcome = blobs.put("taken", Bytes::from_static(b"x"), Expect::Anything);
        assert!(matches!(
            outcome.now_or_never().unwrap(),
            Err(BlobError::Store { .. })
        ));
        let names: Vec<_> = fs::read_dir(root.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| name != ".lock")
            .collect();
        assert_eq!(names, ["taken"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_private_root_is_its_owners_alone_and_one_that_was_there_is_left_as_it_is() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let put = |root: &Path| {
            let blobs = DirectoryBlobs::private(root);
            let outcome = blobs.put("a/b", Bytes::from_static(b"x"), Expect::Anything);
            outcome.now_or_never().unwrap().unwrap();
        };
        let (above, shared) = (dir.path().join("above"), dir.path().join("shared"));
        put(&above.join("root"));
        assert_eq!(mode(&above.join("root")), 0o700);
        for open in [&above, &shared] {
            fs::create_dir_all(open).unwrap();
            fs::set_permissions(open, fs::Permissions::from_mode(0o755)).unwrap();
        }
        put(&shared);
        assert_eq!(mode(&shared), 0o755);
    }
}
