//! What is kept of what people say, and what is known when they come again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use matinee::ports::{Interactions, StoreCause, StoreError};
use matinee::recommend::Personal;
use matinee::taste::{
    Audience, Kind, KindName, Millis, NoAudience, Pending, Properties, Recorded, ServedPage,
    Source, ViewerId, WATCHED_FRACTION,
};
use serde_json::{Value, json};

use super::events;
use super::house::{House, NOW, Visit, WELCOME, key, skill, told};
use super::support::{Skill, answer, intent, sample_model, speech};
use crate::AlexaSkill;
use crate::memory::Patience;

#[test]
fn what_somebody_says_is_queued_once_before_it_is_answered() {
    let house = House::new();
    let mut visit = house.enter("account", None);
    visit.film("The Matrix");
    assert!(
        visit
            .say("LikeIntent")
            .starts_with("Glad you liked The Matrix Reloaded. ")
    );
    visit.request(intent("DislikeIntent", Some(("MovieName", "Blade Runner"))));
    visit.request(intent("SeenIntent", Some(("MovieName", "alien"))));
    let rows = house.queued();
    assert_eq!(
        told(&rows),
        [
            ("tmdb:604", KindName::Liked),
            ("tmdb:78", KindName::Disliked),
            ("tmdb:348", KindName::Watched),
        ]
    );
    assert_eq!(rows[2].interaction.kind, Kind::Watched(None));
    for row in &rows {
        assert_eq!(row.interaction.viewer, key().alexa("account"));
        assert_eq!(row.interaction.source, Source::Voice);
        assert_eq!(row.interaction.at, Millis(NOW.0 - 2_000));
        assert_eq!((row.accepted, row.undated), (NOW, false));
    }
}

#[test]
fn a_request_that_alexa_sends_again_is_the_same_interaction() {
    let house = House::new();
    let mut visit = house.enter("account", None);
    visit.film("The Matrix");
    let request = json!({
        "type": "IntentRequest",
        "requestId": "amzn1.echo-api.request.1",
        "timestamp": "2024-05-04T11:59:58Z",
        "intent": {"name": "LikeIntent"},
    });
    let once = answer(&house.skill, &visit.envelope(&request));
    assert_eq!(answer(&house.skill, &visit.envelope(&request)), once);
    let rows = house.queued();
    assert_eq!(rows.len(), 2);
    assert!(rows[0].same_content(&rows[1]));
    house.settle();
    assert_eq!(house.tables.rows().len(), 1);

    let mut another = request;
    another["requestId"] = json!("amzn1.echo-api.request.2");
    answer(&house.skill, &visit.envelope(&another));
    let rows = house.queued();
    assert_ne!(rows[0].interaction.id, rows[2].interaction.id);
}

#[test]
fn a_time_that_cannot_be_is_not_believed() {
    let house = House::new();
    let mut visit = house.enter("account", None);
    visit.film("The Matrix");
    let times = [
        json!(null),
        json!("now"),
        json!("2124-05-04T11:59:58Z"),
        json!("1970-01-01T00:00:01Z"),
        json!(7),
    ];
    for (number, time) in times.iter().enumerate() {
        let id = format!("request.{number}");
        let request = json!({
            "type": "IntentRequest", "requestId": id, "timestamp": time,
            "intent": {"name": "SeenIntent"},
        });
        answer(&house.skill, &visit.envelope(&request));
    }
    let rows = house.queued();
    assert_eq!(rows.len(), times.len());
    assert!(
        rows.iter()
            .all(|row| row.undated && row.interaction.at == NOW)
    );
}

#[test]
fn the_next_session_opens_knowing_what_was_liked_and_offers_nothing_that_is_known() {
    let house = House::new();
    let mut visit = house.enter("account", None);
    assert_eq!(visit.launch(), WELCOME);
    // The answer to "Give me a movie that you like".
    let first = visit.film("The Matrix");
    assert!(
        first.starts_with("Based on The Matrix, I recommend The Matrix Reloaded. "),
        "{first}"
    );
    visit.say("DislikeIntent");
    visit.say("SeenIntent");
    let known: Vec<Recorded> = house.queued();
    assert_eq!(known.len(), 3);
    house.settle();

    let mut visit = house.enter("account", None);
    assert_eq!(
        visit.launch(),
        format!("{WELCOME} Last time you liked The Matrix. Shall I recommend something like it?")
    );
    let attributes = visit.attributes.to_string();
    for row in &known[1..] {
        let id = row.interaction.movie.as_str();
        assert!(!attributes.contains(&format!("{id}\"")), "{attributes}");
    }
    let mut speech = visit.say("AMAZON.YesIntent");
    assert!(
        speech.starts_with("Based on The Matrix, I recommend "),
        "{speech}"
    );
    while speech.contains(" recommend") && !speech.contains("all the recommendations") {
        speech = visit.say("AMAZON.YesIntent");
    }
    let heard = visit.attributes["conversation"]["heard"].to_string();
    assert!(heard.matches("tmdb:").count() >= 15, "{heard}");
    for row in &known[1..] {
        let id = row.interaction.movie.as_str();
        assert!(!heard.contains(&format!("\"{id}\"")), "{id} in {heard}");
    }
    let top = house.enter("account", None).say("TopPicksIntent");
    let strangers = house.enter("another", None).say("TopPicksIntent");
    assert!(top.starts_with("A top pick is "), "{top}");
    assert!(strangers.starts_with("A top pick is "), "{strangers}");
}

#[test]
fn several_people_on_one_device_stay_separate() {
    let house = House::new();
    for (person, film) in [
        (Some("ada"), "Alien"),
        (Some("bo"), "Toy Story"),
        (None, "Heat"),
    ] {
        let mut visit = house.enter("account", person);
        assert_eq!(visit.launch(), WELCOME);
        visit.film(film);
        house.settle();
    }
    let viewers: Vec<ViewerId> = ["ada", "bo", "account"].map(|id| key().alexa(id)).into();
    for viewer in &viewers {
        let rows = house.tables.newest(viewer, 9).now_or_never().unwrap();
        assert_eq!(rows.unwrap().len(), 1);
    }
    for (person, film) in [
        (Some("ada"), "Alien"),
        (Some("bo"), "Toy Story"),
        (None, "Heat"),
    ] {
        let speech = house.enter("account", person).launch();
        assert!(
            speech.contains(&format!("Last time you liked {film}. ")),
            "{speech}"
        );
    }
    assert_eq!(house.enter("account", Some("guest")).launch(), WELCOME);
    // The account alone may stand in the session.
    let session_only = json!({
        "session": {"new": true, "user": {"userId": "account"}},
        "request": {"type": "LaunchRequest"},
    });
    let speech = speech(&answer(&house.skill, &session_only));
    assert!(speech.contains("Last time you liked Heat. "), "{speech}");
}

#[test]
fn who_is_forgotten_is_met_as_a_stranger() {
    let house = House::new();
    let mut visit = house.enter("account", None);
    visit.launch();
    visit.film("Alien");
    house.settle();
    let viewer = key().alexa("account");
    let forgotten = matinee::ports::Viewers::forget(&*house.tables, &viewer, NOW);
    forgotten.now_or_never().unwrap().unwrap();
    assert_eq!(house.enter("account", None).launch(), WELCOME);
}

#[test]
fn nobody_and_nowhere_count_within_the_session_and_promise_nothing() {
    let house = House::new();
    let keyless = AlexaSkill::new(sample_model(), None, Arc::new(NoAudience), None);
    for (skill, user) in [
        (house.skill.clone(), json!({})),
        (house.skill.clone(), json!({"userId": ""})),
        (skill(Arc::new(NoAudience)), json!({"userId": "account"})),
        (keyless, json!({"userId": "account"})),
    ] {
        let mut attributes = Value::Null;
        let mut ask = |name: &str, slot: Option<(&str, &str)>| {
            let envelope = json!({
                "session": {"new": attributes.is_null(), "attributes": attributes, "user": user},
                "request": intent(name, slot),
            });
            let answer = answer(&skill, &envelope);
            attributes = answer["sessionAttributes"].clone();
            (
                speech(&answer),
                attributes["conversation"]["judged"].clone(),
            )
        };
        let matrix = Some(("MovieName", "The Matrix"));
        ask("RecommendMovieIntent", matrix);
        let (said, judged) = ask("DislikeIntent", None);
        assert!(
            said.starts_with("Okay, The Matrix Reloaded wasn't for you. Another recommendation "),
            "{said}"
        );
        let disliked = json!([{"movie": "tmdb:604", "verdict": "disliked"}]);
        assert_eq!(judged, disliked);
        // Also when the conversation begins again.
        ask("AMAZON.NavigateHomeIntent", None);
        let (again, _) = ask("RecommendMovieIntent", matrix);
        assert!(!again.contains("The Matrix Reloaded"), "{again}");
    }
    assert_eq!((house.queued(), house.served()), (vec![], vec![]));
}

/// The skill over an audience that fails, or that never answers.
pub(super) fn failing(hangs: bool) -> Skill {
    let mut skill = skill(Arc::new(Broken { hangs }));
    skill.memory.patience = Patience {
        recall: Duration::from_millis(30),
        keep: Duration::from_millis(40),
        remember: Duration::from_millis(20),
    };
    skill
}

struct Broken {
    hangs: bool,
}

impl Broken {
    fn outcome<'a, T: Send + 'a>(&self) -> Pending<'a, T> {
        if self.hangs {
            return Box::pin(std::future::pending());
        }
        let error = StoreError {
            action: "reach",
            what: "a table".to_owned(),
            cause: StoreCause::Unavailable,
            source: "as the test wants it".into(),
        };
        Box::pin(std::future::ready(Err(error)))
    }
}

impl Audience for Broken {
    fn now(&self) -> Millis {
        NOW
    }

    fn watched_fraction(&self) -> f64 {
        WATCHED_FRACTION
    }

    fn personal(&self) -> Personal {
        Personal::default()
    }

    fn submit<'a>(&'a self, _: &'a [Recorded]) -> Pending<'a, ()> {
        self.outcome()
    }

    fn newest<'a>(&'a self, _: &'a ViewerId, _: usize) -> Pending<'a, Vec<Recorded>> {
        self.outcome()
    }

    fn remember<'a>(&'a self, _: &'a ServedPage) -> Pending<'a, ()> {
        self.outcome()
    }

    fn served<'a>(&'a self, _: &'a ViewerId) -> Pending<'a, Vec<ServedPage>> {
        self.outcome()
    }

    fn describe<'a>(&'a self, _: &'a [(ViewerId, Properties)]) -> Pending<'a, ()> {
        self.outcome()
    }

    fn properties<'a>(&'a self, _: &'a ViewerId) -> Pending<'a, Option<Properties>> {
        self.outcome()
    }

    fn forget<'a>(&'a self, _: &'a ViewerId) -> Pending<'a, ()> {
        self.outcome()
    }
}

#[test]
fn without_its_audience_the_conversation_goes_on_in_time_and_says_what_is_lost() {
    for hangs in [false, true] {
        let mut visit = Visit::new(failing(hangs), "account", None);
        let begin = Instant::now();
        assert_eq!(visit.launch(), WELCOME);
        let speech = visit.say("TopPicksIntent");
        assert!(speech.starts_with("A top pick is "), "{speech}");
        let speech = visit.say("SeenIntent");
        assert!(
            speech.starts_with("Sorry, I couldn't note that down. Okay, you've seen "),
            "{speech}"
        );
        assert!(speech.contains(" Another recommendation is "), "{speech}");
        let repeated = visit.say("AMAZON.RepeatIntent");
        assert!(speech.ends_with(&repeated), "{repeated}");
        assert!(begin.elapsed() < Duration::from_secs(5));
    }
    let patience = Patience::default();
    assert!(
        patience.recall + patience.keep <= Duration::from_secs(3),
        "Alexa waits for 8"
    );
}

#[test]
fn only_what_is_said_about_films_is_kept_of_all_events() {
    let house = House::new();
    let mut kept = Vec::new();
    for (name, event) in events::all() {
        let before = house.queued().len();
        answer(&house.skill, &event);
        if house.queued().len() > before {
            kept.push(name);
        }
    }
    assert_eq!(
        kept,
        [
            "dislike-after-recommendation",
            "dislike-named-film",
            "like-after-recommendation",
            "seen-after-recommendation",
        ]
    );
    house.settle();
    // The person who liked a film comes again.
    let again = speech(&answer(&house.skill, &events::all()["launch-returning"]));
    assert_eq!(
        again,
        format!(
            "{WELCOME} Last time you liked The Matrix Reloaded. Shall I recommend something like it?"
        )
    );
    let other = speech(&answer(&house.skill, &events::all()["launch-known-person"]));
    assert_eq!(other, WELCOME);
}
