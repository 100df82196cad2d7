//! The metrics once more, straight from their definitions, compared on random data.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{task, test};
use crate::NoProgress;
use crate::evaluate::{AtCutoff, CUTOFFS, Ranked, Scorer, Task, evaluate};

/// Scores that depend on everything and are often equal.
struct Scrambled;

impl Scrambled {
    fn score(history: &[u32], film: u32) -> f32 {
        let mixed = history
            .iter()
            .fold(film.wrapping_mul(2_654_435_761), |mixed, other| {
                (mixed ^ other.wrapping_mul(40_503)).rotate_left(7)
            });
        (mixed % 5) as f32 - 2.0
    }
}

impl Scorer for Scrambled {
    fn scores(&self, history: &[u32], scores: &mut [f32]) {
        for (film, score) in scores.iter_mut().enumerate() {
            *score = Self::score(history, film as u32);
        }
    }
}

/// All films that may be recommended to a viewer, best first.
fn ranking(task: &Task, viewer: u32) -> Vec<u32> {
    let history = task.train.row(viewer as usize);
    let mut films: Vec<u32> = match &task.ranked {
        Ranked::All => (0..task.train.films() as u32).collect(),
        Ranked::Unseen(films) => films.clone(),
    };
    films.retain(|film| !history.contains(film));
    films.sort_by(|a, b| {
        let score = |film: &u32| Scrambled::score(history, *film);
        score(b).partial_cmp(&score(a)).unwrap().then(a.cmp(b))
    });
    films
}

fn naive(task: &Task, k: usize) -> AtCutoff {
    let mut sum = AtCutoff::default();
    let (mut viewers, mut lists) = (0.0, 0.0);
    let mut shown = BTreeSet::new();
    for held_back in &task.tests {
        let relevant: BTreeSet<u32> = held_back.films.iter().copied().collect();
        let count = relevant.len() + held_back.unknown as usize;
        if count == 0 {
            continue;
        }
        viewers += 1.0;
        let list: Vec<u32> = ranking(task, held_back.viewer)
            .into_iter()
            .take(k)
            .collect();
        shown.extend(list.iter().copied());
        let hits_within = |length: usize| {
            let hits = list[..length].iter().filter(|film| relevant.contains(film));
            hits.count() as f64
        };
        let fitting = k.min(count);
        sum.recall += hits_within(list.len())
            / match task.ranked {
                Ranked::All => count as f64,
                Ranked::Unseen(_) => fitting as f64,
            };
        let mut dcg = 0.0;
        let mut ideal = 0.0;
        let mut precisions = 0.0;
        for rank in 1..=k {
            let gain = 2.0_f64.ln() / (1.0 + rank as f64).ln();
            if rank <= fitting {
                ideal += gain;
            }
            if rank <= list.len() && relevant.contains(&list[rank - 1]) {
                dcg += gain;
                precisions += hits_within(rank) / rank as f64;
            }
        }
        sum.ndcg += dcg / ideal;
        sum.map += precisions / fitting as f64;
        if !list.is_empty() {
            lists += 1.0;
            let all = task.train.viewers() as f64;
            let bits = list.iter().map(|film| {
                let having = task.train.rows().filter(|row| row.contains(film)).count();
                ((all + 1.0) / (having as f64 + 1.0)).log2()
            });
            sum.novelty += bits.sum::<f64>() / list.len() as f64;
        }
    }
    let ranked = match &task.ranked {
        Ranked::All => task.train.films(),
        Ranked::Unseen(films) => films.len(),
    };
    AtCutoff {
        recall: sum.recall / viewers,
        ndcg: sum.ndcg / viewers,
        map: sum.map / viewers,
        coverage: shown.len() as f64 / ranked as f64,
        novelty: if lists == 0.0 {
            0.0
        } else {
            sum.novelty / lists
        },
    }
}

/// Viewers with training and test films over at most 80 films, so that lists are cut at every
/// cutoff; more viewers than one block holds.
fn any_task() -> impl Strategy<Value = Task> {
    let some = |width: u32, most: usize| prop::collection::btree_set(0..width, 0..most);
    (2_u32..80, any::<bool>()).prop_flat_map(move |(width, unseen_only)| {
        let viewer = (some(width, 20), some(width, 20), 0_u32..3);
        prop::collection::vec(viewer, 1..150).prop_filter_map("somebody is measured", move |rows| {
            let first_unseen = if unseen_only { width / 2 } else { 0 };
            let mut train = Vec::new();
            let mut tests = Vec::new();
            for (at, (history, held_back, unknown)) in rows.into_iter().enumerate() {
                let history: Vec<u32> = history
                    .into_iter()
                    .filter(|film| !unseen_only || *film < first_unseen)
                    .collect();
                let held_back: Vec<u32> = held_back
                    .into_iter()
                    .filter(|film| *film >= first_unseen && !history.contains(film))
                    .collect();
                tests.push(test(at as u32, &held_back, unknown));
                train.push(history);
            }
            let ranked = if unseen_only {
                Ranked::Unseen((first_unseen..width).collect())
            } else {
                Ranked::All
            };
            tests
                .iter()
                .any(|test| !test.is_empty())
                .then(|| task(width as usize, train, tests, ranked))
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_metrics_are_those_of_their_definitions(task in any_task()) {
        let metrics = evaluate(&Scrambled, &task, &NoProgress).unwrap();
        for k in CUTOFFS {
            let (found, expected) = (*metrics.at(k).unwrap(), naive(&task, k));
            for (name, found, expected) in [
                ("recall", found.recall, expected.recall),
                ("ndcg", found.ndcg, expected.ndcg),
                ("map", found.map, expected.map),
                ("coverage", found.coverage, expected.coverage),
                ("novelty", found.novelty, expected.novelty),
            ] {
                prop_assert!((found - expected).abs() < 1e-9, "{}@{}: {} {}", name, k, found, expected);
            }
        }
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_bit(task in any_task()) {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.build().unwrap();
            pool.install(|| evaluate(&Scrambled, &task, &NoProgress)).unwrap()
        };
        prop_assert_eq!(on(1), on(4));
    }
}
