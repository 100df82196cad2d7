//! Filters that are not understood.

use super::*;

/// A text, the place of what is wrong, and something that was expected there.
const REFUSED: &[(&str, usize, &str)] = &[
    ("", 1, "INCLUDE or EXCLUDE"),
    ("KEEP ItemID", 1, "INCLUDE or EXCLUDE"),
    ("INCLUDE UserID WHERE Items.YEAR = 1", 9, "ItemID"),
    ("INCLUDE ItemID Items.YEAR = 1", 16, "WHERE"),
    (
        "INCLUDE ItemID WHERE Users.AGE = 1",
        22,
        "Items or Interactions",
    ),
    ("INCLUDE ItemID WHERE Items YEAR = 1", 28, "."),
    ("INCLUDE ItemID WHERE Items.PRICE < 20", 28, "YEAR"),
    (
        "INCLUDE ItemID WHERE Items.DESCRIPTION IN (\"x\")",
        28,
        "KEYWORDS",
    ),
    (
        "INCLUDE ItemID WHERE Items.\"YEAR\" = 1",
        28,
        "name of a column",
    ),
    (
        "INCLUDE ItemID WHERE Items.GENRES LIKE (\"x\")",
        35,
        "IN, NOT IN, =, !=",
    ),
    (
        "INCLUDE ItemID WHERE Items.GENRES < \"x\"",
        35,
        "IN, NOT IN, =, !=",
    ),
    ("INCLUDE ItemID WHERE Items.GENRES NOT (\"x\")", 39, "IN"),
    ("INCLUDE ItemID WHERE Items.GENRES IN \"x\"", 38, "("),
    (
        "INCLUDE ItemID WHERE Items.GENRES IN (x)",
        39,
        "string in double quotes",
    ),
    (
        "INCLUDE ItemID WHERE Items.GENRES IN (5)",
        39,
        "string in double quotes",
    ),
    (
        "INCLUDE ItemID WHERE Items.GENRES IN (*)",
        39,
        "string in double quotes",
    ),
    ("INCLUDE ItemID WHERE Items.GENRES IN (\"x\"", 42, ")"),
    (
        "INCLUDE ItemID WHERE Items.GENRES IN (\"x)",
        39,
        "ends in a double quote",
    ),
    (
        "INCLUDE ItemID WHERE Items.GENRES NOT IN ($X)",
        43,
        "no parameter behind NOT IN",
    ),
    (
        "INCLUDE ItemID WHERE Items.GENRES IN CurrentItem.YEAR",
        50,
        "GENRES",
    ),
    (
        "INCLUDE ItemID WHERE Items.YEAR < 1.2.3",
        35,
        "a number such as",
    ),
    (
        "INCLUDE ItemID WHERE Items.YEAR < 20th",
        35,
        "a number such as",
    ),
    ("INCLUDE ItemID WHERE Items.YEAR < \"old\"", 35, "a number"),
    ("INCLUDE ItemID WHERE Items.YEAR < (1, 2)", 37, ")"),
    (
        "INCLUDE ItemID WHERE Items.YEAR < $",
        35,
        "a parameter's name",
    ),
    ("INCLUDE ItemID WHERE Items.YEAR < #", 35, "a $PARAMETER"),
    (
        "INCLUDE ItemID WHERE Interactions.TIMESTAMP > 1",
        35,
        "EVENT_TYPE",
    ),
    (
        "INCLUDE ItemID WHERE Interactions.EVENT_TYPE = \"x\"",
        46,
        "IN or NOT IN",
    ),
    (
        "INCLUDE ItemID WHERE Items.YEAR = 1 AND Interactions.EVENT_TYPE IN (*)",
        41,
        "Items",
    ),
    (
        "INCLUDE ItemID WHERE Items.YEAR = 1 IF Items.YEAR = 1",
        40,
        "CurrentUser",
    ),
    (
        "INCLUDE ItemID WHERE Items.YEAR = 1 IF CurrentUser.AGE LIKE 1",
        56,
        "IN, NOT IN, =, !=, <",
    ),
    (
        "INCLUDE ItemID WHERE Items.YEAR = 1 IF CurrentUser.AGE = gold",
        58,
        "a string in double quotes, a number or a $PARAMETER",
    ),
    (
        "INCLUDE ItemID WHERE Items.YEAR = 1 IF CurrentUser.AGE < \"gold\"",
        58,
        "a number",
    ),
    (
        "INCLUDE ItemID WHERE Items.YEAR = 1 IF CurrentUser.AGE = (1, 2)",
        60,
        ")",
    ),
    (
        "INCLUDE ItemID WHERE Items.YEAR = 1 IF CurrentUser.AGE NOT IN ($AGE)",
        64,
        "no parameter behind NOT IN",
    ),
    (
        "INCLUDE ItemID WHERE Items.YEAR = 1 IF CurrentUser.\"AGE\" = 1",
        52,
        "name of a column",
    ),
    (
        "INCLUDE ItemID WHERE CurrentUser.AGE = 1",
        22,
        "Items or Interactions",
    ),
    (
        "INCLUDE ItemID WHERE Items.YEAR = 1 IF CurrentUser.USER_ID = \"x\" OR CurrentUser.USER_ID = \"y\"",
        66,
        "| or the end",
    ),
    (
        "INCLUDE ItemID WHERE Items.YEAR = 1 |",
        38,
        "INCLUDE or EXCLUDE",
    ),
    ("INCLUDE ItemID WHERE Items.YEAR = 1 or", 39, "Items"),
    (
        "INCLUDE ItemID WHERE Items.YEAR = 1)",
        36,
        "AND, OR, IF, | or the end",
    ),
    // Letters are counted, not bytes.
    (
        "INCLUDE ItemID WHERE Items.TITLE IN (\"Amélie\", é)",
        48,
        "a word",
    ),
];

#[test]
fn what_is_not_understood_is_told_with_its_place_and_what_was_expected() {
    let eleven = (0..11).map(|_| "Items.YEAR = 1").collect::<Vec<_>>();
    assert!(
        filter(&format!("INCLUDE ItemID WHERE {}", eleven.join(" OR ")))
            .tests()
            .count()
            == 11
    );
    for (text, position, expected) in REFUSED {
        let error = text.parse::<Filter>().unwrap_err();
        assert_eq!(error.position, *position, "{text}: {error}");
        assert!(error.expected.contains(expected), "{text}: {error}");
    }
    let long = format!(
        "INCLUDE ItemID WHERE Items.TITLE IN (\"{}\")",
        "x".repeat(2_500)
    );
    assert_eq!(long.parse::<Filter>().unwrap_err().position, 2_501);
    let columns = "ITEM_ID GENRES YEAR LANGUAGE CREATION_TIMESTAMP TITLE DIRECTORS CAST KEYWORDS \
                   COUNTRIES RUNTIME";
    let tests: Vec<String> = columns
        .split(' ')
        .map(|name| format!("Items.{name} IN ($X)"))
        .collect();
    let error = format!("INCLUDE ItemID WHERE {}", tests.join(" OR ")).parse::<Filter>();
    assert!(
        error
            .unwrap_err()
            .expected
            .contains("at most 10 different columns")
    );
}
