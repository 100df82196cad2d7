//! What a fetched folder was made of, written into it, so that it can be verified later.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::{DataSet, FetchError, Md5Sum};

/// The record's name in the folder.
const FILE: &str = ".matinee-fetch.json";

/// Bytes that are read at once.
const CHUNK: usize = 1 << 16;

/// Where an unpacked archive came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Archive {
    /// The data set.
    pub(crate) set: DataSet,
    /// Its address.
    pub(crate) url: String,
    /// Its size.
    pub(crate) bytes: u64,
    /// Its checksum.
    pub(crate) md5: Md5Sum,
    /// Whether that was compared with a stated one.
    pub(crate) verified: bool,
}

/// A file of the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Its size.
    pub(crate) bytes: u64,
    /// Its checksum, as 16 hexadecimal digits.
    pub(crate) xxh3: String,
}

/// The files of a folder, by their paths in it with slashes.
pub(crate) type Entries = BTreeMap<String, Entry>;

/// What a folder was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The archive.
    #[serde(flatten)]
    pub(crate) archive: Archive,
    /// Its files.
    pub(crate) files: Entries,
}

impl Record {
    /// The record in a folder; nothing where there is none that can be read.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let text = fs::read(folder.join(FILE)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Writes the record of a folder into it.
    pub(super) fn write(
        archive: Archive,
        files: Entries,
        folder: &Path,
    ) -> Result<Self, FetchError> {
        let record = Self { archive, files };
        let path = folder.join(FILE);
        let written = serde_json::to_vec_pretty(&record)
            .map_err(io::Error::from)
            .and_then(|text| fs::write(&path, text));
        written.map_err(|e| FetchError::io("write", &path, e))?;
        Ok(record)
    }

    /// What is not as it was unpacked, if anything is.
    pub(super) fn fault(&self, folder: &Path) -> Option<String> {
        self.files
            .iter()
            .find_map(|(name, entry)| match sum(&folder.join(name)) {
                Ok(found) if found == *entry => None,
                Ok(_) => Some(format!("{name} has another content")),
                Err(error) => Some(format!("{name}: {error}")),
            })
    }
}

/// Size and checksum of bytes that come one after the other.
#[derive(Default)]
pub(super) struct Sum {
    bytes: u64,
    hash: Xxh3,
}

impl Sum {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hash.update(bytes);
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn entry(&self) -> Entry {
        Entry {
            bytes: self.bytes,
            xxh3: format!("{:016x}", self.hash.digest()),
        }
    }
}

fn sum(path: &Path) -> io::Result<Entry> {
    let mut file = File::open(path)?;
    let (mut sum, mut buffer) = (Sum::default(), vec![0; CHUNK]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(sum.entry()),
            Ok(read) => sum.add(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
