//! Figures worked out by hand.

use super::{Same, task, test};
use crate::NoProgress;
use crate::evaluate::{
    Counts, EvaluateError, Ranked, RecallOver, accuracy, evaluate, self_information,
};

fn near(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() < 1e-12,
        "{found} is not {expected}"
    );
}

#[test]
fn a_hit_at_the_second_and_the_fourth_place_of_three_test_films() {
    let hits = [false, true, false, true, false];
    let measured = accuracy(&hits, 3, 5, RecallOver::TestFilms);
    near(measured.recall, 2.0 / 3.0);
    // 1/log2(3) + 1/log2(5) over 1 + 1/log2(3) + 1/log2(4).
    near(
        measured.ndcg,
        (0.630_929_753_571_457_4 + 0.430_676_558_073_393_06) / 2.130_929_753_571_457_4,
    );
    // Precision 1/2 at the first hit and 2/4 at the second one.
    near(measured.average_precision, (0.5 + 0.5) / 3.0);
}

#[test]
fn only_the_first_k_films_count() {
    let hits = [true, false, true];
    let measured = accuracy(&hits, 4, 2, RecallOver::TestFilms);
    near(measured.recall, 0.25);
    // 1 over 1 + 1/log2(3): of four test films two fit.
    near(measured.ndcg, 1.0 / 1.630_929_753_571_457_4);
    near(measured.average_precision, 1.0 / 2.0);
    let measured = accuracy(&hits, 4, 2, RecallOver::AtMostK);
    near(measured.recall, 0.5);
}

#[test]
fn a_perfect_list_has_one_and_an_empty_one_nothing() {
    for (films, k) in [(3, 5), (5, 5), (9, 5)] {
        let measured = accuracy(&[true; 5][..films.min(5)], films, k, RecallOver::AtMostK);
        near(measured.recall, 1.0);
        near(measured.ndcg, 1.0);
        near(measured.average_precision, 1.0);
    }
    let nothing = accuracy(&[], 2, 5, RecallOver::TestFilms);
    assert_eq!(nothing, accuracy(&[false; 5], 2, 5, RecallOver::TestFilms));
    near(
        nothing.recall + nothing.ndcg + nothing.average_precision,
        0.0,
    );
}

#[test]
fn a_film_that_everybody_has_tells_nothing_and_one_that_nobody_has_most() {
    near(self_information(7, 7), 0.0);
    near(self_information(0, 7), 3.0);
    near(self_information(1, 7), 2.0);
}

#[test]
fn training_films_are_masked_ties_go_by_index_and_unknown_test_films_count() {
    let train = vec![vec![0, 1], vec![0], vec![0, 2]];
    let tests = vec![test(0, &[2, 5], 1), test(1, &[3], 0), test(2, &[], 0)];
    let task = task(7, train, tests, Ranked::All);
    // Film 0 is best, then 1 and 2 alike, then 3 to 6 alike.
    let scorer = Same(vec![3.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0]);
    let metrics = evaluate(&scorer, &task, &NoProgress).unwrap();
    // The first viewer's list is 2 3 4 5 6, the second one's 1 2 3 4 5.
    let at_5 = metrics.at(5).unwrap();
    near(2.0 * at_5.recall, 2.0 / 3.0 + 1.0);
    let first = (1.0 + 1.0 / 5.0_f64.log2()) / (1.0 + 1.0 / 3.0_f64.log2() + 0.5);
    near(2.0 * at_5.ndcg, first + 0.5);
    near(2.0 * at_5.map, (1.0 + 2.0 / 4.0) / 3.0 + 1.0 / 3.0);
    // All but film 0, which both have.
    near(at_5.coverage, 6.0 / 7.0);
    // Film 1 and 2 have one viewer of three, the others none: 1 bit and 2 bits.
    near(
        2.0 * at_5.novelty,
        (1.0 + 4.0 * 2.0) / 5.0 + (2.0 + 3.0 * 2.0) / 5.0,
    );
    assert_eq!(metrics.at(7), None);
}

#[test]
fn of_unseen_films_only_these_are_ranked_and_recall_has_room_for_k() {
    let unseen: Vec<u32> = (2..10).collect();
    let train = vec![vec![0, 1]];
    let tests = vec![test(0, &[2, 3, 4, 5, 6, 9], 0)];
    let task = task(10, train, tests, Ranked::Unseen(unseen));
    let scorer = Same(vec![9.0, 8.0, 5.0, 5.0, 5.0, 4.0, 3.0, 6.0, 2.0, 7.0]);
    let metrics = evaluate(&scorer, &task, &NoProgress).unwrap();
    // 9 7 2 3 4 | 5 6 8
    let at_5 = metrics.at(5).unwrap();
    near(at_5.recall, 4.0 / 5.0);
    near(at_5.coverage, 5.0 / 8.0);
    near(metrics.at(10).unwrap().recall, 1.0);
}

#[test]
fn a_model_that_gives_no_numbers_and_a_task_without_viewers_are_refused() {
    let tests = vec![test(0, &[1], 0)];
    let one = task(2, vec![vec![0]], tests, Ranked::All);
    let refused = evaluate(&Same(vec![1.0, f32::NAN]), &one, &NoProgress);
    assert!(matches!(refused, Err(EvaluateError::NotANumber)));
    let infinite = evaluate(&Same(vec![1.0, f32::NEG_INFINITY]), &one, &NoProgress).unwrap();
    near(infinite.at(5).unwrap().recall, 1.0);

    let none = task(2, vec![vec![0]], vec![test(0, &[], 0)], Ranked::All);
    let refused = evaluate(&Same(vec![1.0, 1.0]), &none, &NoProgress).unwrap_err();
    let EvaluateError::NoViewers(counts) = &refused else {
        panic!("{refused}")
    };
    assert_eq!(**counts, Counts::default());
}

#[test]
fn a_viewer_who_has_every_film_gets_an_empty_list() {
    let tests = vec![test(0, &[], 3), test(1, &[1], 0)];
    let all = task(2, vec![vec![0, 1], vec![0]], tests, Ranked::All);
    let metrics = evaluate(&Same(vec![1.0, 1.0]), &all, &NoProgress).unwrap();
    let at_5 = metrics.at(5).unwrap();
    near(at_5.recall, 0.5);
    near(at_5.coverage, 0.5);
    near(at_5.novelty, -(2.0_f64 / 3.0).log2());
}

#[test]
fn json_has_a_key_for_every_metric_and_cutoff() {
    let tests = vec![test(0, &[1], 0)];
    let task = task(2, vec![vec![0]], tests, Ranked::All);
    let metrics = evaluate(&Same(vec![0.0, 0.0]), &task, &NoProgress).unwrap();
    let json = serde_json::to_value(metrics).unwrap();
    assert_eq!(json.as_object().unwrap().len(), 20);
    for name in ["recall@5", "ndcg@10", "map@20", "coverage@50", "novelty@20"] {
        assert!(json[name].is_number(), "{name} is missing in {json}");
    }
    assert_eq!(json["recall@20"], 1.0);
}
