//! `cargo xtask test`: everything, the quick and the likely to fail first.

use anyhow::Result;

use crate::run::{cargo, step};
use crate::{check, deployment, docker, venv};

/// Runs every step; the first that fails ends it.
pub(crate) fn run() -> Result<()> {
    check::run()?;
    let units = ["test", "--workspace", "--locked"];
    let without = ["--exclude", "matinee-integration"];
    cargo(
        "unit and property tests",
        &[&units[..], &without, &check::WITH_S3].concat(),
    )?;
    venv::python(venv::TESTS)?;
    deployment::run()?;
    docker::base_image()?;
    let release = ["build", "--release", "--locked", "--package"];
    let program = [&release[..], &["matinee-local"]].concat();
    cargo("the program as people build it", &program)?;
    let with_s3 = ["build", "--locked", "--package", "matinee-local"];
    let with_s3 = [&with_s3[..], &["--features", "aws"]].concat();
    cargo("the program that can reach S3", &with_s3)?;
    let integration = ["test", "--locked", "--package", "matinee-integration"];
    cargo("the programs as people start them", &integration)?;
    step("everything passed");
    Ok(())
}
