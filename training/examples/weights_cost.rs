//! What it costs to learn weights, on invented viewers and films.
//!
//! `weights_cost ease FILMS` has 3,000 viewers who have every hundredth film by chance, and measures the
//! Gram matrix and its inverse. `weights_cost learn VIEWERS FILMS INTERACTIONS` has films and viewers by
//! power laws, and measures learning as a whole, the choice of settings included. Both
//! print one JSON object on stdout. `RAYON_NUM_THREADS` says how many threads work.

#![expect(clippy::cast_sign_loss, reason = "numbers drawn from 0 on")]

use std::error::Error;
use std::io::{self, Write as _};
use std::time::Instant;
use std::{env, fs};

use matinee_training::preferences::Preferences;
use matinee_training::weights::{LearnSettings, Linear, LinearSettings, Plan, learn};
use matinee_training::{NoProgress, Progress};
use serde_json::{Value, json};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let found = match arguments.as_slice() {
        ["ease", films] => ease(films.parse()?)?,
        ["learn", viewers, films, interactions] => {
            whole(viewers.parse()?, films.parse()?, interactions.parse()?)?
        }
        _ => return Err("expected `ease FILMS` or `learn VIEWERS FILMS INTERACTIONS`".into()),
    };
    Ok(writeln!(io::stdout().lock(), "{found}")?)
}

fn ease(films: u32) -> Result<Value, Failure> {
    let mut random = fastrand::Rng::with_seed(1);
    let rows = (0..3_000).map(|_| {
        let picks = (0..films / 100).map(|_| random.u32(0..films));
        picks.collect()
    });
    let preferences = Preferences::new(films as usize, rows);
    let settings = LinearSettings::ease(100.0);
    let begun = Instant::now();
    let linear = Linear::new(&preferences, &[], &settings, usize::MAX, &NoProgress)?;
    let gram = begun.elapsed().as_secs_f64();
    let solution = linear.solve(&settings, &NoProgress)?;
    let seconds = begun.elapsed().as_secs_f64();
    let weights = linear.dense(&solution);
    let size = weights.films().len();
    Ok(json!({
        "films": size,
        "threads": rayon::current_num_threads(),
        "gram_seconds": gram,
        "gram_and_inverse_seconds": seconds,
        "weights_too_seconds": begun.elapsed().as_secs_f64(),
        "gigaflops": (size as f64).powi(3) / (seconds - gram) / 1e9,
    }))
}

/// Viewers whose numbers of films, and films whose numbers of viewers, fall by power laws.
fn invented(viewers: usize, films: u32, interactions: usize) -> Preferences {
    let mut random = fastrand::Rng::with_seed(1);
    // Of a Pareto distribution of shape 1.5 the mean is three times the least value; some films are
    // drawn twice and count once.
    let least = interactions as f64 / viewers as f64 / 3.0 * 1.3;
    let rows = (0..viewers).map(|_| {
        let size = (least * random.f64().max(1e-9).powf(-1.0 / 1.5)).min(2_000.0);
        let picks = (0..size as usize).map(|_| (random.f64().powi(3) * f64::from(films)) as u32);
        picks.collect()
    });
    Preferences::new(films as usize, rows)
}

fn whole(viewers: usize, films: u32, interactions: usize) -> Result<Value, Failure> {
    let preferences = invented(viewers, films, interactions);
    let settings = LearnSettings::default();
    let seconds = Seconds::default();
    let started = |plan: &Plan| seconds.begin(&plan.to_string());
    let begun = Instant::now();
    let learned = learn(&preferences, &[], None, &settings, &started, &seconds)?;
    let whole = begun.elapsed().as_secs_f64();
    seconds.begin("");
    Ok(json!({
        "plan": learned.plan,
        "threads": rayon::current_num_threads(),
        "seconds": whole,
        "stages": seconds.0.into_inner()?.iter().map(|(stage, _, seconds)| json!([stage, seconds])).collect::<Vec<_>>(),
        "settings_tried": learned.tried.map(|tried| tried.all.tried),
        "most_memory_gb": most_memory()?,
    }))
}

/// The most memory the process had, in GB; none where the system does not say.
fn most_memory() -> Result<Option<f64>, Failure> {
    let Ok(status) = fs::read_to_string("/proc/self/status") else {
        return Ok(None);
    };
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next());
    let kilobytes: Option<f64> = kilobytes.map(str::parse).transpose()?;
    Ok(kilobytes.map(|kilobytes| kilobytes / 1e6))
}

/// How long each stage takes.
#[derive(Default)]
struct Seconds(std::sync::Mutex<Vec<(String, Instant, f64)>>);

impl Seconds {
    fn begin(&self, stage: &str) {
        let Ok(mut stages) = self.0.lock() else {
            return;
        };
        if let Some((_, begun, seconds)) = stages.last_mut() {
            *seconds = begun.elapsed().as_secs_f64();
        }
        if !stage.is_empty() {
            stages.push((stage.to_owned(), Instant::now(), 0.0));
        }
    }
}

impl Progress for Seconds {
    fn stage(&self, name: &str, _steps: u64) {
        self.begin(name);
    }

    fn advance(&self, _steps: u64) {}
}
