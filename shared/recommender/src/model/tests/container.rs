//! Header and directory, the same in every section.

use super::forge::{Forged, open};
use crate::model::SectionKind;

/// Where the header's fields lie.
const VERSION: usize = 8;
const KIND: usize = 12;
const LENGTH: usize = 16;
const COLUMNS: usize = 24;
const RESERVED: usize = 28;

/// Where a directory entry's fields lie, counted from its start.
const START: usize = 16;
const SIZE: usize = 24;
const WIDTH: usize = 32;
const ENTRY_RESERVED: usize = 36;

/// The directory's first and second entry.
const FIRST: usize = 32;
const SECOND: usize = 72;

#[test]
fn what_is_no_section_is_refused() {
    let cause = "does not begin with a section header";
    for kind in SectionKind::ALL {
        for bytes in [vec![], b"MATINEE\n".to_vec(), vec![7; 31], vec![7; 400]] {
            Forged { kind, bytes }.refused(cause);
        }
    }
    for section in Forged::every_kind() {
        section.raw(0, b"matinee").refused(cause);
    }
}

#[test]
fn a_section_of_another_format_version_is_refused() {
    for version in [0, 2, u32::MAX] {
        let cause = format!("has format version {version}, this program reads 1");
        for section in Forged::every_kind() {
            section.raw(VERSION, &version.to_le_bytes()).refused(&cause);
        }
    }
}

#[test]
fn each_kind_under_anothers_name_is_refused() {
    for section in Forged::every_kind() {
        for kind in SectionKind::ALL.into_iter().filter(|k| *k != section.kind) {
            let bytes = section.bytes.clone();
            let cause = format!("holds a section of kind {}", section.kind.number());
            Forged { kind, bytes }.refused(&cause);
        }
        section
            .raw(KIND, &9u32.to_le_bytes())
            .refused("holds a section of kind 9");
    }
}

#[test]
fn a_header_that_speaks_of_another_length_is_refused() {
    for section in Forged::every_kind() {
        let found = section.bytes.len() as u64;
        for length in [0, found - 1, found + 1, u64::MAX] {
            let cause = format!("the header says {length} bytes, the file has {found}");
            let forged = section.clone().raw(LENGTH, &length.to_le_bytes());
            forged.refused(&cause);
        }
    }
}

#[test]
fn a_truncated_section_is_refused_at_every_length() {
    for section in Forged::every_kind() {
        for length in 0..section.bytes.len() {
            let mut cut = section.bytes[..length].to_vec();
            assert!(open(section.kind, cut.clone(), 9).is_err());
            // The same with a header that agrees.
            if let Some(field) = cut.get_mut(LENGTH..LENGTH + 8) {
                field.copy_from_slice(&(length as u64).to_le_bytes());
                assert!(open(section.kind, cut, 9).is_err(), "{length}");
            }
        }
    }
}

#[test]
fn a_directory_that_is_too_long_is_refused() {
    for section in Forged::every_kind() {
        for columns in [65, 1 << 30, u32::MAX] {
            let cause = format!("a directory of {columns} columns does not fit");
            let forged = section.clone().raw(COLUMNS, &columns.to_le_bytes());
            forged.refused(&cause);
        }
        let mut short = section.raw(LENGTH, &100u64.to_le_bytes());
        short.bytes.truncate(100);
        let columns = short.bytes[COLUMNS];
        short.refused(&format!("a directory of {columns} columns does not fit"));
    }
}

#[test]
fn an_empty_directory_is_refused() {
    for section in Forged::every_kind() {
        let forged = section.clone().raw(COLUMNS, &[0; 4]);
        forged.refused("the last column ends at 32, the file goes on");
        let first = section.columns()[0].0.clone();
        let missing = match section.kind {
            SectionKind::Catalogue => "key_text",
            SectionKind::Titles => "form_text",
            SectionKind::Similar => "blended_movie",
            SectionKind::Weights => "weight_step",
            SectionKind::Personas => "trait_text",
            SectionKind::Rating => "prior",
        };
        assert_ne!(first, missing);
        let forged = section.lay_out(Vec::clear);
        forged.refused(&format!("column {missing:?} is missing"));
    }
}

#[test]
fn a_column_that_does_not_follow_the_one_before_it_is_refused() {
    for section in Forged::every_kind() {
        for entry in [FIRST, SECOND] {
            let field = entry + START..entry + START + 8;
            let sound = u64::from_le_bytes(section.bytes[field].try_into().unwrap());
            let size = entry + SIZE..entry + SIZE + 8;
            let size = u64::from_le_bytes(section.bytes[size].try_into().unwrap());
            let tag = &section.columns()[(entry - FIRST) / 40].0;
            for start in [0, FIRST as u64, sound - 8, sound + 8, u64::MAX] {
                let forged = section.clone().raw(entry + START, &start.to_le_bytes());
                forged.refused(&format!(
                    "column {tag:?}: {size} bytes at {start} must begin at {sound} and lie inside the file"
                ));
            }
        }
    }
}

#[test]
fn a_column_that_overlaps_the_next_is_refused() {
    for section in Forged::every_kind() {
        let field = SECOND + START..SECOND + START + 8;
        let second = u64::from_le_bytes(section.bytes[field].try_into().unwrap());
        let size = FIRST + SIZE..FIRST + SIZE + 8;
        let size = u64::from_le_bytes(section.bytes[size].try_into().unwrap());
        let forged = section.raw(FIRST + SIZE, &(size + 32).to_le_bytes());
        let cause = open(forged.kind, forged.bytes, 9).unwrap_err().to_string();
        assert!(
            cause.contains(&format!("at {second} must begin at")),
            "{cause}"
        );
    }
}

#[test]
fn a_column_that_leads_out_of_the_file_is_refused() {
    for section in Forged::every_kind() {
        let tag = section.columns()[0].0.clone();
        let field = FIRST + START..FIRST + START + 8;
        let start = u64::from_le_bytes(section.bytes[field].try_into().unwrap());
        let room = section.bytes.len() as u64 - start;
        for size in [room + 1, u64::MAX - start, u64::MAX] {
            let forged = section.clone().raw(FIRST + SIZE, &size.to_le_bytes());
            forged.refused(&format!(
                "column {tag:?}: {size} bytes at {start} must begin at {start} and lie inside the file"
            ));
        }
    }
}

#[test]
fn what_follows_the_last_column_is_refused() {
    for mut section in Forged::every_kind() {
        let end = section.bytes.len();
        section.bytes.extend([0; 8]);
        let length = section.bytes.len() as u64;
        let forged = section.raw(LENGTH, &length.to_le_bytes());
        forged.refused(&format!("the last column ends at {end}, the file goes on"));
    }
}

#[test]
fn a_column_of_no_whole_number_of_values_is_refused() {
    for section in Forged::every_kind() {
        let (tag, _, values) = section.columns()[0].clone();
        let size = values.len();
        for width in [0, size as u32 + 1, u32::MAX] {
            let forged = section.clone().raw(FIRST + WIDTH, &width.to_le_bytes());
            forged.refused(&format!(
                "column {tag:?}: {size} bytes are no whole number of values of {width} bytes"
            ));
        }
    }
}

#[test]
fn a_repeated_tag_is_refused() {
    for section in Forged::every_kind() {
        let tag = section.columns()[0].0.clone();
        let forged = section.lay_out(|columns| columns[1].0.clone_from(&tag));
        forged.refused(&format!("column {tag:?} stands twice"));
    }
}

#[test]
fn a_tag_of_strange_characters_is_refused() {
    let cause = "the tag of column number 1 must be letters, digits and underscores, then zeros";
    for section in Forged::every_kind() {
        for tag in [
            &[0; 16],
            b"a\0b\0\0\0\0\0\0\0\0\0\0\0\0\0",
            b"UPPER-CASE TAG..",
        ] {
            section.clone().raw(SECOND, tag).refused(cause);
        }
        section.raw(SECOND, &[0xff]).refused(cause);
    }
}

#[test]
fn reserved_fields_and_padding_must_be_zero() {
    let cause = |at| format!("byte {at} is reserved or padding and must be 0");
    for section in Forged::every_kind() {
        let forged = section.clone().raw(RESERVED, &[1]);
        forged.refused(&cause(RESERVED));
        let at = SECOND + ENTRY_RESERVED;
        let forged = section.clone().raw(at + 3, &[1]);
        forged.refused(&cause(at));
        let (at, mut starts) = (section.bytes.len(), 0);
        let mut free = 0;
        let mut padding = at;
        for (tag, ..) in section.columns() {
            let entry = section.entry(&tag);
            let number = |at: usize| {
                let bytes = section.bytes[at..at + 8].try_into().unwrap();
                usize::try_from(u64::from_le_bytes(bytes)).unwrap()
            };
            if free > 0 && number(entry + START) > free {
                padding = free;
                starts += 1;
            }
            free = number(entry + START) + number(entry + SIZE);
        }
        assert!(starts > 0, "no padding to spoil");
        section.raw(padding, &[1]).refused(&cause(padding));
    }
}

#[test]
fn a_column_that_nobody_knows_is_passed_over() {
    for section in Forged::every_kind() {
        let forged = section.lay_out(|columns| {
            columns.insert(1, ("from_the_future1".to_owned(), 3, vec![1, 2, 3]));
        });
        assert!(open(forged.kind, forged.bytes, 9).is_ok());
    }
}
