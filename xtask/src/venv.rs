//! Python packages, pinned, each set in a folder of its own: what the tests need and what the
//! reference app needs ask for different versions of the same packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::run::{aside, step};

/// What the integration tests need.
pub(crate) const TESTS: &str = "integration/requirements.txt";

/// What the reference app needs.
pub(crate) const REFERENCE: &str = "integration/reference/requirements.txt";

/// Where a requirements file is installed.
fn folder(requirements: &str) -> &'static str {
    if requirements == REFERENCE {
        ".venv-reference"
    } else {
        ".venv"
    }
}

/// The programs of [`TESTS`], once [`python`] has installed them. Absolute, but not resolved:
/// behind the link of `python` it would be the system's.
pub(crate) fn programs() -> Result<PathBuf> {
    std::path::absolute(Path::new(folder(TESTS)).join("bin")).context("cannot name .venv")
}

/// A Python that has what a requirements file names. Nothing is installed twice.
pub(crate) fn python(requirements: &str) -> Result<PathBuf> {
    let wanted =
        fs::read_to_string(requirements).with_context(|| format!("cannot read {requirements}"))?;
    let venv = folder(requirements);
    let python = std::path::absolute(Path::new(venv).join("bin/python"))?;
    // What was installed from this file, beside the packages, so that it goes when they go.
    let stamp = format!("{venv}/{}", requirements.replace('/', "-"));
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    step(&format!("the packages of {requirements} into {venv}"));
    install(venv, &python, requirements)?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {stamp}"))?;
    Ok(python)
}

fn install(venv: &str, python: &Path, requirements: &str) -> Result<()> {
    // One that exists is kept, one that was left half made is mended.
    let mut make = Command::new("python3");
    aside("making a venv", make.args(["-m", "venv", venv])).context(
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
