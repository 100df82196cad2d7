//! How long a function takes from the start of its process to its first answer, and how much of
//! that no function could do without.
//!
//! Each round starts every kind of process once, so that a machine that is slow for a while is
//! slow for all of them.

mod raw_get;
mod report;
mod spread;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

pub use report::{Direct, Raw, Report, ThroughEmulator};
pub use spread::Spread;

use super::emulator::Emulator;
use super::environment::model_from;
use super::event::{HttpAnswer, http_event};
use super::invoke::{Invocation, Invoke as _};
use super::object_server::ObjectServer;
use super::process::Memory;
use super::runtime_api::Function;
use super::venv::rie;

/// The bucket that the model is served from.
const BUCKET: &str = "matinee-models";

/// The first call of a cold function.
const FIRST: &str = "/recommend?movie_name=The%20Matrix";

/// The calls after the first, in each round.
const NEXT: usize = 100;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct Measurement<'a> {
    /// The function behind `GET /recommend`.
    pub bootstrap: &'a Path,
    /// A folder of published models; the live one knows The Matrix.
    pub models: &'a Path,
    /// How often everything is repeated.
    pub rounds: usize,
    /// Whether to go through AWS's emulator too.
    pub emulator: bool,
}

/// The durations of all rounds.
#[derive(Debug, Default)]
struct Rounds {
    ready_without_model: Vec<Duration>,
    ready: Vec<Duration>,
    first: Vec<Duration>,
    next: Vec<Duration>,
    memory: Vec<Memory>,
    sequential: Vec<Duration>,
    concurrent: Vec<Duration>,
    emulator_ready_without_model: Vec<Duration>,
    emulator_ready: Vec<Duration>,
    emulator_first: Vec<Duration>,
}

/// What the function fetched before its first answer.
#[derive(Debug)]
struct Fetched {
    /// The paths of the objects, each once, in the order in which they were first asked for.
    paths: Vec<String>,
    requests: usize,
    bytes: usize,
}

impl Measurement<'_> {
    /// Measures.
    ///
    /// # Errors
    /// When the models cannot be served or fetched.
    ///
    /// # Panics
    /// When the function does not start, or its first answer is not what was asked for.
    pub fn run(&self) -> io::Result<Report> {
        let server = ObjectServer::start(self.models, BUCKET, "models/", 0)?;
        let load_average = report::load_average();
        let fetched = self.fetched(&server)?;
        let host = host(&server)?;
        // Said once where it is not installed, not in every round.
        let emulator = self.emulator && rie().is_some();
        let mut rounds = Rounds::default();
        let mut bytes = 0;
        for _ in 0..self.rounds.max(1) {
            self.direct(&server, &mut rounds);
            let start = Instant::now();
            bytes = raw_get::sequentially(host, &fetched.paths)?;
            rounds.sequential.push(start.elapsed());
            let start = Instant::now();
            raw_get::concurrently(host, &fetched.paths)?;
            rounds.concurrent.push(start.elapsed());
            if emulator {
                self.through_emulator(&server, &mut rounds);
            }
        }
        Ok(report::report(&rounds, &fetched, bytes, load_average))
    }

    /// Starts the function once, unmeasured, to see what it fetches.
    fn fetched(&self, server: &ObjectServer) -> io::Result<Fetched> {
        server.take_served();
        let function = Function::start(
            self.bootstrap,
            &model_from(&server.endpoint(), server.bucket()),
        );
        check(&function.invoke(&first()), &function.log().text());
        let answers = server.take_served();
        let mut paths: Vec<String> = Vec::new();
        for answer in &answers {
            let path = format!("/{BUCKET}/{}", answer.key);
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        if paths.is_empty() {
            return Err(io::Error::other(
                "the function answered without fetching a model",
            ));
        }
        Ok(Fetched {
            paths,
            requests: answers.len(),
            bytes: answers.iter().map(|answer| answer.bytes).sum(),
        })
    }

    /// Without the emulator, whose own work would be in the figures.
    fn direct(&self, server: &ObjectServer, rounds: &mut Rounds) {
        let without = Function::start(self.bootstrap, &[]);
        rounds.ready_without_model.push(without.ready(PATIENCE));
        drop(without);
        let event = first();
        let function = Function::start(
            self.bootstrap,
            &model_from(&server.endpoint(), server.bucket()),
        );
        // Lambda too has the event before the function asks for it.
        let invocation = function.invoke(&event);
        check(&invocation, &function.log().text());
        rounds.ready.push(function.ready(PATIENCE));
        rounds.first.push(invocation.finished - function.started());
        rounds
            .next
            .extend((0..NEXT).map(|_| function.invoke(&event).took));
        rounds.memory.extend(function.memory());
    }

    fn through_emulator(&self, server: &ObjectServer, rounds: &mut Rounds) {
        let Some(without) = Emulator::start(self.bootstrap, &[]) else {
            return;
        };
        without.invoke(&first());
        rounds
            .emulator_ready_without_model
            .push(without.init_duration());
        drop(without);
        let env = model_from(&server.endpoint(), server.bucket());
        let Some(emulator) = Emulator::start(self.bootstrap, &env) else {
            return;
        };
        let invocation = emulator.invoke(&first());
        check(&invocation, &emulator.log().text());
        rounds.emulator_ready.push(emulator.init_duration());
        rounds.emulator_first.push(invocation.took);
    }
}

fn first() -> Value {
    http_event("GET", FIRST, &[], b"")
}

/// A quick answer counts only when it is the right one.
fn check(invocation: &Invocation, log: &str) {
    let answer = HttpAnswer::of(&invocation.body, invocation.function_error);
    let text = answer.text();
    assert_eq!(answer.status, 200, "{text}\n{log}");
    let films = answer.json()["recommended_movies"]
        .as_array()
        .map_or(0, Vec::len);
    assert!(films > 0, "no films in {text}\n{log}");
}

fn host(server: &ObjectServer) -> io::Result<SocketAddr> {
    let endpoint = server.endpoint();
    let address = endpoint.trim_start_matches("http://");
    address.parse().map_err(io::Error::other)
}
