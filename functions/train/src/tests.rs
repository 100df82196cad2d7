use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use matinee::model::{SectionKind, load};
use matinee::ports::{Blobs as _, Expect, MemoryBlobs};
use matinee::taste::log::{LogRow, film_segment, segment, segment_key};
use matinee::taste::{FilmRating, Interaction, InteractionId, Kind, Millis, Recorded, Source};
use tempfile::TempDir;

use super::*;

const NOW: Millis = Millis(1_772_420_400_123);

type Memory = Trainer<MemoryBlobs, MemoryBlobs, MemoryBlobs>;

fn trainer() -> (TempDir, Memory) {
    let folder = tempfile::tempdir().unwrap();
    let trainer = Trainer {
        models: MemoryBlobs::default(),
        catalogues: MemoryBlobs::default(),
        log: MemoryBlobs::default(),
        work: folder.path().join("work"),
        dense_films: 20_000,
        memory: Some(1 << 30),
    };
    (folder, trainer)
}

fn put(blobs: &MemoryBlobs, key: &str, text: &str) {
    let put = blobs.put(key, Bytes::from(text.to_owned()), Expect::Anything);
    put.now_or_never().unwrap().unwrap();
}

/// A folder as `MovieLens` has it.
fn films(blobs: &MemoryBlobs, count: usize) {
    let rows = (1..=count).map(|film| format!("{film},Film {film} ({}),Crime\n", 1980 + film));
    let text = format!("movieId,title,genres\n{}", rows.collect::<String>());
    put(blobs, "ml-tiny/movies.csv", &text);
}

fn likes(blobs: &MemoryBlobs, viewers: usize) {
    let like = |viewer: usize, film: usize| {
        let viewer = format!("v{viewer}");
        LogRow::Interaction(Recorded {
            interaction: Interaction {
                id: InteractionId::derived([viewer.as_str(), &film.to_string()]),
                viewer: viewer.parse().unwrap(),
                movie: format!("movielens:{film}").parse().unwrap(),
                kind: Kind::Liked,
                at: Millis(1_772_000_000_000),
                source: Source::Http,
                recommendation: None,
            },
            accepted: Millis(1_772_000_000_000),
            clamped: false,
            undated: false,
        })
    };
    let rows: Vec<LogRow> = (0..viewers)
        .flat_map(|viewer| [0, 2, 4].map(|film| like(viewer, (viewer + film) % 8 + 1)))
        .collect();
    let key = segment_key("2026-02-25", "a", "1", "2");
    put(blobs, &key, &segment(&rows));
}

fn train(trainer: &Memory, ask: &Ask, left: Option<Duration>) -> Result<Answer, TrainError> {
    trainer.train(ask, NOW, left).now_or_never().unwrap()
}

#[test]
fn without_a_catalogue_nothing_is_made_and_that_is_said() {
    let (_folder, trainer) = trainer();
    likes(&trainer.log, 5);
    let answer = train(&trainer, &Ask::default(), None).unwrap();
    assert!(!answer.live && answer.made.is_none());
    assert!(answer.reason.unwrap().contains("no catalogue"));
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

#[test]
fn an_event_that_asks_for_something_else_is_refused_by_name() {
    assert_eq!(Ask::read("{}").unwrap(), Ask::default());
    for (event, named) in [
        (r#"{"forse": true}"#, "forse"),
        (r#"{"force": "yes"}"#, "yes"),
        (r#"{"dense_films": 0}"#, "dense_films is 0"),
        (r#"{"dense_films": -1}"#, "-1"),
        ("1", "expected {}"),
    ] {
        let error = Ask::read(event).unwrap_err().to_string();
        assert!(error.contains(named), "{event}: {error}");
    }
}

#[test]
fn the_scenarios_are_understood() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events/train");
    let asked = |name: &str| {
        let event = std::fs::read_to_string(folder.join(name)).unwrap();
        Ask::read(&event).unwrap()
    };
    assert_eq!(asked("nightly.json"), Ask::default());
    assert!(asked("force.json").force);
    assert_eq!(asked("dense-films.json").dense_films, Some(10_000));
}
