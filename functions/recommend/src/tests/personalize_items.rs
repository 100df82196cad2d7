//! `PutItems` of the wire format of Amazon Personalize Events.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures_util::future::{BoxFuture, FutureExt as _};
use matinee::model::Unavailable;
use matinee::personalize::{Item, ItemStore};
use matinee::ports::{BlobError, Blobs as _, MemoryBlobs, StoreCause};
use matinee::taste::NoAudience;
use serde_json::{Value, json};

use super::fixture::{Answer, House, model, send_to};
use super::service::Empty;
use crate::{Access, Callers, Options, Personalize, router_with};

const ARN: &str = "arn:aws:personalize:us-east-1:123456789012:dataset/films/ITEMS";

/// Fails.
#[derive(Debug)]
struct Full;

impl ItemStore for Full {
    fn keep<'a>(&'a self, _: &'a [Item]) -> BoxFuture<'a, Result<(), BlobError>> {
        let error = BlobError::Store {
            action: "write",
            key: "a secret path".to_owned(),
            cause: StoreCause::Unavailable,
            source: "full".into(),
        };
        std::future::ready(Err(error)).boxed()
    }
}

fn options(items: Option<Arc<dyn ItemStore>>) -> Options {
    let personalize = Personalize {
        callers: Callers::Anybody,
        items,
        ..Personalize::default()
    };
    Options {
        personalize,
        ..Options::default()
    }
}

fn house() -> (House, Arc<MemoryBlobs>) {
    let blobs = Arc::new(MemoryBlobs::default());
    let store: Arc<dyn ItemStore> = blobs.clone();
    let house = House::with(model(), Access::Open, options(Some(store)));
    (house, blobs)
}

async fn kept(blobs: &MemoryBlobs) -> Vec<Item> {
    let mut items = Vec::new();
    for key in blobs.list("").await.unwrap() {
        let blob = blobs.get(&key).await.unwrap().unwrap();
        items.push(Item::read(&blob.bytes).unwrap());
    }
    items
}

fn call(rows: &[(&str, Value)]) -> Value {
    let row = |(id, properties): &(&str, Value)| json!({"itemId": id, "properties": properties.to_string()});
    let rows: Vec<Value> = rows.iter().map(row).collect();
    json!({"datasetArn": ARN, "items": rows})
}

#[track_caller]
fn refused(answer: &Answer, status: u16, kind: &str, said: &str) {
    assert_eq!(answer.status.as_u16(), status);
    assert_eq!(answer.header("x-amzn-errortype"), kind);
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains(said), "{message}");
}

#[tokio::test]
async fn items_are_kept_and_the_newest_put_of_an_id_stands() {
    let (house, blobs) = house();
    let rows = [
        ("film:tides", json!({"title": "Tides", "year": "2026"})),
        ("imdb:tt0133093", json!({"runtime": 136})),
    ];
    for _ in 0..2 {
        let answer = house.post("/items", &call(&rows)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
        assert_eq!(answer.json(), json!({}));
        assert_eq!(kept(&blobs).await.len(), 2);
    }
    let before = kept(&blobs).await;
    let newer = call(&[("film:tides", json!({"title": "Tides II"}))]);
    assert_eq!(house.post("/items", &newer).await.status, StatusCode::OK);
    let after = kept(&blobs).await;
    assert_eq!(after.len(), 2);
    assert_eq!(
        after.iter().filter(|item| !before.contains(item)).count(),
        1
    );
}

#[tokio::test]
async fn one_item_that_is_not_understood_refuses_all() {
    let (house, blobs) = house();
    let good = ("film:tides", json!({"title": "Tides"}));
    for (bad, said) in [
        (
            ("film:tides-ii", json!({"year": 2026})),
            "items[1].properties.title must be given",
        ),
        (
            ("film:tides-ii", json!({"title": "Tides II", "genres": 7})),
            "items[1].properties.genres",
        ),
        (("tides", json!({"title": "Tides II"})), "items[1].itemId"),
    ] {
        let answer = house.post("/items", &call(&[good.clone(), bad])).await;
        refused(&answer, 400, "InvalidInputException", said);
    }
    let mut users = call(&[good]);
    users["datasetArn"] = ARN.replace("ITEMS", "USERS").into();
    let answer = house.post("/items", &users).await;
    refused(&answer, 404, "ResourceNotFoundException", "/ITEMS");
    assert!(kept(&blobs).await.is_empty());
}

#[tokio::test]
async fn where_items_cannot_be_kept_the_same_call_may_succeed_later() {
    let call = call(&[("film:tides", json!({"title": "Tides"}))]);
    for (items, said) in [
        (None, "nothing keeps items here"),
        (
            Some(Arc::new(Full) as Arc<dyn ItemStore>),
            "cannot be kept now",
        ),
    ] {
        let house = House::with(model(), Access::Open, options(items));
        let answer = house.post("/items", &call).await;
        refused(&answer, 503, "ServiceUnavailableException", said);
        assert!(!answer.json().to_string().contains("secret"));
    }
    let store = Arc::new(MemoryBlobs::default());
    let empty = Empty(Unavailable::Loading);
    let router = router_with(
        empty,
        Arc::new(NoAudience),
        Access::Open,
        options(Some(store)),
    );
    let request = Request::post("/items").body(Body::from(call.to_string()));
    let answer = send_to(router, request.unwrap()).await;
    refused(&answer, 503, "ServiceUnavailableException", "");
}
