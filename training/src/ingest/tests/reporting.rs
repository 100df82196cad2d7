//! What is counted, and when it is too much.

use super::super::{ImportError, MAX_EXAMPLES, import};
use super::{LENIENT, STRICT, TMDB, folder, import_bytes, import_rows};

fn rows(good: usize, bad: usize) -> Vec<String> {
    let good = (1..=good).map(|id| format!("{id},Film {id},,en,,,,,"));
    let bad = (0..bad).map(|_| ",Nameless,,en,,,,,".to_owned());
    bad.chain(good).collect()
}

#[test]
fn one_bad_row_in_a_hundred_is_skipped_and_two_fail_unless_lenient() {
    let import_with = |good, bad, options| {
        let rows = rows(good, bad);
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        import_rows(TMDB, &rows, options)
    };
    let report = import_with(99, 1, STRICT).unwrap().report;
    assert_eq!((report.rows, report.movies, report.bad_rows), (100, 99, 1));

    let error = import_with(98, 2, STRICT).unwrap_err();
    assert!(
        matches!(&error, ImportError::TooManyBadRows { rows: 100, bad_rows: 2, examples, .. }
        if examples.len() == 2)
    );
    let text = error.to_string();
    assert!(
        text.contains("2 of 100 rows") && text.contains("films.csv:2: id: expected"),
        "{text}"
    );

    let report = import_with(98, 2, LENIENT).unwrap().report;
    assert_eq!((report.movies, report.bad_rows), (98, 2));

    let report = import_with(1, 50, LENIENT).unwrap().report;
    assert_eq!(
        (report.bad_rows, report.bad_row_examples.len()),
        (50, MAX_EXAMPLES)
    );

    let error = import_with(0, 3, LENIENT).unwrap_err();
    assert!(
        matches!(
            error,
            ImportError::NoFilms {
                rows: 3,
                bad_rows: 3,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_bad_row_is_named_by_the_line_it_starts_on() {
    let content = format!(
        "\u{feff}{TMDB}\r\n\r\n7,Keeper,,en,\"He\r\nwaits\",,,,\r\n\r\n,Nameless,,en,\"and\r\nlong\",,,,\r\n8,Ebb\r\n"
    );
    let report = import_bytes(content.as_bytes(), LENIENT).unwrap().report;
    let lines: Vec<u64> = report.bad_row_examples.iter().map(|bad| bad.line).collect();
    assert_eq!((report.rows, lines), (3, vec![6, 8]));
}

#[test]
fn the_first_film_of_an_id_stays_and_the_others_are_counted() {
    let rows = ["7,Keeper,,en,,,,,", "7,Other,,en,,,,,", "8,Ebb,,en,,,,,"];
    let imported = import_rows(TMDB, &rows, STRICT).unwrap();
    assert_eq!(
        (imported.report.duplicates, imported.report.bad_rows),
        (1, 0)
    );
    assert_eq!(imported.movies[0].title, "Keeper");
}

#[test]
fn an_alias_of_two_films_stays_with_the_first() {
    let header = format!("{TMDB},imdb_id");
    let rows = ["7,Keeper,,en,,,,,,tt0000001", "8,Ebb,,en,,,,,,tt0000001"];
    let movies = import_rows(&header, &rows, STRICT).unwrap().movies;
    assert_eq!((movies[0].aliases.len(), movies[1].aliases.len()), (1, 0));
}

#[test]
fn prominence_follows_the_logarithm_of_votes() {
    let rows = [
        "7,Keeper,,en,,,,8,99",
        "8,Ebb,,en,,,,8,9",
        "9,Tide,,en,,,,,",
    ];
    let movies = import_rows(TMDB, &rows, STRICT).unwrap().movies;
    let found: Vec<f32> = movies.iter().map(|movie| movie.prominence).collect();
    assert_eq!(found, [1.0, 0.5, 0.0]);
}

#[test]
fn many_good_ratings_do_not_excuse_a_broken_list_of_films() {
    let ratings = format!(
        "userId,movieId,rating,timestamp\n{}",
        "1,7,4,1\n".repeat(1000)
    );
    let folder = folder(&[
        (
            "movies.csv",
            b"movieId,title,genres\n7,Keeper,Drama\n,Ebb,Drama\n",
        ),
        ("ratings.csv", ratings.as_bytes()),
    ]);
    assert!(import(folder.path(), &STRICT).is_err());
    let report = import(folder.path(), &LENIENT).unwrap().report;
    assert_eq!((report.rows, report.bad_rows), (1002, 1));
    assert_eq!((report.files[0].rows, report.files[0].bad_rows), (2, 1));
    assert_eq!((report.files[1].rows, report.files[1].bad_rows), (1000, 0));

    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["format"], "movielens_csv");
    assert_eq!(json["bad_row_examples"][0]["line"], 3);
}
