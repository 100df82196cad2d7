use std::path::Path;

use clap::Parser as _;
use matinee::ports::Films as _;
use matinee::taste::Millis;
use serde_json::{Value, json};

use super::*;
use crate::cli::{Cli, Command, Report};

fn args(line: &[&str]) -> ReportFilmsArgs {
    let words = ["matinee", "report", "films"].iter().chain(line);
    let Command::Report(args) = Cli::try_parse_from(words).unwrap().checked().unwrap() else {
        panic!("it is the command report");
    };
    let Report::Films(args) = args.report else {
        panic!("it is the report of films");
    };
    args
}

fn rating(title: &str, year: u16, director: &str, genres: [&str; 3], stars: f64) -> FilmRating {
    let [one, two, three] = genres;
    let payload = json!({"title": title, "year": year, "Director1": director, "Genre1": one,
        "Genre2": two, "Genre3": three, "stars": stars});
    FilmRating::read(payload.as_object().unwrap(), "t", Millis(1)).unwrap()
}

/// As many films of a director with these stars.
fn films(director: &str, stars: &[f64]) -> Vec<FilmRating> {
    let films = stars.iter().enumerate();
    films
        .map(|(n, stars)| {
            rating(
                &format!("{director} {n}"),
                1999,
                director,
                ["Drama", "None", "None"],
                *stars,
            )
        })
        .collect()
}

fn figures(ratings: &[FilmRating]) -> Value {
    serde_json::to_value(Figures::of(ratings, None)).unwrap()
}

#[test]
fn films_are_counted_by_year_stars_genre_and_decade() {
    let ratings = [
        rating(
            "A",
            1999,
            "Ada Moor",
            ["Drama", "Science Fiction", "Drama"],
            6.0,
        ),
        rating("B", 1991, "Ada Moor", ["Sci-Fi", "None", "None"], 9.0),
        rating("C", 2001, "None", ["Drama", "None", "None"], 3.0),
    ];
    let json = figures(&ratings);
    assert_eq!(
        json["all"],
        json!({"films": 3, "mean": 6.0, "deviation": 3.0})
    );
    assert_eq!(json["directors"], 1);
    assert_eq!(json["histogram"], json!([0, 0, 1, 0, 0, 1, 0, 0, 1, 0]));
    assert_eq!(json["years"]["1991"]["mean"], 9.0);
    let genres = json["genres"].as_array().unwrap();
    let told: Vec<(&Value, &Value, &Value)> = genres
        .iter()
        .map(|g| (&g["name"], &g["films"], &g["mean"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("Drama"), &json!(2), &json!(4.5)),
            (&json!("Sci-Fi"), &json!(2), &json!(7.5)),
        ]
    );
    let decades = json["genre_decades"].as_array().unwrap();
    let sci_fi = decades
        .iter()
        .find(|cell| cell["genre"] == "Sci-Fi")
        .unwrap();
    assert_eq!(
        (&sci_fi["decade"], &sci_fi["films"]),
        (&json!(1990), &json!(2))
    );
}

#[test]
fn a_director_of_few_films_is_drawn_to_the_mean_by_the_variances() {
    // Two groups of five and one of two, worked out by hand: within 16/9, between groups 42.5/2 …
    let mut ratings = films("Ada Moor", &[8.0, 9.0, 7.0, 9.0, 7.0]);
    ratings.extend(films("Bo Lind", &[4.0, 5.0, 3.0, 5.0, 3.0]));
    ratings.extend(films("Cy Holt", &[10.0, 10.0]));
    let all = 80.0 / 12.0;
    let within = 8.0 / 9.0;
    let squares: f64 =
        5.0 * (8.0_f64 - all).powi(2) + 5.0 * (4.0 - all).powi(2) + 2.0 * (10.0 - all).powi(2);
    let size = (12.0 - 54.0 / 12.0) / 2.0;
    let k = within / ((squares / 2.0 - within) / size);
    let json = figures(&ratings);
    let best = &json["best_directors"];
    assert!(
        (best["films_at_the_mean"].as_f64().unwrap() - k).abs() < 1e-12,
        "{best}"
    );
    let directors = best["directors"].as_array().unwrap();
    // Two films are not enough to be told.
    assert_eq!(directors.len(), 2, "{best}");
    assert_eq!(directors[0]["name"], "Ada Moor");
    let expected = (5.0 * 8.0 + k * all) / (5.0 + k);
    let found = directors[0]["shrunken_mean"].as_f64().unwrap();
    assert!(
        (found - expected).abs() < 1e-12 && found < 8.0,
        "{found} {expected}"
    );
}

#[test]
fn directors_who_do_not_differ_have_no_best() {
    let ratings = [
        films("Ada Moor", &[5.0, 7.0, 6.0, 5.0, 7.0]),
        films("Bo Lind", &[7.0, 5.0, 6.0, 7.0, 5.0]),
    ];
    let json = figures(&ratings.concat());
    assert_eq!(
        json["best_directors"],
        json!({"films_at_the_mean": null, "directors": []})
    );
}

#[test]
fn predictions_stand_beside_what_films_got() {
    let dir = tempfile::tempdir().unwrap();
    let args = args(&["--data", dir.path().to_str().unwrap()]);
    let mut model = models::train_first(&args.models, &args.data).unwrap();
    model.rating = Some(matinee::rating::Rating::unlearned());
    let ratings = films("Ada Moor", &[6.0, 7.0]);
    let predicted = Predicted::of(&model, &ratings).unwrap();
    let json = serde_json::to_value(&predicted).unwrap();
    assert_eq!(
        (&json["films"], &json["learned_from"]),
        (&json!(2), &json!(0))
    );
    assert_eq!(json["groups"][0]["actual"], 6.5);
    let expected = matinee::rating::Rating::PRIOR.expected();
    assert!((json["groups"][0]["predicted"].as_f64().unwrap() - expected).abs() < 1e-9);
    let html = page::html(&Figures::of(&ratings, Some(predicted)), Millis(0));
    assert!(html.contains("says the same of every film"), "{html}");
    assert!(Predicted::of(&model, &[]).is_none());
    model.rating = None;
    assert!(Predicted::of(&model, &ratings).is_none());
}

#[test]
fn the_page_holds_every_chart_with_its_table_and_nothing_foreign() {
    let genres = [["Drama", "<b>", "None"], ["Comedy", "None", "None"]];
    let ratings: Vec<FilmRating> = (0..120_u16)
        .map(|n| {
            let director = format!("Director <{}>", n % 6);
            let stars = f64::from(1 + (n * 7 + n % 6) % 10);
            rating(
                &format!("Film {n}"),
                1950 + n % 40,
                &director,
                genres[usize::from(n % 2)],
                stars,
            )
        })
        .chain(films("Ada Moor", &[9.0; 8]))
        .collect();
    let html = page::html(&Figures::of(&ratings, None), Millis(0));
    assert_eq!(html.matches("<svg").count(), 6, "{html}");
    assert_eq!(html.matches("<details>").count(), 6);
    assert_eq!(html.matches("Nothing yet.").count(), 1);
    assert!(
        html.contains("&lt;b&gt;") && !html.contains("<b>"),
        "{html}"
    );
    for foreign in [
        "<script", "http://", "https://", "url(", "@import", "src=", "NaN", "inf",
    ] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    assert!(html.contains("prefers-color-scheme: dark"));
}

#[test]
fn a_report_of_nothing_says_so() {
    let html = page::html(&Figures::of(&[], None), Millis(0));
    assert_eq!(html.matches("Nothing yet.").count(), 7, "{html}");
    assert!(!html.contains("<svg") && !html.contains("NaN"), "{html}");
    assert_eq!(figures(&[])["all"]["films"], 0);
}

#[test]
fn films_come_from_the_table_or_from_a_file_and_looking_makes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let from = |line: &[&str]| ratings(&args(line));
    let there = data.to_str().unwrap();
    let missing = from(&["--data", there]).unwrap_err().to_string();
    assert!(
        missing.contains("--data") && missing.contains("--film-ratings"),
        "{missing}"
    );
    fs::create_dir(&data).unwrap();
    assert_eq!(from(&["--data", there]).unwrap(), []);
    assert_eq!(fs::read_dir(&data).unwrap().count(), 0);
    let tables = Embedded::open(&data).unwrap().tables();
    let reported = films("Ada Moor", &[7.0]);
    block_on(tables.put(&reported[0])).unwrap().unwrap();
    assert_eq!(from(&["--data", there]).unwrap(), reported);

    let file = dir.path().join("films.csv");
    let write = |file: &Path, rows: &str| {
        let header = "title,year,Director1,Genre1,Genre2,Genre3,stars\n";
        fs::write(file, format!("{header}{rows}")).unwrap();
    };
    write(&file, "A,1999,Ada Moor,Drama,None,None,7\nB,soon,,,,,5\n");
    let file = file.to_str().unwrap();
    let refused = from(&["--film-ratings", file]).unwrap_err().to_string();
    assert!(refused.contains("--lenient"), "{refused}");
    assert_eq!(
        from(&["--film-ratings", file, "--lenient"]).unwrap().len(),
        1
    );
}
