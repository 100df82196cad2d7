//! Listing versions, copying them between stores, going back.

use bytes::Bytes;
use futures_util::FutureExt as _;

use super::forge::{draft, load_now, read, stored, write};
use crate::fixture;
use crate::model::{
    CURRENT_KEY, Draft, ModelError, Transfer, make_live, publish, transfer, versions,
};
use crate::ports::{Blob, BlobError, Blobs, ETag, Expect, MemoryBlobs};

fn newer() -> Draft {
    Draft {
        created: "2026-02-01T00:00:00Z".to_owned(),
        ..fixture::draft(&fixture::movies()[..5])
    }
}

/// A store with two versions; the newer one is live.
fn two() -> (MemoryBlobs, String, String) {
    let (blobs, old) = stored();
    let new = publish(&blobs, &newer()).now_or_never().unwrap().unwrap();
    let new = new.version().to_owned();
    (blobs, old.model_version, new)
}

fn copy(from: &impl Blobs, to: &impl Blobs, version: Option<&str>) -> Result<Transfer, ModelError> {
    let work = transfer(from, to, version, |_, _, _| {});
    work.now_or_never().unwrap()
}

fn list(blobs: &impl Blobs) -> Vec<(String, bool, bool)> {
    let (listed, _) = versions(blobs).now_or_never().unwrap().unwrap();
    listed
        .into_iter()
        .map(|entry| (entry.model_version, entry.live, entry.manifest.is_ok()))
        .collect()
}

#[test]
fn versions_are_listed_oldest_first_with_the_live_one_marked() {
    let (blobs, old, new) = two();
    assert_eq!(list(&blobs), [(old, false, true), (new, true, true)]);
    assert_eq!(list(&MemoryBlobs::default()), []);
}

#[test]
fn a_version_without_a_manifest_is_listed_as_such() {
    let (blobs, old, new) = two();
    write(&blobs, "20250101T000000Z-00000000/titles.bin", "half");
    blobs
        .delete(&format!("{new}/manifest.json"))
        .now_or_never()
        .unwrap()
        .unwrap();
    let half = "20250101T000000Z-00000000".to_owned();
    let expected = [(half, false, false), (old, false, true), (new, true, false)];
    assert_eq!(list(&blobs), expected);
}

#[test]
fn an_older_version_can_be_made_live_again() {
    let (blobs, old, new) = two();
    let moved = make_live(&blobs, &old, None)
        .now_or_never()
        .unwrap()
        .unwrap();
    assert_eq!(moved.before.as_deref(), Some(new.as_str()));
    assert_eq!(load_now(&blobs).unwrap().version(), old);
    let again = make_live(&blobs, &old, None)
        .now_or_never()
        .unwrap()
        .unwrap();
    assert_eq!(again.before.as_deref(), Some(old.as_str()));
}

#[test]
fn a_version_that_is_broken_or_missing_is_never_made_live() {
    let (blobs, old, new) = two();
    write(&blobs, &format!("{old}/similar.bin"), "nonsense");
    for version in [old.as_str(), "20990101T000000Z-00000000", "../up", ""] {
        let refused = make_live(&blobs, version, None).now_or_never().unwrap();
        assert!(refused.is_err(), "{version}");
        assert_eq!(load_now(&blobs).unwrap().version(), new);
    }
}

#[test]
fn a_version_is_copied_whole_and_made_live() {
    let (from, old, new) = two();
    let to = MemoryBlobs::default();
    let moved = copy(&from, &to, None).unwrap();
    assert_eq!((moved.before, moved.written), (None, 7));
    assert_eq!(load_now(&to).unwrap().version(), new);
    for key in from.list(&new).now_or_never().unwrap().unwrap() {
        assert_eq!(read(&from, &key), read(&to, &key), "{key}");
    }
    // Another version by name; what is there already is not written again.
    let moved = copy(&from, &to, Some(&old)).unwrap();
    assert_eq!((moved.before, moved.written), (Some(new.clone()), 7));
    let moved = copy(&from, &to, Some(&new)).unwrap();
    assert_eq!((moved.before, moved.written), (Some(old), 0));
}

#[test]
fn what_was_broken_off_is_taken_up_again() {
    let (from, _, new) = two();
    let to = MemoryBlobs::default();
    let key = format!("{new}/titles.bin");
    write(&to, &key, read(&from, &key));
    assert_eq!(copy(&from, &to, None).unwrap().written, 6);
}

#[test]
fn another_model_under_the_same_version_is_left_alone() {
    let (from, _, new) = two();
    let (to, manifest) = stored();
    let key = format!("{new}/titles.bin");
    write(&to, &key, "somebody else's");
    let error = copy(&from, &to, None).unwrap_err();
    assert!(
        error.to_string().contains("under the same version"),
        "{error}"
    );
    assert_eq!(read(&to, &key), b"somebody else's");
    assert_eq!(load_now(&to).unwrap().manifest, manifest);
}

#[test]
fn a_broken_model_is_not_copied() {
    let (from, _, new) = two();
    write(&from, &format!("{new}/catalogue.bin"), "nonsense");
    let to = MemoryBlobs::default();
    assert!(copy(&from, &to, None).is_err());
    assert_eq!(list(&to), []);
}

#[test]
fn a_broken_pointer_can_be_mended_by_publishing() {
    let (from, _, new) = two();
    let to = MemoryBlobs::default();
    write(&to, CURRENT_KEY, "nonsense");
    assert_eq!(copy(&from, &to, None).unwrap().before, None);
    assert_eq!(load_now(&to).unwrap().version(), new);
}

/// A store in which somebody else makes a version live just before the pointer is written.
struct Raced {
    blobs: MemoryBlobs,
    theirs: String,
}

impl Blobs for Raced {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        self.blobs.get(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        self.blobs.list(prefix).await
    }

    async fn put(&self, key: &str, bytes: Bytes, expect: Expect) -> Result<ETag, BlobError> {
        if key == CURRENT_KEY {
            make_live(&self.blobs, &self.theirs, None).await.unwrap();
        }
        self.blobs.put(key, bytes, expect).await
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        self.blobs.delete(key).await
    }
}

#[test]
fn of_two_that_publish_at_once_one_wins_whole_and_the_other_says_so() {
    let (from, _, _) = two();
    let (blobs, old, _) = two();
    let third = Draft {
        created: "2026-03-01T00:00:00Z".to_owned(),
        ..draft()
    };
    let third = publish(&from, &third).now_or_never().unwrap().unwrap();
    let raced = Raced {
        blobs,
        theirs: old.clone(),
    };
    let error = copy(&from, &raced, Some(third.version())).unwrap_err();
    assert!(
        matches!(&error, ModelError::Store(BlobError::Conflict { key }) if key == CURRENT_KEY),
        "{error}"
    );
    assert_eq!(load_now(&raced.blobs).unwrap().version(), old);
}

#[test]
fn two_that_publish_the_same_version_at_once_agree() {
    let (from, _, new) = two();
    let (to, _) = stored();
    copy(&from, &to, Some(&new)).unwrap();
    let (_, manifest) = stored();
    make_live(&to, &manifest.model_version, None)
        .now_or_never()
        .unwrap()
        .unwrap();
    let raced = Raced {
        blobs: to,
        theirs: new.clone(),
    };
    assert_eq!(copy(&from, &raced, Some(&new)).unwrap().written, 0);
    assert_eq!(load_now(&raced.blobs).unwrap().version(), new);
}

#[test]
fn a_choice_made_on_a_pointer_that_has_moved_since_changes_nothing() {
    let (blobs, old, _) = two();
    let (_, chosen_on) = versions(&blobs).now_or_never().unwrap().unwrap();
    let third = Draft {
        created: "2026-03-01T00:00:00Z".to_owned(),
        ..draft()
    };
    let third = publish(&blobs, &third).now_or_never().unwrap().unwrap();
    let error = make_live(&blobs, &old, Some(chosen_on))
        .now_or_never()
        .unwrap()
        .unwrap_err();
    assert!(
        matches!(error, ModelError::Store(BlobError::Conflict { .. })),
        "{error}"
    );
    assert_eq!(load_now(&blobs).unwrap().version(), third.version());
}

#[test]
fn a_version_that_was_live_is_not_said_to_be_so_still_when_somebody_moved_the_pointer() {
    let (from, old, new) = two();
    let (blobs, _, _) = two();
    let raced = Raced { blobs, theirs: old };
    let error = copy(&from, &raced, Some(&new)).unwrap_err();
    assert!(
        matches!(error, ModelError::Store(BlobError::Conflict { .. })),
        "{error}"
    );
}
