//! What viewers of two tastes are recommended, page by page, and what is the same for everybody.

use std::collections::HashSet;

use matinee::catalogue::Genre;
use serde_json::{Value, json};

use super::bad_input::problem;
use super::fixture::{House, each, learned, model, movies, of_genre};
use crate::Access;

/// A house whose viewer ada did this with films.
async fn house_where_ada(did: &[(&str, &str)]) -> House {
    let house = House::serving(learned(), Access::Open);
    let body: Vec<Value> = did
        .iter()
        .map(|(movie, kind)| json!({"movie": movie, "kind": kind}))
        .collect();
    let answer = house.post("/viewers/ada/interactions", &json!(body)).await;
    assert_eq!(answer.status, 202, "{}", answer.json());
    house.settle().await;
    house
}

async fn ok(house: &House, target: &str) -> Value {
    let answer = house.call("GET", target).await;
    assert_eq!(answer.status, 200, "{target}: {}", answer.json());
    answer.json()
}

/// The ids of a list that were not put there to be tried out.
fn chosen(list: &Value) -> Vec<String> {
    let list = list["recommendations"].as_array().unwrap().iter();
    let list = list.filter(|film| film["explored"] == false);
    let id = |film: &Value| film["movie"]["id"].as_str().unwrap().to_owned();
    list.map(id).collect()
}

#[tokio::test]
async fn each_taste_is_recommended_what_it_likes_with_its_reasons() {
    for genre in [Genre::ScienceFiction, Genre::Romance] {
        let films = of_genre(&movies(), genre);
        let house = house_where_ada(&[(&films[0], "liked"), (&films[1], "watched")]).await;
        let answer = house
            .call("GET", "/viewers/ada/recommendations?limit=6")
            .await;
        assert_eq!(answer.header("cache-control"), "no-store");
        let list = answer.json();
        let wanted: HashSet<&String> = films[2..].iter().collect();
        let chosen = chosen(&list);
        // Behind what forty viewers taught, films come that none of them has.
        let taught = |films: &[String]| films.iter().filter(|film| wanted.contains(film)).count();
        assert_eq!(taught(&chosen[..2]), 2, "{list}");
        assert!(taught(&chosen) >= 3, "{list}");

        let first = &list["recommendations"][0];
        let because = &first["reason"]["because"];
        assert!(!because.as_array().unwrap().is_empty(), "{first}");
        let deeds: HashSet<&str> = each(because, "/deed").into_iter().collect();
        assert!(deeds.is_subset(&HashSet::from(["liked", "watched"])));
        let shares: f64 = because.as_array().unwrap().iter().map(share).sum();
        assert!((0.0..=1.001).contains(&shares), "{because}");
        let sentence = first["reason"]["sentence"].as_str().unwrap();
        assert!(
            sentence.starts_with("Because you liked ")
                || sentence.starts_with("Because you watched "),
            "{sentence}"
        );
    }
}

fn share(because: &Value) -> f64 {
    because["share"].as_f64().unwrap()
}

#[tokio::test]
async fn pages_are_one_list_of_one_id_without_a_repeat_whatever_happens_meanwhile() {
    let films = of_genre(&movies(), Genre::ScienceFiction);
    let house = house_where_ada(&[(&films[0], "liked")]).await;
    let target = "/viewers/ada/recommendations?limit=40";
    let first = ok(&house, target).await;
    // What is done between two pages changes neither the list nor its name.
    let seen = first["recommendations"][3]["movie"]["id"].as_str().unwrap();
    let later =
        json!([{"movie": films[5], "kind": "disliked"}, {"movie": seen, "kind": "watched"}]);
    house.post("/viewers/ada/interactions", &later).await;
    house.settle().await;
    let mut given: Vec<String> = Vec::new();
    let mut page = first.clone();
    loop {
        assert_eq!(page["recommendation_id"], first["recommendation_id"]);
        let ids = each(&page["recommendations"], "/movie/id");
        given.extend(ids.into_iter().map(str::to_owned));
        let Some(token) = page["next_page"].as_str() else {
            break;
        };
        page = ok(&house, &format!("{target}&page={token}")).await;
    }
    let distinct: HashSet<&String> = given.iter().collect();
    assert_eq!(distinct.len(), given.len());
    // Every film but the liked one, and but what was judged since where a later page had it.
    let all = learned().catalogue.len() - 1;
    assert!(
        (all - 1..=all).contains(&given.len()),
        "{} of {all}",
        given.len()
    );
    assert!(!given.contains(&films[0]));

    let anew = ok(&house, target).await;
    assert_ne!(anew["recommendation_id"], first["recommendation_id"]);
    let anew = each(&anew["recommendations"], "/movie/id");
    assert!(!anew.contains(&seen) && !anew.contains(&films[5].as_str()));
}

#[tokio::test]
async fn a_token_is_of_one_viewer_and_one_list() {
    let house = house_where_ada(&[("tmdb:603", "liked")]).await;
    let page = ok(&house, "/viewers/ada/recommendations?limit=2").await;
    let token = page["next_page"].as_str().unwrap();
    for target in [
        "/viewers/bo/recommendations?",
        "/viewers/ada/recommendations?genre=Drama&",
        "/top-picks?",
        "/trending?",
    ] {
        let answer = house.call("GET", &format!("{target}page={token}")).await;
        problem(&answer, 400, "invalid_parameter", Some("page"));
    }
    let target = format!("/viewers/ada/recommendations?limit=5&page={token}");
    assert_eq!(
        ok(&house, &target).await["recommendations"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
}

#[tokio::test]
async fn filters_hold_for_a_viewer_too() {
    let house = house_where_ada(&[("tmdb:603", "liked")]).await;
    let target = "/viewers/ada/recommendations?genre=Romance&year_to=1999&limit=30";
    let list = ok(&house, target).await;
    let films = list["recommendations"].as_array().unwrap();
    assert!(!films.is_empty());
    for film in films {
        let movie = &film["movie"];
        assert!(
            movie["genres"]
                .as_array()
                .unwrap()
                .contains(&json!("Romance"))
        );
        assert!(movie["year"].as_u64().unwrap() <= 1999);
    }
}

#[tokio::test]
async fn who_did_nothing_gets_what_is_trending_and_top_picks_are_what_most_took_up() {
    let house = House::serving(learned(), Access::Open);
    let nobody = ok(&house, "/viewers/nobody/recommendations?limit=10").await;
    let trending = ok(&house, "/trending?limit=10").await;
    assert_eq!(chosen(&nobody), chosen(&trending));
    let romance = of_genre(&movies(), Genre::Romance);
    let chosen = chosen(&trending);
    assert!(
        chosen.iter().all(|film| romance.contains(film)),
        "{chosen:?}"
    );
    let sentence = &trending["recommendations"][0]["reason"]["sentence"];
    assert_eq!(sentence, "Viewers chose it lately.");

    let both = [Genre::Romance, Genre::ScienceFiction].map(|genre| of_genre(&movies(), genre));
    let both: HashSet<String> = both.concat().into_iter().collect();
    let picks = ok(&house, "/top-picks?limit=10").await;
    assert!(self::chosen(&picks).iter().all(|film| both.contains(film)));
    let sentence = &picks["recommendations"][0]["reason"]["sentence"];
    assert_eq!(sentence, "It is one of the movies that most viewers chose.");
}

#[tokio::test]
async fn what_viewers_of_a_film_also_liked_is_of_its_taste() {
    let house = House::serving(learned(), Access::Open);
    let films = of_genre(&movies(), Genre::Romance);
    let answer = ok(&house, &format!("/movies/{}/also-liked?limit=3", films[0])).await;
    assert_eq!(answer["movie"]["id"], films[0].as_str());
    let liked = chosen(&answer);
    assert_eq!(liked.len(), 3, "{answer}");
    assert!(liked.iter().all(|film| films.contains(film)), "{liked:?}");
    let sentence = answer["recommendations"][0]["reason"]["sentence"].as_str();
    assert!(
        sentence.unwrap().starts_with("People who liked "),
        "{sentence:?}"
    );
    let of_nobody = House::serving(model(), Access::Open);
    let none = ok(&of_nobody, "/movies/tmdb:603/also-liked").await;
    assert_eq!(
        (&none["recommendations"], &none["next_page"]),
        (&json!([]), &Value::Null)
    );
}

#[tokio::test]
async fn a_model_that_saw_nobody_goes_by_what_films_are_like() {
    let house = House::new(Access::Open);
    let body = json!({"movie": "tmdb:603", "kind": "liked"});
    house.post("/viewers/ada/interactions", &body).await;
    house.settle().await;
    let list = ok(&house, "/viewers/ada/recommendations?limit=5").await;
    assert_eq!(list["recommendations"].as_array().unwrap().len(), 5);
    let because = &list["recommendations"][0]["reason"]["because"][0];
    assert_eq!(because["movie"]["id"], "tmdb:603");
}
