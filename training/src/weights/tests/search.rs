use std::cell::Cell;

use super::invented;
use crate::NoProgress;
use crate::evaluate::Scorer;
use crate::preferences::Preferences;
use crate::weights::{
    Choice, LearnSettings, LinearSettings, Validation, WeightsError, learn, learn_ease, search,
    search_ridge,
};

/// The same scores for everybody.
struct Same(Vec<f32>);

impl Scorer for Same {
    fn scores(&self, _history: &[u32], scores: &mut [f32]) {
        scores.copy_from_slice(&self.0);
    }
}

#[test]
fn a_tenth_of_each_viewers_films_is_held_back_and_never_all() {
    let preferences = invented(60, 300, 40);
    let validation = Validation::carve(&preferences, 0.1, 1, usize::MAX);
    for viewer in 0..60 {
        let (train, held_back) = (
            validation.train.row(viewer),
            validation.held_back.row(viewer),
        );
        let expected = (preferences.row(viewer).len() + 5) / 10;
        assert_eq!(held_back.len(), expected);
        let mut all = [train, held_back].concat();
        all.sort_unstable();
        assert_eq!(all, preferences.row(viewer));
    }
    let single = Preferences::new(5, [vec![1], vec![2, 3]]);
    let validation = Validation::carve(&single, 0.9, 1, usize::MAX);
    assert_eq!(validation.train.row(0), [1]);
    assert_eq!(
        (
            validation.train.row(1).len(),
            validation.held_back.row(1).len()
        ),
        (1, 1)
    );
}

#[test]
fn another_seed_holds_back_others_and_few_viewers_lose_films_where_few_may() {
    let preferences = invented(60, 300, 40);
    let carve = |seed, viewers| Validation::carve(&preferences, 0.1, seed, viewers);
    assert_eq!(carve(1, 60), carve(1, 60));
    assert_ne!(carve(1, 60), carve(2, 60));
    let few = carve(1, 7);
    let losing = few.held_back.rows().filter(|row| !row.is_empty()).count();
    assert_eq!(losing, 7);
    assert_ne!(few.held_back, carve(2, 7).held_back);
}

#[test]
fn a_found_film_counts_by_its_rank_among_films_the_viewer_does_not_have() {
    let validation = Validation {
        train: Preferences::new(4, [vec![0], vec![1], vec![2]]),
        held_back: Preferences::new(4, [vec![1], vec![], vec![1, 3]]),
    };
    let scorer = Same(vec![4.0, 3.0, 2.0, 1.0]);
    let found = validation.ndcg(&scorer).unwrap();
    // The first viewer's film is first. The third's are second and third, of film 0, 1, 3.
    let gain = 1.0 / 3_f64.log2() + 1.0 / 2.0;
    assert_eq!(found, [1.0, gain / (1.0 + 1.0 / 3_f64.log2())]);
    let none = Same(vec![f32::NAN; 4]);
    assert_eq!(validation.ndcg(&none), Err(WeightsError::NotANumber));
}

/// Settings that a figure of the weights' size would choose.
fn choice<'a>(train: &'a Preferences, figure: crate::weights::Figure<'a>) -> Choice<'a> {
    Choice {
        train,
        sides: &[],
        films: 100,
        figure,
    }
}

#[test]
fn the_ridge_of_the_best_figure_is_found_and_of_equal_ones_the_largest() {
    let preferences = invented(50, 30, 9);
    // Large weights are good: the smallest ridge that is tried makes them.
    let size = |scorer: &dyn Scorer| {
        let mut scores = vec![0.0; 30];
        scorer.scores(&[0], &mut scores);
        Ok(vec![f64::from(
            scores.iter().map(|score| score.abs()).sum::<f32>(),
        )])
    };
    let found = search_ridge(choice(&preferences, &size), &NoProgress).unwrap();
    assert!((found.settings.ridge - 10.0 / 1.75 / (4.0 / 3.0)).abs() < 1e-9);
    let same = |_: &dyn Scorer| Ok(vec![0.5]);
    let found = search_ridge(choice(&preferences, &same), &NoProgress).unwrap();
    assert!((found.settings.ridge - 3_000.0 * 1.75 * 4.0 / 3.0).abs() < 1e-9);
    assert!((found.figure - 0.5).abs() < 1e-9);
}

#[test]
fn settings_stay_where_no_move_is_clearly_better() {
    let preferences = invented(50, 30, 9);
    let asked = Cell::new(0_u32);
    // Each model is better for one viewer and worse for the other, and by a hair better in all.
    let noise = |_: &dyn Scorer| {
        asked.set(asked.get() + 1);
        let asked = f64::from(asked.get());
        let chance = 0.1 * (2.4 * asked).sin();
        Ok(vec![0.5 + chance + 1e-6 * asked, 0.5 - chance])
    };
    let start = LinearSettings::start();
    let found = search(choice(&preferences, &noise), start, &NoProgress).unwrap();
    let ridge = found.settings.ridge;
    assert_eq!(found.settings, LinearSettings { ridge, ..start });
    assert_eq!(found.tried, asked.get() as usize);
    assert!(found.tried <= 42);
}

#[test]
fn a_setting_that_is_clearly_better_is_taken_and_gone_on_with() {
    let preferences = invented(50, 30, 9);
    // Targets that many have should get little: the first films of `invented` are those.
    let figure = |scorer: &dyn Scorer| {
        let mut scores = vec![0.0; 30];
        scorer.scores(&[0, 5, 10], &mut scores);
        Ok(vec![
            f64::from(
                scores[20..].iter().sum::<f32>() / scores[..15].iter().sum::<f32>()
            );
            3
        ])
    };
    let start = LinearSettings::start();
    let found = search(choice(&preferences, &figure), start, &NoProgress).unwrap();
    assert!(found.settings.target_popularity > start.target_popularity + 0.2);
}

#[test]
fn learning_finds_what_viewers_of_a_kind_have() {
    // Two kinds of viewers, each with films of its own.
    let rows = (0..80_u32).map(|viewer| {
        let first = if viewer % 2 == 0 { 0 } else { 20 };
        let films = (0..20).filter(|film| (film * 7 + viewer * 3) % 5 < 3);
        films.map(|film| first + film).collect::<Vec<u32>>()
    });
    let preferences = Preferences::new(41, rows.collect::<Vec<_>>());
    let settings = LearnSettings {
        neighbours: 15,
        ..LearnSettings::default()
    };
    let heard = Cell::new(0);
    let hear = |plan: &crate::weights::Plan| heard.set(plan.dense_films);
    let learned = learn(&preferences, &[], None, &settings, &hear, &NoProgress).unwrap();
    assert_eq!(heard.get(), 40);
    let tried = learned.tried.unwrap();
    assert!(tried.all.figure > 0.3 && tried.few > 0.3, "{tried:?}");
    let mut scores = vec![0.0; 41];
    learned.weights.scores(preferences.row(0), &mut scores);
    let best = (0..41_u32).filter(|film| preferences.row(0).binary_search(film).is_err());
    let best = best.max_by(|a, b| scores[*a as usize].total_cmp(&scores[*b as usize]));
    assert!(best.unwrap() < 20);
    assert_eq!(learned.weights.by_target().row(40).len(), 0);
}

#[test]
fn the_ridge_is_settled_on_more_films_than_settings_are_tried_on_but_on_no_more_than_may_be_dense()
{
    let preferences = invented(60, 60, 12);
    let tried = |tried_films, ridge_films, dense_films| {
        let settings = LearnSettings {
            neighbours: 5,
            tried_films,
            ridge_films,
            dense_films,
            ..LearnSettings::default()
        };
        let learned = learn(&preferences, &[], None, &settings, &|_| {}, &NoProgress);
        learned.unwrap().tried.unwrap().all
    };
    let on_few = tried(20, 20, 100);
    let settled = tried(20, 60, 100);
    // The ridge that was found, and four around it, on all films.
    assert_eq!(settled.tried, on_few.tried + 5);
    assert!((settled.figure - on_few.figure).abs() > 1e-9);
    let all = tried(60, 60, 100);
    assert_eq!(tried(100, 200, 60).figure.to_bits(), all.figure.to_bits());
}

#[test]
fn what_cannot_be_learned_from_is_said_and_what_is_little_is_learned_from() {
    let settings = LearnSettings::default();
    let quiet = |_: &crate::weights::Plan| ();
    let nobody = Preferences::new(3, [vec![]]);
    let found = learn(&nobody, &[], None, &settings, &quiet, &NoProgress);
    assert_eq!(found.err(), Some(WeightsError::NoInteractions));
    for little in [
        Preferences::new(1, [vec![0]]),
        Preferences::new(3, [vec![0, 1, 2]]),
        Preferences::new(3, vec![vec![0, 1, 2]; 20]),
        Preferences::new(3, [vec![0], vec![1], vec![2]]),
    ] {
        let learned = learn(&little, &[], None, &settings, &quiet, &NoProgress).unwrap();
        assert!(learned.settings.ridge > 0.0);
        learn_ease(&little, None, None, &settings, &quiet, &NoProgress).unwrap();
    }
    let (weights, chosen) = learn_ease(
        &Preferences::new(2, [vec![0, 1]]),
        Some(1.0),
        None,
        &settings,
        &quiet,
        &NoProgress,
    )
    .unwrap();
    assert_eq!(chosen, LinearSettings::ease(1.0));
    assert_eq!(weights.row(0), [0.0, 0.5]);
}
