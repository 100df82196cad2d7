//! moto: a server that answers like S3, and like much else of AWS.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Command;
use std::time::{Duration, Instant};

use super::bucket::Bucket;
use super::message_queue::MessageQueue;
use super::process::{Log, Process};
use super::states::States;
use super::tables::Tables;
use super::things::Things;
use super::venv::program;
use crate::workspace;

/// How long it may take to answer; Python reads much before it does.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often its process is looked at meanwhile.
const POLL: Duration = Duration::from_millis(20);

/// How often another port is tried when somebody was quicker.
const ATTEMPTS: usize = 5;

/// A running moto with nothing in it, killed when dropped. It enforces no permissions: what is
/// denied must come from a [`super::FaultProxy`].
#[derive(Debug)]
pub struct Moto {
    process: Process,
    endpoint: String,
}

impl Moto {
    /// Starts it and waits until it answers. Where it is not installed this says so and gives
    /// nothing.
    ///
    /// # Panics
    /// When it is not installed where CI=true, or does not answer.
    pub fn start() -> Option<Self> {
        let server = program("moto_server")?;
        Some(Self::with(|port| {
            let mut command = Command::new(&server);
            command.args(["-H", "127.0.0.1", "-p", port]);
            command
        }))
    }

    /// The same with [`Moto::things`], whose messages moto itself does not tell.
    ///
    /// # Panics
    /// As [`Moto::start`].
    pub fn start_with_things() -> Option<Self> {
        let python = program("python")?;
        let server = workspace().join("integration/moto_with_messages.py");
        Some(Self::with(|port| {
            let mut command = Command::new(&python);
            command.arg(&server).arg(port);
            command
        }))
    }

    /// The same with [`Moto::states`]: its interpreter runs state machines, and Amazon Personalize is
    /// played by a plane of our own. Functions answer as a script says.
    ///
    /// # Panics
    /// As [`Moto::start`].
    pub fn start_with_states() -> Option<Self> {
        let python = program("python")?;
        let server = workspace().join("integration/moto_with_personalize.py");
        Some(Self::with(|port| {
            let mut command = Command::new(&python);
            command.arg(&server).arg(port);
            command
        }))
    }

    /// Its state machines, and what they ask of Personalize: of a moto that was started with them.
    pub fn states(&self) -> States {
        States::at(&self.endpoint)
    }

    fn with(command: impl Fn(&str) -> Command) -> Self {
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            match Self::attempt(&command) {
                Ok(moto) => return moto,
                Err(log) => last = log,
            }
        }
        panic!("moto does not start:\n{last}");
    }

    fn attempt(command: impl Fn(&str) -> Command) -> Result<Self, String> {
        let address = free_port()?;
        let mut command = command(&address.port().to_string());
        let mut process = Process::spawn(&mut command);
        let deadline = Instant::now() + PATIENCE;
        // It says so once it is bound; had another process taken the port, it would end.
        while process.log().find("Running on", POLL).is_none() {
            let ended = process.ended();
            if ended.is_some() || Instant::now() >= deadline {
                return Err(format!("{ended:?}\n{}", process.log().text()));
            }
        }
        Ok(Self {
            process,
            endpoint: format!("http://{address}"),
        })
    }

    /// Where it listens: `http://127.0.0.1:port`, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Creates a bucket.
    ///
    /// # Panics
    /// When it is refused.
    pub fn create_bucket(&self, name: &str) -> Bucket {
        Bucket::create(&self.endpoint, name)
    }

    /// Creates the tables of the deployed system, with their streams.
    ///
    /// # Panics
    /// When they are refused.
    pub fn create_tables(&self) -> Tables {
        Tables::create(&self.endpoint)
    }

    /// Creates a queue and one for its dead letters. What is received comes again after
    /// `visible_after` seconds, `receives` times in all.
    ///
    /// # Panics
    /// When it is refused.
    pub fn create_queue(&self, name: &str, visible_after: u32, receives: u32) -> MessageQueue {
        MessageQueue::create(&self.endpoint, name, visible_after, receives)
    }

    /// Its devices: of a moto that was started with them.
    pub fn things(&self) -> Things {
        Things::at(&self.endpoint)
    }

    /// What it wrote: a line for each request.
    pub fn log(&self) -> &Log {
        self.process.log()
    }
}

/// A port that nobody listens on now.
fn free_port() -> Result<SocketAddr, String> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
    bound.map_err(|error| error.to_string())
}
