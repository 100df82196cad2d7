//! Filters over the small model of this crate.

mod properties;
mod refused;
mod slow;

use super::*;
use crate::fixture;
use crate::model::{MovieIndex, MovieRef};
use crate::personalize::request::FilterValues;
use crate::taste::{Kind as Deed, Recorded};

const NOW: i64 = 1_769_860_800_000;

fn filter(text: &str) -> Filter {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn values(of: &[(&str, &str)]) -> FilterValues {
    let values = of.iter();
    values
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The numbers of the films that pass, all nine where nothing is filtered.
fn passing(text: &str, of: &[(&str, &str)], who: &WhoAsks<'_>) -> Vec<u32> {
    let model = fixture::model();
    let compiled = filter(text).compile(&values(of), &model.catalogue);
    let films = compiled.unwrap().films(&model.catalogue, who);
    let passes = |movie: &MovieIndex| films.as_ref().is_none_or(|films| films.contains(*movie));
    let movies = model.catalogue.iter().map(MovieRef::index).filter(passes);
    movies.map(|movie| movie.0 + 1).collect()
}

fn items(text: &str, of: &[(&str, &str)]) -> Vec<u32> {
    passing(text, of, &WhoAsks::default())
}

/// Watched 1, clicked 2, liked 3, disliked 4, and watched 5 and liked it.
fn rows() -> Vec<Recorded> {
    let deeds = [
        (1, Deed::Watched(None)),
        (2, Deed::Clicked(None)),
        (3, Deed::Liked),
        (4, Deed::Disliked),
        (5, Deed::Watched(None)),
        (5, Deed::Liked),
    ];
    fixture::rows_until(NOW, &deeds)
}

fn viewers(text: &str, of: &[(&str, &str)]) -> Vec<u32> {
    let rows = rows();
    let who = WhoAsks {
        viewer: Some("ada"),
        persona: Some("The Space Traveller"),
        rows: &rows,
        ..WhoAsks::default()
    };
    passing(text, of, &who)
}

const EVERY: [u32; 9] = [1, 2, 3, 4, 5, 6, 7, 8, 9];

#[test]
fn items_are_included_and_excluded_by_their_columns() {
    for (text, expected) in [
        (
            r#"INCLUDE ItemID WHERE Items.GENRES IN ("Comedy")"#,
            &[3, 6][..],
        ),
        (
            r#"EXCLUDE ItemID WHERE Items.GENRES IN ("Comedy", "Drama")"#,
            &[1, 2, 8, 9],
        ),
        (
            r#"INCLUDE ItemID WHERE Items.GENRES NOT IN ("Drama", "Comedy")"#,
            &[1, 2, 8, 9],
        ),
        (
            r#"INCLUDE ItemID WHERE Items.GENRES = "Drama" AND Items.GENRES != "Science Fiction""#,
            &[4, 7],
        ),
        ("INCLUDE ItemID WHERE Items.YEAR = 1999", &[1]),
        (
            "INCLUDE ItemID WHERE Items.YEAR != 1999",
            &[2, 3, 4, 5, 6, 7, 8, 9],
        ),
        ("INCLUDE ItemID WHERE Items.YEAR < 1975", &[4]),
        ("INCLUDE ItemID WHERE Items.YEAR <= 1975", &[3, 4]),
        ("INCLUDE ItemID WHERE Items.YEAR > 2018", &[9]),
        ("INCLUDE ItemID WHERE Items.YEAR >= (2018)", &[5, 9]),
        (
            r#"INCLUDE ItemID WHERE Items.YEAR IN (1999, "1975")"#,
            &[1, 3],
        ),
        (
            "INCLUDE ItemID WHERE Items.CREATION_TIMESTAMP < 157766400",
            &[4],
        ),
        (
            r#"INCLUDE ItemID WHERE Items.ITEM_ID IN ("tmdb:2", "tmdb:999")"#,
            &[2],
        ),
        ("INCLUDE ItemID WHERE Items.RUNTIME > 0", &[]),
        (
            r#"EXCLUDE ItemID WHERE Items.DIRECTORS IN ("Bo Lind") AND Items.GENRES NOT IN ("Drama")"#,
            &[1, 2, 4, 5, 6, 7, 8, 9],
        ),
        // AND binds closer than OR.
        (
            r#"INCLUDE ItemID WHERE Items.YEAR = 1999 OR Items.YEAR > 2000 AND Items.GENRES IN ("Drama")"#,
            &[1, 5],
        ),
        // Keywords and names in any case; strings as they are.
        (
            r#"include itemid where items.genres in ("Comedy")"#,
            &[3, 6],
        ),
        (r#"INCLUDE ItemID WHERE Items.GENRES IN ("comedy")"#, &[]),
    ] {
        assert_eq!(items(text, &[]), expected, "{text}");
    }
}

#[test]
fn several_expressions_add_up_what_they_include_and_take_away_what_they_exclude() {
    let comedies = r#"INCLUDE ItemID WHERE Items.GENRES IN ("Comedy")"#;
    let dramas = r#"INCLUDE ItemID WHERE Items.GENRES IN ("Drama")"#;
    let old = "EXCLUDE ItemID WHERE Items.YEAR < 1980";
    let liked = r#"EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("like")"#;
    for (text, expected) in [
        (format!("{comedies} | {dramas}"), &[3, 4, 5, 6, 7][..]),
        (format!("{comedies}|{dramas}|{old}"), &[5, 6, 7]),
        (format!("{old} | {dramas} | {comedies}"), &[5, 6, 7]),
        (format!("{old} | {liked}"), &[1, 2, 6, 7, 8, 9]),
        (format!("{liked} | {dramas} | {old}"), &[7]),
    ] {
        assert_eq!(viewers(&text, &[]), expected, "{text}");
    }
}

#[test]
fn interactions_count_by_the_type_of_their_event_in_any_case() {
    for (text, expected) in [
        (
            r#"INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Watch")"#,
            &[1, 5][..],
        ),
        (
            r#"INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("CLICK", "like")"#,
            &[2, 3, 5],
        ),
        (
            r#"INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")"#,
            &[1, 2, 3, 4, 5],
        ),
        (
            "EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (*)",
            &[6, 7, 8, 9],
        ),
        // Of the interactions those of other types.
        (
            r#"INCLUDE ItemID WHERE Interactions.EVENT_TYPE NOT IN ("watch")"#,
            &[2, 3, 4, 5],
        ),
        (
            r#"INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("watch") OR Interactions.EVENT_TYPE IN ("click")"#,
            &[1, 2, 5],
        ),
        // Nothing is both at once.
        (
            r#"INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("watch") AND Interactions.EVENT_TYPE IN ("like")"#,
            &[],
        ),
        (
            r#"EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("purchase")"#,
            &EVERY,
        ),
    ] {
        assert_eq!(viewers(text, &[]), expected, "{text}");
    }
}

#[test]
fn an_expression_counts_only_if_the_user_is_as_it_says() {
    let dramas = r#"INCLUDE ItemID WHERE Items.GENRES IN ("Drama")"#;
    for (condition, counts) in [
        ("CurrentUser.INTERACTIONS >= 6", true),
        ("CurrentUser.INTERACTIONS > 6", false),
        (
            r#"CurrentUser.USER_ID = "ada" AND CurrentUser.INTERACTIONS > 1"#,
            true,
        ),
        (
            r#"CurrentUser.USER_ID = "ada" AND CurrentUser.INTERACTIONS < 1"#,
            false,
        ),
        (r#"CurrentUser.USER_ID NOT IN ("ada", "bo")"#, false),
        (r#"CurrentUser.PERSONA IN ("The Space Traveller")"#, true),
    ] {
        let text = format!("{dramas} IF {condition}");
        let expected = if counts { &[4, 5, 7][..] } else { &EVERY };
        assert_eq!(viewers(&text, &[]), expected, "{text}");
        // Nobody is as anything says.
        assert_eq!(items(&text, &[]), EVERY, "{text}");
    }
}

#[test]
fn a_users_id_is_the_one_that_the_call_has_also_where_the_viewers_is_another() {
    let asks = crate::personalize::viewer("ada@example.com");
    assert_ne!(asks.as_str(), "ada@example.com");
    let who = WhoAsks {
        viewer: Some(asks.as_str()),
        ..WhoAsks::default()
    };
    for (condition, counts) in [
        (r#"IN ("bo", "ada@example.com")"#, true),
        (r#"= "ada@example.com""#, true),
        ("= $WHO", true),
        (r#"IN ("bo@example.com")"#, false),
        (r#"NOT IN ("ada@example.com")"#, false),
        (r#"!= "ada@example.com""#, false),
        (r#"NOT IN ("bo@example.com", "ada")"#, true),
    ] {
        let text =
            format!("INCLUDE ItemID WHERE Items.YEAR = 1999 IF CurrentUser.USER_ID {condition}");
        let given = [("WHO", "\"ada@example.com\"")];
        let given = if condition.contains('$') {
            &given[..]
        } else {
            &[]
        };
        let expected = if counts { &[1][..] } else { &EVERY };
        assert_eq!(passing(&text, given, &who), expected, "{text}");
    }
}

#[test]
fn items_are_compared_with_the_current_one() {
    let model = fixture::model();
    let item = |number: u32| WhoAsks {
        item: Some(fixture::row(number)),
        ..WhoAsks::default()
    };
    assert_eq!(model.catalogue.len(), EVERY.len());
    for (text, number, expected) in [
        (
            "INCLUDE ItemID WHERE Items.YEAR < CurrentItem.YEAR AND Items.GENRES IN CurrentItem.GENRES",
            5,
            &[1, 2, 4, 7, 8][..],
        ),
        (
            "EXCLUDE ItemID WHERE Items.DIRECTORS IN CurrentItem.DIRECTORS",
            1,
            &[3, 4, 5, 6, 7, 8, 9],
        ),
        (
            "INCLUDE ItemID WHERE Items.GENRES NOT IN CurrentItem.GENRES",
            3,
            &[1, 2, 4, 5, 7, 8, 9],
        ),
    ] {
        assert_eq!(passing(text, &[], &item(number)), expected, "{text}");
        assert!(filter(text).asks_about_item());
    }
}

#[test]
fn parameters_are_filled_in_with_what_the_call_gives() {
    let genres = "INCLUDE ItemID WHERE Items.GENRES IN ($GENRES)";
    assert_eq!(items(genres, &[("GENRES", r#""Comedy""#)]), [3, 6]);
    for unordered in [
        r#""Thriller","Comedy","Thriller""#,
        r#""Comedy","Zither","Thriller","A""#,
    ] {
        assert_eq!(items(genres, &[("GENRES", unordered)]), [3, 6, 9]);
    }
    let years = "INCLUDE ItemID WHERE Items.YEAR >= $FROM AND Items.YEAR <= ($TO)";
    let nineties = [("FROM", "1990"), ("TO", r#""1999""#)];
    assert_eq!(items(years, &nineties), [1, 6, 7]);
    let events = "EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ($TYPE)";
    assert_eq!(
        viewers(events, &[("TYPE", "\"Watch\"")]),
        [2, 3, 4, 6, 7, 8, 9]
    );
    for every in ["\"*\"", "*", "\"watch\",\"*\""] {
        assert_eq!(viewers(events, &[("TYPE", every)]), [6, 7, 8, 9], "{every}");
    }
    let only_if = r#"EXCLUDE ItemID WHERE Items.GENRES IN ("Drama") IF CurrentUser.USER_ID = $WHO"#;
    assert_eq!(viewers(only_if, &[("WHO", "\"ada\"")]), [1, 2, 3, 6, 8, 9]);
    assert_eq!(viewers(only_if, &[("WHO", "\"bo\"")]), EVERY);
    assert_eq!(filter(years).parameters(), ["FROM", "TO"]);
}

#[test]
fn what_excludes_does_without_parameters_that_are_not_given_and_what_includes_does_not() {
    let model = fixture::model();
    let both = "EXCLUDE ItemID WHERE Items.GENRES IN ($GENRES) AND Items.YEAR < 1980";
    assert_eq!(items(both, &[]), [1, 2, 5, 6, 7, 8, 9]);
    let one = "EXCLUDE ItemID WHERE Items.GENRES IN ($GENRES)";
    assert_eq!(items(one, &[]), EVERY);
    let only_if = "EXCLUDE ItemID WHERE Items.YEAR < 1980 IF CurrentUser.USER_ID = $WHO";
    assert_eq!(viewers(only_if, &[]), EVERY);
    let events = "EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ($TYPE)";
    assert_eq!(viewers(events, &[]), EVERY);
    for (text, of, said) in [
        (
            "INCLUDE ItemID WHERE Items.GENRES IN ($GENRES)",
            &[][..],
            "filterValues.GENRES must be given",
        ),
        (
            "INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ($TYPE)",
            &[],
            "filterValues.TYPE must be given",
        ),
        (
            "INCLUDE ItemID WHERE Items.YEAR < 1980 IF CurrentUser.USER_ID = $WHO",
            &[],
            "filterValues.WHO must be given",
        ),
        (
            one,
            &[("genres", "\"Drama\"")],
            "no parameter of the filter, which has GENRES",
        ),
        (one, &[("GENRES", "\"Drama")], "does not end in a quote"),
        (
            "EXCLUDE ItemID WHERE Items.YEAR < $YEAR",
            &[("YEAR", "\"old\"")],
            "must be a number",
        ),
        (
            "EXCLUDE ItemID WHERE Items.YEAR < $YEAR",
            &[("YEAR", "1,2")],
            "filterValues.YEAR must be one value, found 2",
        ),
        (
            "INCLUDE ItemID WHERE Items.LANGUAGE = $L",
            &[("L", "\"en\",\"fr\"")],
            "filterValues.L must be one value, found 2",
        ),
        (
            "EXCLUDE ItemID WHERE Items.LANGUAGE != $L",
            &[("L", "en,fr,de")],
            "filterValues.L must be one value, found 3",
        ),
        (
            "EXCLUDE ItemID WHERE Items.YEAR < 1980",
            &[("YEAR", "1")],
            "which has none",
        ),
    ] {
        let fault = filter(text).compile(&values(of), &model.catalogue);
        let fault = fault.unwrap_err().message;
        assert!(fault.contains(said), "{text}: {fault}");
    }
}
