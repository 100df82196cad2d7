//! Unpacking an archive without trusting it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write as _};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;
use zip::read::ZipFile;

use super::FetchError;
use super::record::{Entries, Entry, Sum};

/// Bytes that are unpacked at once.
const CHUNK: usize = 1 << 16;

/// What macOS adds to archives.
const OF_MACOS: [&str; 2] = ["__MACOSX", ".DS_Store"];

/// More than any data set needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The most files and folders.
    pub(super) entries: usize,
    /// The most bytes of all files together.
    pub(super) bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 1000,
            bytes: 4 << 30,
        }
    }
}

/// A file of an archive: its number in it, and its path in the new folder.
#[derive(Debug, PartialEq, Eq)]
struct Planned {
    index: usize,
    path: PathBuf,
}

/// Unpacks an archive into a new folder. The one folder in which everything in the archive lies is
/// left out. What the archive says of itself decides nothing: paths are checked, bytes are counted
/// as they come, and each file's checksum is compared.
///
/// # Errors
/// [`FetchError`]; then a part of the folder may be there.
pub(super) fn unpack(
    archive: impl Read + Seek,
    url: &str,
    folder: &Path,
    limits: Limits,
) -> Result<Entries, FetchError> {
    let unpacking = Unpacking {
        url,
        folder,
        limits,
    };
    let mut archive = ZipArchive::new(archive).map_err(|e| unpacking.broken(&e))?;
    let plan = unpacking.plan(&mut archive)?;
    let (mut entries, mut left) = (Entries::new(), limits.bytes);
    for Planned { index, path } in plan {
        let file = archive.by_index(index).map_err(|e| unpacking.broken(&e))?;
        let entry = unpacking.write(file, &path, left)?;
        left -= entry.bytes;
        // Paths of several names, each of them UTF-8.
        let names = path.iter().map(|name| name.to_string_lossy());
        entries.insert(names.collect::<Vec<_>>().join("/"), entry);
    }
    Ok(entries)
}

struct Unpacking<'a> {
    url: &'a str,
    folder: &'a Path,
    limits: Limits,
}

impl Unpacking<'_> {
    /// Checks every entry before anything is written.
    fn plan<R: Read + Seek>(
        &self,
        archive: &mut ZipArchive<R>,
    ) -> Result<Vec<Planned>, FetchError> {
        let most = self.limits.entries;
        if archive.len() > most {
            let entries = archive.len();
            return Err(self.is_unsafe(format!("it has {entries} entries, more than {most}")));
        }
        let mut plan = Vec::new();
        for index in 0..archive.len() {
            let file = archive.by_index(index).map_err(|e| self.broken(&e))?;
            let name = file.name().map_err(|e| self.broken(&e))?;
            let path = inside(&name)
                .ok_or_else(|| self.is_unsafe(format!("its entry {name:?} leads out of it")))?;
            if file.is_symlink() {
                return Err(self.is_unsafe(format!("its entry {name:?} is a link")));
            }
            let added = path
                .iter()
                .any(|part| OF_MACOS.iter().any(|of| part == *of));
            if file.is_file() && !added {
                plan.push(Planned { index, path });
            }
        }
        leave_out_the_folder(&mut plan);
        Ok(plan)
    }

    fn write<R: Read>(
        &self,
        mut file: ZipFile<'_, R>,
        path: &Path,
        left: u64,
    ) -> Result<Entry, FetchError> {
        let path = self.folder.join(path);
        let failed = |error| FetchError::io("write", &path, error);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        let mut written = File::create_new(&path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                let name = path.file_name().unwrap_or_default().display();
                self.is_unsafe(format!("it has the file {name} twice"))
            }
            _ => failed(error),
        })?;
        let (mut sum, mut buffer) = (Sum::default(), vec![0; CHUNK]);
        loop {
            let read = match file.read(&mut buffer) {
                Ok(0) => return Ok(sum.entry()),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.broken(&error)),
            };
            sum.add(&buffer[..read]);
            if sum.bytes() > left {
                let most = self.limits.bytes;
                return Err(self.is_unsafe(format!("unpacked it has more than {most} bytes")));
            }
            written.write_all(&buffer[..read]).map_err(failed)?;
        }
    }

    fn broken(&self, reason: &dyn std::error::Error) -> FetchError {
        FetchError::NotAnArchive {
            url: self.url.to_owned(),
            reason: reason.to_string(),
        }
    }

    fn is_unsafe(&self, reason: String) -> FetchError {
        FetchError::Unsafe {
            url: self.url.to_owned(),
            reason,
        }
    }
}

/// The path that an entry's name means; nothing where it leads anywhere else than further inside,
/// on whatever system.
fn inside(name: &str) -> Option<PathBuf> {
    // A backslash and a colon are parts of names here, and lead elsewhere on other systems.
    let plain = !name.contains(|c: char| matches!(c, '\\' | ':') || c.is_control());
    let path = Path::new(name);
    let mut parts = path.components();
    let further =
        parts.clone().next().is_some() && parts.all(|part| matches!(part, Component::Normal(_)));
    (plain && further).then(|| path.to_owned())
}

/// Where everything lies in one folder, the paths begin inside it.
fn leave_out_the_folder(plan: &mut [Planned]) {
    let first = |path: &Path| path.iter().next().map(ToOwned::to_owned);
    let tops: BTreeSet<_> = plan.iter().map(|planned| first(&planned.path)).collect();
    let below = plan.iter().all(|planned| planned.path.iter().count() > 1);
    if tops.len() != 1 || !below {
        return;
    }
    for planned in plan {
        planned.path = planned.path.iter().skip(1).collect();
    }
}
