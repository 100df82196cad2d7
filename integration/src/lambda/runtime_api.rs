//! Lambda's Runtime API, as far as a bootstrap needs it, with a real bootstrap that was started
//! directly: nothing stands between the function and the watch.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::http::HeaderValue;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex as AsyncMutex, Notify};

use super::environment;
use super::event::trace_id;
use super::http_server::{Body, Hangup, HttpServer, whole};
use super::invoke::{Invocation, Invoke};
use super::process::{Log, Memory, Process, in_its_folder};

/// The longest that a function may work on one event.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How often a function that does not answer is looked at.
const POLL: Duration = Duration::from_millis(100);

/// A bootstrap under a Runtime API of ours, killed when dropped.
///
/// Unlike the emulator it starts with `start`, hands trace ids on, and is not started again when
/// it ends.
#[derive(Debug)]
pub struct Function {
    process: Mutex<Process>,
    log: Log,
    id: u32,
    started: Instant,
    api: Arc<Api>,
    one_at_a_time: Mutex<()>,
    /// Stops with the function.
    _server: HttpServer,
}

impl Function {
    /// Starts `bootstrap` with what Lambda gives in the environment and `env`.
    ///
    /// # Panics
    /// When it cannot be started.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub fn start(bootstrap: &Path, env: &[(&str, String)]) -> Self {
        let (folder, name) = in_its_folder(bootstrap);
        let api = Arc::new(Api::new());
        let of_requests = Arc::clone(&api);
        let handler = move |request| Api::handle(Arc::clone(&of_requests), request);
        let server = HttpServer::start(0, 1, handler).expect("a free port");
        let mut command = Command::new(&name);
        environment::set(&mut command, &folder.join(&name), env);
        command
            .env("AWS_LAMBDA_RUNTIME_API", server.address().to_string())
            .current_dir(folder);
        let started = Instant::now();
        let process = Process::spawn(&mut command);
        Self {
            log: process.log().clone(),
            id: process.id(),
            process: Mutex::new(process),
            started,
            api,
            one_at_a_time: Mutex::new(()),
            _server: server,
        }
    }

    /// From the start of the process to its first call for an event.
    ///
    /// # Panics
    /// When it ends, or is not ready in time.
    pub fn ready(&self, patience: Duration) -> Duration {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(ready) = self.api.wait_for_ready(POLL) {
                return ready - self.started;
            }
            let ended = self.process().ended();
            let late = Instant::now() >= deadline;
            assert!(
                !late && ended.is_none(),
                "the function is not ready: {ended:?}\n{}",
                self.log.text()
            );
        }
    }

    /// Waits until a function with `SnapStart` is ready for its snapshot.
    ///
    /// # Panics
    /// When it is not in time.
    pub fn at_snapshot(&self, patience: Duration) {
        let waiting = |state: &mut State| !state.at_snapshot;
        let waited = self
            .api
            .is_ready
            .wait_timeout_while(self.api.state(), patience, waiting);
        let there = waited.unwrap_or_else(PoisonError::into_inner).0.at_snapshot;
        assert!(there, "no snapshot is asked for:\n{}", self.log.text());
    }

    /// Restores it from its snapshot.
    pub fn restore(&self) {
        self.api.restored.notify_one();
    }

    /// Kills the process, whatever it is doing.
    pub fn kill(&self) {
        self.process().kill();
    }

    /// When the process was started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Waits until the process ends by itself.
    pub fn ended(&self, patience: Duration) -> Option<ExitStatus> {
        self.process().wait(patience)
    }

    /// The error with which it reported that it cannot start, if it did.
    pub fn init_error(&self) -> Option<Value> {
        self.api.state().init_error.clone()
    }

    /// What the function wrote.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The memory of the process; nothing when it has ended.
    pub fn memory(&self) -> Option<Memory> {
        Memory::of(self.id)
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer, or what Lambda says of a process that ended or takes too long.
    fn wait(&self, answers: &mpsc::Receiver<Answer>, deadline: Instant) -> Answer {
        loop {
            if let Ok(answer) = answers.recv_timeout(POLL) {
                return answer;
            }
            if let Some(status) = self.process().ended() {
                // It may have answered and ended since.
                return answers.try_recv().unwrap_or_else(|_| {
                    let error = format!("Runtime exited with error: {status}");
                    Answer::failure("Runtime.ExitError", &error)
                });
            }
            if Instant::now() >= deadline {
                let error = format!("Task timed out after {TIMEOUT:?}");
                return Answer::failure("Sandbox.Timedout", &error);
            }
        }
    }
}

impl Invoke for Function {
    fn invoke(&self, event: &Value) -> Invocation {
        let _mine = self
            .one_at_a_time
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let start = Instant::now();
        let answers = self.api.hand_over(event);
        let answer = self.wait(&answers, start + TIMEOUT);
        Invocation {
            status: if answer.lost { 502 } else { 200 },
            function_error: answer.error,
            body: serde_json::from_slice(&answer.body)
                .unwrap_or_else(|_| String::from_utf8_lossy(&answer.body).into()),
            took: answer.finished - start,
            finished: answer.finished,
        }
    }
}

/// What a function said of an event.
#[derive(Debug)]
struct Answer {
    body: Bytes,
    error: bool,
    /// Whether it said nothing and this is said of it.
    lost: bool,
    finished: Instant,
}

impl Answer {
    fn failure(kind: &str, message: &str) -> Self {
        let body = serde_json::json!({"errorType": kind, "errorMessage": message});
        Self {
            body: body.to_string().into(),
            error: true,
            lost: true,
            finished: Instant::now(),
        }
    }
}

/// An event on its way to the function.
#[derive(Debug)]
struct Event {
    id: String,
    json: String,
}

#[derive(Debug)]
struct Api {
    state: Mutex<State>,
    is_ready: Condvar,
    restored: Notify,
    next: AtomicU64,
    events: UnboundedSender<Event>,
    waiting: AsyncMutex<UnboundedReceiver<Event>>,
}

#[derive(Debug, Default)]
struct State {
    ready: Option<Instant>,
    at_snapshot: bool,
    init_error: Option<Value>,
    asked: HashMap<String, mpsc::Sender<Answer>>,
}

impl Api {
    fn new() -> Self {
        let (events, waiting) = unbounded_channel();
        Self {
            state: Mutex::default(),
            is_ready: Condvar::new(),
            restored: Notify::new(),
            next: AtomicU64::new(1),
            events,
            waiting: AsyncMutex::new(waiting),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for_ready(&self, patience: Duration) -> Option<Instant> {
        let waited = self
            .is_ready
            .wait_timeout_while(self.state(), patience, |state| state.ready.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.ready
    }

    fn hand_over(&self, event: &Value) -> mpsc::Receiver<Answer> {
        let id = format!(
            "00000000-0000-4000-9000-{:012x}",
            self.next.fetch_add(1, Ordering::Relaxed)
        );
        let (sender, answers) = mpsc::channel();
        self.state().asked.insert(id.clone(), sender);
        // The receiver is beside the sender and lives as long.
        let _ = self.events.send(Event {
            id,
            json: event.to_string(),
        });
        answers
    }

    async fn handle(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, Hangup> {
        let (parts, body) = request.into_parts();
        let path = parts
            .uri
            .path()
            .strip_prefix("/2018-06-01/runtime/")
            .unwrap_or_default();
        let way: Vec<&str> = path.split('/').collect();
        match (&parts.method, &way[..]) {
            (&Method::GET, ["invocation", "next"]) => self.next().await,
            (&Method::POST, ["invocation", id, end @ ("response" | "error")]) => {
                let body = body.collect().await.map_err(|_| Hangup)?.to_bytes();
                let finished = Instant::now();
                let asked = self.state().asked.remove(*id);
                let Some(asked) = asked else {
                    return Ok(status(StatusCode::BAD_REQUEST));
                };
                // Whoever called may have given up.
                let _ = asked.send(Answer {
                    body,
                    error: *end == "error",
                    lost: false,
                    finished,
                });
                Ok(status(StatusCode::ACCEPTED))
            }
            (&Method::GET, ["restore", "next"]) => {
                self.state().at_snapshot = true;
                self.is_ready.notify_all();
                self.restored.notified().await;
                Ok(status(StatusCode::OK))
            }
            (&Method::POST, ["init" | "restore", "error"]) => {
                let body = body.collect().await.map_err(|_| Hangup)?.to_bytes();
                self.state().init_error = serde_json::from_slice(&body).ok();
                Ok(status(StatusCode::ACCEPTED))
            }
            _ => Ok(status(StatusCode::NOT_FOUND)),
        }
    }

    async fn next(&self) -> Result<Response<Body>, Hangup> {
        let now = Instant::now();
        self.state().ready.get_or_insert(now);
        self.is_ready.notify_all();
        let event = self.waiting.lock().await.recv().await.ok_or(Hangup)?;
        let mut response = Response::new(whole(event.json));
        describe(&event.id, response.headers_mut());
        Ok(response)
    }
}

fn describe(id: &str, headers: &mut HeaderMap) {
    let deadline = SystemTime::now() + TIMEOUT;
    let deadline = deadline
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:function-under-test";
    let trace = format!("{};Parent=0123456789abcdef;Sampled=1", trace_id());
    for (name, value) in [
        ("content-type", "application/json"),
        ("lambda-runtime-aws-request-id", id),
        (
            "lambda-runtime-deadline-ms",
            &deadline.as_millis().to_string(),
        ),
        ("lambda-runtime-invoked-function-arn", arn),
        ("lambda-runtime-trace-id", &trace),
    ] {
        // Ids, digits and names are always a header.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(whole(r#"{"status":"OK"}"#));
    *response.status_mut() = status;
    response
}
