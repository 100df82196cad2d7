//! The wire format of Amazon Personalize Runtime and Events.

use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode, header};
use futures_util::future::BoxFuture;
use matinee::model::Unavailable;
use matinee::personalize::{AccessKey, Campaigns};
use matinee::taste::NoAudience;
use serde_json::{Value, json};

use super::fixture::{Answer, House, each, learned, model, movies, now, of_genre, send_to};
use crate::{Access, Callers, CampaignsDocument, Options, Personalize, router_with};

const ARN: &str = "arn:aws:personalize:us-east-1:123456789012";

/// The paths of all calls.
const CALLS: [&str; 5] = [
    "/recommendations",
    "/personalize-ranking",
    "/events",
    "/items",
    "/users",
];

fn campaign(list: &str) -> Value {
    json!({"campaignArn": format!("{ARN}:campaign/matinee-{list}")})
}

fn events(events: &Value) -> Value {
    json!({"trackingId": "t", "sessionId": "s", "userId": "ada", "eventList": events})
}

fn like(event: &str, movie: &str) -> Value {
    let seconds = now().0 as f64 / 1e3;
    json!({"eventId": event, "eventType": "Like", "itemId": movie, "sentAt": seconds})
}

#[track_caller]
fn refused(answer: &Answer, status: u16, kind: &str) -> String {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.json());
    assert_eq!(answer.header("x-amzn-errortype"), kind);
    assert_eq!(answer.header("content-type"), "application/json");
    let json = answer.json();
    assert_eq!(json.as_object().unwrap().len(), 1, "{json}");
    json["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn events_become_the_viewers_interactions_once() {
    let house = House::new(Access::Open);
    let call = events(&json!([like("1", "tmdb:603"), like("2", "imdb:tt0133093")]));
    for _ in 0..2 {
        let answer = house.post("/events", &call).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    house.settle().await;
    let rows = house.tables.rows();
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter()
            .all(|row| row.interaction.movie.as_str() == "tmdb:603")
    );
}

#[tokio::test]
async fn of_a_repeated_event_id_the_first_event_stands() {
    let house = House::new(Access::Open);
    let call = events(&json!([like("1", "tmdb:603"), like("1", "tmdb:604")]));
    assert_eq!(house.post("/events", &call).await.status, StatusCode::OK);
    house.settle().await;
    let rows = house.tables.rows();
    let movies: Vec<&str> = rows
        .iter()
        .map(|row| row.interaction.movie.as_str())
        .collect();
    assert_eq!(movies, ["tmdb:603"]);
}

#[tokio::test]
async fn one_event_that_is_not_understood_refuses_all_in_amazons_words() {
    let house = House::new(Access::Open);
    let eleven = vec![like("1", "tmdb:603"); 11];
    let mut long = like("1", "tmdb:603");
    long["properties"] = json!(format!("{{\"a\": \"{}\"}}", "x".repeat(1_024)));
    for (body, said) in [
        (
            events(&json!([like("1", "tmdb:603"), like("2", "tmdb:0")])),
            "eventList[1]",
        ),
        (json!({"trackingId": "t"}), "sessionId"),
        (events(&json!([])), "1 to 10"),
        (events(&json!(eleven)), "1 to 10 elements, found 11"),
        (events(&json!([long])), "properties must have 1 to 1024"),
    ] {
        let answer = house.post("/events", &body).await;
        let message = refused(&answer, 400, "InvalidInputException");
        assert!(message.contains(said), "{message}");
    }
    assert!(house.queue.bodies().is_empty());
}

#[tokio::test]
async fn what_is_recommended_is_remembered_under_its_id_and_taken_up_by_events() {
    let films = of_genre(&movies(), matinee::catalogue::Genre::Romance);
    let house = House::serving(learned(), Access::Open);
    let call = events(&json!([like("1", &films[0]), like("2", &films[1])]));
    house.post("/events", &call).await;
    house.settle().await;
    let mut call = campaign("for-you");
    call["userId"] = "ada".into();
    call["numResults"] = 150.into();
    let answer = house.post("/recommendations", &call).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-matinee-model"), learned().version());
    let list = answer.json();
    let items = each(&list["itemList"], "/itemId");
    assert!(items.len() > 100, "{}", items.len());
    assert!(films[2..].iter().any(|film| film == items[0]), "{list}");
    assert!(!items.contains(&films[0].as_str()));
    house.settle().await;
    let viewer = "ada".parse().unwrap();
    let pages = house.audience.served(&viewer).await.unwrap();
    let id = list["recommendationId"].as_str().unwrap();
    assert!(pages.iter().all(|page| page.recommendation.as_str() == id));
    let served: usize = pages.iter().map(|page| page.movies.len()).sum();
    assert_eq!(served, items.len());

    let mut taken = like("3", items[0]);
    taken["recommendationId"] = id.into();
    let answer = house.post("/events", &events(&json!([taken]))).await;
    assert_eq!(answer.status, StatusCode::OK);
    house.settle().await;
    let analytics = house.call("GET", "/viewers/ada/analytics").await.json();
    let by_source = &analytics["recommendations"]["by_source"];
    assert_eq!(by_source["personalize"]["accepted_films"], 1, "{analytics}");
}

#[tokio::test]
async fn a_ranking_puts_given_films_in_order_for_a_viewer() {
    let romance = of_genre(&movies(), matinee::catalogue::Genre::Romance);
    let space = of_genre(&movies(), matinee::catalogue::Genre::ScienceFiction);
    let house = House::serving(learned(), Access::Open);
    house
        .post("/events", &events(&json!([like("1", &romance[0])])))
        .await;
    house.settle().await;
    let mut call = campaign("ranking");
    call["userId"] = "ada".into();
    call["inputList"] = json!([space[2], "no-such-item", romance[2]]);
    let answer = house.post("/personalize-ranking", &call).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
    let list = answer.json();
    let ids = each(&list["personalizedRanking"], "/itemId");
    assert_eq!(ids, [romance[2].as_str(), &space[2], "no-such-item"]);
    house.settle().await;
    let pages = house
        .audience
        .served(&"ada".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(pages[0].recommendation.as_str(), list["recommendationId"]);
    // The longest list there may be, of the longest ids.
    call["inputList"] = (0..500).map(|n| format!("{n:0>256}")).collect();
    let answer = house.post("/personalize-ranking", &call).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.json()["personalizedRanking"]
            .as_array()
            .unwrap()
            .len(),
        500
    );
}

#[tokio::test]
async fn campaigns_and_filters_are_those_that_were_given() {
    let document = json!({
        "campaigns": {"more-like-this": "similar"},
        "filters": {"kind": "INCLUDE ItemID WHERE Items.GENRES IN ($KIND)"},
    });
    let personalize = Personalize {
        campaigns: Campaigns::read(&document.to_string()).unwrap().into(),
        ..Personalize::default()
    };
    let house = House::with(
        model(),
        Access::Open,
        Options {
            personalize,
            ..Options::default()
        },
    );
    let mut call = json!({
        "recommenderArn": format!("{ARN}:recommender/more-like-this"), "itemId": "tmdb:603",
        "filterArn": format!("{ARN}:filter/kind"), "filterValues": {"KIND": "\"Romance\""},
        "metadataColumns": {"ITEMS": ["GENRES"]},
    });
    let answer = house.post("/recommendations", &call).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
    let list = answer.json();
    let items = list["itemList"].as_array().unwrap();
    assert_eq!(items.len(), 25);
    for item in items {
        let genres = item["metadata"]["GENRES"].as_str().unwrap();
        assert!(genres.split('|').any(|genre| genre == "Romance"), "{item}");
    }
    call["filterValues"] = json!({});
    let answer = house.post("/recommendations", &call).await;
    let message = refused(&answer, 400, "InvalidInputException");
    assert!(
        message.contains("filterValues.KIND must be given"),
        "{message}"
    );
    let unknown = json!({"recommenderArn": format!("{ARN}:recommender/other")});
    let answer = house.post("/recommendations", &unknown).await;
    refused(&answer, 404, "ResourceNotFoundException");
}

#[tokio::test]
async fn without_a_model_or_tables_the_same_call_may_succeed_later() {
    let open = || Options {
        personalize: Personalize {
            callers: Callers::Anybody,
            ..Personalize::default()
        },
        ..Options::default()
    };
    let mut call = campaign("for-you");
    call["userId"] = "ada".into();
    let post = |path: &str, call: &Value| {
        Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(call.to_string()))
            .unwrap()
    };
    let audience = || Arc::new(NoAudience);
    let empty = super::service::Empty(Unavailable::Loading);
    let without = router_with(empty, audience(), Access::Open, open());
    let request = post("/recommendations", &campaign("popular"));
    let answer = send_to(without, request).await;
    refused(&answer, 503, "ServiceUnavailableException");
    let nobody = router_with(model(), audience(), Access::Open, open());
    let put =
        json!({"datasetArn": format!("{ARN}:dataset/films/USERS"), "users": [{"userId": "ada"}]});
    for request in [post("/recommendations", &call), post("/users", &put)] {
        let answer = send_to(nobody.clone(), request).await;
        refused(&answer, 503, "ServiceUnavailableException");
    }
    let answer = send_to(nobody, post("/recommendations", &campaign("popular"))).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_that_is_too_large_and_another_method_are_refused() {
    let house = House::new(Access::Open);
    let answer = house.post("/events", &json!("x".repeat(3 << 20))).await;
    refused(&answer, 400, "InvalidInputException");
    for path in CALLS {
        let answer = house.call("GET", path).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.header("allow"), "POST");
    }
}

#[tokio::test]
async fn in_the_cloud_there_are_no_such_calls_without_a_key() {
    let house = House::new(Access::SignedIn);
    for path in CALLS {
        let answer = house.post(path, &campaign("popular")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// A document that can be read or not, one answer after the other.
struct Told(Mutex<Vec<Result<Option<&'static str>, String>>>);

impl CampaignsDocument for Told {
    fn read(&self) -> BoxFuture<'_, Result<Option<Bytes>, String>> {
        let told = self.0.lock().unwrap().remove(0);
        Box::pin(async { told.map(|text| text.map(Bytes::from)) })
    }
}

/// Who reads campaigns from a document, and is told this of it.
fn told(document: &[Result<Option<&'static str>, &str>]) -> House {
    let told = document.iter().copied();
    let told = told.map(|told| told.map_err(str::to_owned)).collect();
    let options = Options {
        personalize: Personalize::signed(None, Told(Mutex::new(told))),
        ..Options::default()
    };
    House::with(model(), Access::Open, options)
}

#[tokio::test]
async fn a_document_that_is_missing_or_not_understood_leaves_the_campaigns_that_are_always_there() {
    for document in [None, Some("{"), Some("[]")] {
        let house = told(&[Ok(document)]);
        for list in ["popular", "trending"] {
            let answer = house.post("/recommendations", &campaign(list)).await;
            assert_eq!(answer.status, StatusCode::OK, "{document:?}");
        }
    }
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_read_again_and_until_then_nobody_is_told_there_is_no_such_campaign()
 {
    let document = Some(r#"{"campaigns": {"films": "popular"}}"#);
    let house = told(&[Err("the store is away"), Ok(document)]);
    let call = json!({"campaignArn": format!("{ARN}:campaign/films")});
    let answer = house.post("/recommendations", &call).await;
    refused(&answer, 503, "ServiceUnavailableException");
    for _ in 0..2 {
        let answer = house.post("/recommendations", &call).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn with_a_key_what_is_not_signed_with_it_is_refused_in_amazons_words() {
    let key = AccessKey::new("FILMS", "a secret of many letters").unwrap();
    let options = Options {
        personalize: Personalize {
            callers: Callers::WithKey(key),
            ..Personalize::default()
        },
        ..Options::default()
    };
    let house = House::new(Access::SignedIn);
    let router = router_with(
        model(),
        Arc::clone(&house.audience),
        Access::SignedIn,
        options,
    );
    let signed = |id: &str| {
        format!(
            "AWS4-HMAC-SHA256 Credential={id}/20260131/us-east-1/personalize/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature=00"
        )
    };
    let today = jiff::Timestamp::now()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    let fresh = signed("FILMS").replace("20260131", &today[..8]);
    for (authorization, date, kind) in [
        (None, None, "MissingAuthenticationTokenException"),
        (
            Some("Bearer abc".to_owned()),
            None,
            "IncompleteSignatureException",
        ),
        (
            Some(signed("FILMS")),
            Some("20260131T000000Z"),
            "InvalidSignatureException",
        ),
        (
            Some(fresh.clone()),
            Some(today.as_str()),
            "InvalidSignatureException",
        ),
        (
            Some(fresh.replace("FILMS", "OTHER")),
            Some(today.as_str()),
            "UnrecognizedClientException",
        ),
    ] {
        for path in [
            "/recommendations",
            "/personalize-ranking",
            "/events",
            "/items",
            "/users",
        ] {
            let mut request = Request::post(path).header("host", "films.example");
            if let Some(authorization) = &authorization {
                request = request.header("authorization", authorization);
            }
            if let Some(date) = date {
                request = request.header("x-amz-date", date);
            }
            let body = Body::from(campaign("popular").to_string());
            let answer = send_to(router.clone(), request.body(body).unwrap()).await;
            refused(&answer, 403, kind);
        }
    }
    // Other calls need no signature.
    let request = Request::get("/health").body(Body::empty()).unwrap();
    assert_eq!(send_to(router, request).await.status, StatusCode::OK);
}
