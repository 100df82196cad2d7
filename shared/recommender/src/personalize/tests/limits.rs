//! What the service model bounds, field by field.

use super::*;

#[track_caller]
fn assert_each_is_invalid(cases: &[(Value, &str)]) {
    for (more, said) in cases {
        let fault = refused("popular", more);
        assert_eq!(fault.kind, FaultKind::InvalidInput, "{more}");
        assert!(fault.message.contains(said), "{more}: {fault}");
    }
}

#[test]
fn a_call_is_a_json_object() {
    for body in ["", "[]", "{", "null"] {
        let fault = GetRecommendations::read(body.as_bytes()).unwrap_err();
        assert!(fault.message.contains("a JSON object"), "{fault}");
    }
}

#[test]
fn every_field_of_a_call_has_the_limits_of_the_service_model() {
    let long = "x".repeat(257);
    assert_each_is_invalid(&[
        (
            json!({"campaignArn": null}),
            "campaignArn or recommenderArn",
        ),
        (
            json!({"campaignArn": "films"}),
            "campaignArn must be an ARN",
        ),
        (json!({"campaignArn": 5}), "campaignArn must be a string"),
        (
            json!({"recommenderArn": arn("recommender/x")}),
            "found both",
        ),
        (json!({"userId": long}), "userId must have 1 to 256"),
        (json!({"userId": ""}), "userId must have 1 to 256"),
        (json!({"itemId": long}), "itemId must have 1 to 256"),
        (
            json!({"numResults": 501}),
            "numResults must be a whole number from 0 to 500, found 501",
        ),
        (json!({"numResults": -1}), "from 0 to 500, found -1"),
        (json!({"numResults": 2.5}), "found 2.5"),
        (json!({"numResults": "5"}), "numResults"),
        (
            json!({"numResults": 51, "metadataColumns": {"ITEMS": ["TITLE"]}}),
            "from 0 to 50, found 51",
        ),
    ]);
}

#[test]
fn context_filters_and_columns_have_the_limits_of_the_service_model() {
    let many: serde_json::Map<String, Value> =
        (0..151).map(|n| (format!("k{n}"), json!("v"))).collect();
    assert_each_is_invalid(&[
        (
            json!({"context": many}),
            "context must have at most 150 entries, found 151",
        ),
        (
            json!({"context": {"a b": "c"}}),
            "letters, digits and underscores",
        ),
        (
            json!({"context": {"a": "c".repeat(1_001)}}),
            "context.a must have 0 to 1000",
        ),
        (json!({"context": {"a": 1}}), "context.a must be a string"),
        (json!({"context": []}), "context must be an object"),
        (json!({"filterArn": "comedies"}), "filterArn must be an ARN"),
        (
            json!({"filterValues": {"A": "1"}}),
            "filterArn must be given",
        ),
        (
            json!({"filterArn": filter("comedies"), "filterValues": {("x".repeat(51)): "1"}}),
            "must have 1 to 50",
        ),
        (
            json!({"filterArn": filter("comedies"), "filterValues": {"A": "1".repeat(1_001)}}),
            "filterValues.A must have 0 to 1000",
        ),
        (
            json!({"metadataColumns": {"USERS": ["AGE"]}}),
            "must be of ITEMS, found USERS",
        ),
        (
            json!({"metadataColumns": {"ITEMS": ["PRICE"]}}),
            "VOTE_AVERAGE, found PRICE",
        ),
        (
            json!({"metadataColumns": {"ITEMS": vec!["A"; 11]}}),
            "0 to 10 elements, found 11",
        ),
        (
            json!({"metadataColumns": {"ITEMS": [], "USERS": []}}),
            "at most 1 entries",
        ),
    ]);
}

#[test]
fn a_promotion_has_the_limits_of_the_service_model() {
    let promotion = |more: &Value| {
        let mut promotion =
            json!({"name": "p", "percentPromotedItems": 10, "filterArn": filter("comedies")});
        for (field, value) in more.as_object().unwrap() {
            promotion[field] = value.clone();
        }
        json!({"promotions": [promotion]})
    };
    assert_each_is_invalid(&[
        (
            json!({"promotions": [{}, {}]}),
            "promotions must have 0 to 1 elements, found 2",
        ),
        (
            json!({"promotions": ["x"]}),
            "promotions[0] must be an object",
        ),
        (
            promotion(&json!({"name": "-"})),
            "promotions[0].name must begin",
        ),
        (
            promotion(&json!({"name": "x".repeat(64)})),
            "promotions[0].name must have 1 to 63",
        ),
        (
            promotion(&json!({"percentPromotedItems": 0})),
            "promotions[0].percentPromotedItems must be a whole number from 1 to 100",
        ),
        (
            promotion(&json!({"percentPromotedItems": null})),
            "promotions[0].percentPromotedItems must be given",
        ),
        (
            promotion(&json!({"filterArn": null})),
            "promotions[0].filterArn must be given",
        ),
        (
            promotion(&json!({"filterArn": null, "filterValues": {"A": "1"}})),
            "promotions[0].filterArn must be given",
        ),
    ]);
}

#[test]
fn every_field_of_a_ranking_has_the_limits_of_the_service_model() {
    let good = json!({"userId": "ada", "inputList": ["tmdb:1"]});
    assert!(ranked(&[], &good).is_ok());
    for (more, said) in [
        (json!({"campaignArn": null}), "campaignArn must be given"),
        (json!({"userId": null}), "userId must be given"),
        (json!({"userId": "x".repeat(257)}), "userId must have"),
        (json!({"inputList": null}), "inputList must be given"),
        (json!({"inputList": "tmdb:1"}), "inputList must be an array"),
        (
            json!({"inputList": vec!["a"; 501]}),
            "0 to 500 elements, found 501",
        ),
        (
            json!({"inputList": vec!["a"; 51], "metadataColumns": {"ITEMS": ["YEAR"]}}),
            "0 to 50 elements, found 51",
        ),
        (
            json!({"inputList": ["x".repeat(257)]}),
            "inputList[0] must have",
        ),
        (json!({"inputList": [5]}), "inputList[0] must be a string"),
        (json!({"context": {"a": 1}}), "context.a"),
        (json!({"filterArn": "x"}), "filterArn"),
        (
            json!({"metadataColumns": {"ITEMS": ["PRICE"]}}),
            "found PRICE",
        ),
        (
            json!({"filterArn": filter("matinee-genres")}),
            "filterValues.GENRES must be given",
        ),
        (
            json!({"campaignArn": arn("campaign/matinee-for-you")}),
            "GetRecommendations",
        ),
    ] {
        let mut call = good.clone();
        for (field, value) in more.as_object().unwrap() {
            call[field] = value.clone();
        }
        let fault = ranked(&[], &call).unwrap_err();
        assert_eq!(fault.kind, FaultKind::InvalidInput, "{more}: {fault}");
        assert!(fault.message.contains(said), "{more}: {fault}");
    }
    let unknown = json!({"userId": "a", "inputList": [], "campaignArn": arn("campaign/films")});
    assert_eq!(
        ranked(&[], &unknown).unwrap_err().kind,
        FaultKind::ResourceNotFound
    );
}
