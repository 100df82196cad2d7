//! Ranking for every viewer and measuring the lists.

use std::sync::atomic::{AtomicU32, Ordering};

use matinee::recommend::top_k;
use rayon::prelude::*;

use super::metrics::{LONGEST, accuracy, self_information};
use super::{AtCutoff, CUTOFFS, EvaluateError, Metrics, Ranked, Scorer, Task, Test};
use crate::Progress;

/// Viewers whose figures are added up before they are added to the others': always the same ones,
/// whatever the number of threads, so that every sum has one order.
const BLOCK: usize = 64;

/// Ranks films for every viewer of the task and measures the lists.
///
/// A list holds the films of highest score that are ranked and not in the viewer's training row; of
/// equal scores the film of smaller index comes first. Viewers without test films are left out.
///
/// The same scores give the same figures to the last bit, whatever the number of threads. Memory is
/// one row of scores a thread. O(films) a viewer, besides what the model needs.
///
/// # Errors
/// [`EvaluateError::NoViewers`] when no viewer has test films, [`EvaluateError::NotANumber`] when
/// the model gives a score that is none.
pub fn evaluate(
    scorer: &dyn Scorer,
    task: &Task,
    progress: &dyn Progress,
) -> Result<Metrics, EvaluateError> {
    let tests: Vec<&Test> = task.tests.iter().filter(|test| !test.is_empty()).collect();
    if tests.is_empty() {
        return Err(EvaluateError::NoViewers(Box::new(task.counts.clone())));
    }
    progress.stage("ranking", tests.len() as u64);
    let measure = Measure::new(scorer, task);
    let blocks: Vec<Sums> = tests
        .par_chunks(BLOCK)
        .map_init(
            || vec![0.0; task.train.films()],
            |scores, block| {
                let mut sums = Sums::default();
                for test in block {
                    measure.viewer(test, scores, &mut sums)?;
                }
                progress.advance(block.len() as u64);
                Ok(sums)
            },
        )
        .collect::<Result<_, EvaluateError>>()?;
    let mut sums = Sums::default();
    for block in &blocks {
        sums.add(block);
    }
    Ok(sums.means(&measure.coverage()))
}

struct Measure<'a> {
    scorer: &'a dyn Scorer,
    task: &'a Task,
    /// Bits of each film.
    information: Vec<f64>,
    /// The best place that each film has in any list, counted from 0. A minimum does not depend on
    /// the order in which threads come by.
    best: Vec<AtomicU32>,
}

impl<'a> Measure<'a> {
    fn new(scorer: &'a dyn Scorer, task: &'a Task) -> Self {
        let viewers = task.train.viewers();
        let counts = task.train.counts();
        let information = counts
            .iter()
            .map(|count| self_information(*count, viewers))
            .collect();
        let nowhere = || AtomicU32::new(u32::MAX);
        Self {
            scorer,
            task,
            information,
            best: counts.iter().map(|_| nowhere()).collect(),
        }
    }

    fn viewer(
        &self,
        test: &Test,
        scores: &mut [f32],
        sums: &mut Sums,
    ) -> Result<(), EvaluateError> {
        let history = self.task.train.row(test.viewer as usize);
        self.scorer.scores(history, scores);
        let list = self.list(history, scores)?;
        for (place, film) in list.iter().enumerate() {
            self.best[*film as usize].fetch_min(place as u32, Ordering::Relaxed);
        }
        let is_hit = |film: &u32| test.films.binary_search(film).is_ok();
        let hits: Vec<bool> = list.iter().map(is_hit).collect();
        sums.viewers += 1;
        sums.lists += u64::from(!list.is_empty());
        for (k, sum) in CUTOFFS.into_iter().zip(&mut sums.at) {
            let accuracy = accuracy(&hits, test.len(), k, self.task.ranked.recall_over());
            sum.recall += accuracy.recall;
            sum.ndcg += accuracy.ndcg;
            sum.map += accuracy.average_precision;
            sum.novelty += self.novelty(&list[..k.min(list.len())]);
        }
        Ok(())
    }

    /// The best films that are not in the viewer's row, best first.
    fn list(&self, history: &[u32], scores: &[f32]) -> Result<Vec<u32>, EvaluateError> {
        let not_a_number = |film: u32| scores[film as usize].is_nan();
        let candidate = |film: &u32| history.binary_search(film).is_err();
        let with_score = |film: u32| (film, scores[film as usize]);
        let best = match &self.task.ranked {
            Ranked::All => {
                let films = 0..self.task.train.films() as u32;
                if films.clone().any(not_a_number) {
                    return Err(EvaluateError::NotANumber);
                }
                top_k(films.filter(candidate).map(with_score), LONGEST)
            }
            Ranked::Unseen(films) => {
                if films.iter().copied().any(not_a_number) {
                    return Err(EvaluateError::NotANumber);
                }
                let films = films.iter().copied();
                top_k(films.filter(candidate).map(with_score), LONGEST)
            }
        };
        Ok(best.into_iter().map(|(film, _)| film).collect())
    }

    /// Mean bits of the films of a list, 0 of an empty one.
    fn novelty(&self, list: &[u32]) -> f64 {
        let bits: f64 = list
            .iter()
            .map(|film| self.information[*film as usize])
            .sum();
        bits / list.len().max(1) as f64
    }

    /// The share of the ranked films that stand in a list, by cutoff.
    fn coverage(&self) -> [f64; CUTOFFS.len()] {
        let ranked = match &self.task.ranked {
            Ranked::All => self.best.len(),
            Ranked::Unseen(films) => films.len(),
        };
        CUTOFFS.map(|k| {
            let covered = self
                .best
                .iter()
                .filter(|best| (best.load(Ordering::Relaxed) as usize) < k);
            covered.count() as f64 / ranked.max(1) as f64
        })
    }
}

/// Sums over viewers; `coverage` is none of them.
#[derive(Default)]
struct Sums {
    at: [AtCutoff; CUTOFFS.len()],
    viewers: u64,
    /// Viewers for whom there was a film left to recommend.
    lists: u64,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        for (sum, more) in self.at.iter_mut().zip(&other.at) {
            sum.recall += more.recall;
            sum.ndcg += more.ndcg;
            sum.map += more.map;
            sum.novelty += more.novelty;
        }
        self.viewers += other.viewers;
        self.lists += other.lists;
    }

    fn means(mut self, coverage: &[f64; CUTOFFS.len()]) -> Metrics {
        let viewers = self.viewers.max(1) as f64;
        for (sum, coverage) in self.at.iter_mut().zip(coverage) {
            sum.recall /= viewers;
            sum.ndcg /= viewers;
            sum.map /= viewers;
            sum.novelty /= self.lists.max(1) as f64;
            sum.coverage = *coverage;
        }
        Metrics(self.at)
    }
}
