//! The project's own commands, so that nobody needs to remember a shell script.

mod bench;
mod events;
mod run;
mod titles;
mod venv;

use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use run::{cargo, step};

/// Matinee's development commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything: formatting, lints, unit and property tests, then the programs as people start
    /// them.
    Test,
    /// Formatting and lints only.
    Check,
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
        Command::Test => test(),
        Command::Check => check(),
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

fn check() -> Result<()> {
    cargo("formatting", &["fmt", "--all", "--check"])?;
    let lints = ["--", "--deny", "warnings"];
    let everything = ["clippy", "--workspace", "--all-targets", "--locked"];
    cargo("lints", &[&everything[..], &lints].concat())?;
    // The local server takes the functions' libraries without their Lambda binaries.
    let local = ["clippy", "--package", "matinee-local", "--locked"];
    cargo("lints of the local build", &[&local[..], &lints].concat())?;
    events::check()?;
    titles::check()
}

fn test() -> Result<()> {
    check()?;
    let units = [
        "test",
        "--workspace",
        "--locked",
        "--exclude",
        "matinee-integration",
    ];
    cargo("unit and property tests", &units)?;
    venv::python(venv::TESTS)?;
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
    cargo(
        "the programs as people start them",
        &["test", "--locked", "--package", "matinee-integration"],
    )?;
    step("everything passed");
    Ok(())
}
