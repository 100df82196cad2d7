use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use matinee::catalogue::Genre;
use matinee::model::{SectionKind, load};
use matinee::ports::{Blobs as _, Expect, MemoryBlobs};
use matinee::recommend::Personal;
use matinee::taste::log::{LogRow, film_segment, segment, segment_key};
use matinee::taste::{FilmRating, Interaction, InteractionId, Kind, Millis, Source};
use matinee_training::NoProgress;
use matinee_training::batch::{Part, batch};
use tempfile::TempDir;

use super::*;

const NOW: Millis = Millis(1_772_420_400_123);

type Memory = Trainer<MemoryBlobs, MemoryBlobs, MemoryBlobs, MemoryBlobs>;

fn trainer() -> (TempDir, Memory) {
    let folder = tempfile::tempdir().unwrap();
    let trainer = Trainer {
        models: MemoryBlobs::default(),
        catalogues: MemoryBlobs::default(),
        items: MemoryBlobs::default(),
        log: MemoryBlobs::default(),
        data: MemoryBlobs::default(),
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
        LogRow::Interaction(
            Interaction {
                id: InteractionId::derived([viewer.as_str(), &film.to_string()]),
                viewer: viewer.parse().unwrap(),
                movie: format!("movielens:{film}").parse().unwrap(),
                kind: Kind::Liked,
                at: Millis(1_772_000_000_000),
                source: Source::Http,
                recommendation: None,
            }
            .accepted(Millis(1_772_000_000_000)),
        )
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

#[test]
fn an_event_that_asks_for_something_else_is_refused_by_name() {
    assert_eq!(Ask::read("{}").unwrap(), Ask::default());
    for (event, named) in [
        (r#"{"forse": true}"#, "forse"),
        (r#"{"force": "yes"}"#, "yes"),
        (r#"{"dense_films": 0}"#, "dense_films is 0"),
        (r#"{"dense_films": -1}"#, "-1"),
        (r#"{"batch": {}}"#, "step"),
        (r#"{"batch": {"step": "begin"}}"#, "begin"),
        (r#"{"batch": {"step": "plan", "shards": 0}}"#, "shards must"),
        (
            r#"{"batch": {"step": "plan", "results": 501}}"#,
            "results must",
        ),
        (
            r#"{"batch": {"step": "plan"}, "force": true}"#,
            "one at a time",
        ),
        (
            r#"{"batch": {"step": "plan"}, "export": {}}"#,
            "one at a time",
        ),
        (r#"{"export": {"format": "csv"}}"#, "format"),
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
    let plan = Step::Plan {
        shards: Some(8),
        results: None,
    };
    assert_eq!(asked("batch-plan.json").batch, Some(plan));
    let list = asked("batch-list.json").batch;
    assert!(matches!(list, Some(Step::List { shard: 3, run }) if run.shards == 8));
    assert_eq!(asked("export.json").export, Some(Export {}));
}

/// A trainer whose live model learned from its log.
fn trained() -> (TempDir, Memory) {
    let (folder, trainer) = trainer();
    films(&trainer.catalogues, 10);
    likes(&trainer.log, 12);
    train(&trainer, &Ask::default(), None).unwrap();
    (folder, trainer)
}

fn step(trainer: &Memory, step: &Step, now: Millis) -> Result<Stepped, TrainError> {
    let personal = Personal::default();
    trainer.batch(step, personal, now).now_or_never().unwrap()
}

fn planned(trainer: &Memory, shards: usize, now: Millis) -> (Run, Vec<usize>) {
    let plan = Step::Plan {
        shards: Some(shards),
        results: Some(4),
    };
    match step(trainer, &plan, now).unwrap() {
        Stepped::Planned { run, shards } => (run, shards),
        other => panic!("{other:?}"),
    }
}

fn listed(trainer: &Memory, run: &Run, shard: usize) -> Option<Part> {
    let list = Step::List {
        run: run.clone(),
        shard,
    };
    match step(trainer, &list, NOW).unwrap() {
        Stepped::Listed(part) => part,
        other => panic!("{other:?}"),
    }
}

fn text(blobs: &MemoryBlobs, key: &str) -> String {
    let blob = blobs.get(key).now_or_never().unwrap().unwrap();
    let blob = blob.unwrap_or_else(|| panic!("{key} is missing"));
    String::from_utf8(blob.bytes.to_vec()).unwrap()
}

fn keys(blobs: &MemoryBlobs, prefix: &str) -> Vec<String> {
    blobs.list(prefix).now_or_never().unwrap().unwrap()
}

#[test]
fn lists_made_in_steps_are_those_that_are_made_at_once() {
    let (folder, trainer) = trained();
    let (run, shards) = planned(&trainer, 5, NOW);
    assert!(shards.len() > 1 && shards.iter().all(|shard| *shard < 5));
    // A step may be done twice.
    listed(&trainer, &run, shards[0]);
    let early = Step::Finish {
        run: run.clone(),
        parts: Vec::new(),
    };
    let error = step(&trainer, &early, NOW).unwrap_err();
    assert!(
        matches!(error, TrainError::Incomplete { parts: 0, .. }),
        "{error}"
    );
    let parts = shards.iter().map(|shard| listed(&trainer, &run, *shard));
    let finish = Step::Finish {
        run: run.clone(),
        parts: parts.collect(),
    };
    let Stepped::Finished(report) = step(&trainer, &finish, NOW).unwrap() else {
        panic!("not finished")
    };
    assert_eq!((report.viewers, report.interactions), (12, 36));
    assert_eq!(
        keys(&trainer.data, "batch-rows/"),
        ["batch-rows/current.json"]
    );

    let model = load(&trainer.models).now_or_never().unwrap().unwrap();
    let at_once = MemoryBlobs::default();
    let settings = run.settings(Personal::default());
    let work = folder.path().join("once");
    let made = batch(
        &trainer.log,
        &model,
        &at_once,
        &work,
        5,
        &settings,
        &NoProgress,
    );
    let made = made.now_or_never().unwrap().unwrap();
    assert_eq!(made, report);
    for key in keys(&at_once, "") {
        let stepped = text(&trainer.data, &format!("batch/{key}"));
        assert_eq!(stepped, text(&at_once, &key), "{key}");
    }
}

#[test]
fn of_two_batches_the_later_goes_on() {
    let (_folder, trainer) = trained();
    let (first, shards) = planned(&trainer, 2, NOW);
    let (second, _) = planned(&trainer, 2, Millis(NOW.0 + 5));
    let list = |run: &Run| Step::List {
        run: run.clone(),
        shard: shards[0],
    };
    let error = step(&trainer, &list(&first), NOW).unwrap_err();
    let overtaken =
        matches!(&error, TrainError::Overtaken { current, .. } if *current == second.id);
    assert!(overtaken, "{error}");
    step(&trainer, &list(&second), NOW).unwrap();
}

#[test]
fn a_plan_takes_the_manifest_away_and_needs_a_model() {
    let (_folder, trainer) = trained();
    put(&trainer.data, "batch/manifest.json", "{}");
    planned(&trainer, 2, NOW);
    assert!(keys(&trainer.data, "batch/").is_empty());
    let (_folder, empty) = self::trainer();
    let plan = Step::Plan {
        shards: None,
        results: None,
    };
    assert!(matches!(
        step(&empty, &plan, NOW),
        Err(TrainError::Model(_))
    ));
}

#[test]
fn an_export_says_what_is_imported_and_what_is_missing() {
    let (_folder, trainer) = trained();
    let exported = trainer.export(NOW).now_or_never().unwrap().unwrap();
    assert_eq!(exported.run, "20260302T030000Z");
    assert!(!exported.ready);
    assert!(
        exported.missing.contains("964 more interactions"),
        "{}",
        exported.missing
    );
    let found: Vec<_> = exported
        .datasets
        .iter()
        .map(|dataset| (dataset.kind, dataset.location.as_str()))
        .collect();
    let expected = [
        ("INTERACTIONS", "personalize/interactions/"),
        ("ITEMS", "personalize/items.csv"),
        ("USERS", "personalize/users.csv"),
    ];
    assert_eq!(found, expected);
    for dataset in &exported.datasets {
        assert!(
            !keys(&trainer.data, &dataset.location).is_empty(),
            "{dataset:?}"
        );
        let schema = format!("personalize/schemas/{}.json", dataset.name);
        assert_eq!(text(&trainer.data, &schema), dataset.schema);
    }
    assert_eq!(
        text(&trainer.data, "personalize/items.csv").lines().count(),
        11
    );
    assert!(!trainer.work.join("ml-tiny").exists());
}
