//! Loading from stores that are broken or change meanwhile.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::FutureExt as _;

use super::forge::{draft, load_now, read, stored, write};
use crate::fixture;
use crate::model::{CURRENT_KEY, Model, ModelError, SectionKind, load, publish};
use crate::ports::{Blob, BlobError, Blobs, ETag, Expect, MemoryBlobs};

#[test]
fn an_empty_store_names_what_is_missing() {
    let error = load_now(&MemoryBlobs::default()).unwrap_err();
    assert!(matches!(&error, ModelError::Missing { key } if key == CURRENT_KEY));
    assert!(error.to_string().contains("train or publish a model"));
}

#[test]
fn a_missing_file_is_named() {
    let (_, manifest) = stored();
    for file in [
        "manifest.json",
        "catalogue.bin",
        "titles.bin",
        "similar.bin",
        "weights.bin",
        "personas.bin",
        "rating.bin",
    ] {
        let (blobs, _) = stored();
        let expected = format!("{}/{file}", manifest.model_version);
        blobs.delete(&expected).now_or_never().unwrap().unwrap();
        let error = load_now(&blobs).unwrap_err();
        assert!(matches!(&error, ModelError::Missing { key } if *key == expected));
    }
}

#[test]
fn a_truncated_or_longer_section_is_refused_by_name() {
    for kind in SectionKind::ALL {
        let (blobs, manifest) = stored();
        let key = format!("{}/{kind}.bin", manifest.model_version);
        let mut bytes = read(&blobs, &key);
        let size = bytes.len();
        bytes.push(0);
        for length in [0, 1, size - 1, size + 1] {
            write(&blobs, &key, bytes[..length].to_vec());
            let message = load_now(&blobs).unwrap_err().to_string();
            assert_eq!(
                message,
                format!("section {kind}: expected {size} bytes, found {length}")
            );
        }
    }
}

#[test]
fn an_altered_section_is_refused_by_name() {
    for kind in SectionKind::ALL {
        let (blobs, manifest) = stored();
        let key = format!("{}/{kind}.bin", manifest.model_version);
        let whole = read(&blobs, &key);
        for at in (0..whole.len()).step_by(7) {
            let mut altered = whole.clone();
            altered[at] ^= 1;
            write(&blobs, &key, altered);
            let message = load_now(&blobs).unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("section {kind}: checksum ")),
                "{message}"
            );
        }
    }
}

#[test]
fn sections_that_changed_names_are_refused() {
    for kind in SectionKind::ALL {
        for other in SectionKind::ALL.into_iter().filter(|other| *other != kind) {
            let (blobs, manifest) = stored();
            let version = manifest.model_version;
            let bytes = read(&blobs, &format!("{version}/{other}.bin"));
            write(&blobs, &format!("{version}/{kind}.bin"), bytes);
            let message = load_now(&blobs).unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("section {kind}: expected")),
                "{message}"
            );
        }
    }
}

#[test]
fn a_section_of_another_model_is_refused() {
    let other = fixture::draft(&fixture::movies()[..5]);
    for kind in SectionKind::ALL {
        let (blobs, manifest) = stored();
        let key = format!("{}/{kind}.bin", manifest.model_version);
        write(&blobs, &key, other.sections[&kind].clone());
        let message = load_now(&blobs).unwrap_err().to_string();
        assert!(
            message.starts_with(&format!("section {kind}: ")),
            "{message}"
        );
    }
}

#[test]
fn sections_of_two_models_under_one_manifest_are_refused() {
    // Every checksum is right, only the sections do not belong together.
    for (kind, cause) in [
        (
            SectionKind::Catalogue,
            "section titles: column \"hit_movie\", value ",
        ),
        (
            SectionKind::Similar,
            "section similar: column \"blended_at\": expected 10 values, found 6",
        ),
        (
            SectionKind::Weights,
            "section weights: column \"weight_at\": expected 10 values, found 6",
        ),
    ] {
        let mut mixed = draft();
        let small = fixture::draft(&fixture::movies()[..5]);
        let section = small.sections[&kind].clone();
        mixed.sections.insert(kind, section);
        let outcome = publish(&MemoryBlobs::default(), &mixed).now_or_never();
        let message = outcome.unwrap().unwrap_err().to_string();
        assert!(message.starts_with(cause), "{message}");
    }
}

/// A store whose content changes just before one of the reads.
struct Changing {
    before: MemoryBlobs,
    after: MemoryBlobs,
    /// How many reads still see `before`.
    left: AtomicUsize,
}

impl Blobs for Changing {
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Blob>, BlobError>> + Send {
        let left = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        let blobs = if left.is_ok() {
            &self.before
        } else {
            &self.after
        };
        blobs.get(key)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        panic!("loading lists {prefix}");
    }

    async fn put(&self, key: &str, _: Bytes, _: Expect) -> Result<ETag, BlobError> {
        panic!("loading writes {key}");
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        panic!("loading deletes {key}");
    }
}

/// A model of the first `films` films, live.
fn publish_films(films: usize) -> (MemoryBlobs, Model) {
    let blobs = MemoryBlobs::default();
    let draft = fixture::draft(&fixture::movies()[..films]);
    let model = publish(&blobs, &draft).now_or_never().unwrap().unwrap();
    (blobs, model)
}

fn copy(from: &MemoryBlobs, version: &str, to: &MemoryBlobs, folder: &str) {
    for file in [
        "manifest.json",
        "catalogue.bin",
        "titles.bin",
        "similar.bin",
        "weights.bin",
        "personas.bin",
        "rating.bin",
    ] {
        let bytes = read(from, &format!("{version}/{file}"));
        write(to, &format!("{folder}/{file}"), bytes);
    }
}

/// Loads while the store changes before the nth read, for every n; how often which model came.
fn load_at_every_moment(make: impl Fn() -> (MemoryBlobs, MemoryBlobs)) -> (usize, usize) {
    let (mut old, mut new) = (0, 0);
    for left in 0..=8 {
        let (before, after) = make();
        let store = Changing {
            before,
            after,
            left: left.into(),
        };
        match load(&store).now_or_never().unwrap() {
            Ok(model) => {
                // All of one model: its number of films everywhere.
                let films = model.catalogue.len();
                assert_eq!(model.manifest.source.movies, films as u64);
                assert!(films == 9 || films == 5, "{films}");
                if films == 9 { old += 1 } else { new += 1 }
            }
            Err(error) => assert!(
                matches!(
                    error,
                    ModelError::Missing { .. }
                        | ModelError::Section { .. }
                        | ModelError::Document { .. }
                ),
                "{error}"
            ),
        }
    }
    (old, new)
}

#[test]
fn a_pointer_that_moves_meanwhile_gives_one_model_or_the_other() {
    let (old, new) = load_at_every_moment(|| {
        // Both versions are there; only the pointer differs.
        let (before, old) = publish_films(9);
        let (after, new) = publish_films(5);
        copy(&before, old.version(), &after, old.version());
        copy(&after, new.version(), &before, new.version());
        (before, after)
    });
    assert_eq!((old, new), (8, 1));
}

#[test]
fn a_version_that_vanishes_meanwhile_gives_one_model_or_names_what_is_missing() {
    let (old, new) = load_at_every_moment(|| (publish_films(9).0, publish_films(5).0));
    // Before the first read, or not before the last was done.
    assert_eq!((old, new), (1, 1));
}

#[test]
fn a_version_folder_that_is_replaced_meanwhile_is_refused() {
    let (old, new) = load_at_every_moment(|| {
        let (before, old) = publish_films(9);
        let (other, new) = publish_films(5);
        // The other model's files under this version's name, its manifest too.
        let after = MemoryBlobs::default();
        copy(&other, new.version(), &after, old.version());
        let key = format!("{}/manifest.json", old.version());
        let manifest = String::from_utf8(read(&after, &key)).unwrap();
        write(&after, &key, manifest.replace(new.version(), old.version()));
        write(&after, CURRENT_KEY, read(&before, CURRENT_KEY));
        (before, after)
    });
    assert_eq!((old, new), (1, 2));
}
