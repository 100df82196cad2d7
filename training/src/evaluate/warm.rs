//! From films by viewer to a task in which all films of training are ranked.

use matinee::catalogue::Movie;

use super::{Counts, LeftOut, Ranked, Task, Test};
use crate::preferences::Preferences;

/// A viewer's items: numbers of any meaning, each at most once in a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    pub(super) train: Vec<u32>,
    pub(super) validation: Vec<u32>,
    pub(super) test: Vec<u32>,
}

/// Facts of an item; `true` where they come from a catalogue.
pub(super) type Facts = (Movie, bool);

/// Makes a task of what viewers have of the items, whose ids are `names`. Films are the items that
/// somebody has in training, numbered by their ids as texts ascend: the order of lines and rows
/// changes nothing.
///
/// Viewers without training films are left out. Test films that the viewer has in training are
/// left out; those that nobody has in training count and cannot be found.
pub(super) fn assemble(
    names: &[&str],
    viewers: Vec<Parts>,
    facts: impl FnMut(u32) -> Facts,
) -> Task {
    let (index, order) = numbered(names, &viewers);
    let mut left_out = LeftOut::default();
    let (mut train, mut validation, mut tests) = (Vec::new(), Vec::new(), Vec::new());
    for parts in viewers {
        if parts.train.is_empty() {
            left_out.viewers_without_training_films += u64::from(!parts.test.is_empty());
            continue;
        }
        let known = |items: &[u32]| -> Vec<u32> {
            let known = items.iter().filter_map(|item| index[*item as usize]);
            known.collect()
        };
        let mut row = known(&parts.train);
        row.sort_unstable();
        let mut films = known(&parts.test);
        let unknown = parts.test.len() - films.len();
        let all = films.len();
        films.retain(|film| row.binary_search(film).is_err());
        films.sort_unstable();
        left_out.test_films_in_training += (all - films.len()) as u64;
        let test = Test {
            viewer: train.len() as u32,
            films,
            unknown: unknown as u32,
        };
        if test.is_empty() {
            left_out.viewers_without_test_films += 1;
        } else {
            tests.push(test);
        }
        validation.push(known(&parts.validation));
        train.push(row);
    }
    let facts: Vec<Facts> = order.into_iter().map(facts).collect();
    let films_in_catalogue = facts.iter().filter(|(_, known)| *known).count();
    let films: Vec<Movie> = facts.into_iter().map(|(movie, _)| movie).collect();
    let train = Preferences::new(films.len(), train);
    let validation = Preferences::new(films.len(), validation);
    let counts = Counts {
        viewers: train.viewers() as u64,
        viewers_measured: tests.len() as u64,
        films: films.len() as u64,
        films_in_catalogue: films_in_catalogue as u64,
        interactions: train.len() as u64,
        validation_interactions: validation.len() as u64,
        test_interactions: tests.iter().map(|test| test.len() as u64).sum(),
        test_interactions_unknown: tests.iter().map(|test| u64::from(test.unknown)).sum(),
        left_out,
    };
    Task {
        films,
        train,
        validation: (!validation.is_empty()).then_some(validation),
        tests,
        ranked: Ranked::All,
        counts,
    }
}

/// The index of every item that stands in training, and the items by their index.
fn numbered(names: &[&str], viewers: &[Parts]) -> (Vec<Option<u32>>, Vec<u32>) {
    let mut in_training = vec![false; names.len()];
    for item in viewers.iter().flat_map(|parts| &parts.train) {
        in_training[*item as usize] = true;
    }
    let mut order: Vec<u32> = (0..names.len() as u32)
        .filter(|item| in_training[*item as usize])
        .collect();
    order.sort_unstable_by_key(|item| names[*item as usize]);
    let mut index = vec![None; names.len()];
    for (item, at) in order.iter().zip(0..) {
        index[*item as usize] = Some(at);
    }
    (index, order)
}
