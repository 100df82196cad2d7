//! The harness itself: a test that starts bootstraps is worth what its tools are worth.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod faults;
mod functions;
mod measuring;
mod stores;
mod tables;

use std::path::PathBuf;

use matinee_integration::workspace;
use tempfile::TempDir;

/// A function that does what its event says.
fn bootstrap() -> PathBuf {
    workspace().join("integration/tests/harness/bootstrap")
}

/// A folder in the layout of a published model, with made-up sections.
fn models() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("v1")).unwrap();
    let sections =
        r#"{"sections": {"titles": {"file": "titles.bin"}, "similar": {"file": "similar.bin"}}}"#;
    for (path, content) in [
        ("current.json", r#"{"model_version": "v1"}"#.into()),
        ("v1/manifest.json", sections.into()),
        ("v1/titles.bin", content(1000)),
        ("v1/similar.bin", content(300_000)),
    ] {
        std::fs::write(dir.path().join(path), content).unwrap();
    }
    dir
}

/// Bytes of which no two neighbours are the same.
fn content(length: u32) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8).collect()
}
