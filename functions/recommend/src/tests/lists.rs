//! Lists: their pages, their filters, what stands in them.

use std::collections::HashSet;

use serde_json::Value;

use super::fixture::{each, get, model, ok};

/// Walks a list to its end and gives every page.
async fn walk(target: &str, list: &str) -> Vec<Value> {
    let mut pages = Vec::new();
    let mut page = ok(target).await;
    while let Some(token) = page["next_page"].as_str() {
        let next = ok(&format!("{target}&page={token}")).await;
        assert!(!page[list].as_array().unwrap().is_empty());
        pages.push(std::mem::replace(&mut page, next));
    }
    pages.push(page);
    pages
}

#[tokio::test]
async fn pages_lead_through_the_whole_catalogue_without_a_repeat() {
    let films = model().catalogue.len();
    let walks = [
        (
            "/top-picks?limit=100",
            "recommendations",
            "/movie/id",
            films,
        ),
        ("/movies?limit=97", "movies", "/id", films),
        (
            "/movies/tmdb:603/similar?limit=100",
            "recommendations",
            "/movie/id",
            films - 1,
        ),
        (
            "/movies/tmdb:603/similar?limit=64&model=tfidf",
            "recommendations",
            "/movie/id",
            films - 1,
        ),
        (
            "/recommend?movie_name=The%20Matrix&limit=99",
            "recommendations",
            "/movie/id",
            films - 1,
        ),
    ];
    for (target, list, id, expected) in walks {
        let pages = walk(target, list).await;
        let ids: Vec<&str> = pages
            .iter()
            .flat_map(|page| each(&page[list], id))
            .collect();
        let distinct: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(
            (ids.len(), distinct.len()),
            (expected, expected),
            "{target}"
        );
        if expected < films {
            assert!(!distinct.contains("tmdb:603"), "{target}");
        }
    }
}

#[tokio::test]
async fn pages_of_any_size_give_the_same_list() {
    let whole = ok("/movies/tmdb:603/similar?limit=30").await;
    let mut ids = Vec::new();
    let mut target = "/movies/tmdb:603/similar?limit=7".to_owned();
    for limit in [11, 12] {
        let page = ok(&target).await;
        ids.extend(
            each(&page["recommendations"], "/movie/id")
                .into_iter()
                .map(str::to_owned),
        );
        let token = page["next_page"].as_str().unwrap();
        target = format!("/movies/tmdb:603/similar?limit={limit}&page={token}");
    }
    let page = ok(&target).await;
    ids.extend(
        each(&page["recommendations"], "/movie/id")
            .into_iter()
            .map(str::to_owned),
    );
    assert_eq!(ids, each(&whole["recommendations"], "/movie/id"));
}

#[tokio::test]
async fn a_token_fits_the_list_it_came_from_only() {
    let list = "/movies/tmdb:603/similar?genre=Drama&genre=Crime&exclude=tmdb:27205";
    let page = ok(list).await;
    let token = page["next_page"].as_str().unwrap();
    let same = [
        "/movies/imdb:tt0133093/similar?genre=crime&exclude=tmdb:27205&genre=drama&limit=3",
        "/recommend?movie_name=matrix&genre=Drama&genre=Crime&exclude=tmdb:27205",
    ];
    for target in same {
        ok(&format!("{target}&page={token}")).await;
    }
    let others = [
        "/movies/tmdb:604/similar?genre=Drama&genre=Crime&exclude=tmdb:27205",
        "/movies/tmdb:603/similar?genre=Drama&exclude=tmdb:27205",
        "/movies/tmdb:603/similar?genre=Drama&genre=Crime&exclude=tmdb:27205&genres=all",
        "/movies/tmdb:603/similar?genre=Drama&genre=Crime&exclude=tmdb:27205&model=tfidf",
        "/movies/tmdb:603/similar?genre=Drama&genre=Crime&exclude=tmdb:27205&year_from=1990",
        "/movies/tmdb:603/similar?genre=Drama&genre=Crime&exclude=tmdb:27205&language=en",
        "/movies/tmdb:603/similar?genre=Drama&genre=Crime&exclude=tmdb:27205&min_rating=1",
        "/movies/tmdb:603/similar?genre=Drama&genre=Crime&exclude=tmdb:603",
        "/top-picks?genre=Drama&genre=Crime&exclude=tmdb:27205",
        "/movies?genre=Drama&genre=Crime&exclude=tmdb:27205",
    ];
    for target in others {
        let answer = get(&format!("{target}&page={token}")).await;
        assert_eq!(answer.status, 400, "{target}");
        assert_eq!(answer.json()["field"], "page");
    }
    let token = ok("/movies?query=the&limit=3").await["next_page"].clone();
    let token = token.as_str().unwrap();
    let answer = get(&format!("/movies?query=a&limit=3&page={token}")).await;
    assert_eq!(answer.json()["field"], "page");
}

/// The films of a filtered list of every kind.
async fn filtered(filter: &str) -> Vec<Value> {
    let mut films = Vec::new();
    for target in [
        "/top-picks?",
        "/movies/tmdb:603/similar?",
        "/recommend?movie_name=alien&",
    ] {
        let page = ok(&format!("{target}limit=100&{filter}")).await;
        let list = page["recommendations"].as_array().unwrap().clone();
        assert!(!list.is_empty(), "{target}{filter}");
        films.extend(list.into_iter().map(|mut r| r["movie"].take()));
    }
    for target in ["/movies?", "/movies?query=the&"] {
        let page = ok(&format!("{target}limit=100&{filter}")).await;
        films.extend(page["movies"].as_array().unwrap().clone());
    }
    films
}

#[tokio::test]
async fn filters_hold_on_every_call() {
    let has =
        |movie: &Value, genre: &str| movie["genres"].as_array().unwrap().contains(&genre.into());
    for movie in filtered("genre=horror&genre=Sci-Fi").await {
        assert!(
            has(&movie, "Horror") || has(&movie, "Science Fiction"),
            "{movie}"
        );
    }
    for movie in filtered("genre=horror&genre=Sci-Fi&genres=all").await {
        assert!(
            has(&movie, "Horror") && has(&movie, "Science Fiction"),
            "{movie}"
        );
    }
    for movie in filtered("year_from=1980&year_to=1980").await {
        assert_eq!(movie["year"], 1980);
    }
    for movie in filtered("language=FR").await {
        assert_eq!(movie["language"], "fr");
    }
    for movie in filtered("min_rating=7.5").await {
        assert!(movie["vote_average"].as_f64().unwrap() >= 7.5, "{movie}");
    }
    let excluded = "exclude=tmdb:27205&exclude=tmdb:999999999&exclude=imdb:tt0133093";
    for movie in filtered(excluded).await {
        assert!(
            movie["id"] != "tmdb:27205" && movie["id"] != "tmdb:603",
            "{movie}"
        );
    }
}

#[tokio::test]
async fn a_filter_that_lets_nothing_pass_gives_an_empty_list() {
    let page = ok("/top-picks?genre=War&year_from=2099").await;
    assert_eq!(page["recommendations"], serde_json::json!([]));
    assert!(page["next_page"].is_null());
}

#[tokio::test]
async fn lists_have_their_documented_length() {
    let lengths = [
        ("/recommend?movie_name=alien", 5),
        ("/movies/tmdb:603/similar", 20),
        ("/top-picks", 20),
        ("/top-picks?limit=1", 1),
        ("/top-picks?limit=100", 100),
    ];
    for (target, length) in lengths {
        let page = ok(target).await;
        assert_eq!(
            page["recommendations"].as_array().unwrap().len(),
            length,
            "{target}"
        );
    }
    assert_eq!(ok("/movies").await["movies"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn scores_fall_and_reasons_name_what_is_shared() {
    let page = ok("/movies/tmdb:603/similar?limit=100").await;
    let list = page["recommendations"].as_array().unwrap();
    let scores: Vec<f64> = list.iter().map(|r| r["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    let first = &list[0]["reason"];
    assert!(
        first["sentence"].as_str().unwrap().contains("The Matrix"),
        "{first}"
    );
    assert_eq!(first["because"][0]["movie"]["id"], "tmdb:603");
    assert_eq!(first["because"][0]["movie"]["year"], 1999);
    assert!(!first["shared"].as_array().unwrap().is_empty(), "{first}");
}

#[tokio::test]
async fn a_film_given_on_its_renown_is_nobodys_doing() {
    let mut pages = walk("/movies/tmdb:603/similar?limit=100", "recommendations").await;
    let last = pages.pop().unwrap();
    let last = last["recommendations"].as_array().unwrap().last().unwrap();
    let top = &ok("/top-picks?limit=1").await["recommendations"][0];
    for reason in [&last["reason"], &top["reason"]] {
        assert_eq!(reason["sentence"], "It is one of the best known movies.");
        assert_eq!(reason["because"], serde_json::json!([]));
    }
}

#[tokio::test]
async fn the_two_models_differ() {
    let blended = ok("/movies/tmdb:603/similar").await;
    assert_eq!(blended, ok("/movies/tmdb:603/similar?model=matinee").await);
    let plain = ok("/movies/tmdb:603/similar?model=tfidf").await;
    assert_ne!(blended["recommendations"], plain["recommendations"]);
}

#[tokio::test]
async fn a_film_is_found_however_it_is_written() {
    let spellings = [
        "The%20Matrix",
        "the+matrix",
        "MATRIX%2C%20THE",
        "%20the%00matrix%0A",
        "teh%20matrix",
        "matrix%201999",
    ];
    for name in spellings {
        let answer = ok(&format!("/recommend?movie_name={name}")).await;
        assert_eq!(answer["movie"]["id"], "tmdb:603", "{name}");
    }
}

#[tokio::test]
async fn other_films_of_the_name_are_offered() {
    let model = model();
    let twins = model.catalogue.iter().find_map(|movie| {
        let found = matinee::catalogue::find(&model, movie.title());
        let other = *found.did_you_mean.first()?;
        let same = model.catalogue.get(other).title() == movie.title();
        (same && found.movie == Some(movie.index())).then_some((movie, other))
    });
    let (movie, other) = twins.expect("the sample has two films of one name");
    let name = movie.title().replace(' ', "%20");
    let answer = ok(&format!("/recommend?movie_name={name}")).await;
    assert_eq!(answer["movie"]["id"], movie.id());
    let expected = model.catalogue.get(other).id();
    assert_eq!(answer["did_you_mean"][0]["id"], expected);
}
