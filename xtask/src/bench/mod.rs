//! `cargo xtask bench`: the criterion benchmarks, what the log costs, then Matinee and the reference
//! app side by side, on one catalogue, in one session.

mod app;
mod criterion;
mod feedback;
mod load;
mod machine;
mod number;
mod ratings;
mod report;
mod server;
mod titles;
mod training;
mod weights;

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::run::{cargo, cargo_command, step};
use crate::venv;
use app::App;
use load::{Load, Round};
use report::{Figures, Report};
use server::Server;
use training::Training;

/// Names the folder of the public development data.
const DATA: &str = "MATINEE_DATA";

/// How often each app is put under load; the round with the median rate counts.
const ROUNDS: usize = 3;

/// How to run the benchmarks.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run this part alone
    part: Option<Part>,
    /// Let criterion sample for a moment only; the comparison takes as long as ever
    #[arg(long)]
    quick: bool,
    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
}

/// A part that needs nothing of what the others need.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Part {
    /// What the log of viewers' interactions costs
    Feedback,
    /// How good what is learned from viewers is, and what learning takes
    Weights,
    /// How good predicted ratings are, beside scikit-learn's
    Ratings,
}

/// Runs everything, or the part that was asked for, and prints the figures on stdout.
pub(crate) fn run(options: &Options) -> Result<()> {
    let text = match options.part {
        None => whole(options)?,
        Some(Part::Feedback) => {
            machine::check()?;
            let found = feedback::measure(&target_folder()?)?;
            if options.json {
                format!("{:#}", found.json())
            } else {
                found.markdown()
            }
        }
        Some(Part::Ratings) => {
            machine::check()?;
            let found = ratings::measure(&program(&target_folder()?)?, &data()?, options.quick)?;
            if options.json {
                format!("{:#}", found.json())
            } else {
                found.markdown()
            }
        }
        Some(Part::Weights) => {
            machine::check()?;
            let found = weights::measure(&program(&target_folder()?)?, &data()?, options.quick)?;
            if options.json {
                format!("{:#}", found.json())
            } else {
                found.markdown()
            }
        }
    };
    Ok(writeln!(io::stdout().lock(), "{text}")?)
}

/// The figures of everything.
fn whole(options: &Options) -> Result<String> {
    // What is missing is told before anything takes long.
    machine::check()?;
    load::check()?;
    // Before this command's own work adds to it.
    let load_average = machine::load_average()?;
    let catalogue = catalogue()?;
    let titles = titles::of(&catalogue)?;
    let python = venv::python(venv::REFERENCE)?;
    let target = target_folder()?;
    let program = program(&target)?;
    let benchmarks = criterion::run(&target, options.quick)?;
    let feedback = feedback::measure(&target)?;
    let learned = weights::measure(&program, &data()?, options.quick)?;
    let work = target.join("bench");
    fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let apps = [
        App::matinee(&program, &catalogue, &work),
        App::reference(&python, &catalogue, &work),
    ];
    let report = Report {
        films: titles.len(),
        processors: machine::processors(),
        load_average,
        figures: compare(&apps, &python, &titles, &work)?,
        benchmarks,
        feedback,
        learned,
    };
    Ok(if options.json {
        format!("{:#}", report.json())
    } else {
        report.markdown()
    })
}

/// The program, built as people build it.
fn program(target: &Path) -> Result<PathBuf> {
    cargo(
        "the program as people build it",
        &[
            "build",
            "--release",
            "--locked",
            "--package",
            "matinee-local",
        ],
    )?;
    Ok(target.join("release/matinee"))
}

/// The folder of the public development data.
fn data() -> Result<PathBuf> {
    let data = env::var_os(DATA).map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    Ok(std::path::absolute(data)?)
}

/// The catalogue that both apps are trained on.
fn catalogue() -> Result<PathBuf> {
    let path = data()?.join("tmdb-10k/movies.csv");
    ensure!(
        path.exists(),
        "{} is not there: set {DATA} to the folder of the public data",
        path.display()
    );
    Ok(path)
}

/// Where cargo builds: it may be configured to be anywhere.
fn target_folder() -> Result<PathBuf> {
    let output = cargo_command()
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .output()
        .context("cannot start cargo")?;
    let metadata: Value =
        serde_json::from_slice(&output.stdout).context("cargo metadata gave no JSON")?;
    let folder = metadata["target_directory"].as_str();
    Ok(PathBuf::from(
        folder.context("cargo metadata names no target folder")?,
    ))
}

/// The figures of each app, in the order of `apps`.
fn compare(apps: &[App; 2], python: &Path, titles: &[String], work: &Path) -> Result<[Figures; 2]> {
    let [ours, theirs] = apps;
    let trained = [
        training::measure(ours, python)?,
        training::measure(theirs, python)?,
    ];
    let load = Load::prepare(work, titles)?;
    let [our_training, their_training] = trained;
    let mut contest = [
        Contestant::start(ours, our_training, &load)?,
        Contestant::start(theirs, their_training, &load)?,
    ];
    // In turn: what else the machine does in the meantime meets both of them.
    for round in 1..=ROUNDS {
        for contestant in &mut contest {
            step(&format!(
                "{}: load, round {round} of {ROUNDS}",
                contestant.name
            ));
            contestant.rounds.push(load.round(&contestant.server)?);
        }
    }
    let [ours, theirs] = contest;
    Ok([ours.finish()?, theirs.finish()?])
}

/// An app that is being served, and what is known of it so far.
struct Contestant {
    name: &'static str,
    training: Training,
    server: Server,
    warm_up: Round,
    rounds: Vec<Round>,
}

impl Contestant {
    fn start(app: &App, training: Training, load: &Load) -> Result<Self> {
        step(&format!("{}: serving", app.name));
        let server = Server::start(app, load.first_path())?;
        Ok(Self {
            name: app.name,
            training,
            warm_up: load.warm_up(&server)?,
            server,
            rounds: Vec::new(),
        })
    }

    fn finish(self) -> Result<Figures> {
        Ok(Figures {
            training: self.training,
            first_answer: self.server.first_answer,
            memory: self.server.memory()?,
            warm_up: self.warm_up,
            rounds: self.rounds,
        })
    }
}
