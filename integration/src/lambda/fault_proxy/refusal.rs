//! What a service answers instead, in its own shape.

use hyper::Response;
use hyper::http::HeaderValue;
use hyper::http::request::Parts;
use serde_json::json;

use super::Fault;
use crate::lambda::http_server::{Body, whole};
use crate::lambda::s3_error::S3Error;

/// An error of a service that speaks JSON: status, namespace and name of its type, message.
type JsonError = (u16, &'static str, &'static str, &'static str);

/// The answer of the service that the request is for.
pub(super) fn refusal(fault: &Fault, request: &Parts) -> Response<Body> {
    let target = header(request, "x-amz-target");
    if target.starts_with("DynamoDB_") {
        as_json(of_dynamodb(fault), false)
    } else if target.starts_with("AmazonSQS.") {
        as_json(of_sqs(fault), true)
    } else if request.uri.path().starts_with("/topics/") {
        as_rest(of_iot(fault))
    } else {
        of_s3(fault, request).answer(&request.method)
    }
}

/// What comes from the front that all services have.
const COMMON: &str = "com.amazon.coral.service";

fn of_dynamodb(fault: &Fault) -> JsonError {
    const OWN: &str = "com.amazonaws.dynamodb.v20120810";
    match fault {
        Fault::SlowDown => (
            400,
            OWN,
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.",
        ),
        Fault::NoSuchBucket | Fault::NoSuchKey => (
            400,
            OWN,
            "ResourceNotFoundException",
            "Requested resource not found",
        ),
        Fault::InternalError => (500, OWN, "InternalServerError", "Internal server error"),
        other => common(other),
    }
}

fn of_sqs(fault: &Fault) -> JsonError {
    const OWN: &str = "com.amazonaws.sqs";
    match fault {
        Fault::SlowDown => (403, OWN, "RequestThrottled", "Request is throttled."),
        Fault::NoSuchBucket | Fault::NoSuchKey => (
            400,
            OWN,
            "QueueDoesNotExist",
            "The specified queue does not exist.",
        ),
        other => common(other),
    }
}

/// The broker of AWS IoT, over HTTP.
fn of_iot(fault: &Fault) -> JsonError {
    const OWN: &str = "com.amazonaws.iot.data";
    match fault {
        Fault::SlowDown => (429, OWN, "ThrottlingException", "Rate exceeded"),
        Fault::AccessDenied => (403, OWN, "ForbiddenException", "Forbidden"),
        Fault::InternalError => (500, OWN, "InternalFailureException", "Internal failure"),
        other => common(other),
    }
}

/// A header names the error.
fn as_rest((status, namespace, name, message): JsonError) -> Response<Body> {
    let mut answer = as_json((status, namespace, name, message), false);
    *answer.body_mut() = whole(json!({"message": message}).to_string());
    let kind = HeaderValue::from_static(name);
    answer.headers_mut().insert("x-amzn-errortype", kind);
    answer
}

fn common(fault: &Fault) -> JsonError {
    match fault {
        Fault::AccessDenied => (
            400,
            COMMON,
            "AccessDeniedException",
            "User is not authorized to perform this action",
        ),
        Fault::ExpiredToken { status } => (
            *status,
            COMMON,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ),
        Fault::Unavailable => (
            503,
            COMMON,
            "ServiceUnavailable",
            "The service is temporarily unavailable",
        ),
        _ => (
            500,
            COMMON,
            "InternalFailure",
            "The request processing has failed because of an unknown error",
        ),
    }
}

/// SQS names the code that its older protocol has, too.
fn as_json((status, namespace, name, message): JsonError, older_code: bool) -> Response<Body> {
    let body = json!({"__type": format!("{namespace}#{name}"), "message": message});
    let mut answer = Response::new(whole(body.to_string()));
    *answer.status_mut() =
        hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = answer.headers_mut();
    headers.insert(
        "content-type",
        HeaderValue::from_static("application/x-amz-json-1.0"),
    );
    headers.insert(
        "x-amzn-requestid",
        HeaderValue::from_static("00000000-0000-4000-8000-000000000000"),
    );
    if older_code {
        let older = match name {
            "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue",
            name => name,
        };
        let side = if status < 500 { "Sender" } else { "Receiver" };
        if let Ok(value) = HeaderValue::from_str(&format!("{older};{side}")) {
            headers.insert("x-amzn-query-error", value);
        }
    }
    answer
}

/// What S3 answers instead.
fn of_s3<'a>(fault: &'a Fault, request: &'a Parts) -> S3Error<'a> {
    let path = request.uri.path().trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    match fault {
        Fault::SlowDown => S3Error::new(503, "SlowDown", "Please reduce your request rate."),
        Fault::Unavailable => S3Error::new(
            503,
            "ServiceUnavailable",
            "Service is unable to handle request.",
        ),
        Fault::AccessDenied => S3Error::new(403, "AccessDenied", "Access Denied"),
        Fault::ExpiredToken { status } => S3Error {
            details: vec![(
                "Token-0",
                header(request, "x-amz-security-token").to_owned(),
            )],
            ..S3Error::new(*status, "ExpiredToken", "The provided token has expired.")
        },
        Fault::PermanentRedirect { region } => S3Error {
            details: vec![
                ("Endpoint", format!("{bucket}.s3.{region}.amazonaws.com")),
                ("Bucket", bucket.to_owned()),
            ],
            region: Some(region),
            ..S3Error::new(
                301,
                "PermanentRedirect",
                "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
            )
        },
        Fault::WrongRegion { expected } => S3Error {
            details: vec![("Region", (*expected).to_owned())],
            region: Some(expected),
            ..S3Error::new(
                400,
                "AuthorizationHeaderMalformed",
                wrong_region(request, expected),
            )
        },
        Fault::NoSuchBucket => S3Error::no_such_bucket(bucket),
        Fault::NoSuchKey => S3Error::no_such_key(key),
        _ => S3Error::new(
            500,
            "InternalError",
            "We encountered an internal error. Please try again.",
        ),
    }
}

fn header<'a>(request: &'a Parts, name: &str) -> &'a str {
    let value = request
        .headers
        .get(name)
        .and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

/// S3 names the region that the request was signed for.
fn wrong_region(request: &Parts, expected: &str) -> String {
    // AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/s3/aws4_request, …
    let signed = header(request, "authorization")
        .split('/')
        .nth(2)
        .unwrap_or("us-east-1");
    format!(
        "The authorization header is malformed; the region '{signed}' is wrong; expecting '{expected}'"
    )
}
