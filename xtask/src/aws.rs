//! Programs that would find an AWS account if they looked for one: here they find none.

use std::env;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::venv;

/// What begins the names of the variables that such programs read.
const THEIRS: [&str; 2] = ["AWS_", "SAM_CLI_"];

/// Names the one that says whom to trust, not who somebody is: behind some proxies nothing works
/// without it.
const TRUST: &str = "AWS_CA_BUNDLE";

/// What they get instead: a region, since they do not begin without one, and nobody to be. With
/// invented credentials `sam local` would ask AWS who that is, and wait for an answer.
const OURS: [(&str, &str); 6] = [
    ("AWS_REGION", "us-east-1"),
    ("AWS_DEFAULT_REGION", "us-east-1"),
    ("AWS_CONFIG_FILE", "/dev/null"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
    ("SAM_CLI_TELEMETRY", "0"),
];

/// A program of the integration tests' Python packages. It finds the others of them (`sam` looks
/// for `cargo-lambda`, which looks for `zig`) before any that the machine has.
pub(crate) fn program(name: &str) -> Result<Command> {
    let programs = venv::programs()?;
    let mut command = Command::new(programs.join(name));
    for (variable, _) in env::vars_os() {
        let name = variable.to_string_lossy();
        if name != TRUST && THEIRS.iter().any(|start| name.starts_with(start)) {
            command.env_remove(&variable);
        }
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([programs].into_iter().chain(env::split_paths(&path)))
        .context("the repository's path cannot stand in PATH")?;
    command.envs(OURS).env("PATH", path);
    Ok(command)
}
