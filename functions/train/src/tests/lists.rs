//! Lists for all viewers.

use std::future::poll_fn;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use matinee::model::load;
use matinee::ports::{Blob, ETag};
use matinee::recommend::Personal;
use matinee_training::NoProgress;
use matinee_training::batch::{BatchReport, MANIFEST, Part, batch, part_key};

use super::*;

type Lists<D> = Trainer<MemoryBlobs, MemoryBlobs, MemoryBlobs, D>;

fn step(trainer: &Lists<impl Blobs>, step: &Step, now: Millis) -> Result<Stepped, TrainError> {
    let personal = Personal::default();
    trainer.batch(step, personal, now).now_or_never().unwrap()
}

fn planned(trainer: &Lists<impl Blobs>, shards: usize, now: Millis) -> (Run, Vec<usize>) {
    let plan = Step::Plan {
        shards: Some(shards),
        results: Some(4),
    };
    match step(trainer, &plan, now).unwrap() {
        Stepped::Planned { run, shards } => (run, shards),
        other => panic!("{other:?}"),
    }
}

fn listed(trainer: &Lists<impl Blobs>, run: &Run, shard: usize) -> Option<Part> {
    let list = Step::List {
        run: run.clone(),
        shard,
    };
    match step(trainer, &list, NOW).unwrap() {
        Stepped::Listed(part) => part,
        other => panic!("{other:?}"),
    }
}

fn finished(trainer: &Lists<impl Blobs>, finish: &Step) -> BatchReport {
    match step(trainer, finish, NOW).unwrap() {
        Stepped::Finished(report) => report,
        other => panic!("{other:?}"),
    }
}

/// Has every shard listed.
fn all_listed(trainer: &Lists<impl Blobs>, run: Run, shards: &[usize]) -> Step {
    let parts = shards.iter().map(|shard| listed(trainer, &run, *shard));
    let parts = parts.collect();
    Step::Finish { run, parts }
}

fn overtaken(error: &TrainError, by: &Run) -> bool {
    matches!(error, TrainError::Batch(BatchError::Overtaken { current, .. }) if *current == by.id())
}

#[test]
fn lists_made_in_steps_are_those_that_are_made_at_once() {
    let (folder, trainer) = trained();
    let (run, shards) = planned(&trainer, 5, NOW);
    assert!(shards.len() > 1 && shards.iter().all(|shard| *shard < 5));
    // A step may be done twice.
    listed(&trainer, &run, shards[0]);
    let early = Step::Finish {
        run: run.clone(),
        parts: Vec::new(),
    };
    let error = step(&trainer, &early, NOW).unwrap_err();
    assert!(
        matches!(error, TrainError::Incomplete { parts: 0, .. }),
        "{error}"
    );
    let finish = all_listed(&trainer, run.clone(), &shards);
    let report = finished(&trainer, &finish);
    assert_eq!((report.viewers, report.interactions), (12, 36));
    assert_eq!(
        keys(&trainer.data, "batch-rows/"),
        ["batch-rows/current.json"]
    );

    let model = load(&trainer.models).now_or_never().unwrap().unwrap();
    let at_once = MemoryBlobs::default();
    let settings = run.settings(Personal::default());
    let work = folder.path().join("once");
    let made = batch(
        &trainer.log,
        &model,
        &at_once,
        &work,
        5,
        &settings,
        &NoProgress,
    );
    let made = made.now_or_never().unwrap().unwrap();
    assert_eq!(made, report);
    for key in keys(&at_once, "") {
        let stepped = text(&trainer.data, &format!("batch/{key}"));
        assert_eq!(stepped, text(&at_once, &key), "{key}");
    }
}

#[test]
fn of_two_batches_the_later_goes_on_whichever_is_planned_first() {
    let (_folder, trainer) = trained();
    let (first, shards) = planned(&trainer, 2, NOW);
    let (second, _) = planned(&trainer, 2, Millis(NOW.0 + 5));
    let list = |run: &Run| Step::List {
        run: run.clone(),
        shard: shards[0],
    };
    let error = step(&trainer, &list(&first), NOW).unwrap_err();
    assert!(overtaken(&error, &second), "{error}");
    let plan = Step::Plan {
        shards: Some(2),
        results: None,
    };
    let error = step(&trainer, &plan, Millis(NOW.0 + 3)).unwrap_err();
    assert!(overtaken(&error, &second), "{error}");
    step(&trainer, &list(&second), NOW).unwrap();
}

#[test]
fn a_plan_needs_a_model_and_a_moment_of_its_own() {
    let (_folder, empty) = trainer();
    let plan = Step::Plan {
        shards: None,
        results: None,
    };
    let error = step(&empty, &plan, NOW).unwrap_err();
    assert!(matches!(error, TrainError::Model(_)), "{error}");
    let (_folder, trainer) = trained();
    step(&trainer, &plan, NOW).unwrap();
    // What the machine tries again, later.
    let error = step(&trainer, &plan, NOW).unwrap_err();
    assert!(matches!(error, TrainError::Data(_)), "{error}");
}

#[test]
fn what_was_left_on_the_disk_is_gone_when_a_plan_is_done() {
    let (_folder, trainer) = trained();
    let left = trainer.work.join("matinee-7-0");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("00000.tsv"), "rows").unwrap();
    planned(&trainer, 2, NOW);
    assert!(!left.exists());
}

/// A store of which one write can be made to wait.
#[derive(Default)]
struct Slow {
    blobs: MemoryBlobs,
    /// The key that is written next of all that are equal to it.
    waits: Mutex<Option<String>>,
    goes_on: AtomicBool,
}

impl Slow {
    fn hold(&self, key: &str) {
        self.goes_on.store(false, Ordering::Relaxed);
        *self.waits.lock().unwrap() = Some(key.to_owned());
    }

    fn release(&self) {
        self.goes_on.store(true, Ordering::Relaxed);
    }
}

impl Blobs for Slow {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        self.blobs.get(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        self.blobs.list(prefix).await
    }

    async fn put(&self, key: &str, bytes: Bytes, expect: Expect) -> Result<ETag, BlobError> {
        let held = self.waits.lock().unwrap().take_if(|held| held == key);
        if held.is_some() {
            let may = |_: &mut Context<'_>| {
                if self.goes_on.load(Ordering::Relaxed) {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            };
            poll_fn(may).await;
        }
        self.blobs.put(key, bytes, expect).await
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        self.blobs.delete(key).await
    }
}

/// As [`trained`], over a store that can be slow.
fn slow() -> (TempDir, Lists<Slow>) {
    let (folder, trainer) = trained();
    let trainer = Trainer {
        models: trainer.models,
        catalogues: trainer.catalogues,
        items: trainer.items,
        log: trainer.log,
        data: Slow::default(),
        work: trainer.work,
        dense_films: trainer.dense_films,
        memory: trainer.memory,
    };
    (folder, trainer)
}

/// Another viewer, so that a later batch has other lists.
fn newcomer(trainer: &Lists<impl Blobs>, viewer: &str) {
    let like = |film| LogRow::Interaction(like(viewer, film));
    let key = segment_key("2026-02-26", viewer, "1", "2");
    put(&trainer.log, &key, &segment(&[like(1), like(2)]));
}

/// What the manifest names is there, as that batch wrote it.
fn whole(data: &MemoryBlobs) -> BatchReport {
    let manifest = text(data, &format!("{LISTS}{MANIFEST}"));
    let report: BatchReport = serde_json::from_str(&manifest).unwrap();
    for part in &report.parts {
        assert!(part.key.contains(&report.run), "{report:?}");
        let lines = text(data, &format!("{LISTS}{}", part.key));
        let (bytes, viewers) = (lines.len() as u64, lines.lines().count() as u64);
        assert_eq!((bytes, viewers), (part.bytes, part.viewers), "{part:?}");
    }
    report
}

const LISTS: &str = "batch/";

#[test]
fn a_part_that_an_older_batch_was_slow_to_write_is_in_no_later_one_and_goes_with_the_next() {
    let (_folder, trainer) = slow();
    let (older, shards) = planned(&trainer, 2, NOW);
    let shard = shards[0];
    let straggler = format!("{LISTS}{}", part_key(NOW, shard));
    trainer.data.hold(&straggler);
    let list = Step::List { run: older, shard };
    let mut slow = Box::pin(trainer.batch(&list, Personal::default(), NOW));
    assert!((&mut slow).now_or_never().is_none());

    newcomer(&trainer, "new");
    let (later, shards) = planned(&trainer, 2, Millis(NOW.0 + 5));
    let finish = all_listed(&trainer, later, &shards);
    let report = finished(&trainer, &finish);
    assert_eq!(report.viewers, 13);
    trainer.data.release();
    slow.now_or_never().unwrap().unwrap();
    assert_eq!(whole(&trainer.data.blobs), report);
    assert!(keys(&trainer.data.blobs, LISTS).contains(&straggler));

    let (next, shards) = planned(&trainer, 2, Millis(NOW.0 + 9));
    let finish = all_listed(&trainer, next, &shards);
    let report = finished(&trainer, &finish);
    assert_eq!(whole(&trainer.data.blobs), report);
    assert_eq!(
        keys(&trainer.data.blobs, LISTS).len(),
        report.parts.len() + 1
    );
}

#[test]
fn a_batch_that_finishes_while_a_later_one_is_planned_stays_whole_until_that_is_done() {
    let (_folder, trainer) = slow();
    let (older, shards) = planned(&trainer, 2, NOW);
    let finish = all_listed(&trainer, older, &shards);

    newcomer(&trainer, "new");
    trainer.data.hold("batch-rows/current.json");
    let plan = Step::Plan {
        shards: Some(2),
        results: Some(4),
    };
    let after = Millis(NOW.0 + 5);
    let mut planning = Box::pin(trainer.batch(&plan, Personal::default(), after));
    assert!((&mut planning).now_or_never().is_none());
    let report = finished(&trainer, &finish);
    trainer.data.release();
    let planned = planning.now_or_never().unwrap().unwrap();
    let Stepped::Planned { run: later, shards } = planned else {
        panic!("{planned:?}")
    };
    let finish_later = all_listed(&trainer, later.clone(), &shards);
    assert_eq!(whole(&trainer.data.blobs), report);

    let error = step(&trainer, &finish, NOW).unwrap_err();
    assert!(overtaken(&error, &later), "{error}");
    let report = finished(&trainer, &finish_later);
    assert_eq!((&report.run, report.viewers), (&later.id(), 13));
    assert_eq!(whole(&trainer.data.blobs), report);
}

#[test]
fn a_manifest_that_was_slow_to_be_written_does_not_replace_that_of_a_later_batch() {
    let (_folder, trainer) = slow();
    let (older, shards) = planned(&trainer, 2, NOW);
    let finish = all_listed(&trainer, older, &shards);
    trainer.data.hold(&format!("{LISTS}{MANIFEST}"));
    let mut slow = Box::pin(trainer.batch(&finish, Personal::default(), NOW));
    assert!((&mut slow).now_or_never().is_none());

    let (later, shards) = planned(&trainer, 2, Millis(NOW.0 + 5));
    let finish = all_listed(&trainer, later.clone(), &shards);
    let report = finished(&trainer, &finish);
    trainer.data.release();
    let error = slow.now_or_never().unwrap().unwrap_err();
    assert!(overtaken(&error, &later), "{error}");
    assert_eq!(whole(&trainer.data.blobs), report);
}
