//! The servers that answer like S3.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::{content, models};
use matinee_integration::lambda::{Bucket, FaultProxy, Moto, ObjectServer};

#[test]
fn moto_keeps_what_a_bucket_is_given() {
    let Some(moto) = Moto::start() else { return };
    let bucket = moto.create_bucket("matinee-models");
    assert_eq!(bucket.get("models/none"), None);
    let first = bucket.put("models/a.bin", b"one");
    let read = bucket.get("models/a.bin").unwrap();
    assert_eq!((read.bytes.as_slice(), &read.etag), (&b"one"[..], &first));
    assert_ne!(bucket.put("models/a.bin", b"two"), first);

    bucket.put_folder(models().path(), "models/");
    let keys = [
        "models/a.bin",
        "models/current.json",
        "models/v1/manifest.json",
    ];
    assert_eq!(bucket.list("models/")[..3], keys);
    assert_eq!(
        bucket.get("models/v1/similar.bin").unwrap().bytes,
        content(300_000)
    );

    bucket.delete("models/a.bin");
    assert_eq!(bucket.get("models/a.bin"), None);
    assert_eq!(bucket.list("models/a"), Vec::<String>::new());
}

#[test]
fn moto_keeps_old_versions_when_told_to() {
    let Some(moto) = Moto::start() else { return };
    let bucket = moto.create_bucket("versioned");
    bucket.enable_versioning();
    let put = |body: &[u8]| {
        let answer = bucket.call("PUT", "/key", &[], body).unwrap();
        answer.header("x-amz-version-id").to_owned()
    };
    let old = put(b"old");
    assert_ne!(put(b"new"), old);
    bucket.delete("key");
    assert_eq!(bucket.get("key"), None);
    let target = format!("/key?versionId={old}");
    assert_eq!(bucket.call("GET", &target, &[], b"").unwrap().body, b"old");
}

/// moto's answers pass the proxy unchanged, conditions and all.
#[test]
fn conditions_reach_moto_through_the_proxy() {
    let Some(moto) = Moto::start() else { return };
    moto.create_bucket("models");
    let proxy = FaultProxy::start(moto.endpoint());
    let bucket = Bucket::at(&proxy.endpoint(), "models");
    let call = |method: &str, header: (&str, &str), body: &str| {
        bucket
            .call(method, "/current.json", &[header], body.as_bytes())
            .unwrap()
    };
    assert_eq!(call("PUT", ("if-none-match", "*"), "one").status, 200);
    assert_eq!(call("PUT", ("if-none-match", "*"), "two").status, 412);
    let other = "\"0123456789abcdef0123456789abcdef\"";
    assert_eq!(
        call("PUT", ("if-match", other), "two").error_code(),
        "PreconditionFailed"
    );
    let etag = bucket.get("current.json").unwrap().etag;
    let same = call("GET", ("if-none-match", &etag), "");
    assert_eq!((same.status, same.header("etag")), (304, etag.as_str()));
    let part = call("GET", ("range", "bytes=1-"), "");
    assert_eq!(
        (part.status, part.header("content-range")),
        (206, "bytes 1-2/3")
    );
    assert_eq!(part.body, b"ne");
    let head = bucket.call("HEAD", "/current.json", &[], b"").unwrap();
    assert_eq!((head.status, head.header("content-length")), (200, "3"));

    let requests = proxy.requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|request| (request.method.as_str(), request.status))
        .collect();
    let status = [200, 412, 412, 200, 304, 206, 200].map(Some);
    let methods = ["PUT", "PUT", "PUT", "GET", "GET", "GET", "HEAD"];
    assert_eq!(seen, methods.into_iter().zip(status).collect::<Vec<_>>());
    assert_eq!(requests[0].if_none_match.as_deref(), Some("*"));
    assert_eq!(requests[2].if_match.as_deref(), Some(other));
    assert_eq!(requests[4].if_none_match.as_deref(), Some(etag.as_str()));
    assert_eq!(requests[5].range.as_deref(), Some("bytes=1-"));
    assert!(
        requests[0].authorized && requests[0].path == "/models/current.json",
        "{requests:?}"
    );
    assert_eq!(proxy.count("GET", "/current.json"), 3);
    proxy.forget_requests();
    assert_eq!(proxy.count("GET", ""), 0);
}

#[test]
fn the_object_server_answers_like_s3() {
    let models = models();
    let server = ObjectServer::start(models.path(), "b", "models/", 0).unwrap();
    let bucket = Bucket::at(&server.endpoint(), "b");
    let titles = "/models/v1/titles.bin";
    let get = |header: (&str, &str)| bucket.call("GET", titles, &[header], b"").unwrap();

    let whole = bucket
        .call("GET", &format!("{titles}?x-id=GetObject"), &[], b"")
        .unwrap();
    assert_eq!(
        (whole.status, whole.header("content-length")),
        (200, "1000")
    );
    assert_eq!(
        (whole.header("accept-ranges"), &whole.body),
        ("bytes", &content(1000))
    );
    let etag = whole.header("etag");
    assert!(
        etag.len() == 34 && etag.starts_with('"') && etag.ends_with('"'),
        "{etag}"
    );

    let part = get(("range", "bytes=10-19"));
    assert_eq!(
        (part.status, part.header("content-range")),
        (206, "bytes 10-19/1000")
    );
    assert_eq!(part.body, content(1000)[10..20]);
    let none = get(("range", "bytes=1000-"));
    assert_eq!(
        (none.status, none.error_code().as_str()),
        (416, "InvalidRange")
    );

    let same = get(("if-none-match", etag));
    assert_eq!((same.status, same.header("etag")), (304, etag));
    assert_eq!(get(("if-none-match", "\"other\"")).status, 200);
    assert_eq!(
        get(("if-match", "\"other\"")).error_code(),
        "PreconditionFailed"
    );

    let head = bucket
        .call("HEAD", "/models/v1/similar.bin", &[], b"")
        .unwrap();
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, "300000")
    );

    let missing = bucket.call("GET", "/models/none", &[], b"").unwrap();
    assert_eq!(
        (missing.status, missing.error_code().as_str()),
        (404, "NoSuchKey")
    );
    let other = Bucket::at(&server.endpoint(), "other")
        .call("GET", titles, &[], b"")
        .unwrap();
    assert_eq!(
        (other.status, other.error_code().as_str()),
        (404, "NoSuchBucket")
    );
    assert_eq!(
        bucket.call("PUT", "/models/new", &[], b"x").unwrap().status,
        405
    );

    let taken = server.take_served();
    let taken: Vec<_> = taken
        .iter()
        .map(|served| (served.key.as_str(), served.bytes))
        .collect();
    let key = &titles[1..];
    assert_eq!(taken, [(key, 1000), (key, 10), (key, 1000)]);
    assert_eq!(server.take_served(), []);
}

/// Reads one answer, body included, from a connection that stays open.
fn read_answer(stream: &mut BufReader<TcpStream>) -> (String, Vec<u8>) {
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let start = head.len();
        assert!(
            stream.read_line(&mut head).unwrap() > 0,
            "closed after {head:?}"
        );
        if let Some(value) = head[start..].strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (head, body)
}

#[test]
fn one_connection_serves_many_requests() {
    let models = models();
    let server = ObjectServer::start(models.path(), "b", "", 0).unwrap();
    let proxy = FaultProxy::start(&server.endpoint());
    for endpoint in [server.endpoint(), proxy.endpoint()] {
        let stream = TcpStream::connect(endpoint.trim_start_matches("http://")).unwrap();
        let mut stream = BufReader::new(stream);
        for key in ["v1/titles.bin", "none", "v1/titles.bin"] {
            let request = format!("GET /b/{key} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            stream.get_mut().write_all(request.as_bytes()).unwrap();
            let (head, body) = read_answer(&mut stream);
            assert_eq!(head.contains(" 200 "), key != "none", "{head}");
            assert!(
                key == "none" || body == content(1000),
                "{} bytes",
                body.len()
            );
        }
    }
}

#[test]
fn the_object_server_is_a_program() {
    let models = models();
    let mut child = Command::new(env!("CARGO_BIN_EXE_object_server"))
        .args([
            models.path().to_str().unwrap(),
            "--bucket",
            "b",
            "--prefix",
            "p/",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut address)
        .unwrap();
    let object = Bucket::at(address.trim(), "b").get("p/v1/titles.bin");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(object.unwrap().bytes, content(1000));

    let missing = Command::new(env!("CARGO_BIN_EXE_object_server"))
        .arg("/no/such/folder")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&missing.stderr);
    assert!(
        !missing.status.success() && said.contains("/no/such/folder"),
        "{said}"
    );
    let help = Command::new(env!("CARGO_BIN_EXE_object_server"))
        .arg("--help")
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&help.stdout).contains("--port"),
        "{help:?}"
    );
}
