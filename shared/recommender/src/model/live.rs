//! The model that answers now, and the newer one that takes its place.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, Either, FutureExt as _, select};
use serde::Serialize;

use super::store::{CURRENT_KEY, Proof, load_version, present};
use super::{Current, Loadable, Model, ModelError, RatingModel};
use crate::ports::{BlobError, Blobs, Clock, ETag, Since, StoreCause};

/// Where a handler takes its model from, once for every request.
pub trait ModelSource<M: Loadable = Model>: Send + Sync + 'static {
    /// The model that is to answer this request. It may look for a newer one first.
    ///
    /// # Errors
    /// [`Unavailable`] when there is no model at all.
    fn model(&self) -> impl Future<Output = Result<Arc<M>, Unavailable>> + Send;

    /// What the model comes from.
    fn origin(&self) -> Origin;

    /// The model that would answer now, without a look for a newer one.
    fn current(&self) -> Option<Arc<M>>;
}

/// What a model comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A bucket in S3.
    Bucket,
    /// A directory.
    Directory,
    /// The sample that is deployed with the functions, where neither is configured.
    Sample,
    /// This very process, which does not look for another.
    Memory,
}

/// Why a request cannot be answered: there is no model.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unavailable {
    /// It is not there yet.
    #[error("the model is still being loaded")]
    Loading,
    /// It could not be loaded.
    #[error("{}", cause(.0))]
    Failed(Arc<ModelError>),
}

/// What went wrong, as far as a client may know: what a store said in detail stands in the log.
fn cause(error: &ModelError) -> String {
    match error {
        ModelError::Store(failure) => failure.to_string(),
        error => error.to_string(),
    }
}

/// One model for ever.
macro_rules! for_ever {
    ($($model:ty),*) => {$(
        impl ModelSource<$model> for Arc<$model> {
            async fn model(&self) -> Result<Self, Unavailable> {
                Ok(Self::clone(self))
            }

            fn origin(&self) -> Origin {
                Origin::Memory
            }

            fn current(&self) -> Option<Self> {
                Some(Self::clone(self))
            }
        }
    )*};
}

for_ever!(Model, RatingModel);

impl<M: Loadable, S: ModelSource<M>> ModelSource<M> for Arc<S> {
    fn model(&self) -> impl Future<Output = Result<Arc<M>, Unavailable>> + Send {
        self.as_ref().model()
    }

    fn origin(&self) -> Origin {
        self.as_ref().origin()
    }

    fn current(&self) -> Option<Arc<M>> {
        self.as_ref().current()
    }
}

/// When to look, and how long to wait.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// The least time between two looks at the pointer.
    pub check: Duration,
    /// How long a request may wait for a newer model while an older one can answer.
    pub patience: Duration,
    /// How long a request may wait where there is no model at all.
    pub first_patience: Duration,
    /// How long one look may take in all, over as many requests as it goes on.
    pub longest: Duration,
}

/// The first wait after a failure; every further one is twice as long.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// The longest wait before a model that was refused is tried again: its files never change, but
/// they may have been damaged on their way here.
const LAST_RETRY: Duration = Duration::from_hours(1);

/// Something to be logged and counted.
#[derive(Debug)]
pub enum ModelEvent<'a, M = Model> {
    /// A model was loaded and answers from now on.
    Loaded {
        /// The model.
        model: &'a M,
        /// The time from the look at the pointer on.
        took: Duration,
    },
    /// A request could not wait any longer for a look, which the next requests go on with.
    Delayed {
        /// The version that answers meanwhile.
        serving: Option<&'a str>,
    },
    /// A model could not be loaded, or the store could not be asked.
    Failed {
        /// Why.
        error: &'a ModelError,
        /// The version that goes on answering.
        serving: Option<&'a str>,
    },
}

impl<M> Clone for ModelEvent<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for ModelEvent<'_, M> {}

type Watcher<M> = Box<dyn Fn(ModelEvent<'_, M>) + Send + Sync>;

/// A look at the pointer, under way. It is only ever worked on inside a request: what is spawned
/// beside them would stand still whenever the process is frozen between two.
type Look<M> = BoxFuture<'static, (Result<Found<M>, ModelError>, Duration)>;

/// What a look found.
enum Found<M> {
    /// The pointer is as it was.
    Same,
    /// The pointer has moved back to the model that is loaded.
    Back(ETag),
    /// It names another model, which has been loaded.
    New(Arc<M>, ETag),
    /// It is in this state, and the model that it names is refused.
    Refused(ModelError, ETag),
}

/// The live model of a store: loaded once, exchanged when the pointer moves.
///
/// Every call of [`ModelSource::model`] gives one whole model; an exchange between two calls is
/// seen by the later one only. When a newer model is refused the older one goes on answering.
pub struct LiveModel<B, C, M = Model> {
    blobs: Arc<B>,
    clock: Arc<C>,
    origin: Origin,
    timing: Timing,
    watcher: Watcher<M>,
    state: Mutex<State<M>>,
    /// Held by the one request that works on it.
    look: futures_util::lock::Mutex<Option<Look<M>>>,
}

struct State<M> {
    model: Option<Arc<M>>,
    failure: Option<Unavailable>,
    /// The pointer's state whose model is loaded.
    loaded: Option<ETag>,
    /// The pointer's state whose model was refused, and when to try that once more.
    refused: Option<(ETag, Instant)>,
    /// When to look next.
    due: Instant,
    /// How long to wait after the next failure.
    retry: Duration,
    /// A look was left half done when patience ran out.
    unfinished: bool,
}

impl<M> State<M> {
    /// The pointer's state for which there is nothing to do.
    fn known(&self, now: Instant) -> Option<ETag> {
        match &self.refused {
            Some((etag, until)) if now < *until => Some(etag.clone()),
            Some(_) => None,
            None => self.loaded.clone(),
        }
    }
}

impl<B: Blobs + 'static, C: Clock + 'static, M: Loadable> LiveModel<B, C, M> {
    /// Over `blobs`; nothing is loaded yet. `watcher` hears of every model loaded or refused.
    pub fn new(
        blobs: Arc<B>,
        clock: C,
        origin: Origin,
        timing: Timing,
        watcher: impl Fn(ModelEvent<'_, M>) + Send + Sync + 'static,
    ) -> Self {
        let state = State {
            model: None,
            failure: None,
            loaded: None,
            refused: None,
            due: clock.now(),
            retry: FIRST_RETRY,
            unfinished: false,
        };
        Self {
            blobs,
            clock: Arc::new(clock),
            origin,
            timing,
            watcher: Box::new(watcher),
            state: Mutex::new(state),
            look: futures_util::lock::Mutex::new(None),
        }
    }

    /// Looks now, whenever the last look was, and waits for at most `patience`.
    pub async fn refresh(&self, patience: Duration) {
        self.state().due = self.clock.now();
        self.look(patience).await;
    }

    /// Forgets a look that was left half done: the connections that it waits for are gone.
    pub async fn start_over(&self) {
        *self.look.lock().await = None;
        let mut state = self.state();
        state.unfinished = false;
        state.due = self.clock.now();
    }

    /// No lock is held over code that can panic half-way through a change.
    fn state(&self) -> MutexGuard<'_, State<M>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_due(&self) -> bool {
        let state = self.state();
        state.unfinished || state.due <= self.clock.now()
    }

    /// Goes on with the look that is under way, or begins one when it is time.
    async fn look(&self, patience: Duration) {
        let mut look = match (self.look.try_lock(), self.current()) {
            (Some(look), _) => look,
            // Somebody else is at it, and there is a model meanwhile.
            (None, Some(_)) => return,
            (None, None) => self.look.lock().await,
        };
        // Whoever was at it may have finished.
        if !self.is_due() {
            return;
        }
        let work = look.get_or_insert_with(|| self.begin());
        let patience = pin!(self.clock.sleep(patience));
        match select(work, patience).await {
            Either::Left(((found, took), _)) => {
                *look = None;
                self.settle(found, took);
            }
            Either::Right(((), _)) => {
                let mut state = self.state();
                let first = !std::mem::replace(&mut state.unfinished, true);
                state.failure.get_or_insert(Unavailable::Loading);
                let serving = state.model.clone();
                drop(state);
                if first {
                    let serving = serving.as_ref().map(|model| model.version());
                    (self.watcher)(ModelEvent::Delayed { serving });
                }
            }
        }
    }

    fn begin(&self) -> Look<M> {
        let (blobs, clock) = (Arc::clone(&self.blobs), Arc::clone(&self.clock));
        let known = self.state().known(clock.now());
        let loaded = self.current();
        let longest = self.timing.longest;
        async move {
            let start = clock.now();
            let look = look_at(blobs.as_ref(), known.as_ref(), loaded.as_deref());
            let look = pin!(AssertUnwindSafe(look).catch_unwind());
            let end = pin!(clock.sleep(longest));
            let found = match select(look, end).await {
                Either::Left((Ok(found), _)) => found,
                Either::Left((Err(_), _)) => Err(ModelError::Bug),
                Either::Right(((), _)) => Err(too_long(longest)),
            };
            (found, clock.now().saturating_duration_since(start))
        }
        .boxed()
    }

    /// Takes over what a look found.
    fn settle(&self, found: Result<Found<M>, ModelError>, took: Duration) {
        let mut state = self.state();
        let now = self.clock.now();
        state.unfinished = false;
        state.due = now + self.timing.check;
        let error = match found {
            Ok(Found::Same) => {
                if state.refused.is_none() {
                    state.retry = FIRST_RETRY;
                }
                return;
            }
            Ok(Found::Back(etag)) => {
                state.loaded = Some(etag);
                state.refused = None;
                state.retry = FIRST_RETRY;
                return;
            }
            Ok(Found::New(model, etag)) => {
                state.loaded = Some(etag);
                state.refused = None;
                state.failure = None;
                state.retry = FIRST_RETRY;
                state.model = Some(Arc::clone(&model));
                drop(state);
                let model = &model;
                (self.watcher)(ModelEvent::Loaded { model, took });
                return;
            }
            Ok(Found::Refused(error, etag)) => {
                let before = state.refused.as_ref().map(|(etag, _)| etag);
                if before.is_some_and(|before| *before != etag) {
                    state.retry = FIRST_RETRY;
                }
                state.refused = Some((etag, now + state.retry));
                Arc::new(error)
            }
            Err(error) => Arc::new(error),
        };
        if state.model.is_none() {
            state.due = now + state.retry.min(self.timing.check);
        }
        state.retry = (state.retry * 2).min(LAST_RETRY);
        state.failure = Some(Unavailable::Failed(Arc::clone(&error)));
        let serving = state.model.clone();
        drop(state);
        (self.watcher)(ModelEvent::Failed {
            error: &error,
            serving: serving.as_ref().map(|model| model.version()),
        });
    }
}

impl<B: Blobs + 'static, C: Clock + 'static, M: Loadable> ModelSource<M> for LiveModel<B, C, M> {
    async fn model(&self) -> Result<Arc<M>, Unavailable> {
        if self.is_due() {
            let patience = match self.current() {
                Some(_) => self.timing.patience,
                None => self.timing.first_patience,
            };
            self.look(patience).await;
        }
        let state = self.state();
        match (&state.model, &state.failure) {
            (Some(model), _) => Ok(Arc::clone(model)),
            (None, Some(failure)) => Err(failure.clone()),
            (None, None) => Err(Unavailable::Loading),
        }
    }

    fn origin(&self) -> Origin {
        self.origin
    }

    fn current(&self) -> Option<Arc<M>> {
        self.state().model.clone()
    }
}

fn too_long(longest: Duration) -> ModelError {
    ModelError::Store(BlobError::Store {
        action: "read",
        key: CURRENT_KEY.to_owned(),
        cause: StoreCause::Unavailable,
        source: format!("the model is not there after {longest:?}").into(),
    })
}

async fn look_at<M: Loadable>(
    blobs: &impl Blobs,
    known: Option<&ETag>,
    loaded: Option<&M>,
) -> Result<Found<M>, ModelError> {
    let pointer = match known {
        None => blobs.get(CURRENT_KEY).await?,
        Some(etag) => match blobs.get_since(CURRENT_KEY, etag).await? {
            Since::Unchanged => return Ok(Found::Same),
            Since::Changed(pointer) => Some(pointer),
            Since::Gone => None,
        },
    };
    let pointer = present(CURRENT_KEY, pointer)?;
    let current = match Current::parse(CURRENT_KEY, &pointer.bytes) {
        Ok(current) => current,
        Err(error) => return Ok(Found::Refused(error, pointer.etag)),
    };
    if loaded.is_some_and(|model| model.version() == current.model_version) {
        return Ok(Found::Back(pointer.etag));
    }
    match load_version(blobs, &current.model_version, Proof::Fast).await {
        Ok(model) => Ok(Found::New(Arc::new(model), pointer.etag)),
        // What could not be fetched, or is not there, may be had at the next look.
        Err(error @ (ModelError::Store(_) | ModelError::Missing { .. })) => Err(error),
        Err(error) => Ok(Found::Refused(error, pointer.etag)),
    }
}
