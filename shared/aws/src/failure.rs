//! What the refusals of AWS's services mean.

use std::error::Error;
use std::fmt::{self, Write as _};

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId as _;
use matinee::ports::{BlobError, StoreCause, StoreError};

/// What a service or the way to it said, in one line.
#[derive(Debug)]
struct Said(String);

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Said {}

/// A failed call, as far as callers act on it.
pub(crate) struct Failure {
    pub(crate) status: Option<u16>,
    pub(crate) cause: StoreCause,
    code: Option<String>,
    said: String,
}

impl Failure {
    pub(crate) fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
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
            _ if refuses_content(&said) => StoreCause::Refused,
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
                cause_of(code.as_deref(), status)
            }
            SdkError::TimeoutError(_) => StoreCause::Unavailable,
            _ if no_region(&said) => StoreCause::NoRegion,
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
    pub(crate) fn of_body(error: &(dyn Error + 'static)) -> Self {
        Self {
            status: None,
            cause: StoreCause::Unavailable,
            code: None,
            said: chain(error),
        }
    }

    /// It is larger than anything that is read whole.
    pub(crate) fn of_length(length: usize, most: usize) -> Self {
        Self {
            status: None,
            cause: StoreCause::Other,
            code: None,
            said: format!("it has {length} bytes, at most {most} are read at once"),
        }
    }

    /// The service answered something that no such service answers.
    pub(crate) fn of_answer(said: impl Into<String>) -> Self {
        Self {
            status: None,
            cause: StoreCause::Other,
            code: None,
            said: said.into(),
        }
    }

    /// One entry of a batch was refused.
    pub(crate) fn of_entry(code: &str, said: String) -> Self {
        Self {
            status: None,
            cause: match code {
                "InternalError" | "InternalFailure" | "ServiceUnavailable" => {
                    StoreCause::Unavailable
                }
                code => cause_of(Some(code), None),
            },
            code: Some(code.to_owned()),
            said,
        }
    }

    /// There is no memory for what is to be read.
    pub(crate) fn of_memory(error: &std::io::Error) -> Self {
        Self {
            status: None,
            cause: StoreCause::Other,
            code: None,
            said: format!("no memory for it: {error}"),
        }
    }

    /// The body is not as long as was said.
    pub(crate) fn of_size() -> Self {
        Self {
            status: None,
            cause: StoreCause::Unavailable,
            code: None,
            said: "the body is not as long as its header says".to_owned(),
        }
    }

    /// Whether there is no such object in the bucket, which itself is there.
    pub(crate) fn is_missing(&self) -> bool {
        self.status == Some(404) && self.cause != StoreCause::NoBucket
    }

    /// Whether a write's condition did not hold. 409: another conditional write was under way.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self.status, Some(412))
            || (self.status == Some(409)
                && self.code.as_deref() == Some("ConditionalRequestConflict"))
    }

    pub(crate) fn into_error(self, action: &'static str, key: &str) -> BlobError {
        BlobError::Store {
            action,
            key: key.to_owned(),
            cause: self.cause,
            source: Box::new(Said(self.said)),
        }
    }

    /// What was said.
    pub(crate) fn into_source(self) -> Box<dyn Error + Send + Sync> {
        Box::new(Said(self.said))
    }

    /// The failure of a table or a queue.
    pub(crate) fn into_store_error(self, action: &'static str, what: &str) -> StoreError {
        StoreError {
            action,
            what: what.to_owned(),
            cause: self.cause,
            source: Box::new(Said(self.said)),
        }
    }
}

/// S3 and the other services have words of their own for it.
fn no_region(said: &str) -> bool {
    said.contains("egion must be set") || said.contains("Missing Region")
}

/// Whether a table refuses an item for what it holds. It says so with the code of many other
/// mistakes, which are ours.
fn refuses_content(said: &str) -> bool {
    said.starts_with("ValidationException")
        && [
            "Number overflow",
            "Number underflow",
            "significant digits",
            "Item size has exceeded",
        ]
        .iter()
        .any(|words| said.contains(words))
}

fn cause_of(code: Option<&str>, status: Option<u16>) -> StoreCause {
    match code.unwrap_or_default() {
        "AccessDenied" | "AccessDeniedException" | "AllAccessDisabled" | "AccountProblem" => {
            StoreCause::AccessDenied
        }
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "RequestExpired" => {
            StoreCause::ExpiredCredentials
        }
        "InvalidAccessKeyId"
        | "InvalidToken"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "UnrecognizedClientException"
        | "MissingAuthenticationTokenException"
        | "InvalidClientTokenId" => StoreCause::NoCredentials,
        "PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed" => {
            StoreCause::WrongRegion
        }
        "NoSuchBucket" => StoreCause::NoBucket,
        "ResourceNotFoundException"
        | "QueueDoesNotExist"
        | "AWS.SimpleQueueService.NonExistentQueue" => StoreCause::NotFound,
        // Answered with 400 or 403.
        "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "ThrottlingException"
        | "RequestThrottled"
        | "KmsThrottled"
        | "KMS.ThrottlingException"
        | "TransactionConflictException" => StoreCause::Unavailable,
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
    fn an_item_refused_for_what_it_holds_is_told_from_other_mistakes() {
        for said in [
            "ValidationException: Number overflow. Attempting to store a number too large",
            "ValidationException: Item size has exceeded the maximum allowed size",
        ] {
            assert!(refuses_content(said), "{said}");
        }
        for said in [
            "ValidationException: Missing the key id in the item",
            "InternalServerError: Number overflow",
        ] {
            assert!(!refuses_content(said), "{said}");
        }
    }

    #[test]
    fn every_refusal_has_its_cause() {
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
            ("AccessDeniedException", 400, StoreCause::AccessDenied),
            ("ExpiredTokenException", 400, StoreCause::ExpiredCredentials),
            (
                "UnrecognizedClientException",
                400,
                StoreCause::NoCredentials,
            ),
            ("ResourceNotFoundException", 400, StoreCause::NotFound),
            (
                "AWS.SimpleQueueService.NonExistentQueue",
                400,
                StoreCause::NotFound,
            ),
            (
                "ProvisionedThroughputExceededException",
                400,
                StoreCause::Unavailable,
            ),
            ("RequestThrottled", 403, StoreCause::Unavailable),
            ("InternalServerError", 500, StoreCause::Unavailable),
            ("ValidationException", 400, StoreCause::Other),
        ] {
            assert_eq!(cause_of(Some(code), Some(status)), cause, "{code} {status}");
        }
    }
}
