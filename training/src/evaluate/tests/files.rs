//! Published splits as files.

use std::fs;

use crate::evaluate::{Catalogue, EvaluateError, KnownFilms, ListFiles, Ranked, Task, user_lists};
use crate::ingest::ImportOptions;

fn known(dir: &tempfile::TempDir, movies: &str) -> KnownFilms {
    let path = dir.path().join("movies.csv");
    fs::write(&path, format!("movieId,title,genres\n{movies}")).unwrap();
    KnownFilms::new(vec![
        Catalogue::read(&path, &ImportOptions::default()).unwrap(),
    ])
}

fn read(
    [train, validation, test]: [&str; 3],
    known: &KnownFilms,
) -> Result<(Task, Option<String>), EvaluateError> {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let validation = (!validation.is_empty()).then(|| path("validation", validation));
    let files = ListFiles {
        train: &path("train", train),
        test: &path("test", test),
        validation: validation.as_deref(),
        lenient: false,
    };
    user_lists(files, known).map(|(task, _, source)| (task, source))
}

#[test]
fn users_without_a_training_line_are_left_out_and_unknown_films_count() {
    let (task, _) = read(
        [
            "u1 a b\nu2 c\nu3 b\nu4 a\n",
            "",
            "u2 a new\nu1 c\nstranger a\nu4\nu3 b newer newest\n",
        ],
        &KnownFilms::default(),
    )
    .unwrap();
    assert_eq!(
        task.train.rows().collect::<Vec<_>>(),
        [&[0, 1][..], &[2], &[1], &[0]]
    );
    let tests: Vec<(u32, &[u32], u32)> = task
        .tests
        .iter()
        .map(|test| (test.viewer, &test.films[..], test.unknown))
        .collect();
    assert_eq!(tests, [(0, &[2][..], 0), (1, &[0], 1), (2, &[], 2)]);
    assert_eq!(task.ranked, Ranked::All);
    assert!(task.validation.is_none());
    let counts = task.counts;
    assert_eq!(
        (counts.viewers, counts.viewers_measured, counts.films),
        (4, 3, 3)
    );
    assert_eq!((counts.interactions, counts.test_interactions), (5, 5));
    assert_eq!(counts.test_interactions_unknown, 3);
    assert_eq!(counts.left_out.viewers_without_training_films, 1);
    assert_eq!(counts.left_out.viewers_without_test_films, 1);
    assert_eq!(counts.left_out.test_films_in_training, 1);
}

#[test]
fn validation_has_the_rows_of_training_and_is_neither_masked_nor_measured() {
    let (task, _) = read(
        [
            "u1 a b\nu2 c a\n",
            "u2 b unknown\nstranger a\n",
            "u1 c\nu2 b\n",
        ],
        &KnownFilms::default(),
    )
    .unwrap();
    let validation = task.validation.unwrap();
    assert_eq!(validation.rows().collect::<Vec<_>>(), [&[][..], &[1]]);
    assert_eq!(task.train.row(1), [0, 2]);
    assert_eq!(task.tests[1].films, [1], "also in validation");
    assert_eq!(task.counts.films, 3);
}

#[test]
fn items_are_whole_ids_or_keys_of_the_source_that_most_are_of() {
    let dir = tempfile::tempdir().unwrap();
    let known = known(&dir, "1,Tides (1999),Drama\n2,Dust (2001),Western\n");
    let (task, source) = read(["u 1 movielens:2 77\n", "", "u 2\n"], &known).unwrap();
    assert_eq!(source.as_deref(), Some("movielens"));
    let titles: Vec<&str> = task.films.iter().map(|film| film.title.as_str()).collect();
    assert_eq!(titles, ["Tides", "", "Dust"], "as their ids ascend");
    assert_eq!(task.films[1].id.as_str(), "item:77");
    assert_eq!(task.counts.films_in_catalogue, 2);

    let refused = read(["u 8 9\n", "", "u 7\n"], &known)
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("none of the 3 films") && refused.contains("\"8\""),
        "{refused}"
    );
}

#[test]
fn a_source_is_chosen_by_how_many_items_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let mut films = known(
        &dir,
        "1,A (1999),Drama\n2,B (2001),Drama\n3,C (2001),Drama\n",
    );
    assert_eq!(
        films.source_of(["1", "3", "9"]).as_deref(),
        Some("movielens")
    );
    assert_eq!(films.source_of(["9"]), None);
    let tmdb = "id,title,genre,original_language,overview,release_date,vote_average,vote_count\n\
                1,X,Drama,en,,1999-01-01,7.0,50\n9,Y,Drama,en,,1999-01-01,7.0,50\n";
    let path = dir.path().join("tmdb.csv");
    fs::write(&path, tmdb).unwrap();
    let options = ImportOptions::default();
    let both = ["movies.csv", "tmdb.csv"]
        .map(|name| Catalogue::read(&dir.path().join(name), &options).unwrap());
    films = KnownFilms::new(both.into());
    assert_eq!(
        films.source_of(["1", "3", "9"]).as_deref(),
        Some("movielens"),
        "a tie"
    );
    assert_eq!(films.source_of(["1", "9"]).as_deref(), Some("tmdb"));
}

#[test]
fn nobody_in_common_is_a_task_without_viewers() {
    let (task, _) = read(["u1 a\n", "", "u2 a\n"], &KnownFilms::default()).unwrap();
    assert_eq!(
        (
            task.tests.len(),
            task.counts.left_out.viewers_without_training_films
        ),
        (0, 1)
    );
}
