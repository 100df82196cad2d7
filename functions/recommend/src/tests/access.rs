//! Who is signed in sees one viewer, whatever else a request claims.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use axum::http::request::Builder;
use lambda_http::request::from_str;
use matinee::taste::{NoAudience, ViewerId};
use serde_json::{Value, json};

use super::bad_input::problem;
use super::fixture::{Answer, House, model, send_to};
use crate::{Access, Subject};

const LIKED: &str = r#"{"movie": "tmdb:603", "kind": "liked"}"#;

/// Every call about a viewer.
fn calls(viewer: &str) -> [(Builder, &'static str); 5] {
    let target = format!("/viewers/{viewer}");
    let post = Request::post(format!("{target}/interactions"));
    [
        (post.header("content-type", "application/json"), LIKED),
        (Request::get(&target), ""),
        (Request::get(format!("{target}/recommendations")), ""),
        (Request::get(format!("{target}/analytics")), ""),
        (Request::delete(&target), ""),
    ]
}

async fn send(house: &House, request: Builder, body: &str, subject: Option<&str>) -> Answer {
    let mut request = request.body(Body::from(body.to_owned())).unwrap();
    if let Some(subject) = subject {
        request.extensions_mut().insert(Subject(subject.to_owned()));
    }
    house.send(request).await
}

#[tokio::test]
async fn nobody_signed_in_is_refused_whatever_the_headers_say() {
    let house = House::new(Access::SignedIn);
    for viewer in ["me", "ada", "a%20b"] {
        for (request, body) in calls(viewer) {
            let request = request
                .header(
                    "authorization",
                    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.",
                )
                .header(
                    "x-amzn-request-context",
                    r#"{"authorizer":{"jwt":{"claims":{"sub":"ada"}}}}"#,
                )
                .header(
                    "x-apigateway-event",
                    r#"{"requestContext":{"authorizer":{}}}"#,
                )
                .header("x-forwarded-user", "ada")
                .header("sub", "ada");
            let answer = send(&house, request, body, None).await;
            problem(&answer, 401, "unauthorized", None);
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
    assert!(house.queue.bodies().is_empty());
    // Before anything is said about what is there.
    let router = crate::router(model(), Arc::new(NoAudience), Access::SignedIn);
    let request = Request::get("/viewers/ada").body(Body::empty()).unwrap();
    problem(&send_to(router, request).await, 401, "unauthorized", None);
}

#[tokio::test]
async fn who_is_signed_in_is_me_and_sees_nobody_else() {
    let house = House::new(Access::SignedIn);
    for viewer in ["me", "ada"] {
        for (request, body) in calls(viewer) {
            let answer = send(&house, request, body, Some("ada")).await;
            assert!(answer.status.is_success(), "{viewer} {}", answer.status);
        }
    }
    for viewer in ["bo", "Ada", "ad", "ada."] {
        for (request, body) in calls(viewer) {
            let request = request.header("authorization", "Bearer of.another.one");
            let answer = send(&house, request, body, Some("ada")).await;
            problem(&answer, 403, "forbidden", None);
        }
    }
    let of: Vec<_> = house
        .queue
        .bodies()
        .iter()
        .map(|b| b.contains("\"ada\""))
        .collect();
    assert_eq!(
        of, [true; 6],
        "two interactions, two lists and two to forget, all hers"
    );
    let answer = send(&house, Request::get("/viewers/a%20b"), "", Some("ada")).await;
    problem(&answer, 400, "invalid_parameter", Some("viewer"));
}

#[tokio::test]
async fn a_subject_that_is_no_viewers_id_is_the_same_viewer_every_time() {
    let house = House::new(Access::SignedIn);
    let subject = "auth0|Zoë";
    let viewer = ViewerId::signed_in(subject);
    let [(request, body), (get, _), ..] = calls("me");
    let answer = send(&house, request, body, Some(subject)).await;
    assert_eq!(answer.status, 202);
    house.settle().await;
    let profile = send(&house, get, "", Some(subject)).await.json();
    assert_eq!(profile["viewer"], viewer.as_str());
    assert_eq!(profile["interactions"], 1);
    let [_, (own, _), ..] = calls(viewer.as_str());
    assert_eq!(send(&house, own, "", Some(subject)).await.status, 200);
    let [_, (other, _), ..] = calls("me");
    let other = send(&house, other, "", Some("auth0|Bo")).await.json();
    assert_eq!(other["interactions"], 0);
}

#[tokio::test]
async fn on_one_machine_every_viewer_is_served_and_tokens_mean_nothing() {
    let house = House::new(Access::Open);
    for viewer in ["ada", "bo", "me"] {
        for (request, body) in calls(viewer) {
            let answer = send(&house, request, body, Some("somebody")).await;
            assert!(answer.status.is_success(), "{viewer} {}", answer.status);
        }
    }
    house.settle().await;
    let viewer = send(&house, Request::get("/viewers/me"), "", Some("ada")).await;
    assert_eq!(viewer.json()["viewer"], "me");
}

#[tokio::test]
async fn calls_about_films_need_no_token() {
    let house = House::new(Access::SignedIn);
    for target in [
        "/",
        "/health",
        "/openapi.json",
        "/top-picks",
        "/recommend?movie_name=Alien",
    ] {
        assert_eq!(house.call("GET", target).await.status, 200, "{target}");
    }
}

/// An event of API Gateway for `GET /viewers/me`, with this authorizer and these headers.
fn event(authorizer: &Value) -> String {
    let mut event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/viewers/me", "rawQueryString": "",
        "headers": {"authorization": "Bearer a.b.c"}, "isBase64Encoded": false,
        "requestContext": {
            "accountId": "123456789012", "apiId": "abcdefghij", "stage": "$default",
            "requestId": "c70121bf-1c28-562a-8919-5c8c6f13cfba", "routeKey": "$default",
            "domainName": "abcdefghij.execute-api.us-east-1.amazonaws.com",
            "time": "03/May/2024:19:26:16 +0000", "timeEpoch": 1_714_764_376_000_i64,
            "http": {"method": "GET", "path": "/viewers/me", "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7", "userAgent": "curl/8.5.0"},
        },
    });
    if !authorizer.is_null() {
        event["requestContext"]["authorizer"] = authorizer.clone();
    }
    event.to_string()
}

#[tokio::test]
async fn only_the_claims_of_api_gateways_own_jwt_authorizer_sign_somebody_in() {
    let house = House::new(Access::SignedIn);
    for (authorizer, status) in [
        (
            json!({"jwt": {"claims": {"sub": "ada"}, "scopes": null}}),
            200,
        ),
        (json!({"jwt": {"claims": {"sub": ""}, "scopes": null}}), 401),
        (
            json!({"jwt": {"claims": {"username": "ada"}, "scopes": ["openid"]}}),
            401,
        ),
        (json!({"jwt": {"claims": null, "scopes": null}}), 401),
        (
            json!({"lambda": {"sub": "ada", "claims": {"sub": "ada"}}}),
            401,
        ),
        (json!({"iam": {"userId": "ada"}}), 401),
        (json!({}), 401),
        (Value::Null, 401),
    ] {
        let request = from_str(&event(&authorizer)).unwrap();
        let answer = house.send(request.map(Body::new)).await;
        assert_eq!(answer.status, status, "{authorizer}");
        if status == 200 {
            assert_eq!(answer.json()["viewer"], "ada");
        }
    }
}
