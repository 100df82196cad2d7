//! Rules of the similar section's own columns.

use super::forge::{Forged, movies, open};
use crate::fixture::ring;
use crate::model::{SectionKind, write_similar};

/// The two lists.
const LISTS: [&str; 2] = ["blended", "tfidf"];

fn similar() -> Forged {
    Forged::new(SectionKind::Similar)
}

#[test]
fn a_model_of_another_number_of_films_is_refused() {
    let films = movies().len();
    let refusal = |films| {
        let error = open(SectionKind::Similar, similar().bytes, films).unwrap_err();
        error.to_string()
    };
    assert_eq!(
        refusal(films + 1),
        "section similar: column \"blended_at\": expected 11 values, found 10"
    );
    assert_eq!(
        refusal(films - 1),
        "section similar: column \"blended_movie\", value 19: index out of range"
    );
    assert_eq!(
        refusal(100_000),
        "section similar: column \"blended_movie\": values of 2 bytes, expected 4"
    );
}

#[test]
fn a_range_that_is_not_finite_or_descends_is_refused() {
    let wrong = [
        [f32::NAN, 1.0],
        [0.0, f32::NAN],
        [f32::NEG_INFINITY, 1.0],
        [0.0, f32::INFINITY],
        [f32::INFINITY, f32::INFINITY],
        [0.5, 0.25],
        // Finite, but not what is computed from them.
        [f32::MIN, f32::MAX],
        [0.0, 1.1e30],
        [-1.1e30, 0.0],
    ];
    for list in LISTS {
        let tag = format!("{list}_range");
        for range in wrong {
            let value = range.map(f32::to_le_bytes).concat();
            similar().put(&tag, 4, &value).refused_value(
                &tag,
                4,
                "must be -1e30..=1e30, the lowest first",
            );
        }
    }
}

#[test]
fn a_list_that_is_not_in_descending_score_is_refused() {
    for list in LISTS {
        let tag = format!("{list}_level");
        // The second list begins at 4.
        let forged = similar().number_at(&tag, 4, 10).number_at(&tag, 5, 11);
        forged.refused_value(&tag, 5, "the nearest must come first");
        // Across two lists it may rise, and equals may stand side by side.
        let levels = similar().column(&tag).1;
        assert!(levels[3] < levels[4]);
        let equal = similar().number_at(&tag, 5, levels[4].into());
        assert!(open(equal.kind, equal.bytes, movies().len()).is_ok());
    }
}

#[test]
fn a_film_that_is_its_own_neighbour_is_refused() {
    for list in LISTS {
        let tag = format!("{list}_movie");
        let forged = similar().number_at(&tag, 4 * 3 + 2, 3);
        forged.refused_value(&tag, 14, "the film itself, or one that stands twice");
    }
}

#[test]
fn a_neighbour_that_stands_twice_is_refused() {
    for list in LISTS {
        let tag = format!("{list}_movie");
        let first = similar().value(&tag, 8);
        let forged = similar().number_at(&tag, 8 + 3, first);
        forged.refused_value(&tag, 11, "the film itself, or one that stands twice");
    }
}

#[test]
fn of_very_many_films_the_last_ones_are_checked_too() {
    // More lists than two bytes can number.
    let films = (1 << 16) + 9;
    let lists = ring(films, 1);
    let section = Forged {
        kind: SectionKind::Similar,
        bytes: write_similar(&lists, &lists),
    };
    assert!(open(section.kind, section.bytes.clone(), films).is_ok());
    for row in [0, (1 << 16) - 1, 1 << 16, films - 1] {
        let forged = section.clone().number_at("tfidf_movie", row, row);
        let error = open(forged.kind, forged.bytes, films).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "section similar: column \"tfidf_movie\", value {row}: the film itself, or one that stands twice"
            )
        );
    }
}
