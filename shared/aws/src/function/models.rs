//! The live model of a function.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use lambda_runtime::{BoxFuture, Error, SnapStartResource};
use matinee::model::{
    LiveModel, Loadable, Model, ModelEvent, ModelSource, Origin, Timing, Unavailable,
};
use matinee::ports::{Blobs as _, DirectoryBlobs};

use super::metrics::Metrics;
use crate::failure::chain;
use crate::settings::ModelsAt;
use crate::{Clients, ModelStore, S3Blobs, Settings, SystemClock};

/// How long the start of a function waits for its model. Together with [`FIRST_PATIENCE`] it stays
/// below the eight seconds after which Alexa hangs up.
const AT_START: Duration = Duration::from_secs(4);

/// How long it waits before a snapshot, while nobody else does. Lambda allows ten seconds in all.
const AT_SNAPSHOT: Duration = Duration::from_secs(5);

/// How long a request waits for a newer model while the older one can answer.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// How long a request waits where there is no model.
const FIRST_PATIENCE: Duration = Duration::from_millis(2_500);

/// How long a look may take in all, before it is given up and told as a failure.
const LONGEST: Duration = Duration::from_secs(20);

/// The models of a bucket or a directory, of which the live one answers.
pub struct Models<M = Model> {
    clients: Arc<Clients>,
    store: Arc<ModelStore>,
    live: LiveModel<ModelStore, SystemClock, M>,
    /// A request asked for a model and got none.
    unanswered: AtomicBool,
}

impl<M: Loadable> Models<M> {
    pub(super) fn open(settings: &Settings, clients: &Arc<Clients>, metrics: Arc<Metrics>) -> Self {
        let (store, origin) = match &settings.models {
            ModelsAt::Bucket { bucket, prefix } => (
                ModelStore::S3(S3Blobs::through(clients, bucket, prefix)),
                Origin::Bucket,
            ),
            ModelsAt::Directory(dir) => (directory(dir), Origin::Directory),
            ModelsAt::Sample(dir) => (directory(dir), Origin::Sample),
        };
        let timing = Timing {
            check: settings.check,
            patience: PATIENCE,
            first_patience: FIRST_PATIENCE,
            longest: LONGEST,
        };
        let watcher = move |event: ModelEvent<'_, M>| {
            tell(event);
            metrics.model(event);
        };
        let store = Arc::new(store);
        let live = LiveModel::new(Arc::clone(&store), SystemClock, origin, timing, watcher);
        Self {
            clients: Arc::clone(clients),
            store,
            live,
            unanswered: AtomicBool::new(false),
        }
    }

    /// Loads the model as part of the function's start.
    pub(super) async fn load(&self) {
        self.live.refresh(AT_START).await;
    }

    /// What lies beside the models under a key, `None` where nothing does.
    ///
    /// # Errors
    /// Why it cannot be read, or not in time.
    pub async fn document(&self, key: &str) -> Result<Option<Bytes>, String> {
        let read = tokio::time::timeout(FIRST_PATIENCE, self.store.get(key)).await;
        match read {
            Ok(Ok(blob)) => Ok(blob.map(|blob| blob.bytes)),
            Ok(Err(error)) => Err(chain(&error)),
            Err(_) => Err(format!("{key} could not be read in {FIRST_PATIENCE:?}")),
        }
    }

    /// Whether a request asked for a model and got none since this was asked last.
    pub(super) fn take_unanswered(&self) -> bool {
        self.unanswered.swap(false, Ordering::Relaxed)
    }

    /// Lets go of what does not outlive a snapshot.
    async fn let_go(&self) {
        self.clients.disconnect();
        self.live.start_over().await;
    }
}

fn directory(dir: &std::path::Path) -> ModelStore {
    ModelStore::Directory(DirectoryBlobs::new(dir))
}

fn tell<M: Loadable>(event: ModelEvent<'_, M>) {
    match event {
        ModelEvent::Loaded { model, took } => tracing::info!(
            modelVersion = model.version(),
            movies = model.manifest().source.movies,
            milliseconds = took.as_secs_f64() * 1e3,
            "model loaded"
        ),
        ModelEvent::Delayed { serving } => tracing::warn!(
            serving = serving.unwrap_or("none"),
            "the model is not loaded yet"
        ),
        ModelEvent::Failed { error, serving } => tracing::error!(
            error = chain(error),
            serving = serving.unwrap_or("none"),
            "model refused"
        ),
    }
}

impl<M: Loadable> ModelSource<M> for Models<M> {
    async fn model(&self) -> Result<Arc<M>, Unavailable> {
        let model = self.live.model().await;
        if model.is_err() {
            self.unanswered.store(true, Ordering::Relaxed);
        }
        model
    }

    fn current(&self) -> Option<Arc<M>> {
        self.live.current()
    }

    fn origin(&self) -> Origin {
        self.live.origin()
    }
}

/// The clients of a function without a model.
pub(super) struct Connections(pub(super) Arc<Clients>);

impl SnapStartResource for Connections {
    fn before_snapshot(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            self.0.disconnect();
            Ok(())
        })
    }

    fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            reseed();
            self.0.disconnect();
            Ok(())
        })
    }
}

/// Every instance has the random numbers of the snapshot, until it takes others.
fn reseed() {
    fastrand::seed(std::hash::BuildHasher::hash_one(
        &std::hash::RandomState::new(),
        std::time::SystemTime::now(),
    ));
}

impl<M: Loadable> SnapStartResource for Models<M> {
    fn before_snapshot(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            if self.live.current().is_none() {
                self.live.refresh(AT_SNAPSHOT).await;
            }
            self.let_go().await;
            Ok(())
        })
    }

    fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            reseed();
            // The snapshot may be days old: the first request looks for a newer model.
            self.let_go().await;
            Ok(())
        })
    }
}
