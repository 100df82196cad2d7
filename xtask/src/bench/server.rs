use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::app::App;
use super::machine::{self, Memory};

/// The longest that a server may take until it answers.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often it is asked whether it answers.
const POLL: Duration = Duration::from_millis(5);

/// A running server; it ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    /// How long it took from its start to its first answer.
    pub(crate) first_answer: Duration,
}

impl Server {
    /// Starts the app's server on a free port and waits until it answers a GET of `path` with
    /// 200.
    pub(crate) fn start(app: &App, path: &str) -> Result<Self> {
        let address = free_address()?;
        let mut command = app.server(address.port())?;
        let begin = Instant::now();
        let child = command
            .spawn()
            .with_context(|| format!("cannot start the server of {}", app.name))?;
        let mut server = Self {
            child,
            address,
            first_answer: Duration::ZERO,
        };
        while !answers(address, path) {
            if server.child.try_wait()?.is_some() || begin.elapsed() > PATIENCE {
                bail!(
                    "the server of {} does not answer: {}",
                    app.name,
                    app.see_log()
                );
            }
            thread::sleep(POLL);
        }
        server.first_answer = begin.elapsed();
        Ok(server)
    }

    /// Where it serves, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its memory now.
    pub(crate) fn memory(&self) -> Result<Memory> {
        machine::memory(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already cannot be killed: so much the better.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address of this machine that nobody listens on.
fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    Ok(listener.local_addr()?)
}

/// Whether a GET is answered with 200.
fn answers(address: SocketAddr, path: &str) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )?;
        let mut status = String::new();
        BufReader::new(stream).read_line(&mut status)?;
        Ok(status)
    };
    ask().is_ok_and(|status| status.starts_with("HTTP/1.1 200 "))
}
