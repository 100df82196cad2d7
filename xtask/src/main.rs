//! The project's own commands, so that nobody needs to remember a shell script.

mod aws;
mod bench;
mod check;
mod deployment;
mod docker;
mod events;
mod run;
mod sample_model;
mod test;
mod titles;
mod venv;

use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

/// Matinee's development commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything: formatting, lints, unit and property tests, the deployment, then the programs
    /// as people start them.
    Test,
    /// Formatting and lints only.
    Check,
    /// The deployment only: three linters read template.yaml, and `sam build` builds every
    /// function.
    Deployment,
    /// Trains the model that serves where no bucket is configured, into target/sample-model, where
    /// `sam build` takes it for a layer.
    SampleModel,
    /// The criterion benchmarks, then Matinee and the reference app side by side.
    Bench(bench::Options),
    /// The scenario files of events/, by function; each must be JSON.
    Events,
    /// Writes the films of the sample catalogue into the skill's interaction models, where they
    /// extend AMAZON.Movie.
    SkillTitles,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    env::set_current_dir(root()?).context("cannot enter the repository")?;
    match arguments.command {
        Command::Test => test::run(),
        Command::Check => check::run(),
        Command::Deployment => deployment::run(),
        Command::SampleModel => sample_model::write(),
        Command::Bench(options) => bench::run(&options),
        Command::Events => events::list(),
        Command::SkillTitles => titles::write(),
    }
}

fn root() -> Result<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    Ok(here
        .parent()
        .context("xtask has no parent folder")?
        .to_owned())
}
