//! Every fault is really seen by a client.

use std::process::Command;
use std::time::{Duration, Instant};

use matinee_integration::lambda::{Fault, FaultProxy, Moto, ObjectServer, venv};
use serde_json::Value;
use tempfile::TempDir;
use ureq::Agent;

use crate::{content, models};

const TITLES: &str = "/b/v1/titles.bin";

struct Setting {
    _models: TempDir,
    _server: ObjectServer,
    proxy: FaultProxy,
}

/// A proxy in front of a server that answers every request rightly.
fn setting() -> Setting {
    let models = models();
    let server = ObjectServer::start(models.path(), "b", "", 0).unwrap();
    Setting {
        proxy: FaultProxy::start(&server.endpoint()),
        _models: models,
        _server: server,
    }
}

/// What a client got: status and body, or why there is none; and how long it took.
struct Got {
    answer: Result<(u16, Vec<u8>), ureq::Error>,
    took: Duration,
}

impl Got {
    fn bytes(self) -> Vec<u8> {
        self.answer.unwrap().1
    }

    fn status(&self) -> Option<u16> {
        self.answer.as_ref().ok().map(|answer| answer.0)
    }
}

impl Setting {
    fn get_with(&self, headers: &[(&str, &str)], path: &str) -> Got {
        let agent: Agent = Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .into();
        let start = Instant::now();
        let mut request = agent.get(format!("{}{path}", self.proxy.endpoint()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.call().and_then(|mut response| {
            Ok((
                response.status().as_u16(),
                response.body_mut().read_to_vec()?,
            ))
        });
        Got {
            answer,
            took: start.elapsed(),
        }
    }

    fn get(&self, path: &str) -> Got {
        self.get_with(&[], path)
    }

    /// The status and the XML of a refusal.
    fn refused(&self, fault: Fault) -> (u16, String) {
        self.proxy.inject(fault.on("GET", "titles.bin").times(1));
        let (status, body) = self.get(TITLES).answer.unwrap();
        (status, String::from_utf8(body).unwrap())
    }
}

#[test]
fn nothing_goes_wrong_that_was_not_asked_for() {
    let setting = setting();
    assert_eq!(setting.get(TITLES).bytes(), content(1000));
    assert_eq!(setting.proxy.requests()[0].status, Some(200));
    assert_eq!(setting.proxy.faulted(), 0);
}

#[test]
fn answers_are_delayed() {
    let setting = setting();
    let delay = Duration::from_millis(300);
    setting
        .proxy
        .inject(Fault::Delay(delay).on("GET", "titles.bin").times(1));
    let late = setting.get(TITLES);
    assert!(late.took >= delay, "{:?}", late.took);
    assert_eq!(late.bytes(), content(1000));
    assert!(setting.get(TITLES).took < delay);
}

#[test]
fn bodies_stall() {
    let setting = setting();
    let pause = Duration::from_millis(300);
    setting
        .proxy
        .inject(Fault::Stall(pause).on("GET", "titles.bin").times(1));
    let late = setting.get(TITLES);
    assert!(late.took >= pause, "{:?}", late.took);
    assert_eq!(late.bytes(), content(1000));
    assert!(setting.get(TITLES).took < pause);
}

/// The first half of a stalled body is there before the pause ends.
#[test]
fn a_stalled_body_has_begun() {
    use std::io::{Read as _, Write as _};
    let setting = setting();
    setting.proxy.inject(Fault::Stall(Duration::from_hours(1)));
    let address = setting.proxy.endpoint();
    let mut stream = std::net::TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    write!(stream, "GET {TITLES} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut read = Vec::new();
    while !read.ends_with(&content(1000)[..500]) {
        let mut more = [0; 4096];
        let count = stream.read(&mut more).unwrap();
        assert!(count > 0, "closed after {read:?}");
        read.extend(&more[..count]);
    }
    stream
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    assert!(stream.read(&mut [0; 1]).is_err(), "the rest came at once");
}

#[test]
fn bodies_are_cut_short() {
    let setting = setting();
    setting
        .proxy
        .inject(Fault::CutShort.on("GET", "titles.bin").times(1));
    let got = setting.get(TITLES);
    assert!(got.answer.is_err(), "{:?}", got.answer);
    assert_eq!(setting.proxy.requests()[0].status, Some(200));
    assert_eq!(setting.get(TITLES).bytes(), content(1000));
}

#[test]
fn one_bit_is_flipped() {
    let setting = setting();
    setting
        .proxy
        .inject(Fault::FlipByte.on("GET", "titles.bin").times(1));
    let damaged = setting.get(TITLES).bytes();
    let differences: Vec<_> = content(1000)
        .into_iter()
        .zip(&damaged)
        .map(|(a, b)| a ^ b)
        .collect();
    assert_eq!((damaged.len(), differences[500]), (1000, 1));
    assert_eq!(
        differences
            .iter()
            .filter(|difference| **difference != 0)
            .count(),
        1
    );
    assert_eq!(setting.get(TITLES).bytes(), content(1000));
}

#[test]
fn a_connection_is_closed_without_an_answer() {
    let setting = setting();
    setting
        .proxy
        .inject(Fault::HangUp.on("GET", "titles.bin").times(1));
    let got = setting.get(TITLES);
    assert!(got.answer.is_err(), "{:?}", got.answer);
    let request = &setting.proxy.requests()[0];
    assert_eq!(
        (request.status, &request.fault),
        (None, &Some(Fault::HangUp))
    );
    assert_eq!(setting.get(TITLES).status(), Some(200));
}

#[test]
fn refusals_are_those_of_s3() {
    let setting = setting();
    let region = "eu-central-1";
    for (fault, status, elements) in [
        (Fault::SlowDown, 503, "<Code>SlowDown</Code>"),
        (Fault::InternalError, 500, "<Code>InternalError</Code>"),
        (
            Fault::AccessDenied,
            403,
            "<Code>AccessDenied</Code><Message>Access Denied</Message>",
        ),
        (
            Fault::ExpiredToken { status: 400 },
            400,
            "<Code>ExpiredToken</Code>",
        ),
        (Fault::ExpiredToken { status: 403 }, 403, "<Token-0>"),
        (
            Fault::PermanentRedirect { region },
            301,
            "<Endpoint>b.s3.eu-central-1.amazonaws.com</Endpoint><Bucket>b</Bucket>",
        ),
        (
            Fault::WrongRegion { expected: region },
            400,
            "expecting 'eu-central-1'</Message><Region>eu-central-1</Region>",
        ),
        (
            Fault::NoSuchBucket,
            404,
            "<Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message><BucketName>b</BucketName>",
        ),
        (Fault::NoSuchKey, 404, "<Key>v1/titles.bin</Key>"),
    ] {
        let (found, xml) = setting.refused(fault.clone());
        assert_eq!(found, status, "{fault:?}");
        assert!(
            xml.starts_with("<?xml") && xml.contains(elements),
            "{fault:?}: {xml}"
        );
        assert_eq!(setting.get(TITLES).status(), Some(200), "after {fault:?}");
    }
    assert_eq!(setting.proxy.faulted(), 9);
    assert_eq!(setting.proxy.requests().len(), 18);
}

#[test]
fn rules_hold_for_their_requests_until_they_are_cleared() {
    let setting = setting();
    setting
        .proxy
        .inject(Fault::AccessDenied.on("GET", "manifest.json"));
    setting.proxy.inject(Fault::SlowDown.on("PUT", ""));
    for _ in 0..3 {
        assert_eq!(setting.get("/b/v1/manifest.json").status(), Some(403));
        assert_eq!(setting.get(TITLES).status(), Some(200));
    }
    setting.proxy.clear();
    assert_eq!(setting.get("/b/v1/manifest.json").status(), Some(200));
}

/// A damaged body needs a body: an answer without one does not use the rule up.
#[test]
fn faults_of_the_body_wait_for_a_body() {
    let setting = setting();
    setting.proxy.inject(Fault::FlipByte.on("GET", "").times(1));
    assert_eq!(setting.get("/b/none").status(), Some(404));
    assert_eq!(
        setting.get_with(&[("if-none-match", "*")], TITLES).status(),
        Some(304)
    );
    assert_eq!(setting.proxy.faulted(), 0);
    assert_ne!(setting.get(TITLES).bytes(), content(1000));
    assert_eq!(setting.proxy.faulted(), 1);
}

#[test]
fn connections_are_refused_and_accepted_again() {
    let setting = setting();
    let endpoint = setting.proxy.endpoint();
    for _ in 0..3 {
        assert_eq!(setting.get(TITLES).status(), Some(200));
        setting.proxy.refuse_connections();
        // Telling it twice is no harm.
        setting.proxy.refuse_connections();
        let refused = setting.get(TITLES).answer.unwrap_err();
        let refused = match refused {
            ureq::Error::Io(error) => error.kind(),
            other => panic!("{other}"),
        };
        assert_eq!(refused, std::io::ErrorKind::ConnectionRefused);
        setting.proxy.accept_connections();
        setting.proxy.accept_connections();
    }
    assert_eq!(setting.get(TITLES).status(), Some(200));
    assert_eq!(setting.proxy.endpoint(), endpoint);
}

/// What is behind the proxy may be gone too.
#[test]
fn without_a_server_the_proxy_says_so() {
    let Setting {
        _server: server,
        proxy,
        _models: models,
    } = setting();
    drop((server, models));
    let agent: Agent = Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .build()
        .into();
    let mut response = agent
        .get(format!("{}{TITLES}", proxy.endpoint()))
        .call()
        .unwrap();
    assert_eq!(response.status(), 502);
    let said = response.body_mut().read_to_string().unwrap();
    assert!(said.contains("behind the proxy"), "{said}");
}

/// AWS's own client for Python understands each of them as what it is.
#[test]
fn a_client_of_aws_reads_the_refusals() {
    const CODE: &str = r#"
import json, sys, boto3
from botocore.config import Config
from botocore.exceptions import ClientError
config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
s3 = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1", config=config,
    aws_access_key_id="made-up", aws_secret_access_key="made-up", aws_session_token="made-up")
try:
    print(json.dumps(s3.get_object(Bucket="models", Key="key")["Body"].read().decode()))
except ClientError as error:
    answer = error.response
    print(json.dumps([answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]]))
"#;
    let Some(moto) = Moto::start() else { return };
    moto.create_bucket("models").put("key", "content");
    let proxy = FaultProxy::start(moto.endpoint());
    let ask = || -> Value {
        let python = venv().join("bin/python");
        let output = Command::new(python)
            .args(["-c", CODE, &proxy.endpoint()])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(ask(), "content");
    let request = &proxy.requests()[0];
    assert!(
        request.authorized && request.path == "/models/key",
        "{request:?}"
    );
    for (fault, code, status) in [
        (Fault::SlowDown, "SlowDown", 503),
        (Fault::AccessDenied, "AccessDenied", 403),
        (Fault::ExpiredToken { status: 400 }, "ExpiredToken", 400),
        (
            Fault::PermanentRedirect {
                region: "us-east-1",
            },
            "PermanentRedirect",
            301,
        ),
        (
            Fault::WrongRegion {
                expected: "us-east-1",
            },
            "AuthorizationHeaderMalformed",
            400,
        ),
        (Fault::NoSuchBucket, "NoSuchBucket", 404),
        (Fault::NoSuchKey, "NoSuchKey", 404),
    ] {
        proxy.clear();
        proxy.inject(fault);
        let error = ask();
        assert_eq!(
            (&error[0], &error[1]),
            (&Value::from(code), &Value::from(status)),
            "{error}"
        );
    }
}
