mod film_ratings;

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use futures_util::FutureExt as _;
use matinee::model::{CURRENT_KEY, Current, SectionKind, load, make_live};
use matinee::ports::{Blobs as _, Expect, MemoryBlobs};
use matinee::taste::log::{LogRow, segment, segment_key};
use matinee::taste::{Interaction, InteractionId, Kind, Millis, Recorded, Source};
use tempfile::TempDir;

use super::*;
use crate::NoProgress;

const HEADER: &str = "id,title,original_title,year,genres,directors,cast,countries,language,\
                      runtime,keywords,prominence,plot";

/// Films of a taste; there are two tastes.
const FILMS: usize = 15;

/// Viewers who like films of one taste each.
const VIEWERS: usize = 60;

const DAY: i64 = 86_400_000;

/// Stores, and a catalogue on disk.
struct House {
    folder: TempDir,
    models: MemoryBlobs,
    log: MemoryBlobs,
    segments: usize,
}

/// What an order asks for besides the usual.
#[derive(Default)]
struct Asked {
    interactions: Vec<PathBuf>,
    items: Items,
    film_ratings: Vec<PathBuf>,
    stand_in: HashSet<MovieId>,
    force: bool,
    memory: Option<u64>,
}

impl House {
    /// A catalogue of both tastes and an empty log.
    fn new() -> Self {
        let house = Self {
            folder: tempfile::tempdir().unwrap(),
            models: MemoryBlobs::default(),
            log: MemoryBlobs::default(),
            segments: 0,
        };
        house.catalogue(2 * FILMS);
        house
    }

    fn catalogue(&self, films: usize) {
        let film = |number: usize| {
            let genre = ["Crime", "Romance"][number % 2];
            format!(
                "film:{number},Film {number},,{},{genre},,,US,en,100,,{},A film.",
                1990 + number,
                100 - number
            )
        };
        let rows: Vec<String> = (0..films).map(film).collect();
        let text = format!("{HEADER}\n{}\n", rows.join("\n"));
        fs::write(self.folder.path().join("films.csv"), text).unwrap();
    }

    fn append(&mut self, rows: Vec<Recorded>) {
        self.segments += 1;
        let rows: Vec<LogRow> = rows.into_iter().map(LogRow::Interaction).collect();
        let number = format!("{:04}", self.segments);
        let key = segment_key("2026-02-01", "a", &number, &number);
        let put = self.log.put(&key, segment(&rows).into(), Expect::Absent);
        put.now_or_never().unwrap().unwrap();
    }

    fn renew_heard(
        &self,
        asked: &Asked,
        created: &str,
        watcher: &impl Watcher,
    ) -> Result<Renewed, RenewError> {
        let mut settings = TrainSettings::default();
        settings.weights.memory = asked.memory.unwrap_or(u64::MAX);
        let order = Order {
            catalogues: &[self.folder.path().join("films.csv")],
            import: ImportOptions::default(),
            items: &asked.items,
            interactions: &asked.interactions,
            read: InteractionOptions::at(Millis(2_000_000_000_000)),
            film_ratings: &asked.film_ratings,
            created,
            settings,
            stand_in: &asked.stand_in,
            force: asked.force,
        };
        let renewed = renew(&self.models, Some(&self.log), &order, watcher);
        renewed.now_or_never().unwrap()
    }

    fn renew(&self, asked: &Asked, created: &str) -> Renewed {
        self.renew_heard(asked, created, &NoProgress).unwrap()
    }

    fn live(&self) -> String {
        load(&self.models)
            .now_or_never()
            .unwrap()
            .unwrap()
            .version()
            .to_owned()
    }
}

const FIRST: &str = "2026-02-01T03:00:00Z";
const SECOND: &str = "2026-02-02T03:00:00Z";

/// Lets everything begin.
impl Watcher for NoProgress {
    fn task(&self, _: &Task) -> Result<(), String> {
        Ok(())
    }
}

fn like(viewer: &str, film: usize, at: i64) -> Recorded {
    let at = Millis(1_760_000_000_000 + at * DAY);
    Interaction {
        id: InteractionId::derived([viewer, &film.to_string()]),
        viewer: viewer.parse().unwrap(),
        movie: format!("film:{film}").parse().unwrap(),
        kind: Kind::Liked,
        at,
        source: Source::Http,
        recommendation: None,
    }
    .accepted(at)
}

/// Each viewer's next likes of their taste, `count` of them after the first `from`.
fn likes(viewers: usize, from: usize, count: usize, at: i64) -> Vec<Recorded> {
    let of = |viewer: usize| {
        (from..from + count).map(move |number| {
            let film = (viewer / 2 + number) % FILMS * 2 + viewer % 2;
            like(&format!("v{viewer}"), film, at)
        })
    };
    (0..viewers).flat_map(of).collect()
}

/// A house whose live model has learned the two tastes, and whose log knows what came later.
fn learned(viewers_later: usize) -> House {
    let mut house = House::new();
    house.append(likes(VIEWERS, 0, 5, 0));
    assert!(house.renew(&Asked::default(), FIRST).live);
    house.append(likes(viewers_later, 5, 2, 10));
    house
}

#[test]
fn a_first_model_goes_live_and_the_log_is_compacted_before() {
    let mut house = House::new();
    house.append(likes(VIEWERS, 0, 5, 0));
    house.append(likes(VIEWERS, 0, 5, 0));
    let renewed = house.renew(&Asked::default(), FIRST);
    assert!(renewed.live && renewed.verdict.reason().is_none());
    assert_eq!(renewed.verdict.live_version, None);
    assert_eq!(renewed.viewers, VIEWERS as u64);
    assert!(renewed.model.weights.is_some());
    let compacted = renewed.compacted.unwrap();
    assert_eq!((compacted.segments_removed, compacted.repeats), (2, 300));
    let keys = house.log.list("").now_or_never().unwrap().unwrap();
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert_eq!(house.live(), renewed.model.version());
}

#[test]
fn items_are_films_of_the_model_and_do_not_keep_a_stand_in_from_being_replaced() {
    let store = MemoryBlobs::default();
    let document =
        r#"{"id": "film:new", "at": 1, "properties": {"title": "New", "genres": "Crime"}}"#;
    let put = store.put("new.json", document.into(), Expect::Absent);
    put.now_or_never().unwrap().unwrap();
    let items = Items::read(&store).now_or_never().unwrap().unwrap();
    let house = House::new();
    let built_in = (0..2 * FILMS).map(|film| format!("film:{film}").parse().unwrap());
    let mut asked = Asked {
        items,
        stand_in: built_in.collect(),
        ..Asked::default()
    };
    let renewed = house.renew(&asked, FIRST);
    assert_eq!((renewed.items.changed, renewed.items.new), (0, 1));
    let new = renewed.model.catalogue.by_id("film:new").unwrap();
    assert_eq!(new.title(), "New");

    // Fewer films, and none of items: all that the live model had were a stand-in.
    house.catalogue(FILMS);
    assert!(house.renew(&asked, SECOND).live);
    asked.stand_in = HashSet::new();
    asked.items = Items::default();
    assert!(!house.renew(&asked, "2026-02-03T03:00:00Z").live);
}

#[test]
fn a_candidate_of_the_same_past_does_as_well_as_the_live_model_and_is_refitted_on_everything() {
    let house = learned(VIEWERS);
    let renewed = house.renew(&Asked::default(), SECOND);
    let Comparison::Made {
        viewers,
        candidate,
        live,
    } = renewed.verdict.comparison
    else {
        panic!("{:?}", renewed.verdict);
    };
    assert_eq!(viewers, VIEWERS as u64);
    assert_eq!(candidate.to_bits(), live.to_bits());
    assert!(live > 0.3, "{live}");
    assert!(renewed.live);
    let manifest = &renewed.model.manifest;
    assert_eq!(manifest.trained_until, Some(1_760_000_000_000 + 10 * DAY));
    assert_eq!(manifest.source.interactions, 7 * VIEWERS as u64);
    for (name, figure) in [
        ("guard_candidate_ndcg@20", candidate),
        ("guard_live_ndcg@20", live),
        ("guard_viewers", VIEWERS as f64),
    ] {
        assert_eq!(manifest.evaluation[name].to_bits(), figure.to_bits());
    }
    // What was chosen for the comparison is not chosen again, and its figure is kept.
    assert!(manifest.evaluation["validation_ndcg@20"] > 0.0);
}

#[test]
fn a_candidate_that_learned_from_a_flood_of_made_up_likes_is_written_and_not_made_live() {
    let mut house = learned(VIEWERS);
    let before = house.live();
    // They tie each film to some of the other taste, and say that they did so long ago.
    let bots = (0..900).flat_map(|bot| {
        [0, 1, 2, 3].map(|place| {
            let film = (2 * (bot + 3 * (place / 2)) + place % 2) % (2 * FILMS);
            like(&format!("bot{bot}"), film, 0)
        })
    });
    house.append(bots.collect());
    let renewed = house.renew(&Asked::default(), SECOND);
    let reason = renewed.verdict.reason().unwrap();
    assert!(reason.contains("behind the live model"), "{reason}");
    assert!(!renewed.live);
    assert_eq!(house.live(), before);
    assert_eq!(held_back(&renewed.model.manifest), Some(reason.as_str()));
    // It is there, whole, for whoever wants it.
    let version = renewed.model.version();
    let made_live = make_live(&house.models, version, None);
    made_live.now_or_never().unwrap().unwrap();
    assert_eq!(house.live(), version);
}

#[test]
fn a_candidate_without_a_film_of_the_live_model_goes_live_by_force_alone() {
    let house = learned(0);
    let before = house.live();
    house.catalogue(2 * FILMS - 7);
    let renewed = house.renew(&Asked::default(), SECOND);
    assert!(!renewed.live);
    assert_eq!(house.live(), before);
    let reason = renewed.verdict.reason().unwrap();
    assert!(reason.contains("lacks 7 of"), "{reason}");
    assert!(
        reason.contains("film:23") && reason.contains("and 2 more"),
        "{reason}"
    );
    let forced = Asked {
        force: true,
        ..Asked::default()
    };
    let renewed = house.renew(&forced, SECOND);
    assert!(renewed.live && renewed.verdict.reason().is_some());
    assert_eq!(held_back(&renewed.model.manifest), None);
    assert_eq!(house.live(), renewed.model.version());
}

#[test]
fn films_of_a_stand_in_are_not_missed() {
    let house = House::new();
    assert!(house.renew(&Asked::default(), FIRST).live);
    house.catalogue(3);
    let stand_in = (0..2 * FILMS).map(|film| format!("film:{film}").parse().unwrap());
    let asked = Asked {
        stand_in: stand_in.collect(),
        ..Asked::default()
    };
    assert!(house.renew(&asked, SECOND).live);
}

#[test]
fn few_viewers_are_no_measure() {
    let house = learned(LEAST_VIEWERS - 1);
    let renewed = house.renew(&Asked::default(), SECOND);
    assert!(renewed.live);
    let Comparison::NotMade { reason } = renewed.verdict.comparison else {
        panic!("{:?}", renewed.verdict);
    };
    assert!(reason.contains("19 viewers"), "{reason}");
    assert!(matches!(
        learned(LEAST_VIEWERS)
            .renew(&Asked::default(), SECOND)
            .verdict
            .comparison,
        Comparison::Made { viewers: 20, .. }
    ));
}

#[test]
fn a_model_that_has_learned_is_not_replaced_by_one_that_has_nobody_to_learn_from() {
    let mut house = learned(0);
    house.log = MemoryBlobs::default();
    let renewed = house.renew(&Asked::default(), SECOND);
    assert!(!renewed.live && renewed.plan.is_none());
    assert!(
        renewed
            .verdict
            .reason()
            .unwrap()
            .contains("none to learn from")
    );
}

#[test]
fn a_broken_live_model_is_replaced() {
    let house = learned(VIEWERS);
    let key = format!("{}/{}.bin", house.live(), SectionKind::Weights);
    let put = house.models.put(&key, "x".into(), Expect::Anything);
    put.now_or_never().unwrap().unwrap();
    let renewed = house.renew(&Asked::default(), SECOND);
    assert!(renewed.live);
    let Comparison::NotMade { reason } = renewed.verdict.comparison else {
        panic!("{:?}", renewed.verdict);
    };
    assert!(reason.contains("section weights"), "{reason}");
}

#[test]
fn files_of_interactions_count_beside_the_log() {
    let mut house = House::new();
    house.append(likes(10, 0, 3, 0));
    let file = house.folder.path().join("ratings.csv");
    let rows = "USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP\nann,film:1,like,1760000000\n";
    fs::write(&file, rows).unwrap();
    let asked = Asked {
        interactions: vec![file],
        ..Asked::default()
    };
    let renewed = house.renew(&asked, FIRST);
    assert_eq!(renewed.interactions[0].interactions, 1);
    assert_eq!(renewed.viewers, 11);
}

/// Moves the pointer when it hears what is to be learned.
struct Rival<'a>(&'a House, &'a str);

impl Progress for Rival<'_> {
    fn stage(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
}

impl Watcher for Rival<'_> {
    fn task(&self, _: &Task) -> Result<(), String> {
        let pointer = serde_json::to_vec(&Current::new(self.1)).unwrap();
        let put = self
            .0
            .models
            .put(CURRENT_KEY, pointer.into(), Expect::Anything);
        put.now_or_never().unwrap().unwrap();
        Ok(())
    }
}

#[test]
fn whoever_moved_the_pointer_meanwhile_stays() {
    let house = learned(0);
    let error = house.renew_heard(&Asked::default(), SECOND, &Rival(&house, "theirs"));
    let error = error.unwrap_err();
    assert!(matches!(error, RenewError::Model(_)), "{error}");
    let pointer = house.models.get(CURRENT_KEY).now_or_never().unwrap();
    let pointer = pointer.unwrap().unwrap().bytes;
    let current = Current::parse(CURRENT_KEY, &pointer).unwrap();
    assert_eq!(current.model_version, "theirs");
    // Nothing of the one that failed is left behind: the first model, and the pointer.
    let keys = house.models.list("").now_or_never().unwrap().unwrap();
    let folders: HashSet<&str> = keys
        .iter()
        .filter_map(|key| Some(key.split_once('/')?.0))
        .collect();
    assert_eq!(folders.len(), 1, "{keys:?}");
}

/// Lets nothing begin.
struct Refusing;

impl Progress for Refusing {
    fn stage(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
}

impl Watcher for Refusing {
    fn task(&self, task: &Task) -> Result<(), String> {
        Err(format!("{} times {}", task.times, task.plan.films))
    }
}

#[test]
fn what_is_refused_before_it_begins_changes_nothing() {
    let house = learned(VIEWERS);
    let before = house.models.list("").now_or_never().unwrap().unwrap();
    let refused = house.renew_heard(&Asked::default(), SECOND, &Refusing);
    assert_eq!(refused.unwrap_err().to_string(), "2 times 30");
    let after = house.models.list("").now_or_never().unwrap().unwrap();
    assert_eq!(before, after);
}

#[test]
fn with_less_memory_fewer_films_are_solved_densely_and_without_any_it_says_so() {
    let mut house = House::new();
    house.append(likes(VIEWERS, 0, 5, 0));
    let enough = house.renew(&Asked::default(), FIRST).plan.unwrap();
    assert_eq!(enough.dense_films, 2 * FILMS as u64);
    let limited = |memory| Asked {
        memory: Some(memory),
        force: true,
        ..Asked::default()
    };
    let less = house
        .renew(&limited(enough.bytes - 1), SECOND)
        .plan
        .unwrap();
    assert!(less.dense_films < enough.dense_films, "{less:?}");
    assert!(less.bytes < enough.bytes, "{less:?}");
    let none = house
        .renew_heard(&limited(1), SECOND, &NoProgress)
        .unwrap_err();
    assert!(none.to_string().contains("may be used"), "{none}");
}

#[test]
fn a_path_is_called_by_its_end() {
    assert_eq!(name(Path::new("data/movies.csv")), "movies.csv");
    assert_eq!(name(Path::new("ml-latest-small/")), "ml-latest-small");
}
