//! The public data sets that people will try first, through the same commands.
//!
//! Where they are missing these tests say so and test nothing, except where CI=true: there they
//! fail.

use matinee_integration::{Server, data, run};

#[test]
fn the_public_catalogues_are_read_without_a_bad_row() {
    let dir = tempfile::tempdir().unwrap();
    for (name, movies) in [
        ("tmdb-10k/movies.csv", 10_000),
        ("movielens-latest-small", 9_742),
        ("movielens-100k", 1_682),
    ] {
        let Some(path) = data(name) else { return };
        let report = run(dir.path(), &["import", "--check", &path, "--json"], "")
            .done()
            .json();
        assert_eq!(report["movies"], movies, "{name}: {report}");
        assert_eq!(report["bad_rows"], 0, "{name}: {report}");
    }
}

#[test]
fn ten_thousand_films_are_trained_and_served_with_sensible_neighbours() {
    let Some(catalogue) = data("tmdb-10k/movies.csv") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let train = ["train", "--catalogue", &catalogue, "--out", "models"];
    let _ = run(dir.path(), &train, "").done();
    let server = Server::start(dir.path(), &["serve", "--models", "models", "--port", "0"]);
    let like = |title: &str, limit: usize| {
        let call = format!("/recommend?movie_name={title}&limit={limit}");
        let answer = server.get(&call).json();
        let titles = answer["recommended_movies"].as_array().unwrap().clone();
        let titles: Vec<String> = titles
            .iter()
            .map(|title| title.as_str().unwrap().to_owned())
            .collect();
        titles
    };
    let sequels = [
        ("The%20Matrix", 3, "The Matrix Re"),
        ("Toy%20Story", 3, "Toy Story"),
        ("The%20Terminator", 5, "Terminator"),
        ("The%20Godfather", 2, "The Godfather: Part"),
        ("Rocky%20II", 4, "Rocky"),
        ("Back%20to%20the%20Future", 2, "Back to the Future Part"),
        (
            "The%20Lord%20of%20the%20Rings%20The%20Two%20Towers",
            2,
            "The Lord of the Rings",
        ),
    ];
    for (film, limit, series) in sequels {
        let titles = like(film, limit);
        let kin = titles.iter().filter(|title| title.contains(series)).count();
        assert!(kin + 1 >= limit, "{film}: {titles:?}");
    }
    let ghibli = like("Spirited%20Away", 5);
    assert!(
        ghibli.contains(&"My Neighbor Totoro".to_owned()),
        "{ghibli:?}"
    );
    let matrix = like("The%20Matrix", 5);
    assert!(
        !matrix.contains(&"Hackers".to_owned()) && !matrix.contains(&"Commando".to_owned()),
        "{matrix:?}"
    );
    let plain = server.get("/recommend?movie_name=The%20Matrix&model=tfidf&limit=2");
    assert_eq!(
        plain.json()["recommended_movies"],
        serde_json::json!(["Hackers", "Commando"]),
        "the reference everyone knows"
    );
    let _ = server.stop().done();
}

#[test]
fn joined_catalogues_accept_the_ids_of_both() {
    let (Some(tmdb), Some(movielens)) =
        (data("tmdb-10k/movies.csv"), data("movielens-latest-small"))
    else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let train = [
        "train",
        "--catalogue",
        &tmdb,
        "--catalogue",
        &movielens,
        "--out",
        "models",
    ];
    let _ = run(dir.path(), &train, "").done();
    let server = Server::start(dir.path(), &["serve", "--models", "models", "--port", "0"]);
    for id in ["tmdb:603", "movielens:2571", "imdb:tt0133093"] {
        let movie = server.get(&format!("/movies/{id}")).json();
        assert_eq!(movie["id"], "tmdb:603", "{movie}");
    }
    let _ = server.stop().done();
}
