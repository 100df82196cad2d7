//! Filters that ask what was said about the user.

use super::*;
use crate::taste::{Millis, Properties};

/// Whether an expression counts for the user of whom this was said.
fn counts(said: Option<&str>, condition: &str, of: &[(&str, &str)]) -> bool {
    let said = said.map(|json| Properties::of_json(Millis(NOW), json).unwrap());
    let who = WhoAsks {
        viewer: Some("ada"),
        properties: said.as_ref(),
        ..WhoAsks::default()
    };
    let text = format!("INCLUDE ItemID WHERE Items.YEAR = 1999 IF CurrentUser.{condition}");
    assert!(filter(&text).asks_about_properties() && filter(&text).asks_about_viewer());
    let films = passing(&text, of, &who);
    assert!(films == [1] || films == EVERY, "{text}: {films:?}");
    films == [1]
}

const SAID: &str = r#"{"membershipLevel": "gold|staff", "age": 30, "videosWatched": "45", "rate": 7.5,
    "subscribed": true, "left": "False", "town": null, "code": "007"}"#;

#[test]
fn an_expression_counts_if_what_was_said_about_the_user_is_as_it_says() {
    for (condition, expected) in [
        (r#"MEMBERSHIP_LEVEL = "gold""#, true),
        (r#"membershipLevel = "staff""#, true),
        (r#"MEMBERSHIP_LEVEL = "gold|staff""#, true),
        (r#"MEMBERSHIP_LEVEL = "Gold""#, false),
        (r#"MEMBERSHIP_LEVEL != "gold""#, false),
        (r#"MEMBERSHIP_LEVEL != "silver""#, true),
        (r#"MEMBERSHIP_LEVEL IN ("silver", "gold")"#, true),
        (r#"MEMBERSHIP_LEVEL NOT IN ("silver", "gold")"#, false),
        (r#"MEMBERSHIP_LEVEL NOT IN ("silver", "bronze")"#, true),
        ("MEMBERSHIP_LEVEL > 1", false),
        ("AGE = 30", true),
        ("AGE = 30.0", true),
        (r#"AGE = "30""#, true),
        (r#"AGE = "thirty""#, false),
        ("AGE != 30", false),
        ("AGE < 31", true),
        ("AGE < 30", false),
        (r#"AGE <= "30""#, true),
        ("AGE > 29.5", true),
        ("AGE >= 31", false),
        (r#"AGE IN (1, "30")"#, true),
        ("AGE NOT IN (1, 30)", false),
        ("RATE > 7 AND CurrentUser.RATE < 8", true),
        ("RATE > 7 AND CurrentUser.RATE < 7.5", false),
        // Personalize's own example puts numbers as strings.
        ("VIDEOS_WATCHED >= 45", true),
        ("VIDEOS_WATCHED = 45", true),
        (r#"VIDEOS_WATCHED = "45.0""#, false),
        (r#"CODE = "7""#, false),
        (r#"SUBSCRIBED = "True""#, true),
        (r#"SUBSCRIBED != "true""#, false),
        ("SUBSCRIBED = 1", false),
        (r#"LEFT = "False""#, true),
    ] {
        assert_eq!(counts(Some(SAID), condition, &[]), expected, "{condition}");
    }
}

#[test]
fn a_user_of_whom_a_property_is_not_known_passes_no_test_about_it() {
    for said in [
        None,
        Some("{}"),
        Some(r#"{"level": null, "levels": "gold"}"#),
    ] {
        for condition in [
            r#"LEVEL = "gold""#,
            r#"LEVEL != "gold""#,
            r#"LEVEL IN ("gold")"#,
            r#"LEVEL NOT IN ("gold")"#,
            "LEVEL < 1",
            "LEVEL >= 1",
            "LEVEL != 1",
        ] {
            assert!(!counts(said, condition, &[]), "{said:?} {condition}");
        }
    }
}

#[test]
fn parameters_are_compared_with_properties_as_what_these_are() {
    for (condition, value, expected) in [
        ("MEMBERSHIP_LEVEL = $P", "\"gold\"", true),
        ("MEMBERSHIP_LEVEL IN ($P)", "\"silver\",\"staff\"", true),
        ("MEMBERSHIP_LEVEL = $P", "silver", false),
        ("AGE = $P", "30", true),
        ("AGE IN ($P)", "\"29\",\"30\"", true),
        ("AGE >= $P", "31", false),
        ("AGE < $P", "\"31\"", true),
        ("VIDEOS_WATCHED > $P", "44", true),
        ("SUBSCRIBED = $P", "true", true),
    ] {
        let found = counts(Some(SAID), condition, &[("P", value)]);
        assert_eq!(found, expected, "{condition} {value}");
    }
    let model = fixture::model();
    let compile = |condition: &str, of: &[(&str, &str)]| {
        let text = format!("INCLUDE ItemID WHERE Items.YEAR = 1999 IF CurrentUser.{condition}");
        let compiled = filter(&text).compile(&values(of), &model.catalogue);
        compiled.unwrap_err().message
    };
    assert!(compile("AGE < $P", &[("P", "\"old\"")]).contains("must be a number"));
    assert!(
        compile("AGE < $P", &[("P", "1,2")]).contains("filterValues.P must be one value, found 2")
    );
    assert!(compile("LEVEL = $P", &[("P", "a,b")]).contains("filterValues.P must be one value"));
    assert!(compile("AGE = $P", &[]).contains("filterValues.P must be given"));
    // What excludes does without.
    let text = "EXCLUDE ItemID WHERE Items.YEAR = 1999 IF CurrentUser.AGE = $P";
    assert_eq!(viewers(text, &[]), EVERY);
}

#[test]
fn columns_that_are_known_by_themselves_are_no_properties() {
    for column in ["USER_ID", "userId", "persona", "INTERACTIONS"] {
        let text =
            format!("INCLUDE ItemID WHERE Items.YEAR = 1 IF CurrentUser.{column} IN (\"1\")");
        assert!(!filter(&text).asks_about_properties(), "{column}");
    }
    let eleven: Vec<String> = (0..11)
        .map(|number| format!("CurrentUser.P{number} = 1"))
        .collect();
    let text = format!(
        "INCLUDE ItemID WHERE Items.YEAR = 1 IF {}",
        eleven.join(" AND ")
    );
    let error = text.parse::<Filter>().unwrap_err();
    assert!(
        error.expected.contains("at most 10 different columns"),
        "{error}"
    );
    // However it is written, it is one column.
    let one = ["ageGroup", "AGE_GROUP", "age_group"].repeat(4);
    let one: Vec<String> = one
        .iter()
        .map(|name| format!("CurrentUser.{name} = 1"))
        .collect();
    let text = format!(
        "INCLUDE ItemID WHERE Items.YEAR = 1 IF {}",
        one.join(" AND ")
    );
    assert!(text.parse::<Filter>().is_ok());
}
