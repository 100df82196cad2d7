//! A Lambda function around a handler: settings, logs, metrics, the model, SnapStart.

mod audience;
mod log;
mod metrics;
mod models;
mod observe;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, Service, SnapStartResource};
use matinee::backend::Backend;
use matinee::model::{Loadable, Model};
use matinee::personalize::ItemStore;
use matinee::taste::Audience;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::settings::SettingError;
use crate::{Clients, Pace, S3Blobs, Settings};
pub use metrics::Counts;
use metrics::Metrics;
use models::Connections;
pub use models::Models;
use observe::Observed;

/// What a handler is built from that serves viewers.
#[derive(Clone)]
pub struct Function {
    /// What the environment says.
    pub settings: Settings,
    clients: Arc<Clients>,
    /// The live model.
    pub models: Arc<Models>,
    /// The viewers. Nothing is called before a request asks for something.
    pub audience: Arc<dyn Audience>,
    metrics: Arc<Metrics>,
}

impl Function {
    /// Who makes lists instead of the live model, as the settings say. How often it did, and how often it
    /// was to and did not, is counted.
    pub fn backend(&self) -> Option<Arc<Backend>> {
        let counts = Counts(Arc::clone(&self.metrics));
        let backend = crate::backend(&self.settings, &self.clients)?;
        Some(Arc::new(backend.watched(move |page| match page {
            Ok(page) if page.failed.is_some() => {
                counts.add(&[("PersonalizeLists", 1), ("PersonalizeShortLists", 1)]);
            }
            Ok(_) => counts.add(&[("PersonalizeLists", 1)]),
            Err(_) => counts.add(&[("PersonalizeFallbacks", 1)]),
        })))
    }

    /// Where items are kept for the next training, as the settings say; nowhere where they name no bucket.
    pub fn items(&self) -> Option<Arc<dyn ItemStore>> {
        let bucket = self.settings.data_bucket.as_ref()?;
        let prefix = &self.settings.items_prefix;
        let store = S3Blobs::through(&self.clients, bucket, prefix);
        Some(Arc::new(store))
    }
}

/// What a handler is built from that needs a model, or a part of one, and no viewers.
///
/// Two types, since a function that never names the viewers' tables and queue does not hold what
/// speaks to them.
#[derive(Clone)]
pub struct ModelFunction<M = Model> {
    /// What the environment says.
    pub settings: Settings,
    /// AWS's clients, made at their first use.
    pub clients: Arc<Clients>,
    /// The live model.
    pub models: Arc<Models<M>>,
    metrics: Arc<Metrics>,
}

/// What a handler is built from that needs no model.
#[derive(Clone)]
pub struct BareFunction {
    /// What the environment says.
    pub settings: Settings,
    /// AWS's clients, made at their first use.
    pub clients: Arc<Clients>,
    metrics: Arc<Metrics>,
}

/// The body of a function's `main`: reads the environment, loads the model, lets `wire` build the
/// handler, and answers invocations until Lambda ends the process.
///
/// A model that cannot be loaded is no reason to end: the handler says so, and later requests try
/// again. Only settings that cannot be used end the process, with a log line that names the
/// variable.
pub async fn serve<H, P>(wire: impl FnOnce(&Function) -> Result<H, Box<dyn Error>>) -> ExitCode
where
    H: Service<LambdaEvent<P>>,
    H::Future: Send + 'static,
    H::Response: Serialize + 'static,
    H::Error: Into<Diagnostic>,
    P: DeserializeOwned + 'static,
{
    serve_model(|function: &ModelFunction| {
        let audience = audience::audience(&function.settings, &function.clients)?;
        wire(&Function {
            settings: function.settings.clone(),
            clients: Arc::clone(&function.clients),
            models: Arc::clone(&function.models),
            audience,
            metrics: Arc::clone(&function.metrics),
        })
    })
    .await
}

/// [`serve`] for a function that has no viewers, and perhaps needs only a part of the model.
pub async fn serve_model<H, P, M>(
    wire: impl FnOnce(&ModelFunction<M>) -> Result<H, Box<dyn Error>>,
) -> ExitCode
where
    M: Loadable,
    H: Service<LambdaEvent<P>>,
    H::Future: Send + 'static,
    H::Response: Serialize + 'static,
    H::Error: Into<Diagnostic>,
    P: DeserializeOwned + 'static,
{
    let started = Instant::now();
    let function = match ModelFunction::start().await {
        Ok(function) => function,
        Err(error) => return cannot_start(error.as_ref()),
    };
    let handler = match wire(&function) {
        Ok(handler) => handler,
        Err(error) => return cannot_start(error.as_ref()),
    };
    let models = Arc::clone(&function.models);
    let metrics = Arc::clone(&function.metrics);
    let handler = Observed::<H, P, M>::new(handler, Some(Arc::clone(&models)), metrics);
    function.metrics.initialised(started.elapsed());
    answer(handler, models).await
}

/// [`serve`] for a function that has no model.
pub async fn serve_bare<H, P>(
    wire: impl FnOnce(&BareFunction) -> Result<H, SettingError>,
) -> ExitCode
where
    H: Service<LambdaEvent<P>>,
    H::Future: Send + 'static,
    H::Response: Serialize + 'static,
    H::Error: Into<Diagnostic>,
    P: DeserializeOwned + 'static,
{
    let started = Instant::now();
    let function = match BareFunction::start() {
        Ok(function) => function,
        Err(error) => return cannot_start(error.as_ref()),
    };
    let handler = match wire(&function) {
        Ok(handler) => handler,
        Err(error) => return cannot_start(&error),
    };
    let handler = Observed::<H, P, Model>::new(handler, None, Arc::clone(&function.metrics));
    function.metrics.initialised(started.elapsed());
    answer(handler, Arc::new(Connections(function.clients))).await
}

fn cannot_start(error: &dyn Error) -> ExitCode {
    tracing::error!(%error, "cannot start");
    ExitCode::FAILURE
}

async fn answer<H, P, M>(
    handler: Observed<H, P, M>,
    resource: Arc<dyn SnapStartResource>,
) -> ExitCode
where
    M: Loadable,
    H: Service<LambdaEvent<P>>,
    H::Future: Send + 'static,
    H::Response: Serialize + 'static,
    H::Error: Into<Diagnostic>,
    P: DeserializeOwned + 'static,
{
    let runtime = Runtime::new(handler).register_snapstart_resource(resource);
    match runtime.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Also when Lambda itself goes away first.
            tracing::warn!(%error, "the runtime ended");
            ExitCode::FAILURE
        }
    }
}

impl<M: Loadable> ModelFunction<M> {
    async fn start() -> Result<Self, Box<dyn Error>> {
        let BareFunction {
            settings,
            clients,
            metrics,
        } = BareFunction::start()?;
        let models = Models::open(&settings, &clients, Arc::clone(&metrics));
        models.load().await;
        Ok(Self {
            settings,
            clients,
            models: Arc::new(models),
            metrics,
        })
    }
}

impl BareFunction {
    /// Where the handler counts what it does.
    pub fn counts(&self) -> Counts {
        Counts(Arc::clone(&self.metrics))
    }

    fn start() -> Result<Self, Box<dyn Error>> {
        let settings = Settings::from_env();
        log::start(
            settings
                .as_ref()
                .ok()
                .and_then(|known| known.log.as_deref()),
        )?;
        Ok(Self {
            settings: settings?,
            clients: Clients::new(Pace::function()),
            metrics: Arc::new(Metrics::from_env()),
        })
    }
}
