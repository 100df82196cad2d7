//! The Python programs that the tests start, pinned by `requirements.txt`.

use std::path::PathBuf;

use crate::{skip, workspace};

/// Names another folder than the repository's `.venv`.
const GIVEN: &str = "MATINEE_VENV";

/// The folder with the Python packages of `requirements.txt`: the one that `MATINEE_VENV` names,
/// else `.venv`, which `cargo xtask test` makes. It need not exist.
pub fn venv() -> PathBuf {
    std::env::var_os(GIVEN).map_or_else(|| workspace().join(".venv"), PathBuf::from)
}

/// A program of the packages, such as `moto_server` or `sam`. Where it is missing this says so and
/// gives nothing.
///
/// # Panics
/// When it is missing where CI=true.
pub fn program(name: &str) -> Option<PathBuf> {
    let program = venv().join("bin").join(name);
    if program.exists() {
        return Some(program);
    }
    skip(&format!(
        "{} is not there: run `cargo xtask test`, or set {GIVEN}",
        program.display()
    ));
    None
}

/// AWS's Lambda runtime interface emulator for this machine, which comes inside aws-sam-cli. Where
/// it is missing this says so and gives nothing.
///
/// # Panics
/// When it is missing where CI=true.
pub fn rie() -> Option<PathBuf> {
    let name = match std::env::consts::ARCH {
        "aarch64" => "aws-lambda-rie-arm64",
        _ => "aws-lambda-rie-x86_64",
    };
    let found = std::fs::read_dir(venv().join("lib"))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .map(|python| python.join("site-packages/samcli/local/rapid").join(name))
        .find(|rie| rie.exists());
    if found.is_none() {
        skip(&format!(
            "{name} is not in {}: run `cargo xtask test`, or set {GIVEN}",
            venv().display()
        ));
    }
    found
}
