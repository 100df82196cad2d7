//! The live model of a function.

use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::{BoxFuture, Error, SnapStartResource};
use matinee::model::{LiveModel, Model, ModelEvent, ModelSource, Origin, Timing, Unavailable};
use matinee::ports::DirectoryBlobs;

use super::log::chain;
use super::metrics::Metrics;
use crate::settings::ModelsAt;
use crate::{ModelStore, Pace, S3Blobs, Settings, SystemClock};

/// How long the start of a function waits for its model. Lambda allows ten seconds.
const AT_START: Duration = Duration::from_secs(8);

/// How long a request waits for a newer model while the older one can answer.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// How long a request waits where there is no model. Alexa hangs up after eight seconds.
const FIRST_PATIENCE: Duration = Duration::from_secs(5);

/// The models of a bucket or a directory, of which the live one answers.
pub struct Models {
    store: Arc<ModelStore>,
    live: LiveModel<ModelStore, SystemClock>,
}

impl Models {
    pub(super) fn open(settings: &Settings, metrics: Arc<Metrics>) -> Self {
        let (store, origin) = match &settings.models {
            ModelsAt::Bucket { bucket, prefix } => (
                ModelStore::S3(S3Blobs::new(bucket, prefix, Pace::Function)),
                Origin::Bucket,
            ),
            ModelsAt::Directory(dir) => (directory(dir), Origin::Directory),
            ModelsAt::Sample(dir) => (directory(dir), Origin::Sample),
        };
        let store = Arc::new(store);
        let timing = Timing {
            check: settings.check,
            patience: PATIENCE,
            first_patience: FIRST_PATIENCE,
        };
        let watcher = move |event: ModelEvent<'_>| {
            tell(event);
            metrics.model(event);
        };
        let live = LiveModel::new(Arc::clone(&store), SystemClock, origin, timing, watcher);
        Self { store, live }
    }

    /// Loads the model as part of the function's start.
    pub(super) async fn load(&self) {
        self.live.refresh(AT_START).await;
    }

    /// The model that answered last, and answers next unless a newer one is found.
    pub(super) fn current(&self) -> Option<Arc<Model>> {
        self.live.current()
    }

    /// Lets go of what does not outlive a snapshot.
    async fn let_go(&self) {
        if let ModelStore::S3(blobs) = self.store.as_ref() {
            blobs.disconnect();
        }
        self.live.start_over().await;
    }
}

fn directory(dir: &std::path::Path) -> ModelStore {
    ModelStore::Directory(DirectoryBlobs::new(dir))
}

fn tell(event: ModelEvent<'_>) {
    match event {
        ModelEvent::Loaded { model, took } => tracing::info!(
            modelVersion = model.version(),
            movies = model.catalogue.len(),
            milliseconds = took.as_secs_f64() * 1e3,
            "model loaded"
        ),
        ModelEvent::Failed { error, serving } => tracing::error!(
            error = chain(error),
            serving = serving.unwrap_or("none"),
            "model refused"
        ),
    }
}

impl ModelSource for Models {
    async fn model(&self) -> Result<Arc<Model>, Unavailable> {
        self.live.model().await
    }

    fn origin(&self) -> Origin {
        self.live.origin()
    }
}

impl SnapStartResource for Models {
    fn before_snapshot(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            self.let_go().await;
            Ok(())
        })
    }

    fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            // The snapshot may be days old: the first request looks for a newer model.
            self.let_go().await;
            Ok(())
        })
    }
}
