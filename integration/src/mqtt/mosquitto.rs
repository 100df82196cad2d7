//! mosquitto: a broker that hands over whatever is published, under `$aws/`, too.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::certificates::Server;
use crate::lambda::process::Process;
use crate::skip;

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where Debian puts it, which is not on everybody's path.
const INSTALLED: &str = "/usr/sbin/mosquitto";

/// A running mosquitto on 127.0.0.1, killed when dropped.
#[derive(Debug)]
pub struct Mosquitto {
    process: Option<Process>,
    dir: TempDir,
    port: u16,
    tls: Option<u16>,
}

impl Mosquitto {
    /// Starts it with a plain listener and, with certificates, one where clients must show theirs.
    /// Where it is not installed this says so and gives nothing.
    ///
    /// # Panics
    /// When it is not installed where CI=true, or does not listen.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub fn start(certificates: Option<&Server>) -> Option<Self> {
        if program().is_none() {
            skip("mosquitto is not installed: `apt-get install mosquitto`");
            return None;
        }
        let dir = tempfile::tempdir().expect("a folder");
        let (port, tls) = (free_port(), certificates.map(|_| free_port()));
        let mut config =
            format!("persistence false\nlistener {port} 127.0.0.1\nallow_anonymous true\n");
        if let (Some(tls), Some(Server { ca, cert, key })) = (tls, certificates) {
            let lines = format!(
                "listener {tls} 127.0.0.1\ncafile {}\ncertfile {}\nkeyfile {}\n\
                 require_certificate true\nallow_anonymous true\n",
                ca.display(),
                cert.display(),
                key.display()
            );
            config.push_str(&lines);
        }
        // Started as root it gives that up, and then reads its files as nobody in particular.
        config.push_str("user root\n");
        fs::write(dir.path().join("mosquitto.conf"), config).expect("a file");
        let mut mosquitto = Self {
            process: None,
            dir,
            port,
            tls,
        };
        mosquitto.resume();
        Some(mosquitto)
    }

    /// The port without TLS.
    pub fn port(&self) -> String {
        self.port.to_string()
    }

    /// The port with TLS.
    ///
    /// # Panics
    /// When it was started without certificates.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub fn tls_port(&self) -> String {
        self.tls.expect("it has certificates").to_string()
    }

    /// Ends it at once: whoever is connected loses the connection.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts it again where it was. It remembers nothing.
    ///
    /// # Panics
    /// When it does not listen.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub fn resume(&mut self) {
        let mut command = Command::new(program().expect("it was there"));
        command
            .arg("-v")
            .arg("-c")
            .arg(self.dir.path().join("mosquitto.conf"));
        let mut process = Process::spawn(&mut command);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let deadline = Instant::now() + PATIENCE;
        while !process.listens_on(address) {
            let ended = process.ended();
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "mosquitto does not listen: {ended:?}\n{}",
                process.log().text()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        self.process = Some(process);
    }
}

fn program() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&folders).map(|folder| folder.join("mosquitto"));
    let mut found = on_path.chain([PathBuf::from(INSTALLED)]);
    found.find(|program| Path::is_file(program))
}

#[expect(clippy::expect_used, reason = "a test cannot go on")]
fn free_port() -> u16 {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    bound.local_addr().expect("it is bound").port()
}
