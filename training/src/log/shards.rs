//! A log spread over files of this machine by viewer, so that each viewer's rows are together and only
//! one file's rows need be in memory.

use std::fs::{self, DirBuilder, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use matinee::ports::Blobs;
use matinee::taste::log::{self, COLUMNS, LogRow};
use matinee::taste::{Recorded, ViewerId};
use xxhash_rust::xxh3::xxh3_64;

use super::error::text;
use super::forgotten::{self, Forgotten};
use super::read::{each_file, interactions, keep_first_accepted};
use super::{Damage, LogError};
use crate::Progress;

/// Bytes that wait for each file until they are written.
const BUFFER: usize = 16 << 10;

static FOLDERS: AtomicU64 = AtomicU64::new(0);

/// Why rows could not be kept on this machine for a while.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {path} for rows that are put in order{}", remedy(.source))]
pub struct ShardError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// Files in a folder of their own, which is gone when this is dropped. A viewer's rows are all in one
/// file, that of the hash of the viewer's id; each file is a segment of the log.
#[derive(Debug)]
pub struct Shards {
    folder: PathBuf,
    open: Vec<BufWriter<File>>,
    rows: Vec<u64>,
    line: String,
}

impl Shards {
    /// As many empty files in a new folder below `work`, which only this user may look into.
    ///
    /// # Errors
    /// [`ShardError`].
    pub fn create(work: &Path, count: usize) -> Result<Self, ShardError> {
        fs::create_dir_all(work).map_err(|source| failed(work, source))?;
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let folder = loop {
            let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
            let folder = work.join(format!("matinee-{}-{number}", std::process::id()));
            match builder.create(&folder) {
                // Of a process that was killed and had the same id.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(&folder, error)),
                Ok(()) => break folder,
            }
        };
        let mut shards = Self {
            folder,
            open: Vec::with_capacity(count),
            rows: vec![0; count.max(1)],
            line: String::new(),
        };
        let header = format!("{}\n", COLUMNS.join("\t"));
        for shard in 0..count.max(1) {
            let path = shards.path(shard);
            let file = File::create_new(&path).map_err(|source| failed(&path, source))?;
            let mut file = BufWriter::with_capacity(BUFFER, file);
            file.write_all(header.as_bytes())
                .map_err(|source| failed(&path, source))?;
            shards.open.push(file);
        }
        Ok(shards)
    }

    /// How many files there are.
    pub fn count(&self) -> usize {
        self.open.len()
    }

    /// How many rows a file has.
    pub fn rows_of(&self, shard: usize) -> u64 {
        self.rows[shard]
    }

    /// The place of a viewer among `count` files.
    pub fn place(viewer: &ViewerId, count: usize) -> usize {
        (xxh3_64(viewer.as_str().as_bytes()) % count.max(1) as u64) as usize
    }

    /// Puts in a row.
    ///
    /// # Errors
    /// [`ShardError`].
    pub fn put(&mut self, row: &Recorded) -> Result<(), ShardError> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        LogRow::Interaction(row.clone()).write(&mut line);
        let put = self.append(&row.interaction.viewer, line.trim_end_matches('\n'));
        self.line = line;
        put
    }

    /// Everything that was put in is in the files from here on.
    ///
    /// # Errors
    /// [`ShardError`].
    pub fn flush(&mut self) -> Result<(), ShardError> {
        for shard in 0..self.open.len() {
            self.open[shard]
                .flush()
                .map_err(|source| failed(&self.path(shard), source))?;
        }
        Ok(())
    }

    /// What a file holds, as it is; after [`Shards::flush`].
    ///
    /// # Errors
    /// [`ShardError`].
    pub fn bytes(&self, shard: usize) -> Result<Vec<u8>, ShardError> {
        let path = self.path(shard);
        fs::read(&path).map_err(|source| failed(&path, source))
    }

    fn path(&self, shard: usize) -> PathBuf {
        self.folder.join(format!("{shard:05}.tsv"))
    }

    fn append(&mut self, viewer: &ViewerId, line: &str) -> Result<(), ShardError> {
        let shard = Self::place(viewer, self.open.len());
        let file = &mut self.open[shard];
        let written = file
            .write_all(line.as_bytes())
            .and_then(|()| file.write_all(b"\n"));
        self.rows[shard] += 1;
        written.map_err(|source| failed(&self.path(shard), source))
    }
}

impl Drop for Shards {
    fn drop(&mut self) {
        // What stays behind is in the folder of things that nobody keeps.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn failed(path: &Path, source: io::Error) -> ShardError {
    ShardError {
        path: path.to_owned(),
        source,
    }
}

fn remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ": it takes room for all of the log"
        }
        _ => "",
    }
}

/// Who is forgotten, for [`viewers_of`].
#[derive(Clone, Debug, Default)]
pub struct Tombstones(Forgotten);

impl Tombstones {
    /// As a segment, which [`Tombstones::read`] reads.
    pub fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// Reads what [`Tombstones::to_text`] wrote.
    ///
    /// # Errors
    /// [`log::BadRow`].
    pub fn read(text: &str) -> Result<Self, log::BadRow> {
        let mut forgotten = Forgotten::default();
        forgotten.gather_all(text)?;
        Ok(Self(forgotten))
    }
}

/// Spreads all rows of a log over `shards`, compacted or not, while others append to it or compact it.
/// Rows are as they stand there: repeated, in conflict, of forgotten viewers; [`viewers_of`] knows what
/// counts.
///
/// Memory: sixteen files of the log. Time: linear in the rows.
///
/// # Errors
/// [`SpreadError`]: the store failed, a file of the log is damaged, or the disk is full.
pub async fn spread(
    blobs: &impl Blobs,
    shards: &mut Shards,
    progress: &dyn Progress,
) -> Result<Tombstones, SpreadError> {
    let mut found = Forgotten::default();
    each_file(blobs, progress, |key, blob| {
        let text = text(blob).map_err(|row| damaged(key, row))?;
        let rows = log::rows(text).map_err(|row| damaged(key, row))?;
        let lines = text.split_terminator('\n').skip(1);
        for (line, row) in lines.zip(rows) {
            match row.map_err(|row| damaged(key, row))? {
                LogRow::Interaction(row) => shards.append(&row.interaction.viewer, line)?,
                LogRow::Forgotten { viewer, until } => found.add(viewer, until),
            }
        }
        Ok::<_, SpreadError>(())
    })
    .await?;
    // Last: what was in segments that have vanished meanwhile is in here.
    found.extend(forgotten::load(blobs).await?.0);
    shards.flush()?;
    Ok(Tombstones(found))
}

fn damaged(key: &str, row: log::BadRow) -> SpreadError {
    LogError::Damaged(Damage::new(key, row)).into()
}

/// Why a log could not be spread.
#[derive(Debug, thiserror::Error)]
pub enum SpreadError {
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The machine's disk refused.
    #[error(transparent)]
    Disk(#[from] ShardError),
}

impl From<matinee::ports::BlobError> for SpreadError {
    fn from(error: matinee::ports::BlobError) -> Self {
        Self::Log(error.into())
    }
}

/// The viewers of a shard with the rows of each that count, newest first, as the tables give them; in
/// the order of their ids. Each row stands once, those of forgotten viewers not at all, and of different
/// rows with one id the one that was accepted first.
///
/// # Errors
/// [`log::BadRow`] where the text is no segment.
pub fn viewers_of(
    text: &str,
    tombstones: &Tombstones,
) -> Result<Vec<(ViewerId, Vec<Recorded>)>, log::BadRow> {
    let mut rows = Vec::new();
    interactions(text, &mut rows, &mut Forgotten::default())?;
    rows.retain(|row| !tombstones.0.covers(&row.interaction.viewer, row.accepted));
    keep_first_accepted(&mut rows);
    rows.sort_by(|a, b| {
        let (a, b) = (&a.interaction, &b.interaction);
        let newest = || (b.at, b.id.as_str()).cmp(&(a.at, a.id.as_str()));
        a.viewer.cmp(&b.viewer).then_with(newest)
    });
    let mut viewers: Vec<(ViewerId, Vec<Recorded>)> = Vec::new();
    for row in rows {
        match viewers.last_mut() {
            Some((viewer, rows)) if *viewer == row.interaction.viewer => rows.push(row),
            _ => viewers.push((row.interaction.viewer.clone(), vec![row])),
        }
    }
    Ok(viewers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_was_left_behind_is_not_used_again() {
        let work = tempfile::tempdir().unwrap();
        let old = |number: u64| {
            let name = format!("matinee-{}-{number}", std::process::id());
            work.path().join(name)
        };
        let begin = FOLDERS.load(Ordering::Relaxed);
        let left: Vec<PathBuf> = (begin..begin + 500).map(old).collect();
        for folder in &left {
            fs::create_dir(folder).unwrap();
        }
        let shards = Shards::create(work.path(), 2).unwrap();
        assert!(!left.contains(&shards.folder), "{shards:?}");
        drop(shards);
        assert!(left.iter().all(|folder| folder.exists()));
    }

    #[test]
    fn a_full_disk_is_told_from_what_is_none() {
        let path = Path::new("work");
        let full = failed(path, io::ErrorKind::StorageFull.into());
        assert!(
            full.to_string().ends_with("room for all of the log"),
            "{full}"
        );
        let denied = failed(path, io::ErrorKind::PermissionDenied.into());
        assert!(denied.to_string().ends_with("put in order"), "{denied}");
    }
}
