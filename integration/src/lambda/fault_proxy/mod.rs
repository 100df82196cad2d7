//! A proxy between a client of AWS and a server that answers like it. It hands requests on, writes
//! them down, and lets happen what it is told to.

mod fault;
mod forward;
mod refusal;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::{HeaderMap, Request};

pub use fault::{Fault, Rule};

use super::http_server::HttpServer;
use fault::Rules;

/// A running proxy; dropped, it closes every connection.
///
/// ```no_run
/// use matinee_integration::lambda::{Fault, FaultProxy, Moto};
///
/// let Some(moto) = Moto::start() else { return };
/// let proxy = FaultProxy::start(moto.endpoint());
/// // A function with AWS_ENDPOINT_URL = proxy.endpoint() is told twice to slow down:
/// proxy.inject(Fault::SlowDown.on("GET", "manifest.json").times(2));
/// // ... call the function ...
/// assert_eq!(proxy.count("GET", "manifest.json"), 3);
/// ```
#[derive(Debug)]
pub struct FaultProxy {
    server: HttpServer,
    state: Arc<State>,
}

/// A request that came, and what it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its method.
    pub method: String,
    /// Its path: `/bucket/key`.
    pub path: String,
    /// Its query; empty when it had none.
    pub query: String,
    /// Its `X-Amz-Target`, such as `DynamoDB_20120810.PutItem`.
    pub target: Option<String>,
    /// Its `Range`.
    pub range: Option<String>,
    /// Its `If-Match`.
    pub if_match: Option<String>,
    /// Its `If-None-Match`.
    pub if_none_match: Option<String>,
    /// Whether it was signed.
    pub authorized: bool,
    /// What went wrong with it, as it was told to.
    pub fault: Option<Fault>,
    /// The status it was answered with; nothing while there is no answer, or when there was none.
    pub status: Option<u16>,
}

impl FaultProxy {
    /// Starts a proxy in front of `upstream`, `http://127.0.0.1:port`.
    ///
    /// # Panics
    /// When `upstream` is no such address.
    pub fn start(upstream: &str) -> Self {
        let address = upstream.trim_end_matches('/').strip_prefix("http://");
        let address = address.and_then(|address| address.parse().ok());
        let Some(upstream) = address else {
            panic!("{upstream} is not http:// and an address with a port");
        };
        let state = Arc::new(State {
            upstream,
            rules: Mutex::default(),
            requests: Mutex::default(),
            next: AtomicU64::new(0),
        });
        let of_requests = Arc::clone(&state);
        let handler = move |request| forward::handle(Arc::clone(&of_requests), request);
        match HttpServer::start(0, 2, handler) {
            Ok(server) => Self { server, state },
            Err(error) => panic!("the proxy does not start: {error}"),
        }
    }

    /// Where it listens: `http://127.0.0.1:port`, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Lets something go wrong from now on. Of several rules that fit a request, the one given
    /// first happens. What happens to a body is not counted for answers without one (304 and
    /// errors).
    pub fn inject(&self, rule: impl Into<Rule>) {
        self.state.rules().add(rule.into());
    }

    /// Ends every rule. Connections are still refused, if they were.
    pub fn clear(&self) {
        self.state.rules().clear();
    }

    /// Refuses connections and closes those there are, until they are accepted again.
    pub fn refuse_connections(&self) {
        self.server.accept(false);
    }

    /// Accepts connections again, on the same port.
    pub fn accept_connections(&self) {
        self.server.accept(true);
    }

    /// The requests so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Recorded> {
        let requests = self.state.requests();
        requests
            .iter()
            .map(|(_, request)| request.clone())
            .collect()
    }

    /// How many requests with this method had a path that ends so.
    pub fn count(&self, method: &str, path_end: &str) -> usize {
        let requests = self.state.requests();
        let fits =
            |request: &Recorded| request.method == method && request.path.ends_with(path_end);
        requests.iter().filter(|(_, request)| fits(request)).count()
    }

    /// How many requests were for this operation, such as `PutItem`.
    pub fn count_target(&self, operation: &str) -> usize {
        let requests = self.state.requests();
        let targets = requests
            .iter()
            .filter_map(|(_, request)| request.target.as_deref());
        targets
            .filter(|target| fault::operation(target) == operation)
            .count()
    }

    /// How many requests something went wrong with.
    pub fn faulted(&self) -> usize {
        let requests = self.state.requests();
        requests
            .iter()
            .filter(|(_, request)| request.fault.is_some())
            .count()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.state.requests().clear();
    }
}

#[derive(Debug)]
struct State {
    upstream: SocketAddr,
    rules: Mutex<Rules>,
    /// Numbered, because they may be forgotten before they are answered.
    requests: Mutex<Vec<(u64, Recorded)>>,
    next: AtomicU64,
}

impl State {
    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn requests(&self) -> MutexGuard<'_, Vec<(u64, Recorded)>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a request down and gives its number.
    fn came(&self, request: Recorded) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.requests().push((number, request));
        number
    }

    /// Writes down what became of a request.
    fn settle(&self, number: u64, settle: impl FnOnce(&mut Recorded)) {
        let mut requests = self.requests();
        // From the end: it came just now, and there may be many.
        let mut latest = requests.iter_mut().rev();
        if let Some((_, request)) = latest.find(|(given, _)| *given == number) {
            settle(request);
        }
    }
}

impl Recorded {
    fn of<B>(request: &Request<B>) -> Self {
        let headers = request.headers();
        Self {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            target: text(headers, "x-amz-target"),
            range: text(headers, "range"),
            if_match: text(headers, "if-match"),
            if_none_match: text(headers, "if-none-match"),
            authorized: headers.contains_key("authorization"),
            fault: None,
            status: None,
        }
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
