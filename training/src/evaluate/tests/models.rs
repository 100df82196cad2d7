//! Every model, on a catalogue small enough to know the answer.

use matinee::catalogue::Genre;

use super::{films, task, test};
use crate::NoProgress;
use crate::evaluate::{EvaluateError, Method, Ranked, Task, evaluate};

const ALL: [Method; 3] = [Method::Popularity, Method::TfIdf, Method::Matinee];

/// Two films of the sea and two of space; the last of each is unseen.
fn sea_and_space() -> Task {
    let train = vec![vec![0], vec![0], vec![2]];
    let tests = vec![test(0, &[1], 0), test(2, &[3], 0)];
    let mut task = task(4, train, tests, Ranked::All);
    let facts = [
        ("A keeper lights a lamp above the sea.", Genre::Drama, 0.2),
        ("Sailors cross the sea without a lamp.", Genre::Drama, 0.9),
        ("A comet nears a station.", Genre::ScienceFiction, 0.1),
        ("The station hears a comet.", Genre::ScienceFiction, 0.8),
    ];
    for (film, (overview, genre, prominence)) in task.films.iter_mut().zip(facts) {
        overview.clone_into(&mut film.overview);
        film.genres = vec![genre];
        film.prominence = prominence;
    }
    task.has_facts = true;
    task
}

fn scores(method: Method, history: &[u32], before: f32) -> Vec<f32> {
    let fitted = method.fit(&sea_and_space(), &NoProgress).unwrap();
    let mut scores = vec![before; 4];
    fitted.scorer.scores(history, &mut scores);
    scores
}

#[test]
fn every_model_writes_every_score_whatever_stood_there() {
    for method in ALL {
        for history in [&[][..], &[2], &[0, 1, 2, 3]] {
            let clean = scores(method, history, 0.0);
            assert_eq!(clean, scores(method, history, f32::NAN), "{method:?}");
            assert!(clean.iter().all(|score| score.is_finite()), "{method:?}");
        }
    }
}

#[test]
fn popularity_counts_viewers_and_then_goes_by_prominence() {
    let scores = scores(Method::Popularity, &[0], 0.0);
    assert_eq!(scores, [2.0, 0.45, 1.0, 0.4]);
}

#[test]
fn tfidf_finds_the_film_that_is_told_in_the_same_words() {
    let task = sea_and_space();
    let fitted = Method::TfIdf.fit(&task, &NoProgress).unwrap();
    let metrics = evaluate(fitted.scorer.as_ref(), &task, &NoProgress).unwrap();
    let ndcg = metrics.at(5).unwrap().ndcg;
    assert!((ndcg - 1.0).abs() < 1e-12, "{ndcg}");
}

#[test]
fn tfidf_of_a_history_is_the_sum_over_its_films() {
    let both = scores(Method::TfIdf, &[0, 2], 0.0);
    let (sea, space) = (
        scores(Method::TfIdf, &[0], 0.0),
        scores(Method::TfIdf, &[2], 0.0),
    );
    for film in 0..4 {
        assert!(
            (both[film] - sea[film] - space[film]).abs() < 1e-6,
            "{film}"
        );
    }
    assert!((sea[0] - 1.0).abs() < 1e-6, "a film is like itself");
}

#[test]
fn tfidf_without_facts_is_refused() {
    let mut task = sea_and_space();
    task.films = films(4);
    let refused = Method::TfIdf.fit(&task, &NoProgress).err();
    assert!(matches!(
        refused,
        Some(EvaluateError::NoFacts { model: "tfidf" })
    ));
}
