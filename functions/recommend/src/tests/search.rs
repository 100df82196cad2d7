//! Search as somebody types.

use super::fixture::{each, ok};

async fn titles(query: &str) -> Vec<String> {
    let answer = ok(&format!("/movies?{query}")).await;
    let titles = each(&answer["movies"], "/title");
    titles.into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_film_is_found_before_its_name_is_whole() {
    for typed in ["matri", "matrix", "the+matr", "MATRIX", "the+matrix"] {
        let found = titles(&format!("query={typed}&limit=8")).await;
        assert_eq!(found[0], "The Matrix", "{typed}: {found:?}");
    }
    for (typed, title) in [
        ("dark+kn", "The Dark Knight"),
        ("two+towers", "The Lord of the Rings: The Two Towers"),
        ("amelie", "Amélie"),
        ("intersteller", "Interstellar"),
        ("le+fabuleux", "Amélie"),
        (
            "rings+king",
            "The Lord of the Rings: The Return of the King",
        ),
    ] {
        let found = titles(&format!("query={typed}&limit=8")).await;
        assert!(found.iter().any(|t| t == title), "{typed}: {found:?}");
    }
}

#[tokio::test]
async fn the_closest_come_first_and_none_twice() {
    let found = titles("query=alien&limit=100").await;
    assert_eq!(found[..2], ["Alien", "Aliens"]);
    let answer = ok("/movies?query=the&limit=100").await;
    let mut ids = each(&answer["movies"], "/id");
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[tokio::test]
async fn without_a_query_all_films_come_in_top_order() {
    let picks = ok("/top-picks?limit=30").await;
    let picks = each(&picks["recommendations"], "/movie/title");
    for query in ["limit=30", "query=&limit=30", "query=%20%00&limit=30"] {
        assert_eq!(titles(query).await, picks, "{query}");
    }
}

#[tokio::test]
async fn what_is_no_title_finds_nothing() {
    for query in ["query=zzyzxqwrtp", "query=%21%21%21", "query=%EF%BF%BD"] {
        let answer = ok(&format!("/movies?{query}")).await;
        assert!(answer["next_page"].is_null());
        assert_eq!(answer["movies"], serde_json::json!([]), "{query}");
    }
}
