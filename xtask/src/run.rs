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
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
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
