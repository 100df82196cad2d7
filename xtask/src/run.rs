//! Running the tools this workspace is checked with.

use std::env;
use std::io::{self, Write as _};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Says on stderr what begins now.
pub(crate) fn step(what: &str) {
    // A closed stderr is no reason to stop.
    let _ = writeln!(io::stderr().lock(), "== {what}");
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
    let status = command.stdout(io::stderr()).status().with_context(|| {
        format!(
            "cannot start {} for {what}",
            command.get_program().display()
        )
    })?;
    ensure!(status.success(), "{what} failed: {command:?}");
    Ok(())
}
