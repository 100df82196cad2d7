//! Models of the format's first version, kept as the bytes that were written then: they must load
//! and answer the same for ever. `golden/v1` was written before there were weights,
//! `golden/v1-weights` with them, `golden/v1-personas` with kinds of viewers too, `golden/v1-rating`
//! with predicted ratings as well, by `cargo test -p matinee --test golden -- --ignored`; never again
//! once the version is released.

#![expect(clippy::unwrap_used, reason = "a failed call is a failed test")]

mod draft;

use std::fs;
use std::path::{Path, PathBuf};

use futures_util::FutureExt as _;
use matinee::catalogue::{Found, Genre, find};
use matinee::model::{
    Draft, Model, MovieIndex, MovieRef, Neighbour, NeighbourList, SectionKind, TitleHit, load,
    publish, write_personas, write_rating, write_weights,
};
use matinee::ports::DirectoryBlobs;
use matinee::rating::{Film, Rating};
use matinee::recommend::{Filters, top_picks};

fn path(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(below)
}

fn golden() -> Model {
    golden_of("v1")
}

fn golden_of(version: &str) -> Model {
    let store = DirectoryBlobs::new(path("tests/golden").join(version));
    load(&store).now_or_never().unwrap().unwrap()
}

#[test]
fn the_first_version_still_loads() {
    let model = golden();
    let manifest = &model.manifest;
    assert_eq!(manifest.format_version, 1);
    assert_eq!(model.version(), VERSION);
    assert_eq!(manifest.created, "2026-01-31T12:00:00Z");
    assert_eq!(manifest.source.catalogues, ["invented.csv"]);
    assert_eq!(
        (manifest.source.movies, manifest.source.interactions),
        (6, 0)
    );
    assert_eq!(manifest.settings["neighbours"], 4);
    assert!((manifest.evaluation["recall@10"] - 0.25).abs() < 1e-12);
}

#[test]
fn its_films_say_what_they_said() {
    let model = golden();
    assert_eq!(model.catalogue.len(), draft::films().len());
    for (written, read) in draft::films().iter().zip(model.catalogue.iter()) {
        assert_eq!(read.movie_id(), written.id);
        assert_eq!(read.title(), written.title);
        assert_eq!(
            read.original_title().unwrap_or_default(),
            written.original_title
        );
        assert_eq!(
            (read.year(), read.runtime()),
            (written.year, written.runtime)
        );
        assert_eq!(read.genres().collect::<Vec<Genre>>(), written.genres);
        assert_eq!(read.directors().collect::<Vec<_>>(), written.directors);
        assert_eq!(read.cast().collect::<Vec<_>>(), written.cast);
        assert_eq!(read.keywords().collect::<Vec<_>>(), written.keywords);
        assert_eq!(read.countries().collect::<Vec<_>>(), written.countries);
        assert_eq!(read.language(), written.language);
        assert_eq!(read.overview(), written.overview);
        assert_eq!(
            (read.votes(), read.vote_average()),
            (written.votes, written.vote_average)
        );
        assert_eq!(read.prominence().to_bits(), written.prominence.to_bits());
        assert_eq!(read.poster().unwrap_or_default(), written.poster);
        for id in written.aliases.iter().chain([&written.id]) {
            let found = model.catalogue.by_id(id.as_str()).map(MovieRef::index);
            assert_eq!(found, Some(read.index()), "{id}");
        }
    }
    let picks = top_picks(&model, &Filters::default(), 0, 3).recommendations;
    let picks: Vec<u32> = picks.into_iter().map(|pick| pick.movie.0).collect();
    assert_eq!(picks, draft::TOP[..3]);
}

#[test]
fn its_neighbours_are_who_they_were() {
    let model = golden();
    for (list, written) in [
        (NeighbourList::Blended, draft::blended()),
        (NeighbourList::TfIdf, draft::plain()),
    ] {
        for (row, written) in written.iter().enumerate() {
            let read: Vec<Neighbour> = model
                .similar
                .neighbours(list, MovieIndex(row as u32))
                .collect();
            assert_eq!(read.len(), written.len(), "{list:?} {row}");
            for (read, written) in read.iter().zip(written) {
                assert_eq!(read.movie, written.movie, "{list:?} {row}");
                assert!(
                    (read.score - written.score).abs() <= 1.0 / 510.0,
                    "{list:?} {row}"
                );
            }
        }
    }
}

#[test]
fn its_films_are_found_as_they_were() {
    let model = golden();
    for (phrase, movie, others) in [
        ("The Tin Orchard", Some(0), &[][..]),
        ("tin orchard two", Some(1), &[]),
        ("Obstgarten aus Blech", Some(0), &[]),
        ("Night Ferry", Some(3), &[2]),
        ("night ferry 1959", Some(2), &[3]),
        ("the glass mountian", Some(4), &[]),
        ("nothing of the kind", None, &[]),
    ] {
        let found = find(&model, phrase);
        let wanted = Found {
            movie: movie.map(MovieIndex),
            did_you_mean: others.iter().copied().map(MovieIndex).collect(),
        };
        if movie.is_some() {
            assert_eq!(found.movie, wanted.movie, "{phrase}");
            let others = &found.did_you_mean[..wanted.did_you_mean.len()];
            assert_eq!(others, wanted.did_you_mean, "{phrase}");
        } else {
            assert_eq!(found, wanted, "{phrase}");
        }
    }
    let row = model.titles.exact("night ferry").unwrap();
    let hits: Vec<TitleHit> = model.titles.hits(row).collect();
    assert_eq!(
        hits.iter().map(|hit| hit.movie.0).collect::<Vec<_>>(),
        [3, 2]
    );
}

#[test]
fn its_weights_are_what_they_were_and_the_first_had_none() {
    assert!(golden().weights.is_none());
    let model = golden_of("v1-weights");
    assert_eq!(model.version(), WEIGHTS_VERSION);
    let (read, written) = (model.weights.unwrap(), draft::weights());
    for (at, list) in written.weights.iter().enumerate() {
        let movie = MovieIndex(at as u32);
        let row = read.row(movie);
        assert_eq!(row.len(), list.len());
        for ((read, weight), (written, expected)) in row.iter().zip(list) {
            assert_eq!(read, written);
            assert!((weight - expected).abs() <= 0.75 / 4094.0);
        }
        assert_eq!(read.prior(movie).to_bits(), written.prior[at].to_bits());
        let trending = written.trending[at].to_bits();
        assert_eq!(read.trending(movie).to_bits(), trending);
        assert_eq!(read.learned(movie), written.learned[at]);
    }
}

#[test]
fn its_personas_are_who_they_were_and_those_before_had_none() {
    assert!(golden().personas.is_none());
    assert!(golden_of("v1-weights").personas.is_none());
    let model = golden_of("v1-personas");
    assert_eq!(model.version(), PERSONAS_VERSION);
    assert!(model.weights.is_some());
    assert_eq!(model.personas, Some(draft::personas()));
}

#[test]
fn its_predicted_ratings_are_what_they_were_and_those_before_had_none() {
    assert!(golden().rating.is_none());
    assert!(golden_of("v1-personas").rating.is_none());
    let model = golden_of("v1-rating");
    assert_eq!(model.version(), RATING_VERSION);
    let read = model.rating.unwrap();
    assert_eq!(read, draft::rating());
    let film = Film {
        title: "Night Ferry (1985) (TV)".to_owned(),
        year: 1985,
        director: Some("Ada Moor".to_owned()),
        genres: vec!["Drama".parse().unwrap()],
    };
    let expected = read.predict(&film).expected();
    assert!((expected - RATING_EXPECTED).abs() < 1e-9, "{expected:?}");
}

/// The golden model's version.
const VERSION: &str = "20260131T120000Z-920c86bf";

/// That of the one with weights.
const WEIGHTS_VERSION: &str = "20260131T120000Z-4e95013e";

/// That of the one with weights and personas.
const PERSONAS_VERSION: &str = "20260131T120000Z-e0173f50";

/// That of the one with predicted ratings too.
const RATING_VERSION: &str = "20260131T120000Z-9f6b31ba";

/// The expected stars of a film by the predictor that was written then.
const RATING_EXPECTED: f64 = 6.862_392_399_018_211;

/// Publishes a golden model.
fn write_golden(folder: &str, draft: &Draft) -> (PathBuf, Model) {
    let root = path("tests/golden").join(folder);
    if root.exists() {
        fs::remove_dir_all(&root).unwrap();
    }
    let published = publish(&DirectoryBlobs::new(&root), draft).now_or_never();
    fs::remove_file(root.join(".lock")).unwrap();
    (root, published.unwrap().unwrap())
}

/// Keeps an input for a fuzz target.
fn seed(target: &str, name: &str, bytes: &[u8]) {
    let folder = path("fuzz/corpus").join(target);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), bytes).unwrap();
}

/// Writes the golden model with weights, and from it the seeds of the fuzz targets.
#[test]
#[ignore = "writes the golden model anew"]
fn write_golden_model_with_weights() {
    let mut draft = draft::draft();
    draft.sections.insert(
        SectionKind::Weights,
        write_weights(&draft::weights()).into(),
    );
    let (_, model) = write_golden("v1-weights", &draft);
    seed("weights", "golden", &draft.sections[&SectionKind::Weights]);
    let whole: Vec<u8> = draft.sections.values().flatten().copied().collect();
    seed("model", "golden-weights", &whole);
    assert_eq!(model.version(), WEIGHTS_VERSION, "change the constant");
}

/// Writes the golden model with weights and personas, and from it the seeds of the fuzz targets.
#[test]
#[ignore = "writes the golden model anew"]
fn write_golden_model_with_personas() {
    let mut draft = draft::draft();
    let sections = &mut draft.sections;
    sections.insert(
        SectionKind::Weights,
        write_weights(&draft::weights()).into(),
    );
    sections.insert(
        SectionKind::Personas,
        write_personas(&draft::personas()).into(),
    );
    let (_, model) = write_golden("v1-personas", &draft);
    seed(
        "personas",
        "golden",
        &draft.sections[&SectionKind::Personas],
    );
    let whole: Vec<u8> = draft.sections.values().flatten().copied().collect();
    seed("model", "golden-personas", &whole);
    assert_eq!(model.version(), PERSONAS_VERSION, "change the constant");
}

/// Writes the golden model with predicted ratings, and from it the seeds of the fuzz targets.
#[test]
#[ignore = "writes the golden model anew"]
fn write_golden_model_with_ratings() {
    let mut draft = draft::draft();
    let sections = &mut draft.sections;
    sections.insert(
        SectionKind::Weights,
        write_weights(&draft::weights()).into(),
    );
    sections.insert(
        SectionKind::Personas,
        write_personas(&draft::personas()).into(),
    );
    sections.insert(SectionKind::Rating, write_rating(&draft::rating()).into());
    let (_, model) = write_golden("v1-rating", &draft);
    seed("rating", "golden", &draft.sections[&SectionKind::Rating]);
    seed("rating", "prior", &write_rating(&Rating::unlearned()));
    let whole: Vec<u8> = draft.sections.values().flatten().copied().collect();
    seed("model", "golden-rating", &whole);
    assert_eq!(model.version(), RATING_VERSION, "change the constant");
}

/// Writes the golden model, and from it the seeds of the fuzz targets.
#[test]
#[ignore = "writes the golden model anew"]
fn write_golden_model() {
    let (root, model) = write_golden("v1", &draft::draft());
    let read = |file: &str| fs::read(root.join(file)).unwrap();
    let mut whole = Vec::new();
    for kind in model.manifest.sections.keys() {
        let bytes = read(&format!("{}/{kind}.bin", model.version()));
        seed(&kind.to_string(), "golden", &bytes);
        whole.extend(bytes);
    }
    seed("model", "golden", &whole);
    seed(
        "manifest",
        "golden-manifest",
        &read(&format!("{}/manifest.json", model.version())),
    );
    seed("manifest", "golden-current", &read("current.json"));
    assert_eq!(model.version(), VERSION, "change the constant");
}
