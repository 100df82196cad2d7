//! API Gateway's HTTP API as a server: what clients of the deployed API speak to.

use std::io;
use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::{Request, Response};

use super::event::HttpAnswer;
use super::http_server::{Body, Hangup, HttpServer, whole};
use super::invoke::Invoke;

/// A function behind an HTTP API, on a port of 127.0.0.1.
#[derive(Debug)]
pub struct Gateway(HttpServer);

impl Gateway {
    /// Hands every request to `function`, which answers one after the other.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn start(function: Arc<impl Invoke + Send + Sync + 'static>) -> io::Result<Self> {
        let server = HttpServer::start(0, 2, move |request| {
            let function = Arc::clone(&function);
            async move { answer(function, request).await }
        });
        server.map(Self)
    }

    /// Where it listens: `http://127.0.0.1:port`.
    pub fn base(&self) -> String {
        format!("http://{}", self.0.address())
    }
}

async fn answer(
    function: Arc<impl Invoke + Send + Sync + 'static>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Hangup> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Hangup)?.to_bytes();
    let invoked = tokio::task::spawn_blocking(move || {
        let headers: Vec<(&str, &str)> = parts
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let target = parts.uri.path_and_query();
        let target = target.map_or("/", hyper::http::uri::PathAndQuery::as_str);
        function.invoke_http(parts.method.as_str(), target, &headers, &body)
    });
    let HttpAnswer {
        status,
        headers,
        body,
    } = invoked.await.map_err(|_| Hangup)?;
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(whole(body)).map_err(|_| Hangup)
}
