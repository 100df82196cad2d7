use futures_util::FutureExt as _;
use matinee::catalogue::Genre;
use matinee::ports::{Expect, MemoryBlobs};

use super::*;

fn put(store: &MemoryBlobs, key: &str, document: &str) {
    let put = store.put(key, document.to_owned().into(), Expect::Anything);
    put.now_or_never().unwrap().unwrap();
}

/// Items, each put a millisecond after the one before it.
fn items(rows: &[(&str, &str)]) -> Items {
    let store = MemoryBlobs::default();
    for (number, (id, properties)) in rows.iter().enumerate() {
        let document = format!(r#"{{"id": "{id}", "at": {number}, "properties": {properties}}}"#);
        // The oldest has the last key.
        put(&store, &format!("{}.json", rows.len() - number), &document);
    }
    read(&store)
}

fn read(store: &MemoryBlobs) -> Items {
    Items::read(store).now_or_never().unwrap().unwrap()
}

fn films() -> Vec<Movie> {
    let film = |id: &str, title: &str, votes| Movie {
        votes,
        prominence: votes as f32 / 100.0,
        genres: vec![Genre::Drama],
        ..Movie::new(id.parse().unwrap(), title, Some(1990))
    };
    let mut films = vec![film("tmdb:1", "Tides", 100), film("tmdb:2", "Harvest", 10)];
    films[1].aliases = vec!["imdb:tt2".parse().unwrap()];
    films
}

#[test]
fn an_item_replaces_the_columns_it_gives_of_a_film_by_any_of_its_ids() {
    let mut movies = films();
    let rows = [
        ("tmdb:1", r#"{"year": 1991}"#),
        ("imdb:tt2", r#"{"genres": "Comedy", "runtime": 90}"#),
    ];
    let report = items(&rows).add_to(&mut movies);
    let mut expected = films();
    expected[0].year = Some(1991);
    expected[1].genres = vec![Genre::Comedy];
    expected[1].runtime = Some(90);
    assert_eq!(movies, expected);
    assert_eq!((report.changed, report.new), (2, 0));
}

#[test]
fn an_item_that_no_catalogue_has_is_a_new_film_behind_the_others() {
    let mut movies = films();
    let rows = [
        ("film:new", r#"{"title": "Lanterns", "genres": "Comedy"}"#),
        ("film:none", r#"{"year": 1990}"#),
    ];
    let report = items(&rows).add_to(&mut movies);
    assert_eq!(movies[..2], films());
    let expected = Movie {
        genres: vec![Genre::Comedy],
        ..Movie::new("film:new".parse().unwrap(), "Lanterns", None)
    };
    assert_eq!(movies[2..], [expected]);
    assert_eq!((report.changed, report.new), (0, 1));
    let [left_out] = &report.left_out[..] else {
        panic!("{report:?}");
    };
    assert!(left_out.reason.contains("film:none") && left_out.reason.contains("title"));
}

#[test]
fn a_title_that_was_put_before_is_that_of_a_film_that_no_catalogue_has() {
    let store = MemoryBlobs::default();
    for (key, id) in [("a.json", "film:new"), ("b.json", "tmdb:1")] {
        let document = format!(
            r#"{{"id": "{id}", "at": 1, "properties": {{"year": 1991}}, "title_before": "Lanterns"}}"#
        );
        put(&store, key, &document);
    }
    let mut movies = films();
    let report = read(&store).add_to(&mut movies);
    assert_eq!((report.changed, report.new), (1, 1));
    let [known, _, new] = &movies[..] else {
        panic!("{movies:?}");
    };
    assert_eq!((&*known.title, known.year), ("Tides", Some(1991)));
    assert_eq!((&*new.title, new.year), ("Lanterns", Some(1991)));
}

#[test]
fn of_several_items_about_one_film_the_newest_counts_in_each_column() {
    let mut movies = films();
    let rows = [
        ("imdb:tt2", r#"{"title": "First", "runtime": 90}"#),
        ("tmdb:2", r#"{"title": "Last"}"#),
    ];
    let report = items(&rows).add_to(&mut movies);
    assert_eq!(movies[1].title, "Last");
    assert_eq!(movies[1].runtime, Some(90));
    assert_eq!(report.changed, 1);
}

#[test]
fn votes_make_a_film_as_prominent_as_one_with_as_many() {
    let new = |votes: u32| format!(r#"{{"title": "New", "votes": {votes}}}"#);
    let prominence = |votes: u32, mut movies: Vec<Movie>| {
        items(&[("film:new", &new(votes))]).add_to(&mut movies);
        movies.last().unwrap().prominence
    };
    let close = |found: f32, expected: f32| (found - expected).abs() < 1e-6;
    assert!(close(prominence(100, films()), 1.0));
    assert!(close(prominence(5_000, films()), 1.0));
    assert!(close(prominence(9, films()), 10_f32.ln() / 101_f32.ln()));
    let mut nothing_known = films();
    for film in &mut nothing_known {
        film.votes = 0;
    }
    assert!(close(prominence(100, nothing_known), 0.0));
}

#[test]
fn what_is_no_item_is_named_and_left_out() {
    let store = MemoryBlobs::default();
    let sound = r#"{"id": "tmdb:1", "at": 1, "properties": {"year": 1991}}"#;
    put(&store, "a.json", sound);
    put(&store, "b.json", &sound[..20]);
    put(&store, "c.json", &sound.replace("1991", "\"soon\""));
    let mut movies = films();
    let report = read(&store).add_to(&mut movies);
    assert_eq!((report.changed, movies[0].year), (1, Some(1991)));
    let keys: Vec<&str> = report.left_out.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(keys, ["b.json", "c.json"]);
    assert!(report.left_out[1].reason.contains("properties.year"));
}

#[test]
fn without_items_films_are_as_they_were() {
    let mut movies = films();
    let none = read(&MemoryBlobs::default());
    assert_eq!(none.add_to(&mut movies), ItemReport::default());
    assert_eq!(movies, films());
}
