//! The way of one request through the proxy.

use std::future::ready;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1;
use hyper::http::HeaderValue;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::fault::Asked;
use super::refusal::refusal;
use super::{Fault, Recorded, State};
use crate::lambda::http_server::{Body, Hangup, whole};

/// How long the first half of a body has to reach the client before the connection is closed.
const LINGER: Duration = Duration::from_millis(50);

/// An answer of the server behind the proxy.
type Answer = Response<Bytes>;

pub(super) async fn handle(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Hangup> {
    let number = state.came(Recorded::of(&request));
    let target = request.headers().get("x-amz-target");
    let taken = state.rules().take(Asked {
        method: request.method().as_str(),
        path: request.uri().path(),
        target: target
            .and_then(|target| target.to_str().ok())
            .unwrap_or_default(),
    });
    let (parts, body) = request.into_parts();
    // Read in any case, so that the connection can be used again.
    let body = body.collect().await.map_err(|_| Hangup)?.to_bytes();
    let (fault, answer) = match taken {
        None => (None, forward(&state, parts, body).await.map(whole)),
        Some((rule, fault)) if fault.is_of_the_body() => {
            let answer = forward(&state, parts, body).await;
            if answer.status().is_success() && !answer.body().is_empty() {
                let answer = damaged(answer, &fault);
                (Some(fault), answer)
            } else {
                state.rules().take_back(rule);
                (None, answer.map(whole))
            }
        }
        Some((_, fault @ (Fault::HangUp | Fault::LoseAnswer))) => {
            if fault == Fault::LoseAnswer {
                forward(&state, parts, body).await;
            }
            state.settle(number, |request| request.fault = Some(fault));
            return Err(Hangup);
        }
        Some((_, Fault::Delay(delay))) => {
            let fault = Fault::Delay(delay);
            // Written down now: the client may not wait for the answer.
            state.settle(number, |request| request.fault = Some(fault.clone()));
            let answer = forward(&state, parts, body).await;
            sleep(delay).await;
            (Some(fault), answer.map(whole))
        }
        Some((_, fault)) => {
            let answer = refusal(&fault, &parts);
            (Some(fault), answer)
        }
    };
    state.settle(number, |request| {
        request.fault = fault;
        request.status = Some(answer.status().as_u16());
    });
    Ok(answer)
}

/// The answer of the server behind; a 502 that says why when there is none.
async fn forward(state: &State, mut parts: Parts, body: Bytes) -> Answer {
    without_hops(&mut parts.headers);
    // The whole body is here, and its length is written anew.
    parts.headers.remove("expect");
    let method = parts.method.clone();
    match ask(state.upstream, Request::from_parts(parts, Full::new(body))).await {
        Ok(mut answer) => {
            let has_body = !matches!(
                answer.status(),
                StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT
            );
            let length = HeaderValue::from(answer.body().len());
            without_hops(answer.headers_mut());
            if !has_body {
                answer.headers_mut().remove("content-length");
            } else if method != Method::HEAD {
                answer.headers_mut().insert("content-length", length);
            }
            answer
        }
        Err(error) => {
            let message = format!("{} behind the proxy: {error}", state.upstream);
            let mut answer = Response::new(message.into());
            *answer.status_mut() = StatusCode::BAD_GATEWAY;
            answer
        }
    }
}

async fn ask(
    upstream: SocketAddr,
    request: Request<Full<Bytes>>,
) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(upstream).await?;
    stream.set_nodelay(true)?;
    // A connection for each request: an idle one could be closed just when it is used.
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    driver.abort();
    Ok(Response::from_parts(parts, body))
}

/// Takes away what concerns one connection only.
fn without_hops(headers: &mut HeaderMap) {
    for name in [
        "connection",
        "keep-alive",
        "transfer-encoding",
        "te",
        "trailer",
        "upgrade",
    ] {
        headers.remove(name);
    }
}

/// The answer with a body to which something happens.
fn damaged(answer: Answer, fault: &Fault) -> Response<Body> {
    let (mut parts, bytes) = answer.into_parts();
    let middle = bytes.len() / 2;
    let body = match fault {
        Fault::FlipByte => {
            let mut bytes = bytes.to_vec();
            bytes[middle] ^= 1;
            without_checksums(&mut parts.headers);
            whole(bytes)
        }
        Fault::Stall(pause) => halves(&bytes, middle, *pause, true),
        _ => halves(&bytes, middle, LINGER, false),
    };
    Response::from_parts(parts, body)
}

fn without_checksums(headers: &mut HeaderMap) {
    let checksums = headers
        .keys()
        .filter(|name| name.as_str().starts_with("x-amz-checksum"));
    for name in checksums.cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
}

/// The first half, a pause, then the second half or the end of the connection.
fn halves(bytes: &Bytes, middle: usize, pause: Duration, complete: bool) -> Body {
    let second = bytes.slice(middle..);
    let first = stream::once(ready(Ok(Frame::data(bytes.slice(..middle)))));
    let rest = stream::once(async move {
        sleep(pause).await;
        if complete {
            Ok(Frame::data(second))
        } else {
            Err(Hangup)
        }
    });
    StreamBody::new(first.chain(rest)).boxed_unsync()
}
