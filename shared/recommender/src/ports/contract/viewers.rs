//! Who is forgotten, and what was said about the others.

use crate::ports::Viewers;
use crate::taste::{Millis, Properties, ViewerId};

/// The contract of [`Viewers`].
///
/// # Panics
/// When the store breaks it.
pub async fn viewers(store: &impl Viewers) {
    tombstones(store).await;
    descriptions(store).await;
    forgotten_descriptions(store).await;
}

#[expect(clippy::unwrap_used, reason = "the ids are sound")]
fn viewer(id: &str) -> ViewerId {
    id.parse().unwrap()
}

#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
async fn tombstones(store: &impl Viewers) {
    let (ada, bo) = (viewer("ada"), viewer("bo"));
    assert_eq!(store.forgotten(&ada).await.unwrap(), None);
    store.forget(&ada, Millis(1_700_000_000_005)).await.unwrap();
    store.forget(&ada, Millis(1_700_000_000_003)).await.unwrap();
    let until = store.forgotten(&ada).await.unwrap();
    assert_eq!(until, Some(Millis(1_700_000_000_005)));
    store.forget(&ada, Millis(1_700_000_000_009)).await.unwrap();
    let until = store.forgotten(&ada).await.unwrap();
    assert_eq!(until, Some(Millis(1_700_000_000_009)));
    assert_eq!(store.forgotten(&bo).await.unwrap(), None);
}

#[expect(clippy::unwrap_used, reason = "the JSON is sound")]
fn said(at: i64, json: &str) -> Properties {
    Properties::of_json(Millis(1_700_000_000_000 + at), json).unwrap()
}

#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
async fn descriptions(store: &impl Viewers) {
    let (cy, di) = (viewer("cy"), viewer("di"));
    assert_eq!(store.properties(&cy).await.unwrap(), None);
    let first = said(
        5,
        r#"{"age":30,"exact":0.1,"level":"gold|\u00fc \"x\"","subscribed":true,"town":null}"#,
    );
    let again = said(5, r#"{"age":31}"#);
    let none = said(9, "{}");
    // Each with what is there after it.
    for (put, there) in [
        (&first, &first),
        // What was accepted before comes too late, what was accepted at the same time does not.
        (&said(4, r#"{"level":"silver"}"#), &first),
        (&again, &again),
        (&none, &none),
    ] {
        store.describe(&cy, put).await.unwrap();
        assert_eq!(store.properties(&cy).await.unwrap().as_ref(), Some(there));
    }
    assert_eq!(store.properties(&di).await.unwrap(), None);
    // Who is described is not forgotten.
    assert_eq!(store.forgotten(&cy).await.unwrap(), None);
}

#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
async fn forgotten_descriptions(store: &impl Viewers) {
    let eve = viewer("eve");
    let until = |at: i64| Millis(1_700_000_000_000 + at);
    let there = async || store.properties(&eve).await.unwrap();
    let gold = said(5, r#"{"level":"gold"}"#);
    store.describe(&eve, &gold).await.unwrap();
    // Forgotten until a moment before: the tombstone counts, and takes nothing.
    store.forget(&eve, until(4)).await.unwrap();
    assert_eq!(there().await, Some(gold.clone()));
    assert_eq!(store.forgotten(&eve).await.unwrap(), Some(until(4)));
    // At that moment they are gone, and what was accepted until then does not come back.
    store.forget(&eve, until(5)).await.unwrap();
    assert_eq!(there().await, None);
    store.describe(&eve, &gold).await.unwrap();
    assert_eq!(there().await, None);
    assert_eq!(store.forgotten(&eve).await.unwrap(), Some(until(5)));
    // What is said later counts, and an older tombstone that comes again does not touch it.
    let silver = said(6, r#"{"level":"silver"}"#);
    store.describe(&eve, &silver).await.unwrap();
    store.forget(&eve, until(5)).await.unwrap();
    store.forget(&eve, until(3)).await.unwrap();
    assert_eq!(there().await, Some(silver));
    assert_eq!(store.forgotten(&eve).await.unwrap(), Some(until(5)));
    store.forget(&eve, until(7)).await.unwrap();
    assert_eq!(there().await, None);
    assert_eq!(store.forgotten(&eve).await.unwrap(), Some(until(7)));
}
