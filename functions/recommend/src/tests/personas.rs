//! Which kind of viewer somebody is, by a model that was trained on viewers.

use matinee::catalogue::{Genre, Movie};
use matinee_training::preferences::Preferences;
use matinee_training::viewers::Viewers;
use serde_json::{Value, json};

use super::fixture::{House, model, movies, trained};
use crate::Access;

/// The rows of the first films of a genre that are not of another.
fn rows(movies: &[Movie], of: Genre, not: Genre) -> Vec<u32> {
    let rows = (0..).zip(movies).filter(|(_, movie)| {
        let genres = &movie.genres;
        genres.contains(&of) && !genres.contains(&not)
    });
    rows.map(|(row, _)| row).take(30).collect()
}

/// Sixty viewers of whom half like horror and half comedies, ten films each.
fn two_camps(movies: &[Movie]) -> Viewers {
    let camps = [
        rows(movies, Genre::Horror, Genre::Comedy),
        rows(movies, Genre::Comedy, Genre::Horror),
    ];
    let viewers = (0..60).map(|viewer: usize| {
        let camp = camps[viewer % 2].iter().cycle();
        camp.skip(viewer).take(10).copied().collect()
    });
    Viewers {
        preferences: Preferences::new(movies.len(), viewers),
        ..Viewers::default()
    }
}

async fn profile(house: &House, viewer: &str) -> Value {
    let answer = house.call("GET", &format!("/viewers/{viewer}")).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

#[tokio::test]
async fn from_five_interactions_on_a_viewer_has_a_persona_with_a_sentence_and_before_none() {
    let movies = movies();
    let house = House::over(trained(&movies, Some(&two_camps(&movies))), Access::Open);
    let camps = [
        ("ada", Genre::Horror, Genre::Comedy),
        ("bo", Genre::Comedy, Genre::Horror),
    ];
    let mut names = Vec::new();
    for (viewer, of, not) in camps {
        for (done, row) in rows(&movies, of, not).into_iter().take(5).enumerate() {
            let profile = profile(&house, viewer).await;
            assert_eq!(profile["persona"], Value::Null, "{done}");
            assert_eq!(profile["persona_missing"], 5 - done);
            let id = movies[row as usize].id.as_str();
            let liked = json!({"movie": id, "kind": "liked", "at": format!("2026-01-0{}T20:00:00Z", done + 1)});
            let target = format!("/viewers/{viewer}/interactions");
            assert_eq!(house.post(&target, &liked).await.status, 202);
            house.settle().await;
        }
        let profile = profile(&house, viewer).await;
        assert_eq!(profile["persona_missing"], Value::Null);
        let persona = &profile["persona"];
        let share = persona["share"].as_f64().unwrap();
        assert!((share - 0.5).abs() < 0.02, "{persona}");
        names.push((persona["name"].clone(), persona["sentence"].clone()));
    }
    let said = |place: usize, word: &str| names[place].1.as_str().unwrap().contains(word);
    assert!(said(0, "horror movies") && said(1, "comedies"), "{names:?}");
    assert_ne!(names[0].0, names[1].0);
    for (name, sentence) in &names {
        assert!(name.as_str().unwrap().starts_with("The "), "{name}");
        let sentence = sentence.as_str().unwrap();
        assert!(
            sentence.ends_with(" more than most viewers do."),
            "{sentence}"
        );
    }
}

#[tokio::test]
async fn a_model_that_was_trained_without_viewers_gives_nobody_a_persona() {
    assert!(model().personas.is_none());
    let house = House::new(Access::Open);
    for number in 1..=6 {
        let liked = json!({"movie": "tmdb:603", "kind": "liked", "id": number.to_string()});
        assert_eq!(
            house.post("/viewers/ada/interactions", &liked).await.status,
            202
        );
    }
    house.settle().await;
    let profile = profile(&house, "ada").await;
    assert_eq!(profile["interactions"], 6);
    assert_eq!(
        (&profile["persona"], &profile["persona_missing"]),
        (&Value::Null, &Value::Null)
    );
}
