//! Health, the page, a film's facts, and what every response carries.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use matinee::model::{Model, ModelError, ModelSource, Origin, Unavailable};
use matinee::taste::NoAudience;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::fixture::{get, model, ok, send_to};
use crate::Access;
use crate::handlers::service::PAGE;

#[tokio::test]
async fn every_response_names_the_model() {
    let model = model();
    for target in [
        "/",
        "/health",
        "/openapi.json",
        "/top-picks",
        "/popcorn",
        "/movies?limit=0",
    ] {
        let answer = get(target).await;
        assert_eq!(
            answer.header("x-matinee-model"),
            model.version(),
            "{target}"
        );
        assert_eq!(
            answer.header("x-content-type-options"),
            "nosniff",
            "{target}"
        );
    }
    for target in [
        "/recommend?movie_name=alien",
        "/movies/tmdb:603/similar",
        "/top-picks",
    ] {
        assert_eq!(ok(target).await["model_version"], model.version());
    }
}

#[tokio::test]
async fn health_says_what_serves() {
    let model = model();
    let expected = json!({
        "status": "ok",
        "model_version": model.version(),
        "model_source": "memory",
        "movies": model.catalogue.len(),
        "created": "2026-01-31T12:00:00Z",
        "trained_until": null,
    });
    assert_eq!(ok("/health").await, expected);
    // Balancers and caches add parameters of their own.
    assert_eq!(ok("/health?t=1").await, expected);
}

#[tokio::test]
async fn a_film_is_told_with_everything_known() {
    let film = ok("/movies/tmdb:603").await;
    assert_eq!(film["title"], "The Matrix");
    assert_eq!(film["year"], 1999);
    assert_eq!(film["runtime"], 136);
    assert_eq!(film["language"], "en");
    assert_eq!(film["url"], "https://www.themoviedb.org/movie/603");
    assert_eq!(film["poster"], "https://posters.example/603.jpg");
    for list in ["genres", "directors", "cast", "keywords", "countries"] {
        assert!(film[list][0].is_string(), "{list}");
    }
    assert!(!film["overview"].as_str().unwrap().is_empty());
    assert_eq!(film, ok("/movies/imdb:tt0133093").await);
}

#[tokio::test]
async fn what_is_not_known_is_null() {
    let film = ok("/movies/film:undated").await;
    let expected = json!({
        "id": "film:undated",
        "title": "An Undated Reel",
        "original_title": null,
        "year": null,
        "genres": ["Documentary"],
        "directors": [],
        "cast": [],
        "keywords": [],
        "countries": [],
        "language": null,
        "runtime": null,
        "overview": null,
        "votes": null,
        "vote_average": null,
        "url": null,
        "poster": null,
    });
    assert_eq!(film, expected);
}

#[tokio::test]
async fn the_page_runs_its_own_script_and_nothing_else() {
    let answer = get("/?from=somewhere").await;
    assert_eq!(answer.body, PAGE.as_bytes());
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    let policy = answer.header("content-security-policy");
    for directive in [
        "default-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "connect-src 'self'",
    ] {
        assert!(
            policy.split("; ").any(|known| known == directive),
            "{policy}"
        );
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    for element in ["script", "style"] {
        assert_eq!(PAGE.matches(&format!("<{element}")).count(), 1);
        let (_, rest) = PAGE.split_once(&format!("<{element}>")).unwrap();
        let (content, _) = rest.split_once(&format!("</{element}>")).unwrap();
        let hash = STANDARD.encode(Sha256::digest(content));
        assert!(
            policy.contains(&format!("{element}-src 'sha256-{hash}'")),
            "{policy}"
        );
    }
    // What the policy would keep a browser from doing.
    for forbidden in [
        " style=\"",
        " onclick=\"",
        " onload=\"",
        "src=\"http",
        "@import",
        "eval(",
    ] {
        assert!(!PAGE.contains(forbidden), "{forbidden}");
    }
}

/// A source that has no model, for this reason.
pub(super) struct Empty(pub(super) Unavailable);

impl ModelSource for Empty {
    async fn model(&self) -> Result<Arc<Model>, Unavailable> {
        Err(self.0.clone())
    }

    fn origin(&self) -> Origin {
        Origin::Bucket
    }

    fn current(&self) -> Option<Arc<Model>> {
        None
    }
}

#[tokio::test]
async fn without_a_model_calls_that_need_one_say_why_and_the_others_are_answered() {
    let missing = ModelError::Missing {
        key: "current.json".to_owned(),
    };
    for (cause, said) in [
        (Unavailable::Loading, "the model is still being loaded"),
        (
            Unavailable::Failed(Arc::new(missing)),
            "no model file \"current.json\"",
        ),
    ] {
        let router = crate::router(Empty(cause), Arc::new(NoAudience), Access::Open);
        for target in [
            "/health",
            "/recommend?movie_name=alien",
            "/movies?query=alien",
            "/movies/tmdb:603",
            "/movies/tmdb:603/similar",
            "/top-picks",
            "/viewers/ada",
        ] {
            let request = Request::get(target).body(Body::empty()).unwrap();
            let answer = send_to(router.clone(), request).await;
            assert_eq!(answer.status, 503, "{target}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert_eq!(answer.header("x-matinee-model"), "");
            let problem = answer.json();
            assert_eq!(problem["code"], "model_unavailable");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(said), "{detail}");
        }
        for target in ["/", "/openapi.json"] {
            let request = Request::get(target).body(Body::empty()).unwrap();
            assert_eq!(
                send_to(router.clone(), request).await.status,
                200,
                "{target}"
            );
        }
    }
}
