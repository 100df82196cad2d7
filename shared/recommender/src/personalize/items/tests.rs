use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use futures_util::FutureExt as _;
use serde_json::json;

use super::*;
use crate::catalogue::Genre;
use crate::fixture;
use crate::personalize::FaultKind;
use crate::ports::{Blob, ETag, MemoryBlobs};

const ARN: &str = "arn:aws:personalize:us-east-1:123456789012:dataset/films/ITEMS";
const NOW: Millis = Millis(1_769_860_800_000);

fn read(call: &Value) -> Result<PutItems, Fault> {
    PutItems::read(call.to_string().as_bytes(), NOW)
}

fn row(id: &str, properties: &Value) -> Value {
    json!({"itemId": id, "properties": properties.to_string()})
}

fn put(rows: &[Value]) -> Result<PutItems, Fault> {
    read(&json!({"datasetArn": ARN, "items": rows}))
}

fn item(id: &str, properties: &Value) -> Item {
    let items = put(&[row(id, properties)]).unwrap().items;
    items.into_iter().next().unwrap()
}

#[track_caller]
fn refused(result: Result<PutItems, Fault>, said: &[&str]) {
    let fault = result.unwrap_err();
    assert_eq!(fault.kind, FaultKind::InvalidInput);
    for said in said {
        assert!(fault.message.contains(said), "{said}: {fault}");
    }
}

#[test]
fn an_items_properties_become_the_facts_of_a_film() {
    let item = item(
        "film:tides-2026",
        &json!({
            "title": " Tides ", "genres": "Comedy|Sci-Fi|comedy", "year": 2026, "language": "en",
            "directors": "Ada Moor|Bo Lind", "cast": "Cy Ng||Cy Ng", "keywords": "Sea|moon",
            "countries": "GB|US", "runtime": "95", "description": "A bay\nand a moon.", "votes": 12,
            "voteAverage": "7.5", "creationTimestamp": 1_769_860_800,
        }),
    );
    let mut film = Movie::new(item.id().clone(), "Other", None);
    item.apply(&mut film);
    let expected = Movie {
        genres: vec![Genre::Comedy, Genre::ScienceFiction],
        language: "en".to_owned(),
        directors: vec!["Ada Moor".to_owned(), "Bo Lind".to_owned()],
        cast: vec!["Cy Ng".to_owned()],
        keywords: vec!["sea".to_owned(), "moon".to_owned()],
        countries: vec!["GB".to_owned(), "US".to_owned()],
        overview: "A bay and a moon.".to_owned(),
        runtime: Some(95),
        votes: 12,
        vote_average: Some(7.5),
        ..Movie::new(item.id().clone(), "Tides", Some(2026))
    };
    assert_eq!(film, expected);
}

#[test]
fn columns_that_are_not_given_stay_as_they_were_and_empty_ones_are_emptied() {
    let given = json!({"year": 1998, "genres": "", "language": "", "runtime": 0, "cast": null});
    let mut film = Movie {
        genres: vec![Genre::Drama],
        cast: vec!["Di Roe".to_owned()],
        language: "fr".to_owned(),
        runtime: Some(90),
        original_title: "Marée".to_owned(),
        ..Movie::new("tmdb:1".parse().unwrap(), "Tides", Some(1999))
    };
    item("tmdb:1", &given).apply(&mut film);
    let expected = Movie {
        cast: vec!["Di Roe".to_owned()],
        original_title: "Marée".to_owned(),
        ..Movie::new("tmdb:1".parse().unwrap(), "Tides", Some(1998))
    };
    assert_eq!(film, expected);
    // A title that is the original one is no other.
    item("tmdb:1", &json!({"title": "Marée"})).apply(&mut film);
    assert_eq!(
        (film.title.as_str(), film.original_title.as_str()),
        ("Marée", "")
    );
}

#[test]
fn a_property_that_is_no_column_or_of_another_type_is_refused_with_its_place() {
    let long = "x".repeat(1_001);
    for (properties, said) in [
        (
            json!({"colour": "red"}),
            ["colour is no column", "voteAverage"],
        ),
        (
            json!({"itemId": "tmdb:1"}),
            ["itemId is no column", "title"],
        ),
        (
            json!({"GENRES": "Drama"}),
            ["GENRES is no column", "genres"],
        ),
        (
            json!({"genres": ["Drama"]}),
            ["genres must be a string", "[\"Drama\"]"],
        ),
        (
            json!({"genres": "Drama|Opera"}),
            ["genres must be genres", "found Opera"],
        ),
        (json!({"title": " "}), ["title must be a title", "nothing"]),
        (json!({"title": 7}), ["title must be a string", "found 7"]),
        (
            json!({"title": long}),
            ["at most 1000 characters", "found 1001"],
        ),
        (json!({"cast": format!("A|{long}")}), ["cast", "found 1001"]),
        (
            json!({"year": "soon"}),
            ["year must be a whole number from 1870 to 2100", "soon"],
        ),
        (json!({"year": 1492}), ["year", "found 1492"]),
        (json!({"year": 1999.5}), ["year", "found 1999.5"]),
        (json!({"runtime": -1}), ["runtime", "found -1"]),
        (json!({"votes": 4_294_967_296_u64}), ["votes", "4294967295"]),
        (
            json!({"voteAverage": 10.1}),
            ["voteAverage must be a number from 0 to 10", "10.1"],
        ),
        (json!({"voteAverage": "NaN"}), ["voteAverage", "NaN"]),
        (
            json!({"language": "English"}),
            ["language must be codes of two small letters", "English"],
        ),
        (
            json!({"countries": "US|gb"}),
            ["countries must be codes of two capital", "found gb"],
        ),
        (
            json!({"description": true}),
            ["description must be a string", "true"],
        ),
        (
            json!({"creationTimestamp": "today"}),
            ["creationTimestamp", "today"],
        ),
    ] {
        let rows = [row("tmdb:1", &json!({})), row("tmdb:1", &properties)];
        refused(put(&rows), &said);
        refused(put(&rows), &["items[1].properties."]);
    }
}

#[test]
fn items_have_the_limits_of_the_service_model_and_ids_of_films() {
    let text = |text: &str| json!({"itemId": "tmdb:1", "properties": text});
    let long = format!("{{\"title\":\"{}\"}}", "x".repeat(32_000));
    let of = |items: &Value| read(&json!({"datasetArn": ARN, "items": items}));
    refused(
        read(&json!({"items": [text("{}")]})),
        &["datasetArn must be given"],
    );
    refused(
        read(&json!({"datasetArn": "films", "items": [text("{}")]})),
        &["datasetArn"],
    );
    refused(read(&json!({"datasetArn": ARN})), &["items must be given"]);
    refused(of(&json!([])), &["items must have 1 to 10"]);
    refused(of(&json!(vec![text("{}"); 11])), &["found 11"]);
    refused(of(&json!([{}])), &["items[0].itemId must be given"]);
    refused(of(&json!([7])), &["items[0] must be an object"]);
    refused(
        of(&json!([text("no")])),
        &["items[0].properties must be a JSON object"],
    );
    refused(
        of(&json!([text("[]")])),
        &["items[0].properties must be a JSON object"],
    );
    refused(
        of(&json!([text("")])),
        &["items[0].properties must have 1 to 32000"],
    );
    refused(
        of(&json!([text(&long)])),
        &["items[0].properties must have 1 to 32000"],
    );
    for id in [
        "1",
        "TMDB:1",
        "a b",
        "tmdb:",
        &format!("tmdb:{}", "1".repeat(200)),
    ] {
        let said = [
            "items[0].itemId must be the id of a film",
            "tmdb:603",
            &id[..1],
        ];
        refused(put(&[row(id, &json!({"title": "Tides"}))]), &said);
    }
}

#[test]
fn another_dataset_is_not_found_and_the_one_that_is_there_is_named() {
    for name in [
        "dataset/films/USERS",
        "dataset/films/items",
        "dataset/ITEMS/films",
        "dataset/ITEMS2",
        "dataset/ITEMS",
        "campaign/ITEMS",
        "campaign/films/ITEMS",
    ] {
        let arn = ARN.replace("dataset/films/ITEMS", name);
        let fault = read(&json!({"datasetArn": arn, "items": [{"itemId": "1"}]})).unwrap_err();
        assert_eq!(fault.kind, FaultKind::ResourceNotFound);
        assert!(
            fault.message.contains(name) && fault.message.contains("/ITEMS"),
            "{fault}"
        );
    }
}

#[test]
fn a_film_that_is_not_there_yet_needs_a_title() {
    let model = fixture::model();
    let of = |rows: &[Value]| {
        put(rows)
            .unwrap()
            .items(&model.catalogue)
            .map(<[Item]>::len)
    };
    let known = row("tmdb:1", &json!({"year": 1998}));
    let bare = json!({"itemId": "tmdb:2"});
    let new = row("film:tides", &json!({"title": "Tides"}));
    assert_eq!(of(&[known.clone(), bare, new]), Ok(3));
    let fault = of(&[known, row("film:tides", &json!({"year": 1998}))]).unwrap_err();
    assert_eq!(fault.kind, FaultKind::InvalidInput);
    let message = fault.message;
    assert!(message.contains("items[1].properties.title") && message.contains("film:tides"));
}

#[test]
fn of_several_items_with_one_id_the_last_one_counts() {
    let model = fixture::model();
    let rows = [
        row("film:tides", &json!({"title": "First"})),
        row("tmdb:1", &json!({})),
        row("film:tides", &json!({"title": "Last"})),
    ];
    let call = put(&rows).unwrap();
    let items = call.items(&model.catalogue).unwrap();
    let titles: Vec<&str> = items.iter().map(|item| item.facts.title.as_str()).collect();
    assert_eq!(titles, ["", "Last"]);
    // What a message names is its place in the call.
    let rows = [
        rows[0].clone(),
        rows[1].clone(),
        row("film:tides", &json!({})),
    ];
    let fault = put(&rows).unwrap().items(&model.catalogue).unwrap_err();
    assert!(
        fault.message.contains("items[2].properties.title"),
        "{fault}"
    );
}

#[test]
fn an_item_is_a_blob_of_its_own_and_the_newest_put_stands() {
    let blobs = MemoryBlobs::default();
    let first = item("tmdb:1", &json!({"runtime": 90, "year": "1998"}));
    let second = Item {
        at: Millis(NOW.0 + 1),
        ..item("tmdb:1", &json!({"year": 1999}))
    };
    let other = item("tmdb:2", &json!({}));
    for items in [[first, other.clone()], [second.clone(), other.clone()]] {
        blobs.keep(&items).now_or_never().unwrap().unwrap();
    }
    let keys = blobs.list("").now_or_never().unwrap().unwrap();
    let mut kept: Vec<Item> = keys
        .iter()
        .map(|key| {
            let blob = blobs.get(key).now_or_never().unwrap().unwrap().unwrap();
            let item = Item::read(&blob.bytes).unwrap();
            assert_eq!(item.key(), *key);
            item
        })
        .collect();
    kept.sort_by(|one, other| one.id().cmp(other.id()));
    assert_eq!(kept, [second, other]);
}

fn keep(blobs: &impl ItemStore, item: &Item) {
    let kept = blobs.keep(std::slice::from_ref(item));
    kept.now_or_never().unwrap().unwrap();
}

fn kept(blobs: &MemoryBlobs, key: &str) -> Item {
    let blob = blobs.get(key).now_or_never().unwrap().unwrap();
    Item::read(&blob.unwrap().bytes).unwrap()
}

#[test]
fn a_put_without_a_title_keeps_the_title_and_nothing_else_of_the_put_before_it() {
    let blobs = MemoryBlobs::default();
    let first = item("film:tides", &json!({"title": "Tides", "year": 1998}));
    keep(&blobs, &first);
    for properties in [json!({"runtime": 100}), json!({})] {
        let next = item("film:tides", &properties);
        keep(&blobs, &next);
        let kept = kept(&blobs, &first.key());
        assert_eq!(kept.title(), Some("Tides"));
        assert_eq!(
            (kept.properties, kept.given),
            (next.properties.clone(), next.given)
        );
    }
    keep(&blobs, &item("film:tides", &json!({"title": "Tides II"})));
    assert_eq!(kept(&blobs, &first.key()).title(), Some("Tides II"));
}

/// Blobs of which somebody else puts one each time it was read, a number of times.
#[derive(Debug)]
struct Busy(MemoryBlobs, AtomicUsize, Item);

impl Blobs for Busy {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        let found = self.0.get(key).await;
        let less = |left: usize| left.checked_sub(1);
        if let Ok(left) = self.1.fetch_update(Relaxed, Relaxed, less) {
            let other = Item {
                at: Millis(NOW.0 + i64::try_from(left).unwrap()),
                ..self.2.clone()
            };
            self.0.put(key, other.document(), Expect::Anything).await?;
        }
        found
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        self.0.list(prefix).await
    }

    async fn put(&self, key: &str, bytes: Bytes, expect: Expect) -> Result<ETag, BlobError> {
        self.0.put(key, bytes, expect).await
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        self.0.delete(key).await
    }
}

#[test]
fn a_title_that_somebody_puts_at_the_same_time_is_not_lost() {
    let titled = item("film:tides", &json!({"title": "Tides"}));
    let bare = item("film:tides", &json!({"runtime": 100}));
    let busy = |times: usize| Busy(MemoryBlobs::default(), times.into(), titled.clone());
    let blobs = busy(ATTEMPTS - 1);
    keep(&blobs, &bare);
    let kept = kept(&blobs.0, &bare.key());
    assert_eq!(kept.title(), Some("Tides"));
    assert_eq!(kept.properties, bare.properties);
    // Where it happens every time, nothing is written.
    let blobs = busy(ATTEMPTS);
    let error = blobs.keep(&[bare]).now_or_never().unwrap().unwrap_err();
    assert!(matches!(error, BlobError::Conflict { .. }), "{error}");
}

#[test]
fn the_document_of_an_item_is_as_it_is_written_down() {
    let item = item("tmdb:603", &json!({"year": 1999}));
    let document: Value = serde_json::from_slice(&item.document()).unwrap();
    assert_eq!(
        document,
        json!({"id": "tmdb:603", "at": 1_769_860_800_000_i64, "properties": {"year": 1999}})
    );
    assert_eq!(item.key(), "b9d2afe8f1789734bac5a0e1dc16ca46.json");
    let titled = br#"{"id": "tmdb:603", "at": 1, "properties": {"title": "The Matrix"}}"#;
    let document: Value = serde_json::from_slice(&item.in_place_of(titled).document()).unwrap();
    assert_eq!(document["title_before"], "The Matrix");
}

#[test]
fn a_damaged_document_is_an_error_that_says_what_is_wrong() {
    for (document, said) in [
        ("", "JSON object"),
        ("[]", "JSON object"),
        (r#"{"id": "tmdb:1", "at": 1}"#, "properties"),
        (
            r#"{"id": "tmdb:1", "at": "now", "properties": {}}"#,
            "at must",
        ),
        (
            r#"{"id": "1", "at": 1, "properties": {}}"#,
            "not a movie id",
        ),
        (r#"{"at": 1, "properties": {}}"#, "not a movie id"),
        (
            r#"{"id": "tmdb:1", "at": 1, "properties": {"year": 1}}"#,
            "properties.year",
        ),
        (
            r#"{"id": "tmdb:1", "at": 1, "properties": {}, "title_before": 7}"#,
            "title_before",
        ),
    ] {
        let error = Item::read(document.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(said), "{document}: {error}");
    }
}
