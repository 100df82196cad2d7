//! The image that `sam local` starts functions in.
//!
//! The real one is AWS's, from a registry. Where that cannot be had, and where CI=true so that no
//! test depends on a registry, a stand-in takes its name: a minimal Debian from its package mirror,
//! to which SAM adds its runtime emulator as it does to the real one. To get the real one later,
//! `docker image rm` the stand-in and pull.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::run::{aside, step};

/// What SAM looks for: runtime provided.al2023 on the architecture of samconfig.toml's `local`.
const IMAGE: &str = "public.ecr.aws/lambda/provided:al2023-x86_64";

/// The stand-in's Debian, and what that calls the architecture.
const RELEASE: &str = "bookworm";
const ARCHITECTURE: &str = "amd64";

/// Where the stand-in is put together.
const ROOT: &str = "target/base-image";

/// Makes sure that the image is there. Without docker, or without any way to an image, says what
/// is not going to be tested; where CI=true that is an error.
pub(crate) fn base_image() -> Result<()> {
    step("the base image of sam local");
    let ci = env::var("CI").is_ok_and(|ci| ci == "true");
    match find_or_make(ci) {
        Err(reason) if !ci => {
            let mut stderr = io::stderr().lock();
            // A closed stderr is no reason to stop.
            let _ = writeln!(stderr, "SKIPPED: the tests of sam local, since {reason:#}");
            Ok(())
        }
        outcome => outcome,
    }
}

fn find_or_make(ci: bool) -> Result<()> {
    let server = docker(&["version", "--format", "{{.Server.Version}}"]);
    ensure!(
        server.is_ok_and(|output| output.status.success()),
        "no docker answers: install it (on Debian: apt-get install docker.io), start it, and set \
         DOCKER_HOST where it does not listen at its usual place"
    );
    if docker(&["image", "inspect", IMAGE])?.status.success() {
        return Ok(());
    }
    if !ci && pull().is_ok() {
        return Ok(());
    }
    stand_in()
}

fn docker(arguments: &[&str]) -> Result<Output> {
    let output = Command::new("docker").args(arguments).output();
    output.context("cannot start docker")
}

fn pull() -> Result<()> {
    let mut pull = Command::new("docker");
    aside("pulling it", pull.args(["pull", "--quiet", IMAGE]))
}

fn stand_in() -> Result<()> {
    step(&format!("a stand-in for it from Debian {RELEASE}"));
    let root = Path::new(ROOT);
    remove(root)?;
    fs::create_dir_all(root).with_context(|| format!("cannot make {ROOT}"))?;
    let made = debootstrap(root).and_then(|()| import(root));
    let removed = remove(root);
    made.and(removed)
}

fn remove(root: &Path) -> Result<()> {
    match fs::remove_dir_all(root) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", root.display()))
        }
        _ => Ok(()),
    }
}

fn debootstrap(root: &Path) -> Result<()> {
    let mut debootstrap = Command::new("debootstrap");
    debootstrap
        .args(["--variant=minbase", "--arch", ARCHITECTURE, RELEASE])
        .arg(root);
    aside("making a minimal Debian", &mut debootstrap).with_context(|| {
        format!(
            "{IMAGE} is not there and no stand-in can be made: pull it with docker, or run as \
             root with debootstrap (on Debian: apt-get install debootstrap)"
        )
    })
}

/// Hands the files to docker as they come out of tar.
fn import(root: &Path) -> Result<()> {
    let mut tar = Command::new("tar")
        .args(["--create", "--numeric-owner", "--directory"])
        .arg(root)
        .arg(".")
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start tar")?;
    let Some(files) = tar.stdout.take() else {
        bail!("tar has no stdout");
    };
    let label = "LABEL description=\"Debian in the place of AWS's base image, for tests\"";
    let mut import = Command::new("docker");
    import
        .args(["import", "--change", label, "-", IMAGE])
        .stdin(files);
    aside("importing it", &mut import)?;
    let status = tar.wait().context("cannot wait for tar")?;
    ensure!(status.success(), "tar failed on {}", root.display());
    Ok(())
}
