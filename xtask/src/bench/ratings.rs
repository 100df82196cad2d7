//! How good predicted ratings are on random splits of the public film ratings, and how good those of
//! scikit-learn are on the same ones.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::number::time;
use crate::run::step;
use crate::venv;

/// Below the folder of public data.
const FILE: &str = "iot-film-ratings/movie_ratings_simple.csv";

/// Splits that are measured, and of those how many where little time is to be taken.
const SPLITS: [usize; 2] = [10, 2];

/// The seed of the first split; the others follow.
const SEED: u64 = 20_001;

/// How many rows of a hundred are learned from.
const TRAIN: usize = 70;

/// What predicts, as people are told and as `ratings.py` calls it.
const MODELS: [(&str, &str); 4] = [
    ("matinee", ""),
    ("logistic regression on director, genres, year", "logistic"),
    ("the same, with what we take from titles", "logistic-notes"),
    ("scikit-learn's boosted trees", "boosting"),
];

/// The figures, by their names in JSON, and what ours is to be; log loss is judged beside the others.
const FIGURES: [(&str, &str); 6] = [
    ("rmse", "≤ 0.980"),
    ("mae", ""),
    ("accuracy", "≥ 0.445"),
    ("within_one", "≥ 0.892"),
    ("log_loss", ""),
    ("calibration_error", ""),
];

/// What was found.
pub(crate) struct Ratings {
    /// Of each of [`MODELS`], of each split, the figures in the order of [`FIGURES`].
    reached: Vec<Vec<[f64; FIGURES.len()]>>,
    /// Seconds to learn, split by split, as the program says.
    learning: Vec<f64>,
    section_bytes: u64,
}

/// Measures `program`, built for release, and scikit-learn on the public data in the folder `data`.
pub(crate) fn measure(program: &Path, data: &Path, quick: bool) -> Result<Ratings> {
    let python = venv::python(venv::REFERENCE)?;
    let path = data.join(FILE);
    let text = fs::read_to_string(&path).with_context(|| {
        format!(
            "cannot read {}: it is a file of the public data",
            path.display()
        )
    })?;
    let work = std::env::temp_dir().join(format!("matinee-ratings-{}", std::process::id()));
    fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let found = splits(&text, &work, program, &python, SPLITS[usize::from(quick)]);
    fs::remove_dir_all(&work).with_context(|| format!("cannot remove {}", work.display()))?;
    found
}

fn splits(
    table: &str,
    work: &Path,
    program: &Path,
    python: &Path,
    splits: usize,
) -> Result<Ratings> {
    let mut found = Ratings {
        reached: vec![Vec::new(); MODELS.len()],
        learning: Vec::new(),
        section_bytes: 0,
    };
    for seed in (SEED..).take(splits) {
        step(&format!("film ratings, split {seed}"));
        let files = split(table, seed, work)?;
        for ((_, name), reached) in MODELS.iter().zip(&mut found.reached) {
            let mut command = if name.is_empty() {
                let mut command = Command::new(program);
                command.args(["evaluate", "ratings", "--json", "--train"]);
                command.arg(&files[0]).arg("--test").arg(&files[1]);
                command
            } else {
                let mut command = Command::new(python);
                command.arg("integration/reference/ratings.py");
                command.args(&files).arg(name);
                command
            };
            let printed = printed(&mut command)?;
            let mut figures = [0.0; FIGURES.len()];
            for (figure, (name, _)) in figures.iter_mut().zip(FIGURES) {
                *figure = number(&printed["metrics"][name])?;
            }
            reached.push(figures);
            if name.is_empty() {
                found
                    .learning
                    .push(number(&printed["seconds"]["learning"])?);
                found.section_bytes = printed["section_bytes"].as_u64().unwrap_or(0);
            }
        }
    }
    Ok(found)
}

/// Writes a random split: the training part, the test part, each with the header. Rows are lines; none
/// of this file runs over several.
fn split(table: &str, seed: u64, work: &Path) -> Result<[PathBuf; 2]> {
    let (header, rows) = table
        .split_once('\n')
        .context("the film ratings have no rows")?;
    let mut rows: Vec<&str> = rows.lines().collect();
    shuffle(&mut rows, seed);
    let (learned, predicted) = rows.split_at(rows.len() * TRAIN / 100);
    let files = ["train.csv", "test.csv"].map(|name| work.join(name));
    for (path, rows) in files.iter().zip([learned, predicted]) {
        let text = format!("{header}\n{}\n", rows.join("\n"));
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(files)
}

/// Fisher and Yates, with the numbers of `SplitMix64`.
fn shuffle<T>(rows: &mut [T], seed: u64) {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    };
    for at in (1..rows.len()).rev() {
        rows.swap(at, (next() % (at as u64 + 1)) as usize);
    }
}

/// The JSON that a command prints.
fn printed(command: &mut Command) -> Result<Value> {
    let what = command.get_program().display().to_string();
    let output = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {what}"))?;
    ensure!(output.status.success(), "{what} failed");
    serde_json::from_slice(&output.stdout).with_context(|| format!("{what} printed no JSON"))
}

fn number(found: &Value) -> Result<f64> {
    let number = found.as_f64();
    number.context("a figure is missing in what was printed")
}

/// Mean and standard deviation.
fn spread(values: impl Iterator<Item = f64> + Clone) -> [f64; 2] {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
    [mean, (squares / (count - 1.0).max(1.0)).sqrt()]
}

impl Ratings {
    fn figure(&self, model: usize, figure: usize) -> [f64; 2] {
        spread(self.reached[model].iter().map(|figures| figures[figure]))
    }

    /// By which share our log loss is below that of a model.
    fn ahead(&self, model: usize) -> f64 {
        let [ours, theirs] = [0, model].map(|model| self.figure(model, 4)[0]);
        1.0 - ours / theirs
    }

    fn learning(&self) -> f64 {
        spread(self.learning.iter().copied())[0]
    }

    /// The table for people.
    pub(crate) fn markdown(&self) -> String {
        // Writing into a string cannot fail.
        let mut text = String::from("| | aim |");
        for (name, _) in MODELS {
            let _ = write!(text, " {name} |");
        }
        text += "\n|---|---|";
        text += &"---:|".repeat(MODELS.len());
        for (at, (name, aim)) in FIGURES.iter().enumerate() {
            let _ = write!(text, "\n| {} | {aim} |", name.replace('_', " "));
            for model in 0..MODELS.len() {
                let [mean, deviation] = self.figure(model, at);
                let _ = write!(text, " {mean:.4} ± {deviation:.4} |");
            }
        }
        let _ = write!(
            text,
            "\n\nMean and standard deviation over {} random splits, {TRAIN} % learned from, seeds from {SEED} on. \
             Log loss is {:.1} % below that of logistic regression (aim: 5 %), {:.1} % where that knows \
             the titles too. Learning took {}, the section {} bytes.",
            self.learning.len(),
            self.ahead(1) * 100.0,
            self.ahead(2) * 100.0,
            time(self.learning()),
            super::number::count(self.section_bytes),
        );
        text
    }

    /// The same for machines.
    pub(crate) fn json(&self) -> Value {
        let models = MODELS.iter().enumerate().map(|(model, (name, _))| {
            let figures = FIGURES.iter().enumerate().map(|(at, (figure, _))| {
                let [mean, deviation] = self.figure(model, at);
                (
                    (*figure).to_owned(),
                    json!({ "mean": mean, "deviation": deviation }),
                )
            });
            json!({ "model": name, "figures": figures.collect::<serde_json::Map<_, _>>() })
        });
        json!({
            "models": models.collect::<Value>(),
            "splits": self.learning.len(),
            "seed": SEED,
            "ahead_of_logistic": self.ahead(1),
            "ahead_of_logistic_with_titles": self.ahead(2),
            "learning_seconds": self.learning(),
            "section_bytes": self.section_bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_has_every_row_once_and_another_seed_another_one() {
        let work = std::env::temp_dir().join(format!("matinee-split-{}", std::process::id()));
        fs::create_dir_all(&work).unwrap();
        let rows: Vec<String> = (0..100).map(|row| row.to_string()).collect();
        let text = format!("title\n{}\n", rows.join("\n"));
        let parts = |seed| {
            let files = split(&text, seed, &work).unwrap();
            files.map(|path| fs::read_to_string(path).unwrap())
        };
        let [learned, predicted] = parts(1);
        assert_eq!(
            (learned.lines().count(), predicted.lines().count()),
            (71, 31)
        );
        let mut all: Vec<&str> = learned.lines().chain(predicted.lines()).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 101);
        assert_ne!(parts(2)[0], learned);
        assert_eq!(parts(1), [learned, predicted]);
        fs::remove_dir_all(&work).unwrap();
    }

    #[test]
    fn figures_are_told_with_mean_and_spread() {
        let of = |loss| {
            vec![
                [1.0, 1.0, 0.4, 0.9, loss, 0.1],
                [3.0, 1.0, 0.4, 0.9, loss, 0.1],
            ]
        };
        let found = Ratings {
            reached: vec![of(0.9), of(1.0), of(0.95), of(2.0)],
            learning: vec![1.0, 2.0],
            section_bytes: 12_345,
        };
        let text = found.markdown();
        assert!(
            text.contains("| rmse | ≤ 0.980 | 2.0000 ± 1.4142 |"),
            "{text}"
        );
        assert!(
            text.contains("10.0 % below") && text.contains("12,345 bytes"),
            "{text}"
        );
        let json = found.json();
        assert_eq!(json["models"][0]["figures"]["log_loss"]["mean"], 0.9);
    }
}
