//! The criterion benchmarks, and the figures they leave behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::run::{aside, cargo_command, step};

const BENCH: [&str; 16] = [
    "bench",
    "--locked",
    "--package",
    "matinee-training",
    "--package",
    "matinee-local",
    "--bench",
    "training",
    "--bench",
    "serving",
    "--bench",
    "weights",
    "--bench",
    "for_you",
    "--bench",
    "embedded",
];

/// What criterion found about one call.
#[derive(Clone, Debug)]
pub(crate) struct Benchmark {
    /// Group and function.
    pub(crate) name: String,
    /// Median time of a call, in seconds.
    pub(crate) median: f64,
}

/// Runs the benchmarks; criterion's own report goes to stderr.
pub(crate) fn run(target: &Path, quick: bool) -> Result<Vec<Benchmark>> {
    step("criterion benchmarks");
    let begin = SystemTime::now();
    let sampling: &[&str] = if quick { &["--", "--quick"] } else { &[] };
    aside(
        "criterion benchmarks",
        cargo_command().args(BENCH).args(sampling),
    )?;
    let benchmarks = since(begin, &target.join("criterion"))?;
    ensure!(!benchmarks.is_empty(), "criterion left no figures behind");
    Ok(benchmarks)
}

/// The figures written since `begin`, by name: older ones may be of other catalogues or of
/// benchmarks that are no more.
fn since(begin: SystemTime, criterion: &Path) -> Result<Vec<Benchmark>> {
    let mut benchmarks = Vec::new();
    for group in folders(criterion)? {
        for function in folders(&group)? {
            let file = function.join("new/estimates.json");
            let written = fs::metadata(&file).and_then(|metadata| metadata.modified());
            if written.is_ok_and(|written| written >= begin) {
                benchmarks.push(read(&file)?);
            }
        }
    }
    benchmarks.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(benchmarks)
}

fn folders(parent: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    let entries =
        fs::read_dir(parent).with_context(|| format!("cannot read {}", parent.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    Ok(folders)
}

fn read(estimates: &Path) -> Result<Benchmark> {
    let json = |path: &Path| -> Result<Value> {
        let what = || format!("cannot read {}", path.display());
        let bytes = fs::read(path).with_context(what)?;
        serde_json::from_slice(&bytes).with_context(what)
    };
    let about = json(&estimates.with_file_name("benchmark.json"))?;
    let name = about["full_id"].as_str().context("no full_id")?;
    let nanoseconds = &json(estimates)?["median"]["point_estimate"];
    Ok(Benchmark {
        name: name.to_owned(),
        median: nanoseconds.as_f64().context("no median")? / 1e9,
    })
}
