//! The live model of the models' folder: what `matinee train` publishes there is taken up while
//! the server runs.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use matinee::model::{LiveModel, ModelEvent, Origin, Timing};
use matinee::ports::{Clock, DirectoryBlobs};

use crate::output;

/// A look costs the reading of one small file.
const TIMING: Timing = Timing {
    check: Duration::from_secs(1),
    patience: Duration::from_secs(5),
    first_patience: Duration::from_secs(5),
    longest: Duration::from_secs(30),
};

/// The machine's time, waited for on tokio's timer.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// The models of a folder, of which the live one answers.
pub(crate) type Models = LiveModel<DirectoryBlobs, SystemClock>;

/// Loads the live model of a folder that has one; `serving` is its version, which needs no word.
pub(crate) async fn models(dir: &Path, serving: &str) -> Arc<Models> {
    let blobs = Arc::new(DirectoryBlobs::new(dir));
    let known = serving.to_owned();
    let tell = move |event: ModelEvent<'_>| match event {
        ModelEvent::Loaded { model, .. } if model.version() == known => {}
        ModelEvent::Loaded { model, .. } => output::say(format_args!(
            "Now serving model {}: {} films.",
            model.version(),
            model.catalogue.len()
        )),
        ModelEvent::Delayed { .. } => output::say("The model is still being loaded."),
        ModelEvent::Failed { error, serving } => {
            let error = output::chain(error);
            match serving {
                Some(version) => output::say(format_args!(
                    "warning: a newer model cannot be used, {version} goes on serving: {error}"
                )),
                None => output::say(format_args!("warning: there is no model: {error}")),
            }
        }
    };
    let models = LiveModel::new(blobs, SystemClock, Origin::Directory, TIMING, tell);
    models.refresh(TIMING.first_patience).await;
    Arc::new(models)
}
