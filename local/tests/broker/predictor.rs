//! What answers requests: the predictor of a small model that has learned from invented ratings.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use futures_util::FutureExt as _;
use matinee::model::{Model, SectionKind, SourceCounts, publish, write_rating};
use matinee::ports::MemoryBlobs;
use matinee::rating::{DeviceSettings, Film};
use matinee_local::devices::request_rules;
use matinee_local::mqtt::{Publisher, Rule};
use matinee_predict::Predict;
use matinee_training::ingest::{ImportOptions, import};
use matinee_training::rating::{RatedFilm, learn};
use matinee_training::{NoProgress, TrainSettings, train};

/// Films of the model; who predicts needs none of them.
const FILMS: usize = 40;

/// Ratings that it learns from.
const RATINGS: u16 = 2_000;

/// The rules that ask the predictor.
pub(crate) fn rules(publisher: &Publisher) -> Vec<Rule> {
    static MODEL: OnceLock<Arc<Model>> = OnceLock::new();
    let model = Arc::clone(MODEL.get_or_init(|| Arc::new(model())));
    let settings = DeviceSettings::default();
    let predict = Predict::<_, Model, _>::new(model, publisher.clone(), settings);
    request_rules(&Arc::new(predict)).expect("the filters are right")
}

fn model() -> Model {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/sample/movies.csv");
    let movies = import(&sample, &ImportOptions::default())
        .expect("films")
        .movies;
    let mut draft = train(
        &movies[..FILMS],
        None,
        SourceCounts::default(),
        "2026-01-31T12:00:00Z",
        &TrainSettings::default(),
        &NoProgress,
    )
    .expect("a model");
    let rating = learn(&ratings(), 1);
    draft
        .sections
        .insert(SectionKind::Rating, write_rating(&rating).into());
    publish(&MemoryBlobs::default(), &draft)
        .now_or_never()
        .expect("memory does not wait")
        .expect("a sound model")
}

/// A third of the directors makes better films, and horrors are worse.
fn ratings() -> Vec<RatedFilm> {
    let rating = |number: u16| {
        let director = number % 300;
        let genre = ["Drama", "Comedy", "Horror"][usize::from(number / 7 % 3)];
        let better = if director.is_multiple_of(3) { 2 } else { 0 };
        let worse = if genre == "Horror" { 2 } else { 0 };
        RatedFilm {
            film: Film {
                title: format!("Film {number}"),
                year: 1950 + number % 70,
                director: Some(format!("Director {director}")),
                genres: vec![genre.parse().expect("a genre")],
            },
            stars: (5 + better + u8::try_from(number % 3).unwrap_or(0)) - worse,
        }
    };
    (0..RATINGS).map(rating).collect()
}
