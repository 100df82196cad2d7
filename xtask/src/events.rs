//! The scenario files that tests, the local server and the docs share.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};

fn files() -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for function in fs::read_dir("events").context("cannot read events/")? {
        for file in fs::read_dir(function?.path())? {
            files.push(file?.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Prints every scenario.
pub(crate) fn list() -> Result<()> {
    check()?;
    let mut out = io::stdout().lock();
    for file in files()? {
        writeln!(out, "{}", file.display())?;
    }
    Ok(())
}

/// Every file is JSON, named in lower case with dashes.
pub(crate) fn check() -> Result<()> {
    for file in files()? {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        ensure!(
            name.strip_suffix(".json")
                .is_some_and(|stem| { stem.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') }),
            "{}: expected lower-case-with-dashes.json",
            file.display()
        );
        let text = fs::read(&file)?;
        serde_json::from_slice::<serde_json::Value>(&text)
            .with_context(|| format!("{} is not JSON", file.display()))?;
    }
    Ok(())
}
