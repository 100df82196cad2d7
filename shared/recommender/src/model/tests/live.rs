//! When a newer model takes over, and when the older one goes on.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt as _;

use super::forge::{draft, read, write};
use crate::fixture;
use crate::model::{
    CURRENT_KEY, Draft, LiveModel, ModelEvent, ModelSource as _, Origin, Timing, Unavailable,
    make_live, publish,
};
use crate::ports::{Blob, BlobError, Blobs, Clock, ETag, Expect, MemoryBlobs, Since, StoreCause};

const CHECK: Duration = Duration::from_mins(1);

const TIMING: Timing = Timing {
    check: CHECK,
    patience: Duration::from_secs(1),
    first_patience: Duration::from_secs(5),
    longest: Duration::from_secs(20),
};

/// A clock that stands until it is moved; whoever sleeps by it waits for ever, or not at all.
#[derive(Clone)]
struct FakeClock {
    now: Arc<Mutex<Instant>>,
    /// Requests wait no longer.
    impatient: Arc<AtomicBool>,
    /// Nor does a look.
    over: Arc<AtomicBool>,
}

impl FakeClock {
    fn advance(&self, by: Duration) {
        *self.now.lock().unwrap() += by;
    }

    fn impatient(&self, is: bool) {
        self.impatient.store(is, Ordering::Relaxed);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Instant {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        let passed = if duration < TIMING.longest {
            &self.impatient
        } else {
            &self.over
        };
        poll_fn(|_| {
            if passed.load(Ordering::Relaxed) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

/// A store that counts what is read, fails when told to, and keeps readers waiting.
#[derive(Default)]
struct Watched {
    blobs: MemoryBlobs,
    pointers: AtomicUsize,
    sections: AtomicUsize,
    down: AtomicBool,
    stuck: AtomicBool,
}

impl Watched {
    async fn pass(&self, key: &str) -> Result<(), BlobError> {
        let count = if key == CURRENT_KEY {
            &self.pointers
        } else {
            &self.sections
        };
        count.fetch_add(1, Ordering::Relaxed);
        poll_fn(|_| {
            if self.stuck.load(Ordering::Relaxed) {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
        if self.down.load(Ordering::Relaxed) {
            return Err(BlobError::Store {
                action: "read",
                key: key.to_owned(),
                cause: StoreCause::Unavailable,
                source: "slow down".into(),
            });
        }
        Ok(())
    }

    fn pointers(&self) -> usize {
        self.pointers.load(Ordering::Relaxed)
    }

    fn sections(&self) -> usize {
        self.sections.load(Ordering::Relaxed)
    }
}

impl Blobs for Watched {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        self.pass(key).await?;
        self.blobs.get(key).await
    }

    async fn get_since(&self, key: &str, etag: &ETag) -> Result<Since, BlobError> {
        self.pass(key).await?;
        self.blobs.get_since(key, etag).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        self.blobs.list(prefix).await
    }

    async fn put(&self, key: &str, bytes: Bytes, expect: Expect) -> Result<ETag, BlobError> {
        self.blobs.put(key, bytes, expect).await
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        self.blobs.delete(key).await
    }
}

/// A live model with everything around it.
struct Scene {
    store: Arc<Watched>,
    clock: FakeClock,
    live: LiveModel<Watched, FakeClock>,
    told: Arc<Mutex<Vec<String>>>,
}

impl Scene {
    /// Over an empty store.
    fn new() -> Self {
        let store = Arc::<Watched>::default();
        let clock = FakeClock {
            now: Arc::new(Mutex::new(Instant::now())),
            impatient: Arc::default(),
            over: Arc::default(),
        };
        let told = Arc::<Mutex<Vec<String>>>::default();
        let listener = Arc::clone(&told);
        let watcher = move |event: ModelEvent<'_>| {
            let line = match event {
                ModelEvent::Loaded { model, .. } => format!("loaded {}", model.version()),
                ModelEvent::Delayed { serving } => {
                    format!("delayed; serving {}", serving.unwrap_or("none"))
                }
                ModelEvent::Failed { error, serving } => {
                    format!("{error}; serving {}", serving.unwrap_or("none"))
                }
            };
            listener.lock().unwrap().push(line);
        };
        let blobs = Arc::clone(&store);
        let live = LiveModel::new(blobs, clock.clone(), Origin::Memory, TIMING, watcher);
        Self {
            store,
            clock,
            live,
            told,
        }
    }

    /// With a model loaded, whose version is given back.
    fn serving() -> (Self, String) {
        let scene = Self::new();
        let version = scene.publish(&draft());
        assert_eq!(scene.version().unwrap(), version);
        (scene, version)
    }

    fn publish(&self, draft: &Draft) -> String {
        let model = publish(&self.store.blobs, draft).now_or_never().unwrap();
        model.unwrap().version().to_owned()
    }

    /// The version that answers one request.
    fn version(&self) -> Result<String, Unavailable> {
        let model = self
            .live
            .model()
            .now_or_never()
            .expect("an answer at once")?;
        Ok(model.version().to_owned())
    }

    fn refusal(&self) -> String {
        self.version().unwrap_err().to_string()
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }
}

fn newer() -> Draft {
    Draft {
        created: "2026-02-01T00:00:00Z".to_owned(),
        ..fixture::draft(&fixture::movies()[..5])
    }
}

#[test]
fn a_new_model_takes_over_at_the_next_look_and_not_before() {
    let (scene, old) = Scene::serving();
    let new = scene.publish(&newer());
    scene.clock.advance(Duration::from_millis(59_999));
    assert_eq!(scene.version().unwrap(), old);
    scene.clock.advance(Duration::from_millis(1));
    assert_eq!(scene.version().unwrap(), new);
    assert_eq!(
        scene.told(),
        [format!("loaded {old}"), format!("loaded {new}")]
    );
}

#[test]
fn an_unchanged_pointer_costs_one_small_read_a_check() {
    let (scene, version) = Scene::serving();
    let sections = scene.store.sections();
    for looks in 1..4 {
        scene.clock.advance(CHECK);
        for _ in 0..5 {
            assert_eq!(scene.version().unwrap(), version);
        }
        assert_eq!(scene.store.pointers(), 1 + looks);
    }
    assert_eq!(scene.store.sections(), sections);
}

#[test]
fn without_a_model_every_cause_is_told_and_loading_is_tried_again_at_growing_intervals() {
    let scene = Scene::new();
    assert!(scene.refusal().contains("no model file \"current.json\""));
    let version = scene.publish(&draft());
    // Not yet: the next try comes after a second.
    assert!(scene.refusal().contains("current.json"));
    scene.clock.advance(Duration::from_secs(1));
    scene.store.down.store(true, Ordering::Relaxed);
    assert_eq!(
        scene.refusal(),
        "cannot read \"current.json\": the store cannot be reached or does not keep up"
    );
    scene.clock.advance(Duration::from_secs(1));
    scene.store.down.store(false, Ordering::Relaxed);
    assert!(scene.version().is_err(), "the second wait is longer");
    scene.clock.advance(Duration::from_secs(1));
    assert_eq!(scene.version().unwrap(), version);
}

#[test]
fn a_refused_model_leaves_the_old_one_serving() {
    let (scene, old) = Scene::serving();
    scene.told();
    let new = scene.publish(&newer());
    let section = format!("{new}/titles.bin");
    let sound = read(&scene.store.blobs, &section);
    let mut damaged = sound.clone();
    damaged[100] ^= 1;
    write(&scene.store.blobs, &section, damaged);
    scene.clock.advance(CHECK);
    assert_eq!(scene.version().unwrap(), old);
    let told = scene.told();
    assert!(told[0].starts_with("section titles: checksum"), "{told:?}");
    assert!(told[0].ends_with(&format!("serving {old}")), "{told:?}");

    // What was only damaged on its way is had at a later look.
    write(&scene.store.blobs, &section, sound);
    scene.clock.advance(CHECK);
    assert_eq!(scene.version().unwrap(), new);
}

#[test]
fn a_model_that_stays_broken_is_not_fetched_at_every_look() {
    let (scene, old) = Scene::serving();
    let new = scene.publish(&newer());
    write(&scene.store.blobs, &format!("{new}/titles.bin"), "nonsense");
    let before = scene.store.sections();
    let looks = 240;
    for _ in 0..looks {
        scene.clock.advance(CHECK);
        assert_eq!(scene.version().unwrap(), old);
    }
    let files = 7;
    let tries = (scene.store.sections() - before) / files;
    // Four hours: the waits double from a second to an hour.
    assert!((8..=16).contains(&tries), "{tries} tries in {looks} looks");

    // A pointer to something else is followed at once.
    make_live(&scene.store.blobs, &old, None)
        .now_or_never()
        .unwrap()
        .unwrap();
    let third = scene.publish(&Draft {
        created: "2026-03-01T00:00:00Z".to_owned(),
        ..draft()
    });
    scene.clock.advance(CHECK);
    assert_eq!(scene.version().unwrap(), third);
}

#[test]
fn a_pointer_that_vanishes_or_leads_nowhere_leaves_the_old_model_serving() {
    let (scene, old) = Scene::serving();
    scene.told();
    let pointer = read(&scene.store.blobs, CURRENT_KEY);
    let elsewhere = String::from_utf8(pointer)
        .unwrap()
        .replace(&old, "20990101T000000Z-00000000");
    write(&scene.store.blobs, CURRENT_KEY, elsewhere);
    scene.clock.advance(CHECK);
    assert_eq!(scene.version().unwrap(), old);
    scene
        .store
        .blobs
        .delete(CURRENT_KEY)
        .now_or_never()
        .unwrap()
        .unwrap();
    scene.clock.advance(CHECK);
    assert_eq!(scene.version().unwrap(), old);
    let told = scene.told();
    assert!(
        told[0].contains("20990101T000000Z-00000000/manifest.json"),
        "{told:?}"
    );
    assert!(told[1].contains("current.json"), "{told:?}");
}

#[test]
fn past_its_patience_a_request_gets_the_old_model_and_the_next_one_goes_on_with_the_look() {
    let (scene, old) = Scene::serving();
    let new = scene.publish(&newer());
    scene.clock.advance(CHECK);
    scene.store.stuck.store(true, Ordering::Relaxed);
    scene.clock.impatient(true);
    assert_eq!(scene.version().unwrap(), old);
    let reads = scene.store.pointers();
    assert_eq!(scene.version().unwrap(), old);
    assert_eq!(scene.store.pointers(), reads, "the look was begun anew");
    scene.store.stuck.store(false, Ordering::Relaxed);
    scene.clock.impatient(false);
    assert_eq!(
        scene.version().unwrap(),
        new,
        "without waiting for the next check"
    );
}

#[test]
fn past_its_patience_a_first_request_says_that_the_model_is_being_loaded() {
    let scene = Scene::new();
    let version = scene.publish(&draft());
    scene.store.stuck.store(true, Ordering::Relaxed);
    scene.clock.impatient(true);
    assert!(matches!(scene.version(), Err(Unavailable::Loading)));
    // The connections of the look are gone, as after a snapshot.
    scene.live.start_over().now_or_never().unwrap();
    scene.store.stuck.store(false, Ordering::Relaxed);
    scene.clock.impatient(false);
    assert_eq!(scene.version().unwrap(), version);
}

#[test]
fn a_look_that_does_not_end_is_told_given_up_and_does_not_hold_up_requests_for_ever() {
    let (scene, old) = Scene::serving();
    scene.told();
    let new = scene.publish(&newer());
    scene.clock.advance(CHECK);
    scene.store.stuck.store(true, Ordering::Relaxed);
    scene.clock.impatient(true);
    for _ in 0..3 {
        assert_eq!(scene.version().unwrap(), old);
    }
    assert_eq!(
        scene.told(),
        [format!("delayed; serving {old}")],
        "told once"
    );
    scene.clock.over.store(true, Ordering::Relaxed);
    assert_eq!(scene.version().unwrap(), old);
    let told = scene.told();
    assert!(
        told[0].starts_with("the model store failed; serving"),
        "{told:?}"
    );
    // Until the next check nobody waits.
    let reads = scene.store.pointers();
    assert_eq!(scene.version().unwrap(), old);
    assert_eq!(scene.store.pointers(), reads);
    scene.store.stuck.store(false, Ordering::Relaxed);
    scene.clock.over.store(false, Ordering::Relaxed);
    scene.clock.impatient(false);
    scene.clock.advance(CHECK);
    assert_eq!(scene.version().unwrap(), new);
}

#[test]
fn a_pointer_that_moves_back_to_the_loaded_model_costs_no_second_load() {
    let (scene, old) = Scene::serving();
    let new = scene.publish(&newer());
    write(&scene.store.blobs, &format!("{new}/titles.bin"), "nonsense");
    scene.clock.advance(CHECK);
    assert_eq!(scene.version().unwrap(), old);
    let sections = scene.store.sections();
    make_live(&scene.store.blobs, &old, None)
        .now_or_never()
        .unwrap()
        .unwrap();
    scene.clock.advance(CHECK);
    assert_eq!(scene.version().unwrap(), old);
    assert_eq!(scene.store.sections(), sections);
}

#[test]
fn troubles_that_are_over_do_not_lengthen_the_wait_after_the_next_one() {
    let (scene, _) = Scene::serving();
    for _ in 0..12 {
        scene.store.down.store(true, Ordering::Relaxed);
        scene.clock.advance(CHECK);
        scene.version().unwrap();
        scene.store.down.store(false, Ordering::Relaxed);
        scene.clock.advance(CHECK);
        scene.version().unwrap();
    }
    let new = scene.publish(&newer());
    let section = format!("{new}/titles.bin");
    let sound = read(&scene.store.blobs, &section);
    write(&scene.store.blobs, &section, "nonsense");
    scene.clock.advance(CHECK);
    scene.version().unwrap();
    write(&scene.store.blobs, &section, sound);
    scene.clock.advance(CHECK);
    assert_eq!(scene.version().unwrap(), new);
}

#[test]
fn while_one_request_waits_for_the_store_the_others_are_answered() {
    let (scene, old) = Scene::serving();
    scene.publish(&newer());
    scene.clock.advance(CHECK);
    scene.store.stuck.store(true, Ordering::Relaxed);
    let mut waiting = Box::pin(scene.live.model());
    assert!(waiting.as_mut().now_or_never().is_none());
    assert_eq!(scene.version().unwrap(), old);
    // One that gives up waiting does not take the look with it.
    drop(waiting);
    scene.store.stuck.store(false, Ordering::Relaxed);
    assert_ne!(scene.version().unwrap(), old);
}

#[test]
fn one_answer_is_of_one_model() {
    let (scene, old) = Scene::serving();
    let model = scene.live.model().now_or_never().unwrap().unwrap();
    scene.publish(&newer());
    scene.clock.advance(CHECK);
    assert_ne!(scene.version().unwrap(), old);
    // Whoever holds the old one keeps the whole of it.
    assert_eq!(model.version(), old);
    assert_eq!(model.catalogue.len() as u64, model.manifest.source.movies);
    assert!(!matches!(
        scene.live.current().map(|model| model.version() == old),
        Some(true)
    ));
}
