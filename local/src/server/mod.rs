//! Everything in one process: the API and the page as the cloud serves them, the Alexa skill
//! beside them.

mod alexa;
mod descriptors;
mod feedback;
mod live;
mod patience;
mod problem;
mod stop;
mod unhurried;

use std::future::IntoFuture as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use matinee::taste::{Audience, ViewerKey};
use matinee_local::mqtt::Running;
use matinee_recommend::{Access, Options};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::output;
pub(crate) use feedback::{Background, ITEMS, Keeping, LOG};
pub(crate) use live::{Models, models};
pub(crate) use stop::Stop;

/// How long running requests may take once the server was asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Every route of the local server.
pub(crate) fn router(
    models: &Arc<Models>,
    audience: &Arc<dyn Audience>,
    key: &ViewerKey,
    options: Options,
) -> Router {
    let (source, viewers) = (Arc::clone(models), Arc::clone(audience));
    matinee_recommend::router_with(source, viewers, Access::Open, options)
        .merge(alexa::router(Arc::clone(models), audience, key))
        .layer(from_fn_with_state(patience::PATIENCE, patience::limit))
        .layer(from_fn(log))
}

/// Logs that a call was made, not what was asked in it nor about whom: a path may name a viewer.
async fn log(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    tracing::info!(%method, route, status = response.status().as_u16(), "answered");
    response
}

/// Serves until asked to stop, then lets running requests finish, and what they and devices handed
/// over be kept; asked again, or past [`GRACE`], it lets them go.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    broker: Option<Running>,
    background: Background,
    mut stop: Stop,
) -> std::io::Result<()> {
    let (ask, asked) = oneshot::channel::<()>();
    let (ask_broker, broker_asked) = oneshot::channel::<()>();
    let serving = axum::serve(listener, router)
        .with_graceful_shutdown(async {
            let _ = asked.await;
        })
        .into_future();
    let brokering = async {
        if let Some(broker) = broker {
            // An answer that never comes means that all of this ends.
            let _ = broker_asked.await;
            broker.stop().await;
        }
    };
    let stopping = async move {
        stop.asked().await;
        output::say("Stopping. Ctrl-C again ends at once.");
        let _ = ask.send(());
        let _ = ask_broker.send(());
        tokio::select! {
            () = stop.asked() => {}
            () = tokio::time::sleep(GRACE) => {}
        }
    };
    let ending = async {
        let (served, ()) = tokio::join!(serving, brokering);
        // Behind both, which hand over to it.
        background.finish().await;
        served
    };
    tokio::select! {
        served = ending => served,
        () = stopping => Ok(()),
    }
}
