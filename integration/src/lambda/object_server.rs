//! A small GET server that answers like S3: so quick that a cold start's time is the function's.

use std::collections::HashMap;
use std::future::ready;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, io};

use bytes::Bytes;
use hyper::header::{ACCEPT_RANGES, CONTENT_RANGE, ETAG, LAST_MODIFIED};
use hyper::http::HeaderValue;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use xxhash_rust::xxh3::xxh3_128;

use super::event::decoded;
use super::http_server::{Body, HttpServer, whole};
use super::s3_error::{S3Error, insert_ids};
use crate::files;

/// Threads for a client that fetches several objects at once.
const THREADS: usize = 2;

/// A running server over the files of a folder, which it read into memory when it started.
///
/// It knows GET and HEAD of `/bucket/key` with one `Range`, `If-None-Match` and `If-Match`. It
/// checks no signature.
#[derive(Debug)]
pub struct ObjectServer {
    server: HttpServer,
    bucket: String,
    served: Arc<Mutex<Vec<Served>>>,
}

/// An answer that carried (a part of) an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The key.
    pub key: String,
    /// How many bytes of it were sent.
    pub bytes: usize,
}

impl ObjectServer {
    /// Serves every file below `folder` as `<prefix><path>` in `bucket`, on `port` of 127.0.0.1 or
    /// on a free one when that is 0.
    ///
    /// # Errors
    /// When the folder cannot be read, or the port is taken.
    pub fn start(folder: &Path, bucket: &str, prefix: &str, port: u16) -> io::Result<Self> {
        let served = Arc::default();
        let store = Arc::new(Store {
            bucket: bucket.to_owned(),
            objects: read(folder, prefix)?,
            served: Arc::clone(&served),
        });
        let handler = move |request: Request<_>| ready(Ok(store.answer(&request)));
        Ok(Self {
            server: HttpServer::start(port, THREADS, handler)?,
            bucket: bucket.to_owned(),
            served,
        })
    }

    /// Where it listens: `http://127.0.0.1:port`, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The name of its one bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What was served since this was asked last.
    pub fn take_served(&self) -> Vec<Served> {
        std::mem::take(&mut *self.served.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Object {
    bytes: Bytes,
    etag: String,
}

struct Store {
    bucket: String,
    objects: HashMap<String, Object>,
    served: Arc<Mutex<Vec<Served>>>,
}

fn read(folder: &Path, prefix: &str) -> io::Result<HashMap<String, Object>> {
    // Says what is wrong with a folder that is none.
    fs::read_dir(folder)?;
    let mut objects = HashMap::new();
    for path in files(folder) {
        let bytes = Bytes::from(fs::read(folder.join(&path))?);
        let etag = format!("\"{:032x}\"", xxh3_128(&bytes));
        objects.insert(
            format!("{prefix}{}", path.display()),
            Object { bytes, etag },
        );
    }
    Ok(objects)
}

impl Store {
    fn answer<B>(&self, request: &Request<B>) -> Response<Body> {
        self.find(request)
            .unwrap_or_else(|error| error.answer(request.method()))
    }

    fn find<B>(&self, request: &Request<B>) -> Result<Response<Body>, S3Error<'static>> {
        let method = request.method();
        if method != Method::GET && method != Method::HEAD {
            let message = "The specified method is not allowed against this resource.";
            return Err(S3Error::new(405, "MethodNotAllowed", message));
        }
        let path = decoded(request.uri().path().trim_start_matches('/'), false);
        let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
        if bucket != self.bucket {
            return Err(S3Error::no_such_bucket(bucket));
        }
        if key.is_empty() {
            let message = "This server knows objects only.";
            return Err(S3Error::new(501, "NotImplemented", message));
        }
        let object = self
            .objects
            .get(key)
            .ok_or_else(|| S3Error::no_such_key(key))?;
        let headers = request.headers();
        if names(headers, "if-match").is_some_and(|tags| !matches(tags, &object.etag)) {
            let message = "At least one of the pre-conditions you specified did not hold";
            return Err(S3Error::new(412, "PreconditionFailed", message));
        }
        if names(headers, "if-none-match").is_some_and(|tags| matches(tags, &object.etag)) {
            return Ok(not_modified(object));
        }
        let asked = names(headers, "range").and_then(|range| part(range, object.bytes.len()));
        let part = match asked {
            Some(part) if part.is_empty() => {
                let message = "The requested range is not satisfiable";
                return Err(S3Error::new(416, "InvalidRange", message));
            }
            other => other,
        };
        let bytes = part
            .clone()
            .map_or_else(|| object.bytes.clone(), |part| object.bytes.slice(part));
        if method == Method::HEAD {
            return Ok(head(object, part, bytes.len()));
        }
        self.note(key, bytes.len());
        Ok(respond(object, part, bytes))
    }

    fn note(&self, key: &str, bytes: usize) {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.push(Served {
            key: key.to_owned(),
            bytes,
        });
    }
}

fn names<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn matches(tags: &str, etag: &str) -> bool {
    tags.split(',')
        .any(|tag| matches!(tag.trim(), "*") || tag.trim() == etag)
}

/// The bytes that a `Range` asks for, empty when the object has none of them. Nothing for what is
/// not one range of bytes: such a header is ignored.
pub(crate) fn part(range: &str, length: usize) -> Option<Range<usize>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    if first.is_empty() {
        let last: usize = last.parse().ok()?;
        return Some(length - last.min(length)..length);
    }
    let first: usize = first.parse().ok()?;
    let last: usize = if last.is_empty() {
        usize::MAX
    } else {
        last.parse().ok()?
    };
    if last < first {
        return None;
    }
    let end = last.saturating_add(1).min(length);
    Some(first.min(end)..end)
}

/// To HEAD S3 says how long the body would be.
fn head(object: &Object, part: Option<Range<usize>>, length: usize) -> Response<Body> {
    let mut answer = respond(object, part, Bytes::new());
    answer.headers_mut().insert("content-length", length.into());
    answer
}

fn respond(object: &Object, part: Option<Range<usize>>, bytes: Bytes) -> Response<Body> {
    let mut answer = Response::new(whole(bytes));
    let headers = answer.headers_mut();
    describe(object, headers);
    headers.insert(
        "content-type",
        HeaderValue::from_static("binary/octet-stream"),
    );
    if let Some(part) = part {
        let range = format!(
            "bytes {}-{}/{}",
            part.start,
            part.end - 1,
            object.bytes.len()
        );
        // Digits are always a header.
        headers.extend(HeaderValue::from_str(&range).map(|range| (CONTENT_RANGE, range)));
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    answer
}

fn not_modified(object: &Object) -> Response<Body> {
    let mut answer = Response::new(whole(""));
    describe(object, answer.headers_mut());
    *answer.status_mut() = StatusCode::NOT_MODIFIED;
    answer
}

fn describe(object: &Object, headers: &mut HeaderMap) {
    insert_ids(headers);
    headers.extend(HeaderValue::from_str(&object.etag).map(|etag| (ETAG, etag)));
    headers.insert(
        LAST_MODIFIED,
        HeaderValue::from_static("Thu, 01 Jan 2026 00:00:00 GMT"),
    );
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn one_range_is_understood() {
        for (range, expected) in [
            ("bytes=0-", Some(0..10)),
            ("bytes=2-4", Some(2..5)),
            ("bytes=2-400", Some(2..10)),
            ("bytes=-3", Some(7..10)),
            ("bytes=-30", Some(0..10)),
            ("bytes=10-", Some(10..10)),
            ("bytes=5-4", None),
            ("bytes=0-1,4-5", None),
            ("lines=1-2", None),
            ("bytes=a-", None),
        ] {
            assert_eq!(part(range, 10), expected, "{range}");
        }
    }
}
