//! Lists by Amazon Personalize: the port through the SDK, what its failures are taken for, and the function
//! that asks it.
//!
//! What keeps the contract is an endpoint: a stand-in that fails as it is told, and our own server, which speaks
//! the wire format.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use matinee::ports::{Personalizer as _, RecommendationQuery, contract};
use matinee_aws::{Clients, Pace, PersonalizeRuntime};
use matinee_integration::lambda::{Campaigns, Emulator, Instead, Invoke as _};
use matinee_integration::{Server, apart, built, sample_models};
use serde_json::{Value, json};

/// Tells a process of this test what it is to do.
const SCENE: &str = "MATINEE_PERSONALIZE_SCENE";

const RECOMMENDING: &str = "arn:aws:personalize:us-east-1:123456789012:campaign/for-you";
const RANKING: &str = "arn:aws:personalize:us-east-1:123456789012:campaign/ranking";
const FILTER: &str = "arn:aws:personalize:us-east-1:123456789012:filter/films";
const UNKNOWN: &str = "arn:aws:personalize:us-east-1:123456789012:campaign/unknown";

/// Films of the sample, and an item that is none.
const ITEMS: [&str; 7] = [
    "tmdb:604", "item-9", "tmdb:680", "tmdb:78", "tmdb:348", "tmdb:603", "tmdb:11",
];

/// Far more than a call here takes.
const LONG: Duration = Duration::from_secs(5);

#[test]
#[ignore = "runs in a process of its own, for the tests below"]
fn in_a_process_of_its_own() {
    apart::play(SCENE, async |scene| {
        let clients = Clients::new(Pace::function());
        if scene == "contract" {
            let campaigns = contract::Campaigns {
                recommending: RECOMMENDING,
                ranking: RANKING,
                unknown: UNKNOWN,
                items: &["tmdb:78", "tmdb:604", "tmdb:680"],
            };
            let engine = PersonalizeRuntime::new(&clients, LONG);
            return contract::personalizer(&engine, &campaigns).await;
        }
        let limit = if scene == "TimedOut" {
            Duration::from_millis(100)
        } else {
            LONG
        };
        let engine = PersonalizeRuntime::new(&clients, limit);
        let query = RecommendationQuery {
            campaign: RECOMMENDING.to_owned(),
            user: Some("ada".to_owned()),
            num: 3,
            ..RecommendationQuery::default()
        };
        let error = engine.recommend(&query).await.unwrap_err();
        let told = format!("{error}: {}", error.source);
        assert_eq!(format!("{:?}", error.cause), scene, "{told}");
        assert!(told.contains(RECOMMENDING), "{told}");
    });
}

/// Plays a scene with the engine at `endpoint`, whose campaigns are those above.
fn play(endpoint: &str, scene: &str) {
    let at = ("AWS_ENDPOINT_URL_PERSONALIZE_RUNTIME", endpoint);
    apart::in_a_process_of_its_own(&[(SCENE, scene), at]);
}

#[test]
fn campaigns_in_the_wire_format_keep_the_contract() {
    let campaigns = Campaigns::start(&[RECOMMENDING, RANKING], &ITEMS);
    play(&campaigns.endpoint(), "contract");
}

/// Our own server, with campaigns of the names above and the filter that the documentation tells to create.
fn own_server(dir: &Path) -> Server {
    let document = json!({
        "campaigns": {"for-you": "for_you", "similar": "similar", "ranking": "ranking"},
        "filters": {
            "films": "INCLUDE ItemID WHERE Items.GENRES IN ($GENRES) \
                | EXCLUDE ItemID WHERE Items.YEAR < $YEAR_FROM | EXCLUDE ItemID WHERE Items.YEAR > $YEAR_TO",
        },
    });
    fs::write(dir.join("personalize.json"), document.to_string()).unwrap();
    let args = ["serve", "--port", "0", "--mqtt-port", "0", "--personalize"];
    Server::start(dir, &[&args[..], &["personalize.json"]].concat())
}

#[test]
fn our_own_server_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let server = own_server(dir.path());
    play(server.base(), "contract");
}

#[test]
fn every_failure_has_its_cause_and_throttling_is_tried_once_more() {
    let campaigns = Campaigns::start(&[RECOMMENDING], &ITEMS);
    for (instead, cause, calls) in [
        (
            Instead::Refusal(400, "ThrottlingException", "Rate exceeded"),
            "Throttled",
            2,
        ),
        (
            Instead::Refusal(429, "TooManyRequestsException", "Rate exceeded"),
            "Throttled",
            2,
        ),
        (
            Instead::Refusal(404, "ResourceNotFoundException", "no campaign"),
            "NotFound",
            1,
        ),
        (
            Instead::Refusal(400, "InvalidInputException", "numResults"),
            "Invalid",
            1,
        ),
        (
            Instead::Refusal(403, "AccessDeniedException", "not yours"),
            "Other",
            1,
        ),
        (Instead::Refusal(500, "InternalFailure", "oh"), "Other", 2),
        (Instead::Body("{\"itemList\": [{\"itemId\": 5"), "Other", 1),
        (Instead::Body("<html>"), "Other", 1),
        (Instead::HangUp, "Other", 2),
    ] {
        let before = campaigns.asked().len();
        campaigns.answer(Some(instead.clone()));
        play(&campaigns.endpoint(), cause);
        assert_eq!(campaigns.asked().len() - before, calls, "{instead:?}");
    }
    campaigns.answer(Some(Instead::Silence(LONG)));
    play(&campaigns.endpoint(), "TimedOut");
}

/// The environment of a function that serves the sample and asks campaigns for films like one.
fn asking(endpoint: &str) -> Option<Vec<(&'static str, String)>> {
    Some(vec![
        ("MODEL_DIR", sample_models()?.display().to_string()),
        ("AWS_ENDPOINT_URL_PERSONALIZE_RUNTIME", endpoint.to_owned()),
        ("RECOMMENDER", "personalize".to_owned()),
        ("PERSONALIZE_SIMILAR_ARN", RECOMMENDING.to_owned()),
    ])
}

/// The films of an answer, by their ids.
fn films(answer: &Value) -> Vec<&str> {
    let films = answer["recommendations"].as_array().unwrap();
    films
        .iter()
        .map(|film| film["movie"]["id"].as_str().unwrap())
        .collect()
}

#[test]
fn the_function_gives_the_campaigns_films_or_its_own_and_says_which() {
    let Some(bootstrap) = built("RecommendFunction") else {
        return;
    };
    let campaigns = Campaigns::start(&[RECOMMENDING], &ITEMS);
    let Some(env) = asking(&campaigns.endpoint()) else {
        return;
    };
    let Some(function) = Emulator::start(&bootstrap, &env) else {
        return;
    };
    let target = "/movies/tmdb:603/similar?limit=3";
    let list = function.get(target).json();
    assert_eq!(
        (&list["recommender"], &list["fallback"]),
        (&json!("personalize"), &Value::Null),
        "{list}"
    );
    assert_eq!(list["recommendation_id"], "RID-1a-CID-2b");
    assert_eq!(films(&list), ["tmdb:604", "tmdb:680", "tmdb:78"]);
    let (path, asked) = campaigns.asked().remove(0);
    assert_eq!(path, "/recommendations");
    assert_eq!(
        asked,
        json!({"campaignArn": RECOMMENDING, "itemId": "tmdb:603", "numResults": 31})
    );

    for (instead, fallback) in [
        (Instead::Silence(LONG), "timed_out"),
        (
            Instead::Refusal(400, "ThrottlingException", "Rate exceeded"),
            "throttled",
        ),
        (Instead::Body("[]"), "failed"),
    ] {
        campaigns.answer(Some(instead));
        let list = function.get(target).json();
        assert_eq!(
            (&list["recommender"], &list["fallback"]),
            (&json!("matinee"), &json!(fallback)),
            "{list}"
        );
        assert_eq!(films(&list).len(), 3);
    }
    let log = function.log();
    log.wait_for("\"PersonalizeFallbacks\":1", LONG);
    let lines = log.json();
    let counted = |name: &str| lines.iter().filter(|line| line[name] == 1.0).count();
    assert_eq!(
        [counted("PersonalizeLists"), counted("PersonalizeFallbacks")],
        [1, 3]
    );
    let told = lines.iter().filter(|line| line["fallback"].is_string());
    assert_eq!(told.count(), 3);
}

#[test]
fn the_function_hands_recommending_and_its_filters_to_our_own_server() {
    let Some(bootstrap) = built("RecommendFunction") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let server = own_server(dir.path());
    let Some(mut env) = asking(server.base()) else {
        return;
    };
    let similar = RECOMMENDING.replace("for-you", "similar");
    env.extend([
        ("PERSONALIZE_SIMILAR_ARN", similar),
        ("PERSONALIZE_FILTER_ARN", FILTER.to_owned()),
    ]);
    let Some(function) = Emulator::start(&bootstrap, &env) else {
        return;
    };
    for target in [
        "/movies/tmdb:603/similar?limit=5",
        "/movies/tmdb:603/similar?limit=5&genre=drama&year_from=1980&year_to=1999",
    ] {
        let (handed, own) = (function.get(target).json(), server.get(target).json());
        assert_eq!(
            (&handed["recommender"], &handed["fallback"]),
            (&json!("personalize"), &Value::Null),
            "{handed}"
        );
        assert_eq!(films(&handed), films(&own), "{target}");
        assert_eq!(films(&handed).len(), 5, "{target}");
    }
    let odd = "/movies/tmdb:603/similar?limit=5&genre=documentary&year_to=1920";
    let handed = function.get(odd).json();
    let made = (&handed["recommender"], &handed["fallback"]);
    assert_eq!(made, (&json!("matinee"), &json!("exhausted")), "{handed}");
}

#[test]
fn a_setting_that_makes_no_sense_ends_the_function_with_its_name() {
    let Some(bootstrap) = built("RecommendFunction") else {
        return;
    };
    let Some(mut env) = asking("http://127.0.0.1:9") else {
        return;
    };
    env.push(("PERSONALIZE_SHARE", "half".to_owned()));
    let Some(function) = Emulator::start(&bootstrap, &env) else {
        return;
    };
    let invocation = function.invoke(&json!({}));
    assert!(invocation.function_error, "{invocation:?}");
    function.log().wait_for("PERSONALIZE_SHARE", LONG);
}
