//! What stands around every invocation: a span for its log lines, and its metrics.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use lambda_runtime::{Diagnostic, LambdaEvent, Service};
use matinee::model::{Loadable, ModelSource as _};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tracing::Instrument as _;
use tracing::field::Empty;

use super::Models;
use super::metrics::{Metrics, Request};

/// A handler of events of the type `P`, watched.
pub(super) struct Observed<H, P, M> {
    handler: H,
    events: PhantomData<fn(P)>,
    /// Those of the function, if it has some.
    models: Option<Arc<Models<M>>>,
    metrics: Arc<Metrics>,
    cold: AtomicBool,
}

impl<H, P, M> Observed<H, P, M> {
    pub(super) fn new(handler: H, models: Option<Arc<Models<M>>>, metrics: Arc<Metrics>) -> Self {
        Self {
            handler,
            events: PhantomData,
            models,
            metrics,
            cold: AtomicBool::new(true),
        }
    }
}

impl<H, P, M> Service<LambdaEvent<Box<RawValue>>> for Observed<H, P, M>
where
    H: Service<LambdaEvent<P>>,
    H::Error: Into<Diagnostic>,
    H::Future: Send + 'static,
    P: DeserializeOwned,
    M: Loadable,
{
    type Response = H::Response;
    type Error = Diagnostic;
    type Future = Pin<Box<dyn Future<Output = Result<H::Response, Diagnostic>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Diagnostic>> {
        self.handler.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, event: LambdaEvent<Box<RawValue>>) -> Self::Future {
        let started = Instant::now();
        let cold_start = self.cold.swap(false, Ordering::Relaxed);
        let id = event.context.request_id.clone();
        let trace = event.context.xray_trace_id.as_deref();
        let span = tracing::info_span!(
            "invocation",
            requestId = id,
            traceId = trace.map(root),
            coldStart = cold_start,
            modelVersion = Empty,
        );
        let trace = trace.map(|header| root(header).to_owned());
        let answer = span.in_scope(|| {
            let payload = serde_json::from_str(event.payload.get());
            let payload = payload.map_err(|error| unreadable(&error))?;
            Ok(self.handler.call(LambdaEvent::new(payload, event.context)))
        });
        let (models, metrics) = (self.models.clone(), Arc::clone(&self.metrics));
        let watched = async move {
            let answer = match answer {
                Ok(answer) => answer.await.map_err(Into::into),
                Err(unreadable) => Err(unreadable),
            };
            if let Err(Diagnostic {
                error_type,
                error_message,
            }) = &answer
            {
                tracing::error!(
                    kind = error_type,
                    error = error_message,
                    "the request failed"
                );
            }
            let models = models.as_deref();
            let model = models.and_then(Models::current);
            metrics.request(&Request {
                id: &id,
                trace: trace.as_deref(),
                cold_start,
                took: started.elapsed(),
                model_version: model.as_ref().map(|model| model.version()),
                unanswered: models.is_some_and(Models::take_unanswered),
            });
            answer
        };
        Box::pin(watched.instrument(span))
    }
}

/// An event of a shape that no caller of this function sends; what is in it is nobody's business.
fn unreadable(error: &serde_json::Error) -> Diagnostic {
    Diagnostic {
        error_type: "UnreadableEvent".to_owned(),
        error_message: format!(
            "the event is not of the expected shape, line {}, column {}",
            error.line(),
            error.column()
        ),
    }
}

/// The trace itself in X-Ray's header, which also names parent and sampling.
fn root(header: &str) -> &str {
    let mut parts = header.split(';').map(str::trim);
    parts
        .find_map(|part| part.strip_prefix("Root="))
        .unwrap_or(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_named_by_its_root() {
        let trace = "1-5759e988-bd862e3fe1be46a994272793";
        let header = format!("Parent=53995c3f42cd8ad8; Root={trace};Sampled=1");
        assert_eq!(root(&header), trace);
        assert_eq!(root("odd"), "odd");
    }
}
