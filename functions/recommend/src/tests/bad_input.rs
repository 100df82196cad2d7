//! Whatever a client gets wrong is a 4xx that says what and why.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::fixture::{Answer, converse, get, post, send, send_to};
use crate::router::MAX_BODY;

/// Asserts a problem document of this status, code and field, and gives it.
pub(super) fn problem(answer: &Answer, status: u16, code: &str, field: Option<&str>) -> Value {
    let json = answer.json();
    assert_eq!(answer.status.as_u16(), status, "{json}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(json["type"], "about:blank");
    assert_eq!(json["status"], status);
    assert_eq!(json["code"], code, "{json}");
    assert_eq!(json["field"].as_str(), field, "{json}");
    assert_eq!(json["title"], answer.status.canonical_reason().unwrap());
    if let Some(field) = field {
        assert_eq!(json["errors"][0]["field"], field);
        let reason = json["errors"][0]["detail"].as_str().unwrap();
        assert_eq!(json["detail"], format!("{field} {reason}"));
    }
    json
}

async fn refused(target: &str, field: &str) -> String {
    let answer = get(target).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{target}");
    let json = problem(&answer, 400, "invalid_parameter", Some(field));
    json["detail"].as_str().unwrap().to_owned()
}

/// Every call that gives a list with filters, up to its next parameter.
const LISTS: [&str; 4] = [
    "/recommend?movie_name=Alien&",
    "/movies?",
    "/movies/tmdb:603/similar?",
    "/top-picks?",
];

#[tokio::test]
async fn a_parameter_out_of_range_is_named_with_the_reason_on_every_call() {
    const BAD: [(&str, &str); 38] = [
        ("limit", "limit=0"),
        ("limit", "limit=-1"),
        ("limit", "limit=101"),
        ("limit", "limit=1e9"),
        ("limit", "limit=x"),
        ("limit", "limit="),
        ("limit", "limit=%2B5"),
        ("limit", "limit=5.0"),
        ("limit", "limit=99999999999999999999999"),
        ("limit", "limit=5&limit=5"),
        ("genre", "genre=Gardening"),
        ("genre", "genre="),
        ("genre", "genre=Drama&genre=null"),
        ("genres", "genres=some"),
        ("genres", "genres=all&genres=any"),
        ("year_from", "year_from=1869"),
        ("year_from", "year_from=2101"),
        ("year_from", "year_from=nineties"),
        ("year_from", "year_from=2000&year_to=1999"),
        ("year_to", "year_to=99999"),
        ("year_to", "year_to=1990&year_to=1991"),
        ("language", "language=english"),
        ("language", "language=e"),
        ("language", "language=%C3%A9n"),
        ("language", "language="),
        ("min_rating", "min_rating=-0.1"),
        ("min_rating", "min_rating=10.1"),
        ("min_rating", "min_rating=NaN"),
        ("min_rating", "min_rating=inf"),
        ("min_rating", "min_rating=good"),
        ("exclude", "exclude=603"),
        ("exclude", "exclude=tmdb:603&exclude=tmdb%2F604"),
        ("exclude", "exclude="),
        ("page", "page="),
        ("page", "page=2"),
        ("page", "page=AAAAAAAAAAA"),
        ("page", "page=AAAAAAAAAAA&page=AAAAAAAAAAA"),
        ("yaer_from", "yaer_from=1990"),
    ];
    for list in LISTS {
        for (field, query) in BAD {
            refused(&format!("{list}{query}"), field).await;
        }
    }
}

#[tokio::test]
async fn the_reason_says_what_was_expected_and_what_was_found() {
    let detail = refused("/top-picks?limit=five", "limit").await;
    assert_eq!(
        detail,
        "limit must be a whole number from 1 to 100, found \"five\""
    );
    let detail = refused("/top-picks?genre=Gardening", "genre").await;
    assert!(
        detail.contains("Gardening") && detail.contains("Film Noir"),
        "{detail}"
    );
    let detail = refused("/top-picks?lmit=5", "lmit").await;
    assert!(
        detail.contains("is unknown") && detail.contains("limit, page"),
        "{detail}"
    );
    let long = "x".repeat(5_000);
    let detail = refused(&format!("/top-picks?limit={long}"), "limit").await;
    assert!(detail.len() < 200, "{detail}");
}

#[tokio::test]
async fn everything_wrong_is_said_at_once() {
    let answer = get("/recommend?limit=0&model=ease&language=klingon&popcorn=1").await;
    let json = problem(&answer, 400, "invalid_parameter", Some("popcorn"));
    let fields = super::fixture::each(&json["errors"], "/field");
    assert_eq!(
        fields,
        ["popcorn", "movie_name", "model", "limit", "language"]
    );
}

#[tokio::test]
async fn a_film_must_be_named() {
    for blank in ["", "?movie_name=", "?movie_name=%20%09%00", "?movie_name"] {
        refused(&format!("/recommend{blank}"), "movie_name").await;
    }
    refused(
        "/recommend?movie_name=Alien&movie_name=Aliens",
        "movie_name",
    )
    .await;
    let long = "é".repeat(301);
    let target = format!("/recommend?movie_name={}", percent(&long));
    assert!(refused(&target, "movie_name").await.contains("301"));
    let target = format!("/movies?query={}", percent(&long));
    refused(&target, "query").await;
    let target = format!("/recommend?movie_name={}", percent(&"é".repeat(300)));
    problem(&get(&target).await, 404, "movie_not_found", None);
}

/// Every byte as an escape.
fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        write!(escaped, "%{byte:02X}").unwrap();
        escaped
    })
}

#[tokio::test]
async fn what_is_no_utf_8_is_refused() {
    refused("/recommend?movie_name=%FF%FE", "movie_name").await;
    refused("/movies?query=caf%E9", "query").await;
    refused("/movies?%FF=1", "query string").await;
    refused("/movies/%FF", "id").await;
    refused("/movies/%C3%28/similar", "id").await;
    refused("/viewers/%FF", "viewer").await;
}

#[tokio::test]
async fn a_model_that_is_none_is_refused() {
    for call in ["/recommend?movie_name=Alien&", "/movies/tmdb:603/similar?"] {
        for model in ["model=ease", "model=", "model=tfidf&model=tfidf"] {
            refused(&format!("{call}{model}"), "model").await;
        }
    }
    refused("/top-picks?model=tfidf", "model").await;
}

#[tokio::test]
async fn an_id_that_is_none_is_refused_and_an_unknown_one_is_not_found() {
    for id in ["603", "TMDB:603", "tmdb:", "tmdb:6%2F3", "tmdb:%20"] {
        refused(&format!("/movies/{id}"), "id").await;
        refused(&format!("/movies/{id}/similar"), "id").await;
    }
    for target in ["/movies/tmdb:999999999", "/movies/nowhere:1/similar"] {
        let json = problem(&get(target).await, 404, "movie_not_found", None);
        assert_eq!(json["error"], "Movie not found.");
    }
    refused("/movies/tmdb:603?limit=5", "limit").await;
}

#[tokio::test]
async fn an_unknown_film_offers_the_nearest_titles() {
    let json = problem(
        &get("/recommend?movie_name=Alienz").await,
        404,
        "movie_not_found",
        None,
    );
    assert_eq!(json["error"], "Movie not found.");
    let nearest = &json["did_you_mean"][0];
    assert_eq!(nearest["title"], "Alien");
    assert!(
        nearest["id"].is_string() && nearest["year"].is_u64(),
        "{nearest}"
    );
    let target = "/recommend?movie_name=Zzyzx%20Qwrtp%20Vlkj";
    let json = problem(&get(target).await, 404, "movie_not_found", None);
    assert_eq!(json["did_you_mean"], json!([]));
}

#[tokio::test]
async fn a_body_of_another_shape_is_refused_with_its_fields() {
    let long = "é".repeat(2_001);
    let bad: [(Value, Option<&str>); 12] = [
        (json!({}), Some("text")),
        (json!({"text": null}), Some("text")),
        (json!({"text": 5}), Some("text")),
        (json!({"text": ["I like Alien"]}), Some("text")),
        (json!({"text": long}), Some("text")),
        (json!({"text": "hello", "session": 5}), Some("session")),
        (json!({"text": "hello", "session": ""}), Some("session")),
        (
            json!({"text": "hello", "session": "nonsense"}),
            Some("session"),
        ),
        (
            json!({"text": "hello", "locale": "x".repeat(36)}),
            Some("locale"),
        ),
        (json!({"text": "hello", "sesion": null}), Some("sesion")),
        (json!([null, "hello", null]), None),
        (json!("hello"), None),
    ];
    for (body, field) in bad {
        problem(&converse(&body).await, 400, "invalid_body", field);
    }
    let json = "application/json";
    for broken in ["", "{", "{\"text\":\"\u{1}\"}", "{\"text\":\"a\"} b"] {
        let answer = post("/converse", json, broken).await;
        problem(&answer, 400, "invalid_body", None);
    }
    let answer = post("/converse", json, &b"{\"text\":\"\xFF\"}"[..]).await;
    problem(&answer, 400, "invalid_body", None);
    let answer = post("/converse?text=hello", json, r#"{"text":""}"#).await;
    problem(&answer, 400, "invalid_parameter", Some("text"));
}

#[tokio::test]
async fn a_body_that_is_too_large_or_no_json_is_refused() {
    let body = format!(r#"{{"text":"{}"}}"#, " ".repeat(MAX_BODY));
    let answer = post("/converse", "application/json", body).await;
    problem(&answer, 413, "body_too_large", None);

    for other in ["text/plain", "application/x-www-form-urlencoded", "json"] {
        let answer = post("/converse", other, r#"{"text":"hello"}"#).await;
        problem(&answer, 415, "unsupported_media_type", None);
    }
    let request = Request::post("/converse").body(Body::from(r#"{"text":"hello"}"#));
    let answer = send(request.unwrap()).await;
    problem(&answer, 415, "unsupported_media_type", None);

    let with_charset = "application/json; charset=utf-8";
    let answer = post("/converse", with_charset, r#"{"text":"hello"}"#).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_path_that_is_none_is_not_found() {
    for path in [
        "/popcorn",
        "/movies/",
        "/recommend/",
        "/viewers",
        "/viewers/",
        "/viewers/ada/",
        "/movies/a:1/similar/x",
        "/%FF",
        "//",
    ] {
        problem(&get(path).await, 404, "path_not_found", None);
    }
}

#[tokio::test]
async fn a_method_that_a_path_does_not_answer_is_refused_with_those_it_does() {
    let methods = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
        Method::from_bytes(b"QUERY").unwrap(),
    ];
    let paths = [
        ("/", "GET,HEAD"),
        ("/recommend", "GET,HEAD"),
        ("/movies", "GET,HEAD"),
        ("/movies/tmdb:603", "GET,HEAD"),
        ("/movies/tmdb:603/similar", "GET,HEAD"),
        ("/top-picks", "GET,HEAD"),
        ("/health", "GET,HEAD"),
        ("/openapi.json", "GET,HEAD"),
        ("/converse", "POST"),
        ("/viewers/ada", "GET,HEAD,DELETE"),
        ("/viewers/ada/interactions", "POST"),
    ];
    for (path, allowed) in paths {
        for method in &methods {
            if allowed.split(',').any(|known| known == method.as_str()) {
                continue;
            }
            let request = Request::builder().method(method).uri(path);
            let answer = send(request.body(Body::empty()).unwrap()).await;
            problem(&answer, 405, "method_not_allowed", None);
            assert_eq!(answer.header("allow"), allowed, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_panic_is_a_500_that_tells_nothing() {
    async fn panics() {
        panic!("the secret is 42");
    }
    let model = super::fixture::model();
    let panicking = axum::Router::new().route("/", axum::routing::get(panics));
    let dressed = crate::router::dress(panicking, std::sync::Arc::clone(&model));
    let answer = send_to(dressed, Request::get("/").body(Body::empty()).unwrap()).await;
    let json = problem(&answer, 500, "internal_error", None);
    assert!(!json.to_string().contains("secret"));
    assert_eq!(answer.header("x-matinee-model"), model.version());
}
