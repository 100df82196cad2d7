//! A stand-in for Amazon Personalize's runtime, which moto does not know.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use serde_json::{Value, json};

use super::http_server::{Body, Hangup, HttpServer, whole};

/// The most items of a list.
const MOST: u64 = 500;

/// Campaigns that all have the same list, behind `POST /recommendations` and `POST /personalize-ranking` in
/// the wire format of the service model. It checks that requests are signed for Personalize, not how.
#[derive(Debug)]
pub struct Campaigns {
    server: HttpServer,
    state: Arc<State>,
}

/// What is answered instead of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instead {
    /// A refusal: status, type and message.
    Refusal(u16, &'static str, &'static str),
    /// Any body, with status 200.
    Body(&'static str),
    /// Nothing before this time is over, then the list.
    Silence(Duration),
    /// Nothing: the connection is closed.
    HangUp,
}

#[derive(Debug)]
struct State {
    campaigns: Vec<String>,
    items: Vec<String>,
    instead: Mutex<Option<Instead>>,
    asked: Mutex<Vec<(String, Value)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Campaigns {
    /// Starts campaigns of these ARNs with these items, the best first.
    ///
    /// # Panics
    /// When no port is free.
    pub fn start(campaigns: &[&str], items: &[&str]) -> Self {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let state = Arc::new(State {
            campaigns: owned(campaigns),
            items: owned(items),
            instead: Mutex::default(),
            asked: Mutex::default(),
        });
        let of_requests = Arc::clone(&state);
        let handler = move |request| handle(Arc::clone(&of_requests), request);
        match HttpServer::start(0, 2, handler) {
            Ok(server) => Self { server, state },
            Err(error) => panic!("the campaigns do not start: {error}"),
        }
    }

    /// Where it listens, for `AWS_ENDPOINT_URL_PERSONALIZE_RUNTIME`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// What is answered from now on; lists where it is nothing.
    pub fn answer(&self, instead: Option<Instead>) {
        *lock(&self.state.instead) = instead;
    }

    /// The requests so far, path and body, in the order in which they came.
    pub fn asked(&self) -> Vec<(String, Value)> {
        lock(&self.state.asked).clone()
    }
}

async fn handle(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Body>, Hangup> {
    let path = request.uri().path().to_owned();
    let signed = request.headers().get("authorization");
    let signed = signed.and_then(|signed| signed.to_str().ok());
    let signed = signed.is_some_and(|signed| signed.contains("/personalize/aws4_request"));
    let body = request.into_body().collect().await.map_err(|_| Hangup)?;
    let body: Value = serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
    lock(&state.asked).push((path.clone(), body.clone()));
    let instead = lock(&state.instead).clone();
    match instead {
        Some(Instead::HangUp) => return Err(Hangup),
        Some(Instead::Refusal(status, kind, message)) => {
            return Ok(refusal(status, kind, message));
        }
        Some(Instead::Body(body)) => return Ok(answer(200, body)),
        Some(Instead::Silence(time)) => tokio::time::sleep(time).await,
        None => {}
    }
    if !signed {
        return Ok(refusal(
            403,
            "MissingAuthenticationTokenException",
            "not signed",
        ));
    }
    Ok(state.list(&path, &body))
}

impl State {
    fn list(&self, path: &str, body: &Value) -> Response<Body> {
        let campaign = body["campaignArn"].as_str().unwrap_or_default();
        if !self.campaigns.iter().any(|known| known == campaign) {
            return refusal(
                404,
                "ResourceNotFoundException",
                "there is no such campaign",
            );
        }
        let items = match path {
            "/recommendations" => self.recommended(body),
            "/personalize-ranking" => self.ranked(body),
            _ => {
                return refusal(
                    404,
                    "UnknownOperationException",
                    "there is no such operation",
                );
            }
        };
        let Some(items) = items else {
            return refusal(400, "InvalidInputException", "the request is not sound");
        };
        let list: Vec<Value> = (0u32..)
            .zip(items)
            .map(|(place, id)| json!({"itemId": id, "score": 0.5 / f64::from(place + 1)}))
            .collect();
        let name = if path == "/recommendations" {
            "itemList"
        } else {
            "personalizedRanking"
        };
        let body = json!({name: list, "recommendationId": "RID-1a-CID-2b"});
        answer(200, body.to_string())
    }

    fn recommended(&self, body: &Value) -> Option<Vec<String>> {
        let asks = body["userId"].is_string() || body["itemId"].is_string();
        let num = body["numResults"].as_u64().unwrap_or(25);
        let items = self.items.iter().filter(|id| body["itemId"] != id.as_str());
        (asks && num <= MOST).then(|| items.take(num as usize).cloned().collect())
    }

    fn ranked(&self, body: &Value) -> Option<Vec<String>> {
        let given = body["inputList"].as_array()?;
        let given: Option<Vec<&str>> = given.iter().map(Value::as_str).collect();
        let mut given = given.filter(|given| given.len() as u64 <= MOST)?;
        let place = |id: &&str| {
            let place = self.items.iter().position(|item| item == id);
            place.unwrap_or(usize::MAX)
        };
        given.sort_by_key(place);
        Some(given.into_iter().map(str::to_owned).collect())
    }
}

fn refusal(status: u16, kind: &'static str, message: &str) -> Response<Body> {
    let mut refusal = answer(status, json!({"message": message}).to_string());
    let kind = hyper::http::HeaderValue::from_static(kind);
    refusal.headers_mut().insert("x-amzn-errortype", kind);
    refusal
}

fn answer(status: u16, body: impl Into<Bytes>) -> Response<Body> {
    let mut answer = Response::new(whole(body));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let json = hyper::http::HeaderValue::from_static("application/json");
    answer.headers_mut().insert("content-type", json);
    answer
}
