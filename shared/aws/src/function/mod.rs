//! A Lambda function around a handler: settings, logs, metrics, the model, SnapStart.

mod log;
mod metrics;
mod models;
mod observe;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, Service};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Settings;
use metrics::Metrics;
pub use models::Models;
use observe::Observed;

/// What a handler is built from.
#[derive(Clone)]
pub struct Function {
    /// What the environment says.
    pub settings: Settings,
    /// The live model.
    pub models: Arc<Models>,
    metrics: Arc<Metrics>,
}

/// The body of a function's `main`: reads the environment, loads the model, lets `wire` build the
/// handler, and answers invocations until Lambda ends the process.
///
/// A model that cannot be loaded is no reason to end: the handler says so, and later requests try
/// again. Only settings that cannot be used end the process, with a log line that names the
/// variable.
pub async fn serve<H, P>(wire: impl FnOnce(&Function) -> H) -> ExitCode
where
    H: Service<LambdaEvent<P>>,
    H::Future: Send + 'static,
    H::Response: Serialize + 'static,
    H::Error: Into<Diagnostic>,
    P: DeserializeOwned + 'static,
{
    let started = Instant::now();
    let function = match Function::start().await {
        Ok(function) => function,
        Err(error) => {
            tracing::error!(%error, "cannot start");
            return ExitCode::FAILURE;
        }
    };
    let handler = Observed::<H, P>::new(wire(&function), &function);
    function.metrics.initialised(started.elapsed());
    let runtime = Runtime::new(handler).register_snapstart_resource(function.models);
    match runtime.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Also when Lambda itself goes away first.
            tracing::warn!(%error, "the runtime ended");
            ExitCode::FAILURE
        }
    }
}

impl Function {
    async fn start() -> Result<Self, Box<dyn std::error::Error>> {
        let settings = Settings::from_env();
        log::start(
            settings
                .as_ref()
                .ok()
                .and_then(|known| known.log.as_deref()),
        )?;
        let settings = settings?;
        let metrics = Arc::new(Metrics::from_env());
        let models = Models::open(&settings, Arc::clone(&metrics));
        models.load().await;
        Ok(Self {
            settings,
            models: Arc::new(models),
            metrics,
        })
    }
}
