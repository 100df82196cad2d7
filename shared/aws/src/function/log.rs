//! Logs: one JSON object a line, as CloudWatch reads them.

use std::error::Error;
use std::fmt::{Debug, Write as _};
use std::io::{self, Write as _};
use std::panic;
use std::str::FromStr as _;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// Logs what `filter` asks for to stdout, panics included. A level alone is that of this system;
/// of the libraries below it only warnings are logged then.
///
/// # Errors
/// When the filter cannot be understood; what is usual is logged then.
pub(super) fn start(filter: Option<&str>) -> Result<(), InvalidFilter> {
    let (targets, outcome) = match understood(filter.unwrap_or("info")) {
        Ok(targets) => (targets, Ok(())),
        Err(invalid) => (usual(LevelFilter::INFO), Err(invalid)),
    };
    let lines = Registry::default().with(JsonLines.with_filter(targets));
    // A second start in one process finds the first one's.
    let _ = tracing::subscriber::set_global_default(lines);
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let cause = panic.payload_as_str().unwrap_or("of unknown cause");
        tracing::error!(cause, place, "panicked");
    }));
    outcome
}

/// A log filter that is none.
#[derive(Debug, thiserror::Error)]
#[error(
    "RUST_LOG or AWS_LAMBDA_LOG_LEVEL is {found:?}, expected a level or target=level pairs such as \
     \"debug\" or \"info,matinee=debug\": {reason}"
)]
pub(super) struct InvalidFilter {
    found: String,
    reason: String,
}

fn understood(filter: &str) -> Result<Targets, InvalidFilter> {
    if let Ok(level) = LevelFilter::from_str(filter) {
        return Ok(usual(level));
    }
    Targets::from_str(filter).map_err(|reason| InvalidFilter {
        found: filter.to_owned(),
        reason: reason.to_string(),
    })
}

/// What this system has to say, and of the SDK only what is wrong. What the runtime says of failed
/// requests is said here with their ids.
fn usual(level: LevelFilter) -> Targets {
    let wrong = level.min(LevelFilter::WARN);
    Targets::new()
        .with_default(level)
        .with_target("aws", wrong)
        .with_target("hyper", wrong)
        .with_target("h2", wrong)
        .with_target("rustls", wrong)
        .with_target("lambda_runtime", LevelFilter::OFF)
}

/// Writes events, each with the fields of the spans around it.
struct JsonLines;

/// Fields of a span or an event.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for JsonLines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Fields::default();
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<Fields>() {
                line.0.extend(fields.0.clone());
            }
        }
        event.record(&mut line);
        let mut line = line.0;
        let level = event.metadata().level().as_str();
        line.insert("level".to_owned(), level.into());
        line.insert("timestamp".to_owned(), now().into());
        line.insert("target".to_owned(), event.metadata().target().into());
        write_line(line);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field, chain(value));
    }
}

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

/// An error and what caused it, down to the ground.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        let _ = write!(said, ": {cause}");
        below = cause.source();
    }
    said
}

/// Writes a line whole. A log that nobody takes is no reason to fail.
pub(super) fn write_line(line: Map<String, Value>) {
    let mut text = Value::Object(line).to_string();
    text.push('\n');
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// RFC 3339 in UTC with milliseconds.
fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}
