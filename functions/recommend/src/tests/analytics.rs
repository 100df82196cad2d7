//! What was recommended, and what came of it.

use serde_json::{Value, json};

use super::fixture::{House, model};
use crate::Access;

const ADA: &str = "/viewers/ada/interactions";

async fn analytics(house: &House, viewer: &str) -> Value {
    let answer = house
        .call("GET", &format!("/viewers/{viewer}/analytics"))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

fn accepted(lists: [u64; 2], films: [u64; 2], shares: [Option<f64>; 2]) -> Value {
    json!({"lists": lists[0], "accepted_lists": lists[1], "list_share": shares[0],
        "films": films[0], "accepted_films": films[1], "film_share": shares[1]})
}

#[tokio::test]
async fn a_served_film_that_is_watched_is_accepted_in_front_day_and_model() {
    let house = House::new(Access::Open);
    house.serve("ada", "a", &["tmdb:603", "tmdb:604"]).await;
    house.serve("ada", "b", &["tmdb:605", "tmdb:550"]).await;
    house.serve("bo", "a", &["tmdb:603"]).await;
    // By the id of another catalogue; then twice what says the same of the same list.
    for body in [
        json!({"movie": "imdb:tt0133093", "kind": "watched", "id": "1"}),
        json!({"movie": "tmdb:603", "kind": "liked", "id": "2", "recommendation": "a"}),
        json!({"movie": "tmdb:604", "kind": "rated", "stars": 2, "id": "3"}),
        json!({"movie": "tmdb:605", "kind": "clicked", "id": "4"}),
    ] {
        assert_eq!(house.post(ADA, &body).await.status, 202, "{body}");
    }
    house.settle().await;
    let found = analytics(&house, "ada").await;
    let expected = accepted([2, 1], [4, 1], [Some(0.5), Some(0.25)]);
    let recommendations = &found["recommendations"];
    assert_eq!(recommendations["all"], expected);
    assert_eq!(recommendations["by_source"], json!({"http": expected}));
    assert_eq!(recommendations["by_day"], json!({"2026-01-31": expected}));
    let version = model().version().to_owned();
    assert_eq!(recommendations["by_model"], json!({version: expected}));
    // Both were seen: one was watched, one was rated.
    assert_eq!(found["watched"]["films"], 2);
    assert_eq!(found["watched"]["genres"][0]["films"], 2);
    assert_eq!(
        found["ratings"],
        json!([{"month": "2026-01", "ratings": 1, "mean_stars": 2.0}])
    );
    let bo = analytics(&house, "bo").await;
    let expected = accepted([1, 0], [1, 0], [Some(0.0), Some(0.0)]);
    assert_eq!(bo["recommendations"]["all"], expected);
}

#[tokio::test]
async fn what_is_recommended_to_a_viewer_is_counted_under_its_own_id() {
    let house = House::new(Access::Open);
    let target = "/viewers/ada/recommendations?limit=3";
    let list = house.call("GET", target).await.json();
    let next = list["next_page"].as_str().unwrap();
    let next = house.call("GET", &format!("{target}&page={next}")).await;
    assert_eq!(next.json()["recommendation_id"], list["recommendation_id"]);
    let film = &list["recommendations"][0]["movie"]["id"];
    let liked = json!({"movie": film, "kind": "liked",
        "recommendation": list["recommendation_id"]});
    assert_eq!(house.post(ADA, &liked).await.status, 202);
    house.settle().await;
    let found = analytics(&house, "ada").await;
    let expected = accepted([1, 1], [6, 1], [Some(1.0), Some(1.0 / 6.0)]);
    assert_eq!(found["recommendations"]["all"], expected);
    assert_eq!(
        found["recommendations"]["by_source"],
        json!({"http": expected})
    );
}

#[tokio::test]
async fn a_list_that_arrives_behind_the_watch_counts_all_the_same() {
    let house = House::new(Access::Open);
    let body = json!({"movie": "tmdb:603", "kind": "watched", "id": "1", "recommendation": "late"});
    assert_eq!(house.post(ADA, &body).await.status, 202);
    house.settle().await;
    house.serve("ada", "late", &["tmdb:603", "tmdb:604"]).await;
    let found = analytics(&house, "ada").await;
    let expected = accepted([1, 1], [2, 1], [Some(1.0), Some(0.5)]);
    assert_eq!(found["recommendations"]["all"], expected);
}

#[tokio::test]
async fn who_is_forgotten_was_served_nothing() {
    let house = House::new(Access::Open);
    house.serve("ada", "a", &["tmdb:603"]).await;
    assert_eq!(house.call("DELETE", "/viewers/ada").await.status, 204);
    let nothing = accepted([0, 0], [0, 0], [None, None]);
    house.settle().await;
    let found = analytics(&house, "ada").await;
    assert_eq!(found["recommendations"]["all"], nothing);
    assert_eq!(found["recommendations"]["by_day"], json!({}));
    house.serve("ada", "b", &["tmdb:603"]).await;
    let found = analytics(&house, "ada").await;
    assert_eq!(found["recommendations"]["all"]["lists"], 1);
}

#[tokio::test]
async fn of_whom_nothing_is_known_has_figures_of_nothing() {
    let found = analytics(&House::new(Access::Open), "nobody").await;
    assert_eq!(found["interactions"], 0);
    assert_eq!(found["watched"], json!({"films": 0, "genres": []}));
    assert_eq!(found["ratings"], json!([]));
}
