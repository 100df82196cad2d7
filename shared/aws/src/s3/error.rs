//! What S3's refusals mean.

use std::error::Error;
use std::fmt::{self, Write as _};

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId as _;
use matinee::ports::{BlobError, StoreCause};

/// What S3 or the way to it said, in one line.
#[derive(Debug)]
struct Said(String);

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Said {}

/// A failed call, as far as callers act on it.
pub(super) struct Failure {
    pub(super) status: Option<u16>,
    pub(super) cause: StoreCause,
    code: Option<String>,
    said: String,
}

impl Failure {
    pub(super) fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let status = error.raw_response().map(|raw| raw.status().as_u16());
        let code = error.code().map(str::to_owned);
        let said = match &code {
            Some(code) => {
                let mut said = code.clone();
                if let Some(message) = error.message() {
                    let _ = write!(said, ": {message}");
                }
                if let Some(request) = error.meta().request_id() {
                    let _ = write!(said, " (request {request})");
                }
                said
            }
            None => chain(error),
        };
        let cause = match error {
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
                cause_of(code.as_deref(), status)
            }
            SdkError::TimeoutError(_) => StoreCause::Unavailable,
            _ if said.contains("egion must be set") => StoreCause::NoRegion,
            _ if said.contains("credential") => StoreCause::NoCredentials,
            SdkError::DispatchFailure(_) => StoreCause::Unavailable,
            _ => StoreCause::Other,
        };
        Self {
            status,
            cause,
            code,
            said,
        }
    }

    /// The body broke off or stood still.
    pub(super) fn of_body(error: &(dyn Error + 'static)) -> Self {
        Self {
            status: None,
            cause: StoreCause::Unavailable,
            code: None,
            said: chain(error),
        }
    }

    /// It is larger than anything that is read whole.
    pub(super) fn of_length(length: usize, most: usize) -> Self {
        Self {
            status: None,
            cause: StoreCause::Other,
            code: None,
            said: format!("it has {length} bytes, at most {most} are read at once"),
        }
    }

    /// There is no memory for what is to be read.
    pub(super) fn of_memory(error: &std::io::Error) -> Self {
        Self {
            status: None,
            cause: StoreCause::Other,
            code: None,
            said: format!("no memory for it: {error}"),
        }
    }

    /// The body is not as long as was said.
    pub(super) fn of_size() -> Self {
        Self {
            status: None,
            cause: StoreCause::Unavailable,
            code: None,
            said: "the body is not as long as its header says".to_owned(),
        }
    }

    /// Whether there is no such object in the bucket, which itself is there.
    pub(super) fn is_missing(&self) -> bool {
        self.status == Some(404) && self.cause != StoreCause::NoBucket
    }

    /// Whether a write's condition did not hold. 409: another conditional write was under way.
    pub(super) fn is_conflict(&self) -> bool {
        matches!(self.status, Some(412))
            || (self.status == Some(409)
                && self.code.as_deref() == Some("ConditionalRequestConflict"))
    }

    pub(super) fn into_error(self, action: &'static str, key: &str) -> BlobError {
        BlobError::Store {
            action,
            key: key.to_owned(),
            cause: self.cause,
            source: Box::new(Said(self.said)),
        }
    }
}

fn cause_of(code: Option<&str>, status: Option<u16>) -> StoreCause {
    match code.unwrap_or_default() {
        "AccessDenied" | "AllAccessDisabled" | "AccountProblem" => StoreCause::AccessDenied,
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "RequestExpired" => {
            StoreCause::ExpiredCredentials
        }
        "InvalidAccessKeyId"
        | "InvalidToken"
        | "SignatureDoesNotMatch"
        | "InvalidClientTokenId" => StoreCause::NoCredentials,
        "PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed" => {
            StoreCause::WrongRegion
        }
        "NoSuchBucket" => StoreCause::NoBucket,
        _ => match status {
            Some(301 | 307) => StoreCause::WrongRegion,
            Some(401 | 403) => StoreCause::AccessDenied,
            Some(408 | 429 | 500..) => StoreCause::Unavailable,
            _ => StoreCause::Other,
        },
    }
}

/// An error and what caused it, down to the ground.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        let _ = write!(said, ": {error}");
        below = error.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_s3_has_its_cause() {
        for (code, status, cause) in [
            ("AccessDenied", 403, StoreCause::AccessDenied),
            ("ExpiredToken", 400, StoreCause::ExpiredCredentials),
            ("InvalidAccessKeyId", 403, StoreCause::NoCredentials),
            ("PermanentRedirect", 301, StoreCause::WrongRegion),
            ("AuthorizationHeaderMalformed", 400, StoreCause::WrongRegion),
            ("NoSuchBucket", 404, StoreCause::NoBucket),
            ("SlowDown", 503, StoreCause::Unavailable),
            ("InternalError", 500, StoreCause::Unavailable),
            ("", 403, StoreCause::AccessDenied),
            ("", 301, StoreCause::WrongRegion),
            ("InvalidRequest", 400, StoreCause::Other),
        ] {
            assert_eq!(cause_of(Some(code), Some(status)), cause, "{code} {status}");
        }
    }
}
