use super::invented;
use crate::NoProgress;
use crate::preferences::Preferences;
use crate::weights::{Demand, LearnSettings, Plan, WeightsError, learn};

fn demand() -> Demand {
    Demand {
        dense_films: 20_000,
        tried_films: 4_000,
        neighbours: 200,
        threads: 2,
    }
}

#[test]
fn a_plan_says_what_there_is_and_grows_with_the_square_of_the_films() {
    let preferences = invented(200, 3_000, 30);
    let plan = Plan::new(&preferences, demand());
    assert_eq!(plan.interactions, preferences.len() as u64);
    assert_eq!(plan.viewers, 200);
    let watched = preferences
        .counts()
        .iter()
        .filter(|count| **count > 0)
        .count() as u64;
    assert_eq!((plan.films, plan.dense_films), (watched, watched));
    let half = Demand {
        dense_films: watched as usize / 2,
        neighbours: 0,
        ..demand()
    };
    let all = Demand {
        neighbours: 0,
        ..demand()
    };
    let (half, all) = (Plan::new(&preferences, half), Plan::new(&preferences, all));
    let growth = all.bytes as f64 / half.bytes as f64;
    assert!((3.0..4.2).contains(&growth), "{growth}");
    assert_eq!(half.films, watched);
    assert!(half.seconds < all.seconds / 4.0);
}

#[test]
fn a_plan_is_a_line_to_read() {
    let plan = Plan {
        viewers: 1_000_000,
        interactions: 20_000_000,
        films: 30_000,
        dense_films: 20_000,
        bytes: 3_912_345_678,
        seconds: 171.4,
    };
    assert_eq!(
        plan.to_string(),
        "30000 films (20000 of them solved densely), 1000000 viewers, 20000000 interactions: \
         3.91 GB of memory, about 171 s to solve"
    );
    let message = plan.check(1_000_000_000).unwrap_err().to_string();
    let remedy = "1.00 GB may be used: solve fewer films densely (DENSE_FILMS; about 10111 fit), or \
                  allow more";
    assert_eq!(message, format!("{plan}; {remedy}"));
    assert_eq!(plan.check(plan.bytes), Ok(()));
}

#[test]
fn more_films_than_memory_allows_are_refused_before_anything_is_done() {
    let preferences = invented(200, 3_000, 30);
    let settings = LearnSettings {
        memory: 1_000_000,
        ..LearnSettings::default()
    };
    let heard = |_: &Plan| panic!("a plan that was refused was begun");
    let found = learn(&preferences, &[], None, &settings, &heard, &NoProgress);
    assert!(matches!(
        found.err(),
        Some(WeightsError::Memory {
            limit: 1_000_000,
            ..
        })
    ));
}

#[test]
fn nobody_needs_nearly_nothing() {
    let plan = Plan::new(&Preferences::default(), demand());
    assert_eq!((plan.viewers, plan.films, plan.interactions), (0, 0, 0));
    assert!(plan.bytes < 1_000);
}
