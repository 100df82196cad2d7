//! One test for each way a model can be wrong.

use std::collections::HashSet;

use bytes::Bytes;
use futures_util::FutureExt as _;

use super::{
    CURRENT_KEY, Catalogue, Manifest, Model, ModelError, MovieIndex, NeighbourList, SectionEntry,
    SectionFault, SectionKind, load, publish,
};
use crate::catalogue::{Genre, MovieId};
use crate::fixture::{self, row};
use crate::ports::{Blobs as _, Expect, MemoryBlobs};

fn load_now(blobs: &MemoryBlobs) -> Result<Model, ModelError> {
    load(blobs).now_or_never().unwrap()
}

fn stored() -> (MemoryBlobs, Manifest) {
    let blobs = MemoryBlobs::default();
    let draft = fixture::draft(&fixture::movies());
    let model = publish(&blobs, &draft).now_or_never().unwrap().unwrap();
    (blobs, model.manifest)
}

fn read(blobs: &MemoryBlobs, key: &str) -> Vec<u8> {
    let blob = blobs.get(key).now_or_never().unwrap().unwrap().unwrap();
    blob.bytes.to_vec()
}

fn write(blobs: &MemoryBlobs, key: &str, bytes: Vec<u8>) {
    blobs
        .put(key, bytes.into(), Expect::Anything)
        .now_or_never()
        .unwrap()
        .unwrap();
}

/// What the catalogue says of bytes whose manifest was made for exactly them.
fn open_forged(bytes: Vec<u8>) -> SectionFault {
    let entry = SectionEntry::describe(SectionKind::Catalogue, &bytes);
    match Catalogue::open(Bytes::from(bytes), &entry) {
        Err(ModelError::Section { section, fault }) => {
            assert_eq!(section, SectionKind::Catalogue);
            fault
        }
        other => panic!("expected a refusal, found {other:?}"),
    }
}

fn catalogue_bytes() -> Vec<u8> {
    fixture::draft(&fixture::movies()).sections[&SectionKind::Catalogue].to_vec()
}

/// Where a column's bytes begin, by its tag in the directory.
fn column_start(bytes: &[u8], tag: &str) -> usize {
    let mut name = [0; 16];
    name[..tag.len()].copy_from_slice(tag.as_bytes());
    let entry = bytes.windows(16).position(|w| w == name).unwrap();
    usize::try_from(u64::from_le_bytes(
        bytes[entry + 16..entry + 24].try_into().unwrap(),
    ))
    .unwrap()
}

#[test]
fn a_published_model_reads_back_what_was_written() {
    let (blobs, manifest) = stored();
    let model = load_now(&blobs).unwrap();
    assert_eq!(model.manifest, manifest);
    assert_eq!(model.catalogue.len(), 9);
    for (written, read) in fixture::movies().iter().zip(model.catalogue.iter()) {
        assert_eq!(read.id(), written.id.as_str());
        assert_eq!(read.title(), written.title);
        assert_eq!(read.year(), written.year);
        assert_eq!(read.genres().collect::<Vec<Genre>>(), written.genres);
        assert_eq!(read.directors().collect::<Vec<_>>(), written.directors);
        assert_eq!(read.overview(), written.overview);
        assert_eq!(read.vote_average(), written.vote_average);
        assert_eq!(read.language(), written.language);
    }
    let neighbours: Vec<MovieIndex> = model
        .similar
        .neighbours(NeighbourList::Blended, row(1))
        .map(|neighbour| neighbour.movie)
        .collect();
    assert_eq!(neighbours, [row(2), row(3), row(4), row(5)]);
}

#[test]
fn quantised_scores_stay_within_a_510th_of_the_lists_range() {
    let (blobs, _) = stored();
    let model = load_now(&blobs).unwrap();
    let written = fixture::ring(9, 4);
    let read = model.similar.neighbours(NeighbourList::TfIdf, row(1));
    for (written, read) in written[0].iter().zip(read) {
        assert!((written.score - read.score).abs() <= 0.75 / 510.0 + 1e-6);
    }
}

#[test]
fn a_film_is_found_by_its_id_and_by_its_aliases() {
    let mut movies = fixture::movies();
    movies[3].aliases = vec![MovieId::new("imdb", "tt0000004").unwrap()];
    let blobs = MemoryBlobs::default();
    let model = publish(&blobs, &fixture::draft(&movies))
        .now_or_never()
        .unwrap()
        .unwrap();
    for id in ["tmdb:4", "imdb:tt0000004"] {
        assert_eq!(model.catalogue.by_id(id).unwrap().index(), row(4));
    }
    assert!(model.catalogue.by_id("tmdb:99").is_none());
}

#[test]
fn publishing_the_same_model_twice_changes_nothing() {
    let (blobs, manifest) = stored();
    let before = read(&blobs, CURRENT_KEY);
    let again = publish(&blobs, &fixture::draft(&fixture::movies()))
        .now_or_never()
        .unwrap()
        .unwrap();
    assert_eq!(again.manifest, manifest);
    assert_eq!(read(&blobs, CURRENT_KEY), before);
}

#[test]
fn versions_sort_by_time() {
    let mut draft = fixture::draft(&fixture::movies());
    let earlier = draft.manifest().model_version;
    draft.created = "2026-02-01T00:00:00Z".to_owned();
    assert!(earlier < draft.manifest().model_version);
}

#[test]
fn an_empty_store_names_what_is_missing() {
    let error = load_now(&MemoryBlobs::default()).unwrap_err();
    assert!(matches!(&error, ModelError::Missing { key } if key == CURRENT_KEY));
    assert!(error.to_string().contains("matinee train"));
}

#[test]
fn truncated_and_altered_sections_are_refused_by_name() {
    for kind in SectionKind::ALL {
        let (blobs, manifest) = stored();
        let key = format!("{}/{kind}.bin", manifest.model_version);
        let whole = read(&blobs, &key);
        write(&blobs, &key, whole[..whole.len() - 1].to_vec());
        let error = load_now(&blobs).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with(&format!("section {kind}: expected"))
        );
        let mut altered = whole.clone();
        altered[whole.len() / 2] ^= 1;
        write(&blobs, &key, altered);
        let error = load_now(&blobs).unwrap_err();
        assert!(error.to_string().contains("checksum"), "{error}");
    }
}

#[test]
fn swapped_sections_are_refused() {
    let draft = fixture::draft(&fixture::movies());
    let titles = draft.sections[&SectionKind::Titles].clone();
    assert_eq!(
        open_forged(titles.to_vec()),
        SectionFault::Kind { found: 2 }
    );
}

#[test]
fn what_is_no_section_or_of_another_version_is_refused() {
    assert_eq!(open_forged(Vec::new()), SectionFault::NotASection);
    assert_eq!(open_forged(vec![7; 400]), SectionFault::NotASection);
    let mut bytes = catalogue_bytes();
    bytes[8] = 9;
    assert_eq!(
        open_forged(bytes),
        SectionFault::Version {
            found: 9,
            supported: 1
        }
    );
}

#[test]
fn a_directory_that_points_outside_or_overlaps_is_refused() {
    let mut outside = catalogue_bytes();
    outside[32 + 24..32 + 32].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(matches!(
        open_forged(outside),
        SectionFault::ColumnRange { .. }
    ));
    let mut overlapping = catalogue_bytes();
    let first_start: [u8; 8] = overlapping[48..56].try_into().unwrap();
    overlapping[88..96].copy_from_slice(&first_start);
    assert!(matches!(
        open_forged(overlapping),
        SectionFault::ColumnRange { .. }
    ));
    let mut too_many = catalogue_bytes();
    too_many[24..28].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(open_forged(too_many), SectionFault::NotASection);
}

#[test]
fn values_that_break_the_rules_are_refused_by_column() {
    let cases: [(&str, usize, &[u8], &str); 6] = [
        ("key_movie", 0, &[0xff, 0xff], "key_movie"),
        ("vote_average", 0, &f32::NAN.to_le_bytes(), "vote_average"),
        ("prominence", 0, &f32::INFINITY.to_le_bytes(), "prominence"),
        ("year", 0, &[1, 0], "year"),
        ("genre", 0, &[200], "genre"),
        ("title_at", 4, &u32::MAX.to_le_bytes(), "title_at"),
    ];
    for (column, at, value, named) in cases {
        let mut bytes = catalogue_bytes();
        let start = column_start(&bytes, column) + at;
        bytes[start..start + value.len()].copy_from_slice(value);
        match open_forged(bytes) {
            SectionFault::Value { column, .. } => assert_eq!(column, named),
            other => panic!("{column}: {other}"),
        }
    }
}

#[test]
fn text_that_is_not_utf8_is_refused() {
    let mut bytes = catalogue_bytes();
    let start = column_start(&bytes, "overview_text");
    bytes[start] = 0xff;
    assert!(matches!(
        open_forged(bytes),
        SectionFault::Value {
            column: "overview_text",
            ..
        }
    ));
}

#[test]
fn a_newer_manifest_is_called_newer_and_a_broken_one_broken() {
    let (blobs, manifest) = stored();
    let key = format!("{}/manifest.json", manifest.model_version);
    write(
        &blobs,
        &key,
        br#"{"format_version": 2, "shape": "other"}"#.to_vec(),
    );
    assert!(matches!(
        load_now(&blobs).unwrap_err(),
        ModelError::NewerFormat {
            found: 2,
            supported: 1,
            ..
        }
    ));
    write(&blobs, &key, b"{".to_vec());
    assert!(matches!(
        load_now(&blobs).unwrap_err(),
        ModelError::Document { .. }
    ));
}

#[test]
fn a_pointer_cannot_lead_out_of_the_store() {
    let (blobs, _) = stored();
    let pointer = br#"{"format_version": 1, "model_version": "../../etc"}"#;
    write(&blobs, CURRENT_KEY, pointer.to_vec());
    assert!(matches!(
        load_now(&blobs).unwrap_err(),
        ModelError::Document { .. }
    ));
}

#[test]
fn any_single_altered_byte_is_refused_or_harmless() {
    let bytes = catalogue_bytes();
    let mut refused = HashSet::new();
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 0x55;
        let entry = SectionEntry::describe(SectionKind::Catalogue, &altered);
        // With a forged checksum only the format's own rules stand: no byte may lead to a panic.
        match Catalogue::open(altered.into(), &entry) {
            Ok(catalogue) => catalogue.iter().for_each(|movie| {
                let _ = (movie.title(), movie.genre_set(), movie.directors().count());
            }),
            Err(error) => drop(refused.insert(error.to_string())),
        }
    }
    assert!(refused.len() > 20, "the rules were hardly tried");
}
