use std::sync::Arc;

use futures_util::FutureExt as _;
use matinee::model::{Model, ModelSource, Origin, Unavailable};
use matinee::taste::NoAudience;
use serde_json::{Value, json};

use super::support::{SKILL_ID, Skill, answer, handle, intent, sample, speech};
use crate::{AlexaSkill, Request, SkillError};

fn protected() -> Skill {
    AlexaSkill {
        skill_id: Some(SKILL_ID.to_owned()),
        ..sample()
    }
}

fn named(session: Option<&str>, context: Option<&str>) -> Value {
    json!({
        "session": {"new": true, "application": {"applicationId": session}},
        "context": {"System": {"application": {"applicationId": context}}},
        "request": {"type": "LaunchRequest"},
    })
}

#[test]
fn only_the_skills_own_requests_are_answered() {
    for (session, context) in [
        (Some(SKILL_ID), None),
        (None, Some(SKILL_ID)),
        (Some(SKILL_ID), Some(SKILL_ID)),
    ] {
        answer(&protected(), &named(session, context));
    }
    let other = Some("amzn1.ask.skill.other");
    for (session, context, is) in [
        (None, None, None),
        (other, None, other),
        (None, other, other),
        (Some(SKILL_ID), other, other),
        (other, Some(SKILL_ID), other),
        (Some(""), None, Some("")),
    ] {
        let body = named(session, context).to_string();
        match handle(&protected(), body.as_bytes()) {
            Err(SkillError::WrongSkill { expected, found }) => {
                assert_eq!((expected.as_str(), found.as_deref()), (SKILL_ID, is));
            }
            outcome => panic!("{outcome:?}"),
        }
    }
    let error = handle(&protected(), b"{}").unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("expected a request of the skill {SKILL_ID}, found one of no skill")
    );
}

#[test]
fn what_is_no_json_object_is_malformed() {
    for body in ["", "nonsense", "[]", "null", "3", "\"{}\"", "{\"request\":"] {
        let outcome = handle(&sample(), body.as_bytes());
        assert!(matches!(outcome, Err(SkillError::Malformed(_))), "{body}");
    }
    let fallback = speech(&answer(&sample(), &json!({})));
    assert!(
        fallback.starts_with("Sorry, I didn't understand that."),
        "{fallback}"
    );
}

/// A request that names a film, its slot written as given.
fn with_slot(slot: &Value) -> String {
    let mut request = intent("RecommendMovieIntent", None);
    request["intent"]["slots"] = json!({"MovieName": slot});
    speech(&answer(&sample(), &json!({"request": request})))
}

#[test]
fn a_field_of_the_wrong_type_spoils_nothing_around_it() {
    let no_title = "I didn't catch the name of the movie. Which other movie do you like?";
    for slot in [
        json!(null),
        json!("the matrix"),
        json!({}),
        json!({"value": null}),
        json!({"value": 1999}),
        json!({"value": "  "}),
    ] {
        assert_eq!(with_slot(&slot), no_title, "{slot}");
    }
    let matched = json!({"status": {"code": "ER_SUCCESS_MATCH"}, "values": [
        null, {"value": "tmdb:603"}, {"value": {"id": 603}}, {"value": {"id": "tmdb:603"}},
    ]});
    for resolutions in [
        json!(null),
        json!("ER_SUCCESS_MATCH"),
        json!({"resolutionsPerAuthority": {"status": 1}}),
        json!({"resolutionsPerAuthority": [null, 1, {"status": "ER_SUCCESS_MATCH"}]}),
        json!({"resolutionsPerAuthority": [[], {"status": {"code": 1}, "values": {}}, matched]}),
    ] {
        let speech = with_slot(&json!({"value": "the matrix", "resolutions": resolutions}));
        assert!(speech.starts_with("Based on The Matrix, "), "{speech}");
    }
    for (member, value) in [
        ("session", json!([])),
        (
            "session",
            json!({"new": "yes", "application": 1, "attributes": []}),
        ),
        ("session", json!({"attributes": null})),
        ("context", json!("none")),
        ("context", json!({"System": []})),
        ("version", json!(null)),
    ] {
        let mut request = json!({"request": {"type": "LaunchRequest", "locale": 1, "error": 1}});
        request[member] = value;
        let speech = speech(&answer(&sample(), &request));
        assert!(speech.starts_with("Welcome"), "{request}");
    }
}

#[test]
fn dynamic_values_come_before_static_ones_and_unknown_ids_are_passed_over() {
    let list = |dynamic: &str, code: &str, ids: &[&str]| {
        let values: Vec<Value> = ids.iter().map(|id| json!({"value": {"id": id}})).collect();
        json!({
            "authority": format!("amzn1.er-authority.echo-sdk.{dynamic}{SKILL_ID}.AMAZON.Movie"),
            "status": {"code": code},
            "values": values,
        })
    };
    let matched = "ER_SUCCESS_MATCH";
    let slot = json!({"value": "xyzzy", "resolutions": {"resolutionsPerAuthority": [
        list("", "ER_SUCCESS_NO_MATCH", &["tmdb:348"]),
        list("", matched, &["tmdb:603", "tmdb:78"]),
        list("dynamic.", "ER_ERROR_TIMEOUT", &["tmdb:348"]),
        list("dynamic.", matched, &["mine:1", "tmdb:862"]),
    ]}});
    assert!(with_slot(&slot).starts_with("Based on Toy Story, "));
    let slot: crate::request::Slot = serde_json::from_value(slot).unwrap();
    let ids: Vec<&str> = slot.resolved().map(|value| value.id.as_str()).collect();
    assert_eq!(ids, ["mine:1", "tmdb:862", "tmdb:603", "tmdb:78"]);

    let unknown = json!({"value": "toy story", "resolutions": {"resolutionsPerAuthority": [
        list("", matched, &["mine:1"]),
    ]}});
    assert!(with_slot(&unknown).starts_with("Based on Toy Story, "));
}

#[test]
fn a_touch_on_the_screen_is_a_turn() {
    let touch = |arguments: Value| {
        let kind = "Alexa.Presentation.APL.UserEvent";
        let request = json!({"request": {"type": kind, "arguments": arguments}});
        speech(&answer(&sample(), &request))
    };
    assert!(touch(json!(["recommend", "tmdb:603"])).starts_with("Based on The Matrix, "));
    assert!(touch(json!(["recommend", "mine:1"])).starts_with("I didn't catch"));
    assert!(touch(json!(["more"])).starts_with("Okay. Which other movie"));
    let liked = touch(json!(["liked", "tmdb:603"]));
    assert!(liked.starts_with("Based on The Matrix, "), "{liked}");
    let disliked = touch(json!(["disliked", "tmdb:603"]));
    assert!(
        disliked.starts_with("Okay, The Matrix wasn't for you. "),
        "{disliked}"
    );
    assert_eq!(touch(json!(["seen"])), "Which movie have you seen?");
    assert!(touch(json!(["seen", "mine:1"])).starts_with("I didn't catch"));
    for arguments in [
        json!(null),
        json!([]),
        json!([1]),
        json!(["recommend"]),
        json!(["dance"]),
    ] {
        assert!(touch(arguments).starts_with("Sorry, I didn't understand that."));
    }
}

#[test]
fn whether_an_intent_can_be_fulfilled_follows_from_its_slot() {
    for (name, slot, verdict, understands, fulfils) in [
        (
            "RecommendMovieIntent",
            Some(("MovieName", "toy story")),
            "YES",
            "YES",
            "YES",
        ),
        (
            "RecommendMovieIntent",
            Some(("MovieName", "comedies")),
            "YES",
            "YES",
            "YES",
        ),
        (
            "RecommendMovieIntent",
            Some(("MovieName", "the matric revolt")),
            "MAYBE",
            "MAYBE",
            "YES",
        ),
        (
            "RecommendMovieIntent",
            Some(("MovieName", "qxzzjk wvvkq")),
            "NO",
            "NO",
            "NO",
        ),
        ("RecommendMovieIntent", None, "MAYBE", "", ""),
        (
            "FilterByGenreIntent",
            Some(("Genre", "scary")),
            "YES",
            "YES",
            "YES",
        ),
        (
            "FilterByGenreIntent",
            Some(("Genre", "gardening")),
            "NO",
            "NO",
            "NO",
        ),
        (
            "FilterByDecadeIntent",
            Some(("Period", "newer")),
            "YES",
            "YES",
            "YES",
        ),
        (
            "FilterByDecadeIntent",
            Some(("Period", "tomorrow")),
            "NO",
            "NO",
            "NO",
        ),
        ("TopPicksIntent", None, "YES", "", ""),
        (
            "TopPicksIntent",
            Some(("Cinema", "the odeon")),
            "YES",
            "NO",
            "NO",
        ),
        (
            "BookTicketIntent",
            Some(("Cinema", "the odeon")),
            "NO",
            "NO",
            "NO",
        ),
    ] {
        assert_can_fulfil(name, slot, [verdict, understands, fulfils]);
    }
}

#[test]
fn whether_an_opinion_can_be_taken_in_follows_from_its_film() {
    for (name, slot, verdicts) in [
        ("LikeIntent", Some("toy story"), ["YES", "YES", "YES"]),
        (
            "DislikeIntent",
            Some("the matric revolt"),
            ["MAYBE", "MAYBE", "YES"],
        ),
        ("DislikeIntent", Some("comedies"), ["NO", "NO", "NO"]),
        ("SeenIntent", None, ["MAYBE", "", ""]),
    ] {
        assert_can_fulfil(name, slot.map(|film| ("MovieName", film)), verdicts);
    }
}

/// The verdict on an intent, and whether its slot is understood and fulfilled.
fn assert_can_fulfil(name: &str, slot: Option<(&str, &str)>, verdicts: [&str; 3]) {
    let [verdict, understands, fulfils] = verdicts;
    let mut request = intent(name, slot);
    request["type"] = json!("CanFulfillIntentRequest");
    let mut expected = json!({"canFulfill": verdict});
    if let Some((slot, _)) = slot {
        expected["slots"] = json!({slot: {"canUnderstand": understands, "canFulfill": fulfils}});
    }
    assert_eq!(
        answer(&sample(), &json!({"request": request})),
        json!({"version": "1.0", "response": {"canFulfillIntent": expected}}),
        "{name} {slot:?}"
    );
}

#[test]
fn what_is_read_is_written_back_as_it_was() {
    let events = super::events::all();
    for (file, event) in &events {
        let request: Request = serde_json::from_value(event.clone()).unwrap();
        let written = serde_json::to_value(&request).unwrap();
        let used = [
            "/session/new",
            "/session/application/applicationId",
            "/session/attributes",
            "/context/System/application/applicationId",
            "/context/System/person/personId",
            "/context/System/user/userId",
            "/session/user/userId",
            "/request/requestId",
            "/request/timestamp",
            "/request/type",
            "/request/locale",
            "/request/arguments",
            "/request/error",
            "/request/intent/name",
            "/request/intent/slots/MovieName/value",
            "/request/intent/slots/MovieName/resolutions",
            "/request/intent/slots/Genre/resolutions",
            "/request/intent/slots/Period/resolutions",
        ];
        for pointer in used {
            assert_eq!(
                written.pointer(pointer),
                event.pointer(pointer),
                "{file} {pointer}"
            );
        }
        assert_eq!(serde_json::from_value::<Request>(written).unwrap(), request);
    }
}

/// A source that has no model.
struct Empty;

impl ModelSource for Empty {
    async fn model(&self) -> Result<Arc<Model>, Unavailable> {
        Err(Unavailable::Loading)
    }

    fn origin(&self) -> Origin {
        Origin::Bucket
    }

    fn current(&self) -> Option<Arc<Model>> {
        None
    }
}

#[test]
fn without_a_model_the_skill_apologises_and_closes_the_session() {
    let skill = AlexaSkill::new(Empty, None, Arc::new(NoAudience), None);
    let ask = |request: &Value| {
        let body = serde_json::to_vec(request).unwrap();
        let response = skill.handle_json(&body).now_or_never().unwrap().unwrap();
        serde_json::to_value(response).unwrap()
    };
    for request in [
        intent("RecommendMovieIntent", Some(("MovieName", "Heat"))),
        json!({"type": "LaunchRequest"}),
    ] {
        let answer = ask(&json!({"request": request}));
        let body = &answer["response"];
        let said = body["outputSpeech"]["ssml"].as_str().unwrap();
        assert!(said.starts_with("<speak>Sorry"), "{said}");
        assert_eq!(body["shouldEndSession"], true);
        assert!(body.get("reprompt").is_none() && !said.contains('?'));
        assert!(answer.get("sessionAttributes").is_none());
    }
    let mut judged = intent("RecommendMovieIntent", Some(("MovieName", "Heat")));
    judged["type"] = json!("CanFulfillIntentRequest");
    let verdict = &ask(&json!({"request": judged}))["response"]["canFulfillIntent"];
    assert_eq!(verdict["canFulfill"], "NO");
    let ended = ask(&json!({"request": {"type": "SessionEndedRequest"}}));
    assert_eq!(ended, json!({"version": "1.0", "response": {}}));
}
