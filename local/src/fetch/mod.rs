//! Downloading the public data sets: what was begun goes on, what is there is not fetched again.
//!
//! The archive is written to `<folder>.zip.part`, compared with the checksum that its publisher
//! states, unpacked beside its place, and renamed into it. Whatever ends the process meanwhile, the
//! same command goes on: with the part of the archive that is there, and never with half a folder.

mod checksum;
mod download;
mod error;
mod http;
mod part;
mod record;
mod sets;
#[cfg(test)]
mod tests;
mod unpack;

use std::fs;
use std::path::{Path, PathBuf};

use matinee_training::Progress as _;
use matinee_training::{ingest, interactions};

use crate::output;
use crate::progress::Stages;

pub(crate) use checksum::Md5Sum;
pub(crate) use error::FetchError;
pub(crate) use record::Record;
pub(crate) use sets::{Address, DataSet};

use part::Part;
use unpack::Limits;

/// What to fetch, from where, and where to.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// The data set.
    pub(crate) set: DataSet,
    /// Where its archive is.
    pub(crate) address: Address,
    /// The archive's checksum; what is published beside the archive where this is not given.
    pub(crate) md5: Option<Md5Sum>,
    /// The folder in which the data set's own folder is made.
    pub(crate) out: PathBuf,
    /// Whether to fetch what is there already.
    pub(crate) again: bool,
}

/// A data set that is there.
#[derive(Clone, Debug)]
pub(crate) struct Fetched {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// What it was made of.
    pub(crate) record: Record,
    /// Whether it was fetched now; otherwise it was there, and each file as it was unpacked.
    pub(crate) new: bool,
}

/// Sees to it that the data set is there, whole and verified.
///
/// # Errors
/// [`FetchError`]. What was downloaded stays for the next call, unless its checksum is wrong.
pub(crate) fn fetch(order: &Order, stages: &Stages) -> Result<Fetched, FetchError> {
    let name = order.set.folder();
    let folder = order.out.join(name);
    if let Some(record) = there(order, &folder, stages)? {
        Part::remove_leftover(&order.out, name);
        return Ok(Fetched {
            folder,
            record,
            new: false,
        });
    }
    fs::create_dir_all(&order.out).map_err(|e| FetchError::io("make", &order.out, e))?;
    let mut part = Part::open(&order.out, name)?;
    let agent = http::agent(&order.address)?;
    let url = order.address.archive(order.set);
    let expected = expected(order, &agent, &url)?;
    let md5 = download::download(&agent, &url, expected, &mut part, stages)?;
    let source = record::Archive {
        set: order.set,
        url,
        bytes: part.len(),
        md5,
        verified: expected.is_some(),
    };
    let record = put_in_place(source, &mut part, &folder, stages)?;
    part.remove()?;
    Ok(Fetched {
        folder,
        record,
        new: true,
    })
}

/// The record of the data set that is there and whole; nothing where it is to be fetched.
fn there(order: &Order, folder: &Path, stages: &Stages) -> Result<Option<Record>, FetchError> {
    if !folder.exists() {
        return Ok(None);
    }
    let Some(record) = Record::read(folder) else {
        return Err(FetchError::Occupied {
            path: folder.to_owned(),
        });
    };
    if order.again {
        return Ok(None);
    }
    stages.stage(&format!("verifying {}", order.set.folder()), 0);
    let other = order.md5.is_some_and(|md5| md5 != record.archive.md5);
    let fault = if other {
        Some("its archive had another checksum".to_owned())
    } else {
        record.fault(folder)
    };
    if let Some(fault) = fault {
        output::say(format_args!(
            "{} is not what it should be ({fault}): it is fetched anew.",
            folder.display()
        ));
        return Ok(None);
    }
    Ok(Some(record))
}

/// The checksum that the archive must have; nothing where a mirror states none.
fn expected(order: &Order, agent: &ureq::Agent, url: &str) -> Result<Option<Md5Sum>, FetchError> {
    if let Some(md5) = order.md5 {
        return Ok(Some(md5));
    }
    let published = checksum::published(agent, url)?;
    if published.is_none() {
        if order.address.is_official() {
            return Err(FetchError::NoChecksum {
                url: checksum::address(url),
            });
        }
        output::say(format_args!(
            "warning: the mirror has no {}: what comes is not verified. `--md5 HEX` states a \
             checksum.",
            checksum::address(url)
        ));
    }
    Ok(published)
}

/// Unpacks the archive beside the folder's place, and then lets it take that place.
fn put_in_place(
    source: record::Archive,
    part: &mut Part,
    folder: &Path,
    stages: &Stages,
) -> Result<Record, FetchError> {
    let name = source.set.folder();
    let (new, old) = (
        beside(folder, name, "unpacking"),
        beside(folder, name, "old"),
    );
    for leftover in [&new, &old] {
        remove_folder(leftover)?;
    }
    stages.stage(&format!("unpacking {name}"), 0);
    let record = match unpacked(source, part, &new) {
        Ok(record) => record,
        Err(error) => {
            remove_folder(&new)?;
            if error.is_of_the_archive() {
                part.remove()?;
            }
            return Err(error);
        }
    };
    let rename = |from: &Path, to: &Path| {
        fs::rename(from, to).map_err(|e| FetchError::io("rename", from, e))
    };
    if folder.exists() {
        rename(folder, &old)?;
    }
    rename(&new, folder)?;
    remove_folder(&old)?;
    Ok(record)
}

/// Makes a new folder of the archive.
fn unpacked(source: record::Archive, part: &mut Part, folder: &Path) -> Result<Record, FetchError> {
    let files = unpack::unpack(part.reader()?, &source.url, folder, Limits::default())?;
    check(&source, folder)?;
    Record::write(source, files, folder)
}

/// A hidden folder beside another one.
fn beside(folder: &Path, name: &str, what: &str) -> PathBuf {
    folder.with_file_name(format!(".{name}.{what}"))
}

fn remove_folder(folder: &Path) -> Result<(), FetchError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(FetchError::io("remove", folder, error))
        }
        _ => Ok(()),
    }
}

/// Whether what was unpacked is a data set of films and of what viewers did.
fn check(source: &record::Archive, folder: &Path) -> Result<(), FetchError> {
    let films = ingest::recognise(folder).map(|format| format.is_some());
    let ratings = interactions::recognise(folder).map(|format| format.is_some());
    match (films, ratings) {
        (Ok(true), Ok(true)) => Ok(()),
        _ => Err(FetchError::NotTheSet {
            url: source.url.clone(),
            set: source.set,
        }),
    }
}
