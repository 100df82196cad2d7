//! What a compaction leaves behind.

use super::*;

const MONDAY: &str = "2026-01-05";
const TUESDAY: &str = "2026-01-06";

#[test]
fn a_days_segments_become_one_file_in_which_each_row_stands_once_by_time() {
    let blobs = MemoryBlobs::default();
    let (a, b, c) = (row("ada", "1", 30), row("ada", "2", 10), row("bo", "1", 20));
    append(&blobs, MONDAY, 1, &[a.clone(), b.clone()]);
    append(&blobs, MONDAY, 2, &[b.clone(), c.clone()]);
    append(&blobs, TUESDAY, 1, &[row("ada", "3", 40)]);
    let before = live(&blobs);

    let report = compacted(&blobs).unwrap();
    assert_eq!(
        keys(&blobs),
        ["dt=2026-01-05/compacted.tsv", "dt=2026-01-06/compacted.tsv"]
    );
    assert_eq!(
        text(&blobs, "dt=2026-01-05/compacted.tsv"),
        segment(&[a, c, b])
    );
    let expected = CompactReport {
        days: 2,
        days_written: 2,
        segments_read: 3,
        segments_removed: 3,
        rows: 4,
        repeats: 1,
        ..CompactReport::default()
    };
    assert_eq!(report, expected);
    assert_eq!(live(&blobs), before);
    assert_eq!(before.interactions.len(), 4);
}

#[test]
fn a_second_run_changes_nothing_and_writes_nothing() {
    let blobs = MemoryBlobs::default();
    append(&blobs, MONDAY, 1, &[row("ada", "1", 1), forgotten("bo", 5)]);
    append(&blobs, TUESDAY, 1, &[row("bo", "1", 4), row("ada", "2", 9)]);
    append_films(&blobs, TUESDAY, 1, &[rating("Heat", "r", 1)]);
    compacted(&blobs).unwrap();
    let expected = CompactReport {
        days: 3,
        rows: 2,
        film_ratings: 1,
        ..CompactReport::default()
    };
    assert_eq!(compacted(&ReadOnly(&blobs)).unwrap(), expected);
}

#[test]
fn later_segments_are_put_into_the_days_file() {
    let blobs = MemoryBlobs::default();
    let rows: Vec<LogRow> = (0..40).map(|n| row("ada", &n.to_string(), n)).collect();
    for (number, rows) in rows.chunks(2).enumerate() {
        append(&blobs, MONDAY, number, rows);
        if number % 7 == 0 {
            compacted(&blobs).unwrap();
        }
    }
    let report = compacted(&blobs).unwrap();
    assert_eq!((report.rows, report.repeats), (40, 0));
    assert_eq!(keys(&blobs), ["dt=2026-01-05/compacted.tsv"]);
    assert_eq!(live(&blobs).interactions, counting(&rows));
}

#[test]
fn a_forgotten_viewer_goes_from_every_day_also_from_compacted_ones() {
    let blobs = MemoryBlobs::default();
    append(&blobs, MONDAY, 1, &[row("ada", "1", 1), row("bo", "1", 2)]);
    append(&blobs, "2026-01-07", 1, &[row("bo", "2", 3)]);
    compacted(&blobs).unwrap();
    append(
        &blobs,
        TUESDAY,
        1,
        &[forgotten("bo", 2), forgotten("bo", 3), forgotten("bo", 1)],
    );
    append(&blobs, TUESDAY, 2, &[row("bo", "3", 3), row("bo", "4", 4)]);

    let report = compacted(&blobs).unwrap();
    assert_eq!((report.forgotten_rows, report.rows), (3, 2));
    assert_eq!(
        text(&blobs, "forgotten.tsv"),
        segment(&[forgotten("bo", 3)])
    );
    assert_eq!(
        text(&blobs, "dt=2026-01-05/compacted.tsv"),
        segment(&[row("ada", "1", 1)])
    );
    assert_eq!(
        text(&blobs, "dt=2026-01-06/compacted.tsv"),
        segment(&[row("bo", "4", 4)])
    );
    assert_eq!(text(&blobs, "dt=2026-01-07/compacted.tsv"), segment(&[]));

    // What comes late goes, too, although the segment that said so is gone.
    append(&blobs, MONDAY, 2, &[row("bo", "5", 3)]);
    assert_eq!(live(&blobs).interactions.len(), 2);
    assert_eq!(compacted(&blobs).unwrap().forgotten_rows, 1);
    compacted(&ReadOnly(&blobs)).unwrap();
}

#[test]
fn a_day_of_nothing_but_forgotten_viewers_leaves_no_file() {
    let blobs = MemoryBlobs::default();
    append(&blobs, MONDAY, 1, &[row("bo", "1", 1)]);
    append(&blobs, TUESDAY, 1, &[forgotten("bo", 2)]);
    let report = compacted(&blobs).unwrap();
    assert_eq!((report.days_written, report.segments_removed), (0, 2));
    assert_eq!(keys(&blobs), ["forgotten.tsv"]);
}

#[test]
fn an_id_used_again_by_a_forgotten_viewer_counts_even_where_the_news_comes_late() {
    let blobs = MemoryBlobs::default();
    let rows = [row("bo", "1", 10), row("bo", "1", 30)];
    append(&blobs, MONDAY, 1, &rows);
    let report = compacted(&blobs).unwrap();
    assert_eq!((report.rows, report.conflicts), (2, 1));
    let log = live(&blobs);
    assert_eq!(log.interactions, counting(&rows[..1]));
    assert_eq!(log.conflicts, 1);

    append(&blobs, TUESDAY, 1, &[forgotten("bo", 20)]);
    assert_eq!(live(&blobs).interactions, counting(&rows[1..]));
    let report = compacted(&blobs).unwrap();
    assert_eq!(
        (report.rows, report.conflicts, report.forgotten_rows),
        (1, 0, 1)
    );
    assert_eq!(live(&blobs).interactions, counting(&rows[1..]));
}

#[test]
fn a_row_that_stands_on_two_days_counts_once() {
    let blobs = MemoryBlobs::default();
    append(&blobs, MONDAY, 1, &[row("ada", "1", 1)]);
    append(&blobs, TUESDAY, 1, &[row("ada", "1", 1)]);
    for _ in 0..2 {
        let log = live(&blobs);
        assert_eq!((log.interactions.len(), log.conflicts), (1, 0));
        compacted(&blobs).unwrap();
    }
}

#[test]
fn film_ratings_have_days_of_their_own() {
    let blobs = MemoryBlobs::default();
    let (a, b) = (rating("Heat", "r1", 2), rating("Night Ferry", "r1", 1));
    append_films(&blobs, MONDAY, 1, &[a.clone(), b.clone()]);
    append_films(&blobs, MONDAY, 2, std::slice::from_ref(&a));
    for _ in 0..2 {
        let report = compacted(&blobs).unwrap();
        assert_eq!((report.film_ratings, report.rows), (2, 0));
        assert_eq!(keys(&blobs), ["film-ratings/dt=2026-01-05/compacted.tsv"]);
        assert_eq!(live(&blobs).film_ratings, [b.clone(), a.clone()]);
    }
    let file = text(&blobs, "film-ratings/dt=2026-01-05/compacted.tsv");
    assert_eq!(file, film_segment([&b, &a]));
}

#[test]
fn each_film_rating_is_handed_over_once_the_oldest_day_first() {
    let blobs = MemoryBlobs::default();
    let (a, b) = (rating("Heat", "r1", 2), rating("Night Ferry", "r1", 1));
    let later = rating("Tides", "r2", 90_000_000);
    append_films(&blobs, MONDAY, 1, &[a.clone(), b.clone()]);
    append_films(&blobs, MONDAY, 2, std::slice::from_ref(&a));
    // The same rating, and another one with its name, on a later day.
    let other = FilmRating {
        stars: 1.0,
        accepted: Millis(90_000_001),
        ..a.clone()
    };
    append_films(&blobs, TUESDAY, 1, &[later.clone(), a.clone(), other]);
    for _ in 0..2 {
        let mut met = Vec::new();
        now(each_film_rating(&blobs, |rating| met.push(rating))).unwrap();
        assert_eq!(met, [b.clone(), a.clone(), later.clone()]);
        compacted(&blobs).unwrap();
    }
    let key = format!("film-ratings/dt={MONDAY}/compacted.tsv");
    put(&blobs, &key, "nonsense");
    let error = now(each_film_rating(&blobs, |_| {})).unwrap_err();
    assert!(error.to_string().contains(&key), "{error}");
}

#[test]
fn only_the_days_before_a_day_are_compacted_yet_all_tell_who_is_forgotten() {
    let blobs = MemoryBlobs::default();
    append(&blobs, MONDAY, 1, &[row("bo", "1", 1), row("ada", "1", 1)]);
    append(&blobs, TUESDAY, 1, &[forgotten("bo", 2), row("bo", "2", 2)]);
    let settings = CompactSettings {
        until: Some(TUESDAY.parse().unwrap()),
    };
    let report = now(compact(&blobs, &settings)).unwrap();
    assert_eq!((report.days, report.forgotten_rows, report.rows), (1, 1, 1));
    assert_eq!(
        keys(&blobs),
        [
            "dt=2026-01-05/compacted.tsv",
            "dt=2026-01-06/test-1-1.tsv",
            "forgotten.tsv"
        ]
    );
}

#[test]
fn a_damaged_segment_is_named_and_its_day_is_left_and_the_others_are_not() {
    let good = segment(&[row("ada", "1", 1)]);
    let torn = &good[..good.len() - 1];
    let strange = good.replace("liked", "loved");
    let damage: [&[u8]; 5] = [b"", b"\xff", torn.as_bytes(), strange.as_bytes(), b"a\tb\n"];
    for damage in damage {
        let blobs = MemoryBlobs::default();
        append(&blobs, MONDAY, 1, &[row("ada", "2", 2)]);
        put(&blobs, "dt=2026-01-05/test-2-2.tsv", damage.to_vec());
        append(
            &blobs,
            TUESDAY,
            1,
            &[row("ada", "3", 3), forgotten("bo", 9)],
        );
        let error = compacted(&blobs).unwrap_err();
        assert!(
            error.to_string().contains("dt=2026-01-05/test-2-2.tsv"),
            "{error}"
        );
        let CompactError::Damaged(report) = error else {
            panic!("{error}");
        };
        assert_eq!(report.damaged.len(), 1);
        assert_eq!((report.days, report.days_written, report.rows), (2, 1, 1));
        assert_eq!(
            keys(&blobs),
            [
                "dt=2026-01-05/test-1-1.tsv",
                "dt=2026-01-05/test-2-2.tsv",
                "dt=2026-01-06/compacted.tsv",
                "forgotten.tsv"
            ]
        );
        let error = now(read(&blobs)).unwrap_err();
        assert!(error.to_string().contains("test-2-2.tsv"), "{error}");

        now(blobs.delete("dt=2026-01-05/test-2-2.tsv")).unwrap();
        assert_eq!(compacted(&blobs).unwrap().rows, 2);
    }
}

#[test]
fn without_knowing_who_is_forgotten_nothing_is_changed() {
    let blobs = MemoryBlobs::default();
    append(&blobs, MONDAY, 1, &[row("ada", "1", 1), forgotten("bo", 1)]);
    put(&blobs, "forgotten.tsv", "viewer\n");
    let error = compacted(&ReadOnly(&blobs)).unwrap_err();
    assert_eq!(damaged(&error), ["forgotten.tsv"]);
    assert!(now(read(&blobs)).is_err());
    put(&blobs, "dt=2026-01-05/test-2-2.tsv", "viewer\n");
    let error = compacted(&ReadOnly(&blobs)).unwrap_err();
    assert_eq!(
        damaged(&error),
        ["forgotten.tsv", "dt=2026-01-05/test-2-2.tsv"]
    );
}

/// The files that the report names, each of which the error names, too.
fn damaged(error: &CompactError) -> Vec<&str> {
    let CompactError::Damaged(report) = error else {
        panic!("{error}");
    };
    let keys: Vec<&str> = report.damaged.iter().map(|d| d.key.as_str()).collect();
    assert!(keys.iter().all(|key| error.to_string().contains(key)));
    keys
}

#[test]
fn every_damaged_file_is_named_once() {
    let blobs = MemoryBlobs::default();
    append(&blobs, MONDAY, 1, &[row("ada", "1", 1)]);
    put(&blobs, "dt=2026-01-05/compacted.tsv", "viewer\n");
    put(&blobs, "dt=2026-01-05/test-2-2.tsv", "viewer\n");
    put(&blobs, "dt=2026-01-05/test-3-3.tsv", "a\tforgotten\t\n");
    put(&blobs, "dt=2026-01-06/test-1-1.tsv", b"\xff".to_vec());
    let before = keys(&blobs);
    let error = compacted(&blobs).unwrap_err();
    let mut named = damaged(&error);
    named.sort_unstable();
    assert_eq!(
        named,
        [
            "dt=2026-01-05/compacted.tsv",
            "dt=2026-01-05/test-2-2.tsv",
            "dt=2026-01-05/test-3-3.tsv",
            "dt=2026-01-06/test-1-1.tsv"
        ]
    );
    assert_eq!(keys(&blobs), before);
}

#[test]
fn what_is_not_of_the_log_is_left_alone() {
    let blobs = MemoryBlobs::default();
    put(&blobs, "README", "x");
    put(&blobs, "dt=2026-01-05/notes.txt", "x");
    put(&blobs, "dt=someday/test-1-1.tsv", "x");
    compacted(&ReadOnly(&blobs)).unwrap();
    assert_eq!(live(&blobs), Log::default());
}

#[test]
fn a_compaction_can_run_on_any_thread() {
    fn is_send(_: &impl Send) {}
    let blobs = MemoryBlobs::default();
    is_send(&compact(&blobs, &CompactSettings::default()));
    is_send(&read(&blobs));
}
