//! The figures of a measurement, for people and for machines.

use std::fmt;

use serde::Serialize;

use super::{Fetched, Rounds, Spread};

/// The first answer is to come within this many times the start without a model and the fetching.
const TARGET: f64 = 1.3;

/// What was found. Durations are in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// How often everything was repeated.
    pub rounds: usize,
    /// The machine's load average over the last minute, before it began.
    pub load_average: Option<f64>,
    /// The bootstrap started directly, under a Runtime API of ours.
    pub direct: Direct,
    /// The same bytes fetched by a client that does nothing else.
    pub raw: Raw,
    /// The first answer divided by the start without a model and the quicker fetching; the medians.
    pub ratio: f64,
    /// The same of every round for itself.
    pub ratio_of_rounds: Spread,
    /// What the ratio is to stay below.
    pub target: f64,
    /// The bootstrap in AWS's emulator.
    pub emulator: Option<ThroughEmulator>,
}

/// The figures of a bootstrap that was started directly.
#[derive(Clone, Debug, Serialize)]
pub struct Direct {
    /// From the start of the process to its first call for an event, with neither bucket nor
    /// folder configured.
    pub ready_without_model: Spread,
    /// The same with the model.
    pub ready: Spread,
    /// From the start of the process to the whole first answer, with the model.
    pub first_response: Spread,
    /// From handing an event over to the whole answer, of the calls after the first; the way
    /// through HTTP and back is in it.
    pub next_response: Spread,
    /// The most memory that was ever resident in any round, in bytes.
    pub peak_memory: u64,
}

/// The figures of fetching alone.
#[derive(Clone, Debug, Serialize)]
pub struct Raw {
    /// The objects that the function fetched.
    pub objects: usize,
    /// Their bytes.
    pub bytes: usize,
    /// The requests with which the function fetched them.
    pub requests_of_function: usize,
    /// The bytes that it was sent.
    pub bytes_of_function: usize,
    /// One after the other on one connection.
    pub sequential: Spread,
    /// Pointer, manifest, then all sections at once.
    pub concurrent: Spread,
}

/// The figures of a bootstrap in AWS's emulator.
#[derive(Clone, Debug, Serialize)]
pub struct ThroughEmulator {
    /// By the emulator's own watch, with neither bucket nor folder configured.
    pub ready_without_model: Spread,
    /// The same with the model.
    pub ready: Spread,
    /// From the call that starts the process to the whole answer, with the model.
    pub first_response: Spread,
    /// The first answer divided by the emulator's start without a model and the quicker fetching.
    pub ratio: f64,
}

pub(super) fn report(
    rounds: &Rounds,
    fetched: &Fetched,
    bytes: usize,
    load_average: Option<f64>,
) -> Report {
    let raw = Raw {
        objects: fetched.paths.len(),
        bytes,
        requests_of_function: fetched.requests,
        bytes_of_function: fetched.bytes,
        sequential: Spread::of_durations(&rounds.sequential),
        concurrent: Spread::of_durations(&rounds.concurrent),
    };
    let direct = Direct {
        ready_without_model: Spread::of_durations(&rounds.ready_without_model),
        ready: Spread::of_durations(&rounds.ready),
        first_response: Spread::of_durations(&rounds.first),
        next_response: Spread::of_durations(&rounds.next),
        peak_memory: rounds
            .memory
            .iter()
            .map(|memory| memory.peak)
            .max()
            .unwrap_or_default(),
    };
    let fetch = raw.sequential.median.min(raw.concurrent.median);
    Report {
        rounds: rounds.first.len(),
        load_average,
        ratio: direct.first_response.median / (direct.ready_without_model.median + fetch),
        ratio_of_rounds: Spread::of(ratios(rounds)),
        target: TARGET,
        emulator: through_emulator(rounds, fetch),
        direct,
        raw,
    }
}

fn ratios(rounds: &Rounds) -> impl Iterator<Item = f64> {
    let fetches = rounds.sequential.iter().zip(&rounds.concurrent);
    let least = rounds.ready_without_model.iter().zip(fetches);
    rounds
        .first
        .iter()
        .zip(least)
        .map(|(first, (ready, (sequential, concurrent)))| {
            first.as_secs_f64() / (*ready + *sequential.min(concurrent)).as_secs_f64()
        })
}

fn through_emulator(rounds: &Rounds, fetch: f64) -> Option<ThroughEmulator> {
    if rounds.emulator_first.is_empty() {
        return None;
    }
    let ready_without_model = Spread::of_durations(&rounds.emulator_ready_without_model);
    let first_response = Spread::of_durations(&rounds.emulator_first);
    Some(ThroughEmulator {
        ready_without_model,
        ready: Spread::of_durations(&rounds.emulator_ready),
        first_response,
        ratio: first_response.median / (ready_without_model.median + fetch),
    })
}

/// Of the last minute; nothing where the machine does not say.
pub(super) fn load_average() -> Option<f64> {
    let averages = std::fs::read_to_string("/proc/loadavg").ok()?;
    averages.split_whitespace().next()?.parse().ok()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { direct, raw, .. } = self;
        writeln!(
            f,
            "{:44} {:>8} {:>8} {:>8} {:>8} {:>8}",
            "milliseconds", "median", "25 %", "75 %", "least", "most"
        )?;
        let mut line = |name: &str, spread: &Spread| writeln!(f, "{name:44} {spread}");
        line("ready, without a model", &direct.ready_without_model)?;
        line("ready, with the model", &direct.ready)?;
        line("first response", &direct.first_response)?;
        line("later responses, HTTP included", &direct.next_response)?;
        line("raw GET, one connection", &raw.sequential)?;
        line("raw GET, sections at once", &raw.concurrent)?;
        line("ratio of each round", &self.ratio_of_rounds)?;
        if let Some(emulator) = &self.emulator {
            line(
                "in the emulator: ready, without a model",
                &emulator.ready_without_model,
            )?;
            line("in the emulator: ready, with the model", &emulator.ready)?;
            line("in the emulator: first response", &emulator.first_response)?;
        }
        writeln!(
            f,
            "first response / (ready without a model + raw GET): {:.2}, target {:.1}",
            self.ratio, self.target
        )?;
        if let Some(emulator) = &self.emulator {
            writeln!(f, "the same in the emulator: {:.2}", emulator.ratio)?;
        }
        writeln!(
            f,
            "fetched: {} objects, {} bytes; by the function with {} requests, {} bytes",
            raw.objects, raw.bytes, raw.requests_of_function, raw.bytes_of_function
        )?;
        writeln!(f, "peak memory: {:.1} MB", direct.peak_memory as f64 * 1e-6)?;
        write!(f, "{} rounds", self.rounds)?;
        match self.load_average {
            Some(load) => writeln!(f, ", load average {load} before"),
            None => writeln!(f),
        }
    }
}
