//! Every model, on a catalogue small enough to know the answer.

use matinee::catalogue::Genre;

use super::{films, task, test};
use crate::NoProgress;
use crate::evaluate::{EvaluateError, Fitted, Method, Ranked, Task, WeightsSettings, evaluate};
use crate::preferences::Preferences;
use crate::weights::WeightsError;

const SETTINGS: WeightsSettings = WeightsSettings {
    neighbours: 2,
    dense_films: 100,
    seed: 1,
    memory: u64::MAX,
};

const EASE: Method = Method::Ease {
    lambda: Some(0.5),
    settings: SETTINGS,
};

const ALL: [Method; 5] = [
    Method::Popularity,
    Method::TfIdf,
    Method::ItemKnn { neighbours: 2 },
    EASE,
    Method::Matinee(SETTINGS),
];

fn fit(method: Method, task: &Task) -> Result<Fitted, EvaluateError> {
    method.fit(task, &|_| {}, &NoProgress)
}

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
    task
}

fn scores(method: Method, history: &[u32], before: f32) -> Vec<f32> {
    let fitted = fit(method, &sea_and_space()).unwrap();
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
    let fitted = fit(Method::TfIdf, &task).unwrap();
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
    let refused = fit(Method::TfIdf, &task).err();
    assert!(matches!(
        refused,
        Some(EvaluateError::NoFacts { model: "tfidf" })
    ));
}

#[test]
fn itemknn_sums_the_cosines_of_the_nearest_films_that_the_viewer_has() {
    // Film 0 has viewers 0, 1, 2; film 1 has 0, 1; film 2 has 0; film 3 has 3: cosines 2/√6 of 0 and
    // 1, 1/√3 of 0 and 2, 1/√2 of 1 and 2.
    let train = vec![vec![0, 1, 2], vec![0, 1], vec![0], vec![3]];
    let four = task(4, train, Vec::new(), Ranked::All);
    let (zero_one, zero_two, one_two) =
        (2.0 / 6.0_f32.sqrt(), 1.0 / 3.0_f32.sqrt(), 0.5_f32.sqrt());
    let scores = |neighbours, history: &[u32]| {
        let fitted = fit(Method::ItemKnn { neighbours }, &four).unwrap();
        let mut scores = [f32::NAN; 4];
        fitted.scorer.scores(history, &mut scores);
        scores
    };
    let near = |found: [f32; 4], expected: [f32; 4]| {
        let pairs = found.iter().zip(expected);
        assert!(
            pairs.clone().all(|(a, b)| (a - b).abs() < 1e-6),
            "{found:?}"
        );
    };
    near(
        scores(2, &[0, 1]),
        [zero_one, zero_one, zero_two + one_two, 0.0],
    );
    // The one nearest film of 2 is 1, of 1 is 0, of 0 is 1.
    near(scores(1, &[0]), [0.0, zero_one, 0.0, 0.0]);
    near(scores(1, &[1]), [zero_one, 0.0, one_two, 0.0]);
    near(scores(2, &[3]), [0.0; 4]);
}

#[test]
fn ease_of_two_films_is_the_ratio_worked_out_by_hand() {
    // Film 0 has three viewers, film 1 two, one in common: G = [3 1; 1 2]. With a ridge of 1 the
    // weight from 0 to 1 is 1 / (3 + 1), the one from 1 to 0 is 1 / (2 + 1).
    let train = vec![vec![0, 1], vec![0], vec![0], vec![1]];
    let two = task(2, train, Vec::new(), Ranked::All);
    let method = Method::Ease {
        lambda: Some(1.0),
        settings: SETTINGS,
    };
    let fitted = fit(method, &two).unwrap();
    let mut scores = [0.0; 2];
    for (film, other, weight) in [(0, 1, 0.25), (1, 0, 1.0 / 3.0)] {
        fitted.scorer.scores(&[film], &mut scores);
        assert!((scores[other] - weight).abs() < 1e-6, "{scores:?}");
    }
}

#[test]
fn ease_without_a_ridge_takes_100_or_what_does_best_on_validation() {
    let lambda = |task: &Task| {
        let method = Method::Ease {
            lambda: None,
            settings: SETTINGS,
        };
        fit(method, task).unwrap().settings["lambda"].clone()
    };
    let train = vec![vec![0, 1], vec![0, 1, 2], vec![2, 3], vec![0, 3]];
    let mut task = task(4, train, Vec::new(), Ranked::All);
    assert_eq!(lambda(&task), 100.0);
    let held_back = [vec![2], vec![], vec![0], vec![1]];
    task.validation = Some(Preferences::new(4, held_back));
    assert_ne!(lambda(&task), 100.0, "of so few viewers a smaller one");
}

#[test]
fn what_learning_takes_is_said_before_it_is_taken() {
    let films = std::cell::Cell::new(0);
    let started = |plan: &crate::weights::Plan| films.set(plan.films);
    for method in [EASE, Method::Matinee(SETTINGS)] {
        films.set(0);
        let _ = method.fit(&sea_and_space(), &started, &NoProgress).unwrap();
        assert_eq!(films.get(), 2, "films that somebody has");
    }
}

#[test]
fn learned_weights_are_refused_where_they_cannot_work() {
    let task = sea_and_space();
    let refused = |method: Method, task: &Task| {
        let error = fit(method, task).err().unwrap();
        error.to_string()
    };
    let ease = |lambda, dense_films| Method::Ease {
        lambda: Some(lambda),
        settings: WeightsSettings {
            dense_films,
            ..SETTINGS
        },
    };
    let text = refused(ease(1.0, 1), &task);
    assert!(
        text.contains("2 films are more than 1") && text.contains("DENSE_FILMS"),
        "{text}"
    );
    let text = refused(ease(0.0, 100), &task);
    assert!(text.contains("above 0"), "{text}");
    let little = WeightsSettings {
        memory: 100,
        ..SETTINGS
    };
    let ease = Method::Ease {
        lambda: Some(1.0),
        settings: little,
    };
    for method in [ease, Method::Matinee(little)] {
        let text = refused(method, &task);
        let says = ["2 films", "GB may be used", "DENSE_FILMS"];
        assert!(says.iter().all(|part| text.contains(part)), "{text}");
    }
    let unseen = Task {
        ranked: Ranked::Unseen(vec![1, 3]),
        ..task
    };
    for method in [EASE, Method::ItemKnn { neighbours: 2 }] {
        let text = refused(method, &unseen);
        assert!(text.contains("unseen films"), "{text}");
    }
}

#[test]
fn matinee_ranks_films_that_nobody_has_by_what_catalogues_say() {
    let mut task = sea_and_space();
    task.ranked = Ranked::Unseen(vec![1, 3]);
    let fitted = fit(Method::Matinee(SETTINGS), &task).unwrap();
    let metrics = evaluate(fitted.scorer.as_ref(), &task, &NoProgress).unwrap();
    let ndcg = metrics.at(5).unwrap().ndcg;
    assert!((ndcg - 1.0).abs() < 1e-12, "{ndcg}");
    assert!(fitted.settings["unwatched"]["scale"].is_number());
}

#[test]
fn matinee_needs_facts_for_films_that_nobody_has_and_for_no_others() {
    let mut task = sea_and_space();
    task.films = films(4);
    let fitted = fit(Method::Matinee(SETTINGS), &task).unwrap();
    assert!(fitted.settings.get("unwatched").is_none());
    task.ranked = Ranked::Unseen(vec![1, 3]);
    let refused = fit(Method::Matinee(SETTINGS), &task).err();
    assert!(matches!(
        refused,
        Some(EvaluateError::Weights(WeightsError::NoFacts))
    ));
}
