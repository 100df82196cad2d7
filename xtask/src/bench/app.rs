use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

/// The reference app.
const REFERENCE: &str = "integration/reference/app.py";

/// One of the two programs that are compared, as people start it.
pub(crate) struct App {
    /// What people call it.
    pub(crate) name: &'static str,
    /// Where its training puts what its server reads.
    pub(crate) folder: PathBuf,
    /// Where its output goes, so that it neither costs time on a terminal nor fills a pipe.
    log: PathBuf,
    /// The command line that trains.
    train: Vec<OsString>,
    /// The command line that serves on 127.0.0.1, but for the port, which comes last.
    serve: Vec<OsString>,
}

impl App {
    /// The program that this repository is about.
    pub(crate) fn matinee(program: &Path, catalogue: &Path, work: &Path) -> Self {
        let folder = work.join("matinee");
        Self {
            name: "Matinee",
            log: work.join("matinee.log"),
            train: line(&[
                &program,
                &"train",
                &"--catalogue",
                &catalogue,
                &"--out",
                &folder,
            ]),
            serve: line(&[&program, &"serve", &"--models", &folder, &"--port"]),
            folder,
        }
    }

    /// The one that it is compared with.
    pub(crate) fn reference(python: &Path, catalogue: &Path, work: &Path) -> Self {
        let folder = work.join("reference");
        Self {
            name: "reference",
            log: work.join("reference.log"),
            train: line(&[&python, &REFERENCE, &"train", &catalogue, &folder]),
            serve: line(&[&python, &REFERENCE, &"serve", &folder]),
            folder,
        }
    }

    /// Makes [`App::folder`] as it was before the first training: empty.
    pub(crate) fn empty_folder(&self) -> Result<()> {
        let what = || format!("cannot empty {}", self.folder.display());
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).with_context(what),
            _ => fs::create_dir_all(&self.folder).with_context(what),
        }
    }

    /// Training, started by the program of `wrapper`, which has stdout to itself.
    pub(crate) fn training(&self, wrapper: &[&OsStr]) -> Result<Command> {
        let mut line = wrapper.iter().copied().chain(words(&self.train));
        let mut command = Command::new(line.next().unwrap_or_default());
        command
            .args(line)
            .stdin(Stdio::null())
            .stderr(self.log_file()?);
        Ok(command)
    }

    /// The server, on a port of 127.0.0.1.
    pub(crate) fn server(&self, port: u16) -> Result<Command> {
        let mut line = words(&self.serve);
        let mut command = Command::new(line.next().unwrap_or_default());
        command
            .args(line)
            .arg(port.to_string())
            .stdin(Stdio::null())
            .stdout(self.log_file()?)
            .stderr(self.log_file()?);
        Ok(command)
    }

    /// Where to look when something failed.
    pub(crate) fn see_log(&self) -> String {
        format!("see {}", self.log.display())
    }

    fn log_file(&self) -> Result<File> {
        let file = File::options().create(true).append(true).open(&self.log);
        file.with_context(|| format!("cannot write {}", self.log.display()))
    }
}

fn line(words: &[&dyn AsRef<OsStr>]) -> Vec<OsString> {
    words.iter().map(|word| word.as_ref().to_owned()).collect()
}

fn words(line: &[OsString]) -> impl Iterator<Item = &OsStr> {
    line.iter().map(OsString::as_os_str)
}
