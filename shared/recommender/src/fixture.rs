//! A small model of invented films for this crate's own tests.

use std::collections::BTreeMap;

use futures_util::FutureExt as _;

use crate::catalogue::{Genre, Movie, MovieId};
use crate::model::{
    Draft, Model, MovieIndex, Neighbour, NeighbourLists, SectionKind, SourceCounts, WeightLists,
    write_catalogue, write_personas, write_rating, write_similar, write_titles, write_weights,
};
use crate::ports::MemoryBlobs;
use crate::rating::Rating;
use crate::rating::fixture::rating;
use crate::taste::{
    Dimension, Interaction, InteractionId, Kind, Millis, Persona, Personas, Recorded, Source,
    TasteSpace, Trait, TraitKind,
};

/// When the fixture's models are trained.
pub(crate) const CREATED: &str = "2026-01-31T12:00:00Z";

/// (id, title, year, genres, director, prominence)
type Row = (u32, &'static str, u16, &'static [Genre], &'static str, f32);

const FILMS: [Row; 9] = [
    (
        1,
        "The Quiet Comet",
        1999,
        &[Genre::ScienceFiction, Genre::Action],
        "Ada Moor",
        0.9,
    ),
    (
        2,
        "The Quiet Comet II",
        2003,
        &[Genre::ScienceFiction],
        "Ada Moor",
        0.7,
    ),
    (3, "Bread & Thunder", 1975, &[Genre::Comedy], "Bo Lind", 0.6),
    (4, "Harvest", 1962, &[Genre::Drama], "Bo Lind", 0.3),
    (
        5,
        "Harvest",
        2018,
        &[Genre::Drama, Genre::ScienceFiction],
        "Cy Ng",
        0.5,
    ),
    (
        6,
        "Twelve Lanterns",
        1994,
        &[Genre::Comedy, Genre::Romance],
        "Di Roe",
        0.4,
    ),
    (
        7,
        "Amélie's <Last> Train",
        1991,
        &[Genre::Drama],
        "Di Roe",
        0.2,
    ),
    (
        8,
        "2047: A Harbor Story",
        1985,
        &[Genre::ScienceFiction],
        "Ed Fox",
        0.8,
    ),
    (9, "Salt", 2021, &[Genre::Thriller], "Cy Ng", 0.1),
];

/// The fixture's films.
pub(crate) fn movies() -> Vec<Movie> {
    FILMS
        .iter()
        .map(|(id, title, year, genres, director, prominence)| {
            let id = MovieId::new("tmdb", id).unwrap();
            let mut movie = Movie::new(id, *title, Some(*year));
            movie.genres = genres.to_vec();
            movie.directors = vec![(*director).to_owned()];
            movie.prominence = *prominence;
            movie.votes = 100;
            movie.vote_average = Some(7.0);
            movie.language = "en".to_owned();
            movie.overview = format!("What happens in {title}.");
            movie
        })
        .collect()
}

/// Every film's neighbours: the next `k` films in the list, round and round.
pub(crate) fn ring(films: usize, k: usize) -> NeighbourLists {
    (0..films)
        .map(|row| {
            (1..=k.min(films - 1))
                .map(|step| Neighbour {
                    movie: MovieIndex(((row + step) % films) as u32),
                    score: 1.0 / step as f32,
                })
                .collect()
        })
        .collect()
}

/// Weights round and round: every film speaks for the next two and against the third. Nobody has
/// watched anything.
pub(crate) fn ring_weights(films: usize) -> WeightLists {
    let target = |row: usize, step: usize| MovieIndex(((row + step) % films) as u32);
    let weights = |row| {
        let list = [(1, 0.5), (2, 0.25), (3, -0.125)].into_iter();
        let list = list.filter(|(step, _)| *step < films);
        list.map(|(step, weight)| (target(row, step), weight))
            .collect()
    };
    WeightLists {
        weights: (0..films).map(weights).collect(),
        prior: vec![0.0; films],
        trending: vec![0.0; films],
        learned: vec![true; films],
    }
}

/// Two kinds of viewers, of whom the first likes science fiction and the second comedies and dramas;
/// the more films, the more of the first.
pub(crate) fn personas(films: usize) -> Personas {
    let dimension = |genre: Genre, mean| Dimension {
        about: Trait {
            kind: TraitKind::Genre,
            value: genre.name().to_owned(),
        },
        mean,
        factor: 2.0,
    };
    let space = TasteSpace::new(vec![
        dimension(Genre::Comedy, 0.25),
        dimension(Genre::Drama, 0.25),
        dimension(Genre::ScienceFiction, 0.5),
    ]);
    let share = films as f32 / (films + 1) as f32;
    let persona = |centre: [f32; 3], share, traits: &[u32]| Persona {
        centre: centre.to_vec(),
        share,
        traits: traits.to_vec(),
    };
    Personas {
        space,
        all: vec![
            persona([-0.4, -0.4, 0.8], share, &[2]),
            persona([0.5, 0.5, -0.7], 1.0 - share, &[1, 0]),
        ],
    }
}

/// A draft of these films, ring neighbours of four films each, ring weights and [`personas`].
pub(crate) fn draft(movies: &[Movie]) -> Draft {
    let lists = ring(movies.len(), 4);
    let order: Vec<u32> = crate::recommend::top_k(
        movies
            .iter()
            .enumerate()
            .map(|(row, movie)| (row as u32, movie.prominence)),
        movies.len(),
    )
    .into_iter()
    .map(|(row, _)| row)
    .collect();
    Draft {
        created: CREATED.to_owned(),
        source: SourceCounts {
            catalogues: vec!["fixture".to_owned()],
            movies: movies.len() as u64,
            interactions: 0,
        },
        trained_until: None,
        settings: serde_json::Value::Null,
        evaluation: BTreeMap::new(),
        sections: BTreeMap::from([
            (
                SectionKind::Catalogue,
                write_catalogue(movies, &order).into(),
            ),
            (SectionKind::Titles, write_titles(movies).into()),
            (SectionKind::Similar, write_similar(&lists, &lists).into()),
            (
                SectionKind::Weights,
                write_weights(&ring_weights(movies.len())).into(),
            ),
            (
                SectionKind::Personas,
                write_personas(&personas(movies.len())).into(),
            ),
            (
                SectionKind::Rating,
                write_rating(&Rating {
                    ratings: movies.len() as u32,
                    ..rating()
                })
                .into(),
            ),
        ]),
    }
}

/// The fixture as a loaded model.
pub(crate) fn model() -> Model {
    crate::model::publish(&MemoryBlobs::default(), &draft(&movies()))
        .now_or_never()
        .unwrap()
        .unwrap()
}

/// These films as a loaded model with these weights or none.
pub(crate) fn model_of(movies: &[Movie], weights: Option<&WeightLists>) -> Model {
    let mut draft = draft(movies);
    draft.sections.remove(&SectionKind::Weights);
    if let Some(weights) = weights {
        let bytes = write_weights(weights).into();
        draft.sections.insert(SectionKind::Weights, bytes);
    }
    crate::model::publish(&MemoryBlobs::default(), &draft)
        .now_or_never()
        .unwrap()
        .unwrap()
}

/// What was done with films by their numbers, the first last and every one a minute before the one
/// behind it, until `until`; accepted when it was done.
pub(crate) fn rows_until(until: i64, done: &[(u32, Kind)]) -> Vec<Recorded> {
    let rows = (0i64..).zip(done.iter().rev());
    rows.map(|(minutes, (movie, kind))| {
        let at = Millis(until - minutes * 60_000);
        Interaction {
            id: InteractionId::derived([at.0.to_string().as_str()]),
            viewer: "ada".parse().unwrap(),
            movie: format!("tmdb:{movie}").parse().unwrap(),
            kind: *kind,
            at,
            source: Source::Http,
            recommendation: None,
        }
        .accepted(at)
    })
    .collect()
}

/// The row of the film with this number.
pub(crate) fn row(number: u32) -> MovieIndex {
    MovieIndex(number - 1)
}
