//! From what viewers did to the section that a model has.

use matinee::catalogue::{Genre, Movie, MovieId};
use matinee::model::{Draft, Model, MovieIndex, SectionKind, SourceCounts, publish};
use matinee::ports::MemoryBlobs;
use matinee::taste::{
    Interaction, InteractionId, Kind, Millis, Rating, Recorded, Scale, Source, ViewerId,
};

use super::{invented, with_threads};
use crate::evaluate::{LikeRule, Likes};
use crate::viewers::Viewers;
use crate::weights::{LearnSettings, WeightsError};
use crate::{NoProgress, TrainError, TrainSettings, train};

/// Films of which catalogues say something; the first of them are known to viewers.
fn films(count: u32) -> Vec<Movie> {
    let film = |number| {
        let mut film = Movie::new(
            MovieId::new("item", number).unwrap(),
            format!("Film {}", number / 7),
            Some(1990 + (number % 30) as u16),
        );
        film.genres = vec![[Genre::Crime, Genre::Drama, Genre::Comedy][number as usize % 3]];
        film.keywords = vec![format!("keyword {}", number % 5)];
        film.overview = format!("Number {} meets number {}.", number % 11, number % 13);
        film.votes = number * 10;
        film.vote_average = Some(5.0);
        film
    };
    (0..count).map(film).collect()
}

fn recorded(viewer: usize, film: u32, kind: Kind) -> Recorded {
    let at = Millis(1_700_000_000_000);
    let viewer: ViewerId = format!("v{viewer}").parse().unwrap();
    Interaction {
        id: InteractionId::derived([viewer.as_str(), &film.to_string()]),
        viewer,
        movie: MovieId::new("item", film).unwrap(),
        kind,
        at,
        source: Source::Http,
        recommendation: None,
    }
    .accepted(at)
}

fn trained(
    films: &[Movie],
    rows: &[Recorded],
    weights: LearnSettings,
) -> Result<Draft, TrainError> {
    let viewers = Viewers::of(films, &Likes::of(rows, &LikeRule::default()));
    let settings = TrainSettings {
        weights,
        ..TrainSettings::default()
    };
    let created = "2026-01-31T12:00:00Z";
    let source = SourceCounts::default();
    train(
        films,
        Some(&viewers),
        source,
        created,
        &settings,
        &NoProgress,
    )
}

/// The model as it is read back, with every rule of the format checked.
fn model(draft: &Draft) -> Model {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let blobs = MemoryBlobs::default();
    runtime.unwrap().block_on(publish(&blobs, draft)).unwrap()
}

/// Films of the model that a film speaks for or against.
fn targets(model: &Model, film: u32) -> Vec<u32> {
    let weights = model.weights.as_ref().unwrap();
    let row = weights.row(MovieIndex(film));
    row.into_iter().map(|(target, _)| target.0).collect()
}

#[test]
fn the_section_is_the_same_to_the_byte_on_one_thread_and_on_two() {
    let films = films(400);
    let preferences = invented(150, 330, 25);
    let rows = preferences.rows().enumerate().flat_map(|(viewer, films)| {
        let films = films.iter();
        films.map(move |film| recorded(viewer, *film, Kind::Liked))
    });
    let rows: Vec<Recorded> = rows.collect();
    // All ways are gone: films solved densely, the rest of those liked, and those nobody likes.
    let settings = LearnSettings {
        dense_films: 300,
        neighbours: 20,
        rest_neighbours: 10,
        ..LearnSettings::default()
    };
    let section = |threads| {
        let draft = with_threads(threads, || trained(&films, &rows, settings).unwrap());
        draft.sections[&SectionKind::Weights].clone()
    };
    let one = section(1);
    assert!(one.len() > 10_000, "{}", one.len());
    assert!(one == section(2), "the bytes differ");
}

#[test]
fn the_least_that_viewers_can_do_makes_a_model() {
    let films = films(6);
    let stars = |stars| Kind::Rated(Rating::new(stars, Scale::Five).unwrap());
    let everything = |viewer| (0..6).map(move |film| recorded(viewer, film, Kind::Liked));
    let cases: [(&str, Vec<Recorded>, u64); 7] = [
        ("one viewer, one film", vec![recorded(0, 3, Kind::Liked)], 0),
        (
            "one viewer, two films",
            vec![recorded(0, 3, Kind::Liked), recorded(0, 4, Kind::Liked)],
            0,
        ),
        ("a viewer who likes everything", everything(0).collect(), 0),
        (
            "nothing but viewers who like everything",
            (0..9).flat_map(everything).collect(),
            0,
        ),
        (
            "one row again and again",
            vec![recorded(0, 3, Kind::Liked); 50],
            0,
        ),
        (
            "ratings that are all alike",
            (0..20)
                .map(|at| recorded(at / 4, at as u32 % 6, stars(5.0)))
                .collect(),
            0,
        ),
        (
            "a film that is not in the catalogue, and one that is",
            vec![recorded(0, 99, Kind::Liked), recorded(0, 1, Kind::Liked)],
            1,
        ),
    ];
    for (case, rows, unknown) in cases {
        let viewers = Viewers::of(&films, &Likes::of(&rows, &LikeRule::default()));
        assert_eq!(viewers.unknown, unknown, "{case}");
        let model = model(&trained(&films, &rows, LearnSettings::default()).unwrap());
        for film in 0..6 {
            // Opened, so every weight is finite; none speaks for itself.
            assert!(!targets(&model, film).contains(&film), "{case}");
        }
    }
}

#[test]
fn what_says_nothing_of_films_makes_a_model_without_weights() {
    let films = films(6);
    let alike = Kind::Rated(Rating::new(3.0, Scale::Five).unwrap());
    for (case, rows) in [
        ("nothing at all", Vec::new()),
        (
            "no film of the catalogue",
            vec![recorded(0, 99, Kind::Liked)],
        ),
        (
            "nothing liked",
            (0..6).map(|film| recorded(0, film, alike)).collect(),
        ),
    ] {
        let draft = trained(&films, &rows, LearnSettings::default()).unwrap();
        assert!(
            !draft.sections.contains_key(&SectionKind::Weights),
            "{case}"
        );
        assert!(model(&draft).weights.is_none(), "{case}");
    }
}

#[test]
fn films_of_which_nothing_is_known_are_learned_from_viewers_alone() {
    let films: Vec<Movie> = (0..6)
        .map(|number| Movie::new(MovieId::new("item", number).unwrap(), "?", None))
        .collect();
    let rows: Vec<Recorded> = (0..10)
        .flat_map(|viewer| [0, 1].map(|film| recorded(viewer, film, Kind::Liked)))
        .collect();
    let model = model(&trained(&films, &rows, LearnSettings::default()).unwrap());
    assert_eq!(targets(&model, 0), [1]);
}

#[test]
fn more_films_than_memory_allows_are_refused_with_what_to_do() {
    let films = films(6);
    let settings = LearnSettings {
        memory: 100,
        ..LearnSettings::default()
    };
    let refused = trained(&films, &[recorded(0, 3, Kind::Liked)], settings);
    let error = refused.err().unwrap();
    assert!(matches!(
        error,
        TrainError::Weights(WeightsError::Memory { .. })
    ));
    let text = error.to_string();
    for part in ["1 films", "may be used", "DENSE_FILMS", "or allow more"] {
        assert!(text.contains(part), "{text}");
    }
}
