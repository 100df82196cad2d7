//! Starting the programs as people start them, and talking to them.

pub mod apart;
mod binary;
mod built;
pub mod docker;
mod http;
pub mod lambda;
mod liked;
mod mirror;
pub mod mqtt;
mod server;
pub mod spoken;
mod two_models;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use binary::{matinee, matinee_with_s3};
pub use built::{built, sample_models};
pub use http::Answer;
pub use liked::liked;
pub use mirror::{Asked, Mirror};
pub use server::Server;
pub use two_models::{TwoModels, point};

/// What a command that ran to its end left behind.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Outcome {
    /// The lines on stdout.
    pub fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }

    /// Stdout as one JSON document.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        match serde_json::from_str(&self.stdout) {
            Ok(json) => json,
            Err(error) => panic!("stdout is no JSON: {error}\n{self:?}"),
        }
    }

    /// Checks that the command did what it was asked.
    ///
    /// # Panics
    /// When it failed.
    #[must_use]
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }
}

/// Runs `matinee` in `dir` with `input` on stdin until it ends.
///
/// # Panics
/// When it cannot be run.
#[expect(clippy::expect_used, reason = "a test cannot go on")]
pub fn run(dir: &Path, args: &[&str], input: impl AsRef<[u8]>) -> Outcome {
    let input = input.as_ref();
    let mut child = Command::new(matinee())
        .args(args)
        .current_dir(dir)
        .env_remove("RUST_LOG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("matinee starts");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    // Beside the reading, or two full pipes would wait for each other.
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A command that does not read its input may end before all of it is written.
            let _ = stdin.write_all(input);
        });
        child.wait_with_output()
    });
    let output = output.expect("matinee ends");
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A file or folder of the public development data, in the folder that `MATINEE_DATA` names
/// (default `../shared/data` beside the repository). Where it is missing this says so and gives
/// nothing.
///
/// # Panics
/// When it is missing where CI=true.
pub fn data(name: &str) -> Option<String> {
    let root = std::env::var_os("MATINEE_DATA")
        .map_or_else(|| workspace().join("../shared/data"), PathBuf::from);
    let path = root.join(name);
    if path.exists() {
        return path.to_str().map(str::to_owned);
    }
    skip(&format!(
        "{} is not there: set MATINEE_DATA",
        path.display()
    ));
    None
}

/// The Python with the packages of `requirements.txt`, which `cargo xtask test` installs. Where it
/// is missing this says so and gives nothing.
///
/// # Panics
/// When it is missing where CI=true.
pub fn python() -> Option<PathBuf> {
    let python = workspace().join(".venv/bin/python");
    if python.exists() {
        return Some(python);
    }
    skip(&format!(
        "{} is not there: run `cargo xtask test`",
        python.display()
    ));
    None
}

/// A program on the machine's path, such as mosquitto's clients. Where it is missing this says so and gives
/// nothing.
///
/// # Panics
/// When it is missing where CI=true.
pub fn found_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).map(|folder| folder.join(name));
    let found = places.find(|place| place.is_file());
    if found.is_none() {
        skip(&format!("{name} is not there: install it (.ci/run does)"));
    }
    found
}

/// Says that something is not tested for `reason`; where CI=true that is a failure.
fn skip(reason: &str) {
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!ci, "{reason}");
    // Past the test harness, which would swallow it.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {reason}");
}

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Every file below `dir`, relative to it, in order.
///
/// # Panics
/// When the folder cannot be read.
#[expect(clippy::expect_used, reason = "a test cannot go on")]
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(dir).expect("below").to_owned());
            }
        }
    }
    found.sort();
    found
}
