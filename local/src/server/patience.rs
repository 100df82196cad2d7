//! How long a request's body is waited for.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{StreamExt as _, stream};
use tokio::sync::oneshot;

use super::problem::problem;

/// How long a request's body may take to arrive, counted from when its head was read.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Answers 408 to a request whose body has not arrived in time. A body that nobody reads to its end
/// is not waited for, and once it is there the answer may take as long as it takes.
pub(super) async fn limit(
    State(patience): State<Duration>,
    request: Request,
    next: Next,
) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (request, arrived) = watched(request);
    let mut answer = std::pin::pin!(next.run(request));
    tokio::select! {
        response = &mut answer => return response,
        _ = arrived => {}
        () = tokio::time::sleep(patience) => return too_slow(patience),
    }
    answer.await
}

/// The request, and what ends when its body has been read or dropped.
fn watched(request: Request) -> (Request, oneshot::Receiver<Infallible>) {
    let (arriving, arrived) = oneshot::channel();
    let request = request.map(|body| {
        let body = (body.into_data_stream(), arriving);
        Body::from_stream(stream::unfold(body, |(mut frames, arriving)| async {
            let frame = frames.next().await?;
            Some((frame, (frames, arriving)))
        }))
    });
    (request, arrived)
}

fn too_slow(patience: Duration) -> Response {
    let detail = format!(
        "the body of the request did not arrive within {} seconds",
        patience.as_secs()
    );
    let status = StatusCode::REQUEST_TIMEOUT;
    let mut response = problem(status, "request_timeout", &detail);
    // What still comes of the body is not to be taken for the next request.
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use axum::Router;
    use axum::body::Bytes;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    const SHORT: Duration = Duration::from_millis(300);

    /// A connection to a server that answers with what it was sent, or at once, or late.
    async fn connect() -> TcpStream {
        let slow = |body: Bytes| async {
            tokio::time::sleep(SHORT * 2).await;
            body
        };
        let router = Router::new()
            .route("/echo", post(|body: Bytes| async { body }))
            .route("/slow", post(slow))
            .route("/deaf", post(|| async { "unread" }))
            .layer(from_fn_with_state(SHORT, limit));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, router).await });
        TcpStream::connect(address).await.unwrap()
    }

    async fn post_to(path: &str, length: usize, body: &str) -> TcpStream {
        let mut stream = connect().await;
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    /// What comes until the sentence `end` has come, or the server closes.
    async fn answer(stream: &mut TcpStream, end: &str) -> String {
        let mut all = Vec::new();
        while !String::from_utf8_lossy(&all).ends_with(end) {
            let mut some = [0; 1024];
            let reading = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut some));
            match reading.await.unwrap().unwrap() {
                0 => break,
                read => all.extend_from_slice(&some[..read]),
            }
        }
        String::from_utf8(all).unwrap()
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up_even_if_it_trickles() {
        let mut stream = post_to("/echo", 100_000, "x").await;
        let begin = Instant::now();
        let (mut reading, mut writing) = stream.split();
        let trickle = async {
            while writing.write_all(b"x").await.is_ok() {
                tokio::time::sleep(SHORT / 10).await;
            }
            std::future::pending::<()>().await;
        };
        let mut said = [0; 2048];
        let read = tokio::select! {
            read = reading.read(&mut said) => read.unwrap(),
            () = trickle => unreachable!(),
            () = tokio::time::sleep(Duration::from_secs(20)) => panic!("no answer"),
        };
        let said = std::str::from_utf8(&said[..read]).unwrap();
        assert!(begin.elapsed() >= SHORT);
        assert!(said.starts_with("HTTP/1.1 408"), "{said}");
        for part in [
            "application/problem+json",
            "connection: close",
            r#""code":"request_timeout""#,
            r#""status":408"#,
        ] {
            assert!(said.contains(part), "{part} is missing in {said}");
        }
    }

    #[tokio::test]
    async fn a_body_that_arrives_is_answered_however_long_that_takes() {
        for path in ["/echo", "/slow"] {
            let mut stream = post_to(path, 6, "abc").await;
            tokio::time::sleep(SHORT / 10).await;
            stream.write_all(b"def").await.unwrap();
            let said = answer(&mut stream, "abcdef").await;
            assert!(said.starts_with("HTTP/1.1 200"), "{said}");
        }
    }

    #[tokio::test]
    async fn a_body_that_nobody_reads_is_not_waited_for() {
        let mut stream = post_to("/deaf", 100, "x").await;
        let said = answer(&mut stream, "unread").await;
        assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    }
}
