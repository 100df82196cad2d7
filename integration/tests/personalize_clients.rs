//! Clients of Amazon Personalize, boto3 as it comes, against the programs as people start them: by the
//! address alone. Every answer is judged by the service models that boto3 ships.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use matinee_integration::lambda::{Function, Gateway, boto3 as calls};
use matinee_integration::{Server, built, files, run, sample_models};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:personalize:us-east-1:123456789012";
const INVALID: &str = "InvalidInputException";
const NOT_FOUND: &str = "ResourceNotFoundException";

fn runtime(name: &str, with: &Value) -> Value {
    json!({"client": "personalize-runtime", "call": name, "with": with})
}

fn recommendations(list: &str, more: &Value) -> Value {
    let mut with = json!({"campaignArn": format!("{ARN}:campaign/matinee-{list}")});
    let fields = with.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    runtime("get_recommendations", &with)
}

fn events(with: &Value) -> Value {
    let mut call = json!({"trackingId": "t", "sessionId": "s"});
    let fields = call.as_object_mut().unwrap();
    fields.extend(with.as_object().unwrap().clone());
    json!({"client": "personalize-events", "call": "put_events", "with": call})
}

fn like(event: &str, movie: &str) -> Value {
    let sent_at = jiff::Timestamp::now().as_second();
    json!({"eventId": event, "eventType": "Like", "itemId": movie, "sentAt": sent_at})
}

fn filter(name: &str) -> String {
    format!("{ARN}:filter/{name}")
}

fn ids(answer: &Value, list: &str) -> Vec<String> {
    let items = answer[list].as_array().unwrap().iter();
    items
        .map(|item| item["itemId"].as_str().unwrap().to_owned())
        .collect()
}

fn start(dir: &Path, more: &[&str]) -> Server {
    let args = ["serve", "--port", "0", "--mqtt-port", "0"];
    Server::start(dir, &[&args, more].concat())
}

/// A server with campaigns and filters of its own.
fn configured(dir: &Path) -> Server {
    let document = json!({
        "campaigns": {"films": "for_you", (format!("{ARN}:campaign/exact")): "similar"},
        "filters": {
            "kind": "INCLUDE ItemID WHERE Items.GENRES IN ($KIND) AND Items.YEAR >= $FROM",
            "unless": "EXCLUDE ItemID WHERE Items.GENRES IN ($KIND)",
            "older": "INCLUDE ItemID WHERE Items.YEAR < CurrentItem.YEAR",
        },
    });
    fs::write(dir.join("personalize.json"), document.to_string()).unwrap();
    start(dir, &["--personalize", "personalize.json"])
}

/// Waits until what was sent is in the table.
fn until_known(server: &Server, viewer: &str, interactions: u64) {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let known = server.get(&format!("/viewers/{viewer}")).json();
        if known["interactions"].as_u64() == Some(interactions) {
            return;
        }
        assert!(Instant::now() < deadline, "{known}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn boto3_gets_every_list_by_campaign_and_by_recommender() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), &[]);
    let mut asked = Vec::new();
    for (list, more) in [
        ("for-you", json!({"userId": "ada"})),
        ("similar", json!({"itemId": "tmdb:603"})),
        ("popular", json!({})),
        (
            "trending",
            json!({"userId": "ada", "context": {"DEVICE": "tv"}}),
        ),
    ] {
        asked.push(recommendations(list, &more));
        let mut with = json!({"recommenderArn": format!("{ARN}:recommender/matinee-{list}")});
        with.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        asked.push(runtime("get_recommendations", &with));
    }
    let more = json!({"itemId": "tmdb:603", "numResults": 500});
    asked.push(recommendations("similar", &more));
    let Some(replies) = calls(server.base(), &[], &json!(asked)) else {
        return;
    };
    for (reply, call) in replies.iter().zip(&asked) {
        assert_eq!(reply["status"], 200, "{call}: {reply}");
        let items = ids(&reply["answer"], "itemList");
        let expected = call["with"]["numResults"].as_u64().unwrap_or(25) as usize;
        // The longest list has every film but the one it is about.
        assert!(
            items.len() == expected || items.len() > 150,
            "{call}: {items:?}"
        );
        assert!(reply["answer"]["recommendationId"].is_string());
    }
    let longest = replies[8]["answer"]["itemList"].as_array().unwrap();
    let reasons = |reason: &str| longest.iter().any(|item| item["reason"] == json!([reason]));
    assert!(reasons("Similar metadata") && reasons("Popular item"));
}

#[test]
fn boto3_filters_promotes_and_asks_for_metadata() {
    let dir = tempfile::tempdir().unwrap();
    let server = configured(dir.path());
    let columns = json!({"ITEMS": ["GENRES", "YEAR"]});
    let comedies = json!({"KIND": "\"Comedy\"", "FROM": "1990"});
    let asked = [
        recommendations(
            "popular",
            &json!({"filterArn": filter("kind"), "filterValues": comedies, "metadataColumns": columns}),
        ),
        recommendations(
            "popular",
            &json!({"filterArn": filter("unless"), "metadataColumns": columns,
                "filterValues": {"KIND": "\"Comedy\",\"Science Fiction\""}}),
        ),
        recommendations("popular", &json!({"filterArn": filter("unless")})),
        recommendations("popular", &json!({})),
        recommendations(
            "similar",
            &json!({"itemId": "tmdb:603", "filterArn": filter("older"), "metadataColumns": columns}),
        ),
        recommendations(
            "popular",
            &json!({"numResults": 10, "metadataColumns": columns, "promotions": [{"name": "comedies",
                "percentPromotedItems": 30, "filterArn": filter("kind"), "filterValues": comedies}]}),
        ),
    ];
    let Some(replies) = calls(server.base(), &[], &json!(asked)) else {
        return;
    };
    let items = |place: usize| {
        let reply: &Value = &replies[place];
        assert_eq!(reply["status"], 200, "{reply}");
        reply["answer"]["itemList"].as_array().unwrap().clone()
    };
    let is = |item: &Value, genre: &str| {
        let genres = item["metadata"]["GENRES"].as_str().unwrap();
        genres.split('|').any(|of| of == genre)
    };
    let year =
        |item: &Value| -> u16 { item["metadata"]["YEAR"].as_str().unwrap().parse().unwrap() };
    assert!(!items(0).is_empty());
    assert!(
        items(0)
            .iter()
            .all(|item| is(item, "Comedy") && year(item) >= 1990)
    );
    let neither = |item: &Value| !is(item, "Comedy") && !is(item, "Science Fiction");
    assert!(items(1).iter().all(neither));
    // A parameter that is not given does not exclude.
    assert_eq!(items(2), items(3));
    assert!(items(4).iter().all(|item| year(item) < 1999));
    let promoted: Vec<Value> = items(5)
        .into_iter()
        .filter(|item| item["promotionName"] == "comedies")
        .collect();
    assert_eq!((items(5).len(), promoted.len()), (10, 3));
    assert!(promoted.iter().all(|item| is(item, "Comedy")));
    assert!(
        promoted
            .iter()
            .all(|item| item["reason"] == json!(["Promoted item"]))
    );
}

#[test]
fn boto3_sends_events_and_the_lists_and_the_figures_go_by_them() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), &[]);
    let whole = json!({"eventId": "3", "eventType": "Watch", "itemId": "tmdb:604",
        "sentAt": jiff::Timestamp::now().as_second(), "eventValue": 0.9,
        "properties": "{\"seconds\": \"4000\", \"duration\": \"8000\"}",
        "impression": ["tmdb:603", "tmdb:604"],
        "metricAttribution": {"eventAttributionSource": "app"}});
    let asked = json!([events(&json!({"userId": "Ada Moor",
        "eventList": [like("1", "tmdb:603"), whole, like("1", "tmdb:105")]}))]);
    let Some(replies) = calls(server.base(), &[], &asked) else {
        return;
    };
    assert_eq!(replies[0]["status"], 200);
    // A user of another alphabet is a viewer under a hash, which the log shows.
    let viewer = matinee::taste::ViewerId::foreign("personalize", "Ada Moor");
    until_known(&server, viewer.as_str(), 2);

    let user = json!({"userId": "Ada Moor"});
    let unseen = json!({"userId": "Ada Moor", "filterArn": filter("matinee-unseen")});
    let asked = json!([
        recommendations("for-you", &user),
        recommendations("popular", &unseen),
        recommendations("popular", &user),
    ]);
    let replies = calls(server.base(), &[], &asked).unwrap();
    let lists: Vec<Vec<String>> = replies
        .iter()
        .map(|reply| ids(&reply["answer"], "itemList"))
        .collect();
    let known = |list: &[String]| list.iter().any(|id| id == "tmdb:603" || id == "tmdb:604");
    assert!(!known(&lists[0]) && !known(&lists[1]));
    assert!(known(&lists[2]), "{:?}", lists[2]);

    let list = &replies[0]["answer"]["recommendationId"];
    let mut taken = like("4", &lists[0][0]);
    taken["recommendationId"] = list.clone();
    let asked = json!([events(&json!({"userId": "Ada Moor", "eventList": [taken]}))]);
    calls(server.base(), &[], &asked).unwrap();
    until_known(&server, viewer.as_str(), 3);
    let figures = server.get(&format!("/viewers/{viewer}/analytics")).json();
    let by_source = &figures["recommendations"]["by_source"]["personalize"];
    assert_eq!(by_source["accepted_lists"], 1, "{figures}");
}

#[test]
fn boto3_has_given_items_ranked() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), &[]);
    let ranking = |more: &Value| {
        let mut with = json!({"campaignArn": format!("{ARN}:campaign/matinee-ranking"),
            "userId": "ada", "inputList": ["no-such-item", "tmdb:105", "tmdb:604", "tmdb:603"]});
        with.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        runtime("get_personalized_ranking", &with)
    };
    let liked = events(&json!({"userId": "ada", "eventList": [like("1", "tmdb:603")]}));
    if calls(server.base(), &[], &json!([liked])).is_none() {
        return;
    }
    until_known(&server, "ada", 1);
    let asked = json!([
        ranking(&json!({"metadataColumns": {"ITEMS": ["TITLE"]}, "context": {"DEVICE": "tv"}})),
        ranking(&json!({"filterArn": filter("matinee-years"),
            "filterValues": {"YEAR_FROM": "2000", "YEAR_TO": "2005"}})),
        ranking(&json!({"inputList": vec!["tmdb:603"; 501]})),
        ranking(&json!({"campaignArn": format!("{ARN}:campaign/other")})),
        ranking(&json!({"campaignArn": format!("{ARN}:campaign/matinee-popular")})),
        ranking(&json!({"filterArn": filter("matinee-genres")})),
    ]);
    let replies = calls(server.base(), &[], &asked).unwrap();
    let ranked = ids(&replies[0]["answer"], "personalizedRanking");
    assert_eq!((ranked.len(), ranked[3].as_str()), (4, "no-such-item"));
    assert_eq!(ranked[0], "tmdb:604", "{ranked:?}");
    let title = &replies[0]["answer"]["personalizedRanking"][0]["metadata"]["TITLE"];
    assert_eq!(title, "The Matrix Reloaded");
    assert_eq!(
        ids(&replies[1]["answer"], "personalizedRanking"),
        ["tmdb:604"]
    );
    let errors = [INVALID, NOT_FOUND, INVALID, INVALID];
    for (reply, error) in replies[2..].iter().zip(errors) {
        assert_eq!(reply["error"], error, "{reply}");
    }
}

/// A call of boto3's, the error it raises, and a part of what that says.
type Refusal = (Value, &'static str, &'static str);

#[test]
fn boto3_understands_every_refusal() {
    let dir = tempfile::tempdir().unwrap();
    let server = configured(dir.path());
    let cases = [refused_lists(), refused_rows()].concat();
    let asked: Vec<Value> = cases.iter().map(|(call, ..)| call.clone()).collect();
    let Some(replies) = calls(server.base(), &[], &json!(asked)) else {
        return;
    };
    assert_eq!(replies.len(), cases.len());
    for (reply, (call, error, message)) in replies.iter().zip(&cases) {
        assert_eq!(reply["error"], *error, "{call}: {reply}");
        let said = reply["message"].as_str().unwrap();
        assert!(said.contains(message), "{call}: {said}");
    }
}

fn refused_lists() -> Vec<Refusal> {
    vec![
        (
            recommendations("for-you", &json!({})),
            INVALID,
            "userId must be given",
        ),
        (
            recommendations("similar", &json!({})),
            INVALID,
            "itemId must be given",
        ),
        (
            recommendations("other", &json!({})),
            NOT_FOUND,
            "no campaign",
        ),
        (
            recommendations("ranking", &json!({})),
            INVALID,
            "GetPersonalizedRanking",
        ),
        (
            recommendations("popular", &json!({"numResults": 501})),
            INVALID,
            "from 0 to 500, found 501",
        ),
        (
            recommendations("popular", &json!({"filterArn": filter("other")})),
            NOT_FOUND,
            "no filter",
        ),
        (
            recommendations(
                "popular",
                &json!({"filterArn": filter("kind"), "filterValues": {"KIND": "\"Comedy\""}}),
            ),
            INVALID,
            "filterValues.FROM must be given",
        ),
        (
            recommendations(
                "popular",
                &json!({"filterArn": filter("unless"), "filterValues": {"KIND": "\"Comedy"}}),
            ),
            INVALID,
            "does not end in a quote",
        ),
        (
            recommendations("popular", &json!({"metadataColumns": {"ITEMS": ["PRICE"]}})),
            INVALID,
            "found PRICE",
        ),
        (
            recommendations("popular", &json!({"userId": "x".repeat(257)})),
            INVALID,
            "userId must have 1 to 256",
        ),
        (
            runtime("get_recommendations", &json!({"userId": "ada"})),
            INVALID,
            "campaignArn or recommenderArn",
        ),
    ]
}

fn refused_rows() -> Vec<Refusal> {
    let event = like("1", "tmdb:603");
    let mut long = event.clone();
    long["properties"] = json!(format!("{{\"a\": \"{}\"}}", "x".repeat(1_024)));
    let mut unknown = event.clone();
    unknown["itemId"] = "no-such-item".into();
    let of_user = |list: Value| events(&json!({"userId": "ada", "eventList": list}));
    let put = |dataset: &str, rows: &str, row: Value| {
        let dataset = format!("{ARN}:dataset/films/{dataset}");
        json!({"client": "personalize-events", "call": format!("put_{rows}"),
            "with": {"datasetArn": dataset, rows: [row]}})
    };
    vec![
        (of_user(json!(vec![event.clone(); 11])), INVALID, "found 11"),
        (
            of_user(json!([long])),
            INVALID,
            "properties must have 1 to 1024",
        ),
        (of_user(json!([event, unknown])), INVALID, "eventList[1]"),
        (
            put("ITEMS", "items", json!({"itemId": "1", "properties": "{}"})),
            INVALID,
            "items[0].itemId",
        ),
        (
            put(
                "ITEMS",
                "items",
                json!({"itemId": "tmdb:603", "properties": "5"}),
            ),
            INVALID,
            "items[0].properties",
        ),
        (
            put("ITEMS", "users", json!({"userId": "1"})),
            NOT_FOUND,
            "no dataset",
        ),
        (
            put("USERS", "users", json!({"userId": "x".repeat(257)})),
            INVALID,
            "users[0].userId",
        ),
    ]
}

#[test]
fn a_file_whose_filter_does_not_parse_is_refused_with_the_place() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("personalize.json");
    for (text, said) in [
        (
            r#"{"filters": {"comedies": "INCLUDE ItemID WHERE Items.GENRES LIKE (\"Comedy\")"}}"#,
            "the filter comedies is not understood: at character 35: expected one of IN, NOT IN",
        ),
        (
            r#"{"campaigns": {"films": "best"}}"#,
            "unknown variant `best`",
        ),
        ("{", "expected JSON"),
        ("[]", "found an array"),
    ] {
        fs::write(&file, text).unwrap();
        let args = ["serve", "--port", "0", "--personalize", "personalize.json"];
        let outcome = run(dir.path(), &args, "");
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(outcome.stderr.contains("personalize.json"), "{outcome:?}");
        assert_eq!(outcome.stderr.matches(said).count(), 1, "{outcome:?}");
    }
    let args = ["serve", "--port", "0", "--personalize", "none.json"];
    let outcome = run(dir.path(), &args, "");
    assert!(
        outcome.stderr.contains("cannot read none.json"),
        "{outcome:?}"
    );
}

#[test]
fn the_deployed_function_answers_boto3_with_its_key_and_nobody_else() {
    let (Some(bootstrap), Some(models)) = (built("RecommendFunction"), sample_models()) else {
        return;
    };
    let secret = "what only a client and the function know";
    let dir = tempfile::tempdir().unwrap();
    for path in files(&models) {
        let copy = dir.path().join(&path);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(models.join(&path), copy).unwrap();
    }
    let document = r#"{"campaigns": {"films": "popular"}}"#;
    fs::write(dir.path().join("personalize.json"), document).unwrap();
    let env = [
        ("MODEL_DIR", dir.path().display().to_string()),
        ("PERSONALIZE_API_KEY_ID", "FILMS_KEY".to_owned()),
        ("PERSONALIZE_API_SECRET", secret.to_owned()),
    ];
    let function = Function::start(&bootstrap, &env);
    let gateway = Gateway::start(Arc::new(function)).unwrap();
    let films = json!({"campaignArn": format!("{ARN}:campaign/films"), "numResults": 3});
    let like = json!({"itemId": "tmdb:603"});
    let asked = json!([
        runtime("get_recommendations", &films),
        recommendations("similar", &like),
        recommendations("other", &json!({})),
    ]);
    let Some(replies) = calls(&gateway.base(), &["FILMS_KEY", secret], &asked) else {
        return;
    };
    assert_eq!(ids(&replies[0]["answer"], "itemList").len(), 3);
    assert_eq!(ids(&replies[1]["answer"], "itemList").len(), 25);
    assert_eq!(replies[2]["error"], NOT_FOUND);
    for (key, error) in [
        (["FILMS_KEY", "another secret"], "InvalidSignatureException"),
        (["OTHER_KEY", secret], "UnrecognizedClientException"),
    ] {
        let replies = calls(&gateway.base(), &key, &asked).unwrap();
        for reply in replies {
            assert_eq!(
                (&reply["status"], &reply["error"]),
                (&json!(403), &json!(error))
            );
        }
    }
}
