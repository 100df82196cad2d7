//! The wire format of Amazon Personalize Events.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::{House, now};
use crate::Access;

fn call(events: &Value) -> Value {
    json!({"trackingId": "t", "sessionId": "s", "userId": "ada", "eventList": events})
}

fn like(event: &str, movie: &str) -> Value {
    let seconds = now().0 as f64 / 1e3;
    json!({"eventId": event, "eventType": "Like", "itemId": movie, "sentAt": seconds})
}

#[tokio::test]
async fn events_become_the_viewers_interactions_once() {
    let house = House::new(Access::Open);
    let events = call(&json!([like("1", "tmdb:603"), like("2", "imdb:tt0133093")]));
    for _ in 0..2 {
        let answer = house.post("/events", &events).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    house.settle().await;
    let rows = house.tables.rows();
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter()
            .all(|row| row.interaction.movie.as_str() == "tmdb:603")
    );
}

#[tokio::test]
async fn one_event_that_is_not_understood_refuses_all_in_amazons_words() {
    let house = House::new(Access::Open);
    let events = call(&json!([like("1", "tmdb:603"), like("2", "tmdb:0")]));
    for body in [events, json!({"trackingId": "t"}), call(&json!([]))] {
        let answer = house.post("/events", &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.header("x-amzn-errortype"), "InvalidInputException");
        assert!(answer.json()["message"].is_string());
    }
    assert!(house.queue.bodies().is_empty());
}

#[tokio::test]
async fn in_the_cloud_there_is_no_such_call() {
    let house = House::new(Access::SignedIn);
    let events = call(&json!([like("1", "tmdb:603")]));
    let answer = house.post("/events", &events).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
