//! Archives that ask for too much, addresses, and the part of an archive on the disk.

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::part::{Origin, Part};
use super::unpack::{Limits, unpack};
use super::{Address, DataSet, FetchError};

const URL: &str = "http://mirror.example/set.zip";

fn zipped(pack: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Cursor<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    pack(&mut archive);
    Cursor::new(archive.finish().unwrap().into_inner())
}

fn files(names: &[&str], content: &[u8]) -> Cursor<Vec<u8>> {
    zipped(|archive| {
        for name in names {
            let options = SimpleFileOptions::default();
            archive.start_file(*name, options).unwrap();
            archive.write_all(content).unwrap();
        }
    })
}

/// Why an archive is not unpacked, with these limits.
fn refusal(archive: Cursor<Vec<u8>>, entries: usize, bytes: u64) -> String {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { entries, bytes };
    let error = unpack(archive, URL, &dir.path().join("new"), limits).unwrap_err();
    assert!(error.is_of_the_archive(), "{error}");
    error.to_string()
}

#[test]
fn what_grows_too_large_is_not_unpacked() {
    let zeros = files(&["a", "b"], &vec![0; 600_000]);
    assert!(zeros.get_ref().len() < 10_000);
    assert!(refusal(zeros.clone(), 10, 1_000_000).contains("more than 1000000 bytes"));
    assert!(refusal(zeros.clone(), 1, 2_000_000).contains("2 entries"));
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits {
        entries: 2,
        bytes: 1_200_000,
    };
    let entries = unpack(zeros, URL, dir.path(), limits).unwrap();
    assert_eq!(entries["b"].bytes, 600_000);
    assert_eq!(fs::read(dir.path().join("a")).unwrap(), vec![0; 600_000]);
}

#[test]
fn links_are_not_unpacked() {
    let archive = zipped(|archive| {
        let options = SimpleFileOptions::default();
        archive
            .add_symlink("set/movies.csv", "/etc/passwd", options)
            .unwrap();
    });
    assert!(refusal(archive, 10, 1000).contains("is a link"));
}

#[test]
fn the_one_folder_and_what_macos_adds_are_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let names = ["set/a", "set/deep/b", "set/.DS_Store", "__MACOSX/set/._a"];
    let entries = unpack(files(&names, b"x"), URL, dir.path(), Limits::default()).unwrap();
    assert_eq!(entries.keys().collect::<Vec<_>>(), ["a", "deep/b"]);
    let other = dir.path().join("other");
    let entries = unpack(files(&["set/a", "b"], b"x"), URL, &other, Limits::default()).unwrap();
    assert_eq!(entries.keys().collect::<Vec<_>>(), ["b", "set/a"]);
}

#[test]
fn an_address_is_of_an_archive_or_of_a_folder_of_them() {
    for (given, archive) in [
        ("http://a.example", "http://a.example/ml-1m.zip"),
        ("https://a.example/x/", "https://a.example/x/ml-1m.zip"),
        (
            "http://a.example:8000/x",
            "http://a.example:8000/x/ml-1m.zip",
        ),
        ("http://a.example/other.ZIP", "http://a.example/other.ZIP"),
    ] {
        let address: Address = given.parse().unwrap();
        assert_eq!(address.archive(DataSet::Movielens1m), archive);
        assert!(!address.is_official());
    }
    let official: Address = "https://files.grouplens.org/datasets/movielens"
        .parse()
        .unwrap();
    assert!(official.is_official() && official.is_https());
    for wrong in [
        "",
        "a.example",
        "ftp://a.example/",
        "http://",
        "http://a b/",
        "http://a.example/?x=ml-1m.zip",
    ] {
        assert!(wrong.parse::<Address>().is_err(), "{wrong}");
    }
}

fn origin(url: &str) -> Origin {
    Origin {
        url: url.to_owned(),
        validator: Some("\"tag\"".to_owned()),
        bytes: Some(10),
        md5: None,
    }
}

fn content(part: &mut Part) -> Vec<u8> {
    let mut bytes = Vec::new();
    part.reader().unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_part_is_known_again_with_what_it_is_a_part_of() {
    let dir = tempfile::tempdir().unwrap();
    let open = || Part::open(dir.path(), "set");
    {
        let mut part = open().unwrap();
        part.begin(origin(URL)).unwrap();
        part.append(b"01234").unwrap();
        assert!(matches!(open(), Err(FetchError::Busy { .. })));
    }
    let mut part = open().unwrap();
    assert_eq!(part.len(), 5);
    assert_eq!(part.origin(URL, None), Some(&origin(URL)));
    assert_eq!(part.origin("http://other.example/set.zip", None), None);
    let other = "d41d8cd98f00b204e9800998ecf8427e".parse().ok();
    assert_eq!(part.origin(URL, other), None);
    part.append(b"56789").unwrap();
    // The MD5 of "0123456789", by md5sum.
    assert_eq!(part.md5().to_string(), "781e5e245d69b566979b86e28d23f2c7");
    assert_eq!(content(&mut part), b"0123456789");
    part.remove().unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn bytes_without_a_readable_note_are_of_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("set.zip.part"), "01234").unwrap();
    fs::write(dir.path().join("set.zip.part.json"), "{}").unwrap();
    let mut part = Part::open(dir.path(), "set").unwrap();
    assert_eq!((part.len(), part.origin(URL, None)), (5, None));
    part.begin(origin(URL)).unwrap();
    part.append(b"new").unwrap();
    assert_eq!((part.len(), content(&mut part)), (3, b"new".to_vec()));
}

proptest! {
    #[test]
    fn whatever_an_archive_names_its_file_nothing_is_written_elsewhere(
        name in r"[a-c./\\: \x00]{1,12}"
    ) {
        let dir = tempfile::tempdir().unwrap();
        let new = dir.path().join("deep/new");
        let archive = zipped(|archive| {
            let options = SimpleFileOptions::default();
            if archive.start_file(name.clone(), options).is_ok() {
                archive.write_all(b"x").unwrap();
            }
        });
        let unpacked = unpack(archive, URL, &new, Limits::default());
        for folder in [dir.path(), &dir.path().join("deep")] {
            let Ok(entries) = fs::read_dir(folder) else { continue };
            for entry in entries {
                let path = entry.unwrap().path();
                prop_assert!(Path::new(&new).starts_with(&path), "{path:?}");
            }
        }
        for name in unpacked.into_iter().flatten().map(|(name, _)| name) {
            prop_assert!(new.join(name).is_file());
        }
    }
}
