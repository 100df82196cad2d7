//! AWS's Lambda runtime interface emulator, with a real bootstrap in it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::Agent;

use super::environment;
use super::invoke::{Invocation, Invoke};
use super::process::{Log, Memory, Process, children, in_its_folder};
use super::venv::rie;

/// How long the emulator may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest that one call may take; longer than any function's timeout here.
const LONGEST: Duration = Duration::from_mins(2);

/// How often other ports are tried when somebody was quicker.
const ATTEMPTS: usize = 5;

/// A bootstrap in the emulator, killed when dropped.
///
/// The bootstrap itself starts with the first call: a cold start is a new emulator and its first
/// call. The emulator does not hand trace ids on to the function; [`super::Function`] does.
#[derive(Debug)]
pub struct Emulator {
    process: Process,
    url: String,
    agent: Agent,
    /// The emulator crashes when two calls overlap.
    one_at_a_time: Mutex<()>,
}

impl Emulator {
    /// Starts the emulator for `bootstrap`, with what Lambda gives in the environment and `env`.
    /// Where the emulator is not installed this says so and gives nothing.
    ///
    /// # Panics
    /// When it is not installed where CI=true, or does not start.
    pub fn start(bootstrap: &Path, env: &[(&str, String)]) -> Option<Self> {
        let rie = rie()?;
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let attempt = free_ports().map_err(|error| error.to_string());
            match attempt.and_then(|ports| Self::attempt(&rie, bootstrap, env, ports)) {
                Ok(emulator) => return Some(emulator),
                Err(log) => last = log,
            }
        }
        panic!("the emulator does not start:\n{last}");
    }

    /// With ports that were free a moment ago; what it wrote when it does not listen on them.
    fn attempt(
        rie: &Path,
        bootstrap: &Path,
        env: &[(&str, String)],
        [front, runtime]: [SocketAddr; 2],
    ) -> Result<Self, String> {
        let (folder, name) = in_its_folder(bootstrap);
        let mut command = Command::new(rie);
        environment::set(&mut command, &folder.join(&name), env);
        command
            .current_dir(folder)
            // Without both it listens on every address of the machine.
            .args(["--runtime-interface-emulator-address", &front.to_string()])
            .args(["--runtime-api-address", &runtime.to_string()])
            .args(["--log-level", "info"])
            .arg(name);
        let mut process = Process::spawn(&mut command);
        if let Err(error) = listening(&mut process, [front, runtime]) {
            return Err(format!("{error}\n{}", process.log().text()));
        }
        Ok(Self {
            process,
            url: format!("http://{front}/2015-03-31/functions/function/invocations"),
            agent: agent(),
            one_at_a_time: Mutex::new(()),
        })
    }

    /// Where it is invoked, for others than [`Invoke`]; one at a time, or it crashes.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What the emulator and the function wrote.
    pub fn log(&self) -> &Log {
        self.process.log()
    }

    /// The process of the function; nothing before its first call.
    pub fn bootstrap_pid(&self) -> Option<u32> {
        children(self.process.id()).first().copied()
    }

    /// The memory of the function's process; nothing before its first call.
    pub fn memory(&self) -> Option<Memory> {
        Memory::of(self.bootstrap_pid()?)
    }

    /// How long the last cold start took by the emulator's own watch: from starting the process to
    /// its asking for the first event, or to its end.
    ///
    /// # Panics
    /// When nothing was called yet.
    pub fn init_duration(&self) -> Duration {
        // The answer may be here before the emulator's lines are.
        self.log().wait_for("INIT REPORT", PATIENCE);
        let text = self.log().text();
        let milliseconds: Option<f64> = text.lines().rev().find_map(|line| {
            line.split_once("INIT REPORT(durationMs: ")?
                .1
                .split(')')
                .next()?
                .parse()
                .ok()
        });
        match milliseconds {
            Some(milliseconds) => Duration::from_secs_f64(milliseconds * 1e-3),
            None => panic!("no duration of a start in:\n{text}"),
        }
    }

    fn call(&self, event: &Value) -> Result<(u16, String), ureq::Error> {
        let request = self.agent.post(&self.url).content_type("application/json");
        let mut response = request.send(event.to_string())?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(u64::MAX);
        Ok((status, body.read_to_string()?))
    }
}

impl Invoke for Emulator {
    fn invoke(&self, event: &Value) -> Invocation {
        let _mine = self
            .one_at_a_time
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let start = Instant::now();
        let (status, text) = match self.call(event) {
            Ok(answer) => answer,
            Err(error) => panic!(
                "no answer from the emulator: {error}\n{}",
                self.log().text()
            ),
        };
        let finished = Instant::now();
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        };
        Invocation {
            status,
            // Errors of the function come as 200 too.
            function_error: status != 200 || body.get("errorType").is_some(),
            body,
            took: finished - start,
            finished,
        }
    }
}

/// Calls as they are: no proxy, and a refusal is an answer like another.
fn agent() -> Agent {
    Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .timeout_global(Some(LONGEST))
        .build()
        .into()
}

/// Two ports that nobody listens on now.
fn free_ports() -> io::Result<[SocketAddr; 2]> {
    let listeners = [
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
    ];
    Ok([listeners[0].local_addr()?, listeners[1].local_addr()?])
}

fn listening(process: &mut Process, addresses: [SocketAddr; 2]) -> Result<(), String> {
    let deadline = Instant::now() + PATIENCE;
    while !addresses.iter().all(|address| process.listens_on(*address)) {
        if let Some(status) = process.ended() {
            return Err(status.to_string());
        }
        if Instant::now() >= deadline {
            return Err(format!(
                "it does not listen on {addresses:?} after {PATIENCE:?}"
            ));
        }
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::{Emulator, free_ports, rie};

    /// Whoever listens on the port already is not taken for the emulator.
    #[test]
    fn a_port_that_somebody_else_has_is_no_emulator() {
        let Some(rie) = rie() else { return };
        let bootstrap = crate::workspace().join("integration/tests/harness/bootstrap");
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let [free, other] = free_ports().unwrap();
        for ports in [
            [taken.local_addr().unwrap(), free],
            [other, taken.local_addr().unwrap()],
        ] {
            let error = Emulator::attempt(&rie, &bootstrap, &[], ports).unwrap_err();
            assert!(error.contains("address already in use"), "{error}");
        }
    }
}
