//! The little HTTP/1.1 server behind the fault proxy, the object server and the Runtime API. It
//! runs on threads of its own, so that tests stay free of async, and it can refuse connections.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::{fmt, io};

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

/// Why an answer ends before its end: the connection is closed on purpose.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed on purpose")]
pub(crate) struct Hangup;

/// The body of an answer.
pub(crate) type Body = UnsyncBoxBody<Bytes, Hangup>;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// A body that is sent whole.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// What answers requests; a [`Hangup`] closes the connection without an answer.
pub(crate) trait Handler: Clone + Send + Sync + 'static {
    fn handle(
        &self,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Body>, Hangup>> + Send + 'static;
}

impl<F, A> Handler for F
where
    F: Fn(Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<Response<Body>, Hangup>> + Send + 'static,
{
    fn handle(
        &self,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Body>, Hangup>> + Send + 'static {
        self(request)
    }
}

/// A server on a port of 127.0.0.1; dropped, it closes every connection.
pub(crate) struct HttpServer {
    address: SocketAddr,
    orders: UnboundedSender<Order>,
    runtime: Option<Runtime>,
}

/// What the accepting task is told, and where it says that it is done.
struct Order {
    accept: bool,
    done: mpsc::Sender<()>,
}

impl HttpServer {
    /// Serves on `port`, or on a free one when that is 0.
    pub(crate) fn start(port: u16, threads: usize, handler: impl Handler) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .enable_all()
            .build()?;
        let (listener, address) = {
            let _entered = runtime.enter();
            let socket = bound((Ipv4Addr::LOCALHOST, port).into())?;
            let address = socket.local_addr()?;
            (socket.listen(BACKLOG)?, address)
        };
        let (orders, received) = unbounded_channel();
        runtime.spawn(serve(listener, address, received, handler));
        Ok(Self {
            address,
            orders,
            runtime: Some(runtime),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Refuses connections, and closes those there are; or accepts again. Returns when it is so.
    pub(crate) fn accept(&self, accept: bool) {
        let (done, wait) = mpsc::channel();
        // The task lives as long as the runtime, which lives as long as this.
        if self.orders.send(Order { accept, done }).is_ok() {
            let _ = wait.recv();
        }
    }
}

impl fmt::Debug for HttpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HttpServer").field(&self.address).finish()
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        // Waiting for tasks is not allowed where a test is async itself.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Connections of before may still be dying on the port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn serve(
    mut listener: TcpListener,
    address: SocketAddr,
    mut orders: UnboundedReceiver<Order>,
    handler: impl Handler,
) {
    loop {
        let Some(refused) = accept(&listener, &mut orders, &handler).await else {
            return;
        };
        drop(listener);
        // A socket that is bound and does not listen refuses, and keeps the port from others.
        let Ok(socket) = bound(address) else { return };
        let _ = refused.send(());
        let accepted = loop {
            match orders.recv().await {
                Some(order) if order.accept => break order.done,
                Some(order) => drop(order.done.send(())),
                None => return,
            }
        };
        let Ok(again) = socket.listen(BACKLOG) else {
            return;
        };
        listener = again;
        let _ = accepted.send(());
    }
}

/// Accepts connections until told to refuse them; every one is closed by then.
async fn accept(
    listener: &TcpListener,
    orders: &mut UnboundedReceiver<Order>,
    handler: &impl Handler,
) -> Option<mpsc::Sender<()>> {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                connections.spawn(connection(stream, handler.clone()));
            }
            Some(_) = connections.join_next() => {}
            order = orders.recv() => {
                let order = order?;
                if order.accept {
                    let _ = order.done.send(());
                    continue;
                }
                connections.shutdown().await;
                return Some(order.done);
            }
        }
    }
}

async fn connection(stream: TcpStream, handler: impl Handler) {
    // Small answers must not wait for the acknowledgement of earlier ones.
    let _ = stream.set_nodelay(true);
    // It ends with an error when a client goes away or a fault closes it: both are expected.
    let _ = http1::Builder::new()
        .serve_connection(
            TokioIo::new(stream),
            service_fn(|request| handler.handle(request)),
        )
        .await;
}
