//! The personas section: what it keeps, and rules of its own columns.

use futures_util::FutureExt as _;

use super::forge::{Forged, draft};
use crate::fixture::personas as written;
use crate::model::{SectionEntry, SectionKind, publish, write_personas};
use crate::ports::MemoryBlobs;
use crate::taste::Personas;

const PERSONAS: SectionKind = SectionKind::Personas;

fn personas() -> Forged {
    Forged::new(PERSONAS)
}

#[test]
fn a_model_may_be_without_personas() {
    let mut without = draft();
    without.sections.remove(&PERSONAS);
    let published = publish(&MemoryBlobs::default(), &without).now_or_never();
    assert!(published.unwrap().unwrap().personas.is_none());
}

#[test]
fn personas_read_back_as_they_were_written() {
    let written = written(9);
    let bytes = write_personas(&written);
    let entry = SectionEntry::describe(PERSONAS, &bytes);
    assert_eq!(Personas::open(bytes.into(), &entry).unwrap(), written);
}

#[test]
fn there_is_a_persona_and_there_are_not_too_many() {
    let mut none = written(9);
    none.all.clear();
    let mut many = written(9);
    many.all = vec![many.all[0].clone(); Personas::MOST + 1];
    for (personas, found) in [(none, 0), (many, 65)] {
        let bytes = write_personas(&personas);
        let forged = Forged {
            kind: PERSONAS,
            bytes,
        };
        forged.refused_value("share", found, "there must be 1 to 64 personas");
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    let number = |value: f32| value.to_le_bytes();
    for value in [-0.1, 1.1, f32::NAN, f32::INFINITY] {
        for tag in ["share", "trait_mean"] {
            let forged = personas().put(tag, 1, &number(value));
            forged.refused_value(tag, 1, "must be 0..=1");
        }
    }
    for value in [-1.1, 1.1, f32::NAN] {
        let forged = personas().put("centre", 4, &number(value));
        forged.refused_value("centre", 4, "must be -1..=1");
    }
    for value in [-1.0, 1.1e6, f32::NAN] {
        let forged = personas().put("trait_factor", 0, &number(value));
        forged.refused_value("trait_factor", 0, "must be 0..=1e6");
    }
}

#[test]
fn a_trait_must_be_one_and_stand_once() {
    let forged = personas().number_at("trait_kind", 1, 5);
    forged.refused_value("trait_kind", 1, "must be 0 to 4");
    // A genre's name is no decade.
    let forged = personas().number_at("trait_kind", 2, 1);
    forged.refused_value("trait_text", 2, "no value of its kind");
    let forged = personas().put("trait_text", 0, b"X");
    forged.refused_value("trait_text", 0, "no value of its kind");
    // A keyword stands behind all genres.
    let forged = personas().number_at("trait_kind", 0, 2);
    forged.refused_value("trait_text", 1, "traits must ascend without repeats");
    let forged = personas().number_at("mark", 2, 1);
    forged.refused_value("mark", 2, "a trait that stands twice");
}
