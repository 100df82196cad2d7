//! `cargo xtask deployment`: what `sam deploy` would be given, read by linters and built.

use anyhow::Result;

use crate::aws::program;
use crate::run::{aside, step};
use crate::{sample_model, venv};

/// Which of samconfig.toml's environments is built: the one of this machine, which `sam local`
/// starts and the tests run.
const ENVIRONMENT: &str = "local";

/// Lints the template, then builds every function.
pub(crate) fn run() -> Result<()> {
    venv::python(venv::TESTS)?;
    tool("sam", &["validate", "--lint", "--region", "us-east-1"])?;
    tool("cfn-lint", &["--template", "template.yaml"])?;
    let checkov = [
        "--file",
        "template.yaml",
        "--framework",
        "cloudformation",
        "--compact",
        "--quiet",
        "--skip-download",
    ];
    tool("checkov", &checkov)?;
    sample_model::write()?;
    tool("sam", &["build", "--config-env", ENVIRONMENT])
}

fn tool(name: &str, arguments: &[&str]) -> Result<()> {
    step(&format!("{name} {}", arguments.join(" ")));
    aside(name, program(name)?.args(arguments))
}
