//! Publishing, above all when it fails half-way.

use std::sync::Mutex;

use bytes::Bytes;
use futures_util::FutureExt as _;

use super::forge::{draft, load_now, read, stored, write};
use crate::fixture;
use crate::model::{CURRENT_KEY, Draft, Model, ModelError, SectionFault, SectionKind, publish};
use crate::ports::{Blob, BlobError, Blobs, ETag, Expect, MemoryBlobs, StoreCause};

fn publish_now(blobs: &impl Blobs, draft: &Draft) -> Result<Model, ModelError> {
    publish(blobs, draft).now_or_never().unwrap()
}

#[test]
fn publishing_the_same_model_twice_changes_nothing() {
    let (blobs, manifest) = stored();
    let before = read(&blobs, CURRENT_KEY);
    let again = publish_now(&blobs, &draft()).unwrap();
    assert_eq!(again.manifest, manifest);
    assert_eq!(read(&blobs, CURRENT_KEY), before);
}

#[test]
fn versions_sort_by_time() {
    let mut draft = draft();
    let earlier = draft.manifest().model_version;
    draft.created = "2026-02-01T00:00:00Z".to_owned();
    assert!(earlier < draft.manifest().model_version);
}

/// What a store does to one of its writes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trouble {
    /// Fails and writes nothing: the disk is full.
    Full,
    /// Writes and says that it failed: the answer was lost.
    AnswerLost,
    /// Fails, and from then on so does everything else.
    Gone,
    /// Writes other bytes.
    Alters,
}

/// A store in which the write number `at` meets trouble; keeps every key that was written.
struct Troubled {
    blobs: MemoryBlobs,
    at: usize,
    trouble: Trouble,
    keys: Mutex<Vec<String>>,
}

impl Troubled {
    fn new(blobs: MemoryBlobs, at: usize, trouble: Trouble) -> Self {
        Self {
            blobs,
            at,
            trouble,
            keys: Mutex::default(),
        }
    }

    fn written(&self) -> usize {
        self.keys.lock().unwrap().len()
    }

    fn working(&self, action: &'static str, key: &str) -> Result<(), BlobError> {
        let broken = self.trouble == Trouble::Gone && self.written() > self.at;
        if broken {
            Err(full(action, key))
        } else {
            Ok(())
        }
    }
}

fn full(action: &'static str, key: &str) -> BlobError {
    BlobError::Store {
        action,
        key: key.to_owned(),
        cause: StoreCause::Other,
        source: "no space left on device".into(),
    }
}

impl Blobs for Troubled {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        self.working("read", key)?;
        self.blobs.get(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        self.working("list", prefix)?;
        self.blobs.list(prefix).await
    }

    async fn put(&self, key: &str, bytes: Bytes, expect: Expect) -> Result<ETag, BlobError> {
        let number = self.written();
        self.keys.lock().unwrap().push(key.to_owned());
        if number != self.at {
            return self.blobs.put(key, bytes, expect).await;
        }
        match self.trouble {
            Trouble::Full | Trouble::Gone => Err(full("write", key)),
            Trouble::AnswerLost => {
                self.blobs.put(key, bytes, expect).await?;
                Err(full("write", key))
            }
            Trouble::Alters => {
                let mut other = bytes.to_vec();
                let at = other.len() / 2;
                other[at] ^= 1;
                self.blobs.put(key, other.into(), expect).await
            }
        }
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        self.working("delete", key)?;
        self.blobs.delete(key).await
    }
}

/// Every section, the manifest, the pointer.
const WRITES: usize = SectionKind::ALL.len() + 2;

/// A model other than the live one.
fn next() -> Draft {
    Draft {
        created: "2026-02-01T00:00:00Z".to_owned(),
        ..fixture::draft(&fixture::movies()[..5])
    }
}

/// The new version's files that are still there.
fn leftovers(store: &Troubled) -> Vec<String> {
    let keys = store.keys.lock().unwrap().clone();
    let there = |key: &String| {
        let blob = store.blobs.get(key).now_or_never().unwrap().unwrap();
        key != CURRENT_KEY && blob.is_some()
    };
    keys.into_iter().filter(there).collect()
}

#[test]
fn a_disk_that_is_full_leaves_the_live_model_and_nothing_of_the_new_one() {
    for at in 0..WRITES {
        let (blobs, live) = stored();
        let store = Troubled::new(blobs, at, Trouble::Full);
        let error = publish_now(&store, &next()).unwrap_err();
        let failed = store.keys.lock().unwrap()[at].clone();
        let ModelError::Store(cause) = &error else {
            panic!("write {at}: {error}");
        };
        assert_eq!(
            cause.to_string(),
            format!("cannot write {failed:?}: the store failed")
        );
        assert_eq!(store.written(), at + 1, "it goes on after a failure");
        assert_eq!(leftovers(&store), [""; 0], "write {at}");
        assert_eq!(load_now(&store.blobs).unwrap().manifest, live);
    }
    let (blobs, _) = stored();
    let store = Troubled::new(blobs, WRITES, Trouble::Full);
    publish_now(&store, &next()).unwrap();
    assert_eq!(store.written(), WRITES, "a write is not tried");
}

#[test]
fn a_disk_that_is_full_leaves_an_empty_store_empty() {
    for at in 0..WRITES {
        let store = Troubled::new(MemoryBlobs::default(), at, Trouble::Full);
        assert!(publish_now(&store, &next()).is_err());
        assert_eq!(leftovers(&store), [""; 0]);
        let error = load_now(&store.blobs).unwrap_err();
        assert!(matches!(&error, ModelError::Missing { key } if key == CURRENT_KEY));
    }
}

#[test]
fn a_lost_answer_leaves_either_the_live_model_or_all_of_the_new_one() {
    for at in 0..WRITES {
        let (blobs, live) = stored();
        let store = Troubled::new(blobs, at, Trouble::AnswerLost);
        let outcome = publish_now(&store, &next());
        let loaded = load_now(&store.blobs).unwrap();
        if at == WRITES - 1 {
            // The pointer moved: the new model is live, whatever the answer was.
            assert_eq!(outcome.unwrap().manifest, next().manifest());
            assert_eq!(loaded.manifest, next().manifest());
        } else {
            assert!(matches!(outcome, Err(ModelError::Store(_))));
            assert_eq!(loaded.manifest, live);
            assert_eq!(leftovers(&store), [""; 0]);
        }
    }
}

#[test]
fn a_store_that_is_gone_keeps_what_may_be_in_use() {
    for at in 0..WRITES {
        let (blobs, live) = stored();
        let store = Troubled::new(blobs, at, Trouble::Gone);
        let error = publish_now(&store, &next()).unwrap_err();
        // The first failure is told, not that of cleaning up.
        let failed = store.keys.lock().unwrap()[at].clone();
        let ModelError::Store(cause) = &error else {
            panic!("write {at}: {error}");
        };
        assert_eq!(
            cause.to_string(),
            format!("cannot write {failed:?}: the store failed")
        );
        assert_eq!(load_now(&store.blobs).unwrap().manifest, live);
    }
}

#[test]
fn a_store_that_alters_what_it_keeps_is_found_out_before_the_model_is_live() {
    for at in 0..WRITES - 1 {
        let (blobs, live) = stored();
        let store = Troubled::new(blobs, at, Trouble::Alters);
        let error = publish_now(&store, &next()).unwrap_err();
        match &error {
            ModelError::Section { section, fault } => {
                assert_eq!(Some(section), SectionKind::ALL.get(at));
                assert!(matches!(fault, SectionFault::Checksum { .. }), "{fault}");
            }
            ModelError::Document { key, reason } => {
                assert_eq!(*key, store.keys.lock().unwrap()[at]);
                assert_eq!(reason, "it is not what was written");
            }
            _ => panic!("{error}"),
        }
        assert_eq!(leftovers(&store), [""; 0]);
        assert_eq!(load_now(&store.blobs).unwrap().manifest, live);
    }
}

#[test]
fn somebody_elses_pointer_is_not_overwritten() {
    /// A store in which somebody else publishes just before the pointer moves.
    struct Raced(MemoryBlobs, Draft);
    impl Blobs for Raced {
        async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
            self.0.get(key).await
        }
        async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
            self.0.list(prefix).await
        }
        async fn put(&self, key: &str, bytes: Bytes, expect: Expect) -> Result<ETag, BlobError> {
            if key == CURRENT_KEY {
                publish_now(&self.0, &self.1).unwrap();
            }
            self.0.put(key, bytes, expect).await
        }
        async fn delete(&self, key: &str) -> Result<(), BlobError> {
            self.0.delete(key).await
        }
    }
    let (blobs, _) = stored();
    let theirs = fixture::draft(&fixture::movies()[..7]);
    let raced = Raced(blobs, theirs.clone());
    let error = publish_now(&raced, &next()).unwrap_err();
    let ModelError::Store(BlobError::Conflict { key }) = &error else {
        panic!("{error}");
    };
    assert_eq!(key, CURRENT_KEY);
    assert_eq!(load_now(&raced.0).unwrap().manifest, theirs.manifest());
    // The very same model from two sides is no conflict.
    let (blobs, _) = stored();
    let raced = Raced(blobs, next());
    assert_eq!(
        publish_now(&raced, &next()).unwrap().manifest,
        next().manifest()
    );
}

#[test]
fn both_checksums_are_compared_before_a_model_goes_live() {
    // A live model whose manifest has a strong checksum of other bytes: it loads, because only the
    // fast one is compared then, but publishing it again finds out.
    let (blobs, manifest) = stored();
    let key = format!("{}/manifest.json", manifest.model_version);
    let text = String::from_utf8(read(&blobs, &key)).unwrap();
    let sha256 = &manifest.sections[&SectionKind::Titles].sha256;
    write(&blobs, &key, text.replace(sha256, &"0".repeat(64)));
    assert!(load_now(&blobs).is_ok());
    let message = publish_now(&blobs, &draft()).unwrap_err().to_string();
    assert!(
        message.starts_with("section titles: checksum "),
        "{message}"
    );
}

#[test]
fn a_figure_that_is_not_finite_is_refused_before_the_model_is_live() {
    for figure in [f64::NAN, f64::INFINITY] {
        let (blobs, live) = stored();
        let mut draft = next();
        draft.evaluation.insert("ndcg".to_owned(), figure);
        let error = publish_now(&blobs, &draft).unwrap_err();
        assert!(matches!(error, ModelError::Document { .. }), "{error}");
        assert_eq!(load_now(&blobs).unwrap().manifest, live);
    }
}
