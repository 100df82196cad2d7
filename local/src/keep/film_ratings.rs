//! From a file of films with their stars into the tables. Whether into those of a data folder or of
//! the cloud: a row's id is made of what it says, so that an import that was interrupted is run
//! again, and finds what it had brought.

use std::mem;
use std::path::Path;

use anyhow::Context as _;
use matinee::ports::DirectoryBlobs;
use matinee::taste::FilmRating;
use matinee_local::embedded::{BroughtIn, Embedded};
use matinee_training::Progress as _;
use matinee_training::film_ratings::{FilmRatingOptions, FilmRatingReport, for_each};
use tokio::runtime::Runtime;

use crate::progress::Stages;
use crate::server::LOG;

/// Ratings that are put in one transaction; they become one segment of the log.
const BATCH: usize = 10_000;

/// What became of a file's ratings.
pub(crate) struct Kept {
    /// By what was there before.
    pub(crate) brought: BroughtIn,
    /// What was read.
    pub(crate) report: FilmRatingReport,
}

/// Keeps the ratings of a file in a data folder. They are read twice: a file that is refused leaves
/// no trace.
///
/// # Errors
/// When they cannot be read, or too many rows are bad; and when they cannot be kept: then some may
/// be there, which the next import of the same finds.
pub(crate) fn keep(
    path: &Path,
    options: &FilmRatingOptions,
    data: &Path,
    stages: &Stages,
) -> anyhow::Result<Kept> {
    let report = check(path, options, stages)?;
    let embedded = Embedded::open(data)?;
    let (tables, feeder) = (
        embedded.tables(),
        embedded.log_feeder(DirectoryBlobs::new(data.join(LOG))),
    );
    stages.stage("keeping film ratings", report.ratings);
    let runtime = runtime()?;
    let brought = in_batches(path, options, BATCH, stages, |batch| {
        runtime.block_on(async {
            let brought = tables.bring_in_ratings(batch).await?;
            feeder.feed().await?;
            anyhow::Ok(brought)
        })
    })?;
    // A server that runs beside this, or an import that was interrupted, may have left rows.
    runtime.block_on(async {
        while feeder.feed().await? > 0 {}
        anyhow::Ok(())
    })?;
    Ok(Kept { brought, report })
}

fn check(
    path: &Path,
    options: &FilmRatingOptions,
    stages: &Stages,
) -> anyhow::Result<FilmRatingReport> {
    stages.stage("checking film ratings", 0);
    Ok(for_each(path, options, |_| {})?)
}

fn runtime() -> anyhow::Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    Ok(builder.enable_all().build()?)
}

/// Hands over the ratings of a file, so many at a time; when that fails no more are.
fn in_batches(
    path: &Path,
    options: &FilmRatingOptions,
    size: usize,
    stages: &Stages,
    mut put: impl FnMut(Vec<FilmRating>) -> anyhow::Result<BroughtIn>,
) -> anyhow::Result<BroughtIn> {
    let mut all = BroughtIn::default();
    let mut failed = None;
    let mut bring = |batch: Vec<FilmRating>| {
        let rows = batch.len() as u64;
        match put(batch) {
            _ if failed.is_some() => {}
            Ok(brought) => {
                all.add(brought);
                stages.advance(rows);
            }
            Err(error) => failed = Some(error),
        }
    };
    let mut batch = Vec::with_capacity(size);
    for_each(path, options, |rating| {
        batch.push(rating);
        if batch.len() == size {
            bring(mem::take(&mut batch));
        }
    })?;
    bring(batch);
    let BroughtIn { new, repeats, .. } = all;
    match failed {
        None => Ok(all),
        Some(error) => Err(error).with_context(|| {
            format!(
                "{new} ratings were put and {repeats} were there already when it broke off: run the \
                 same again, and it goes on with the others"
            )
        }),
    }
}

#[cfg(any(feature = "aws", test))]
pub(crate) use through_port::put_all;

/// Into any table, a row at a time.
#[cfg(any(feature = "aws", test))]
mod through_port {
    use std::path::Path;
    use std::time::Duration;

    use futures_util::stream::{self, StreamExt as _};
    use matinee::ports::{Films, Put, StoreCause, StoreError};
    use matinee::taste::FilmRating;
    use matinee_local::embedded::BroughtIn;
    use matinee_training::Progress as _;
    use matinee_training::film_ratings::FilmRatingOptions;
    use tokio::time::sleep;

    use super::{Kept, check, in_batches, runtime};
    use crate::progress::Stages;

    /// Ratings that are read before they are put.
    const BATCH: usize = 1_000;

    /// Puts under way at the same time.
    const AT_ONCE: usize = 32;

    /// How often a put is tried where the table does not keep up; the client beneath tries by itself,
    /// too.
    const ATTEMPTS: u32 = 6;

    /// Puts the ratings of a file into a table, each unless its id is taken: nothing is overwritten.
    /// Where the table does not keep up a put is tried again after `wait`, and twice as long each
    /// time.
    ///
    /// # Errors
    /// As [`super::keep`].
    pub(crate) fn put_all(
        path: &Path,
        options: &FilmRatingOptions,
        films: &impl Films,
        wait: Duration,
        stages: &Stages,
    ) -> anyhow::Result<Kept> {
        let report = check(path, options, stages)?;
        stages.stage("putting film ratings", report.ratings);
        let runtime = runtime()?;
        let brought = in_batches(path, options, BATCH, stages, |batch| {
            let puts = stream::iter(&batch).map(|rating| put(films, rating, wait));
            let mut puts = puts.buffer_unordered(AT_ONCE);
            let mut brought = BroughtIn::default();
            runtime.block_on(async {
                while let Some(put) = puts.next().await {
                    brought.count(put?);
                }
                Ok(brought)
            })
        })?;
        Ok(Kept { brought, report })
    }

    async fn put(
        films: &impl Films,
        rating: &FilmRating,
        mut wait: Duration,
    ) -> Result<Put, StoreError> {
        for _ in 1..ATTEMPTS {
            match films.put(rating).await {
                Err(error) if error.cause == StoreCause::Unavailable => {
                    tracing::warn!(%error, "put again after a while");
                }
                outcome => return outcome,
            }
            sleep(wait.mul_f64(fastrand::f64() + 0.5)).await;
            wait *= 2;
        }
        films.put(rating).await
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use matinee::ports::{Films, MemoryTables, Put, StoreCause, StoreError};
    use matinee::taste::Millis;
    use matinee::taste::log::{FILM_RATINGS, read_film_segment};

    use super::*;

    fn file(dir: &Path, films: u32) -> std::path::PathBuf {
        let path = dir.join("films.csv");
        let rows = (0..films).map(|n| format!("Film {n},1999,Ada Moor,Drama,None,None,7\n"));
        let header = "title,year,Director1,Genre1,Genre2,Genre3,stars\n";
        fs::write(&path, format!("{header}{}", rows.collect::<String>())).unwrap();
        path
    }

    fn counts(kept: &Kept) -> (u64, u64, u64) {
        (
            kept.brought.new,
            kept.brought.repeats,
            kept.brought.conflicts,
        )
    }

    #[test]
    fn ratings_reach_table_and_log_once_however_often_they_are_imported() {
        let dir = tempfile::tempdir().unwrap();
        let (path, data) = (file(dir.path(), 25), dir.path().join("data"));
        let stages = Stages::new();
        let keep = |at| keep(&path, &FilmRatingOptions::at(Millis(at)), &data, &stages).unwrap();
        assert_eq!(counts(&keep(1)), (25, 0, 0));
        assert_eq!(counts(&keep(2)), (0, 25, 0));
        let tables = Embedded::open(&data).unwrap().tables();
        let there = runtime().unwrap().block_on(tables.all_ratings()).unwrap();
        assert_eq!(there.len(), 25);
        let day = data.join(LOG).join(FILM_RATINGS).join("dt=1970-01-01");
        let segments: Vec<_> = fs::read_dir(day)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(segments.len(), 1, "{segments:?}");
        let rows = read_film_segment(&fs::read_to_string(&segments[0]).unwrap()).unwrap();
        assert_eq!(rows.len(), 25);
    }

    #[test]
    fn a_file_that_is_refused_leaves_no_trace() {
        let dir = tempfile::tempdir().unwrap();
        let (path, data) = (file(dir.path(), 3), dir.path().join("data"));
        fs::write(&path, fs::read_to_string(&path).unwrap() + "X,soon,,,,,5\n").unwrap();
        let options = FilmRatingOptions::at(Millis(1));
        let refused = keep(&path, &options, &data, &Stages::new());
        assert!(refused.is_err_and(|error| error.to_string().contains(":5: year")));
        assert!(!data.exists());
    }

    /// Fails the first calls; with `gone`, all from then on.
    struct Flaky {
        tables: MemoryTables,
        calls: AtomicU32,
        fails: std::ops::Range<u32>,
        cause: StoreCause,
    }

    impl Films for Flaky {
        async fn put(&self, rating: &FilmRating) -> Result<Put, StoreError> {
            let call = self.calls.fetch_add(1, Ordering::Relaxed);
            if self.fails.contains(&call) {
                return Err(StoreError {
                    action: "write",
                    what: "films".to_owned(),
                    cause: self.cause,
                    source: "no".into(),
                });
            }
            Films::put(&self.tables, rating).await
        }
    }

    #[test]
    fn a_table_that_does_not_keep_up_is_given_time_and_one_that_refuses_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = file(dir.path(), 40);
        let options = FilmRatingOptions::at(Millis(1));
        let mut films = Flaky {
            tables: MemoryTables::default(),
            calls: AtomicU32::new(0),
            fails: 3..30,
            cause: StoreCause::Unavailable,
        };
        let put = |films: &Flaky| put_all(&path, &options, films, Duration::ZERO, &Stages::new());
        assert_eq!(counts(&put(&films).unwrap()), (40, 0, 0));
        assert_eq!(counts(&put(&films).unwrap()), (0, 40, 0));

        films.tables = MemoryTables::default();
        (films.calls, films.cause) = (AtomicU32::new(0), StoreCause::AccessDenied);
        let error = format!("{:#}", put(&films).err().unwrap());
        assert!(
            error.contains("run the same again") && error.contains("access is denied"),
            "{error}"
        );
        films.fails = 0..0;
        let (new, repeats, _) = counts(&put(&films).unwrap());
        assert_eq!(new + repeats, 40);
        assert!(repeats > 0, "{repeats}");
    }
}
