//! Each way for a catalogue or a row to be wrong.

use std::path::Path;

use matinee::catalogue::Movie;

use super::super::films::Films;
use super::super::sample::HEADER;
use super::super::{ImportError, import};
use super::{LENIENT, STRICT, TMDB, folder, import_bytes, import_rows, reason};

#[test]
fn every_field_of_the_sample_is_checked() {
    let good = [
        "tmdb:7", "Keeper", "", "1999", "Drama", "", "", "SE", "sv", "101", "", "64", "",
    ];
    for (column, value, expected) in [
        ("id", "603", "id: not a movie id"),
        ("title", " ", "title: expected a title"),
        (
            "year",
            "1869",
            "year: expected a whole number from 1870 to 2100, found \"1869\"",
        ),
        ("year", "2101", "year: "),
        ("year", "soon", "year: "),
        ("genres", "Drama|Opera", "genres: unknown genre \"Opera\""),
        (
            "countries",
            "Sweden",
            "countries: expected a code of two capital letters",
        ),
        (
            "language",
            "Swedish",
            "language: expected a code of two small letters",
        ),
        ("language", "sv|no", "language: "),
        ("runtime", "-1", "runtime: "),
        ("runtime", "60001", "runtime: "),
        ("prominence", "", "prominence: "),
        (
            "prominence",
            "0",
            "prominence: expected a whole number from 1 to 100, found \"0\"",
        ),
        ("prominence", "101", "prominence: "),
        ("prominence", "0.5", "prominence: "),
    ] {
        let mut row = good;
        row[HEADER.iter().position(|name| *name == column).unwrap()] = value;
        let reason = reason(&HEADER.join(","), &row.join(","));
        assert!(reason.starts_with(expected), "{column} {value}: {reason}");
    }
}

#[test]
fn rows_of_tmdb_are_checked() {
    let header = format!("{TMDB},runtime,keywords,belongs_to_collection");
    for (row, expected) in [
        (
            ",Keeper,,en,,,,,,,,",
            "id: expected a number, found nothing",
        ),
        ("seven,Keeper,,en,,,,,,,,", "id: expected a whole number"),
        ("0,Keeper,,en,,,,,,,,", "id: expected a whole number from 1"),
        ("7.5,Keeper,,en,,,,,,,,", "id: "),
        ("7,\" \t\",,en,,,,,,,,", "title: expected a title"),
        (
            "7,Keeper,,en,,,0999-01-01,,,,,",
            "release_date: expected a whole number from 1870",
        ),
        (
            "7,Keeper,,en,,,1999-13-01,,,,,",
            "release_date: expected a date YYYY-MM-DD",
        ),
        (
            "7,Keeper,,en,,,04/03/1999,,,,,",
            "release_date: expected a date",
        ),
        (
            "7,Keeper,,en,,,,11,,,,",
            "vote_average: expected a number from 0 to 10",
        ),
        ("7,Keeper,,en,,,,NaN,,,,", "vote_average: "),
        (
            "7,Keeper,,en,,,,,-3,,,",
            "vote_count: expected a whole number",
        ),
        ("7,Keeper,,en,,,,,1e3,,,", "vote_count: "),
        ("7,Keeper,,en,,,,,,long,,", "runtime: "),
        (
            "7,Keeper,\"[{'name': 'Dra\",en,,,,,,,,",
            "genres: expected a string that is closed",
        ),
        ("7,Keeper,{},en,,,,,,,,", "genres: expected a list"),
        (
            "7,Keeper,,en,,,,,,,[oops],",
            "keywords: expected a list, a dictionary",
        ),
        (
            "7,Keeper,,en,,,,,,,,0.065736",
            "belongs_to_collection: expected a dictionary",
        ),
        ("7,Keeper,,en", "expected 12 columns, found 4"),
        ("7,Keeper,,en,,,,,,,,,", "expected 12 columns, found 13"),
        (
            "7,\"Keeper,,en,,,,,,,,",
            "a quotation mark opens a field and is never closed",
        ),
    ] {
        let reason = reason(&header, row);
        assert!(reason.starts_with(expected), "{row}: {reason}");
    }
}

#[test]
fn rows_of_movielens_are_checked() {
    let header = "movieId,title,genres";
    for (row, expected) in [
        (",Keeper (1999),Drama", "movieId: expected a number"),
        ("x7,Keeper (1999),Drama", "movieId: expected a whole number"),
        ("7, ,Drama", "title: "),
        (
            "7,Keeper (1066),Drama",
            "year in the title: expected a whole number from 1870",
        ),
        ("7,Keeper (1999)", "expected 3 columns, found 2"),
    ] {
        let reason = reason(header, row);
        assert!(reason.starts_with(expected), "{row}: {reason}");
    }
}

#[test]
fn lines_of_the_older_movielens_sets_are_checked() {
    for (name, line, expected) in [
        (
            "movies.dat",
            "7::Keeper (1999)",
            "expected 3 columns, found 2",
        ),
        (
            "movies.dat",
            "::Keeper (1999)::Drama",
            "id: expected a number",
        ),
        ("u.item", "7|Keeper (1999)|", "expected 24 columns, found 3"),
        (
            "u.item",
            "7|Keeper||||2|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0",
            "unknown: expected 0 or 1",
        ),
        (
            "u.item",
            "7|Keeper|1 Jan||||0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0",
            "release date: ",
        ),
    ] {
        let folder = folder(&[(name, line.as_bytes())]);
        match import(folder.path(), &STRICT) {
            Err(ImportError::TooManyBadRows { examples, .. }) => {
                assert!(
                    examples[0].reason.starts_with(expected),
                    "{line}: {}",
                    examples[0]
                );
            }
            other => panic!("{line} was not refused: {other:?}"),
        }
    }
    let folder = folder(&[
        ("u.item", b"7|Keeper|||||0|0\n"),
        ("u.genre", b"unknown|0\nSaga|2\n"),
    ]);
    let error = import(folder.path(), &LENIENT).unwrap_err().to_string();
    assert!(
        error.contains("expected a genre as name|1, found \"Saga|2\""),
        "{error}"
    );
}

#[test]
fn files_beside_the_films_are_checked_too() {
    let films = b"movieId,title,genres\n7,Keeper (1999),Drama\n";
    for (name, content, expected) in [
        (
            "ratings.csv",
            "userId,movieId,rating,timestamp\n1,7,5.5,1\n",
            "rating: expected a number from 0.5 to 5",
        ),
        (
            "ratings.csv",
            "userId,movieId,rating,timestamp\n1,7,,1\n",
            "rating: expected a number, found nothing",
        ),
        (
            "links.csv",
            "movieId,imdbId,tmdbId\n7,ttx,\n",
            "imdbId: expected an IMDb number",
        ),
        ("links.csv", "movieId,imdbId,tmdbId\n7,,none\n", "tmdbId: "),
        (
            "tags.csv",
            "userId,movieId,tag,timestamp\n,7,sea,1\n",
            "userId: ",
        ),
    ] {
        let folder = folder(&[("movies.csv", films), (name, content.as_bytes())]);
        let error = import(folder.path(), &STRICT).unwrap_err();
        assert!(error.to_string().contains(expected), "{name}: {error}");
        assert_eq!(import(folder.path(), &LENIENT).unwrap().report.bad_rows, 1);
    }
    let folder = folder(&[
        ("movies.csv", films),
        ("links.csv", b"movieId,imdbId\n7,0000007\n"),
    ]);
    let error = import(folder.path(), &LENIENT).unwrap_err();
    assert!(
        matches!(&error, ImportError::Columns { missing, .. } if missing == &["tmdbId"]),
        "{error}"
    );
}

#[test]
fn bytes_that_are_not_utf8_make_a_bad_row_and_name_their_place() {
    let mut content = format!("{TMDB}\r\n").into_bytes();
    content.extend_from_slice(b"7,Keeper,,en,\"one\r\ntw\xff\",,,,\r\n8,Ebb,,en,,,,,\r\n");
    let imported = import_bytes(&content, LENIENT).unwrap();
    assert_eq!(imported.movies.len(), 1);
    let bad = &imported.report.bad_row_examples[0];
    assert_eq!(bad.line, 2);
    assert!(bad.reason.contains("byte offset 2 of line 3"), "{bad}");
}

#[test]
fn a_file_in_another_encoding_is_refused() {
    let utf16: Vec<u8> = [0xfeff_u16]
        .into_iter()
        .chain(TMDB.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for (content, found) in [
        (
            utf16.as_slice(),
            "UTF-16 with a byte-order mark at byte offset 0",
        ),
        (&utf16[2..], "a zero byte"),
        (
            b"id,t\xeftle\n",
            "an invalid byte, as in Latin-1 or a compressed file, at byte offset 4",
        ),
    ] {
        let error = import_bytes(content, LENIENT).unwrap_err();
        assert!(matches!(error, ImportError::NotUtf8 { .. }));
        let text = error.to_string();
        assert!(
            text.contains("expected UTF-8") && text.contains(found),
            "{text}"
        );
    }
}

#[test]
fn a_header_that_is_not_one_is_refused() {
    for (content, expected) in [
        ("", "is empty"),
        ("\u{feff}\r\n \n", "is empty"),
        (TMDB, "holds no film"),
        (
            "film;jahr\nEbbe;1999\n",
            "has no known layout: found the columns film;jahr",
        ),
        (
            "\"id,title\n",
            "a quotation mark opens a field and is never closed",
        ),
        (
            "id,title,overview,vote_count\n",
            "missing genre,original_language,release_date,vote_average;",
        ),
        ("movieId,title\n", "missing genres; found movieId,title"),
        ("id,title,year,plot\n", "missing original_title,genres,"),
    ] {
        let error = import_bytes(content.as_bytes(), LENIENT)
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{content}: {error}");
        assert!(error.contains("films.csv"), "{error}");
    }
    let mut columns = HEADER;
    columns.swap(0, 1);
    let error = import_bytes(columns.join(",").as_bytes(), STRICT)
        .unwrap_err()
        .to_string();
    assert!(error.contains("in exactly this order"), "{error}");
}

#[test]
fn an_endless_header_is_refused() {
    let error = import_bytes(&vec![b'x'; 3 << 20], LENIENT)
        .unwrap_err()
        .to_string();
    assert!(error.contains("longer than 1 MiB"), "{error}");
}

#[test]
fn a_folder_without_one_catalogue_is_refused() {
    let error = import(Path::new("/nowhere/films.csv"), &STRICT).unwrap_err();
    assert!(matches!(error, ImportError::Read { .. }));
    let nothing = folder(&[("readme.txt", b"")]);
    let error = import(nothing.path(), &STRICT).unwrap_err().to_string();
    assert!(
        error.contains("u.item") && error.contains("found readme.txt"),
        "{error}"
    );
    let two = folder(&[("u.item", b""), ("movies.dat", b"")]);
    let error = import(two.path(), &STRICT).unwrap_err();
    assert!(
        matches!(error, ImportError::AmbiguousFolder { .. }),
        "{error}"
    );
}

#[test]
fn a_row_longer_than_a_mebibyte_is_a_bad_row() {
    let long = format!("7,{},,en,,,,,", "x".repeat(3 << 20));
    let imported = import_rows(TMDB, &[&long, "8,Ebb,,en,,,,,"], LENIENT).unwrap();
    assert_eq!(imported.movies.len(), 1);
    let bad = &imported.report.bad_row_examples[0];
    assert_eq!(
        (bad.line, bad.reason.contains("longer than 1 MiB")),
        (2, true)
    );
}

#[test]
fn more_films_than_a_model_can_number_are_refused() {
    let mut films = Films::with_limit(Path::new("films.csv"), 2);
    let film = |id: &str| Movie::new(id.parse().unwrap(), "Ebb", None);
    films.add(film("tmdb:1")).unwrap();
    films.add(film("tmdb:2")).unwrap();
    films.add(film("tmdb:2")).unwrap();
    let error = films.add(film("tmdb:3")).unwrap_err();
    assert!(matches!(error, ImportError::TooManyFilms { limit: 2, .. }));
}
