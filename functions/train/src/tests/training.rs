//! Models.

use matinee::catalogue::Genre;
use matinee::model::{SectionKind, load};
use matinee::taste::FilmRating;
use matinee::taste::log::film_segment;

use super::*;

#[test]
fn without_a_catalogue_nothing_is_made_and_that_is_said() {
    let (_folder, trainer) = trainer();
    likes(&trainer.log, 5);
    let answer = train(&trainer, &Ask::default(), None).unwrap();
    assert!(!answer.live && answer.made.is_none());
    assert!(answer.reason.unwrap().contains("no catalogue"));
}

#[test]
fn items_that_were_put_are_in_the_model_and_in_the_export_and_a_damaged_one_is_left_out() {
    let (_folder, trainer) = trainer();
    films(&trainer.catalogues, 10);
    likes(&trainer.log, 12);
    let item = |id: &str, properties: &str| {
        format!(r#"{{"id": "{id}", "at": 1, "properties": {properties}}}"#)
    };
    put(
        &trainer.items,
        "a.json",
        &item("movielens:1", r#"{"genres": "Western"}"#),
    );
    put(
        &trainer.items,
        "b.json",
        &item("film:tides", r#"{"title": "Tides", "year": 2026}"#),
    );
    put(&trainer.items, "c.json", "{");
    let made = train(&trainer, &Ask::default(), None)
        .unwrap()
        .made
        .unwrap();
    assert_eq!(
        (made.movies, made.changed_by_items, made.new_by_items),
        (11, 1, 1)
    );
    let model = load(&trainer.models).now_or_never().unwrap().unwrap();
    let genres = |id: &str| {
        let film = model.catalogue.by_id(id).unwrap();
        film.genres().map(Genre::name).collect::<Vec<_>>()
    };
    assert_eq!(genres("movielens:1"), ["Western"]);
    assert_eq!(genres("movielens:2"), ["Crime"]);
    assert_eq!(
        model.catalogue.by_id("film:tides").unwrap().title(),
        "Tides"
    );

    trainer.export(NOW).now_or_never().unwrap().unwrap();
    let items = trainer
        .data
        .get("personalize/items.csv")
        .now_or_never()
        .unwrap();
    let items = String::from_utf8(items.unwrap().unwrap().bytes.to_vec()).unwrap();
    assert!(items.contains("film:tides"), "{items}");
}

#[test]
fn film_ratings_of_the_log_are_learned_from() {
    let (_folder, trainer) = trainer();
    films(&trainer.catalogues, 10);
    let rating = FilmRating {
        title: "Tides".to_owned(),
        id: "r-1".parse().unwrap(),
        year: 1999,
        director: "Ada Moor".to_owned(),
        genre1: "Drama".to_owned(),
        genre2: "None".to_owned(),
        genre3: "None".to_owned(),
        stars: 9.0,
        thing: "sofa".to_owned(),
        accepted: NOW,
    };
    let key = format!("film-ratings/{}", segment_key("2026-02-25", "a", "1", "2"));
    put(&trainer.log, &key, &film_segment([&rating]));
    let answer = train(&trainer, &Ask::default(), None).unwrap();
    assert_eq!(answer.made.unwrap().film_ratings, 1);
    let model = load(&trainer.models).now_or_never().unwrap().unwrap();
    assert_eq!(model.rating.unwrap().ratings, 1);
}

#[test]
fn catalogues_and_log_become_a_live_model_and_no_copy_stays() {
    let (_folder, trainer) = trainer();
    films(&trainer.catalogues, 10);
    put(
        &trainer.catalogues,
        "zz-more.csv",
        "movieId,title,genres\n77,Last (1999),Drama\n",
    );
    likes(&trainer.log, 12);
    let answer = train(&trainer, &Ask::default(), None).unwrap();
    let made = answer.made.unwrap();
    assert!(answer.live && answer.reason.is_none());
    assert_eq!((made.movies, made.viewers, made.interactions), (11, 12, 36));
    let model = load(&trainer.models).now_or_never().unwrap().unwrap();
    assert_eq!(model.version(), made.model_version);
    assert_eq!(model.manifest.created, "2026-03-02T03:00:00Z");
    assert!(model.manifest.sections.contains_key(&SectionKind::Weights));
    assert!(!trainer.work.exists());
}

#[test]
fn a_model_that_lacks_films_is_held_back_unless_it_is_forced() {
    let (_folder, trainer) = trainer();
    films(&trainer.catalogues, 10);
    assert!(train(&trainer, &Ask::default(), None).unwrap().live);
    films(&trainer.catalogues, 9);
    let held_back = train(&trainer, &Ask::default(), None).unwrap();
    assert!(!held_back.live && held_back.made.is_some());
    assert!(held_back.reason.unwrap().contains("movielens:10"));
    let force = Ask::read(r#"{"force": true}"#).unwrap();
    assert!(train(&trainer, &force, None).unwrap().live);
}

#[test]
fn what_takes_longer_than_is_left_does_not_begin() {
    let (_folder, trainer) = trainer();
    films(&trainer.catalogues, 10);
    likes(&trainer.log, 12);
    let late = train(&trainer, &Ask::default(), Some(Duration::ZERO)).unwrap_err();
    assert!(late.to_string().contains("0 s are left"), "{late}");
    assert!(
        trainer
            .models
            .list("")
            .now_or_never()
            .unwrap()
            .unwrap()
            .is_empty()
    );
    let hour = Some(Duration::from_hours(1));
    assert!(train(&trainer, &Ask::default(), hour).unwrap().live);
}

#[test]
fn fewer_films_are_solved_densely_where_the_event_says_so() {
    let (_folder, trainer) = trainer();
    films(&trainer.catalogues, 10);
    likes(&trainer.log, 12);
    let ask = Ask::read(r#"{"dense_films": 3}"#).unwrap();
    let made = train(&trainer, &ask, None).unwrap().made.unwrap();
    assert_eq!(made.dense_films, 3);
}
