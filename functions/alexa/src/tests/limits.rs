use std::sync::LazyLock;

use matinee::catalogue::{Movie, MovieId};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::support::{Skill, Talk, forgetful, handle, model_of, speech};
use crate::response::{MAX_RESPONSE, MAX_SPEECH};

static SMALL: LazyLock<Skill> = LazyLock::new(|| skill_over(&["Salt", "Pepper"]));

fn skill_over(titles: &[&str]) -> Skill {
    let movies: Vec<Movie> = (1..)
        .zip(titles)
        .map(|(number, title)| {
            let id = MovieId::new("tmdb", number).unwrap();
            let mut movie = Movie::new(id, *title, Some(1990 + number));
            movie.overview = "A projectionist finds a reel that nobody shot.".to_owned();
            movie.keywords = vec!["projector".to_owned()];
            movie
        })
        .collect();
    forgetful(model_of(&movies))
}

#[test]
fn what_markup_uses_is_escaped_in_speech_and_plain_on_the_card() {
    let mut talk = Talk::new(skill_over(&["Salt", "Tom & <Jerry>'s \"Day\""]));
    let speech = talk.film("Salt");
    assert!(
        speech.contains("I recommend Tom & <Jerry>'s \"Day\"."),
        "{speech}"
    );
    let body = &talk.last["response"];
    let ssml = body["outputSpeech"]["ssml"].as_str().unwrap();
    assert!(
        ssml.contains("Tom &amp; &lt;Jerry&gt;'s \"Day\"."),
        "{ssml}"
    );
    let card = body["card"]["content"].as_str().unwrap();
    assert!(
        card.starts_with("Tom & <Jerry>'s \"Day\" (1992)\n"),
        "{card}"
    );
}

#[test]
fn titles_of_any_length_keep_every_answer_within_alexas_limits() {
    for unit in ["word ", "w", "& ", "\u{1f3ac}", "\"<\\"] {
        let long = unit.repeat(10_000 / unit.chars().count());
        let other = format!("{long} two");
        let third = format!("{long} three");
        let mut talk = Talk::new(skill_over(&["Salt", &long, &other, &third]));
        talk.film("Salt");
        for name in [
            "WhyIntent",
            "AMAZON.RepeatIntent",
            "SeenIntent",
            "AMAZON.RepeatIntent",
            "AMAZON.YesIntent",
            "MoreLikeThisIntent",
            "AMAZON.HelpIntent",
            "AMAZON.RepeatIntent",
            "TopPicksIntent",
        ] {
            talk.say(name);
        }
        talk.film(&long);
        talk.film(&format!("{other} hundred"));
    }
}

#[test]
fn a_mention_of_any_length_is_answered() {
    let mut talk = Talk::new(skill_over(&["Salt"]));
    for unit in ["a", "the ", "<&>", "\u{0}", "ß"] {
        talk.film(&unit.repeat(10_000));
    }
}

/// JSON with the names that requests use in all the wrong places.
fn json_of_any_shape() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "session",
        "context",
        "System",
        "application",
        "applicationId",
        "attributes",
        "conversation",
        "heard",
        "question",
        "more",
        "did_you_mean",
        "new",
        "request",
        "type",
        "LaunchRequest",
        "IntentRequest",
        "CanFulfillIntentRequest",
        "SessionEndedRequest",
        "Alexa.Presentation.APL.UserEvent",
        "arguments",
        "recommend",
        "disliked",
        "judged",
        "verdict",
        "person",
        "personId",
        "user",
        "userId",
        "requestId",
        "timestamp",
        "tmdb:1",
        "intent",
        "name",
        "RecommendMovieIntent",
        "FilterByGenreIntent",
        "FilterByDecadeIntent",
        "AMAZON.YesIntent",
        "AMAZON.RepeatIntent",
        "slots",
        "MovieName",
        "Genre",
        "Period",
        "value",
        "resolutions",
        "resolutionsPerAuthority",
        "status",
        "code",
        "ER_SUCCESS_MATCH",
        "values",
        "id",
        "error",
        "locale",
        "en-US",
        "Salt",
        "comedies",
    ])
    .prop_map(str::to_owned);
    let text = prop_oneof![4 => word, 1 => "\\PC{0,12}"].boxed();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(text.clone(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_makes_the_skill_panic(
        value in json_of_any_shape(),
        other in json_of_any_shape(),
        kind in prop::sample::select(vec!["IntentRequest", "CanFulfillIntentRequest", "Alexa.Presentation.APL.UserEvent"]),
        intent in prop::sample::select(vec!["RecommendMovieIntent", "FilterByGenreIntent", "FilterByDecadeIntent", "AMAZON.RepeatIntent", "LikeIntent", "DislikeIntent", "SeenIntent"]),
    ) {
        let slots = json!({"MovieName": value, "Genre": value, "Period": value});
        let shaped = json!({
            "session": {"new": false, "attributes": {"conversation": other}},
            "request": {
                "type": kind,
                "arguments": other,
                "intent": {"name": intent, "slots": slots},
            },
        });
        for request in [value, json!({"session": other, "request": other}), shaped] {
            let object = request.is_object();
            match handle(&SMALL, request.to_string().as_bytes()) {
                Err(_) => prop_assert!(!object),
                Ok(response) => {
                    prop_assert!(object);
                    let json = serde_json::to_value(&response).unwrap();
                    prop_assert!(json.to_string().len() <= MAX_RESPONSE);
                    if !json["response"]["outputSpeech"].is_null() {
                        prop_assert!(speech(&json).len() <= MAX_SPEECH);
                    }
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_the_skill_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = handle(&SMALL, &bytes);
    }
}
