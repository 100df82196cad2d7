//! What clients of Amazon Personalize, boto3 as it comes, put about items: it is kept, and the next training
//! takes it in.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use matinee_integration::lambda::{Function, Gateway, Moto, boto3};
use matinee_integration::{Server, built, run, sample_models};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:personalize:us-east-1:123456789012";

fn start(dir: &Path) -> Server {
    Server::start(dir, &["serve", "--port", "0", "--mqtt-port", "0"])
}

fn put(rows: &[(&str, Value)]) -> Value {
    let row = |(id, properties): &(&str, Value)| json!({"itemId": id, "properties": properties.to_string()});
    let rows: Vec<Value> = rows.iter().map(row).collect();
    put_items("films/ITEMS", &json!(rows))
}

fn put_items(dataset: &str, rows: &Value) -> Value {
    let with = json!({"datasetArn": format!("{ARN}:dataset/{dataset}"), "items": rows});
    json!({"client": "personalize-events", "call": "put_items", "with": with})
}

fn similar(id: &str) -> Value {
    let with = json!({"campaignArn": format!("{ARN}:campaign/matinee-similar"), "itemId": id,
        "numResults": 50, "metadataColumns": {"ITEMS": ["TITLE", "YEAR"]}});
    json!({"client": "personalize-runtime", "call": "get_recommendations", "with": with})
}

/// The metadata of a film in a list.
fn found<'a>(reply: &'a Value, id: &str) -> Option<&'a Value> {
    let items = reply["answer"]["itemList"].as_array().unwrap();
    let item = items.iter().find(|item| item["itemId"] == id)?;
    Some(&item["metadata"])
}

#[test]
fn boto3_puts_a_film_that_no_catalogue_has_and_after_the_next_training_it_is_recommended() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path());
    let new = json!({"title": "The Glass Comet", "year": 2031, "genres": "Action|Science Fiction",
        "directors": "Lana Wachowski|Lilly Wachowski", "cast": "Keanu Reeves|Carrie-Anne Moss|Laurence Fishburne",
        "keywords": "simulation|hacker|artificial intelligence", "language": "en"});
    let asked = json!([
        put(&[("film:glass-comet", json!({"title": "A Draft"}))]),
        put(&[
            ("film:glass-comet", new),
            ("tmdb:604", json!({"year": "2004"}))
        ]),
        similar("film:glass-comet"),
    ]);
    let Some(replies) = boto3(server.base(), &[], &asked) else {
        return;
    };
    assert_eq!(
        (&replies[0]["status"], &replies[1]["status"]),
        (&json!(200), &json!(200))
    );
    // It is no film yet.
    assert!(found(&replies[2], "film:glass-comet").is_none());
    assert_eq!(server.stop().code, Some(0));

    fs::write(dir.path().join(".matinee/items/damaged.json"), "{").unwrap();
    let trained = run(dir.path(), &["train", "--json"], "").done();
    let items = &trained.json()["items"];
    assert_eq!((&items["changed"], &items["new"]), (&json!(1), &json!(1)));
    assert!(
        trained.stderr.contains("the item damaged.json is left out"),
        "{trained:?}"
    );

    let server = start(dir.path());
    let asked = json!([similar("tmdb:603"), similar("film:glass-comet")]);
    let replies = boto3(server.base(), &[], &asked).unwrap();
    let new = json!({"TITLE": "The Glass Comet", "YEAR": "2031"});
    assert_eq!(found(&replies[0], "film:glass-comet"), Some(&new));
    assert_eq!(found(&replies[0], "tmdb:604").unwrap()["YEAR"], "2004");
    assert!(found(&replies[1], "tmdb:603").is_some(), "{}", replies[1]);
    let film = server.get("/movies/film:glass-comet").json();
    assert_eq!(film["title"], "The Glass Comet", "{film}");
}

#[test]
fn boto3_understands_why_items_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path());
    let film = ("film:tides", json!({"title": "Tides"}));
    let invalid = "InvalidInputException";
    let cases = [
        (
            put_items("films/USERS", &json!([{"itemId": "film:tides"}])),
            "ResourceNotFoundException",
            "/ITEMS",
        ),
        (
            put(&vec![film.clone(); 11]),
            invalid,
            "1 to 10 elements, found 11",
        ),
        (
            put(&[("tides", json!({"title": "Tides"}))]),
            invalid,
            "such as tmdb:603; found tides",
        ),
        (
            put(&[film.clone(), ("film:ebb", json!({"year": 2031}))]),
            invalid,
            "items[1].properties.title",
        ),
        (
            put(&[film.clone(), ("tmdb:603", json!({"genres": 7}))]),
            invalid,
            "items[1].properties.genres must be a string, found 7",
        ),
        (
            put(&[film, ("tmdb:603", json!({"price": 7}))]),
            invalid,
            "items[1].properties.price is no column",
        ),
    ];
    let asked: Vec<Value> = cases.iter().map(|(call, ..)| call.clone()).collect();
    let Some(replies) = boto3(server.base(), &[], &json!(asked)) else {
        return;
    };
    for (reply, (call, error, message)) in replies.iter().zip(&cases) {
        assert_eq!(reply["error"], *error, "{call}: {reply}");
        let said = reply["message"].as_str().unwrap();
        assert!(said.contains(message), "{call}: {said}");
    }
    assert!(!dir.path().join(".matinee/items").exists());
}

#[test]
fn the_deployed_function_keeps_items_in_the_bucket_of_the_data() {
    let (Some(bootstrap), Some(models)) = (built("RecommendFunction"), sample_models()) else {
        return;
    };
    let Some(moto) = Moto::start() else { return };
    let data = moto.create_bucket("matinee-data");
    let (id, secret) = ("FILMS_KEY", "what only a client and the function know");
    let env = [
        ("MODEL_DIR", models.display().to_string()),
        ("PERSONALIZE_API_KEY_ID", id.to_owned()),
        ("PERSONALIZE_API_SECRET", secret.to_owned()),
        ("AWS_ENDPOINT_URL", moto.endpoint().to_owned()),
        ("DATA_BUCKET", data.name().to_owned()),
    ];
    let gateway = Gateway::start(Arc::new(Function::start(&bootstrap, &env))).unwrap();
    let rows = [
        ("film:tides", json!({"title": "Tides"})),
        ("tmdb:603", json!({"year": 2000})),
    ];
    let Some(replies) = boto3(&gateway.base(), &[id, secret], &json!([put(&rows)])) else {
        return;
    };
    assert_eq!(replies[0]["status"], 200, "{}", replies[0]);
    let keys = data.list("items/");
    assert_eq!(keys.len(), 2, "{keys:?}");
    let mut kept: Vec<Value> = keys
        .iter()
        .map(|key| serde_json::from_slice(&data.get(key).unwrap().bytes).unwrap())
        .collect();
    kept.sort_by_key(|item| item["id"].to_string());
    assert_eq!(kept[0]["properties"], json!({"title": "Tides"}));
    assert_eq!(kept[1]["id"], "tmdb:603");
}
