use std::collections::BTreeSet;

use serde_json::json;

use super::support::{Talk, answer, intent, sample, speech};

const MORE: &str = "Would you like to hear more recommendations?";

/// The title in "… I recommend X. Would you like …".
fn between<'a>(speech: &'a str, before: &str, behind: &str) -> &'a str {
    speech
        .strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(behind))
        .unwrap_or_else(|| panic!("{speech:?} is not {before:?} … {behind:?}"))
}

#[test]
fn a_whole_conversation_from_launch_to_goodbye() {
    let mut talk = Talk::new(sample());
    assert_eq!(
        talk.launch(),
        "Welcome to Movie Recommender. Give me a movie that you like and I'll recommend another one."
    );
    let first = talk.film("The Matrix");
    let mut titles = vec![
        between(
            &first,
            "Based on The Matrix, I recommend ",
            &format!(". {MORE}"),
        )
        .to_owned(),
    ];
    let exhausted = loop {
        let speech = talk.say("AMAZON.YesIntent");
        if !speech.starts_with("Another recommendation is ") {
            break speech;
        }
        let behind = ". Would you like to hear more?";
        titles.push(between(&speech, "Another recommendation is ", behind).to_owned());
        assert!(titles.len() < 1_000, "it never ends");
    };
    assert_eq!(
        exhausted,
        "Those are all the recommendations I have for now. Which other movie do you like?"
    );
    assert!(titles.len() >= 20, "{titles:?}");
    let heard = talk.heard();
    assert_eq!(heard.len(), titles.len() + 1);
    let distinct: BTreeSet<&String> = heard.iter().collect();
    assert_eq!(distinct.len(), heard.len(), "no film comes twice");
    assert_eq!(heard[0], "tmdb:603");

    assert_eq!(
        talk.say("AMAZON.YesIntent"),
        "Okay. Which other movie do you like?"
    );
    assert!(
        talk.film("toy story")
            .starts_with("Based on Toy Story, I recommend ")
    );
    assert!(!talk.ended());
    assert_eq!(talk.say("AMAZON.NoIntent"), "Okay. Enjoy the movie!");
    assert!(talk.ended());
}

#[test]
fn a_recommendation_comes_with_a_card_that_gives_the_reason() {
    let mut talk = Talk::new(sample());
    let speech = talk.film("The Matrix");
    let title = between(
        &speech,
        "Based on The Matrix, I recommend ",
        &format!(". {MORE}"),
    );
    let card = talk.last["response"]["card"].clone();
    assert_eq!(
        (&card["type"], &card["title"]),
        (&json!("Simple"), &json!("Movie Recommender"))
    );
    let content = card["content"].as_str().unwrap();
    let (first, reason) = content.split_once('\n').unwrap();
    assert!(
        first.starts_with(&format!("{title} (")) && first.ends_with(')'),
        "{first}"
    );
    assert!(reason.starts_with("Like The Matrix, it is "), "{reason}");
    let why = talk.say("WhyIntent");
    assert_eq!(
        why,
        format!("I recommended {title} for this reason. {reason} {MORE}")
    );
    assert!(talk.last["response"].get("card").is_none());
}

#[test]
fn what_alexa_takes_for_a_title_may_be_a_wish() {
    let mut talk = Talk::new(sample());
    talk.launch();
    assert!(
        talk.film("comedies")
            .starts_with("Here's one: I recommend ")
    );
    assert!(
        talk.film("what should I watch")
            .starts_with("A top pick is ")
    );
    assert!(
        talk.film("something like alien")
            .starts_with("Based on Alien, I recommend ")
    );
    let speech = talk.film("intersteller");
    assert!(speech.starts_with("Based on Interstellar, "), "{speech}");
}

#[test]
fn a_wish_narrows_what_comes_next() {
    let mut talk = Talk::new(sample());
    talk.film("The Matrix");
    let decade = intent("FilterByDecadeIntent", Some(("Period", "the seventies")));
    assert!(
        talk.request(&decade)
            .starts_with("Based on The Matrix, I recommend ")
    );
    let card = talk.last["response"]["card"]["content"].as_str().unwrap();
    assert!(card.contains(" (197"), "{card}");
    let genre = intent("FilterByGenreIntent", Some(("Genre", "gardening")));
    assert!(talk.request(&genre).starts_with("I don't know that genre."));
}

#[test]
fn a_new_session_forgets_the_last_one() {
    let mut talk = Talk::new(sample());
    talk.film("The Matrix");
    let request = |new: bool| {
        json!({
            "session": {"new": new, "attributes": talk.last["sessionAttributes"]},
            "request": intent("AMAZON.YesIntent", None),
        })
    };
    let again = speech(&answer(&sample(), &request(false)));
    assert!(again.starts_with("Another recommendation is "), "{again}");
    let fresh = speech(&answer(&sample(), &request(true)));
    assert_eq!(fresh, "Okay. Which other movie do you like?");
}

#[test]
fn a_conversation_that_cannot_be_read_begins_anew() {
    for conversation in [
        json!(null),
        json!("The Matrix"),
        json!({"heard": "everything"}),
        json!({"seed": "not an id"}),
        json!({"question": {"do_you_remember": []}}),
    ] {
        let request = json!({
            "session": {"new": false, "attributes": {"conversation": conversation}},
            "request": intent("AMAZON.YesIntent", None),
        });
        assert_eq!(
            speech(&answer(&sample(), &request)),
            "Okay. Which other movie do you like?"
        );
    }
}
