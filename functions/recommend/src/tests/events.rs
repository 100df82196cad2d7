//! Every event in `events/recommend`, as API Gateway hands it over to the deployed service.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use axum::body::Body;
use axum::http::StatusCode;
use lambda_http::request::from_str;
use serde_json::Value;

use super::fixture::{Answer, House, each};
use crate::Access;

/// Whose token the authorizer has verified in the events that carry one.
const SUBJECT: &str = "b4f8d4a8-5061-70d1-3c5e-9a1f0c2d7e63";

type Check = fn(&Answer);

fn page(answer: &Answer) {
    assert!(answer.header("content-type").starts_with("text/html"));
    assert!(answer.body.starts_with(b"<!doctype html>"));
}

fn recommends(count: usize) -> impl Fn(&Answer) {
    move |answer| {
        let json = answer.json();
        assert_eq!(json["movie"]["id"], "tmdb:603");
        let list = json["recommendations"].as_array().unwrap();
        assert_eq!(list.len(), count);
        assert!(list.iter().all(|r| r["movie"]["id"] != "tmdb:603"));
    }
}

fn lists(answer: &Answer, count: usize) {
    let json = answer.json();
    assert_eq!(json["recommendations"].as_array().unwrap().len(), count);
}

fn refuses(answer: &Answer, code: &str, field: Option<&str>) {
    let json = answer.json();
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(
        (&json["code"], json["field"].as_str()),
        (&code.into(), field)
    );
}

/// What each file is answered with.
const EXPECTED: [(&str, u16, Check); 29] = [
    ("converse", 200, |answer| {
        let speech = answer.json()["speech"].as_str().unwrap().to_owned();
        assert!(
            speech.starts_with("Based on The Matrix, I recommend "),
            "{speech}"
        );
        assert!(
            speech.ends_with(". Would you like to hear more recommendations?"),
            "{speech}"
        );
    }),
    ("converse-malformed", 400, |answer| {
        refuses(answer, "invalid_body", None);
    }),
    ("delete-viewer", 204, |answer| {
        assert_eq!(answer.body, b"");
    }),
    ("for-you", 200, |answer| {
        lists(answer, 10);
        let json = answer.json();
        assert_eq!(json["viewer"], SUBJECT);
        assert!(
            json["recommendation_id"]
                .as_str()
                .unwrap()
                .starts_with("list:")
        );
    }),
    ("get-profile", 200, |answer| {
        let json = answer.json();
        assert_eq!(json["viewer"], SUBJECT);
        assert_eq!(json["interactions"], 0);
    }),
    ("health", 200, |answer| {
        assert_eq!(answer.json()["status"], "ok");
    }),
    ("movie-detail", 200, |answer| {
        assert_eq!(answer.json()["title"], "The Matrix");
    }),
    ("movie-also-liked", 200, |answer| recommends(0)(answer)),
    ("movie-similar", 200, |answer| recommends(12)(answer)),
    ("movie-unknown-id", 404, |answer| {
        refuses(answer, "movie_not_found", None);
        assert_eq!(answer.json()["error"], "Movie not found.");
    }),
    ("movies-search", 200, |answer| {
        assert_eq!(answer.json()["movies"][0]["title"], "The Matrix");
    }),
    ("openapi", 200, |answer| {
        assert_eq!(answer.json()["openapi"], "3.1.0");
    }),
    ("page", 200, page),
    ("post-interactions", 202, |answer| {
        let json = answer.json();
        let results = json["results"].as_array().unwrap();
        let codes: Vec<_> = results
            .iter()
            .map(|r| r["code"].as_str().unwrap())
            .collect();
        assert_eq!(codes, ["accepted", "accepted", "invalid_interaction"]);
    }),
    ("recommend-empty-name", 400, |answer| {
        refuses(answer, "invalid_parameter", Some("movie_name"));
    }),
    ("recommend-filtered", 200, |answer| {
        recommends(5)(answer);
        for movie in answer.json()["recommendations"].as_array().unwrap() {
            let movie = &movie["movie"];
            let year = movie["year"].as_u64().unwrap();
            assert!((1980..=1999).contains(&year), "{movie}");
            let genres = movie["genres"].as_array().unwrap();
            assert!(genres.contains(&"Science Fiction".into()), "{movie}");
        }
    }),
    ("recommend-limit-huge", 400, |answer| {
        refuses(answer, "invalid_parameter", Some("limit"));
    }),
    ("recommend-limit-not-a-number", 400, |answer| {
        refuses(answer, "invalid_parameter", Some("limit"));
    }),
    ("recommend-limit-zero", 400, |answer| {
        refuses(answer, "invalid_parameter", Some("limit"));
    }),
    ("recommend-tfidf", 200, |answer| recommends(5)(answer)),
    ("recommend-the-matrix", 200, |answer| {
        recommends(5)(answer);
        let json = answer.json();
        let titles = each(&json["recommendations"], "/movie/title");
        assert_eq!(each(&json["recommended_movies"], ""), titles);
    }),
    ("recommend-unknown-film", 404, |answer| {
        refuses(answer, "movie_not_found", None);
        let json = answer.json();
        assert_eq!(json["error"], "Movie not found.");
        assert!(json["did_you_mean"].is_array());
    }),
    ("recommend-unknown-genre", 400, |answer| {
        refuses(answer, "invalid_parameter", Some("genre"));
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("Gardening") && detail.contains("Science Fiction"));
    }),
    ("top-picks", 200, |answer| lists(answer, 12)),
    ("trending", 200, |answer| lists(answer, 12)),
    ("unknown-path", 404, |answer| {
        refuses(answer, "path_not_found", None);
    }),
    ("viewer-of-another", 403, |answer| {
        refuses(answer, "forbidden", None);
    }),
    ("viewer-without-token", 401, |answer| {
        refuses(answer, "unauthorized", None);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }),
    ("wrong-method", 405, |answer| {
        refuses(answer, "method_not_allowed", None);
        assert_eq!(answer.header("allow"), "GET,HEAD");
    }),
];

#[tokio::test]
async fn every_event_is_answered_as_expected() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events/recommend");
    let files: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let expected: BTreeSet<String> = EXPECTED
        .iter()
        .map(|(name, ..)| (*name).to_owned())
        .collect();
    assert_eq!(
        files, expected,
        "files and expectations must name the same events"
    );

    for (name, status, check) in EXPECTED {
        let house = House::new(Access::SignedIn);
        let text = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let event: Value = serde_json::from_str(&text).unwrap();
        let request = from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(request.uri().path(), event["rawPath"], "{name}");
        let answer = house.send(request.map(Body::new)).await;
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(answer.status, status, "{name}: {:?}", answer.body);
        check(&answer);
    }
}
