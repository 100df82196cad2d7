//! Logs: one JSON object a line, as CloudWatch reads them.

use std::error::Error;
use std::fmt::Debug;
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

use crate::failure::chain;

/// Logs what `filter` asks for to stdout, panics included.
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
        // Words that stand in the program; others may quote what somebody said.
        let cause = panic.payload().downcast_ref::<&str>().copied();
        let cause = cause.unwrap_or("of a cause that is not told");
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

/// A level alone is that of this system; libraries show what is wrong only unless they are named,
/// since their finer lines hold whole requests. What the runtime says of failed requests is said
/// here with their ids.
fn understood(filter: &str) -> Result<Targets, InvalidFilter> {
    let invalid = |reason: String| InvalidFilter {
        found: filter.to_owned(),
        reason,
    };
    let (alone, named): (Vec<&str>, Vec<&str>) = filter
        .split(',')
        .filter(|part| !part.trim().is_empty())
        .partition(|part| LevelFilter::from_str(part.trim()).is_ok());
    let level = alone
        .last()
        .map_or(Ok(LevelFilter::INFO), |level| level.trim().parse());
    let level = level.map_err(|_| invalid("no level".to_owned()))?;
    let named =
        Targets::from_str(&named.join(",")).map_err(|reason| invalid(reason.to_string()))?;
    let mut targets = usual(level);
    targets.extend(named);
    Ok(targets)
}

fn usual(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("matinee", level)
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

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn libraries_are_as_silent_as_ever_unless_they_are_named() {
        for (filter, ours, theirs) in [
            ("info", Level::INFO, Level::WARN),
            ("trace", Level::TRACE, Level::WARN),
            ("error", Level::ERROR, Level::ERROR),
            ("trace,matinee=info", Level::INFO, Level::WARN),
            ("debug,aws_config=error", Level::DEBUG, Level::WARN),
        ] {
            let targets = understood(filter).unwrap();
            let finest = |target: &str| {
                let levels = [
                    Level::TRACE,
                    Level::DEBUG,
                    Level::INFO,
                    Level::WARN,
                    Level::ERROR,
                ];
                levels
                    .into_iter()
                    .find(|level| targets.would_enable(target, level))
            };
            assert_eq!(finest("matinee_alexa"), Some(ours), "{filter}");
            assert_eq!(finest("hyper::client"), Some(theirs), "{filter}");
            assert_eq!(finest("lambda_runtime::layers"), None, "{filter}");
        }
        let named = understood("info,aws_config=debug").unwrap();
        assert!(named.would_enable("aws_config", &Level::DEBUG));
        assert!(understood("loud=very").is_err());
    }
}
