//! The dialogue over HTTP.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::converse;

async fn say(session: &Value, text: &str) -> Value {
    let answer = converse(&json!({"session": session, "text": text})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
    answer.json()
}

#[tokio::test]
async fn the_words_that_must_stand_do() {
    let launch = say(&Value::Null, "").await;
    assert_eq!(
        launch["speech"],
        "Welcome to Movie Recommender. Give me a movie that you like and I'll recommend another one."
    );
    assert_eq!(
        (&launch["end"], &launch["movies"]),
        (&json!(false), &json!([]))
    );
    assert!(launch["recommendation"].is_null());

    let first = say(&launch["session"], "I like The Matrix").await;
    let film = &first["recommendation"]["movie"];
    let title = film["title"].as_str().unwrap();
    assert_eq!(
        first["speech"],
        format!(
            "Based on The Matrix, I recommend {title}. Would you like to hear more recommendations?"
        )
    );
    assert_eq!(first["movies"], json!([film]));
    assert!(first["recommendation"]["reason"]["sentence"].is_string());
    assert!(first["reprompt"].is_string());

    let second = say(&first["session"], "yes").await;
    let title = second["recommendation"]["movie"]["title"].as_str().unwrap();
    assert_eq!(
        second["speech"],
        format!("Another recommendation is {title}. Would you like to hear more?")
    );
    assert_ne!(second["recommendation"]["movie"]["id"], film["id"]);

    let end = say(&second["session"], "no").await;
    assert_eq!(end["end"], true);
    assert!(end["session"].is_null() && end["reprompt"].is_null());
    assert!(!end["speech"].as_str().unwrap().ends_with('?'));
}

#[tokio::test]
async fn an_open_conversation_ends_in_a_question_whatever_is_said() {
    let mut session = Value::Null;
    for text in [
        "\u{0}\u{7}",
        "Flurb",
        "",
        "comedies",
        "why",
        "the nineties",
        "🎬",
        "help",
    ] {
        let answer = say(&session, text).await;
        assert_eq!(answer["end"], false, "{text:?}");
        assert!(
            answer["reprompt"].as_str().unwrap().ends_with('?'),
            "{text:?}: {answer}"
        );
        session = answer["session"].clone();
        assert!(session.is_string());
    }
}

#[tokio::test]
async fn a_locale_not_spoken_here_is_answered_in_english() {
    let body = json!({"text": "The Matrix", "locale": "tlh-001"});
    let answer = converse(&body).await.json();
    let speech = answer["speech"].as_str().unwrap();
    assert!(
        speech.starts_with("Based on The Matrix, I recommend "),
        "{speech}"
    );
}

#[tokio::test]
async fn a_long_conversation_keeps_a_small_session_and_repeats_no_film() {
    let mut answer = say(&Value::Null, "surprise me").await;
    let mut heard = Vec::new();
    for _ in 0..60 {
        let id = answer["recommendation"]["movie"]["id"].clone();
        assert!(id.is_string() && !heard.contains(&id), "{answer}");
        heard.push(id);
        assert!(answer["session"].as_str().unwrap().len() < 8_000);
        answer = say(&answer["session"], "another one").await;
    }
}
