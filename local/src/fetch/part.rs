//! The archive while it is not whole: its bytes so far, and a note of what they are a part of.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use super::{FetchError, Md5Sum};

/// Bytes that are read at once.
const CHUNK: usize = 1 << 16;

fn file_name(name: &str) -> String {
    format!("{name}.zip.part")
}

/// What the bytes are a part of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Origin {
    /// Where they come from.
    pub(super) url: String,
    /// What the server knows the file again by: its entity tag, or when it was modified last.
    pub(super) validator: Option<String>,
    /// The size of the whole file.
    pub(super) bytes: Option<u64>,
    /// The checksum of the whole file, as it was published when the download began.
    pub(super) md5: Option<Md5Sum>,
}

/// The part of an archive that is there. Nobody else writes it meanwhile.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    note: PathBuf,
    file: File,
    length: u64,
    hash: Md5,
    origin: Option<Origin>,
}

impl Part {
    /// Opens `<name>.zip.part` in a folder, and makes it where it is missing.
    pub(super) fn open(folder: &Path, name: &str) -> Result<Self, FetchError> {
        let path = folder.join(file_name(name));
        let note = path.with_extension("part.json");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|e| FetchError::io("write", &path, e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FetchError::Busy { path }),
            Err(TryLockError::Error(error)) => return Err(FetchError::io("lock", &path, error)),
        }
        let origin = fs::read(&note)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok());
        let mut part = Self {
            path,
            note,
            file,
            length: 0,
            hash: Md5::new(),
            origin,
        };
        part.read_what_is_there()?;
        Ok(part)
    }

    /// Removes what a process left behind that was killed at its very end. Where another process has
    /// it, or it cannot be removed, it stays: nothing depends on it.
    pub(super) fn remove_leftover(folder: &Path, name: &str) {
        if folder.join(file_name(name)).exists()
            && let Ok(mut part) = Self::open(folder, name)
        {
            let _ = part.remove();
        }
    }

    fn read_what_is_there(&mut self) -> Result<(), FetchError> {
        let mut buffer = vec![0; CHUNK];
        loop {
            match self.file.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => {
                    self.hash.update(&buffer[..read]);
                    self.length += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(FetchError::io("read", &self.path, error)),
            }
        }
    }

    /// How many bytes are there.
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    /// The checksum of the bytes that are there.
    pub(super) fn md5(&self) -> Md5Sum {
        Md5Sum::of(self.hash.clone())
    }

    /// What the bytes are a part of, where that is `url` as it was published with this checksum.
    pub(super) fn origin(&self, url: &str, md5: Option<Md5Sum>) -> Option<&Origin> {
        self.origin
            .as_ref()
            .filter(|origin| origin.url == url && origin.md5 == md5)
    }

    /// Begins anew, with a part of something else.
    pub(super) fn begin(&mut self, origin: Origin) -> Result<(), FetchError> {
        self.clear()?;
        let written = serde_json::to_vec(&origin)
            .map_err(io::Error::from)
            .and_then(|text| fs::write(&self.note, text));
        written.map_err(|e| FetchError::io("write", &self.note, e))?;
        self.origin = Some(origin);
        Ok(())
    }

    /// Lets go of what is there.
    pub(super) fn clear(&mut self) -> Result<(), FetchError> {
        // The note goes first: bytes without one are never gone on with.
        self.forget_note()?;
        let cleared = self
            .file
            .set_len(0)
            .and_then(|()| self.file.seek(SeekFrom::Start(0)));
        cleared.map_err(|e| FetchError::io("write", &self.path, e))?;
        (self.length, self.hash, self.origin) = (0, Md5::new(), None);
        Ok(())
    }

    /// Adds bytes to the end.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        if let Err(error) = self.file.write_all(bytes) {
            // Some of them may be there: what counts is what was counted.
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(SeekFrom::Start(self.length));
            return Err(FetchError::io("write", &self.path, error));
        }
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// The bytes that are there, from the first on.
    pub(super) fn reader(&mut self) -> Result<BufReader<&File>, FetchError> {
        let begin = self.file.seek(SeekFrom::Start(0));
        begin.map_err(|e| FetchError::io("read", &self.path, e))?;
        Ok(BufReader::with_capacity(CHUNK, &self.file))
    }

    /// Removes the files. Where bytes are appended later, there are none.
    pub(super) fn remove(&mut self) -> Result<(), FetchError> {
        self.forget_note()?;
        fs::remove_file(&self.path).map_err(|e| FetchError::io("remove", &self.path, e))
    }

    fn forget_note(&self) -> Result<(), FetchError> {
        match fs::remove_file(&self.note) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(FetchError::io("remove", &self.note, error))
            }
            _ => Ok(()),
        }
    }
}
