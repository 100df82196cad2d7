//! Metrics, as log lines that CloudWatch counts: its embedded metric format.

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use matinee::model::{Loadable, ModelEvent};
use serde_json::{Map, Value, json};

use super::log::write_line;

/// The namespace of every metric.
const NAMESPACE: &str = "Matinee";

/// No model is loaded.
const UNKNOWN: i64 = i64::MIN;

/// One measurement.
struct Metric {
    name: &'static str,
    unit: &'static str,
    value: f64,
}

fn metric(name: &'static str, unit: &'static str, value: f64) -> Metric {
    Metric { name, unit, value }
}

fn milliseconds(name: &'static str, time: Duration) -> Metric {
    metric(name, "Milliseconds", time.as_secs_f64() * 1e3)
}

/// The metrics of one function.
#[derive(Debug)]
pub(super) struct Metrics {
    function: String,
    /// When the live model was trained, in seconds since 1970.
    created: AtomicI64,
}

/// Metrics that a function counts by itself.
#[derive(Clone, Debug)]
pub struct Counts(pub(super) Arc<Metrics>);

impl Counts {
    /// Writes those that are above 0, by name.
    pub fn add(&self, counts: &[(&'static str, u64)]) {
        self.0.counted(counts);
    }
}

/// One request, as it is measured.
pub(super) struct Request<'a> {
    pub(super) id: &'a str,
    pub(super) trace: Option<&'a str>,
    pub(super) cold_start: bool,
    pub(super) took: Duration,
    /// The version of the model that answered.
    pub(super) model_version: Option<&'a str>,
    /// There was none, and one was needed.
    pub(super) unanswered: bool,
}

impl Metrics {
    pub(super) fn from_env() -> Self {
        Self {
            function: env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default(),
            created: AtomicI64::new(UNKNOWN),
        }
    }

    /// The function is ready for its first request.
    pub(super) fn initialised(&self, took: Duration) {
        self.write(&[milliseconds("InitTime", took)], Map::new());
    }

    /// Something happened to the model.
    pub(super) fn model<M: Loadable>(&self, event: ModelEvent<'_, M>) {
        match event {
            ModelEvent::Loaded { model, took } => {
                let created: Option<Timestamp> = model.manifest().created.parse().ok();
                let created = created.map_or(UNKNOWN, Timestamp::as_second);
                self.created.store(created, Ordering::Relaxed);
                self.write(&[milliseconds("ModelLoadTime", took)], Map::new());
            }
            ModelEvent::Delayed { .. } => {}
            ModelEvent::Failed { .. } => {
                self.write(&[metric("ModelRefused", "Count", 1.0)], Map::new());
            }
        }
    }

    /// A request was answered.
    pub(super) fn request(&self, request: &Request<'_>) {
        let took = request.took.as_secs_f64() * 1e6;
        let mut metrics = vec![metric("RequestTime", "Microseconds", took)];
        let created = self.created.load(Ordering::Relaxed);
        if created != UNKNOWN {
            let age = Timestamp::now().as_second().saturating_sub(created);
            metrics.push(metric("ModelAge", "Seconds", age as f64));
        }
        let mut line = Map::new();
        if let Some(version) = request.model_version {
            line.insert("modelVersion".to_owned(), version.into());
        }
        if request.unanswered {
            metrics.push(metric("ModelUnavailable", "Count", 1.0));
        }
        if let Some(trace) = request.trace {
            line.insert("traceId".to_owned(), trace.into());
        }
        line.insert("requestId".to_owned(), request.id.into());
        line.insert("coldStart".to_owned(), request.cold_start.into());
        self.write(&metrics, line);
    }

    fn counted(&self, counts: &[(&'static str, u64)]) {
        let metrics: Vec<Metric> = counts
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| metric(name, "Count", *count as f64))
            .collect();
        if !metrics.is_empty() {
            self.write(&metrics, Map::new());
        }
    }

    fn write(&self, metrics: &[Metric], mut line: Map<String, Value>) {
        let described: Vec<Value> = metrics
            .iter()
            .map(|metric| json!({"Name": metric.name, "Unit": metric.unit}))
            .collect();
        let emf = json!({
            "Timestamp": Timestamp::now().as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [["Function"]],
                "Metrics": described,
            }],
        });
        line.insert("_aws".to_owned(), emf);
        line.insert("Function".to_owned(), self.function.as_str().into());
        for metric in metrics {
            // Finer than any clock here measures.
            let value = (metric.value * 1e3).round() / 1e3;
            line.insert(metric.name.to_owned(), value.into());
        }
        write_line(line);
    }
}
