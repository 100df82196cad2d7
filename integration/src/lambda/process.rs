//! Processes that tests start: their output is read, their memory is seen, and nothing of them is
//! left when they are dropped.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;

/// A child in a process group of its own, with everything it started.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    log: Log,
}

impl Process {
    /// Starts `command`, without stdin.
    ///
    /// # Panics
    /// When it cannot be started.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let spawned = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => panic!(
                "{} does not start: {error}",
                command.get_program().display()
            ),
        };
        let log = Log::default();
        log.read(child.stdout.take().expect("stdout is a pipe"));
        log.read(child.stderr.take().expect("stderr is a pipe"));
        Self { child, log }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Whether it is this process that listens there, and no other.
    pub(crate) fn listens_on(&self, address: SocketAddr) -> bool {
        listens(self.child.id(), address)
    }

    /// Its status, once it has ended by itself.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        // Waiting fails only for a process that was waited for before.
        self.child.try_wait().ok().flatten()
    }

    /// Ends it at once; one that has ended already cannot be killed.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
    }

    /// Like `ended`, waiting for it.
    pub(crate) fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            let ended = self.ended();
            if ended.is_some() || Instant::now() >= deadline {
                return ended;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The emulator puts its child in another group, so the group alone is not enough. A
        // process that ended meanwhile cannot be killed: so much the better.
        for id in descendants(self.child.id()) {
            if let Some(pid) = pid(id) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        if let Some(pid) = pid(self.child.id()) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

fn pid(id: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(id).ok()?)
}

/// The processes that `parent` started and still has.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|id| parent_of(*id) == Some(parent))
        .collect()
}

fn descendants(ancestor: u32) -> Vec<u32> {
    let mut found = children(ancestor);
    let mut at = 0;
    while at < found.len() {
        found.extend(children(found[at]));
        at += 1;
    }
    found
}

fn parent_of(id: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // `pid (name) state parent …`, where the name may hold anything.
    let after_name = stat.rsplit_once(')')?.1;
    after_name.split_whitespace().nth(1)?.parse().ok()
}

/// Whether a process has a socket that listens on an IPv4 address.
fn listens(id: u32, address: SocketAddr) -> bool {
    let sockets = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    // `sl local_address rem_address st …  inode`, the port in hexadecimal, state 0A listening.
    let listening = sockets.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let port = fields.get(1)?.split_once(':')?.1;
        let port = u16::from_str_radix(port, 16).ok()?;
        let listens = port == address.port() && *fields.get(3)? == "0A";
        listens.then(|| format!("socket:[{}]", fields.get(9).unwrap_or(&"")))
    });
    let listening: Vec<String> = listening.collect();
    let open = fs::read_dir(format!("/proc/{id}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    open.filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|target| listening.iter().any(|socket| target == Path::new(socket)))
}

/// The memory of a process, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Memory {
    /// The most that was ever resident (`VmHWM`).
    pub peak: u64,
    /// What is resident now (`VmRSS`).
    pub resident: u64,
}

impl Memory {
    /// Of a process that runs; nothing when it has ended.
    pub(crate) fn of(id: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kibibytes: u64 = line
                .trim_start_matches(':')
                .split_whitespace()
                .next()?
                .parse()
                .ok()?;
            Some(kibibytes * 1024)
        };
        Some(Self {
            peak: field("VmHWM")?,
            resident: field("VmRSS")?,
        })
    }
}

/// The lines that a process wrote, stdout and stderr as they came.
#[derive(Clone, Debug, Default)]
pub struct Log {
    lines: Arc<(Mutex<Vec<String>>, Condvar)>,
}

impl Log {
    /// Everything so far.
    pub fn text(&self) -> String {
        self.held()
            .iter()
            .fold(String::new(), |text, line| text + line + "\n")
    }

    /// The lines so far that are JSON objects.
    pub fn json(&self) -> Vec<Value> {
        let lines = self.held();
        lines
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(Value::is_object)
            .collect()
    }

    /// Forgets what was written so far.
    pub fn clear(&self) {
        self.held().clear();
    }

    /// The first line that contains `text`, waiting for it.
    ///
    /// # Panics
    /// When none comes in time.
    pub fn wait_for(&self, text: &str, patience: Duration) -> String {
        match self.find(text, patience) {
            Some(line) => line,
            None => panic!(
                "no line with {text:?} within {patience:?} in:\n{}",
                self.text()
            ),
        }
    }

    pub(crate) fn find(&self, text: &str, patience: Duration) -> Option<String> {
        let deadline = Instant::now() + patience;
        let mut lines = self.held();
        loop {
            if let Some(line) = lines.iter().find(|line| line.contains(text)) {
                return Some(line.clone());
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            lines = self
                .lines
                .1
                .wait_timeout(lines, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn held(&self) -> MutexGuard<'_, Vec<String>> {
        self.lines.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a pipe to its end, so that the process never waits for a reader.
    fn read(&self, pipe: impl Read + Send + 'static) {
        let log = self.clone();
        thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            while pipe.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let text = String::from_utf8_lossy(&line);
                log.held()
                    .push(text.trim_end_matches(['\n', '\r']).to_owned());
                log.lines.1.notify_all();
                line.clear();
            }
        });
    }
}

/// The folder and the name of a program, to be started in that folder as Lambda does.
///
/// # Panics
/// When there is no such file.
pub(crate) fn in_its_folder(program: &Path) -> (PathBuf, PathBuf) {
    let program = match fs::canonicalize(program) {
        Ok(program) => program,
        Err(error) => panic!("no bootstrap at {}: {error}", program.display()),
    };
    let folder = program.parent().unwrap_or(Path::new("/")).to_owned();
    let name = Path::new(".").join(program.file_name().unwrap_or_default());
    (folder, name)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::process::Command;

    use super::{children, descendants, listens, parent_of};

    #[test]
    fn who_listens_is_known() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert!(listens(std::process::id(), address));
        let parent = parent_of(std::process::id()).unwrap();
        assert!(!listens(parent, address));
        drop(listener);
        assert!(!listens(std::process::id(), address));
    }

    #[test]
    fn children_of_children_are_found() {
        let mut shell = Command::new("sh")
            .args(["-c", "sleep 60; true"])
            .spawn()
            .unwrap();
        assert!(children(std::process::id()).contains(&shell.id()));
        let sleep = loop {
            if let Some(sleep) = children(shell.id()).first() {
                break *sleep;
            }
        };
        assert!(descendants(std::process::id()).contains(&sleep));
        assert_eq!(parent_of(sleep), Some(shell.id()));
        super::kill_process(super::pid(sleep).unwrap(), super::Signal::KILL).unwrap();
        shell.wait().unwrap();
    }
}
