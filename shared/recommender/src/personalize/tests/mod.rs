//! Calls, answered over the small model of this crate.

mod limits;

use serde_json::{Value, json};

use super::*;
use crate::fixture;
use crate::model::Model;
use crate::recommend::Personal;
use crate::taste::{Kind, Millis, Recorded};

const NOW: i64 = 1_769_860_800_000;

fn arn(of: &str) -> String {
    format!("arn:aws:personalize:us-east-1:123456789012:{of}")
}

fn call(list: &str, more: &Value) -> Vec<u8> {
    let mut call = json!({"campaignArn": arn(&format!("campaign/matinee-{list}"))});
    let fields = call.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    call.to_string().into_bytes()
}

fn campaigns() -> Campaigns {
    let filters = json!({"filters": {
        "comedies": "INCLUDE ItemID WHERE Items.GENRES IN (\"Comedy\")",
        "watched": "INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"watch\")",
        "older": "INCLUDE ItemID WHERE Items.YEAR < CurrentItem.YEAR",
        "space": "INCLUDE ItemID WHERE Items.GENRES IN (\"Science Fiction\")",
    }});
    Campaigns::read(&filters.to_string()).unwrap()
}

fn filter(name: &str) -> Value {
    json!(arn(&format!("filter/{name}")))
}

fn answer(model: &Model, rows: &[Recorded], list: &str, more: &Value) -> Result<Value, Fault> {
    let campaigns = campaigns();
    let call = GetRecommendations::read(&call(list, more))?;
    let plan = campaigns.recommendations(&call)?;
    let filters = CompiledFilters::default();
    let basis = Basis {
        model,
        filters: &filters,
        rows,
        properties: None,
        now: Millis(NOW),
        personal: &Personal::default(),
    };
    let (answer, films) = plan.answer(&basis)?;
    assert_eq!(answer.item_list.len(), films.len());
    for (item, film) in answer.item_list.iter().zip(films) {
        assert_eq!(item.id(), model.catalogue.get(film.movie).id());
    }
    Ok(serde_json::to_value(answer).unwrap())
}

/// The numbers of the films of an answer.
fn numbers(answer: &Value, list: &str) -> Vec<u32> {
    let items = answer[list].as_array().unwrap().iter();
    let number = |item: &Value| {
        let id = item["itemId"].as_str().unwrap();
        id.trim_start_matches("tmdb:").parse().unwrap()
    };
    items.map(number).collect()
}

fn recommended(rows: &[Recorded], list: &str, more: &Value) -> Vec<u32> {
    let model = fixture::model();
    numbers(&answer(&model, rows, list, more).unwrap(), "itemList")
}

fn refused(list: &str, more: &Value) -> Fault {
    let model = fixture::model();
    answer(&model, &[], list, more).unwrap_err()
}

fn liked(films: &[u32]) -> Vec<Recorded> {
    let done: Vec<(u32, Kind)> = films.iter().map(|film| (*film, Kind::Liked)).collect();
    fixture::rows_until(NOW, &done)
}

#[test]
fn films_for_a_user_go_by_what_they_did_and_descend_in_their_scores() {
    let model = fixture::model();
    let found = answer(&model, &liked(&[1]), "for-you", &json!({"userId": "ada"})).unwrap();
    let films = numbers(&found, "itemList");
    assert_eq!(films.len(), 8, "{films:?}");
    assert_eq!(films[0], 2);
    assert!(!films.contains(&1));
    let items = found["itemList"].as_array().unwrap();
    let scores: Vec<f64> = items
        .iter()
        .filter_map(|item| item["score"].as_f64())
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    // What nothing speaks for is there for its popularity, and has no score.
    let last = items.last().unwrap();
    assert_eq!(last["reason"], json!(["Popular item"]));
    assert!(last["score"].is_null());
    assert!(items[0]["reason"].is_null(), "{}", items[0]);
    let id = found["recommendationId"].as_str().unwrap();
    assert!((1..=40).contains(&id.len()), "{id}");
}

#[test]
fn whoever_is_not_known_gets_what_is_trending_with_its_scores() {
    let model = fixture::model();
    let found = answer(&model, &[], "for-you", &json!({"userId": "Nobody Known"})).unwrap();
    let trending = recommended(&[], "trending", &json!({}));
    assert_eq!(numbers(&found, "itemList"), trending);
    let first = &found["itemList"][0];
    assert_eq!(first["reason"], json!(["Popular item"]));
    assert!(first["score"].is_f64());
}

#[test]
fn films_like_another_one_go_on_with_those_whose_facts_are_alike_and_then_the_popular_ones() {
    let model = fixture::model();
    let found = answer(&model, &[], "similar", &json!({"itemId": "tmdb:1"})).unwrap();
    let items = found["itemList"].as_array().unwrap();
    assert_eq!(items.len(), 8);
    let reasons: Vec<&str> = items
        .iter()
        .map(|item| item["reason"][0].as_str().unwrap_or_default())
        .collect();
    let mut known = reasons.clone();
    known.dedup();
    assert_eq!(
        known,
        ["", "Similar metadata", "Popular item"],
        "{reasons:?}"
    );
    let scores: Vec<f64> = items
        .iter()
        .filter_map(|item| item["score"].as_f64())
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    // An item that nobody knows has nothing like it.
    let unknown = answer(&model, &[], "similar", &json!({"itemId": "no-such"})).unwrap();
    let popular = recommended(&[], "popular", &json!({}));
    assert_eq!(numbers(&unknown, "itemList"), popular);
    assert_eq!(unknown["itemList"][0]["reason"], json!(["Popular item"]));
}

#[test]
fn as_many_items_are_given_as_were_asked_for_and_25_unless_said() {
    let count = |results: Value| recommended(&[], "popular", &json!({"numResults": results})).len();
    assert_eq!(count(json!(3)), 3);
    assert_eq!(count(json!(0)), 0);
    assert_eq!(count(json!(500)), 9);
    let read = |more: &Value| GetRecommendations::read(&call("popular", more)).unwrap();
    assert_eq!(read(&json!({})).results, 25);
    assert_eq!(read(&json!({"numResults": null})).results, 25);
}

#[test]
fn filters_keep_films_out_and_a_filter_by_what_was_watched_lets_it_come_again() {
    let with = |name: &str| json!({"userId": "ada", "filterArn": filter(name)});
    assert_eq!(recommended(&[], "popular", &with("comedies")), [3, 6]);
    let rows = fixture::rows_until(NOW, &[(1, Kind::Watched(None)), (3, Kind::Liked)]);
    assert_eq!(recommended(&rows, "for-you", &with("watched")), [1]);
    assert_eq!(recommended(&rows, "for-you", &with("comedies")), [6]);
    let like = json!({"itemId": "tmdb:5", "filterArn": filter("older")});
    let mut older = recommended(&[], "similar", &like);
    older.sort_unstable();
    assert_eq!(older, [1, 2, 3, 4, 6, 7, 8]);
}

#[test]
fn promoted_films_stand_among_the_others_and_say_so() {
    let model = fixture::model();
    let call = |percent: u32, results: u32| {
        json!({"userId": "ada", "numResults": results, "filterArn": filter("comedies"),
            "promotions": [{"name": "space", "percentPromotedItems": percent,
                "filterArn": filter("space")}]})
    };
    for list in ["popular", "trending"] {
        let found = answer(&model, &[], list, &call(50, 4)).unwrap();
        let items = found["itemList"].as_array().unwrap();
        let promoted: Vec<&Value> = items
            .iter()
            .filter(|item| item["promotionName"] == "space")
            .collect();
        assert_eq!((items.len(), promoted.len()), (4, 2), "{found}");
        for item in promoted {
            assert_eq!(item["reason"], json!(["Promoted item"]));
        }
        // Those promoted go by their own filter, the others by that of the call; no film stands twice.
        let mut films = numbers(&found, "itemList");
        films.sort_unstable();
        assert_eq!(films, [1, 3, 6, 8], "{list}");
    }
    // As many as there are.
    let all = answer(&model, &[], "popular", &call(100, 9)).unwrap();
    let mut films = numbers(&all, "itemList");
    films.sort_unstable();
    assert_eq!(films, [1, 2, 3, 5, 6, 8]);
}

#[test]
fn items_come_with_the_columns_that_were_asked_for() {
    let model = fixture::model();
    let more =
        json!({"numResults": 1, "metadataColumns": {"ITEMS": ["TITLE", "genres", "RUNTIME"]}});
    let found = answer(&model, &[], "popular", &more).unwrap();
    let expected = json!({"TITLE": "The Quiet Comet", "GENRES": "Science Fiction|Action"});
    assert_eq!(found["itemList"][0]["metadata"], expected);
    let without = answer(&model, &[], "popular", &json!({"numResults": 1})).unwrap();
    assert!(without["itemList"][0].get("metadata").is_none());
}

#[test]
fn what_an_arn_means_decides_what_else_must_be_there() {
    for (list, more, kind, said) in [
        (
            "for-you",
            json!({}),
            FaultKind::InvalidInput,
            "userId must be given",
        ),
        (
            "similar",
            json!({}),
            FaultKind::InvalidInput,
            "itemId must be given",
        ),
        (
            "ranking",
            json!({"userId": "a"}),
            FaultKind::InvalidInput,
            "GetPersonalizedRanking",
        ),
        (
            "other",
            json!({}),
            FaultKind::ResourceNotFound,
            "matinee-for-you",
        ),
        (
            "popular",
            json!({"filterArn": filter("no-such")}),
            FaultKind::ResourceNotFound,
            "there is no filter",
        ),
        (
            "popular",
            json!({"filterArn": filter("watched")}),
            FaultKind::InvalidInput,
            "userId must be given: the filter",
        ),
        (
            "popular",
            json!({"userId": "ada", "filterArn": filter("older")}),
            FaultKind::InvalidInput,
            "CurrentItem",
        ),
        (
            "popular",
            json!({"filterArn": filter("matinee-genres")}),
            FaultKind::InvalidInput,
            "filterValues.GENRES must be given",
        ),
        (
            "popular",
            json!({"promotions": [{"percentPromotedItems": 5, "filterArn": filter("no-such")}]}),
            FaultKind::ResourceNotFound,
            "no-such",
        ),
    ] {
        let fault = refused(list, &more);
        assert_eq!(fault.kind, kind, "{list} {more}: {fault}");
        assert!(fault.message.contains(said), "{list} {more}: {fault}");
    }
}

fn ranked(rows: &[Recorded], more: &Value) -> Result<Value, Fault> {
    let model = fixture::model();
    let campaigns = campaigns();
    let call = GetPersonalizedRanking::read(&call("ranking", more))?;
    let plan = campaigns.ranking(&call)?;
    let filters = CompiledFilters::default();
    let basis = Basis {
        model: &model,
        filters: &filters,
        rows,
        properties: None,
        now: Millis(NOW),
        personal: &Personal::default(),
    };
    let (answer, _) = plan.answer(&basis)?;
    Ok(serde_json::to_value(answer).unwrap())
}

fn ids(answer: &Value) -> Vec<&str> {
    let items = answer["personalizedRanking"].as_array().unwrap().iter();
    items.map(|item| item["itemId"].as_str().unwrap()).collect()
}

#[test]
fn given_items_are_put_in_order_for_a_user_and_what_nobody_knows_behind_them() {
    let rows = fixture::rows_until(NOW, &[(1, Kind::Liked), (6, Kind::Disliked)]);
    let items = [
        "no-such", "tmdb:6", "tmdb:4", "tmdb:3", "tmdb:2", "tmdb:3", "another",
    ];
    let found = ranked(&rows, &json!({"userId": "ada", "inputList": items})).unwrap();
    let expected = ["tmdb:2", "tmdb:3", "tmdb:4", "tmdb:6", "no-such", "another"];
    assert_eq!(ids(&found), expected, "{found}");
    let items = found["personalizedRanking"].as_array().unwrap();
    let scores: Vec<f64> = items
        .iter()
        .filter_map(|item| item["score"].as_f64())
        .collect();
    assert_eq!(scores.len(), 4);
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    // Of whom nothing is known gets the popular ones first.
    let nobody = ranked(
        &[],
        &json!({"userId": "bo", "inputList": ["tmdb:9", "tmdb:1", "tmdb:8"]}),
    );
    assert_eq!(ids(&nobody.unwrap()), ["tmdb:1", "tmdb:8", "tmdb:9"]);
    let none = ranked(&[], &json!({"userId": "bo", "inputList": []})).unwrap();
    assert_eq!(ids(&none), [""; 0]);
}

#[test]
fn what_the_viewer_counts_against_others_is_ranked_behind_all_of_them() {
    for (rows, items, last) in [
        // Nothing speaks for a film.
        (
            &[(1, Kind::Disliked)][..],
            &["tmdb:9", "tmdb:1", "tmdb:8"][..],
            "tmdb:1",
        ),
        // The sum of the skipped film is nearly 0, and that of tmdb:8 is less.
        (
            &[(3, Kind::Liked), (7, Kind::Disliked), (1, Kind::Skipped)],
            &["tmdb:1", "tmdb:8", "tmdb:4"],
            "tmdb:1",
        ),
        // Nothing else is to be ranked.
        (&[(1, Kind::Disliked)], &["tmdb:1"], "tmdb:1"),
    ] {
        let rows = fixture::rows_until(NOW, rows);
        let found = ranked(&rows, &json!({"userId": "ada", "inputList": items})).unwrap();
        assert_eq!(ids(&found).last(), Some(&last), "{found}");
        let items = found["personalizedRanking"].as_array().unwrap();
        let scores: Vec<f64> = items
            .iter()
            .filter_map(|item| item["score"].as_f64())
            .collect();
        assert_eq!(scores.len(), items.len());
        assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    }
}

#[test]
fn a_filter_leaves_items_out_of_a_ranking() {
    let items = ["no-such", "tmdb:1", "tmdb:3", "tmdb:6"];
    let with = |name: &str, values: Value| {
        ranked(
            &[],
            &json!({"userId": "ada", "inputList": items, "filterArn": filter(name),
            "filterValues": values, "metadataColumns": {"ITEMS": ["YEAR"]}}),
        )
    };
    let comedies = with("comedies", json!({})).unwrap();
    assert_eq!(ids(&comedies), ["tmdb:3", "tmdb:6"]);
    assert_eq!(
        comedies["personalizedRanking"][0]["metadata"],
        json!({"YEAR": "1975"})
    );
    let without = with("matinee-without-genres", json!({"GENRES": "\"Comedy\""})).unwrap();
    assert_eq!(ids(&without), ["tmdb:1", "no-such"]);
}

#[test]
fn a_user_of_any_alphabet_is_a_viewer() {
    assert_eq!(viewer("ada").as_str(), "ada");
    let foreign = viewer("Ada Moor");
    assert!(foreign.as_str().starts_with("personalize:"), "{foreign}");
    assert_ne!(foreign, viewer("Ada moor"));
}

#[test]
fn a_filter_with_the_same_values_is_compiled_once_for_a_model() {
    let model = fixture::model();
    let campaigns = campaigns();
    let filters = CompiledFilters::default();
    let compiled = |genre: &str| {
        let more =
            json!({"filterArn": filter("matinee-genres"), "filterValues": {"GENRES": genre}});
        let call = GetRecommendations::read(&call("popular", &more)).unwrap();
        let choice = call.filter.clone().unwrap();
        let chosen = chosen::Chosen::of(&campaigns, &choice, false, false).unwrap();
        let basis = Basis {
            model: &model,
            filters: &filters,
            rows: &[],
            properties: None,
            now: Millis(NOW),
            personal: &Personal::default(),
        };
        chosen.compiled(&basis).unwrap()
    };
    let first = compiled("\"Comedy\"");
    assert!(std::sync::Arc::ptr_eq(&first, &compiled("\"Comedy\"")));
    assert!(!std::sync::Arc::ptr_eq(&first, &compiled("\"Drama\"")));
    // Those that were not used for long are let go of.
    for number in 0..100 {
        compiled(&format!("\"{number}\""));
    }
    assert!(!std::sync::Arc::ptr_eq(&first, &compiled("\"Comedy\"")));
}

#[test]
fn lists_of_other_films_have_other_ids_at_the_same_moment() {
    let model = fixture::model();
    let id = |more: &Value| {
        let found = answer(&model, &[], "popular", more).unwrap();
        found["recommendationId"].as_str().unwrap().to_owned()
    };
    let all = id(&json!({}));
    assert_eq!(all, id(&json!({})));
    assert_ne!(all, id(&json!({"filterArn": filter("comedies")})));
    assert_ne!(all, id(&json!({"numResults": 3})));
    let rank = |items: &Value| {
        let found = ranked(&[], &json!({"userId": "ada", "inputList": items})).unwrap();
        found["recommendationId"].as_str().unwrap().to_owned()
    };
    let both = json!(["tmdb:1", "tmdb:2"]);
    assert_eq!(rank(&both), rank(&both));
    assert_ne!(rank(&both), rank(&json!(["tmdb:1"])));
}
