//! Lists that another recommender makes, and what is answered when it does not.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use matinee::backend::{Backend, BackendSettings};
use matinee::ports::{MemoryPersonalizer, PersonalizedItem, Personalizer, PersonalizerCause};
use serde_json::{Value, json};

use super::bad_input::problem;
use super::check::faults;
use super::fixture::{House, each, learned, model};
use crate::{Access, Options};

const FOR_YOU: &str = "arn:aws:personalize:us-east-1:1:campaign/for-you";
const SIMILAR: &str = "arn:aws:personalize:us-east-1:1:campaign/similar";
const LIST: &str = "/viewers/ada/recommendations";

/// A house whose lists come from campaigns that know every third film, the last first.
fn house(share: f64) -> (House, Arc<MemoryPersonalizer>) {
    let campaigns = Arc::new(MemoryPersonalizer::default());
    let films = known().into_iter().map(|id| PersonalizedItem {
        id,
        ..PersonalizedItem::default()
    });
    let films: Vec<PersonalizedItem> = films.collect();
    campaigns.campaign(FOR_YOU, films.clone());
    campaigns.campaign(SIMILAR, films);
    let settings = BackendSettings {
        for_you: Some(FOR_YOU.to_owned()),
        similar: Some(SIMILAR.to_owned()),
        ranking: None,
        filter: None,
        share,
        limit: Duration::from_millis(500),
    };
    let personalizer = Arc::clone(&campaigns) as Arc<dyn Personalizer>;
    let backend = Arc::new(Backend::new(personalizer, settings));
    let house = House::with(
        learned(),
        Access::Open,
        Options {
            backend: Some(backend),
            ..Options::default()
        },
    );
    (house, campaigns)
}

/// The films that the campaigns know, in their order.
fn known() -> Vec<String> {
    let model = learned();
    let ids: Vec<String> = model
        .catalogue
        .iter()
        .map(|film| film.id().to_owned())
        .collect();
    ids.into_iter().rev().step_by(3).collect()
}

async fn ok(house: &House, target: &str) -> Value {
    let answer = house.call("GET", target).await;
    assert_eq!(answer.status, 200, "{target}: {}", answer.json());
    let described = serde_json::to_value(crate::openapi()).unwrap();
    let path = match target.split('?').next() {
        Some(LIST) => "/viewers/{viewer}/recommendations",
        Some("/recommend") => "/recommend",
        _ => "/movies/{id}/similar",
    };
    let schema = &described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        ["schema"];
    let wrong = faults(&described, schema, &answer.json());
    assert!(wrong.is_empty(), "{target}: {wrong:?}");
    answer.json()
}

fn ids(list: &Value) -> Vec<String> {
    let ids = each(&list["recommendations"], "/movie/id");
    ids.into_iter().map(str::to_owned).collect()
}

/// Who made a page, and why if it was the one behind.
fn by(list: &Value) -> (&str, Option<&str>) {
    let name = list["recommender"].as_str().unwrap();
    (name, list["fallback"].as_str())
}

#[tokio::test]
async fn a_viewers_list_is_the_campaigns_with_our_titles_and_its_own_id() {
    let (house, campaigns) = house(1.0);
    let list = ok(&house, &format!("{LIST}?limit=4")).await;
    assert_eq!(by(&list), ("personalize", None));
    assert_eq!(ids(&list), known()[..4]);
    assert_eq!(list["recommendation_id"], "RID-memory");
    let first = &list["recommendations"][1]["movie"];
    assert!(
        first["title"].is_string() && first["url"].is_string(),
        "{first}"
    );
    assert_eq!(campaigns.asked()[0].user.as_deref(), Some("ada"));

    // What the viewer does next names the list, which is remembered under the same id.
    let body = json!({"movie": first["id"], "kind": "liked", "recommendation": "RID-memory"});
    house.post("/viewers/ada/interactions", &body).await;
    house.settle().await;
    let analytics = house.call("GET", "/viewers/ada/analytics").await.json();
    let of_personalize = &analytics["recommendations"]["by_model"]["personalize"];
    assert_eq!(
        (&of_personalize["films"], &of_personalize["accepted_films"]),
        (&json!(4), &json!(1)),
        "{analytics}"
    );
    let served = house
        .audience
        .served(&"ada".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(served[0].recommendation.as_str(), "RID-memory");
    let rows = house.tables.rows();
    let named = rows[0].interaction.recommendation.as_ref().unwrap();
    assert_eq!(named.as_str(), "RID-memory");
}

#[tokio::test]
async fn pages_have_no_film_twice_and_end_with_those_that_the_campaign_does_not_know() {
    let (house, _) = house(1.0);
    let mut given: Vec<String> = Vec::new();
    let mut makers: Vec<(String, Option<String>)> = Vec::new();
    let mut target = format!("{LIST}?limit=60");
    loop {
        let page = ok(&house, &target).await;
        let (name, fallback) = by(&page);
        makers.push((name.to_owned(), fallback.map(str::to_owned)));
        given.extend(ids(&page));
        let Some(token) = page["next_page"].as_str() else {
            break;
        };
        target = format!("{LIST}?limit=60&page={token}");
    }
    let distinct: HashSet<&String> = given.iter().collect();
    assert_eq!(distinct.len(), given.len());
    assert_eq!(given.len(), learned().catalogue.len());
    assert_eq!(given[..known().len()], known());
    let made = known().len().div_ceil(60);
    let own = |(nth, maker): (usize, &(String, Option<String>))| match nth.cmp(&made) {
        std::cmp::Ordering::Less => *maker == ("personalize".to_owned(), None),
        std::cmp::Ordering::Equal => *maker == ("matinee".to_owned(), Some("exhausted".to_owned())),
        std::cmp::Ordering::Greater => {
            *maker == ("matinee".to_owned(), Some("continued".to_owned()))
        }
    };
    assert!(
        makers.len() > made && makers.iter().enumerate().all(own),
        "{makers:?}"
    );
}

#[tokio::test]
async fn whatever_the_campaign_does_our_own_model_answers_and_says_why() {
    let (house, campaigns) = house(1.0);
    let plain = House::serving(learned(), Access::Open);
    let expected = ids(&ok(&plain, &format!("{LIST}?limit=5")).await);
    for (cause, fallback) in [
        (PersonalizerCause::TimedOut, "timed_out"),
        (PersonalizerCause::Throttled, "throttled"),
        (PersonalizerCause::NotFound, "not_found"),
        (PersonalizerCause::Invalid, "invalid"),
        (PersonalizerCause::Other, "failed"),
    ] {
        campaigns.fail(Some(cause));
        let list = ok(&house, &format!("{LIST}?limit=5")).await;
        assert_eq!(by(&list), ("matinee", Some(fallback)));
        assert_eq!(ids(&list), expected);
        assert_ne!(list["recommendation_id"], "RID-memory");
        let token = list["next_page"].as_str().unwrap();

        // A list that our own model began stays its own.
        campaigns.fail(None);
        let page = ok(&house, &format!("{LIST}?limit=5&page={token}")).await;
        assert_eq!(by(&page), ("matinee", Some("continued")));
        assert_eq!(page["recommendation_id"], list["recommendation_id"]);
        assert!(ids(&page).iter().all(|id| !expected.contains(id)));
    }
}

#[tokio::test]
async fn a_list_that_breaks_off_goes_on_without_what_was_given() {
    let (house, campaigns) = house(1.0);
    let first = ok(&house, &format!("{LIST}?limit=30")).await;
    let token = first["next_page"].as_str().unwrap();
    campaigns.fail(Some(PersonalizerCause::Throttled));
    let second = ok(&house, &format!("{LIST}?limit=30&page={token}")).await;
    assert_eq!(by(&second), ("matinee", Some("throttled")));
    campaigns.fail(None);
    let token = second["next_page"].as_str().unwrap();
    let third = ok(&house, &format!("{LIST}?limit=30&page={token}")).await;
    assert_eq!(by(&third), ("matinee", Some("continued")));
    let all = [ids(&first), ids(&second), ids(&third)].concat();
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 90);

    for target in [
        "/viewers/bo/recommendations?",
        "/top-picks?",
        &format!("{LIST}?genre=War&"),
    ] {
        let answer = house.call("GET", &format!("{target}page={token}")).await;
        problem(&answer, 400, "invalid_parameter", Some("page"));
    }
}

#[tokio::test]
async fn filters_hold_whatever_the_campaign_gives() {
    let (house, _) = house(1.0);
    let kept = &known()[1];
    let target = format!("{LIST}?genre=Drama&year_from=1980&limit=8&exclude={kept}");
    let list = ok(&house, &target).await;
    assert_eq!(by(&list), ("personalize", None));
    let films = list["recommendations"].as_array().unwrap();
    assert!(!films.is_empty());
    for film in films {
        let movie = &film["movie"];
        assert!(
            movie["genres"]
                .as_array()
                .unwrap()
                .contains(&json!("Drama")),
            "{movie}"
        );
        assert!(movie["year"].as_u64().unwrap() >= 1980 && movie["id"] != kept.as_str());
    }
}

#[tokio::test]
async fn who_is_not_of_the_share_is_served_by_our_own_model_alone() {
    let (house, campaigns) = house(0.0);
    let list = ok(&house, LIST).await;
    assert_eq!(by(&list), ("matinee", None));
    assert!(campaigns.asked().is_empty());
}

#[tokio::test]
async fn films_like_one_come_from_their_campaign_unless_another_list_is_asked_for() {
    let (house, campaigns) = house(0.0);
    for target in [
        "/movies/tmdb:603/similar?limit=3",
        "/recommend?movie_name=The%20Matrix&limit=3",
    ] {
        let list = ok(&house, target).await;
        assert_eq!(by(&list), ("personalize", None), "{target}");
        assert_eq!(list["recommendation_id"], "RID-memory");
        let expected: Vec<String> = known().into_iter().filter(|id| id != "tmdb:603").collect();
        assert_eq!(ids(&list), expected[..3]);
        let token = list["next_page"].as_str().unwrap();
        let next = ok(&house, &format!("{target}&page={token}")).await;
        assert_eq!(ids(&next), expected[3..6]);
        assert_eq!(
            campaigns.asked().last().unwrap().item.as_deref(),
            Some("tmdb:603")
        );

        let own = ok(&house, &format!("{target}&model=tfidf")).await;
        assert_eq!(
            (by(&own), &own["recommendation_id"]),
            (("matinee", None), &Value::Null)
        );
        campaigns.fail(Some(PersonalizerCause::TimedOut));
        let own = ok(&house, target).await;
        assert_eq!(by(&own), ("matinee", Some("timed_out")));
        let token = own["next_page"].as_str().unwrap();
        campaigns.fail(None);
        let next = ok(&house, &format!("{target}&page={token}")).await;
        assert_eq!(by(&next), ("matinee", Some("continued")));
    }
    let plain = House::serving(model(), Access::Open);
    let list = ok(&plain, "/movies/tmdb:603/similar").await;
    assert_eq!(by(&list), ("matinee", None));
}
