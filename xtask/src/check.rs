//! `cargo xtask check`: what can be said of the sources without running them.

use anyhow::Result;

use crate::run::cargo;
use crate::{events, titles};

/// The part of the program that is only built when asked for.
pub(crate) const WITH_S3: [&str; 2] = ["--features", "matinee-local/aws"];

/// Formatting, lints, and the files that must agree with others.
pub(crate) fn run() -> Result<()> {
    cargo("formatting", &["fmt", "--all", "--check"])?;
    let lints = ["--", "--deny", "warnings"];
    let everything = ["clippy", "--workspace", "--all-targets", "--locked"];
    cargo("lints", &[&everything[..], &WITH_S3, &lints].concat())?;
    // As people build it: the functions' libraries without their Lambda binaries, and no S3.
    let local = ["clippy", "--package", "matinee-local", "--locked"];
    cargo("lints of the local build", &[&local[..], &lints].concat())?;
    events::check()?;
    titles::check()
}
