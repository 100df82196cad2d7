//! Lists for all viewers, step by step, so that shards can be made at the same time by as many instances:
//! below `batch/` of the data's store the lists, below `batch-rows/` what stands there between the steps.

use matinee::model::{load, load_named};
use matinee::ports::{BlobError, Blobs, Expect};
use matinee::recommend::Personal;
use matinee::taste::Millis;
use matinee_training::NoProgress;
use matinee_training::batch::{BatchError, BatchReport, Part, finish, part};
use matinee_training::log::{Shards, Tombstones, spread};
use serde::Serialize;

use crate::event::{Run, Step};
use crate::within::Within;
use crate::{TrainError, Trainer, catalogues};

/// Where the lists are.
const LISTS: &str = "batch/";

/// Where the rows of viewers are between the steps.
const ROWS: &str = "batch-rows/";

/// The batch that is under way, or was last.
const CURRENT: &str = "current.json";

/// Who is forgotten, among the rows of a batch.
const TOMBSTONES: &str = "tombstones.tsv";

/// What a step came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Stepped {
    /// Of `plan`.
    Planned {
        /// To be handed to the other steps.
        run: Run,
        /// The shards that somebody is in.
        shards: Vec<usize>,
    },
    /// Of `list`: nothing where nobody in the shard counts.
    Listed(Option<Part>),
    /// Of `finish`.
    Finished(BatchReport),
}

impl<M: Blobs, C: Blobs, L: Blobs, D: Blobs> Trainer<M, C, L, D> {
    /// Does a step of lists for all viewers.
    ///
    /// # Errors
    /// [`TrainError`]. A step that failed can be tried again.
    pub async fn batch(
        &self,
        step: &Step,
        personal: Personal,
        now: Millis,
    ) -> Result<Stepped, TrainError> {
        match step {
            Step::Plan { shards, results } => {
                let (shards, results) = Step::sizes(*shards, *results);
                self.plan(shards, results, now).await
            }
            Step::List { run, shard } => self.list(run, *shard, personal).await,
            Step::Finish { run, parts } => self.finish(run, parts, personal).await,
        }
    }

    fn rows(&self) -> Within<'_, D> {
        Within::new(&self.data, ROWS.to_owned())
    }

    fn rows_of(&self, run: &Run) -> Within<'_, D> {
        Within::new(&self.data, format!("{ROWS}{}/", run.id()))
    }

    fn lists(&self) -> Within<'_, D> {
        Within::new(&self.data, LISTS.to_owned())
    }

    async fn plan(
        &self,
        shards: usize,
        results: usize,
        now: Millis,
    ) -> Result<Stepped, TrainError> {
        // Rows that an instance left behind whose time was up would fill the disk.
        catalogues::clear(&self.work)?;
        let model = load(&self.models).await.map_err(TrainError::Model)?;
        let mut run = Run {
            as_of: now.0,
            model_version: model.version().to_owned(),
            results,
            shards,
            filled: 0,
        };
        let rows = self.rows_of(&run);
        let mut spread_over = Shards::create(&self.work, shards)?;
        let tombstones = spread(&self.log, &mut spread_over, &NoProgress).await?;
        // First and once: a batch of the same millisecond would have the same keys.
        let text = tombstones.to_text().into();
        rows.put(TOMBSTONES, text, Expect::Absent).await?;
        let mut filled = Vec::new();
        for shard in 0..spread_over.count() {
            if spread_over.rows_of(shard) > 0 {
                let bytes = spread_over.bytes(shard)?;
                rows.put(&key(shard), bytes.into(), Expect::Anything)
                    .await?;
                filled.push(shard);
            }
        }
        run.filled = filled.len();
        self.take_over(&run).await?;
        Ok(Stepped::Planned {
            run,
            shards: filled,
        })
    }

    /// The batch that began last, as far as its plan is done; and what a write that replaces [`CURRENT`] expects.
    async fn current(&self) -> Result<(Option<Run>, Expect), BlobError> {
        let Some(blob) = self.rows().get(CURRENT).await? else {
            return Ok((None, Expect::Absent));
        };
        let run = serde_json::from_slice(&blob.bytes).ok();
        Ok((run, Expect::Unchanged(blob.etag)))
    }

    /// Makes this the batch that goes on, unless one that began later is that already.
    async fn take_over(&self, run: &Run) -> Result<(), TrainError> {
        let (current, expect) = self.current().await?;
        if let Some(later) = current.filter(|current| current.as_of > run.as_of) {
            return Err(overtaken(run, Some(&later)));
        }
        let run = serde_json::to_vec(run).map_err(BatchError::from)?;
        self.rows().put(CURRENT, run.into(), expect).await?;
        Ok(())
    }

    /// Of two batches at once the one that began later goes on. The other need not go on: [`finish`] would
    /// refuse its manifest.
    async fn check_current(&self, run: &Run) -> Result<(), TrainError> {
        match self.current().await?.0 {
            Some(current) if current == *run => Ok(()),
            current => Err(overtaken(run, current.as_ref())),
        }
    }

    async fn list(
        &self,
        run: &Run,
        shard: usize,
        personal: Personal,
    ) -> Result<Stepped, TrainError> {
        self.check_current(run).await?;
        let rows = self.rows_of(run);
        let missing = |key: &str| TrainError::NoRows {
            key: format!("{ROWS}{}/{key}", run.id()),
        };
        let blob = rows.get(TOMBSTONES).await?;
        let blob = blob.ok_or_else(|| missing(TOMBSTONES))?;
        let text = String::from_utf8_lossy(&blob.bytes);
        let tombstones = Tombstones::read(&text).map_err(|_| missing(TOMBSTONES))?;
        let name = key(shard);
        let blob = rows.get(&name).await?.ok_or_else(|| missing(&name))?;
        let model = load_named(&self.models, &run.model_version)
            .await
            .map_err(TrainError::Model)?;
        let settings = run.settings(personal);
        let made = part(shard, &blob.bytes, &tombstones, &model, &settings)?;
        let Some((part, lines)) = made else {
            return Ok(Stepped::Listed(None));
        };
        let lists = self.lists();
        lists.put(&part.key, lines.into(), Expect::Anything).await?;
        Ok(Stepped::Listed(Some(part)))
    }

    async fn finish(
        &self,
        run: &Run,
        parts: &[Option<Part>],
        personal: Personal,
    ) -> Result<Stepped, TrainError> {
        self.check_current(run).await?;
        if parts.len() != run.filled {
            return Err(TrainError::Incomplete {
                parts: parts.len(),
                filled: run.filled,
            });
        }
        let settings = run.settings(personal);
        let parts = parts.iter().flatten().cloned().collect();
        let report = BatchReport::of(&run.model_version, &settings, parts);
        finish(&self.lists(), &report).await?;
        let rows = self.rows_of(run);
        for key in rows.list("").await? {
            rows.delete(&key).await?;
        }
        Ok(Stepped::Finished(report))
    }
}

fn overtaken(run: &Run, current: Option<&Run>) -> TrainError {
    let current = current.map_or_else(|| "none".to_owned(), Run::id);
    let run = run.id();
    BatchError::Overtaken { run, current }.into()
}

fn key(shard: usize) -> String {
    format!("{shard:05}.tsv")
}
