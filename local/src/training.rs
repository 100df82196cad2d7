//! From catalogues on disk to a live model.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use matinee::ports::DirectoryBlobs;
use matinee_local::embedded::{Counts, Embedded, FILE};
use matinee_training::ingest::ImportOptions;
use matinee_training::interactions::InteractionOptions;
use matinee_training::items::{ItemReport, Items, LeftOut};
use matinee_training::renew::{Order as Renewal, Renewed, Task, Watcher, renew};
use matinee_training::{Progress, TrainSettings, available_memory};

use crate::models::{block_on, built_in_films};
use crate::output;
use crate::progress::Stages;
use crate::server::LOG;
use crate::settings::{dense_films, watched_fraction};

/// What to train on, how, and where the model goes.
pub(crate) struct Order<'a> {
    pub(crate) catalogues: &'a [PathBuf],
    /// What viewers did, besides the log.
    pub(crate) interactions: &'a [PathBuf],
    /// Ratings of films that devices made up, besides the log.
    pub(crate) film_ratings: &'a [PathBuf],
    pub(crate) lenient: bool,
    pub(crate) settings: TrainSettings,
    /// The folder of the log of what viewers did; it need not be there.
    pub(crate) log: &'a Path,
    /// The folder of items that clients put; it need not be there.
    pub(crate) items: &'a Path,
    pub(crate) out: &'a Path,
    /// The model goes live whatever the guard says.
    pub(crate) force: bool,
}

/// What came of it.
pub(crate) struct Trained {
    pub(crate) renewed: Renewed,
    /// Every stage with the time it took, in order.
    pub(crate) stages: Vec<(String, Duration)>,
}

/// Imports, joins, trains, asks the guard, publishes. Until the last moment the folder keeps its live
/// model.
pub(crate) fn run(order: &Order<'_>) -> anyhow::Result<Trained> {
    let stages = Told(Stages::new());
    let log = order.log.is_dir().then(|| DirectoryBlobs::new(order.log));
    let mut settings = order.settings.clone();
    settings.weights.dense_films = dense_films(settings.weights.dense_films)?;
    settings.weights.memory = available_memory();
    let items = items(order.items)?;
    let renewal = Renewal {
        catalogues: order.catalogues,
        import: ImportOptions {
            lenient: order.lenient,
        },
        items: &items,
        interactions: order.interactions,
        read: InteractionOptions {
            lenient: order.lenient,
            watched_fraction: watched_fraction()?,
            ..InteractionOptions::at(matinee_local::embedded::now())
        },
        film_ratings: order.film_ratings,
        created: &now(),
        settings,
        stand_in: &built_in_films(),
        force: order.force,
    };
    let models = DirectoryBlobs::new(order.out);
    let renewed = block_on(renew(&models, log.as_ref(), &renewal, &stages))?
        .with_context(|| format!("no model was made in {}", order.out.display()))?;
    warn_of(&renewed.items);
    Ok(Trained {
        renewed,
        stages: stages.0.finish(),
    })
}

/// The items in a folder; none where there is no such folder.
pub(crate) fn items(folder: &Path) -> anyhow::Result<Items> {
    let read = block_on(Items::read(&DirectoryBlobs::new(folder)))?;
    read.with_context(|| format!("cannot read the items in {}", folder.display()))
}

/// Tells of items that make no difference.
pub(crate) fn warn_of(items: &ItemReport) {
    for LeftOut { key, reason } in &items.left_out {
        output::say(format_args!(
            "warning: the item {key} is left out: {reason}"
        ));
    }
}

/// How long a running server gets to take what is in the queue.
const PATIENCE: Duration = Duration::from_secs(2);

/// Brings to the log of a data folder what was accepted and is not there yet, so that what somebody did a
/// moment ago is learned from. What no server takes out of the queue in time is told.
pub(crate) fn bring_in(data: &Path) -> anyhow::Result<()> {
    let file = data.join(FILE);
    let there = file.try_exists();
    if !there.with_context(|| format!("cannot look for {}", file.display()))? {
        return Ok(());
    }
    let embedded = Embedded::open(data)?;
    let since = Instant::now();
    let left = loop {
        let Counts { waiting, in_hand } = block_on(embedded.queue().counts())??;
        if waiting + in_hand == 0 || since.elapsed() >= PATIENCE {
            break waiting + in_hand;
        }
        thread::sleep(Duration::from_millis(20));
    };
    let feeder = embedded.log_feeder(DirectoryBlobs::new(data.join(LOG)));
    while block_on(feeder.feed())?? > 0 {}
    if left > 0 {
        output::say(format_args!(
            "{left} messages of what viewers and devices did wait in {} for a server, and are not learned from",
            data.display()
        ));
    }
    Ok(())
}

/// Stages, with what is about to be learned said before.
struct Told(Stages);

impl Progress for Told {
    fn stage(&self, name: &str, steps: u64) {
        self.0.stage(name, steps);
    }

    fn advance(&self, steps: u64) {
        self.0.advance(steps);
    }
}

impl Watcher for Told {
    fn task(&self, task: &Task) -> Result<(), String> {
        let twice = match task.times {
            1 => "",
            _ => "; once more without what happened since the live model was trained, to compare",
        };
        let seconds = task.seconds();
        output::say(format_args!(
            "To learn: {}{twice}; with the choice of settings about {seconds:.0} s",
            task.plan
        ));
        Ok(())
    }
}

/// The time in whole seconds, as manifests hold it: `2026-01-31T12:00:00Z`.
fn now() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second())
        .unwrap_or(now)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_in_whole_seconds_of_utc() {
        let now = now();
        assert_eq!(now.len(), "2026-01-31T12:00:00Z".len(), "{now}");
        assert!(now.ends_with('Z'), "{now}");
    }
}
