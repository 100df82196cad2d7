//! What is remembered of what was recommended.

use std::collections::BTreeSet;

use matinee::taste::Source;
use serde_json::json;

use super::house::{House, NOW, key};
use super::support::{answer, intent, sample_model};

#[test]
fn what_is_recommended_in_a_session_is_a_list_that_is_remembered() {
    let house = House::new();
    let mut visit = house.enter("account", None);
    visit.launch();
    assert_eq!(house.served(), []);
    visit.film("The Matrix");
    visit.say("AMAZON.RepeatIntent");
    visit.say("DislikeIntent");
    visit.session = "session.2".to_owned();
    visit.say("TopPicksIntent");
    let pages = house.served();
    let mut films: Vec<(&str, &str)> = Vec::new();
    for page in &pages {
        assert_eq!(page.viewer, key().alexa("account"));
        assert_eq!((page.source, page.at), (Source::Voice, NOW));
        assert_eq!(page.model_version, sample_model().version());
        assert_eq!(page.movies.len(), 1);
        films.push((page.recommendation.as_str(), page.movies[0].as_str()));
    }
    films.dedup();
    let [(list, first), (same, second), (other, _)] = films[..] else {
        panic!("{films:?}");
    };
    assert_eq!(
        (first, list == same, list == other),
        ("tmdb:604", true, false)
    );
    assert_ne!(first, second);
}

#[test]
fn out_of_a_session_every_request_is_a_list_and_what_nothing_names_is_none() {
    let house = House::new();
    for (request, lists) in [
        (json!("a"), 1),
        (json!("b"), 2),
        (json!(""), 2),
        (json!(null), 2),
    ] {
        let mut asked = intent("TopPicksIntent", None);
        asked["requestId"] = request;
        let system = json!({"user": {"userId": "account"}});
        answer(
            &house.skill,
            &json!({"context": {"System": system}, "request": asked}),
        );
        let pages = house.served();
        let found: BTreeSet<&str> = pages.iter().map(|p| p.recommendation.as_str()).collect();
        assert_eq!(found.len(), lists);
    }
}
