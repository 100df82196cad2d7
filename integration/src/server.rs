use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ureq::Agent;

use crate::http::{self, Answer};
use crate::{Outcome, matinee};

/// How long a server may take to serve, training included.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long a stopped server may take to end.
const FAREWELL: Duration = Duration::from_secs(30);

/// How often a process is looked at.
const POLL: Duration = Duration::from_millis(20);

/// A running `matinee serve`; killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    base: String,
    agent: Agent,
    stdout: Transcript,
    stderr: Transcript,
}

impl Server {
    /// Starts `matinee` with `args` in `dir` and waits until it serves.
    ///
    /// # Panics
    /// When it ends instead, or takes longer than two minutes.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub fn start(dir: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(matinee())
            .args(args)
            .current_dir(dir)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("matinee starts");
        let stderr = Transcript::of(child.stderr.take().expect("stderr is a pipe"), |_| {});
        let (found, addresses) = channel();
        let stdout = Transcript::of(
            child.stdout.take().expect("stdout is a pipe"),
            move |line| {
                if let Some(address) = line.strip_prefix("listening on ") {
                    // Whoever waited may have given up.
                    let _ = found.send(address.to_owned());
                }
            },
        );
        let mut server = Self {
            child,
            base: String::new(),
            agent: http::agent(),
            stdout,
            stderr,
        };
        match addresses.recv_timeout(PATIENCE) {
            Ok(base) => server.base = base,
            Err(error) => panic!("matinee does not serve: {error}\n{}", server.stderr.text()),
        }
        server
    }

    /// Where it listens: `http://127.0.0.1:port`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Where it serves devices: `mqtt://127.0.0.1:port`.
    ///
    /// # Panics
    /// When it does not say so within a moment.
    pub fn mqtt(&self) -> String {
        let deadline = Instant::now() + FAREWELL;
        loop {
            let text = self.stdout.text();
            let lines = text.lines();
            let mut addresses = lines.filter_map(|line| line.strip_prefix("listening on "));
            if let Some(address) = addresses.find(|address| address.starts_with("mqtt://")) {
                return address.to_owned();
            }
            assert!(Instant::now() < deadline, "no MQTT\n{}", self.stderr.text());
            thread::sleep(POLL);
        }
    }

    /// Asks for a path, query included.
    ///
    /// # Panics
    /// When there is no answer at all.
    pub fn get(&self, path: &str) -> Answer {
        let url = format!("{}{path}", self.base);
        self.expect(&url, http::get(&self.agent, &url))
    }

    /// Posts JSON, or what is none, to a path.
    ///
    /// # Panics
    /// When there is no answer at all.
    pub fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        let url = format!("{}{path}", self.base);
        self.expect(&url, http::post(&self.agent, &url, body.as_ref()))
    }

    /// Any request; `path` has the query with it.
    ///
    /// # Panics
    /// When there is no answer at all.
    pub fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let url = format!("{}{path}", self.base);
        self.expect(&url, http::call(&self.agent, method, &url, headers, body))
    }

    fn expect(&self, url: &str, answer: Result<Answer, ureq::Error>) -> Answer {
        match answer {
            Ok(answer) => answer,
            Err(error) => panic!("no answer from {url}: {error}\n{}", self.stderr.text()),
        }
    }

    /// Interrupts it as Ctrl-C does and waits for its end.
    ///
    /// # Panics
    /// When it does not end.
    pub fn stop(self) -> Outcome {
        self.end("INT")
    }

    /// Sends it a signal and waits for its end.
    ///
    /// # Panics
    /// When it does not end.
    pub fn end(mut self, signal: &str) -> Outcome {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &pid])
            .status();
        assert!(sent.is_ok_and(|sent| sent.success()), "kill failed");
        let deadline = Instant::now() + FAREWELL;
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < deadline => thread::sleep(POLL),
                other => panic!("matinee does not end: {other:?}\n{}", self.stderr.text()),
            }
        };
        Outcome {
            code: status.code(),
            stdout: self.stdout.all(),
            stderr: self.stderr.all(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already cannot be killed: so much the better.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads all that a process writes to one pipe, so that it never waits for a reader.
#[derive(Debug)]
struct Transcript {
    text: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Transcript {
    /// Sees each line as it comes, and keeps it.
    fn of(pipe: impl Read + Send + 'static, see: impl Fn(&str) + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let into = Arc::clone(&text);
        let reader = thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let mut text = into.lock().unwrap_or_else(PoisonError::into_inner);
                text.push_str(&line);
                text.push('\n');
                see(&line);
            }
        });
        Self {
            text,
            reader: Some(reader),
        }
    }

    /// What was read so far.
    fn text(&self) -> String {
        let text = self.text.lock();
        text.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Everything, once the process has ended.
    fn all(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            // A reader that panicked leaves what it had read.
            let _ = reader.join();
        }
        self.text()
    }
}
