use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use super::support::{SKILL_ID, answer, folder, handle, sample, speech};
use crate::{AlexaSkill, SkillError};

/// What an event is answered with.
enum Expected {
    /// Speech that begins so, and an open session.
    Asks(&'static str),
    /// Exactly this speech, and the end of the session.
    Ends(&'static str),
    /// Nothing.
    Silence,
    /// Whether the intent can be fulfilled, and whether its only slot is understood.
    CanFulfill(&'static str),
}
use Expected::{Asks, CanFulfill, Ends, Silence};

const WELCOME: &str =
    "Welcome to Movie Recommender. Give me a movie that you like and I'll recommend another one.";
const FALLBACK: &str = "Sorry, I didn't understand that. You can name a movie that you like, or ask for top picks. Which movie do you like?";
const NOTHING_YET: &str = "I haven't recommended a movie yet. Which other movie do you like?";
const FILTERED: &str = "Here's one: I recommend ";

/// Every event file with what it is answered, by a skill that checks no id.
const EXPECTED: [(&str, Expected); 51] = [
    ("apl-user-event", Asks("Based on The Matrix, I recommend ")),
    ("can-fulfill-intent", CanFulfill("YES")),
    ("can-fulfill-unknown-intent", CanFulfill("NO")),
    ("cancel", Ends("Goodbye!")),
    ("exception-encountered", Silence),
    ("fallback", Asks(FALLBACK)),
    ("filter-by-decade", Asks(FILTERED)),
    ("filter-by-genre", Asks(FILTERED)),
    ("filter-by-unknown-genre", Asks("I don't know that genre.")),
    ("filter-classic", Asks(FILTERED)),
    ("filter-newer", Asks(FILTERED)),
    ("for-me", Asks("A top pick is ")),
    ("help", Asks("Tell me a movie that you like")),
    ("launch", Asks(WELCOME)),
    ("launch-known-person", Asks(WELCOME)),
    (
        "minimal-test-console",
        Asks("Based on The Matrix, I recommend "),
    ),
    ("more-like-this", Asks(NOTHING_YET)),
    ("navigate-home", Asks(WELCOME)),
    ("no", Ends("Goodbye!")),
    (
        "recommend-dynamic-entity",
        Asks("Based on Blade Runner 2049, I recommend "),
    ),
    (
        "recommend-empty-slot",
        Asks("I didn't catch the name of the movie. "),
    ),
    (
        "recommend-misheard",
        Asks("Based on Interstellar, I recommend "),
    ),
    (
        "recommend-spoken-lower-case",
        Asks("Based on Toy Story, I recommend "),
    ),
    (
        "recommend-the-matrix",
        Asks("Based on The Matrix, I recommend "),
    ),
    (
        "recommend-unknown-film",
        Asks("I don't know a movie called the flurb of zanzibar. "),
    ),
    (
        "persona",
        Asks("I don't know yet what kinds of viewers there are. "),
    ),
    ("repeat", Asks(WELCOME)),
    ("session-ended", Silence),
    ("session-ended-error", Silence),
    ("stop", Ends("Goodbye!")),
    ("top-picks", Asks("A top pick is ")),
    ("unknown-intent", Asks(FALLBACK)),
    ("unknown-request-type", Asks(FALLBACK)),
    ("why", Asks(NOTHING_YET)),
    ("wrong-skill-id", Asks(WELCOME)),
    (
        "like-after-recommendation",
        Asks("Glad you liked The Matrix Reloaded. Another recommendation is "),
    ),
    (
        "dislike-after-recommendation",
        Asks("Okay, The Matrix Reloaded wasn't for you. Another recommendation is "),
    ),
    (
        "dislike-named-film",
        Asks("Okay, Blade Runner wasn't for you. Another recommendation is "),
    ),
    (
        "seen-after-recommendation",
        Asks("Okay, you've seen The Matrix Reloaded. Another recommendation is "),
    ),
    (
        "seen-nothing-recommended",
        Asks("Which movie have you seen?"),
    ),
    ("launch-returning", Asks(WELCOME)),
    (
        "filter-by-genre-after-recommendation",
        Asks("Based on The Matrix, I recommend "),
    ),
    (
        "more-like-this-after-recommendation",
        Asks("Based on The Matrix Reloaded, I recommend "),
    ),
    ("no-after-recommendation", Ends("Okay. Enjoy the movie!")),
    (
        "no-to-did-you-mean",
        Asks("Okay. Did you mean The Matrix Revolutions?"),
    ),
    (
        "repeat-after-recommendation",
        Asks("Based on The Matrix, I recommend The Matrix Reloaded. "),
    ),
    (
        "why-after-recommendation",
        Asks("I recommended The Matrix Reloaded for this reason. Like The Matrix, it is "),
    ),
    (
        "yes-next-recommendation",
        Asks("Another recommendation is "),
    ),
    (
        "yes-nothing-left",
        Asks("I have no movie like that left to recommend. Which other movie do you like?"),
    ),
    (
        "yes-to-did-you-mean",
        Asks("Based on The Matrix Reloaded, I recommend "),
    ),
    (
        "yes-without-session-attributes",
        Asks("Okay. Which other movie do you like?"),
    ),
];

/// Every event file by its name without the ending.
pub(super) fn all() -> BTreeMap<String, Value> {
    fs::read_dir(folder("events/alexa"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let event = serde_json::from_slice(&fs::read(&path).unwrap());
            (
                name,
                event.unwrap_or_else(|error| panic!("{}: {error}", path.display())),
            )
        })
        .collect()
}

#[test]
fn every_event_is_answered_as_expected() {
    let events = all();
    let names: Vec<&str> = events.keys().map(String::as_str).collect();
    let mut listed = EXPECTED.map(|(name, _)| name);
    listed.sort_unstable();
    assert_eq!(names, listed, "each event file has its expectation");
    for (name, expected) in EXPECTED {
        let answer = answer(&sample(), &events[name]);
        match expected {
            Asks(words) => {
                let speech = speech(&answer);
                assert!(speech.starts_with(words), "{name}: {speech}");
                assert_eq!(answer["response"]["shouldEndSession"], false, "{name}");
            }
            Ends(words) => {
                assert_eq!(speech(&answer), words, "{name}");
                assert_eq!(answer["response"]["shouldEndSession"], true, "{name}");
            }
            Silence => assert_eq!(answer, json!({"version": "1.0", "response": {}}), "{name}"),
            CanFulfill(verdict) => {
                let intent = &answer["response"]["canFulfillIntent"];
                assert_eq!(intent["canFulfill"], verdict, "{name}");
                let slots = intent["slots"].as_object().unwrap();
                assert!(slots.values().all(|slot| slot["canUnderstand"] == verdict));
            }
        }
    }
}

#[test]
fn a_skill_that_knows_its_id_refuses_the_events_that_do_not_name_it() {
    let skill = AlexaSkill {
        skill_id: Some(SKILL_ID.to_owned()),
        ..sample()
    };
    let refused: Vec<String> = all()
        .into_iter()
        .filter(|(_, event)| {
            matches!(
                handle(&skill, event.to_string().as_bytes()),
                Err(SkillError::WrongSkill { .. })
            )
        })
        .map(|(name, _)| name)
        .collect();
    assert_eq!(refused, ["minimal-test-console", "wrong-skill-id"]);
}
