//! Models of the format's first version, kept as the bytes that were written then: they must load
//! and answer the same for ever. `golden/v1` was written before there were weights,
//! `golden/v1-weights` with them, `golden/v1-personas` with
//! kinds of viewers too, `golden/v1-rating` with predicted ratings as well, by `cargo test -p matinee --test golden -- --ignored`; never again
//! once the version is released.

#![expect(clippy::unwrap_used, reason = "a failed call is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use futures_util::FutureExt as _;
use matinee::catalogue::{Found, Genre, Movie, MovieId, find};
use matinee::model::{
    Draft, Model, MovieIndex, MovieRef, Neighbour, NeighbourList, NeighbourLists, SectionKind,
    SourceCounts, TitleHit, WeightLists, load, publish, write_catalogue, write_personas,
    write_rating, write_similar, write_titles, write_weights,
};
use matinee::ports::DirectoryBlobs;
use matinee::rating::{
    BENDS, Directors, Film, Forest, Kernel, Learned, RatedWork, Rating, STARS, Work,
};
use matinee::recommend::{Filters, top_picks};
use matinee::taste::{Dimension, Persona, Personas, TasteSpace, Trait, TraitKind};

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
    assert_eq!(model.catalogue.len(), films().len());
    for (written, read) in films().iter().zip(model.catalogue.iter()) {
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
    assert_eq!(picks, TOP[..3]);
}

#[test]
fn its_neighbours_are_who_they_were() {
    let model = golden();
    for (list, written) in [
        (NeighbourList::Blended, blended()),
        (NeighbourList::TfIdf, plain()),
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
    let (read, written) = (model.weights.unwrap(), weights());
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
    assert_eq!(model.personas, Some(personas()));
}

#[test]
fn its_predicted_ratings_are_what_they_were_and_those_before_had_none() {
    assert!(golden().rating.is_none());
    assert!(golden_of("v1-personas").rating.is_none());
    let model = golden_of("v1-rating");
    assert_eq!(model.version(), RATING_VERSION);
    let read = model.rating.unwrap();
    assert_eq!(read, rating());
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

/// Every film, the best first pick first.
const TOP: [u32; 6] = [0, 4, 3, 1, 2, 5];

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
    let mut draft = draft();
    draft
        .sections
        .insert(SectionKind::Weights, write_weights(&weights()).into());
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
    let mut draft = draft();
    let sections = &mut draft.sections;
    sections.insert(SectionKind::Weights, write_weights(&weights()).into());
    sections.insert(SectionKind::Personas, write_personas(&personas()).into());
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
    let mut draft = draft();
    let sections = &mut draft.sections;
    sections.insert(SectionKind::Weights, write_weights(&weights()).into());
    sections.insert(SectionKind::Personas, write_personas(&personas()).into());
    sections.insert(SectionKind::Rating, write_rating(&rating()).into());
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
    let (root, model) = write_golden("v1", &draft());
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

fn draft() -> Draft {
    let films = films();
    Draft {
        created: "2026-01-31T12:00:00Z".to_owned(),
        source: SourceCounts {
            catalogues: vec!["invented.csv".to_owned()],
            movies: films.len() as u64,
            interactions: 0,
        },
        trained_until: None,
        settings: serde_json::json!({"neighbours": 4}),
        evaluation: BTreeMap::from([("recall@10".to_owned(), 0.25)]),
        sections: BTreeMap::from([
            (SectionKind::Catalogue, write_catalogue(&films, &TOP).into()),
            (SectionKind::Titles, write_titles(&films).into()),
            (
                SectionKind::Similar,
                write_similar(&blended(), &plain()).into(),
            ),
        ]),
    }
}

/// Films by (row, score), nearest first.
fn lists(lists: [&[(u32, f32)]; 6]) -> NeighbourLists {
    let neighbour = |(row, score): &(u32, f32)| Neighbour {
        movie: MovieIndex(*row),
        score: *score,
    };
    lists
        .map(|list| list.iter().map(neighbour).collect())
        .to_vec()
}

fn blended() -> NeighbourLists {
    lists([
        &[(1, 0.9), (4, 0.4), (3, 0.3), (2, 0.1)],
        &[(0, 0.9), (4, 0.35)],
        &[(3, 0.8), (0, 0.2)],
        &[(2, 0.8), (0, 0.3), (1, 0.3)],
        &[(0, 0.4)],
        // Nothing is near a film of which nothing is known.
        &[],
    ])
}

fn plain() -> NeighbourLists {
    lists([
        &[(1, 0.5), (4, 0.25)],
        &[(0, 0.5)],
        &[(3, 0.125)],
        &[(2, 0.125), (4, 0.0625)],
        &[(0, 0.25), (3, 0.0625)],
        &[],
    ])
}

/// Weights for and against, from a film to most others and to none, and one film that nobody has
/// taken up.
fn weights() -> WeightLists {
    let list = |list: &[(u32, f32)]| {
        let targets = list.iter();
        targets
            .map(|(row, weight)| (MovieIndex(*row), *weight))
            .collect()
    };
    WeightLists {
        weights: vec![
            list(&[(1, 0.75), (2, -0.05), (3, 0.1), (4, 0.3), (5, 0.02)]),
            list(&[(0, 0.5)]),
            list(&[(3, 0.25), (4, -0.125)]),
            list(&[(0, 0.01), (2, 0.2)]),
            list(&[]),
            list(&[(0, 0.0625)]),
        ],
        prior: vec![1.0, 0.5, 0.25, 0.125, 0.0625, 0.0],
        trending: vec![0.25, 0.0, 1.0, 0.5, 0.0, 0.0],
        learned: vec![true, true, true, true, true, false],
    }
}

/// Two kinds of viewers, told by traits of every kind.
fn personas() -> Personas {
    let dimension = |(kind, value, mean): (TraitKind, &str, f32)| Dimension {
        about: Trait {
            kind,
            value: value.to_owned(),
        },
        mean,
        factor: 1.5,
    };
    let dimensions = [
        (TraitKind::Genre, "Science Fiction", 0.4),
        (TraitKind::Genre, "Thriller", 0.2),
        (TraitKind::Decade, "1980s", 0.1),
        (TraitKind::Keyword, "robot", 0.3),
        (TraitKind::Country, "GB", 0.5),
        (TraitKind::Language, "de", 0.125),
    ];
    let persona = |centre: [f32; 6], share, traits: &[u32]| Persona {
        centre: centre.to_vec(),
        share,
        traits: traits.to_vec(),
    };
    Personas {
        space: TasteSpace::new(dimensions.map(dimension).to_vec()),
        all: vec![
            persona([0.5, -0.25, 0.25, 0.75, 0.0, 0.125], 0.625, &[3, 0, 2]),
            persona([-0.5, 1.0, -0.125, -0.5, 0.25, 0.0], 0.375, &[1]),
        ],
    }
}

/// A predictor with something in every part.
fn rating() -> Rating {
    let work = |year, genres, ratings, weight| RatedWork {
        work: Work { year, genres },
        ratings,
        weight,
    };
    let mut shapes = [[0.0; STARS]; BENDS];
    for (degree, shape) in (1..).zip(&mut shapes) {
        for (value, stars) in shape.iter_mut().zip(1_u8..) {
            *value = ((f32::from(stars) - 6.5) / 4.0).powi(degree);
        }
    }
    Rating {
        ratings: 4,
        learned: Some(Learned {
            base: Forest {
                depth: 2,
                outputs: 1,
                features: vec![0, 3],
                splits: vec![1990.5, 0.5],
                leaves: vec![0.5, -0.5, 0.25, -0.75],
            },
            directors: Directors {
                kernel: Kernel::new(0.25, 0.5, 0.25, 10.0),
                names: "ada moor\u{e9}a fox".to_owned(),
                names_at: vec![0, 8, 15],
                works_at: vec![0, 2, 3],
                works: vec![
                    work(1980, 1 << 8, 2, 1.0),
                    work(1999, 1 << 8 | 1 << 22, 1, 0.5),
                    work(1999, 0, 1, -1.0),
                ],
            },
            shapes,
            slopes: [[0.125, 0.5], [0.0, -0.25], [0.0, 0.0], [0.0625, 0.0]],
            stars: Forest {
                depth: 2,
                outputs: BENDS,
                features: vec![36, 0],
                splits: vec![0.0, 2000.5],
                leaves: (0_u8..16).map(|at| f32::from(at) / 100.0).collect(),
            },
        }),
        ..Rating::unlearned()
    }
}

/// Invented films: a series, two of one name, one in another language, and one of which only the
/// title is known.
fn films() -> Vec<Movie> {
    let film = |key: &str, title: &str, year| {
        let id = MovieId::new("tmdb", key).unwrap();
        Movie::new(id, title, year)
    };
    let names = |names: &[&str]| names.iter().copied().map(str::to_owned).collect::<Vec<_>>();
    vec![
        Movie {
            aliases: vec![MovieId::new("imdb", "tt9000001").unwrap()],
            original_title: "Obstgarten aus Blech".to_owned(),
            genres: vec![Genre::ScienceFiction, Genre::Drama],
            directors: names(&["Ada Moor", "Bo Lind"]),
            cast: names(&["Fay Orr", "Gil Sand"]),
            keywords: names(&["robot", "tin orchard collection"]),
            countries: names(&["DE", "GB"]),
            language: "de".to_owned(),
            overview: "A gardener grows trees of tin – and one begins to speak.".to_owned(),
            runtime: Some(112),
            votes: 4200,
            vote_average: Some(7.9),
            prominence: 0.9,
            poster: "https://posters.example/tin-orchard.jpg".to_owned(),
            ..film("9001", "The Tin Orchard", Some(1987))
        },
        Movie {
            genres: vec![Genre::ScienceFiction],
            directors: names(&["Ada Moor"]),
            cast: names(&["Fay Orr"]),
            keywords: names(&["robot", "tin orchard collection"]),
            countries: names(&["GB"]),
            language: "en".to_owned(),
            overview: "The trees have learnt to walk.".to_owned(),
            runtime: Some(97),
            votes: 900,
            vote_average: Some(5.5),
            prominence: 0.5,
            ..film("9002", "The Tin Orchard II", Some(1991))
        },
        Movie {
            genres: vec![Genre::FilmNoir, Genre::Crime],
            directors: names(&["Cy Ng"]),
            language: "en".to_owned(),
            overview: "Somebody on the last ferry did it.".to_owned(),
            votes: 150,
            vote_average: Some(8.0),
            prominence: 0.2,
            ..film("9003", "Night Ferry", Some(1959))
        },
        Movie {
            genres: vec![Genre::Thriller],
            directors: names(&["Di Roe"]),
            cast: names(&["Gil Sand"]),
            countries: names(&["FR"]),
            language: "fr".to_owned(),
            overview: "Seventy years later the ferry still runs.".to_owned(),
            votes: 2000,
            vote_average: Some(6.8),
            prominence: 0.6,
            ..film("9004", "Night Ferry", Some(2019))
        },
        Movie {
            genres: vec![Genre::Fantasy, Genre::Family, Genre::Animation],
            directors: names(&["Éa Fox"]),
            language: "ja".to_owned(),
            original_title: "硝子の山".to_owned(),
            overview: "A girl climbs a mountain of glass. 🏔".to_owned(),
            runtime: Some(88),
            votes: 3000,
            vote_average: Some(10.0),
            prominence: 0.65,
            ..film("9005", "The Glass Mountain", Some(2004))
        },
        film("9006", "Untold", None),
    ]
}
