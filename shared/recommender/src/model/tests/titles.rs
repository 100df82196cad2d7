//! Rules of the titles section's own columns.

use super::forge::{Forged, movies, open};
use crate::model::SectionKind;

fn titles() -> Forged {
    Forged::new(SectionKind::Titles)
}

#[test]
fn forms_that_do_not_ascend_are_refused() {
    let second = titles().value("form_at", 1);
    let reason = "forms must ascend without repeats";
    let forged = titles().put("form_text", second, b" ");
    forged.refused_value("form_text", 1, reason);
}

#[test]
fn a_repeated_form_is_refused() {
    // The last form becomes the one before it.
    let section = titles();
    let last = section.len("form_at") - 2;
    let range = section.value("form_at", last - 1)..section.value("form_at", last);
    let form = section.column("form_text").1[range].to_vec();
    let start = section.value("form_at", last);
    let forged = section
        .change("form_text", |_, text| {
            text.truncate(start);
            text.extend(&form);
        })
        .number_at("form_at", last + 1, start + form.len());
    forged.refused_value("form_text", last, "forms must ascend without repeats");
}

#[test]
fn a_form_that_is_not_normalised_is_refused() {
    for byte in [b"A", b"-", b"\0", b"_"] {
        let forged = titles().put("form_text", 3, byte);
        forged.refused_value("form_text", 3, "must be a-z, 0-9 or a space");
    }
}

#[test]
fn an_empty_form_is_refused() {
    let forged = titles().number_at("form_at", 1, 0);
    forged.refused_value("form_at", 0, "a form must not be empty");
}

#[test]
fn a_form_that_means_no_film_is_refused() {
    let forged = titles().number_at("hit_at", 1, 0);
    forged.refused_value("hit_at", 0, "every form must mean a film");
}

#[test]
fn an_unknown_kind_of_form_is_refused() {
    for form in [4, 255] {
        let forged = titles().number_at("hit_form", 2, form);
        forged.refused_value("hit_form", 2, "unknown kind of form");
    }
}

/// Where the two films called "Harvest" stand.
fn harvest() -> usize {
    let section = titles();
    let row = (0..section.len("hit_at") - 1)
        .find(|row| section.value("hit_at", row + 1) - section.value("hit_at", *row) == 2);
    section.value("hit_at", row.unwrap())
}

#[test]
fn a_looser_form_before_a_closer_one_is_refused() {
    let forged = titles().number_at("hit_form", harvest(), 3);
    forged.refused_value("hit_form", harvest() + 1, "the closest must come first");
}

#[test]
fn a_form_that_names_a_film_twice_is_refused() {
    let first = titles().value("hit_movie", harvest());
    let forged = titles().number_at("hit_movie", harvest() + 1, first);
    forged.refused_value(
        "hit_movie",
        harvest() + 1,
        "a film stands twice in one list",
    );
}

#[test]
fn trigrams_that_do_not_ascend_or_repeat_are_refused() {
    let reason = "trigrams must ascend without repeats";
    let second = titles().value("gram", 1);
    let repeated = titles().number_at("gram", 0, second);
    repeated.refused_value("gram", 1, reason);
    let descending = titles().number_at("gram", 0, second + 1);
    descending.refused_value("gram", 1, reason);
}

#[test]
fn a_trigram_of_more_than_three_bytes_is_refused() {
    let last = titles().len("gram") - 1;
    for gram in [1 << 24, u32::MAX as usize] {
        let forged = titles().number_at("gram", last, gram);
        forged.refused_value("gram", last, "must be three bytes");
    }
}

#[test]
fn a_trigram_in_no_form_is_refused() {
    let forged = titles().number_at("posting_at", 1, 0);
    forged.refused_value("posting_at", 0, "a form must hold the trigram");
}

#[test]
fn postings_that_do_not_ascend_or_repeat_are_refused() {
    let section = titles();
    let row = (0..section.len("gram"))
        .find(|row| section.value("posting_at", row + 1) - section.value("posting_at", *row) > 1);
    let at = section.value("posting_at", row.unwrap());
    let reason = "forms must ascend without repeats";
    let (first, second) = (
        section.value("posting", at),
        section.value("posting", at + 1),
    );
    let repeated = section.clone().number_at("posting", at, second);
    repeated.refused_value("posting", at + 1, reason);
    let swapped = section.number_at("posting", at, second);
    let swapped = swapped.number_at("posting", at + 1, first);
    swapped.refused_value("posting", at + 1, reason);
}

#[test]
fn titles_of_a_larger_model_are_refused() {
    let films = movies().len();
    let error = open(SectionKind::Titles, titles().bytes, films - 1).unwrap_err();
    let refusal = error.to_string();
    assert!(
        refusal.starts_with("section titles: column \"hit_movie\"")
            && refusal.ends_with("index out of range"),
        "{refusal}"
    );
}
