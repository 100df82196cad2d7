//! What stands around every invocation: a span for its log lines, and its metrics.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use lambda_runtime::{LambdaEvent, Service};
use tracing::Instrument as _;
use tracing::field::Empty;

use super::metrics::{Metrics, Request};
use super::{Function, Models};

/// A handler that is watched.
pub(super) struct Observed<H> {
    handler: H,
    models: Arc<Models>,
    metrics: Arc<Metrics>,
    cold: AtomicBool,
}

impl<H> Observed<H> {
    pub(super) fn new(handler: H, function: &Function) -> Self {
        Self {
            handler,
            models: Arc::clone(&function.models),
            metrics: Arc::clone(&function.metrics),
            cold: AtomicBool::new(true),
        }
    }
}

impl<H, P> Service<LambdaEvent<P>> for Observed<H>
where
    H: Service<LambdaEvent<P>>,
    H::Error: Debug,
    H::Future: Send + 'static,
{
    type Response = H::Response;
    type Error = H::Error;
    type Future = Pin<Box<dyn Future<Output = Result<H::Response, H::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), H::Error>> {
        self.handler.poll_ready(context)
    }

    fn call(&mut self, event: LambdaEvent<P>) -> Self::Future {
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
        let answer = span.in_scope(|| self.handler.call(event));
        let (models, metrics) = (Arc::clone(&self.models), Arc::clone(&self.metrics));
        let watched = async move {
            let answer = answer.await;
            if let Err(error) = &answer {
                tracing::error!(?error, "the request failed");
            }
            metrics.request(&Request {
                id: &id,
                trace: trace.as_deref(),
                cold_start,
                took: started.elapsed(),
                model: models.current().as_deref(),
            });
            answer
        };
        Box::pin(watched.instrument(span))
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
