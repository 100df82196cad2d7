//! Whole imports of small made-up data sets.

use std::fs;

use matinee::taste::{Kind, KindName, Rating, Watch};
use tempfile::TempDir;

use super::*;
use crate::ingest::{self, Format};

/// 2026-01-31T12:00:00Z.
const NOW: Millis = Millis(1_769_860_800_000);

const WATCH_LOG: &str =
    "USER_ID,ITEM_ID,EVENT_TYPE,video_duration,duration_watched,Liked,Commented,Shared,TIMESTAMP";

fn folder(name: &str, content: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), content).unwrap();
    folder
}

fn read(name: &str, content: &str) -> Result<ImportedInteractions, ImportError> {
    let folder = folder(name, content.as_bytes());
    import(&folder.path().join(name), &InteractionOptions::at(NOW))
}

fn rows(header: &str, rows: &[&str]) -> Result<ImportedInteractions, ImportError> {
    read("rows.csv", &format!("{header}\n{}\n", rows.join("\n")))
}

/// The reason for which the only row is refused.
fn reason(header: &str, row: &str) -> String {
    match rows(header, &[row]) {
        Err(ImportError::TooManyBadRows { examples, .. }) => {
            assert_eq!((examples.len(), examples[0].line), (1, 2), "{row}");
            examples[0].reason.clone()
        }
        other => panic!("{row} was not refused: {other:?}"),
    }
}

/// Viewer, movie, kind and seconds since 1970 of each interaction.
fn said(imported: &ImportedInteractions) -> Vec<(String, String, Kind, i64)> {
    let interactions = imported.interactions.iter().map(|row| &row.interaction);
    interactions
        .map(|i| {
            (
                i.viewer.to_string(),
                i.movie.to_string(),
                i.kind,
                i.at.0 / 1000,
            )
        })
        .collect()
}

#[test]
fn a_watch_of_half_the_length_is_watched_and_less_is_clicked_and_nothing_is_dropped() {
    let imported = rows(
        WATCH_LOG,
        &[
            "u1,i1,Watched,20,10,0,1,1,1705564972",
            "u1,i1,Watched,20,9.9,1,1,1,1705564973",
            "u1,i2,Watched,20,0,0,1,1,1705564974",
            "u2,i2,,20,25,0,1,1,1705564975.0",
            "u2,i3,Clicked,20,20,0,1,1,1705564976",
        ],
    )
    .unwrap();
    let watch = |seconds| {
        Some(Watch {
            seconds,
            duration: 20.0,
        })
    };
    let (a, b) = ("u1".to_owned(), "u2".to_owned());
    let [i1, i2, i3] = ["item:i1", "item:i2", "item:i3"].map(str::to_owned);
    let expected = [
        (
            a.clone(),
            i1.clone(),
            Kind::Watched(watch(10.0)),
            1_705_564_972,
        ),
        (a, i1, Kind::Clicked(watch(9.9)), 1_705_564_973),
        (b.clone(), i2, Kind::Watched(watch(20.0)), 1_705_564_975),
        (b, i3, Kind::Clicked(watch(20.0)), 1_705_564_976),
    ];
    assert_eq!(said(&imported), expected);
    let flags = imported.interactions.iter().map(|row| row.clamped);
    assert_eq!(flags.collect::<Vec<_>>(), [false, false, true, false]);
    let report = imported.report;
    assert_eq!((report.rows, report.interactions), (5, 4));
    assert_eq!(
        (report.unwatched, report.clamped, report.bad_rows),
        (1, 1, 0)
    );
    assert_eq!(report.kinds[&KindName::Watched], 2);
    assert_eq!(report.format, InteractionFormat::WatchLog);
}

#[test]
fn the_share_that_counts_as_watched_can_be_set() {
    let folder = folder(
        "log.csv",
        format!("{WATCH_LOG}\nu,i,Watched,100,60,0,0,0,1705564972\n").as_bytes(),
    );
    for (watched_fraction, kind) in [(0.6, KindName::Watched), (0.61, KindName::Clicked)] {
        let options = InteractionOptions {
            watched_fraction,
            ..InteractionOptions::at(NOW)
        };
        let report = import(&folder.path().join("log.csv"), &options)
            .unwrap()
            .report;
        assert_eq!(report.kinds.into_iter().collect::<Vec<_>>(), [(kind, 1)]);
    }
}

#[test]
fn what_is_wrong_with_a_row_of_a_watch_log_is_named() {
    for (row, named) in [
        (",i,Watched,20,10,0,0,0,1705564972", "USER_ID"),
        ("u,,Watched,20,10,0,0,0,1705564972", "ITEM_ID"),
        ("u,i,Watched,0,10,0,0,0,1705564972", "video_duration"),
        ("u,i,Watched,-5,10,0,0,0,1705564972", "video_duration"),
        ("u,i,Watched,inf,10,0,0,0,1705564972", "video_duration"),
        ("u,i,Watched,20,-1,0,0,0,1705564972", "duration_watched"),
        ("u,i,Watched,20,NaN,0,0,0,1705564972", "duration_watched"),
        ("u,i,Watched,20,,0,0,0,1705564972", "duration_watched"),
        ("u,i,Watched,20,10,0,0,0,", "TIMESTAMP"),
        ("u,i,Watched,20,10,0,0,0,yesterday", "TIMESTAMP"),
        ("u,i,Watched,20,10,0,0,0,0", "before 1990"),
        ("u,i,Watched,20,10,0,0,0,1769861101", "in the future"),
        ("u,i,Watched,20,10,0,0,0,1705564972000", "in the future"),
        (
            "u,i,Watched,20,10,0,0,0,18446744073709551615",
            "in the future",
        ),
        ("u,i,Bought,20,10,0,0,0,1705564972", "EVENT_TYPE"),
        ("u,i,Liked,20,10,0,0,0,1705564972", "EVENT_TYPE"),
        ("u,i,Watched,20,10,0,0,1705564972", "expected 9 columns"),
    ] {
        let reason = reason(WATCH_LOG, row);
        assert!(reason.contains(named), "{row}: {reason}");
    }
}

#[test]
fn events_of_personalize_are_understood() {
    let imported = rows(
        "TIMESTAMP,user_id,ITEM_ID,EVENT_TYPE,EVENT_VALUE,RECOMMENDATION_ID",
        &[
            "1705564970,u,tmdb:603,Watch,,",
            "1705564971,u,tmdb:603,click,0.4,RID-1",
            "1705564972,u,tmdb:603,RATING,4.5,",
            "1705564973,u,tmdb:603,dislike,,",
            "1705564974,u,tmdb:603,,,",
        ],
    )
    .unwrap();
    let kinds: Vec<Kind> = said(&imported).iter().map(|row| row.2).collect();
    let expected = [
        Kind::Watched(None),
        Kind::Clicked(None),
        Kind::Rated(Rating {
            stars: 4.5,
            scale: Scale::Five,
        }),
        Kind::Disliked,
        Kind::Watched(None),
    ];
    assert_eq!(kinds, expected);
    let follows = &imported.interactions[1].interaction.recommendation;
    assert_eq!(follows.as_ref().unwrap().as_str(), "RID-1");
    assert_eq!(imported.report.format, InteractionFormat::Personalize);
}

#[test]
fn the_scale_of_stars_can_be_set() {
    let folder = folder(
        "rows.csv",
        b"USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\nu,i,1705564970,rating,9\n",
    );
    let path = folder.path().join("rows.csv");
    let options = InteractionOptions::at(NOW);
    let error = import(&path, &options).unwrap_err().to_string();
    assert!(
        error.contains("EVENT_VALUE: expected stars from 0.5 to 5"),
        "{error}"
    );
    let ten = InteractionOptions {
        scale: Scale::Ten,
        ..options
    };
    assert_eq!(import(&path, &ten).unwrap().report.interactions, 1);
}

#[test]
fn the_columns_that_must_be_there_are_enough() {
    let imported = rows("USER_ID,ITEM_ID,TIMESTAMP", &["u,i,1705564970"]).unwrap();
    assert_eq!(
        imported.interactions[0].interaction.kind,
        Kind::Watched(None)
    );
}

#[test]
fn what_is_wrong_with_an_event_is_named() {
    let header = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,RECOMMENDATION_ID";
    for (row, named) in [
        ("u,i,1705564970,purchase,,", "EVENT_TYPE: expected watch"),
        ("u,i,1705564970,rating,,", "EVENT_VALUE"),
        ("u,i,1705564970,rating,5.5,", "EVENT_VALUE"),
        ("u,i,1705564970,rating,NaN,", "EVENT_VALUE"),
        ("u,i,1705564970,watch,,a b", "RECOMMENDATION_ID"),
    ] {
        let reason = reason(header, row);
        assert!(reason.contains(named), "{row}: {reason}");
    }
}

#[test]
fn ids_that_are_none_here_become_some_that_are() {
    let imported = rows(
        "USER_ID,ITEM_ID,TIMESTAMP",
        &[
            "u-1,imdb:tt0133093,1705564970",
            "auth0|1,A.b_c-9,1705564970",
            "auth0|1,a/b,1705564970",
            "auth0|2,a/c,1705564970",
        ],
    )
    .unwrap();
    let rows = said(&imported);
    assert_eq!(rows[0].0, "u-1");
    assert_eq!(rows[0].1, "imdb:tt0133093");
    assert!(rows[1].0.starts_with("import:"), "{}", rows[1].0);
    assert_eq!(rows[1].0, rows[2].0);
    assert_ne!(rows[1].0, rows[3].0);
    assert_eq!(rows[1].1, "item:A.b_c-9");
    // The first half of the SHA-256 of "a/b".
    assert_eq!(rows[2].1, "item:c14cddc033f64b9dea80ea675cf280a0");
    assert_ne!(rows[2].1, rows[3].1);
}

#[test]
fn movielens_ratings_of_every_age_are_the_same() {
    let sets = [
        (
            "ratings.csv",
            "userId,movieId,rating,timestamp\n7,603,4.5,964982703\n8,604,3,964982704\n",
        ),
        (
            "ratings.dat",
            "7::603::4.5::964982703\n8::604::3::964982704\n",
        ),
        ("u.data", "7\t603\t4.5\t964982703\n8\t604\t3\t964982704\n"),
    ];
    let imported = sets.map(|(name, content)| {
        let folder = folder(name, content.as_bytes());
        let of_folder = import(folder.path(), &InteractionOptions::at(NOW)).unwrap();
        let of_file = read(name, content).unwrap();
        assert_eq!(of_folder.interactions, of_file.interactions);
        of_file
    });
    for set in &imported {
        assert_eq!(set.interactions, imported[0].interactions);
    }
    let rows = said(&imported[0]);
    let stars = Rating::new(4.5, Scale::Five).unwrap();
    let first = (
        "movielens:7",
        "movielens:603",
        Kind::Rated(stars),
        964_982_703,
    );
    assert_eq!(
        (rows[0].0.as_str(), rows[0].1.as_str(), rows[0].2, rows[0].3),
        first
    );
    let ids = imported[0]
        .interactions
        .iter()
        .map(|row| &row.interaction.id);
    let ids: Vec<_> = ids.collect();
    assert_ne!(ids[0], ids[1]);
    assert_eq!(
        imported.map(|set| set.report.format),
        [
            InteractionFormat::MovieLensCsv,
            InteractionFormat::MovieLensDat,
            InteractionFormat::MovieLens100k
        ]
    );
}

#[test]
fn one_bad_row_in_a_hundred_is_left_out_and_more_fail_unless_leniently() {
    let good = "u,i,1705564970";
    let mut some = vec![good; 99];
    some.push("u,i,never");
    let report = rows("USER_ID,ITEM_ID,TIMESTAMP", &some).unwrap().report;
    assert_eq!((report.interactions, report.bad_rows), (99, 1));
    assert_eq!(report.bad_row_examples[0].line, 101);

    let content = format!("USER_ID,ITEM_ID,TIMESTAMP\n{}\nu\n", some.join("\n"));
    let folder = folder("rows.csv", content.as_bytes());
    let path = folder.path().join("rows.csv");
    let options = InteractionOptions::at(NOW);
    let error = import(&path, &options).unwrap_err();
    assert!(matches!(
        error,
        ImportError::TooManyBadRows { bad_rows: 2, .. }
    ));
    let lenient = InteractionOptions {
        lenient: true,
        ..options
    };
    let report = import(&path, &lenient).unwrap().report;
    assert_eq!((report.interactions, report.bad_rows), (99, 2));
}

#[test]
fn a_file_without_an_interaction_says_what_was_expected() {
    for (name, content, named) in [
        ("a.csv", "", "is empty"),
        (
            "a.csv",
            "id,title\n1,Heat\n",
            "one of\n  watch log: columns USER_ID",
        ),
        (
            "a.csv",
            "USER_ID,video_duration\nu,1\n",
            "missing ITEM_ID,duration_watched",
        ),
        ("a.csv", "USER_ID,ITEM_ID\nu,1\n", "missing TIMESTAMP"),
        (
            "a.csv",
            "movieId,rating,timestamp\n1,1,1\n",
            "missing userId",
        ),
        (
            "a.csv",
            "USER_ID,ITEM_ID,TIMESTAMP\n",
            "holds no interaction",
        ),
        ("u.data", "\n", "holds no interaction"),
    ] {
        let error = read(name, content).unwrap_err().to_string();
        assert!(error.contains(named), "{content}: {error}");
    }
    let binary = folder("a.csv", b"\x1f\x8b\x08\x00\x00");
    let error = import(&binary.path().join("a.csv"), &InteractionOptions::at(NOW)).unwrap_err();
    assert!(matches!(error, ImportError::NotUtf8 { .. }), "{error}");
}

#[test]
fn a_folder_must_hold_one_file_that_is_known() {
    let other = folder("other.csv", b"USER_ID,ITEM_ID,TIMESTAMP\n");
    let options = InteractionOptions::at(NOW);
    let error = import(other.path(), &options).unwrap_err().to_string();
    assert!(
        error.contains("ratings.csv, ratings.dat, u.data; found nothing"),
        "{error}"
    );
    fs::write(other.path().join("ratings.csv"), "").unwrap();
    fs::write(other.path().join("u.data"), "").unwrap();
    let error = import(other.path(), &options).unwrap_err().to_string();
    assert!(error.contains("found ratings.csv, u.data"), "{error}");
    let missing = import(&other.path().join("missing"), &options);
    assert!(matches!(missing, Err(ImportError::Read { .. })));
}

#[test]
fn what_a_path_holds_is_told_without_reading_it_all() {
    let set = folder("ratings.csv", b"userId,movieId,rating,timestamp\n");
    fs::write(set.path().join("movies.csv"), "movieId,title,genres\n").unwrap();
    let ratings = Some(InteractionFormat::MovieLensCsv);
    assert_eq!(recognise(set.path()).unwrap(), ratings);
    assert_eq!(recognise(&set.path().join("ratings.csv")).unwrap(), ratings);
    assert_eq!(recognise(&set.path().join("movies.csv")).unwrap(), None);
    let films = ingest::recognise(set.path()).unwrap();
    assert_eq!(films, Some(Format::MovieLensCsv));

    let other = folder("notes.csv", b"colour,shape\n");
    assert_eq!(recognise(other.path()).unwrap(), None);
    assert_eq!(ingest::recognise(other.path()).unwrap(), None);
    // What is wrong is not nothing.
    assert!(recognise(&other.path().join("missing.csv")).is_err());
    for name in ["ratings.csv", "u.data", "movies.csv", "u.item"] {
        fs::write(other.path().join(name), "").unwrap();
    }
    assert!(recognise(other.path()).is_err());
    assert!(ingest::recognise(other.path()).is_err());
}
