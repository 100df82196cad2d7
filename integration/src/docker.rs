//! `sam local`: what `sam build` made, in containers, as people start it on their own machine.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::NamedTempFile;
use ureq::Agent;

use crate::http::{self, Answer};
use crate::lambda::program;
use crate::{skip, workspace};

/// What SAM looks for: runtime provided.al2023 on the architecture of samconfig.toml's `local`.
const IMAGE: &str = "public.ecr.aws/lambda/provided:al2023-x86_64";

/// Where `sam build` puts the template and a folder for each function.
const BUILT: &str = ".aws-sam/build";

/// SAM with its containers on the host's network.
const ON_HOST: &str = "integration/docker/host_network.py";

/// How long SAM may take: it adds the layer to the image before it starts the first container.
const PATIENCE: Duration = Duration::from_mins(3);

/// How long it may take to end, its containers included.
const FAREWELL: Duration = Duration::from_secs(30);

/// How often it is looked at meanwhile.
const POLL: Duration = Duration::from_millis(50);

/// What begins the names of the variables that SAM reads, or puts in the place of the template's.
const VARIABLES: [&str; 14] = [
    "AWS_",
    "SAM_CLI_",
    "MODEL_",
    "ALEXA_",
    "INTERACTIONS_",
    "VIEWER",
    "FILMS_",
    "FEEDBACK_",
    "DEAD_LETTER_",
    "DATA_BUCKET",
    "LOG_PREFIX",
    "ITEMS_PREFIX",
    "WATCHED_",
    "RUST_LOG",
];

/// SAM, with everything there that it needs. There is one at a time, others wait: two of them would
/// add the same layer to the same image.
#[derive(Debug)]
pub struct SamLocal {
    sam: PathBuf,
    python: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

/// What came of one call.
#[derive(Clone, Debug)]
pub struct Invoked {
    /// What the function returned.
    pub returned: Value,
    /// What SAM and the function wrote.
    pub log: String,
}

impl SamLocal {
    /// Finds it. Where docker, the image, the packages or the built functions are missing this
    /// says so and gives nothing.
    ///
    /// # Panics
    /// When something is missing where CI=true.
    pub fn find() -> Option<Self> {
        static ALONE: Mutex<()> = Mutex::new(());
        let missing = if !docker(&["version"]) {
            "docker does not answer".to_owned()
        } else if !docker(&["image", "inspect", IMAGE]) {
            format!("docker has no {IMAGE}: run `cargo xtask test`, or pull it")
        } else if !workspace().join(BUILT).join("template.yaml").exists() {
            "nothing is built: run `cargo xtask deployment`".to_owned()
        } else {
            return Some(Self {
                sam: program("sam")?,
                python: program("python")?,
                _alone: ALONE.lock().unwrap_or_else(PoisonError::into_inner),
            });
        };
        skip(&format!("sam local is not tested: {missing}"));
        None
    }

    /// The functions that are built, in order.
    ///
    /// # Panics
    /// When the folder cannot be read.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub fn functions(&self) -> Vec<String> {
        let entries = fs::read_dir(workspace().join(BUILT)).expect("a folder of built functions");
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.join("bootstrap").exists())
            .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .collect();
        names.sort();
        names
    }

    /// `sam local invoke` with a file of `events/`.
    ///
    /// # Panics
    /// When SAM fails or prints no JSON.
    pub fn invoke(&self, function: &str, event: &str) -> Invoked {
        invoke(command(&self.sam), function, event, &[])
    }

    /// The same with the function's model in `bucket`, below `models/`, of a store that listens on
    /// this machine. Where containers cannot reach it this says so and gives nothing.
    ///
    /// # Panics
    /// When SAM fails or prints no JSON; when containers cannot reach the store where CI=true.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub fn invoke_with_bucket(
        &self,
        function: &str,
        event: &str,
        endpoint: &str,
        bucket: &str,
    ) -> Option<Invoked> {
        if !cfg!(target_os = "linux") {
            skip("sam local with a bucket needs the host's network, which docker has on Linux");
            return None;
        }
        let variables = json!({ function: { "MODEL_BUCKET": bucket, "MODEL_PREFIX": "models/" } });
        let mut file = NamedTempFile::new().expect("a temporary file");
        write!(file, "{variables}").expect("room for the variables");
        let file = file.path().display().to_string();
        let mut command = command(&self.python);
        command.arg(ON_HOST).env("AWS_ENDPOINT_URL", endpoint);
        Some(invoke(command, function, event, &["--env-vars", &file]))
    }

    /// `sam local start-api` on a free port.
    ///
    /// # Panics
    /// When it does not serve.
    pub fn start_api(&self) -> Api<'_> {
        Api::start(self, command(&self.sam))
    }
}

/// A program in the workspace that finds no AWS account, and nothing of the caller's that SAM
/// would hand to the functions.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy();
        if VARIABLES.iter().any(|start| name.starts_with(start)) {
            command.env_remove(&variable);
        }
    }
    command
        .current_dir(workspace())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("SAM_CLI_TELEMETRY", "0")
        .stdin(Stdio::null());
    command
}

/// What all of SAM's local commands are given.
const COMMON: [&str; 3] = ["--config-env", "local", "--skip-pull-image"];

#[expect(clippy::expect_used, reason = "a test cannot go on")]
fn invoke(mut sam: Command, function: &str, event: &str, more: &[&str]) -> Invoked {
    sam.args(["local", "invoke", function, "--event", event]);
    sam.args(COMMON).args(more);
    let output = sam.output().expect("sam starts");
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success(),
        "sam local invoke {function}:\n{log}"
    );
    match serde_json::from_slice(&output.stdout) {
        Ok(returned) => Invoked { returned, log },
        Err(error) => panic!(
            "{function} returned no JSON: {error}\n{}\n{log}",
            String::from_utf8_lossy(&output.stdout)
        ),
    }
}

/// Whether docker does this.
fn docker(arguments: &[&str]) -> bool {
    let output = Command::new("docker").args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

/// The containers that `log` names and that still exist, stopped ones too.
pub fn containers_left(log: &str) -> Vec<&str> {
    containers(log)
        .filter(|id| docker(&["container", "inspect", id]))
        .collect()
}

/// The containers that SAM says it made.
fn containers(log: &str) -> impl Iterator<Item = &str> {
    let ids = log
        .lines()
        .filter_map(|line| line.split_once("SAM_CONTAINER_ID: "));
    ids.map(|(_, id)| id.trim())
}

/// A running `sam local start-api`; ended with its containers when dropped.
#[derive(Debug)]
pub struct Api<'sam> {
    process: Child,
    base: String,
    log: NamedTempFile,
    agent: Agent,
    _sam: &'sam SamLocal,
}

impl<'sam> Api<'sam> {
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    fn start(sam: &'sam SamLocal, mut command: Command) -> Self {
        let log = NamedTempFile::new().expect("a temporary file");
        // One file twice, not two: each would write where the other has written.
        let stdout = log.reopen().expect("the temporary file again");
        let stderr = stdout.try_clone().expect("the temporary file again");
        let process = command
            .args(["local", "start-api", "--port", "0"])
            .args(COMMON)
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .expect("sam starts");
        let agent = Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let mut api = Self {
            process,
            base: String::new(),
            log,
            agent,
            _sam: sam,
        };
        let deadline = Instant::now() + PATIENCE;
        while api.base.is_empty() {
            let ended = api.process.try_wait().expect("a child");
            let waiting = ended.is_none() && Instant::now() < deadline;
            assert!(waiting, "sam does not serve: {ended:?}\n{}", api.log());
            thread::sleep(POLL);
            api.base = address(&api.log()).unwrap_or_default();
        }
        api
    }

    /// Asks for a path, query included. The first call starts the container.
    ///
    /// # Panics
    /// When there is no answer at all.
    pub fn get(&self, path: &str) -> Answer {
        let url = format!("{}{path}", self.base);
        match http::get(&self.agent, &url) {
            Ok(answer) => answer,
            Err(error) => panic!("no answer from {url}: {error}\n{}", self.log()),
        }
    }

    /// Ends it, and gives what it and the functions wrote.
    ///
    /// # Panics
    /// When it does not end well.
    pub fn stop(mut self) -> String {
        let status = self.end();
        let log = self.log();
        assert!(
            status.is_some_and(|status| status.success()),
            "sam ended with {status:?}:\n{log}"
        );
        log
    }

    /// Asks it to end and waits, since the containers are its own to remove.
    fn end(&mut self) -> Option<ExitStatus> {
        let id = self.process.id().to_string();
        // Not as Ctrl-C does: that signal is ignored by what a script starts in the background.
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let deadline = Instant::now() + FAREWELL;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Some(status);
            }
            thread::sleep(POLL);
        }
        None
    }

    fn log(&self) -> String {
        let bytes = fs::read(self.log.path()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Api<'_> {
    fn drop(&mut self) {
        // Stopped already, mostly.
        if let Ok(None) = self.process.try_wait()
            && self.end().is_none()
        {
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }
}

/// Where the server says that it listens, once the line is complete.
fn address(log: &str) -> Option<String> {
    let lines = log
        .split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'));
    let mut found = lines.filter_map(|line| line.split_once("Running on "));
    found.next().map(|(_, address)| address.trim().to_owned())
}
