use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::criterion::Benchmark;
use super::feedback::Feedback;
use super::load::{ROUND, Round};
use super::machine::Memory;
use super::number::{count, megabytes, milliseconds, ratio, rounded, time};
use super::training::Training;
use super::weights::Learned;

/// Everything that was found about one app.
pub(crate) struct Figures {
    pub(crate) training: Training,
    /// From the start of the server to its first answer.
    pub(crate) first_answer: Duration,
    /// Of the server after the load.
    pub(crate) memory: Memory,
    /// The run whose rate does not count.
    pub(crate) warm_up: Round,
    /// The runs that do; at least one.
    pub(crate) rounds: Vec<Round>,
}

impl Figures {
    /// The round with the median rate.
    fn round(&self) -> Round {
        let mut rounds = self.rounds.clone();
        rounds.sort_by(|a, b| a.rate.total_cmp(&b.rate));
        rounds[rounds.len() / 2]
    }

    /// Failures in all runs, of how many requests.
    fn failures(&self) -> (u64, u64) {
        let runs = || self.rounds.iter().chain([&self.warm_up]);
        (
            runs().map(|round| round.failures).sum(),
            runs().map(|round| round.requests).sum(),
        )
    }
}

/// A line of the comparison.
struct Measure {
    /// The name for machines, with its unit.
    key: &'static str,
    /// The name for people.
    name: &'static str,
    of: fn(&Figures) -> f64,
    show: fn(f64) -> String,
}

/// The lines of the comparison, in their order.
const MEASURES: [Measure; 9] = [
    Measure {
        key: "training_seconds",
        name: "training",
        of: |figures| figures.training.seconds,
        show: time,
    },
    Measure {
        key: "training_peak_bytes",
        name: "peak memory while training",
        of: |figures| figures.training.peak as f64,
        show: megabytes,
    },
    Measure {
        key: "file_bytes",
        name: "files on disk",
        of: |figures| figures.training.files as f64,
        show: megabytes,
    },
    Measure {
        key: "first_answer_seconds",
        name: "server's start to its first answer",
        of: |figures| figures.first_answer.as_secs_f64(),
        show: time,
    },
    Measure {
        key: "resident_bytes",
        name: "server's resident memory after the load",
        of: |figures| figures.memory.resident as f64,
        show: megabytes,
    },
    Measure {
        key: "resident_peak_bytes",
        name: "its peak",
        of: |figures| figures.memory.peak as f64,
        show: megabytes,
    },
    Measure {
        key: "requests_per_second",
        name: "requests per second",
        of: |figures| figures.round().rate,
        show: rounded,
    },
    Measure {
        key: "median_seconds",
        name: "median latency",
        of: |figures| figures.round().median,
        show: milliseconds,
    },
    Measure {
        key: "p99_seconds",
        name: "99th percentile",
        of: |figures| figures.round().p99,
        show: milliseconds,
    },
];

/// What `cargo xtask bench` found.
pub(crate) struct Report {
    /// Films in the catalogue.
    pub(crate) films: usize,
    pub(crate) processors: usize,
    /// Of the minute before the command was given.
    pub(crate) load_average: f64,
    /// Ours, then the reference's.
    pub(crate) figures: [Figures; 2],
    pub(crate) benchmarks: Vec<Benchmark>,
    pub(crate) feedback: Feedback,
    pub(crate) learned: Learned,
}

impl Report {
    /// The tables for people.
    pub(crate) fn markdown(&self) -> String {
        let [ours, theirs] = &self.figures;
        let mut text = String::from(
            "| measure | Matinee | reference | Matinee's to the reference's |\n\
             |---|---:|---:|---:|\n",
        );
        // Writing into a string cannot fail.
        for Measure { name, of, show, .. } in &MEASURES {
            let (a, b) = (of(ours), of(theirs));
            let (shown, ratio) = ([show(a), show(b)], ratio(a, b));
            let _ = writeln!(text, "| {name} | {} | {} | {ratio} |", shown[0], shown[1]);
        }
        let failures = [ours, theirs].map(|figures| {
            let (failures, requests) = figures.failures();
            format!("{} of {}", count(failures), count(requests))
        });
        let _ = writeln!(
            text,
            "| answers other than 200, or none | {} | {} | |\n\n\
             {} films, {} processors, load average before {:.2}; rate and latency are the median \
             of {} rounds of `wrk {}`.\n\n\
             | benchmark | median |\n|---|---:|",
            failures[0],
            failures[1],
            count(self.films as u64),
            self.processors,
            self.load_average,
            ours.rounds.len(),
            ROUND.join(" "),
        );
        for benchmark in &self.benchmarks {
            let _ = writeln!(text, "| {} | {} |", benchmark.name, time(benchmark.median));
        }
        text.push('\n');
        text.push_str(&self.feedback.markdown());
        text.push_str("\n\n");
        text.push_str(&self.learned.markdown());
        text
    }

    /// The same for machines: seconds and bytes.
    pub(crate) fn json(&self) -> Value {
        let [ours, theirs] = &self.figures;
        let ratios = MEASURES
            .iter()
            .map(|measure| {
                let ratio = (measure.of)(ours) / (measure.of)(theirs);
                (measure.key.to_owned(), json!(ratio))
            })
            .collect();
        let benchmarks = self
            .benchmarks
            .iter()
            .map(|benchmark| json!({ "name": benchmark.name, "median_seconds": benchmark.median }));
        json!({
            "films": self.films,
            "processors": self.processors,
            "load_average_before": self.load_average,
            "matinee": of_app(ours),
            "reference": of_app(theirs),
            "matinee_to_reference": Value::Object(ratios),
            "benchmarks": benchmarks.collect::<Value>(),
            "feedback": self.feedback.json(),
            "learned": self.learned.json(),
        })
    }
}

fn of_app(figures: &Figures) -> Value {
    let mut measures: serde_json::Map<String, Value> = MEASURES
        .iter()
        .map(|measure| (measure.key.to_owned(), json!((measure.of)(figures))))
        .collect();
    let (failures, requests) = figures.failures();
    let rates = figures.rounds.iter().map(|round| round.rate);
    measures.insert("requests".to_owned(), json!(requests));
    measures.insert("failures".to_owned(), json!(failures));
    measures.insert("rounds_per_second".to_owned(), rates.collect());
    Value::Object(measures)
}
