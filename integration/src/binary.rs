use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::workspace;

/// Names a program to test instead of building one.
const GIVEN: &str = "MATINEE_BIN";

/// The `matinee` program: the one that `MATINEE_BIN` names, else built in release mode, once for
/// every process of tests.
///
/// # Panics
/// When it cannot be built.
pub fn matinee() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| std::env::var_os(GIVEN).map_or_else(|| build(&["--release"]), absolute))
}

/// The `matinee` program that can reach S3. Not optimised, and so with the SDK as the unit tests
/// compile it.
///
/// # Panics
/// When it cannot be built.
pub fn matinee_with_s3() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| build(&["--features", "aws"]))
}

/// Tests run programs in other folders than their own.
#[expect(clippy::expect_used, reason = "a test cannot go on")]
fn absolute(given: std::ffi::OsString) -> PathBuf {
    std::path::absolute(given).expect("MATINEE_BIN is a path")
}

/// Cargo itself says where the program is: the target folder may be configured anywhere.
#[expect(clippy::expect_used, reason = "a test cannot go on")]
fn build(how: &[&str]) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--locked", "-p", "matinee-local"])
        .args(how)
        .arg("--message-format=json-render-diagnostics")
        .current_dir(workspace())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "matinee does not build");
    let messages = String::from_utf8_lossy(&output.stdout);
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "matinee")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo names the program it built")
}
