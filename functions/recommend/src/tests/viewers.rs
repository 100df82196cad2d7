//! What viewers do is taken over, shows in their profile, and is forgotten when they wish.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use matinee::ports::{Delivery, Interactions as _, Queue, StoreCause, StoreError};
use matinee::recommend::Personal;
use matinee::taste::{
    Audience, Desk, Interaction, Kind, LastForgotten, Message, Millis, NoAudience, Recorded,
    Source, WATCHED_FRACTION,
};
use serde_json::{Value, json};

use super::bad_input::problem;
use super::fixture::{House, each, model, now, send_to};
use crate::Access;

const ADA: &str = "/viewers/ada/interactions";

/// The results of a call that was taken.
async fn results(house: &House, target: &str, body: &Value) -> Vec<Value> {
    let answer = house.post(target, body).await;
    assert_eq!(answer.status, 202, "{}", answer.json());
    answer.json()["results"].as_array().unwrap().clone()
}

async fn profile(house: &House, viewer: &str) -> Value {
    let answer = house.call("GET", &format!("/viewers/{viewer}")).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

/// The interactions that wait in the queue, by message.
fn queued(house: &House) -> Vec<Vec<Recorded>> {
    let bodies = house.queue.bodies();
    let messages = bodies.iter().map(|body| match Message::read(body) {
        Ok(Message::Interactions(rows)) => rows,
        other => panic!("{other:?}"),
    });
    messages.collect()
}

#[tokio::test]
async fn one_interaction_is_accepted_and_shows_in_the_profile() {
    let house = House::new(Access::Open);
    let body = json!({"movie": "imdb:tt0133093", "kind": "rated", "stars": 9, "scale": 10,
        "at": "2026-01-30T20:15:00Z", "id": "r-1", "recommendation": "list-1"});
    assert_eq!(
        results(&house, ADA, &body).await,
        [json!({"index": 0, "id": "r-1", "status": 202, "code": "accepted", "clamped": false})]
    );
    let rows = queued(&house).concat();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].interaction.source, Source::Http);
    assert_eq!(rows[0].interaction.viewer.as_str(), "ada");
    // The model's own id, under whichever the film was named.
    assert_eq!(rows[0].interaction.movie.as_str(), "tmdb:603");

    house.settle().await;
    let profile = profile(&house, "ada").await;
    assert_eq!(
        profile["recent"],
        json!([{"id": "r-1", "movie": "tmdb:603", "title": "The Matrix", "year": 1999,
            "kind": "rated", "at": "2026-01-30T20:15:00Z", "stars": 9.0, "scale": 10}])
    );
    assert_eq!(profile["first"], "2026-01-30T20:15:00Z");
    assert_eq!(profile["newest"], "2026-01-30T20:15:00Z");
}

#[tokio::test]
async fn those_at_fault_do_not_keep_the_others_of_a_batch_from_being_accepted() {
    let house = House::new(Access::Open);
    let body = json!([
        {"movie": "tmdb:603", "kind": "liked", "id": "a"},
        {"movie": "tmdb:603", "kind": "loved", "stars": 11, "id": "b"},
        {"movie": "tmdb:999999999", "kind": "liked"},
        {"movie": "tmdb:603", "kind": "watched", "seconds": 0, "id": "d"},
        "liked",
        {"movie": "tmdb:604", "kind": "watched", "seconds": 9_000_000},
        null,
    ]);
    let results = results(&house, ADA, &body).await;
    let told: Vec<_> = results
        .iter()
        .map(|result| {
            (
                result["status"].as_u64().unwrap(),
                result["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (202, "accepted"),
            (400, "invalid_interaction"),
            (404, "movie_not_found"),
            (200, "dropped"),
            (400, "invalid_interaction"),
            (202, "accepted"),
            (400, "invalid_interaction"),
        ]
    );
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["index"], index);
        assert_eq!(result["clamped"], index == 5);
        let accepted = result["status"] == 202;
        assert_eq!(result.get("detail").is_none(), accepted, "{result}");
        let invalid = result["status"] == 400;
        assert_eq!(result.get("errors").is_some(), invalid, "{result}");
    }
    assert_eq!(results[1]["id"], "b");
    assert_eq!(results[2]["id"], Value::Null);
    assert_eq!(results[3]["id"], "d");
    assert!(results[5]["id"].as_str().unwrap().starts_with("derived:"));
    assert_eq!(results[1]["errors"][0]["field"], "kind");
    let detail = results[2]["detail"].as_str().unwrap();
    assert!(detail.contains("tmdb:999999999"), "{detail}");

    let queued = queued(&house);
    assert_eq!(queued.len(), 1, "one message");
    let kept: Vec<_> = queued[0]
        .iter()
        .map(|row| (row.interaction.movie.as_str(), row.clamped))
        .collect();
    assert_eq!(kept, [("tmdb:603", false), ("tmdb:604", true)]);
}

#[tokio::test]
async fn an_id_used_twice_in_a_batch_stands_for_the_first() {
    let house = House::new(Access::Open);
    let body = json!([
        {"movie": "tmdb:603", "kind": "liked", "id": "a"},
        {"movie": "tmdb:603", "kind": "disliked", "id": "a"},
        {"movie": "tmdb:603", "kind": "liked", "id": "a"},
        {"movie": "tmdb:604", "kind": "liked"},
        {"movie": "tmdb:604", "kind": "liked"},
        {"movie": "tmdb:604", "kind": "loved", "id": "b"},
        {"movie": "tmdb:604", "kind": "liked", "id": "b"},
    ]);
    let results = results(&house, ADA, &body).await;
    let codes: Vec<_> = results
        .iter()
        .map(|r| r["code"].as_str().unwrap())
        .collect();
    let (accepted, refused) = ("accepted", "invalid_interaction");
    let expected = [
        accepted,
        "id_conflict",
        accepted,
        accepted,
        accepted,
        refused,
        accepted,
    ];
    assert_eq!(codes, expected);
    assert_eq!(results[1]["status"], 409);
    assert!(results[1]["detail"].as_str().unwrap().contains("index 0"));
    assert_eq!(results[3]["id"], results[4]["id"]);
    let kept = queued(&house).concat();
    let ids: Vec<_> = kept.iter().map(|row| row.interaction.id.as_str()).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!((ids[0], ids[2]), ("a", "b"));
    assert_eq!(kept[0].interaction.kind, Kind::Liked);
}

#[tokio::test]
async fn what_is_sent_again_is_kept_once() {
    let house = House::new(Access::Open);
    let body = json!([
        {"movie": "tmdb:603", "kind": "liked", "id": "a"},
        {"movie": "tmdb:604", "kind": "watched", "seconds": 600, "duration": 8000,
            "at": "2026-01-30T20:15:00Z"},
    ]);
    for _ in 0..3 {
        results(&house, ADA, &body).await;
        results(&house, "/viewers/bo/interactions", &body).await;
    }
    house.settle().await;
    assert_eq!(house.tables.rows().len(), 4);
    let profile = profile(&house, "ada").await;
    assert_eq!(profile["interactions"], 2);
    assert_eq!(profile["counts"]["clicked"], 1, "a little of it is a click");
}

#[tokio::test]
async fn a_hundred_are_taken_over_as_one_message() {
    let house = House::new(Access::Open);
    let one = |id: usize| json!({"movie": "tmdb:603", "kind": "clicked", "id": id.to_string()});
    let body: Vec<Value> = (0..100).map(one).collect();
    let results = results(&house, ADA, &body.into()).await;
    assert_eq!(results.len(), 100);
    assert!(results.iter().all(|result| result["code"] == "accepted"));
    let sizes: Vec<usize> = queued(&house).iter().map(Vec::len).collect();
    assert_eq!(sizes, [100]);
}

#[tokio::test]
async fn a_profile_tells_what_was_done_and_what_is_liked() {
    let house = House::new(Access::Open);
    let body = json!([
        {"movie": "tmdb:603", "kind": "liked", "at": "2026-01-01T20:00:00Z"},
        {"movie": "tmdb:604", "kind": "watched", "at": "2026-01-03T20:00:00Z"},
        {"movie": "tmdb:348", "kind": "disliked", "at": "2026-01-02T20:00:00Z"},
    ]);
    results(&house, ADA, &body).await;
    house.settle().await;
    // Of a film that an earlier model knew.
    let gone = Interaction {
        id: "gone".parse().unwrap(),
        viewer: "ada".parse().unwrap(),
        movie: "film:gone-1999".parse().unwrap(),
        kind: Kind::Liked,
        at: Millis::parse("2026-01-04T20:00:00Z").unwrap(),
        source: Source::Voice,
        recommendation: None,
    }
    .accepted(now());
    house.tables.put(&[gone]).await;

    let profile = profile(&house, "ada").await;
    assert_eq!(profile["viewer"], "ada");
    assert_eq!(profile["model_version"], model().version());
    assert_eq!(
        (&profile["interactions"], &profile["truncated"]),
        (&json!(4), &json!(false))
    );
    assert_eq!(
        profile["counts"],
        json!({"watched": 1, "clicked": 0, "liked": 2, "disliked": 1, "rated": 0, "skipped": 0})
    );
    let movies = each(&profile["recent"], "/movie");
    assert_eq!(
        movies,
        ["film:gone-1999", "tmdb:604", "tmdb:348", "tmdb:603"]
    );
    assert_eq!(profile["recent"][0]["title"], Value::Null);
    assert_eq!(profile["recent"][0]["year"], Value::Null);
    assert_eq!(profile["recent"][2]["title"], "Alien");
    assert_eq!(profile["first"], "2026-01-01T20:00:00Z");
    assert_eq!(profile["newest"], "2026-01-04T20:00:00Z");
    // 1 for The Matrix, 0.6 for its sequel; against the seventies and Ridley Scott.
    assert_eq!(each(&profile["decades"], "/value"), ["1990s", "2000s"]);
    assert_eq!(
        profile["decades"][0],
        json!({"value": "1990s", "share": 0.625, "films": 1})
    );
    assert_eq!(
        profile["directors"],
        json!([{"value": "Lana Wachowski", "share": 0.5, "films": 2},
            {"value": "Lilly Wachowski", "share": 0.5, "films": 2}])
    );
    assert_eq!(profile["genres"][0]["value"], "Action");
}

#[tokio::test]
async fn a_profile_is_made_of_the_newest_two_thousand() {
    let house = House::new(Access::Open);
    let row = |number: i64| {
        Interaction {
            id: number.to_string().parse().unwrap(),
            viewer: "ada".parse().unwrap(),
            movie: "tmdb:603".parse().unwrap(),
            kind: Kind::Skipped,
            at: Millis(1_700_000_000_000 + number),
            source: Source::Http,
            recommendation: None,
        }
        .accepted(Millis(1_700_000_000_000))
    };
    let rows: Vec<Recorded> = (0..2_005).map(row).collect();
    house.tables.put(&rows).await;
    let profile = profile(&house, "ada").await;
    assert_eq!(profile["interactions"], 2_000);
    assert_eq!(profile["truncated"], true);
    assert_eq!(profile["recent"][0]["id"], "2004");
    assert_eq!(profile["recent"].as_array().unwrap().len(), 20);
    assert_eq!(profile["first"], "2023-11-14T22:13:20.005Z");
}

#[tokio::test]
async fn of_whom_nothing_is_known_has_an_empty_profile() {
    let house = House::new(Access::Open);
    assert_eq!(
        profile(&house, "me").await,
        json!({
            "viewer": "me", "interactions": 0, "truncated": false,
            "counts": {"watched": 0, "clicked": 0, "liked": 0, "disliked": 0, "rated": 0,
                "skipped": 0},
            "genres": [], "decades": [], "directors": [],
            "persona": null, "persona_missing": null, "properties": null, "recent": [],
            "first": null, "newest": null, "model_version": model().version(),
        })
    );
}

#[tokio::test]
async fn who_is_forgotten_is_so_at_once_and_may_begin_again() {
    let house = House::new(Access::Open);
    let liked = json!({"movie": "tmdb:603", "kind": "liked", "id": "a"});
    results(&house, ADA, &liked).await;
    results(&house, "/viewers/bo/interactions", &liked).await;
    house.settle().await;
    // Accepted, and not yet kept.
    let late = json!({"movie": "tmdb:604", "kind": "liked", "id": "b"});
    results(&house, ADA, &late).await;

    let answer = house.call("DELETE", "/viewers/ada").await;
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (204, &b""[..]));
    assert_eq!(answer.header("x-matinee-model"), model().version());
    assert_eq!(profile(&house, "ada").await["interactions"], 0);
    house.settle().await;
    assert_eq!(profile(&house, "ada").await["interactions"], 0);
    let left = house.tables.rows();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].interaction.viewer.as_str(), "bo");

    let again = json!({"movie": "tmdb:604", "kind": "liked", "id": "c"});
    results(&house, ADA, &again).await;
    house.settle().await;
    assert_eq!(each(&profile(&house, "ada").await["recent"], "/id"), ["c"]);
    assert_eq!(house.call("DELETE", "/viewers/nobody").await.status, 204);
}

/// A queue that takes nothing.
struct Broken;

impl Broken {
    fn failure<T>() -> Result<T, StoreError> {
        Err(StoreError {
            action: "send to",
            what: "queue secret-name".to_owned(),
            cause: StoreCause::Unavailable,
            source: "arn:aws:sqs:secret".into(),
        })
    }
}

impl Queue for Broken {
    async fn send(&self, _: &str) -> Result<(), StoreError> {
        Self::failure()
    }
    async fn receive(&self, _: usize) -> Result<Vec<Delivery>, StoreError> {
        Self::failure()
    }
    async fn finish(&self, _: &[Delivery]) -> Result<(), StoreError> {
        Self::failure()
    }
}

#[tokio::test]
async fn what_cannot_be_taken_over_is_not_accepted_and_the_reason_stays_inside() {
    let house = House::new(Access::Open);
    let broken: Arc<dyn Audience> = Arc::new(Desk {
        interactions: Arc::clone(&house.tables),
        viewers: Arc::clone(&house.tables),
        recommendations: Arc::clone(&house.tables),
        queue: Broken,
        now,
        watched_fraction: WATCHED_FRACTION,
        personal: Personal::default(),
        forgotten: LastForgotten::default(),
    });
    let liked = json!({"movie": "tmdb:603", "kind": "liked", "at": "2026-01-30T20:15:00Z"});
    for (audience, said) in [
        (broken, "may succeed later"),
        (Arc::new(NoAudience), "keeps nothing"),
    ] {
        let router = crate::router(model(), Arc::clone(&audience), Access::Open);
        let mut requests = vec![Request::delete("/viewers/ada").body(Body::empty()).unwrap()];
        if said == "keeps nothing" {
            requests.push(Request::get("/viewers/ada").body(Body::empty()).unwrap());
        }
        for body in [liked.clone(), json!([liked, {"movie": "tmdb:603"}])] {
            let request = Request::post(ADA).header("content-type", "application/json");
            requests.push(request.body(body.to_string().into()).unwrap());
        }
        for request in requests {
            let answer = send_to(router.clone(), request).await;
            let problem = problem(&answer, 503, "feedback_unavailable", None);
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(said), "{detail}");
            assert!(!problem.to_string().contains("secret"), "{problem}");
        }
    }
    assert_eq!(profile(&house, "ada").await["interactions"], 0);
}
