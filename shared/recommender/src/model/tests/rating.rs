//! The rating section: what it keeps, and rules of its own columns.

use futures_util::FutureExt as _;

use super::forge::{Forged, draft};
use crate::model::{SectionEntry, SectionKind, publish, write_rating};
use crate::ports::MemoryBlobs;
use crate::rating::fixture::rating as written;
use crate::rating::{Forest, Rating};

const RATING: SectionKind = SectionKind::Rating;

fn rating() -> Forged {
    Forged::new(RATING)
}

/// A section of a predictor that breaks a rule.
fn forged(rating: &Rating) -> Forged {
    Forged {
        kind: RATING,
        bytes: write_rating(rating),
    }
}

#[test]
fn a_model_may_be_without_ratings() {
    let mut without = draft();
    without.sections.remove(&RATING);
    let published = publish(&MemoryBlobs::default(), &without).now_or_never();
    assert!(published.unwrap().unwrap().rating.is_none());
}

#[test]
fn what_was_learned_and_what_was_not_reads_back_as_it_was_written() {
    for written in [written(), Rating::unlearned()] {
        let bytes = write_rating(&written);
        let entry = SectionEntry::describe(RATING, &bytes);
        assert_eq!(Rating::open(bytes.into(), &entry).unwrap(), written);
    }
}

#[test]
fn a_prior_that_is_no_distribution_is_refused() {
    for value in [-0.1, 0.5, f64::NAN, f64::INFINITY] {
        let forged = rating().put("prior", 3, &value.to_le_bytes());
        forged.refused_value("prior", 0, "must be probabilities that sum to 1");
    }
}

#[test]
fn of_what_was_learned_no_column_may_be_missing() {
    let tags: Vec<String> = rating()
        .columns()
        .into_iter()
        .map(|(tag, ..)| tag)
        .collect();
    for tag in tags {
        let without = rating().lay_out(|columns| columns.retain(|(known, ..)| *known != tag));
        without.refused(&format!("column {tag:?} is missing"));
    }
}

#[test]
fn trees_are_neither_too_deep_nor_too_many_and_ask_of_what_there_is() {
    for depth in [0, 9, u32::MAX as usize] {
        let forged = rating().number_at("depth", 1, depth);
        forged.refused_value("depth", 1, "must be 1 to 8");
    }
    let few = "must be as many as the depth for each of at most 4096 trees";
    // Two questions are no whole tree of three.
    let three = rating().number_at("depth", 1, 3);
    three.refused_value("bend_feature", 2, few);
    let mut many = written();
    many.learned.as_mut().unwrap().base = Forest {
        features: vec![0; 4097],
        splits: vec![0.0; 4097],
        leaves: vec![0.0; 2 * 4097],
        ..Forest::empty(1, 1)
    };
    forged(&many).refused_value("base_feature", 4097, few);
    let forged = rating().number_at("base_feature", 0, 35);
    forged.refused_value("base_feature", 0, "no such feature");
    let forged = rating().number_at("bend_feature", 1, 40);
    forged.refused_value("bend_feature", 1, "no such feature");
    for tag in ["base_leaf", "bend_leaf", "bend_split"] {
        let length = rating().len(tag);
        let forged = rating().change(tag, |_, values| values.truncate((length - 1) * 4));
        let found = length - 1;
        forged.refused(&format!(
            "column {tag:?}: expected {length} values, found {found}"
        ));
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    for tag in [
        "base_split",
        "base_leaf",
        "bend_split",
        "bend_leaf",
        "shape",
        "slope",
        "kernel",
        "work_weight",
    ] {
        for value in [f32::NAN, f32::INFINITY, 1.1e6, -1.1e6] {
            let forged = rating().put(tag, 0, &value.to_le_bytes());
            forged.refused_value(tag, 0, "not finite, or too far from 0");
        }
    }
    let leaf = rating().put("bend_leaf", 2, &(-100.5_f32).to_le_bytes());
    leaf.refused_value("bend_leaf", 2, "not finite, or too far from 0");
    for value in [-0.1_f32, 1000.5] {
        let forged = rating().put("kernel", 2, &value.to_le_bytes());
        forged.refused_value("kernel", 2, "must be 0..=1000");
    }
    for value in [0.5_f32, 1000.5] {
        let forged = rating().put("kernel", 3, &value.to_le_bytes());
        forged.refused_value("kernel", 3, "must be 1..=1000");
    }
}

#[test]
fn directors_ascend_and_have_works_of_known_genres() {
    let forged_name = rating().put("director_text", 0, b"c");
    forged_name.refused_value("director_text", 1, "names must ascend without repeats");
    let many = "a director must have 1 to 128 works";
    rating()
        .number_at("work_at", 1, 3)
        .refused_value("work_at", 1, many);
    let mut busy = written();
    let directors = &mut busy.learned.as_mut().unwrap().directors;
    directors.works = vec![directors.works[0]; 130];
    directors.works_at = vec![0, 129, 130];
    forged(&busy).refused_value("work_at", 0, many);
    for set in [1 << 28, 0b1111] {
        let forged = rating().number_at("work_genres", 1, set);
        forged.refused_value("work_genres", 1, "must be at most three known genres");
    }
    let forged = rating().number_at("work_ratings", 2, 0);
    forged.refused_value("work_ratings", 2, "must be 1 or more");
}
