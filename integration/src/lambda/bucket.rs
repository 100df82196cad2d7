//! A bucket of any store that answers like S3, over plain HTTP. Signatures are made up: the stores
//! of the tests check none, but moto lets nobody without one read.

use std::path::Path;
use std::time::Duration;

use ureq::Agent;
use ureq::http::{HeaderMap, Request};

use crate::files;

/// The longest that one call may take.
const LONGEST: Duration = Duration::from_mins(1);

/// Names an account and a region, which is all that is read of it.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=made-up/20260101/us-east-1/s3/aws4_request, \
     SignedHeaders=host, Signature=made-up";

/// A bucket, addressed by path.
#[derive(Clone, Debug)]
pub struct Bucket {
    name: String,
    url: String,
    agent: Agent,
}

/// An object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Its `ETag`, with the quotes.
    pub etag: String,
}

/// What a store answered.
#[derive(Clone, Debug)]
pub struct StoreAnswer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl StoreAnswer {
    /// A header; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The code of an error of S3, such as `NoSuchKey`; empty when this is none.
    pub fn error_code(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let code = text
            .split_once("<Error><Code>")
            .and_then(|(_, rest)| rest.split_once("</Code>"));
        code.map(|(code, _)| code.to_owned()).unwrap_or_default()
    }
}

impl Bucket {
    /// A bucket that is there already, or that is only said to be.
    pub fn at(endpoint: &str, name: &str) -> Self {
        let agent = Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(LONGEST))
            .build()
            .into();
        Self {
            name: name.to_owned(),
            url: format!("{}/{name}", endpoint.trim_end_matches('/')),
            agent,
        }
    }

    /// Creates a bucket.
    ///
    /// # Panics
    /// When the store refuses.
    pub fn create(endpoint: &str, name: &str) -> Self {
        let bucket = Self::at(endpoint, name);
        bucket.done("PUT", "", b"");
        bucket
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Any request: `target` is `/key`, with a query if need be; empty is the bucket itself.
    ///
    /// # Errors
    /// When no whole answer comes.
    pub fn call(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<StoreAnswer, ureq::Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{target}", self.url))
            .header("authorization", AUTHORIZATION);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = match method {
            "PUT" | "POST" => self.agent.run(request.body(body)?)?,
            _ => self.agent.run(request.body(())?)?,
        };
        let body = response
            .body_mut()
            .with_config()
            .limit(u64::MAX)
            .read_to_vec()?;
        Ok(StoreAnswer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body,
        })
    }

    /// Keeps old versions of objects from now on.
    ///
    /// # Panics
    /// When the store refuses.
    pub fn enable_versioning(&self) {
        let body = br#"<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>"#;
        self.done("PUT", "?versioning", body);
    }

    /// Writes an object and gives its `ETag`.
    ///
    /// # Panics
    /// When the store refuses.
    pub fn put(&self, key: &str, bytes: impl AsRef<[u8]>) -> String {
        let answer = self.done("PUT", &format!("/{key}"), bytes.as_ref());
        answer.header("etag").to_owned()
    }

    /// Writes every file below `folder` but hidden ones, in order of their paths, as
    /// `<prefix><path>`. Of a folder of models, `current.json` comes last, so that it never names
    /// what is not there.
    ///
    /// # Panics
    /// When the folder cannot be read or the store refuses.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub fn put_folder(&self, folder: &Path, prefix: &str) {
        let hidden = |path: &Path| {
            let name = path.file_name().unwrap_or_default();
            name.as_encoded_bytes().starts_with(b".")
        };
        let mut paths = files(folder);
        paths.retain(|path| !hidden(path));
        paths.sort_by_key(|path| path.ends_with("current.json"));
        for path in paths {
            let bytes = std::fs::read(folder.join(&path)).expect("a file of the folder");
            self.put(&format!("{prefix}{}", path.display()), bytes);
        }
    }

    /// Reads an object; nothing when the bucket has none.
    ///
    /// # Panics
    /// When the store refuses otherwise.
    pub fn get(&self, key: &str) -> Option<Object> {
        match self.call("GET", &format!("/{key}"), &[], b"") {
            Ok(answer) if answer.status == 200 => Some(Object {
                etag: answer.header("etag").to_owned(),
                bytes: answer.body,
            }),
            Ok(answer) if answer.error_code() == "NoSuchKey" => None,
            other => panic!("cannot get {key}: {}", described(&other)),
        }
    }

    /// Removes an object, if it is there.
    ///
    /// # Panics
    /// When the store refuses.
    pub fn delete(&self, key: &str) {
        self.done("DELETE", &format!("/{key}"), b"");
    }

    /// The keys that begin with `prefix`, in order.
    ///
    /// # Panics
    /// When the store refuses, or has more than fit into one answer.
    pub fn list(&self, prefix: &str) -> Vec<String> {
        let answer = self.done("GET", &format!("?list-type=2&prefix={prefix}"), b"");
        let xml = String::from_utf8_lossy(&answer.body);
        let more = xml.contains("<IsTruncated>true");
        assert!(!more, "more than one page: {xml}");
        let keys = xml.split("<Key>").skip(1);
        let keys = keys.filter_map(|rest| rest.split_once("</Key>"));
        keys.map(|(key, _)| key.to_owned()).collect()
    }

    /// The answer to a call that must succeed.
    #[track_caller]
    fn done(&self, method: &str, target: &str, body: &[u8]) -> StoreAnswer {
        match self.call(method, target, &[], body) {
            Ok(answer) if (200..300).contains(&answer.status) => answer,
            other => panic!(
                "cannot {method} {}{target}: {}",
                self.name,
                described(&other)
            ),
        }
    }
}

fn described(answer: &Result<StoreAnswer, ureq::Error>) -> String {
    match answer {
        Ok(answer) => format!(
            "{}\n{}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        ),
        Err(error) => error.to_string(),
    }
}
