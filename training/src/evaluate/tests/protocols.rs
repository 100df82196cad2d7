//! Which likes each protocol holds back.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use matinee::taste::Millis;
use tempfile::TempDir;

use crate::evaluate::{Catalogue, EvaluateError, KnownFilms, LikeRule, Likes, Split, Task, split};
use crate::ingest::ImportOptions;
use crate::interactions::InteractionOptions;

/// Ratings as MovieLens has them: user, film, stars and seconds after the year 2000 began.
pub(super) fn ratings(dir: &TempDir, rows: &[(u32, u32, f32, u32)]) -> PathBuf {
    let mut text = "userId,movieId,rating,timestamp\n".to_owned();
    for (user, film, stars, at) in rows {
        let _ = writeln!(text, "{user},{film},{stars:.1},{}", 946_684_800 + at);
    }
    let path = dir.path().join("ratings.csv");
    std::fs::write(&path, text).unwrap();
    path
}

pub(super) fn read(path: &PathBuf, rule: &LikeRule) -> Result<Likes, EvaluateError> {
    // 2026-01-31T12:00:00Z: later than all of them.
    let options = InteractionOptions::at(Millis(1_769_860_800_000));
    Likes::read(&[path], &options, rule)
}

fn likes(rows: &[(u32, u32, f32, u32)]) -> Likes {
    let dir = tempfile::tempdir().unwrap();
    read(&ratings(&dir, rows), &LikeRule::default()).unwrap()
}

fn make(likes: &Likes, how: Split) -> Task {
    split(likes, &KnownFilms::default(), how).unwrap()
}

/// The ids of films.
fn names(task: &Task, films: &[u32]) -> Vec<String> {
    let mut names: Vec<String> = films
        .iter()
        .map(|film| task.films[*film as usize].id.key().to_owned())
        .collect();
    names.sort_by_key(|name| name.parse::<u32>().unwrap());
    names
}

/// Ten viewers with as many likes as their number, all at different times.
fn many() -> Likes {
    let rows: Vec<(u32, u32, f32, u32)> = (1..=10)
        .flat_map(|user| (0..user).map(move |film| (user, film + 1, 5.0, 100 * film + user)))
        .collect();
    likes(&rows)
}

#[test]
fn a_like_is_what_was_said_last() {
    let likes = likes(&[
        (1, 1, 4.0, 10),
        (1, 2, 3.5, 11),
        (1, 3, 5.0, 30),
        (1, 3, 1.0, 20),
        (1, 4, 5.0, 12),
        (1, 4, 2.0, 13),
        (2, 1, 3.0, 1),
    ]);
    let films: Vec<&str> = likes.likes[0]
        .iter()
        .map(|like| likes.films[like.film as usize].as_str())
        .collect();
    assert_eq!(films, ["movielens:1", "movielens:3"], "the oldest first");
    assert_eq!((likes.len(), likes.interactions), (2, 7));
    assert_eq!((likes.viewers.len(), likes.viewers_without_likes), (1, 1));
}

#[test]
fn ratings_that_are_all_alike_are_all_likes_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let path = ratings(&dir, &[(1, 1, 3.0, 1), (1, 2, 3.0, 2), (2, 1, 3.0, 3)]);
    let refused = read(&path, &LikeRule::default()).unwrap_err().to_string();
    for part in [
        "3 interactions",
        "4 of 5",
        "highest rating is 3",
        "--min-stars",
    ] {
        assert!(refused.contains(part), "{part} is missing in {refused}");
    }
    let rule = LikeRule {
        min_stars: 3.0,
        ..LikeRule::default()
    };
    assert_eq!(read(&path, &rule).unwrap().len(), 3);
}

#[test]
fn clicks_are_likes_where_they_are_asked_to_be() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("interactions.csv");
    let text = "USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP\nann,heat,click,946684801\n";
    std::fs::write(&path, text).unwrap();
    let refused = read(&path, &LikeRule::default());
    assert!(matches!(
        refused,
        Err(EvaluateError::NoLikes {
            most_stars: None,
            ..
        })
    ));
    let rule = LikeRule {
        clicks: true,
        ..LikeRule::default()
    };
    assert_eq!(read(&path, &rule).unwrap().len(), 1);
}

#[test]
fn leave_last_out_holds_back_the_newest_like_of_who_has_two() {
    let task = make(
        &likes(&[
            (1, 10, 5.0, 300),
            (1, 20, 5.0, 100),
            (1, 30, 5.0, 200),
            (2, 30, 5.0, 50),
            (3, 40, 5.0, 7),
            (3, 10, 5.0, 7),
        ]),
        Split::LeaveLastOut,
    );
    let held_back: Vec<Vec<String>> = task
        .tests
        .iter()
        .map(|test| names(&task, &test.films))
        .collect();
    // Nobody has film 10 in training; of one time the row that came last is the newest.
    assert_eq!(held_back, [Vec::<String>::new(), Vec::new()]);
    assert_eq!([task.tests[0].unknown, task.tests[1].unknown], [1, 1]);
    assert_eq!(names(&task, task.train.row(0)), ["20", "30"]);
    assert_eq!(names(&task, task.train.row(2)), ["40"]);
    let counts = &task.counts;
    assert_eq!((counts.viewers, counts.viewers_measured), (3, 2));
    assert_eq!(counts.left_out.viewers_without_test_films, 1);
    assert_eq!(
        (counts.test_interactions, counts.test_interactions_unknown),
        (2, 2)
    );
}

#[test]
fn a_random_split_holds_back_the_share_of_each_viewer_and_never_all() {
    let likes = many();
    let task = make(
        &likes,
        Split::Random {
            share: 0.3,
            seed: 1,
        },
    );
    let held_back: BTreeMap<u32, usize> = task
        .tests
        .iter()
        .map(|test| (test.viewer, test.len()))
        .collect();
    // 0.3, 0.6, 0.9, ... 3.0, rounded.
    let expected = [0, 1, 1, 1, 2, 2, 2, 2, 3, 3];
    for (viewer, expected) in (0_u32..).zip(expected) {
        let found = held_back.get(&viewer).copied().unwrap_or(0);
        assert_eq!(found, expected, "of viewer {viewer}");
        let kept = task.train.row(viewer as usize).len();
        assert_eq!(kept + found, viewer as usize + 1);
    }
    let greedy = make(
        &likes,
        Split::Random {
            share: 0.99,
            seed: 1,
        },
    );
    assert!(greedy.train.rows().all(|row| row.len() == 1));
}

#[test]
fn a_seed_names_one_random_split_whatever_the_order_of_the_rows() {
    let rows: Vec<(u32, u32, f32, u32)> = (1..=20)
        .flat_map(|user| (0..20).map(move |film| (user, film + 1, 5.0, 100 * film + user)))
        .collect();
    let mut reversed = rows.clone();
    reversed.reverse();
    let by_viewer = |rows: &[(u32, u32, f32, u32)], seed| {
        let likes = likes(rows);
        let task = make(&likes, Split::Random { share: 0.2, seed });
        let held_back = task.tests.iter().map(|test| {
            let viewer = likes.viewers[test.viewer as usize].to_string();
            (viewer, names(&task, &test.films))
        });
        held_back.collect::<BTreeMap<String, Vec<String>>>()
    };
    let first = by_viewer(&rows, 7);
    assert_eq!(first, by_viewer(&reversed, 7));
    assert_ne!(first, by_viewer(&rows, 8));
    let different = first.values().collect::<std::collections::BTreeSet<_>>();
    assert!(different.len() > 10, "viewers do not share their luck");
}

#[test]
fn by_time_nothing_in_training_is_newer_than_what_is_held_back() {
    // The times of user u are 1000 u and on.
    let rows: Vec<(u32, u32, f32, u32)> = (1..=10)
        .flat_map(|user| (0..4).map(move |film| (user, film + 1, 5.0, 1000 * user + film)))
        .chain([(1, 5, 5.0, 20_000), (1, 2, 5.0, 20_001), (2, 5, 5.0, 3)])
        .collect();
    let likes = likes(&rows);
    let task = make(&likes, Split::ByTime { share: 0.25 });
    // Of 42 likes the newest 10: all of users 9 and 10, film 5 of user 1, and film 2, which counts
    // once, when it was last said.
    let held_back: Vec<(u32, Vec<String>)> = task
        .tests
        .iter()
        .map(|test| (test.viewer, names(&task, &test.films)))
        .collect();
    assert_eq!(held_back, [(0, vec!["2".to_owned(), "5".to_owned()])]);
    assert_eq!(task.counts.left_out.viewers_without_training_films, 2);
    assert_eq!(task.counts.interactions, 32);
}

#[test]
fn what_cannot_be_split_is_refused() {
    let known = KnownFilms::default();
    for share in [0.0, 1.0, -0.5, f64::NAN] {
        for how in [Split::Random { share, seed: 1 }, Split::ByTime { share }] {
            let refused = split(&many(), &known, how);
            assert!(matches!(refused, Err(EvaluateError::Share(_))), "{how:?}");
        }
    }
    let at_once = likes(&[(1, 1, 5.0, 9), (1, 2, 5.0, 9), (2, 1, 5.0, 9)]);
    let refused = split(&at_once, &known, Split::ByTime { share: 0.2 });
    assert!(matches!(refused, Err(EvaluateError::OneTime { .. })));
}

#[test]
fn films_get_their_facts_by_any_id_and_two_ids_of_one_film_are_one() {
    let dir = tempfile::tempdir().unwrap();
    let tmdb = "id,title,genre,original_language,overview,release_date,vote_average,vote_count\n\
                70,Tides,Drama,en,Waves.,1999-01-01,7.0,50\n";
    std::fs::write(dir.path().join("tmdb.csv"), tmdb).unwrap();
    let set = dir.path().join("set");
    std::fs::create_dir(&set).unwrap();
    let write = |name: &str, text: &str| std::fs::write(set.join(name), text).unwrap();
    write(
        "movies.csv",
        "movieId,title,genres\n1,Tides (1999),Drama\n2,Dust (2001),Western\n",
    );
    write("links.csv", "movieId,imdbId,tmdbId\n1,0000001,70\n");
    write(
        "ratings.csv",
        "userId,movieId,rating,timestamp\n1,1,5.0,946684801\n1,2,5.0,946684802\n2,9,5.0,946684803\n",
    );
    let options = ImportOptions::default();
    let catalogue = |name: &str| Catalogue::read(&dir.path().join(name), &options).unwrap();
    let movielens = catalogue("set");
    assert!(
        movielens.movies.iter().all(|movie| movie.votes == 0
            && movie.vote_average.is_none()
            && movie.prominence == 0.0),
        "ratings are what models are measured on"
    );
    let known = KnownFilms::new(vec![catalogue("tmdb.csv"), movielens]);
    let likes = read(&set.join("ratings.csv"), &LikeRule::default()).unwrap();
    let task = split(&likes, &known, Split::LeaveLastOut).unwrap();
    assert_eq!(task.films[0].id.as_str(), "tmdb:70");
    assert_eq!(
        (task.films[0].votes, task.films[0].overview.as_str()),
        (50, "Waves.")
    );
    assert_eq!(task.films[1].id.as_str(), "movielens:9", "in no catalogue");
    assert_eq!(task.counts.films_in_catalogue, 1);

    let other = Catalogue::read(&dir.path().join("tmdb.csv"), &options).unwrap();
    let foreign = KnownFilms::new(vec![other]);
    let refused = split(&likes, &foreign, Split::LeaveLastOut);
    assert!(matches!(
        refused,
        Err(EvaluateError::NothingInCatalogue { items: 3, .. })
    ));
}
