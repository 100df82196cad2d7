//! What clients of Amazon Personalize say about users, and what comes of it.

use axum::http::StatusCode;
use matinee::catalogue::Genre;
use matinee::personalize::Campaigns;
use matinee::ports::Viewers as _;
use serde_json::{Value, json};

use super::fixture::{House, each, model, movies};
use crate::{Access, Options, Personalize};

const ARN: &str = "arn:aws:personalize:us-east-1:123456789012";

/// A service with a filter for who has gold, and one for who is young.
fn house() -> House {
    let document = json!({"filters": {
        "gold": "INCLUDE ItemID WHERE Items.GENRES IN (\"Romance\") IF CurrentUser.MEMBERSHIP_LEVEL = \"gold\"",
        "young": "EXCLUDE ItemID WHERE Items.GENRES IN (\"Romance\") IF CurrentUser.AGE < $AGE",
    }});
    let personalize = Personalize {
        campaigns: Campaigns::read(&document.to_string()).unwrap().into(),
        ..Personalize::default()
    };
    let options = Options {
        personalize,
        ..Options::default()
    };
    House::with(model(), Access::Open, options)
}

/// The ids of all films of a genre.
fn romance() -> Vec<String> {
    let movies = movies().into_iter();
    let of = movies.filter(|movie| movie.genres.contains(&Genre::Romance));
    of.map(|movie| movie.id.to_string()).collect()
}

async fn put(house: &House, users: &Value) {
    let call = json!({"datasetArn": format!("{ARN}:dataset/films/USERS"), "users": users});
    let answer = house.post("/users", &call).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
    assert_eq!(answer.json(), json!({}));
    assert_eq!(answer.header("cache-control"), "no-store");
}

fn user(id: &str, properties: &Value) -> Value {
    json!({"userId": id, "properties": properties.to_string()})
}

/// The ids of a list's films.
async fn ids(house: &House, list: &str, more: &Value) -> Vec<String> {
    let mut call =
        json!({"campaignArn": format!("{ARN}:campaign/matinee-{list}"), "userId": "ada"});
    let fields = call.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    let (path, field) = match list {
        "ranking" => ("/personalize-ranking", "personalizedRanking"),
        _ => ("/recommendations", "itemList"),
    };
    let answer = house.post(path, &call).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
    let list = answer.json();
    let ids = each(&list[field], "/itemId").into_iter();
    ids.map(str::to_owned).collect()
}

fn filter(name: &str) -> Value {
    json!({"filterArn": format!("{ARN}:filter/{name}"), "numResults": 20})
}

/// Whether nothing is kept about ada.
async fn nothing_is_said(house: &House) -> bool {
    let said = house.tables.properties(&"ada".parse().unwrap()).await;
    said.unwrap().is_none()
}

#[tokio::test]
async fn lists_go_by_the_users_properties_until_they_are_replaced_or_forgotten() {
    let house = house();
    let romance = romance();
    let gold = async |house: &House| {
        let popular = ids(house, "popular", &filter("gold")).await;
        let for_you = ids(house, "for-you", &filter("gold")).await;
        let all = |list: &[String]| list.iter().all(|id| romance.contains(id));
        assert_eq!(all(&popular), all(&for_you));
        all(&popular)
    };
    assert!(!gold(&house).await);
    let is = |level: &str| {
        json!([
            user("bo", &json!({})),
            user("ada", &json!({"membershipLevel": level}))
        ])
    };
    put(&house, &is("gold")).await;
    assert!(gold(&house).await);
    put(&house, &is("silver")).await;
    assert!(!gold(&house).await);
    put(&house, &is("silver|gold")).await;
    assert!(gold(&house).await);
    // All of them are replaced.
    put(&house, &json!([user("ada", &json!({"age": 17}))])).await;
    assert!(!gold(&house).await);
    put(&house, &is("gold")).await;
    let answer = house.call("DELETE", "/viewers/ada").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert!(!gold(&house).await);
    assert!(nothing_is_said(&house).await);
    // What is said afterwards counts.
    put(&house, &is("gold")).await;
    assert!(gold(&house).await);
}

#[tokio::test]
async fn rankings_and_promotions_go_by_the_users_properties() {
    let house = house();
    let romance = romance();
    let mut call = filter("young");
    call["filterValues"] = json!({"AGE": "18"});
    call["inputList"] = json!([romance[0]]);
    assert_eq!(ids(&house, "ranking", &call).await, [romance[0].as_str()]);
    let promotion = json!({"numResults": 10, "promotions": [{"percentPromotedItems": 100,
        "filterArn": format!("{ARN}:filter/gold")}]});
    let all = |list: &[String]| list.iter().all(|id| romance.contains(id));
    assert!(!all(&ids(&house, "popular", &promotion).await));
    let properties = json!({"age": "17", "MEMBERSHIP_LEVEL": "gold"});
    put(&house, &json!([user("ada", &properties)])).await;
    assert_eq!(ids(&house, "ranking", &call).await, [""; 0]);
    assert!(all(&ids(&house, "popular", &promotion).await));
}

#[tokio::test]
async fn one_user_who_is_not_understood_keeps_all_from_being_described() {
    let house = house();
    let sound = user("ada", &json!({"membershipLevel": "gold"}));
    let users = |dataset: &str, second: Value| json!({"datasetArn": format!("{ARN}:dataset/films/{dataset}"), "users": [sound, second]});
    for (call, status, kind, said) in [
        (
            users("USERS", user("bo", &json!({"tags": []}))),
            400,
            "InvalidInputException",
            "users[1].properties.tags",
        ),
        (
            users("USERS", json!({"userId": ""})),
            400,
            "InvalidInputException",
            "users[1].userId",
        ),
        (
            users("ITEMS", user("bo", &json!({}))),
            404,
            "ResourceNotFoundException",
            "dataset/NAME/USERS",
        ),
    ] {
        let answer = house.post("/users", &call).await;
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.header("x-amzn-errortype"), kind);
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(said), "{message}");
    }
    assert!(nothing_is_said(&house).await);
}

#[tokio::test]
async fn a_viewer_sees_what_was_said_about_them() {
    let house = house();
    let seen = async || {
        let answer = house.call("GET", "/viewers/ada").await;
        assert_eq!(answer.status, StatusCode::OK);
        answer.json()["properties"].clone()
    };
    assert_eq!(seen().await, Value::Null);
    let said = json!({"membershipLevel": "gold", "age": 30, "kids": false, "town": null});
    put(&house, &json!([user("ada", &said)])).await;
    assert_eq!(seen().await, said);
    put(&house, &json!([{"userId": "ada"}])).await;
    assert_eq!(seen().await, json!({}));
    house.call("DELETE", "/viewers/ada").await;
    assert_eq!(seen().await, Value::Null);
}
