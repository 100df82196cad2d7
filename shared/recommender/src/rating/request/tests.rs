use proptest::prelude::*;
use serde_json::json;

use super::*;

fn thing() -> ThingName {
    ThingName::default()
}

fn read(payload: &Value) -> Result<PredictionRequest, Rejection> {
    PredictionRequest::read(payload.to_string().as_bytes(), &thing())
}

fn fields(rejection: &Rejection) -> Vec<&str> {
    let errors = rejection.errors.iter();
    errors.map(|fault| fault.field.as_str()).collect()
}

/// A film as devices of old send it, every value in an array of one.
fn odd() -> Value {
    json!({"title": ["Night\tFerry "], "year": ["1999"], "Director1": ["Ada Moor"],
        "Genre1": ["Drama"], "Genre2": ["None"], "Genre3": ["None"]})
}

fn plain() -> Value {
    json!({"title": "Night Ferry", "year": 1999, "Director1": "Ada Moor", "Genre1": "drama"})
}

#[test]
fn a_film_is_read_however_devices_write_it() {
    let request = read(&odd()).unwrap();
    let film = Film {
        title: "Night Ferry".to_owned(),
        year: 1999,
        director: Some("Ada Moor".to_owned()),
        genres: vec!["Drama".parse().unwrap()],
    };
    assert_eq!(request.films, [film]);
    // And the id is the same, however it was written.
    assert_eq!(read(&plain()).unwrap(), request);
    let mut batch = json!({ "candidates": [odd()] });
    assert_eq!(read(&batch).unwrap(), request);
    batch["request_id"] = json!(["r-1"]);
    assert_eq!(read(&batch).unwrap().id.as_str(), "r-1");
    batch["request_id"] = 17.into();
    assert_eq!(read(&batch).unwrap().id.as_str(), "17");
}

#[test]
fn a_derived_id_tells_things_and_films_apart() {
    let id = |payload: &Value, thing: &str| {
        let thing = thing.parse().unwrap();
        let request = PredictionRequest::read(payload.to_string().as_bytes(), &thing);
        request.unwrap().id
    };
    let first = id(&plain(), "a");
    assert!(first.as_str().starts_with("derived:"), "{first}");
    assert_ne!(first, id(&plain(), "b"));
    for (field, other) in [
        ("title", json!("Day Ferry")),
        ("year", json!(2000)),
        ("Director1", json!("Bo Lind")),
        ("Genre1", json!("Comedy")),
        ("Genre2", json!("Comedy")),
    ] {
        let mut payload = plain();
        payload[field] = other;
        assert_ne!(first, id(&payload, "a"), "{field}");
    }
    let order = |films: [Value; 2]| id(&json!({ "candidates": films }), "a");
    let mut other = plain();
    other["year"] = 2000.into();
    assert_ne!(order([plain(), other.clone()]), order([other, plain()]));
}

#[test]
fn nobody_is_a_director_in_two_words_but_not_in_none() {
    for word in ["None", "unknown", " NONE "] {
        let mut payload = plain();
        payload["Director1"] = word.into();
        assert_eq!(read(&payload).unwrap().films[0].director, None, "{word}");
    }
    for nothing in [Value::Null, json!(""), json!(" \n"), json!([])] {
        let mut payload = plain();
        payload["Director1"] = nothing;
        let rejection = read(&payload).unwrap_err();
        assert_eq!(fields(&rejection), ["Director1"], "{rejection:?}");
    }
}

#[test]
fn a_genre_counts_once_and_none_is_none() {
    let mut payload = plain();
    payload["Genre2"] = "None".into();
    payload["Genre3"] = "Drama".into();
    assert_eq!(read(&payload).unwrap().films[0].genres.len(), 1);
    payload["Genre1"] = Value::Null;
    payload["Genre3"] = json!(["none"]);
    assert!(read(&payload).unwrap().films[0].genres.is_empty());
}

#[test]
fn every_field_at_fault_is_told_with_what_was_expected() {
    let rejection = read(&json!({"year": "abc", "Genre1": "Slapstick", "Genre2": {},
        "request_id": "a/b"}))
    .unwrap_err();
    assert_eq!(rejection.code, RejectionCode::InvalidRequest);
    assert_eq!(rejection.request_id, None);
    let said = fields(&rejection);
    let expected = [
        "request_id",
        "title",
        "year",
        "Director1",
        "Genre1",
        "Genre2",
    ];
    assert_eq!(said, expected);
    let detail = |place: usize| rejection.errors[place].detail.as_str();
    assert!(detail(2).contains("from 1870 to 2100"), "{}", detail(2));
    assert!(detail(2).contains("found \"abc\""), "{}", detail(2));
    assert!(detail(4).contains("Slapstick"), "{}", detail(4));
    assert!(detail(4).contains("Film-Noir"), "{}", detail(4));
}

#[test]
fn faults_of_a_batch_name_the_candidate_and_the_request() {
    let mut wrong = plain();
    wrong["year"] = "abc".into();
    let rejection =
        read(&json!({"request_id": "r-1", "candidates": [plain(), wrong, 3]})).unwrap_err();
    assert_eq!(fields(&rejection), ["candidates[1].year", "candidates[2]"]);
    assert_eq!(rejection.request_id, Some("r-1".parse().unwrap()));
    for candidates in [json!([]), json!({}), json!("none")] {
        let rejection = read(&json!({ "candidates": candidates })).unwrap_err();
        assert_eq!(fields(&rejection), ["candidates"]);
    }
}

#[test]
fn a_hundred_faults_are_counted_and_twenty_told() {
    let rejection = read(&json!({"candidates": vec![json!({}); MAX_CANDIDATES]})).unwrap_err();
    assert_eq!(rejection.errors.len(), MAX_FAULTS + 1);
    assert!(rejection.message.starts_with("300 "), "{rejection:?}");
    assert!(rejection.errors[MAX_FAULTS].detail.contains("280 more"));
    assert!(rejection.json().len() < 16 * 1024);
}

#[test]
fn too_many_candidates_are_refused_with_their_number() {
    let full = vec![plain(); MAX_CANDIDATES];
    assert_eq!(
        read(&json!({ "candidates": full })).unwrap().films.len(),
        100
    );
    let many = json!({"request_id": "r-2", "candidates": vec![json!({}); 10_000]});
    let rejection = read(&many).unwrap_err();
    assert_eq!(rejection.code, RejectionCode::TooManyCandidates);
    assert!(rejection.message.contains("10000"), "{rejection:?}");
    assert_eq!(rejection.request_id, Some("r-2".parse().unwrap()));
}

#[test]
fn what_is_too_large_or_no_json_is_refused() {
    let large = vec![b' '; MAX_PAYLOAD + 1];
    let nested = "[".repeat(100_000);
    for (payload, code) in [
        (&large[..], RejectionCode::PayloadTooLarge),
        (&large[..MAX_PAYLOAD], RejectionCode::InvalidJson),
        (b"", RejectionCode::InvalidJson),
        (b"{\"title\":", RejectionCode::InvalidJson),
        (b"{\"title\":\"\xff\"}", RejectionCode::InvalidJson),
        (nested.as_bytes(), RejectionCode::InvalidJson),
        (b"[1]", RejectionCode::InvalidRequest),
        (b"null", RejectionCode::InvalidRequest),
    ] {
        let rejection = PredictionRequest::read(payload, &thing()).unwrap_err();
        assert_eq!(rejection.code, code, "{}", rejection.message);
    }
}

#[test]
fn an_id_may_be_as_long_as_its_topic_allows() {
    let with = |length: usize| {
        let mut payload = plain();
        payload["request_id"] = "r".repeat(length).into();
        read(&payload)
    };
    let request = with(MAX_REQUEST_ID).unwrap();
    let longest: ThingName = "x".repeat(crate::rating::MAX_THING).parse().unwrap();
    assert!(longest.prediction_topic(&request.id).len() <= 256);
    for too_long in [MAX_REQUEST_ID + 1, 1_000] {
        assert_eq!(fields(&with(too_long).unwrap_err()), ["request_id"]);
    }
}

proptest! {
    /// Whatever comes is read or refused, and a refusal is never larger than what brokers take.
    #[test]
    fn anything_is_read_or_refused(payload in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(rejection) = PredictionRequest::read(&payload, &thing()) {
            prop_assert!(rejection.json().len() < MAX_PAYLOAD);
        }
    }
}
