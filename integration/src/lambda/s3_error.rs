//! Errors in the shape in which S3 sends them.

use std::borrow::Cow;

use hyper::http::HeaderValue;
use hyper::{HeaderMap, Method, Response, StatusCode};

use super::http_server::{Body, whole};

/// What S3 calls a request of its own; made up, as is the host's.
const REQUEST_ID: &str = "MATINEETEST00000";
const HOST_ID: &str = "bWFkZSB1cA==";

/// An error: its code and message, and the elements that some errors have between them and the
/// ids.
pub(crate) struct S3Error<'a> {
    pub(crate) status: u16,
    pub(crate) code: &'a str,
    pub(crate) message: Cow<'a, str>,
    pub(crate) details: Vec<(&'a str, String)>,
    /// The header that names the region of the bucket.
    pub(crate) region: Option<&'a str>,
}

impl<'a> S3Error<'a> {
    pub(crate) fn new(status: u16, code: &'a str, message: impl Into<Cow<'a, str>>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            details: Vec::new(),
            region: None,
        }
    }

    pub(crate) fn no_such_bucket(bucket: &str) -> Self {
        let details = vec![("BucketName", bucket.to_owned())];
        Self {
            details,
            ..Self::new(404, "NoSuchBucket", "The specified bucket does not exist")
        }
    }

    pub(crate) fn no_such_key(key: &str) -> Self {
        let details = vec![("Key", key.to_owned())];
        Self {
            details,
            ..Self::new(404, "NoSuchKey", "The specified key does not exist.")
        }
    }

    fn xml(&self) -> String {
        let (code, message) = (self.code, escaped(&self.message));
        let elements =
            |(name, value): &(&str, String)| format!("<{name}>{}</{name}>", escaped(value));
        let details: String = self.details.iter().map(elements).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
             <Message>{message}</Message>{details}<RequestId>{REQUEST_ID}</RequestId>\
             <HostId>{HOST_ID}</HostId></Error>"
        )
    }

    /// The answer to a request with this method: to HEAD it has no body.
    pub(crate) fn answer(&self, method: &Method) -> Response<Body> {
        let mut answer = Response::new(if method == Method::HEAD {
            whole("")
        } else {
            whole(self.xml())
        });
        *answer.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = answer.headers_mut();
        headers.insert("content-type", HeaderValue::from_static("application/xml"));
        insert_ids(headers);
        if let Some(region) = self
            .region
            .and_then(|region| HeaderValue::from_str(region).ok())
        {
            headers.insert("x-amz-bucket-region", region);
        }
        answer
    }
}

/// The headers that S3 sends with everything.
pub(crate) fn insert_ids(headers: &mut HeaderMap) {
    headers.insert("server", HeaderValue::from_static("AmazonS3"));
    headers.insert("x-amz-request-id", HeaderValue::from_static(REQUEST_ID));
    headers.insert("x-amz-id-2", HeaderValue::from_static(HOST_ID));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
