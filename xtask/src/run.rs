//! Running the tools this workspace is checked with.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

/// Says on stderr what begins now, and how long this program has been running: steps that grew
/// slow are seen at once.
pub(crate) fn step(what: &str) {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let seconds = START.elapsed().as_secs();
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    // A closed stderr is no reason to stop.
    let _ = writeln!(io::stderr().lock(), "== {minutes}:{seconds:02} {what}");
}

/// Runs cargo and fails with `what` when it fails.
pub(crate) fn cargo(what: &str, arguments: &[&str]) -> Result<()> {
    step(what);
    let status = cargo_command()
        .args(arguments)
        .status()
        .with_context(|| format!("cannot start cargo for {what}"))?;
    ensure!(
        status.success(),
        "{what} failed: cargo {}",
        arguments.join(" ")
    );
    Ok(())
}

/// The cargo that runs this program, before it has any arguments.
pub(crate) fn cargo_command() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a program and fails with `what` when it fails. All that it says goes to stderr, because
/// stdout is for results.
pub(crate) fn aside(what: &str, command: &mut Command) -> Result<()> {
    let program = command.get_program().display().to_string();
    let status = command.stdout(io::stderr()).status();
    let status = status.with_context(|| format!("cannot start {program} for {what}"))?;
    // Not the whole command: its environment may be long, and hold what nobody should read.
    let arguments: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    ensure!(
        status.success(),
        "{what} failed: {program} {}",
        arguments.join(" ")
    );
    Ok(())
}
