//! Python packages, pinned, in `.venv`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::run::{aside, step};

/// What the integration tests need.
pub(crate) const TESTS: &str = "integration/requirements.txt";

/// What the reference app needs.
pub(crate) const REFERENCE: &str = "integration/reference/requirements.txt";

/// A Python that has what a requirements file names. Nothing is installed twice.
pub(crate) fn python(requirements: &str) -> Result<PathBuf> {
    let wanted =
        fs::read_to_string(requirements).with_context(|| format!("cannot read {requirements}"))?;
    // Absolute, but not resolved: behind the link it would be the system's Python.
    let python = std::path::absolute(".venv/bin/python")?;
    // What was installed from this file, beside the packages, so that it goes when they go.
    let stamp = format!(".venv/{}", requirements.replace('/', "-"));
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    install(&python, requirements)?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {stamp}"))?;
    Ok(python)
}

fn install(python: &Path, requirements: &str) -> Result<()> {
    step(&format!("the packages of {requirements} into .venv"));
    // One that exists is kept, one that was left half made is mended.
    let mut venv = Command::new("python3");
    aside("making .venv", venv.args(["-m", "venv", ".venv"])).context(
        "Python 3.11 or newer with venv is needed (on Debian: apt-get install python3-venv)",
    )?;
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet"]).args([
        "--disable-pip-version-check",
        "--requirement",
        requirements,
    ]);
    aside("installing Python packages", &mut pip)
}
