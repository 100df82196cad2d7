use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::app::App;
use crate::run::step;

/// Runs a command and tells its time and its peak of memory.
const MEASURED: &str = "integration/reference/measured.py";

/// How often each app is trained.
const RUNS: usize = 3;

/// What training costs.
#[derive(Clone, Debug)]
pub(crate) struct Training {
    /// Wall time of the whole process, the best of all runs.
    pub(crate) seconds: f64,
    /// The most memory that was resident in any run, in bytes.
    pub(crate) peak: u64,
    /// What it left on disk, in bytes.
    pub(crate) files: u64,
}

/// Trains the app several times, each time from nothing.
pub(crate) fn measure(app: &App, python: &Path) -> Result<Training> {
    let mut training = Training {
        seconds: f64::INFINITY,
        peak: 0,
        files: 0,
    };
    for run in 1..=RUNS {
        step(&format!("{}: training, run {run} of {RUNS}", app.name));
        app.empty_folder()?;
        let (seconds, peak) = once(app, python)?;
        training.seconds = training.seconds.min(seconds);
        training.peak = training.peak.max(peak);
    }
    training.files = size_of(&app.folder)?;
    Ok(training)
}

/// Seconds and peak of one training.
fn once(app: &App, python: &Path) -> Result<(f64, u64)> {
    let output = app
        .training(&[python.as_os_str(), OsStr::new(MEASURED)])?
        .stdout(Stdio::piped())
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .with_context(|| format!("cannot start the training of {}", app.name))?;
    ensure!(
        output.status.success(),
        "the training of {} failed: {}",
        app.name,
        app.see_log()
    );
    let took: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{MEASURED} printed no JSON"))?;
    let seconds = took["seconds"].as_f64().context("no seconds measured")?;
    let peak = took["peak_bytes"].as_u64().context("no peak measured")?;
    Ok((seconds, peak))
}

/// The bytes of all files below a folder.
fn size_of(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() {
            size_of(&entry.path())?
        } else {
            metadata.len()
        };
    }
    Ok(bytes)
}
