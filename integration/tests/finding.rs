//! How often the film somebody means is found, over all titles of a public catalogue, said
//! plainly and with slips; and how often a phrase that is no film is taken for one.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::HashMap;
use std::fs;
use std::io::{Write as _, stderr};
use std::path::Path;
use std::process::Command;

use matinee_integration::spoken::{Chance, spoken};
use matinee_integration::{data, python, run};
use serde_json::Value;
use tempfile::TempDir;

/// (id, spoken form) of every film whose spoken form is its alone.
fn unique_forms(catalogue: &str) -> Vec<(String, String)> {
    let catalogue = fs::read(catalogue).unwrap();
    let mut rows = csv::Reader::from_reader(catalogue.as_slice());
    let mut forms: HashMap<String, Vec<String>> = HashMap::new();
    for row in rows.records() {
        let row = row.unwrap();
        if let Some(form) = spoken(&row[1]) {
            forms
                .entry(form)
                .or_default()
                .push(format!("tmdb:{}", &row[0]));
        }
    }
    let mut unique: Vec<(String, String)> = forms
        .into_iter()
        .filter(|(_, ids)| ids.len() == 1)
        .map(|(form, mut ids)| (ids.remove(0), form))
        .collect();
    unique.sort();
    unique
}

/// A folder with a model of the catalogue.
fn trained(catalogue: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let train = ["train", "--catalogue", catalogue, "--out", "models"];
    let _ = run(dir.path(), &train, "").done();
    dir
}

/// What `matinee find` takes each phrase for: an id, or nothing.
fn find(dir: &Path, phrases: &[String]) -> Vec<Option<String>> {
    let found = run(
        dir,
        &["find", "--models", "models", "--json"],
        phrases.join("\n"),
    )
    .done();
    let ids: Vec<Option<String>> = found
        .lines()
        .iter()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["movie"]["id"].as_str().map(str::to_owned)
        })
        .collect();
    assert_eq!(ids.len(), phrases.len());
    ids
}

/// The share of phrases that give their film, in percent; says it, with a few misses.
fn accuracy(dir: &Path, what: &str, cases: &[(String, String)]) -> f64 {
    let phrases: Vec<String> = cases.iter().map(|(_, phrase)| phrase.clone()).collect();
    let found = find(dir, &phrases);
    let missed: Vec<(&String, &Option<String>)> = cases
        .iter()
        .zip(&found)
        .filter(|((id, _), found)| found.as_ref() != Some(id))
        .map(|((_, phrase), found)| (phrase, found))
        .collect();
    let share = 100.0 * (1.0 - missed.len() as f64 / cases.len() as f64);
    let few: Vec<_> = missed.iter().take(MISSES_SHOWN).collect();
    let _ = writeln!(
        stderr(),
        "{what}: {share:.2} % of {} — {few:?}",
        cases.len()
    );
    share
}

const MISSES_SHOWN: usize = 8;

/// One edit for forms of this length, spaces included, two edits for longer ones.
const ONE_EDIT_FROM: usize = 7;
const TWO_EDITS_FROM: usize = 10;

fn edited(
    cases: &[(String, String)],
    edits: usize,
    from: usize,
    seed: u64,
) -> Vec<(String, String)> {
    let mut chance = Chance::new(seed);
    cases
        .iter()
        .filter(|(_, form)| form.len() >= from)
        .map(|(id, form)| {
            let phrase = (0..edits).fold(form.clone(), |phrase, _| chance.edit(&phrase));
            (id.clone(), phrase)
        })
        .collect()
}

fn one_word_dropped(cases: &[(String, String)], seed: u64) -> Vec<(String, String)> {
    let mut chance = Chance::new(seed);
    cases
        .iter()
        .filter(|(_, form)| form.split(' ').count() >= 4)
        .map(|(id, form)| {
            let mut words: Vec<&str> = form.split(' ').collect();
            words.remove(chance.below(words.len()));
            (id.clone(), words.join(" "))
        })
        .collect()
}

fn without_article(cases: &[(String, String)]) -> Vec<(String, String)> {
    cases
        .iter()
        .filter_map(|(id, form)| {
            let bare = ["the ", "a ", "an "]
                .iter()
                .find_map(|article| form.strip_prefix(article))?;
            Some((id.clone(), bare.to_owned()))
        })
        .collect()
}

#[test]
fn the_film_somebody_means_is_found_in_spite_of_slips() {
    let Some(catalogue) = data("tmdb-10k/movies.csv") else {
        return;
    };
    let dir = trained(&catalogue);
    let dir = dir.path();
    let cases = unique_forms(&catalogue);
    for (what, cases, least) in [
        ("as spoken", cases.clone(), 99.5),
        ("one edit", edited(&cases, 1, ONE_EDIT_FROM, 1), 99.0),
        ("two edits", edited(&cases, 2, TWO_EDITS_FROM, 2), 98.0),
        ("one word dropped", one_word_dropped(&cases, 3), 94.0),
        ("leading article dropped", without_article(&cases), 88.0),
    ] {
        let share = accuracy(dir, what, &cases);
        assert!(share >= least, "{what}: {share:.2} %, expected {least} %");
    }
}

/// The commonest English words, the commonest first.
fn common_words(python: &Path, count: usize) -> Vec<String> {
    let code = format!("import wordfreq; print(*wordfreq.top_n_list('en', {count}), sep='\\n')");
    let words = Command::new(python).args(["-c", &code]).output().unwrap();
    assert!(words.status.success(), "{words:?}");
    let words = String::from_utf8(words.stdout).unwrap();
    words.lines().map(str::to_owned).collect()
}

#[test]
fn two_common_words_are_hardly_ever_taken_for_a_film() {
    let (Some(catalogue), Some(python)) = (data("tmdb-10k/movies.csv"), python()) else {
        return;
    };
    let dir = trained(&catalogue);
    let words = common_words(&python, 5000);
    assert_eq!(words.len(), 5000);
    let mut chance = Chance::new(4);
    let mut word = || words[chance.below(words.len())].clone();
    let pairs: Vec<String> = (0..1000)
        .map(|_| format!("{} {}", word(), word()))
        .collect();
    let taken: Vec<(String, String)> = find(dir.path(), &pairs)
        .into_iter()
        .zip(pairs)
        .filter_map(|(id, pair)| Some((pair, id?)))
        .collect();
    let _ = writeln!(
        stderr(),
        "taken for a film: {} of 1000 — {taken:?}",
        taken.len()
    );
    assert!(taken.len() <= 20, "{taken:?}");
}
