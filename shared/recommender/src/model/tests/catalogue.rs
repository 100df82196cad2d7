//! Rules of the catalogue's own columns.

use super::forge::{Forged, open};
use crate::fixture;
use crate::model::{SectionKind, write_catalogue};

fn catalogue() -> Forged {
    Forged::new(SectionKind::Catalogue)
}

#[test]
fn keys_that_do_not_ascend_are_refused() {
    // Two keys of one length change places; what they name stays.
    let (_, text) = catalogue().column("key_text");
    assert_eq!(&text[..9 + 9 + 2], b"imdb:tt0000000imdb:t");
    let reason = "ids must ascend without repeats";
    let descending = catalogue().put("key_text", 13, b"1imdb:tt0000000");
    descending.refused_value("key_text", 1, reason);
    let repeated = catalogue().put("key_text", 27, b"0");
    repeated.refused_value("key_text", 1, reason);
}

#[test]
fn a_key_that_is_no_movie_id_is_refused() {
    let forged = catalogue().put("key_text", 4, b" ");
    forged.refused_value("key_text", 0, "not a movie id");
}

#[test]
fn a_key_that_names_another_film_is_refused() {
    let own = catalogue().value("movie_key", 3);
    let forged = catalogue().number_at("key_movie", own, 4);
    forged.refused_value("movie_key", 3, "the id belongs to another film");
    let forged = catalogue().number_at("movie_key", 3, catalogue().value("movie_key", 4));
    forged.refused_value("movie_key", 3, "the id belongs to another film");
}

#[test]
fn a_year_out_of_range_is_refused() {
    for year in [1, 1869, 2101, 0xffff] {
        let forged = catalogue().number_at("year", 2, year);
        forged.refused_value("year", 2, "must be 1870..=2100, or 0");
    }
}

#[test]
fn a_vote_average_out_of_range_is_refused() {
    let wrong = [-0.5, -1.000_000_1, 10.000_001, f32::MAX];
    let wrong = wrong.into_iter().chain(not_finite());
    for average in wrong {
        let forged = catalogue().put("vote_average", 8, &average.to_le_bytes());
        forged.refused_value("vote_average", 8, "must be 0..=10, or -1");
    }
}

#[test]
fn a_prominence_out_of_range_is_refused() {
    for prominence in [-0.1, 1.000_000_1].into_iter().chain(not_finite()) {
        let forged = catalogue().put("prominence", 0, &prominence.to_le_bytes());
        forged.refused_value("prominence", 0, "must be 0..=1");
    }
}

fn not_finite() -> [f32; 4] {
    [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY]
}

#[test]
fn a_top_order_that_names_a_film_twice_is_refused() {
    let first = catalogue().value("top_order", 0);
    let forged = catalogue().number_at("top_order", 8, first);
    forged.refused_value("top_order", 8, "every film must stand once");
}

#[test]
fn names_that_do_not_ascend_are_refused() {
    let reason = "names must ascend without repeats";
    // The first names are the country and the directors.
    let (_, text) = catalogue().column("name_text");
    assert!(text.starts_with(b"Ada MoorBo Lind"));
    let forged = catalogue().put("name_text", 0, b"Z");
    forged.refused_value("name_text", 1, reason);
}

#[test]
fn an_unknown_genre_is_refused() {
    for genre in [22, 255] {
        let forged = catalogue().number_at("genre", 1, genre);
        forged.refused_value("genre", 1, "unknown genre number");
    }
}

#[test]
fn a_row_count_that_no_other_column_shares_is_refused() {
    // One film more or fewer in the column that says how many there are.
    let forged = catalogue().change("movie_key", |_, values| values.truncate(16));
    forged.refused_value("key_movie", 8, "index out of range");
    let forged = catalogue().change("movie_key", |_, values| values.resize(120_000, 0));
    forged.refused("column \"title_at\": expected 60001 values, found 10");
    // The column becomes four bytes wide when there are so many films.
    let forged = catalogue().change("movie_key", |_, values| values.resize(140_000, 0));
    forged.refused("column \"key_movie\": values of 2 bytes, expected 4");
}

#[test]
fn a_model_of_no_film_or_one_is_sound() {
    let none = write_catalogue(&[], &[]);
    assert!(open(SectionKind::Catalogue, none, 0).is_ok());
    let one = fixture::draft(&fixture::movies()[..1]);
    for (kind, bytes) in &one.sections {
        assert!(open(*kind, bytes.to_vec(), 1).is_ok(), "{kind}");
    }
}
