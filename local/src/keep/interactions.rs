//! From a data set into the tables, and from there to the log.

use std::mem;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use anyhow::Context as _;
use matinee::ports::DirectoryBlobs;
use matinee::taste::Recorded;
use matinee_local::embedded::{BroughtIn, Embedded};
use matinee_training::Progress as _;
use matinee_training::interactions::{InteractionOptions, InteractionReport, for_each};

use crate::models::block_on;
use crate::progress::Stages;
use crate::server::LOG;

/// Interactions that are put in one transaction; they become one segment of the log.
const BATCH: usize = 10_000;

/// Batches that may wait to be written.
const WAITING: usize = 2;

/// What became of a data set's interactions.
pub(crate) struct Kept {
    /// By what was there before.
    pub(crate) brought: BroughtIn,
    /// What was read.
    pub(crate) report: InteractionReport,
}

/// Keeps the interactions at `path` in a data folder. They are read twice: what is refused as a
/// whole leaves no trace.
///
/// # Errors
/// When they cannot be read, or too many rows are bad; and when they cannot be kept: then some may
/// be there, which the next import of the same finds.
pub(crate) fn keep(
    path: &Path,
    options: &InteractionOptions,
    data: &Path,
    stages: &Stages,
) -> anyhow::Result<Kept> {
    let shown = path.display();
    stages.stage(&format!("checking {shown}"), 0);
    let report = for_each(path, options, |_| {})?;
    let embedded = Embedded::open(data)?;
    let log = DirectoryBlobs::new(data.join(LOG));
    stages.stage(&format!("keeping {shown}"), report.interactions);
    let (batches, waiting) = sync_channel(WAITING);
    let brought = thread::scope(|scope| {
        let writer = scope.spawn(|| write(&embedded, log, waiting, stages));
        let mut batch = Vec::with_capacity(BATCH);
        let read = for_each(path, options, |row| {
            batch.push(row);
            if batch.len() == BATCH {
                // Whoever writes has gone when that failed, and says why.
                let _ = batches.send(mem::replace(&mut batch, Vec::with_capacity(BATCH)));
            }
        });
        let _ = batches.send(batch);
        drop(batches);
        let written = writer.join();
        let written = written.unwrap_or_else(|_| Err(anyhow::anyhow!("the writing broke off")));
        read?;
        written
    })
    .with_context(|| format!("cannot keep what is in {shown}"))?;
    Ok(Kept { brought, report })
}

/// Puts batch after batch, each on the disk before the next.
fn write(
    embedded: &Embedded,
    log: DirectoryBlobs,
    waiting: Receiver<Vec<Recorded>>,
    stages: &Stages,
) -> anyhow::Result<BroughtIn> {
    let (tables, feeder) = (embedded.tables(), embedded.log_feeder(log));
    let mut all = BroughtIn::default();
    block_on(async {
        for batch in waiting {
            let rows = batch.len() as u64;
            all.add(tables.bring_in(batch).await?);
            feeder.feed().await?;
            stages.advance(rows);
        }
        // A server that runs beside this, or an import that was interrupted, may have left rows.
        while feeder.feed().await? > 0 {}
        Ok(all)
    })?
}
