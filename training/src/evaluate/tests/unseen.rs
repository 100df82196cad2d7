//! Films that are hidden from training.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::protocols::read;
use crate::evaluate::{Catalogue, EvaluateError, LikeRule, Ranked, Task, unseen_films};
use crate::ingest::ImportOptions;

const TMDB: &str = "id,title,genre,original_language,overview,release_date,vote_average,vote_count\n\
     70,Tides,Drama,en,Waves.,1999-01-01,7.0,50\n\
     80,Dust,Western,en,Sand.,2001-01-01,6.0,40\n\
     90,Snow,Drama,en,Cold.,2003-01-01,5.0,30\n\
     99,Fog,Drama,en,Mist.,2004-01-01,5.0,20\n";

/// A data set of four films, three of which join a catalogue by their links.
struct World {
    dir: TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(world.path("set")).unwrap();
        world.write("tmdb.csv", TMDB);
        world.write(
            "set/movies.csv",
            "movieId,title,genres\n1,Tides (1999),Drama\n2,Dust (2001),Western\n\
             3,Snow (2003),Drama\n4,Rain (2005),Drama\n",
        );
        world.write(
            "set/links.csv",
            "movieId,imdbId,tmdbId\n1,0000001,70\n2,0000002,80\n3,0000003,90\n",
        );
        world.write(
            "set/tags.csv",
            "userId,movieId,tag,timestamp\n1,1,sea,946684800\n2,1,sea,946684800\n\
             1,3,ice,946684800\n2,3,ice,946684800\n",
        );
        world.write(
            "set/ratings.csv",
            "userId,movieId,rating,timestamp\n1,1,5.0,946684801\n1,2,4.0,946684802\n\
             1,3,4.5,946684803\n1,4,5.0,946684804\n2,3,4.0,946684805\n3,1,5.0,946684806\n\
             3,3,3.5,946684807\n",
        );
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn task(&self, unseen: &str, catalogues: &[&str]) -> Result<Task, EvaluateError> {
        self.write("unseen.txt", unseen);
        let options = ImportOptions::default();
        let catalogues = catalogues
            .iter()
            .map(|name| Catalogue::read(&self.path(name), &options))
            .collect::<Result<Vec<_>, _>>()?;
        let likes = read(&self.path("set/ratings.csv"), &LikeRule::default())?;
        let unseen = self.path("unseen.txt");
        unseen_films(&unseen, &likes, &self.path("set"), catalogues, options).map(|(task, _)| task)
    }
}

fn titles(task: &Task) -> Vec<&str> {
    task.films.iter().map(|film| film.title.as_str()).collect()
}

#[test]
fn films_that_join_take_part_and_hidden_ones_are_held_back() {
    let world = World::new();
    for catalogues in [
        &["tmdb.csv"][..],
        &["tmdb.csv", "set"],
        &["tmdb.csv", "set/movies.csv"],
    ] {
        let task = world.task("3\n", catalogues).unwrap();
        assert_eq!(titles(&task), ["Tides", "Dust", "Snow"], "{catalogues:?}");
        assert_eq!(task.ranked, Ranked::Unseen(vec![2]));
        let rows: Vec<&[u32]> = task.train.rows().collect();
        assert_eq!(rows, [&[0, 1][..], &[], &[0]]);
        let tests: Vec<(u32, &[u32])> = task
            .tests
            .iter()
            .map(|test| (test.viewer, &test.films[..]))
            .collect();
        assert_eq!(tests, [(0, &[2][..]), (1, &[2])]);
        let counts = &task.counts;
        assert_eq!(
            (counts.viewers, counts.viewers_measured, counts.films),
            (2, 2, 1)
        );
        assert_eq!(counts.left_out.likes_of_other_films, 1, "of Rain");
        assert_eq!(counts.left_out.viewers_without_test_films, 1);
        assert_eq!(counts.left_out.interactions_not_counted, 1);
    }
}

#[test]
fn nothing_of_a_hidden_film_is_known_but_its_catalogue_row() {
    let world = World::new();
    let task = world.task("3\n", &["tmdb.csv"]).unwrap();
    let [tides, _, snow] = &task.films[..] else {
        panic!("three films")
    };
    assert_eq!(tides.keywords, ["sea"]);
    assert!(snow.keywords.is_empty(), "viewers' tags");
    assert_eq!((snow.overview.as_str(), snow.votes), ("Cold.", 30));
    let by_other_id = world.task("tmdb:90\n", &["tmdb.csv"]).unwrap();
    assert_eq!(by_other_id.films, task.films);
    let own_first = world.task("3\n", &["set", "tmdb.csv"]).unwrap();
    assert_eq!(own_first.films[2].votes, 30, "not the ratings");
    assert!(own_first.films[2].keywords.is_empty());
    assert_eq!(task.train.counts()[2], 0);
}

#[test]
fn the_data_sets_own_films_are_enough() {
    let world = World::new();
    let task = world.task("3\n4\n", &[]).unwrap();
    assert_eq!(titles(&task), ["Tides", "Dust", "Snow", "Rain"]);
    assert_eq!(task.ranked, Ranked::Unseen(vec![2, 3]));
}

#[test]
fn lists_that_hide_nothing_or_everything_are_refused() {
    let world = World::new();
    let refused = |unseen: &str| world.task(unseen, &["tmdb.csv"]).unwrap_err();
    let nothing = refused("77\n4\n");
    let text = nothing.to_string();
    assert!(
        matches!(
            nothing,
            EvaluateError::NothingUnseen {
                unseen: 0,
                films: 3,
                named: 2,
                unknown: 2
            }
        ),
        "{text}"
    );
    let everything = refused("1\n2\n3\n");
    assert!(matches!(
        everything,
        EvaluateError::NothingUnseen {
            unseen: 3,
            unknown: 0,
            ..
        }
    ));
    assert!(matches!(refused("\n"), EvaluateError::NoUnseen { .. }));
    let several = refused("1 2\n").to_string();
    assert!(
        several.contains("unseen.txt:1") && several.contains("one film's id"),
        "{several}"
    );
    assert!(matches!(
        world.task("3\n", &["nowhere.csv"]),
        Err(EvaluateError::Import(_))
    ));
}

#[test]
fn catalogues_without_a_film_in_common_are_refused() {
    let world = World::new();
    fs::remove_file(world.path("set/links.csv")).unwrap();
    let refused = world.task("3\n", &["tmdb.csv"]).unwrap_err();
    assert!(
        matches!(refused, EvaluateError::NothingJoins { .. }),
        "{refused}"
    );
}
