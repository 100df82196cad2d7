//! What the golden models were written from.

use std::collections::BTreeMap;

use matinee::catalogue::{Genre, Movie, MovieId};
use matinee::model::{
    Draft, MovieIndex, Neighbour, NeighbourLists, SectionKind, SourceCounts, WeightLists,
    write_catalogue, write_similar, write_titles,
};
use matinee::rating::{BENDS, Directors, Forest, Kernel, Learned, RatedWork, Rating, STARS, Work};
use matinee::taste::{Dimension, Persona, Personas, TasteSpace, Trait, TraitKind};

/// Every film, the best first pick first.
pub(crate) const TOP: [u32; 6] = [0, 4, 3, 1, 2, 5];

pub(crate) fn draft() -> Draft {
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

pub(crate) fn blended() -> NeighbourLists {
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

pub(crate) fn plain() -> NeighbourLists {
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
pub(crate) fn weights() -> WeightLists {
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
pub(crate) fn personas() -> Personas {
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
pub(crate) fn rating() -> Rating {
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
pub(crate) fn films() -> Vec<Movie> {
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
