//! The shapes that columns share, tried on every column.

use super::forge::{Forged, movies, open};
use crate::fixture::ring;
use crate::model::{SectionKind, write_similar};

const CATALOGUE: SectionKind = SectionKind::Catalogue;
const TITLES: SectionKind = SectionKind::Titles;
const SIMILAR: SectionKind = SectionKind::Similar;
const WEIGHTS: SectionKind = SectionKind::Weights;
const PERSONAS: SectionKind = SectionKind::Personas;
const RATING: SectionKind = SectionKind::Rating;

/// Every column of indices, and the offsets whose rows are its limit, if not the films.
const INDICES: [(SectionKind, &str, Option<&str>); 13] = [
    (CATALOGUE, "key_movie", None),
    (CATALOGUE, "movie_key", Some("key_at")),
    (CATALOGUE, "top_order", None),
    (CATALOGUE, "language", Some("name_at")),
    (CATALOGUE, "director", Some("name_at")),
    (CATALOGUE, "cast", Some("name_at")),
    (CATALOGUE, "keyword", Some("name_at")),
    (CATALOGUE, "country", Some("name_at")),
    (TITLES, "hit_movie", None),
    (TITLES, "posting", Some("form_at")),
    (SIMILAR, "blended_movie", None),
    (SIMILAR, "tfidf_movie", None),
    (PERSONAS, "mark", Some("trait_at")),
];

/// Every column of offsets, and whether its number of rows is fixed by another column.
const OFFSETS: [(SectionKind, &str, bool); 21] = [
    (CATALOGUE, "key_at", false),
    (CATALOGUE, "title_at", true),
    (CATALOGUE, "original_at", true),
    (CATALOGUE, "overview_at", true),
    (CATALOGUE, "poster_at", true),
    (CATALOGUE, "genre_at", true),
    (CATALOGUE, "name_at", false),
    (CATALOGUE, "director_at", true),
    (CATALOGUE, "cast_at", true),
    (CATALOGUE, "keyword_at", true),
    (CATALOGUE, "country_at", true),
    (TITLES, "form_at", false),
    (TITLES, "hit_at", true),
    (TITLES, "posting_at", true),
    (SIMILAR, "blended_at", true),
    (SIMILAR, "tfidf_at", true),
    (WEIGHTS, "weight_at", true),
    (PERSONAS, "trait_at", false),
    (PERSONAS, "mark_at", true),
    (RATING, "director_at", false),
    (RATING, "work_at", true),
];

/// Every column of text.
const TEXTS: [(SectionKind, &str); 9] = [
    (CATALOGUE, "key_text"),
    (CATALOGUE, "title_text"),
    (CATALOGUE, "original_text"),
    (CATALOGUE, "overview_text"),
    (CATALOGUE, "poster_text"),
    (CATALOGUE, "name_text"),
    (TITLES, "form_text"),
    (PERSONAS, "trait_text"),
    (RATING, "director_text"),
];

/// Every column that has exactly one value a row of another.
const PER_ROW: [(SectionKind, &str); 36] = [
    (CATALOGUE, "key_movie"),
    (CATALOGUE, "year"),
    (CATALOGUE, "runtime"),
    (CATALOGUE, "votes"),
    (CATALOGUE, "vote_average"),
    (CATALOGUE, "prominence"),
    (CATALOGUE, "top_order"),
    (CATALOGUE, "language"),
    (TITLES, "hit_form"),
    (SIMILAR, "blended_level"),
    (SIMILAR, "blended_range"),
    (SIMILAR, "tfidf_level"),
    (SIMILAR, "tfidf_range"),
    (WEIGHTS, "weight_level"),
    (WEIGHTS, "weight_fine"),
    (WEIGHTS, "weight_scale"),
    (WEIGHTS, "prior"),
    (WEIGHTS, "trending"),
    (WEIGHTS, "learned"),
    (PERSONAS, "trait_kind"),
    (PERSONAS, "trait_mean"),
    (PERSONAS, "trait_factor"),
    (PERSONAS, "centre"),
    (RATING, "prior"),
    (RATING, "ratings"),
    (RATING, "depth"),
    (RATING, "base_split"),
    (RATING, "base_leaf"),
    (RATING, "bend_split"),
    (RATING, "bend_leaf"),
    (RATING, "shape"),
    (RATING, "slope"),
    (RATING, "kernel"),
    (RATING, "work_year"),
    (RATING, "work_genres"),
    (RATING, "work_ratings"),
];

#[test]
fn the_lists_of_columns_are_complete() {
    let others = [
        "genre",
        "gram",
        "weight_step",
        "share",
        "base_feature",
        "bend_feature",
        "work_weight",
    ]
    .map(str::to_owned);
    let known = INDICES.iter().map(|(_, tag, _)| *tag);
    let known = known.chain(OFFSETS.iter().map(|(_, tag, _)| *tag));
    let known = known.chain(TEXTS.iter().chain(&PER_ROW).map(|(_, tag)| *tag));
    let known: Vec<String> = known.map(str::to_owned).chain(others).collect();
    for section in Forged::every_kind() {
        for (tag, ..) in section.columns() {
            assert!(known.contains(&tag), "{tag} is in no list");
        }
    }
}

#[test]
fn an_index_out_of_range_is_refused_in_every_column() {
    for (kind, tag, rows) in INDICES {
        let section = Forged::new(kind);
        let limit = rows.map_or(movies().len(), |rows| section.len(rows) - 1);
        let last = section.len(tag) - 1;
        for (at, value) in [(0, limit), (last, limit), (last, 0xffff)] {
            let forged = section.clone().number_at(tag, at, value);
            forged.refused_value(tag, at, "index out of range");
        }
    }
}

#[test]
fn offsets_that_do_not_begin_at_0_are_refused_in_every_column() {
    for (kind, tag, _) in OFFSETS {
        let forged = Forged::new(kind).number_at(tag, 0, 1);
        forged.refused_value(tag, 0, "the first offset must be 0");
    }
}

#[test]
fn offsets_that_do_not_ascend_are_refused_in_every_column() {
    for (kind, tag, _) in OFFSETS {
        let forged = Forged::new(kind).number_at(tag, 1, u32::MAX as usize);
        forged.refused_value(tag, 2, "offsets must ascend");
    }
}

#[test]
fn offsets_that_end_elsewhere_are_refused_in_every_column() {
    for (kind, tag, _) in OFFSETS {
        let section = Forged::new(kind);
        let last = section.len(tag) - 1;
        let end = section.value(tag, last);
        for end in [end + 1, u32::MAX as usize] {
            let forged = section.clone().number_at(tag, last, end);
            forged.refused_value(tag, last, "the last offset must be the number of values");
        }
    }
}

#[test]
fn another_number_of_offsets_is_refused_in_every_column() {
    for (kind, tag, fixed) in OFFSETS {
        let section = Forged::new(kind);
        let rows = section.len(tag);
        let expected = if fixed { rows } else { 1 };
        let forged = section.clone().change(tag, |_, values| values.clear());
        forged.refused(&format!(
            "column {tag:?}: expected {expected} values, found 0"
        ));
        if fixed {
            let end = section.value(tag, rows - 1) as u32;
            let forged = section.change(tag, |_, values| values.extend(end.to_le_bytes()));
            let found = rows + 1;
            forged.refused(&format!(
                "column {tag:?}: expected {rows} values, found {found}"
            ));
        }
    }
}

#[test]
fn another_number_of_values_is_refused_in_every_column() {
    for (kind, tag) in PER_ROW {
        let section = Forged::new(kind);
        let expected = section.len(tag);
        for found in [0, expected - 1] {
            let forged = section.clone().change(tag, |width, values| {
                values.truncate(found * *width as usize);
            });
            forged.refused(&format!(
                "column {tag:?}: expected {expected} values, found {found}"
            ));
        }
    }
}

#[test]
fn a_missing_column_is_refused_by_name() {
    for section in Forged::every_kind() {
        for (at, (tag, ..)) in section.columns().into_iter().enumerate() {
            let forged = section.clone().lay_out(|columns| drop(columns.remove(at)));
            forged.refused(&format!("column {tag:?} is missing"));
        }
    }
}

#[test]
fn values_of_another_width_are_refused_in_every_column() {
    for section in Forged::every_kind() {
        for (tag, expected, values) in section.columns() {
            let narrow = expected == 1;
            let found = if narrow { 2 * values.len() as u32 } else { 1 };
            let forged = section.clone().change(&tag, |width, values| {
                if narrow {
                    values.extend_from_within(..);
                }
                *width = found;
            });
            forged.refused(&format!(
                "column {tag:?}: values of {found} bytes, expected {expected}"
            ));
        }
    }
}

#[test]
fn indices_wider_than_they_need_to_be_are_refused() {
    for (kind, tag, _) in INDICES {
        let forged = Forged::new(kind).change(tag, |width, values| {
            let wide: Vec<u8> = values.chunks(2).flat_map(|v| [v[0], v[1], 0, 0]).collect();
            (*width, *values) = (4, wide);
        });
        forged.refused(&format!("column {tag:?}: values of 4 bytes, expected 2"));
    }
}

#[test]
fn text_that_is_not_utf8_is_refused_in_every_column() {
    for (kind, tag) in TEXTS {
        let section = Forged::new(kind);
        let last = section.len(tag) - 1;
        let forged = section.put(tag, last, &[0xff]);
        forged.refused_value(tag, last, "the text is not UTF-8");
    }
}

#[test]
fn an_offset_that_splits_a_character_is_refused() {
    // The first original title is "Ö0".
    let forged = Forged::new(CATALOGUE).number_at("original_at", 1, 1);
    forged.refused_value("original_at", 1, "the offset splits a character");
}

#[test]
fn indices_take_four_bytes_from_65537_rows_on() {
    for (films, width) in [(1usize << 16, 2), ((1 << 16) + 1, 4)] {
        let lists = ring(films, 1);
        let section = Forged {
            kind: SIMILAR,
            bytes: write_similar(&lists, &lists),
        };
        assert_eq!(section.column("tfidf_movie").0, width);
        assert!(open(SIMILAR, section.bytes.clone(), films).is_ok());
        // One film fewer: the last neighbour but one leads out of the model.
        let error = open(SIMILAR, section.bytes.clone(), films - 1).unwrap_err();
        let refusal = error.to_string();
        assert!(refusal.contains("\"blended_movie\""), "{refusal}");
        if width == 4 {
            let wrong = section.number_at("blended_movie", 7, films);
            let error = open(SIMILAR, wrong.bytes, films).unwrap_err();
            assert!(error.to_string().contains("value 7: index out of range"));
        }
    }
}
