use std::fs;

use super::*;

const HEADER: &str = "title,year,Director1,Genre1,Genre2,Genre3,stars\n";

fn read(text: &str, lenient: bool) -> Result<(Vec<FilmRating>, FilmRatingReport), ImportError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("films");
    fs::write(&path, text).unwrap();
    let options = FilmRatingOptions {
        lenient,
        ..FilmRatingOptions::at(Millis(7))
    };
    let mut ratings = Vec::new();
    let report = for_each(&path, &options, |rating| ratings.push(rating))?;
    Ok((ratings, report))
}

#[test]
fn commas_and_tabs_in_any_order_with_other_columns_say_the_same() {
    let commas = format!(
        "\u{feff}{HEADER}\"\"\"Slow\"\" Train, North (1999)\",1999,Ada Moor,Drama,Sci-Fi,None,7\n"
    );
    let tabs = "\u{feff}stars\tTITLE\tyear\tDirector1\tvotes\tGenre1\tGenre2\tGenre3\r\n\
                7\t\"\"\"Slow\"\" Train, North (1999)\"\t1999\tAda Moor\t12\tDrama\tSci-Fi\tNone\r\n";
    let bare = tabs.replace(
        "\"\"\"Slow\"\" Train, North (1999)\"",
        "\"Slow\" Train, North (1999)",
    );
    let (commas, report) = read(&commas, false).unwrap();
    assert_eq!(commas[0].title, "\"Slow\" Train, North (1999)");
    assert_eq!((commas[0].year, commas[0].stars), (1999, 7.0));
    assert_eq!(
        (commas[0].accepted, commas[0].thing.as_str()),
        (Millis(7), "import")
    );
    assert_eq!((report.rows, report.ratings, report.bad_rows), (1, 1, 0));
    for other in [tabs.to_owned(), bare] {
        assert_eq!(read(&other, false).unwrap().0, commas, "{other}");
    }
}

#[test]
fn rows_that_say_the_same_have_one_id_and_others_have_their_own() {
    let text = format!(
        "{HEADER}A,1999,Ada Moor,Drama,,,7\nA,1999,Ada Moor,Drama,None,None,7\n\
         A,1999,Ada Moor,Drama,None,None,8\n"
    );
    let (ratings, _) = read(&text, false).unwrap();
    assert_eq!(ratings[0].id, ratings[1].id);
    assert_ne!(ratings[0].id, ratings[2].id);
}

#[test]
fn a_bad_row_is_named_with_its_line_and_reason_and_the_others_are_read() {
    let text = format!(
        "{HEADER}A,1999,Ada Moor,Drama,None,None,7\nB,abc,Ada Moor,Drama,None,None,7\n\
         C,1999,Ada Moor,Drama,None,None,11\n,1999,,,,,5\nD,1999\n\
         E,1999,Ada Moor,Gardening,None,None,5\n"
    );
    let (ratings, report) = read(&text, true).unwrap();
    let titles: Vec<&str> = ratings.iter().map(|rating| rating.title.as_str()).collect();
    assert_eq!(titles, ["A", "E"]);
    assert_eq!((report.rows, report.ratings, report.bad_rows), (6, 2, 4));
    let told = |line: u64, part: &str| {
        let mut bad = report.bad_row_examples.iter();
        let found = bad.any(|bad| bad.line == line && bad.reason.contains(part));
        assert!(found, "{line} {part}: {report:?}");
    };
    told(3, "year: must be a number");
    told(3, "\"abc\"");
    told(4, "stars: must be from 1 to 10, found 11");
    told(5, "title: must not be empty");
    told(6, "expected 7 columns, found 2");
    assert_eq!(report.unknown_genres, [("Gardening".to_owned(), 1)].into());

    let error = read(&text, false).unwrap_err();
    assert!(
        matches!(
            error,
            ImportError::TooManyBadRows {
                rows: 6,
                bad_rows: 4,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("--lenient"), "{error}");
}

#[test]
fn what_is_no_such_file_is_told_with_what_was_expected() {
    for text in [
        "title,year,stars\nA,1999,7\n",
        "title\tyear\tstars\nA\t1999\t7\n",
    ] {
        let error = read(text, true).unwrap_err().to_string();
        assert!(
            error.contains("missing Director1,Genre1,Genre2,Genre3")
                && error.contains("found title,year,stars"),
            "{error}"
        );
    }
    let none = read(&format!("{HEADER}A,soon,,,,,5\n"), true).unwrap_err();
    assert!(none.to_string().contains("holds no film rating"), "{none}");
    assert!(matches!(
        read("", true).unwrap_err(),
        ImportError::Empty { .. }
    ));
    let binary = read("title\0", true).unwrap_err();
    assert!(matches!(binary, ImportError::NotUtf8 { .. }), "{binary}");
    let dir = tempfile::tempdir().unwrap();
    let options = FilmRatingOptions::at(Millis(0));
    for path in [dir.path().to_owned(), dir.path().join("missing.csv")] {
        let error = for_each(&path, &options, |_| {}).unwrap_err();
        assert!(matches!(error, ImportError::Read { .. }), "{error}");
    }
}
