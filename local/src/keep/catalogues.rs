//! Copies of catalogues, in the order in which they were imported.
//!
//! `catalogues/<number>/` in the data folder holds the files of one, and `catalogue.json`, which
//! says where they came from. The first of several catalogues gives films their ids, so numbers are
//! kept: a catalogue that is imported again from the same place takes the place of its older self.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use matinee_training::ingest::ImportReport;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

/// The folder of catalogues in the data folder.
const FOLDER: &str = "catalogues";

/// What is known of a catalogue, in its folder.
const NOTE: &str = "catalogue.json";

/// Held while catalogues are written.
const LOCK: &str = ".lock";

/// A catalogue that is being copied.
const NEW: &str = ".new";

/// How the names of catalogues begin that are being replaced; their number follows.
const OLD: &str = ".old-";

/// Bytes that are copied at once.
const CHUNK: usize = 1 << 16;

/// What is known of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    /// Where it was imported from.
    source: String,
    /// Its file, or the folder of its files, in the folder of this note.
    name: String,
    /// Checksum of the files and their names, as 32 hexadecimal digits.
    xxh3: String,
}

/// How a catalogue stands to those that were there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// None of them.
    New,
    /// One of them, with other content now.
    Changed,
    /// One of them.
    Same,
}

/// The catalogues of a data folder, as `train --catalogue` takes them, in the order in which they
/// were imported first.
///
/// # Errors
/// When the folder cannot be read, or something in it was not written by an import.
pub(crate) fn kept(data: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = entries(&data.join(FOLDER))?;
    let paths = entries
        .into_iter()
        .map(|(_, folder, note)| folder.join(note.name));
    Ok(paths.collect())
}

/// Copies a catalogue, which was read as `report` says, into the data folder. Gives where it is
/// now, as `train --catalogue` takes it.
///
/// # Errors
/// When it cannot be copied. What is there stays.
pub(crate) fn keep(
    path: &Path,
    report: &ImportReport,
    data: &Path,
) -> anyhow::Result<(PathBuf, State)> {
    let root = data.join(FOLDER);
    let _lock = lock(&root).with_context(|| format!("cannot write to {}", root.display()))?;
    tidy(&root).with_context(|| format!("cannot write to {}", root.display()))?;
    let new = root.join(NEW);
    let note = copy(path, report, &new).with_context(|| {
        format!(
            "cannot copy the catalogue {} to {}",
            path.display(),
            root.display()
        )
    })?;
    let there = entries(&root)?;
    let alike = |other: &Note| other.xxh3 == note.xxh3 && other.name == note.name;
    if let Some((_, folder, _)) = there.iter().find(|(_, _, other)| alike(other)) {
        fs::remove_dir_all(&new)?;
        return Ok((folder.join(&note.name), State::Same));
    }
    let replaced = there
        .iter()
        .find(|(_, _, other)| other.source == note.source);
    let (number, state) = match replaced {
        Some((number, ..)) => (*number, State::Changed),
        None => (there.last().map_or(1, |(last, ..)| last + 1), State::New),
    };
    let folder = root.join(number.to_string());
    put_in_place(&root, number, &new, &folder)
        .with_context(|| format!("cannot write {}", folder.display()))?;
    Ok((folder.join(&note.name), state))
}

fn lock(root: &Path) -> io::Result<File> {
    fs::create_dir_all(root)?;
    let lock = File::create(root.join(LOCK))?;
    lock.lock()?;
    Ok(lock)
}

/// Finishes what a process left that ended while it wrote.
fn tidy(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if let Some(number) = name.strip_prefix(OLD) {
            let place = root.join(number);
            if place.exists() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::rename(entry.path(), place)?;
            }
        } else if name == NEW {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn put_in_place(root: &Path, number: u32, new: &Path, folder: &Path) -> io::Result<()> {
    let old = root.join(format!("{OLD}{number}"));
    if folder.exists() {
        fs::rename(folder, &old)?;
        fs::rename(new, folder)?;
        return fs::remove_dir_all(old);
    }
    fs::rename(new, folder)
}

/// Numbers, folders and notes, by number.
fn entries(root: &Path) -> anyhow::Result<Vec<(u32, PathBuf, Note)>> {
    let mut found = Vec::new();
    let names = match fs::read_dir(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        names => names.with_context(|| format!("cannot read {}", root.display()))?,
    };
    for entry in names {
        let entry = entry?;
        let Some(number) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let folder = entry.path();
        let note = note(&folder).with_context(|| {
            format!(
                "{} is no catalogue that was imported: remove it and import it again",
                folder.display()
            )
        })?;
        found.push((number, folder, note));
    }
    found.sort_unstable_by_key(|(number, ..)| *number);
    Ok(found)
}

fn note(folder: &Path) -> io::Result<Note> {
    Ok(serde_json::from_slice(&fs::read(folder.join(NOTE))?)?)
}

/// Copies the files that an import read, and nothing else.
fn copy(path: &Path, report: &ImportReport, new: &Path) -> io::Result<Note> {
    let source = path.canonicalize()?;
    let name = source.file_name().unwrap_or_default().to_string_lossy();
    let below = if source.is_dir() {
        new.join(&*name)
    } else {
        new.to_owned()
    };
    fs::create_dir_all(&below)?;
    let mut hash = Xxh3::new();
    for file in report.files.iter().map(|rows| &rows.file) {
        let file_name = file.file_name().unwrap_or_default();
        hash.update(file_name.as_encoded_bytes());
        let length = copy_file(file, &below.join(file_name), &mut hash)?;
        hash.update(&length.to_le_bytes());
    }
    let note = Note {
        source: source.to_string_lossy().into_owned(),
        name: name.into_owned(),
        xxh3: format!("{:032x}", hash.digest128()),
    };
    fs::write(new.join(NOTE), serde_json::to_vec_pretty(&note)?)?;
    Ok(note)
}

fn copy_file(from: &Path, to: &Path, hash: &mut Xxh3) -> io::Result<u64> {
    let (mut from, mut to) = (File::open(from)?, File::create_new(to)?);
    let (mut length, mut buffer) = (0, vec![0; CHUNK]);
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        length += read as u64;
    }
    to.sync_all()?;
    Ok(length)
}

#[cfg(test)]
mod tests {
    use matinee_training::ingest::{self, ImportOptions};

    use super::*;

    fn write(dir: &Path, name: &str, films: &[&str]) -> PathBuf {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let rows = films
            .iter()
            .enumerate()
            .map(|(n, film)| format!("{},{film},Crime\n", n + 1));
        let text = format!("movieId,title,genres\n{}", rows.collect::<String>());
        fs::write(&path, text).unwrap();
        path
    }

    fn import(path: &Path, data: &Path) -> (PathBuf, State) {
        let imported = ingest::import(path, &ImportOptions::default()).unwrap();
        keep(path, &imported.report, data).unwrap()
    }

    #[test]
    fn catalogues_are_kept_once_in_the_order_of_their_first_import() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        assert_eq!(kept(&data).unwrap(), Vec::<PathBuf>::new());
        let one = write(dir.path(), "one/films.csv", &["Heat (1995)"]);
        let set = write(dir.path(), "set/movies.csv", &["Ronin (1998)"]);
        fs::write(set.with_file_name("other.txt"), "not read").unwrap();
        let (first, second) = (
            data.join("catalogues/1/films.csv"),
            data.join("catalogues/2/set"),
        );
        assert_eq!(import(&one, &data), (first.clone(), State::New));
        assert_eq!(
            import(set.parent().unwrap(), &data),
            (second.clone(), State::New)
        );
        assert!(second.join("movies.csv").is_file() && !second.join("other.txt").exists());
        assert_eq!(import(&one, &data), (first.clone(), State::Same));

        write(dir.path(), "one/films.csv", &["Heat (1995)", "M (1931)"]);
        assert_eq!(import(&one, &data), (first.clone(), State::Changed));
        assert_eq!(fs::read(&first).unwrap(), fs::read(&one).unwrap());
        assert_eq!(kept(&data).unwrap(), [first, second]);
    }

    #[test]
    fn files_of_one_name_from_two_places_are_two_catalogues() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let one = write(dir.path(), "a/movies.csv", &["Heat (1995)"]);
        let other = write(dir.path(), "b/movies.csv", &["M (1931)"]);
        let same = write(dir.path(), "c/movies.csv", &["M (1931)"]);
        import(&one, &data);
        assert_eq!(import(&other, &data).1, State::New);
        assert_eq!(import(&same, &data).1, State::Same);
        assert_eq!(kept(&data).unwrap().len(), 2);
    }

    #[test]
    fn what_a_process_left_that_ended_meanwhile_is_put_right() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let one = write(dir.path(), "one.csv", &["Heat (1995)"]);
        let other = write(dir.path(), "other.csv", &["M (1931)"]);
        import(&one, &data);
        let root = data.join("catalogues");
        fs::rename(root.join("1"), root.join(".old-1")).unwrap();
        fs::create_dir_all(root.join(".new/half")).unwrap();
        assert_eq!(import(&other, &data).0, root.join("2/other.csv"));
        assert_eq!(kept(&data).unwrap().len(), 2);
        assert!(!root.join(".new").exists() && !root.join(".old-1").exists());
    }

    #[test]
    fn a_folder_that_no_import_wrote_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("catalogues/7")).unwrap();
        let error = kept(dir.path()).unwrap_err().to_string();
        assert!(error.contains("catalogues/7"), "{error}");
    }
}
