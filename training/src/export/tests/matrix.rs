//! Viewers by films.

use std::fs;

use super::*;
use crate::export::{MatrixReport, matrix};

fn written(log: &MemoryBlobs, shards: usize) -> (MatrixReport, [String; 3]) {
    let folder = tempfile::tempdir().unwrap();
    let (out, work) = (folder.path().join("out"), folder.path().join("work"));
    let movies = movies();
    let report = matrix(log, &movies, &out, &work, shards, &NoProgress);
    let report = now(report).unwrap();
    assert_eq!(fs::read_dir(&work).unwrap().count(), 0);
    let mut names: Vec<_> = fs::read_dir(&out)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["items.txt", "matrix.mtx", "users.txt"]);
    let read = |name| fs::read_to_string(out.join(name)).unwrap();
    (report, ["matrix.mtx", "users.txt", "items.txt"].map(read))
}

#[test]
fn entries_are_what_speaks_for_a_film_by_its_viewer() {
    let log = MemoryBlobs::default();
    let rows = [
        row("ada", "movielens:2571", Kind::Watched(None), 1),
        row("ada", "tmdb:603", Kind::Clicked(None), 2),
        row("ada", "item:7", Kind::Disliked, 3),
        row("bo", "tmdb:19", Kind::Liked, 4),
        row("bo", "tmdb:19", Kind::Disliked, 5),
        row("cy", "tmdb:603", Kind::Liked, 6),
        forgotten("cy", 7),
    ];
    append(&log, MONDAY, 1, &rows);
    append(&log, TUESDAY, 2, &rows[..1]);
    let (report, [matrix, users, items]) = written(&log, 1);
    assert_eq!(users, "ada\nbo\n");
    assert_eq!(items, "tmdb:603\nfilm:nothing\ntmdb:19\nitem:7\n");
    let expected = MatrixReport {
        users: 2,
        items: 4,
        entries: 3,
        unknown_films: 1,
    };
    assert_eq!(report, expected);
    let lines: Vec<&str> = matrix.lines().collect();
    assert_eq!(lines[0], "%%MatrixMarket matrix coordinate real general");
    assert!(lines[1].starts_with('%'));
    // 0.6 for the watch and 0.1 for the click; of two opinions the newest.
    assert_eq!(lines[2..], ["2 4 3", "1 1 0.7", "1 4 -1", "2 3 -1"]);
}

#[test]
fn shards_change_the_order_of_viewers_and_nothing_else() {
    let log = MemoryBlobs::default();
    let rows: Vec<LogRow> = (0..300)
        .map(|n| {
            row(
                &format!("v{}", n % 40),
                &format!("item:{}", n % 23),
                Kind::Liked,
                n,
            )
        })
        .collect();
    append(&log, MONDAY, 1, &rows);
    let entries = |shards| {
        let (report, [matrix, users, items]) = written(&log, shards);
        let users: Vec<&str> = users.lines().collect();
        let items: Vec<&str> = items.lines().collect();
        let entry = |line: &str| {
            let parts: Vec<&str> = line.split(' ').collect();
            let place = |at: usize| parts[at].parse::<usize>().unwrap() - 1;
            format!("{} {} {}", users[place(0)], items[place(1)], parts[2])
        };
        let mut entries: Vec<String> = matrix.lines().skip(3).map(entry).collect();
        assert_eq!(entries.len() as u64, report.entries);
        entries.sort_unstable();
        entries
    };
    assert_eq!(entries(1), entries(9));
}

#[test]
fn nobody_is_an_empty_matrix_of_all_films() {
    let (report, [matrix, users, _]) = written(&MemoryBlobs::default(), 3);
    assert_eq!((report.users, report.items, users.as_str()), (0, 3, ""));
    assert_eq!(matrix.lines().last(), Some("0 3 0"));
}

#[test]
fn an_export_that_breaks_off_leaves_no_matrix_beside_other_names() {
    let log = MemoryBlobs::default();
    append(&log, MONDAY, 1, &[row("ada", "tmdb:603", Kind::Liked, 1)]);
    let folder = tempfile::tempdir().unwrap();
    let (out, work) = (folder.path().join("out"), folder.path().join("work"));
    let movies = movies();
    let export = || now(matrix(&log, &movies, &out, &work, 1, &NoProgress));
    export().unwrap();
    append(&log, MONDAY, 2, &[row("abe", "tmdb:19", Kind::Liked, 2)]);
    // A file cannot take the place of a folder.
    fs::remove_file(out.join("items.txt")).unwrap();
    fs::create_dir(out.join("items.txt")).unwrap();
    export().unwrap_err();
    assert_eq!(
        fs::read_to_string(out.join("users.txt")).unwrap(),
        "abe\nada\n"
    );
    assert!(!out.join("matrix.mtx").exists());
}
