//! The protocol of published splits: lists to learn from and lists to find.

use std::path::Path;

use matinee::catalogue::{Movie, MovieId};

use super::warm::{Facts, Parts, assemble};
use super::{EvaluateError, KnownFilms, Task};
use crate::interactions::{Names, UserListReport, UserLists, movie_id, read_user_lists};

/// The files of a split.
#[derive(Clone, Copy, Debug)]
pub struct ListFiles<'a> {
    /// What models learn from.
    pub train: &'a Path,
    /// What is held back.
    pub test: &'a Path,
    /// What settings may be chosen by.
    pub validation: Option<&'a Path>,
    /// Whether more than 1 % of bad lines are skipped all the same.
    pub lenient: bool,
}

/// Makes a task of a published split. Users of the test without a line in training are left out.
/// Gives what was read, file by file, and the source that ids without one were found to be of.
///
/// Films take their facts from `known`: an item is a whole id such as `movielens:1`, or the key of an
/// id of the source that most items are found in.
///
/// # Errors
/// [`EvaluateError::Import`], [`EvaluateError::NothingInCatalogue`].
pub fn user_lists(
    files: ListFiles<'_>,
    known: &KnownFilms,
) -> Result<(Task, Vec<UserListReport>, Option<String>), EvaluateError> {
    let mut items = Names::default();
    let mut read = |path| read_user_lists(path, &mut items, files.lenient);
    let train = read(files.train)?;
    let validation = files.validation.map(&mut read).transpose()?;
    let test = read(files.test)?;
    let facts = ItemFacts::new(&items, known)?;
    let mut reports = vec![train.report.clone()];
    reports.extend(validation.iter().map(|lists| lists.report.clone()));
    reports.push(test.report.clone());
    let only_in_test = test
        .users
        .iter()
        .zip(&test.rows)
        .filter(|(user, row)| train.users.find(user).is_none() && !row.is_empty())
        .count();
    let parts = parts(train, validation.as_ref(), &test);
    let mut task = assemble(&facts.names, parts, |item| facts.of(item));
    let left_out = &mut task.counts.left_out;
    left_out.viewers_without_training_films += only_in_test as u64;
    left_out.bad_rows = reports.iter().map(|report| report.bad_lines).sum();
    Ok((task, reports, facts.source))
}

/// Each training user's lists.
fn parts(train: UserLists, validation: Option<&UserLists>, test: &UserLists) -> Vec<Parts> {
    let row = |lists: &UserLists, user: &str| {
        let row = lists.users.find(user);
        row.map_or_else(Vec::new, |row| lists.rows[row as usize].clone())
    };
    train
        .users
        .iter()
        .zip(train.rows)
        .map(|(user, items)| Parts {
            train: items,
            validation: validation.map_or_else(Vec::new, |lists| row(lists, user)),
            test: row(test, user),
        })
        .collect()
}

/// What catalogues say of items.
struct ItemFacts<'a> {
    names: Vec<&'a str>,
    known: &'a KnownFilms,
    source: Option<String>,
}

impl<'a> ItemFacts<'a> {
    fn new(items: &'a Names, known: &'a KnownFilms) -> Result<Self, EvaluateError> {
        let facts = Self {
            names: items.iter().collect(),
            source: known.source_of(items.iter()),
            known,
        };
        let found = || items.iter().any(|item| facts.place(item).is_some());
        match facts.names.first() {
            Some(example) if !known.is_empty() && !found() => {
                Err(EvaluateError::NothingInCatalogue {
                    items: items.len(),
                    example: (*example).to_owned(),
                })
            }
            _ => Ok(facts),
        }
    }

    fn place(&self, item: &str) -> Option<usize> {
        self.known.named(item, self.source.as_deref())
    }

    fn of(&self, item: u32) -> Facts {
        let name = self.names[item as usize];
        if let Some(place) = self.place(name) {
            return (self.known.movies()[place].clone(), true);
        }
        // Only an empty name is refused, and items have one.
        let id = movie_id("item", name).unwrap_or_else(|_| MovieId::from_title(name, None));
        (Movie::new(id, "", None), false)
    }
}
