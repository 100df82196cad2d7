//! Load on a server, by wrk.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::server::Server;

const SCRIPT: &str = "xtask/src/bench/load.lua";

/// How wrk is started for a round that counts: one thread, four connections, ten seconds.
pub(crate) const ROUND: [&str; 3] = ["-t1", "-c4", "-d10s"];

/// How it is started to warm a server up.
const WARM_UP: [&str; 3] = ["-t1", "-c4", "-d2s"];

/// Fails when wrk is missing.
pub(crate) fn check() -> Result<()> {
    let version = Command::new("wrk")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match version {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("the comparison needs wrk (on Debian: apt-get install wrk)")
        }
        other => other.map(drop).context("cannot start wrk"),
    }
}

/// What one run of wrk found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Round {
    /// Requests answered.
    pub(crate) requests: u64,
    /// Requests answered in a second.
    pub(crate) rate: f64,
    /// The median time to an answer, in seconds.
    pub(crate) median: f64,
    /// The time that 99 of 100 answers did not exceed, in seconds.
    pub(crate) p99: f64,
    /// Answers with another status than 200, and requests without an answer.
    pub(crate) failures: u64,
}

/// `GET /recommend` for films drawn at random from all.
pub(crate) struct Load {
    paths: PathBuf,
    first: String,
}

impl Load {
    /// Writes down what will be asked for.
    pub(crate) fn prepare(work: &Path, titles: &[String]) -> Result<Self> {
        let paths: Vec<String> = titles.iter().map(|title| path_for(title)).collect();
        let file = work.join("paths.txt");
        fs::write(&file, paths.join("\n"))
            .with_context(|| format!("cannot write {}", file.display()))?;
        Ok(Self {
            paths: file,
            first: paths.into_iter().next().unwrap_or_default(),
        })
    }

    /// One of the paths, to see whether a server answers.
    pub(crate) fn first_path(&self) -> &str {
        &self.first
    }

    /// Warms a server up, looking at every answer's status. The rate is not to be reported.
    pub(crate) fn warm_up(&self, server: &Server) -> Result<Round> {
        self.run(server, &WARM_UP, &["statuses"])
    }

    /// A round that counts.
    pub(crate) fn round(&self, server: &Server) -> Result<Round> {
        self.run(server, &ROUND, &[])
    }

    fn run(&self, server: &Server, how: &[&str], script: &[&str]) -> Result<Round> {
        let output = Command::new("wrk")
            .args(how)
            .args(["--script", SCRIPT, &server.url(), "--"])
            .arg(&self.paths)
            .args(script)
            .stderr(Stdio::inherit())
            .output()
            .context("cannot start wrk")?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "wrk failed:\n{text}");
        round_in(&text).with_context(|| format!("wrk printed no figures:\n{text}"))
    }
}

/// The figures that the script printed among wrk's own.
fn round_in(text: &str) -> Option<Round> {
    let line = text.lines().find(|line| line.starts_with('{'))?;
    let figures: Value = serde_json::from_str(line).ok()?;
    let count = |name: &str| figures[name].as_u64();
    let requests = count("requests")?;
    let seconds = |name: &str| Some(count(name)? as f64 / 1e6);
    Some(Round {
        requests,
        rate: requests as f64 / seconds("microseconds")?,
        median: seconds("median")?,
        p99: seconds("p99")?,
        failures: count("other_than_200")? + count("unanswered")?,
    })
}

fn path_for(title: &str) -> String {
    let mut path = "/recommend?movie_name=".to_owned();
    for byte in title.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path + "&limit=5"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_keeps_its_letters_and_nothing_else() {
        let path = path_for("Amélie & 2+2");
        let wanted = "/recommend?movie_name=Am%C3%A9lie%20%26%202%2B2&limit=5";
        assert_eq!(path, wanted);
    }

    #[test]
    fn the_script_s_line_is_found_among_wrk_s_own() {
        let text = "Running 10s test\n  2 requests in 10.00s\n\n{\"requests\":20,\
            \"microseconds\":10000000,\"median\":250,\"p99\":4000,\"other_than_200\":1,\
            \"unanswered\":2}\n";
        let round = Round {
            requests: 20,
            rate: 2.0,
            median: 0.000_25,
            p99: 0.004,
            failures: 3,
        };
        assert_eq!(round_in(text), Some(round));
        assert_eq!(round_in("unable to connect"), None);
    }
}
