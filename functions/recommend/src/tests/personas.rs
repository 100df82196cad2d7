//! Which kind of viewer somebody is, by a model that has learned from viewers of two tastes.

use matinee::catalogue::Genre;
use serde_json::{Value, json};

use super::fixture::{House, learned, movies, of_genre};
use crate::Access;

async fn profile(house: &House, viewer: &str) -> Value {
    let answer = house.call("GET", &format!("/viewers/{viewer}")).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

/// Says that a viewer liked a film.
async fn like(house: &House, viewer: &str, movie: &str) {
    let target = format!("/viewers/{viewer}/interactions");
    let liked = json!({"movie": movie, "kind": "liked"});
    assert_eq!(house.post(&target, &liked).await.status, 202);
    house.settle().await;
}

#[tokio::test]
async fn from_five_interactions_on_a_viewer_has_a_persona_with_its_sentence_and_before_none() {
    let movies = movies();
    let house = House::serving(learned(), Access::Open);
    let mut names = Vec::new();
    for (viewer, genre, told) in [
        ("ada", Genre::ScienceFiction, "science fiction"),
        ("bo", Genre::Romance, "romances"),
    ] {
        let films = of_genre(&movies, genre);
        for (done, film) in films.iter().take(5).enumerate() {
            let profile = profile(&house, viewer).await;
            assert_eq!(profile["persona"], Value::Null, "after {done}");
            assert_eq!(profile["persona_missing"], 5 - done);
            like(&house, viewer, film).await;
        }
        let profile = profile(&house, viewer).await;
        assert_eq!(profile["persona_missing"], Value::Null);
        let persona = &profile["persona"];
        let share = persona["share"].as_f64().unwrap();
        assert!((share - 0.5).abs() < 1e-6, "{persona}");
        let sentence = persona["sentence"].as_str().unwrap();
        assert!(sentence.contains(told), "{sentence}");
        assert!(
            sentence.ends_with(" more than most viewers do."),
            "{sentence}"
        );
        let name = persona["name"].as_str().unwrap();
        assert!(name.starts_with("The "), "{name}");
        names.push(name.to_owned());
    }
    assert_ne!(names[0], names[1]);
}

#[tokio::test]
async fn a_model_that_has_not_seen_any_viewer_gives_nobody_a_persona() {
    let house = House::new(Access::Open);
    for film in of_genre(&movies(), Genre::Romance).iter().take(6) {
        like(&house, "ada", film).await;
    }
    let profile = profile(&house, "ada").await;
    assert_eq!(profile["interactions"], 6);
    assert_eq!(profile["persona"], Value::Null);
    assert_eq!(profile["persona_missing"], Value::Null);
}
