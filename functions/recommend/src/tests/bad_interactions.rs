//! Whatever is wrong with what a viewer is said to have done is said, and nothing of it is kept.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use super::bad_input::problem;
use super::fixture::{Answer, House, each};
use crate::Access;

const ADA: &str = "/viewers/ada/interactions";

async fn raw(house: &House, kind: Option<&str>, body: impl Into<Body>) -> Answer {
    let mut request = Request::post(ADA);
    if let Some(kind) = kind {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    house.send(request.body(body.into()).unwrap()).await
}

/// Asserts that an interaction is refused for this field, alone and in a batch, and gives the
/// reason.
async fn refused(body: Value, field: &str) -> String {
    let house = House::new(Access::Open);
    let alone = house.post(ADA, &body).await;
    let json = problem(&alone, 400, "invalid_interaction", Some(field));
    let batch = house.post(ADA, &json!([body])).await;
    assert_eq!(batch.status, 202);
    let result = &batch.json()["results"][0];
    assert_eq!(
        (&result["status"], &result["code"]),
        (&json!(400), &json["code"])
    );
    // What they say of the time differs: it goes on.
    assert_eq!(
        each(&result["errors"], "/field"),
        each(&json["errors"], "/field")
    );
    assert!(result["detail"].as_str().unwrap().starts_with(field));
    assert!(house.queue.bodies().is_empty());
    json["detail"].as_str().unwrap().to_owned()
}

/// An interaction with The Matrix, with these fields besides.
fn matrix(kind: &str, fields: &Value) -> Value {
    let mut body = json!({"movie": "tmdb:603", "kind": kind});
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn an_unknown_film_is_not_found() {
    let house = House::new(Access::Open);
    let body = json!({"movie": "tmdb:999999999", "kind": "liked"});
    let json = problem(&house.post(ADA, &body).await, 404, "movie_not_found", None);
    assert_eq!(json["error"], "Movie not found.");
    assert!(house.queue.bodies().is_empty());
}

#[tokio::test]
async fn a_time_in_the_future_or_long_ago_is_refused() {
    for at in ["2126-01-31T12:00:00Z", "2026-02-28T12:00:00+01:00"] {
        let detail = refused(matrix("liked", &json!({"at": at})), "at").await;
        assert!(detail.contains("lies in the future"), "{detail}");
    }
    for at in [
        "1989-12-31T23:59:59Z",
        "-000500-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
    ] {
        let detail = refused(matrix("liked", &json!({"at": at})), "at").await;
        assert!(detail.contains("lies too far back"), "{detail}");
    }
    for at in [
        json!("yesterday"),
        json!("2026-01-31"),
        json!(1_769_860_800_000_i64),
        json!([]),
    ] {
        refused(matrix("liked", &json!({"at": at})), "at").await;
    }
}

#[tokio::test]
async fn a_length_that_is_none_is_refused() {
    for (seconds, duration, field) in [
        (json!(-1), json!(8160), "seconds"),
        (json!(-1e-9), json!(8160), "seconds"),
        (json!(10), json!(-8160), "duration"),
        (json!(10), json!(0), "duration"),
        (json!("10"), json!(8160), "seconds"),
        (json!(10), json!("8160"), "duration"),
        (json!(true), json!(8160), "seconds"),
        (Value::Null, json!(8160), "seconds"),
    ] {
        let fields = json!({"seconds": seconds, "duration": duration});
        refused(matrix("watched", &fields), field).await;
    }
    // The film's own length stands in for one that is left out; this film has none.
    let undated = json!({"movie": "film:undated", "kind": "watched", "seconds": 10});
    refused(undated, "duration").await;
    // Larger than any number: no JSON.
    let house = House::new(Access::Open);
    let body = r#"{"movie": "tmdb:603", "kind": "watched", "seconds": 1e999}"#;
    let answer = raw(&house, Some("application/json"), body).await;
    problem(&answer, 400, "invalid_body", None);
}

#[tokio::test]
async fn stars_outside_their_scale_are_refused() {
    for (stars, scale) in [
        (0.4, 5),
        (0.0, 5),
        (5.1, 5),
        (-3.0, 5),
        (0.9, 10),
        (10.5, 10),
    ] {
        let fields = json!({"stars": stars, "scale": scale});
        let detail = refused(matrix("rated", &fields), "stars").await;
        assert!(
            detail.contains(&format!("on a scale of {scale}")),
            "{detail}"
        );
    }
    for stars in [json!("4"), json!([4]), Value::Null] {
        refused(matrix("rated", &json!({"stars": stars})), "stars").await;
    }
    for scale in [json!(7), json!("5"), json!(-5), json!(1e300)] {
        refused(
            matrix("rated", &json!({"stars": 4, "scale": scale})),
            "scale",
        )
        .await;
    }
}

#[tokio::test]
async fn wrong_types_and_unknown_fields_are_named() {
    for (body, field) in [
        (json!({}), "movie"),
        (json!({"movie": "tmdb:603"}), "kind"),
        (json!({"movie": 603, "kind": "liked"}), "movie"),
        (json!({"movie": "603", "kind": "liked"}), "movie"),
        (json!({"movie": "tmdb:603", "kind": "Liked"}), "kind"),
        (
            json!({"movie": "tmdb:603", "kind": {"liked": true}}),
            "kind",
        ),
        (matrix("liked", &json!({"id": 5})), "id"),
        (matrix("liked", &json!({"id": ""})), "id"),
        (matrix("liked", &json!({"id": "a b"})), "id"),
        (matrix("liked", &json!({"id": "x".repeat(129)})), "id"),
        (
            matrix("liked", &json!({"recommendation": "a/b"})),
            "recommendation",
        ),
        (matrix("liked", &json!({"viewer": "bo"})), "viewer"),
        (matrix("liked", &json!({"source": "import"})), "source"),
        (matrix("liked", &json!({"stars": 3})), "stars"),
        (
            matrix("rated", &json!({"stars": 3, "seconds": 3})),
            "seconds",
        ),
    ] {
        refused(body, field).await;
    }
    let detail = refused(
        json!({"movie": "x".repeat(50_000), "kind": "liked"}),
        "movie",
    )
    .await;
    assert!(detail.len() < 1_000, "{}", detail.len());
}

#[tokio::test]
async fn an_answer_is_not_much_larger_than_what_it_answers() {
    let house = House::new(Access::Open);
    let mut body = matrix("liked", &json!({}));
    for number in 0..5_000 {
        body[format!("f{number}")] = json!(1);
    }
    let answer = house.post(ADA, &body).await;
    let json = problem(&answer, 400, "invalid_interaction", Some("f0"));
    assert_eq!(json["errors"].as_array().unwrap().len(), 20);
    let answer = house.post(ADA, &json!([body])).await;
    assert_eq!(answer.status, 202);
    assert!(answer.body.len() < 10_000, "{}", answer.body.len());
}

#[tokio::test]
async fn a_body_that_is_no_interaction_and_no_batch_is_refused() {
    let house = House::new(Access::Open);
    let liked = matrix("liked", &json!({}));
    let many = vec![liked.clone(); 101];
    for body in [
        json!([]),
        json!(many),
        json!("liked"),
        json!(5),
        Value::Null,
        json!(true),
    ] {
        let json = problem(&house.post(ADA, &body).await, 400, "invalid_body", None);
        let detail = json["detail"].as_str().unwrap();
        assert!(detail.contains("1 to 100"), "{detail}");
    }
    let deep = "[".repeat(5_000) + &"]".repeat(5_000);
    for broken in ["", "{", "[{}", "{\"movie\":\"\u{1}\"}", "{} {}", &deep] {
        let answer = raw(&house, Some("application/json"), broken.to_owned()).await;
        problem(&answer, 400, "invalid_body", None);
    }
    let answer = raw(
        &house,
        Some("application/json"),
        &b"{\"movie\":\"\xFF\"}"[..],
    )
    .await;
    problem(&answer, 400, "invalid_body", None);
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
    ] {
        let answer = raw(&house, kind, liked.to_string()).await;
        problem(&answer, 415, "unsupported_media_type", None);
    }
    assert!(house.queue.bodies().is_empty());
}

#[tokio::test]
async fn a_megabyte_is_refused() {
    let house = House::new(Access::Open);
    let body = matrix("liked", &json!({"id": "x".repeat(1_000_000)}));
    let answer = house.post(ADA, &body).await;
    problem(&answer, 413, "body_too_large", None);
    assert!(house.queue.bodies().is_empty());
}

#[tokio::test]
async fn a_viewer_that_is_none_is_refused_on_every_call() {
    let house = House::new(Access::Open);
    let long = "x".repeat(129);
    for viewer in [
        "a%20b",
        "a%2Fb",
        "%C3%A9",
        "%00",
        "a%0A",
        "a@b.example",
        &long,
    ] {
        for (method, target) in [
            ("GET", format!("/viewers/{viewer}")),
            ("DELETE", format!("/viewers/{viewer}")),
            ("POST", format!("/viewers/{viewer}/interactions")),
        ] {
            let answer = house.call(method, &target).await;
            problem(&answer, 400, "invalid_parameter", Some("viewer"));
        }
    }
    for (method, target) in [
        ("GET", "/viewers/ada?limit=5"),
        ("DELETE", "/viewers/ada?limit=5"),
        ("POST", "/viewers/ada/interactions?limit=5"),
    ] {
        let answer = house.call(method, target).await;
        problem(&answer, 400, "invalid_parameter", Some("limit"));
    }
}
