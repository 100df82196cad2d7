//! The weights section: what it keeps, and rules of its own columns.

use futures_util::FutureExt as _;
use proptest::prelude::*;

use super::forge::{Forged, draft, movies, open, stored};
use crate::fixture::{ring_weights, row};
use crate::model::{
    MovieIndex, SectionEntry, SectionKind, WeightLists, Weights, publish, write_weights,
};
use crate::ports::MemoryBlobs;

const WEIGHTS: SectionKind = SectionKind::Weights;

fn weights() -> Forged {
    Forged::new(WEIGHTS)
}

/// The weights as a model has them.
fn taken(lists: &WeightLists) -> Weights {
    let bytes = write_weights(lists);
    let entry = SectionEntry::describe(WEIGHTS, &bytes);
    Weights::open(bytes.into(), &entry, lists.weights.len()).unwrap()
}

/// Lists of films that nobody has watched, from (source, target, weight).
fn lists(films: usize, weights: &[(usize, u32, f32)]) -> WeightLists {
    let mut lists = WeightLists {
        weights: vec![Vec::new(); films],
        ..ring_weights(films)
    };
    for (from, target, weight) in weights {
        lists.weights[*from].push((MovieIndex(*target), *weight));
    }
    lists
}

#[test]
fn a_model_may_be_without_weights() {
    let (_, manifest) = stored();
    assert!(manifest.sections.contains_key(&WEIGHTS));
    let mut without = draft();
    without.sections.remove(&WEIGHTS);
    let published = publish(&MemoryBlobs::default(), &without).now_or_never();
    let model = published.unwrap().unwrap();
    assert!(model.weights.is_none());
    assert!(!model.manifest.sections.contains_key(&WEIGHTS));
}

#[test]
fn weights_read_back_as_they_were_written_in_whatever_order() {
    let mut written = ring_weights(9);
    written.prior[2] = 1.0;
    written.trending[3] = 0.25;
    written.learned[4] = false;
    let bytes = write_weights(&written);
    let read = taken(&written);
    // -0.125 of a scale of 0.5 lies between two levels.
    let row_of_8: Vec<(u32, f32)> = read.row(row(8)).iter().map(|(t, w)| (t.0, *w)).collect();
    let expected = [(0, 0.25), (1, -0.125), (8, 0.5)];
    for (read, written) in row_of_8.iter().zip(expected) {
        assert_eq!(read.0, written.0);
        assert!((read.1 - written.1).abs() <= 0.5 / 4094.0);
    }
    assert_eq!(row_of_8.len(), 3);
    let facts = |number| {
        let film = row(number);
        (read.prior(film), read.trending(film), read.learned(film))
    };
    assert_eq!(facts(3), (1.0, 0.0, true));
    assert_eq!(facts(4), (0.0, 0.25, true));
    assert_eq!(facts(5), (0.0, 0.0, false));
    for list in &mut written.weights {
        list.reverse();
    }
    assert_eq!(write_weights(&written), bytes);
}

#[test]
fn a_weight_that_is_nothing_beside_the_largest_of_its_target_is_dropped() {
    let read = taken(&lists(3, &[(0, 1, 1.0), (2, 1, 1e-4), (2, 0, 1e-4)]));
    assert_eq!(read.row(MovieIndex(2)), [(MovieIndex(0), 1e-4)]);
    assert_eq!(read.stored(), 2);
}

#[test]
fn gaps_wider_than_a_step_are_bridged() {
    let far = [
        (0, 70_000, 0.5),
        (0, 600, -0.5),
        (1, 0, 0.25),
        (70_000, 1, 1.0),
    ];
    let read = taken(&lists(70_001, &far));
    let targets = |from: u32| -> Vec<(u32, f32)> {
        let row = read.row(MovieIndex(from));
        row.into_iter()
            .map(|(target, weight)| (target.0, weight))
            .collect()
    };
    assert_eq!(targets(0), [(600, -0.5), (70_000, 0.5)]);
    assert_eq!(targets(1), [(0, 0.25)]);
    assert_eq!(targets(2), []);
    assert_eq!(targets(70_000), [(1, 1.0)]);
    // Steps of two bytes: 600, 65,535 and the rest of the way; 0; 1.
    assert_eq!(read.stored(), 5);
}

#[test]
fn neighbours_take_less_than_three_bytes_each() {
    // Two hundred targets a film, spread over all of them.
    let films = 5_000u32;
    let target = |from: u32, n: u32| (from.wrapping_mul(2_654_435_761) >> 8).wrapping_add(n * 25);
    let mut lists = ring_weights(films as usize);
    for (from, list) in (0..).zip(&mut lists.weights) {
        *list = (0..200)
            .map(|n| (MovieIndex(target(from, n) % films), 0.1 + n as f32))
            .collect();
    }
    let neighbours = 200 * films as usize;
    let bytes = write_weights(&lists).len();
    assert!(bytes * 100 < neighbours * 270, "{bytes} for {neighbours}");
}

#[test]
fn a_section_of_another_number_of_films_is_refused() {
    let refusal = |films| {
        open(WEIGHTS, weights().bytes, films)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refusal(10),
        "section weights: column \"weight_at\": expected 11 values, found 10"
    );
    assert_eq!(
        refusal(8),
        "section weights: column \"weight_at\": expected 9 values, found 10"
    );
}

#[test]
fn a_target_that_is_not_there_is_refused() {
    // The last list begins at 24: films 0, 1 and 2.
    let forged = weights().number_at("weight_step", 26, 8);
    forged.refused_value("weight_step", 26, "leads to a film that is not there");
    let forged = weights().number_at("weight_step", 24, 9);
    forged.refused_value("weight_step", 24, "leads to a film that is not there");
    let mut beyond = ring_weights(9);
    beyond.weights[0].push((MovieIndex(9), 0.5));
    let bytes = write_weights(&beyond);
    let error = open(WEIGHTS, bytes, 9).unwrap_err().to_string();
    assert!(
        error.ends_with("leads to a film that is not there"),
        "{error}"
    );
}

#[test]
fn targets_that_do_not_ascend_are_refused() {
    let forged = weights().number_at("weight_step", 25, 0);
    forged.refused_value("weight_step", 25, "targets must ascend");
    let mut twice = ring_weights(9);
    twice.weights[8].push((row(1), 0.5));
    let error = open(WEIGHTS, write_weights(&twice), 9).unwrap_err();
    assert!(error.to_string().ends_with("value 25: targets must ascend"));
    // A list may begin with the first film.
    let first = weights().number_at("weight_step", 24, 0);
    assert!(open(WEIGHTS, first.bytes, movies().len()).is_ok());
}

#[test]
fn numbers_out_of_their_range_are_refused() {
    for (tag, most, reason) in [
        ("weight_scale", 1e30f32, "must be 0..=1e30"),
        ("prior", 1.0, "must be 0..=1"),
        ("trending", 1.0, "must be 0..=1"),
    ] {
        for value in [-0.5, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, most * 1.5] {
            let forged = weights().put(tag, 7, &value.to_le_bytes());
            forged.refused_value(tag, 7, reason);
        }
        let sound = weights().put(tag, 7, &most.to_le_bytes());
        assert!(open(WEIGHTS, sound.bytes, movies().len()).is_ok());
    }
    let forged = weights().number_at("learned", 3, 2);
    forged.refused_value("learned", 3, "must be 0 or 1");
}

#[test]
fn the_half_byte_that_no_level_uses_must_be_zero() {
    // 27 levels; the upper half of the last byte is left.
    let forged = weights().number_at("weight_fine", 13, 0x10);
    forged.refused_value("weight_fine", 13, "the unused half must be 0");
}

#[test]
fn weights_that_are_not_finite_are_dropped_or_refused() {
    let read = taken(&lists(3, &[(0, 1, f32::NAN), (0, 2, 0.5)]));
    assert_eq!(read.row(MovieIndex(0)), [(MovieIndex(2), 0.5)]);
    for infinite in [f32::INFINITY, f32::NEG_INFINITY] {
        let bytes = write_weights(&lists(3, &[(0, 1, infinite)]));
        let error = open(WEIGHTS, bytes, 3).unwrap_err();
        assert!(
            error.to_string().contains("\"weight_scale\", value 1"),
            "{error}"
        );
    }
}

/// Weights between nine films, and how much the history's films count.
fn matrices() -> impl Strategy<Value = (Vec<Vec<f32>>, Vec<f32>)> {
    let weight = prop_oneof![Just(0.0f32), -2.0f32..2.0, Just(1e30)];
    let matrix = prop::collection::vec(prop::collection::vec(weight, 9), 9);
    (matrix, prop::collection::vec(-2.0f32..2.0, 9))
}

proptest! {
    #[test]
    fn sums_are_those_of_the_stored_weights_and_those_are_near_what_was_written(
        (matrix, factors) in matrices()
    ) {
        let mut lists = ring_weights(9);
        for (from, list) in lists.weights.iter_mut().enumerate() {
            let targets = (0..9u32).filter(|target| *target != from as u32);
            *list = targets.map(|t| (MovieIndex(t), matrix[from][t as usize])).collect();
        }
        let read = taken(&lists);
        let mut naive = [0.0f64; 9];
        for from in 0..9 {
            let mut stored = [0.0f32; 9];
            for (target, weight) in read.row(MovieIndex(from)) {
                stored[target.row()] = weight;
            }
            for target in (0..9usize).filter(|target| *target != from as usize) {
                let others = (0..9).filter(|row| *row != target);
                let scale = others.map(|row| matrix[row][target].abs()).fold(0.0, f32::max);
                let written = matrix[from as usize][target];
                prop_assert!((written - stored[target]).abs() <= scale / 4094.0 * 1.001);
                let (factor, weight) = (factors[from as usize], stored[target]);
                let weight = if factor < 0.0 { weight.max(0.0) } else { weight };
                naive[target] += f64::from(factor) * f64::from(weight);
            }
        }
        let history = factors.iter().enumerate().map(|(at, f)| (MovieIndex(at as u32), *f));
        for (target, sum) in read.sums(history).into_iter().enumerate() {
            let most = (0..9).map(|row| matrix[row][target].abs()).fold(0.0, f32::max);
            prop_assert!(sum.is_finite());
            prop_assert!((f64::from(sum) - naive[target]).abs() <= f64::from(most) * 1e-4);
        }
    }
}
