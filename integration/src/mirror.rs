//! A publisher of files: GET with ranges, and connections that end early.

use std::collections::HashMap;
use std::future::ready;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use hyper::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use hyper::http::{HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use tokio::time::sleep;
use xxhash_rust::xxh3::xxh3_128;

use crate::lambda::http_server::{Body, Hangup, HttpServer, whole};
use crate::lambda::object_server::part;

/// How long the beginning of a body has to reach the client before the connection is closed.
const LINGER: Duration = Duration::from_millis(50);

/// Files so small are never cut: checksums.
const SMALL: usize = 1000;

/// A server of files on a port of 127.0.0.1, as GroupLens serves its archives: with entity tags,
/// one `Range` and `If-Range`.
#[derive(Debug)]
pub struct Mirror {
    server: HttpServer,
    state: Arc<Mutex<State>>,
}

/// A request for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The file's name.
    pub name: String,
    /// The `Range` that was asked for.
    pub range: Option<String>,
    /// The answer's status.
    pub status: u16,
}

#[derive(Debug, Default)]
struct State {
    files: HashMap<String, Bytes>,
    /// Bytes of a body after which the connection ends, one for each answer that this befalls.
    cuts: Vec<usize>,
    /// The status of every answer instead of the usual one.
    refusal: Option<u16>,
    asked: Vec<Asked>,
}

impl Mirror {
    /// Starts one without files.
    ///
    /// # Panics
    /// When there is no free port.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub fn start() -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let theirs = Arc::clone(&state);
        let handler = move |request: Request<_>| ready(Ok(lock(&theirs).answer(&request)));
        let server: io::Result<HttpServer> = HttpServer::start(0, 2, handler);
        Self {
            server: server.expect("a free port"),
            state,
        }
    }

    /// The folder of its files.
    pub fn url(&self) -> String {
        format!("http://{}/files/", self.server.address())
    }

    /// Serves a file under this name, in the place of another one there may be.
    pub fn put(&self, name: &str, bytes: impl Into<Bytes>) {
        lock(&self.state)
            .files
            .insert(name.to_owned(), bytes.into());
    }

    /// Serves a file no more.
    pub fn remove(&self, name: &str) {
        lock(&self.state).files.remove(name);
    }

    /// Ends the connections of the next `times` answers with more than `bytes` bytes behind that many
    /// of them. Small files are spared.
    pub fn cut(&self, bytes: usize, times: usize) {
        lock(&self.state).cuts = vec![bytes; times];
    }

    /// Before the cuts that are to come, one behind so many bytes.
    pub fn cut_first(&self, bytes: usize) {
        lock(&self.state).cuts.push(bytes);
    }

    /// Answers everything with this status; nothing else is the usual again.
    pub fn refuse(&self, status: Option<u16>) {
        lock(&self.state).refusal = status;
    }

    /// Refuses connections from now on, or accepts them again.
    pub fn accept(&self, accept: bool) {
        self.server.accept(accept);
    }

    /// What was asked for since this was called last.
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut lock(&self.state).asked)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn answer<B>(&mut self, request: &Request<B>) -> Response<Body> {
        let header = |name: HeaderName| request.headers().get(name)?.to_str().ok();
        let name = request
            .uri()
            .path()
            .trim_start_matches("/files/")
            .to_owned();
        let (range, tag) = (header(RANGE), header(IF_RANGE));
        let answer = match (self.refusal, self.files.get(&name).cloned()) {
            (Some(status), _) => refused(status),
            (None, None) => refused(404),
            (None, Some(file)) => self.file(&file, range, tag),
        };
        self.asked.push(Asked {
            name,
            range: range.map(str::to_owned),
            status: answer.status().as_u16(),
        });
        answer
    }

    fn file(&mut self, file: &Bytes, range: Option<&str>, tag: Option<&str>) -> Response<Body> {
        let etag = format!("\"{:032x}\"", xxh3_128(file));
        let wanted = range
            .filter(|_| tag.is_none_or(|tag| tag == etag))
            .and_then(|range| part(range, file.len()));
        let (status, bytes) = match &wanted {
            Some(wanted) if wanted.is_empty() => return refused(416),
            Some(wanted) => (StatusCode::PARTIAL_CONTENT, file.slice(wanted.clone())),
            None => (StatusCode::OK, file.clone()),
        };
        let length = bytes.len();
        let mut answer = Response::new(self.body(bytes));
        *answer.status_mut() = status;
        let headers = answer.headers_mut();
        headers.insert(CONTENT_LENGTH, length.into());
        headers.extend(HeaderValue::from_str(&etag).map(|etag| (ETAG, etag)));
        if let Some(wanted) = wanted {
            let (first, last, all) = (wanted.start, wanted.end - 1, file.len());
            let range = HeaderValue::from_str(&format!("bytes {first}-{last}/{all}"));
            headers.extend(range.map(|range| (CONTENT_RANGE, range)));
        }
        answer
    }

    fn body(&mut self, bytes: Bytes) -> Body {
        let Some(cut) = self
            .cuts
            .pop_if(|cut| *cut < bytes.len() && bytes.len() > SMALL)
        else {
            return whole(bytes);
        };
        let begin = stream::once(ready(Ok(Frame::data(bytes.slice(..cut)))));
        let end = stream::once(async {
            sleep(LINGER).await;
            Err(Hangup)
        });
        StreamBody::new(begin.chain(end)).boxed_unsync()
    }
}

fn refused(status: u16) -> Response<Body> {
    let mut answer = Response::new(whole(""));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::NOT_FOUND);
    answer
}
