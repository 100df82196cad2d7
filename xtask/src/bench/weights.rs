//! What is learned from viewers: how good the lists are on the public splits, what is lost on the way to
//! a model's bytes, and what learning takes.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::number::{count, rounded, time};
use crate::run::{cargo_command, step};
use crate::venv;

/// Films of the system that numpy solves too.
const FILMS: &str = "6000";

/// Viewers, films and interactions of the largest thing that one machine is to learn.
const LARGE: [&str; 3] = ["1000000", "20000", "20000000"];

/// How good a figure is to be.
#[derive(Clone, Copy, Debug)]
enum Aim {
    None,
    AtLeast(f64),
    /// A known figure, and how far from it.
    Near(f64, f64),
}

impl Aim {
    fn kept(self, found: f64) -> bool {
        match self {
            Self::None => true,
            Self::AtLeast(least) => found >= least,
            Self::Near(known, by) => (found - known).abs() <= by,
        }
    }

    fn shown(self) -> String {
        match self {
            Self::None => String::new(),
            Self::AtLeast(least) => format!("≥ {least}"),
            Self::Near(known, by) => format!("{known} ± {by}"),
        }
    }
}

/// A run of `matinee evaluate`.
struct Run {
    on: &'static str,
    model: &'static str,
    /// Words that begin with `@` are paths in the folder of public data.
    arguments: &'static [&'static str],
    /// Of NDCG@20 and Recall@20.
    aims: [Aim; 2],
}

const LIKES: &[&str] = &[
    "--protocol",
    "user-lists",
    "--train",
    "@splits/mls-likes-train.txt",
    "--test",
    "@splits/mls-likes-test.txt",
    "--catalogue",
    "@movielens-latest-small",
    "--catalogue",
    "@tmdb-10k/movies.csv",
];

const RATINGS: &[&str] = &[
    "--protocol",
    "user-lists",
    "--train",
    "@splits/ml100k-train.txt",
    "--validation",
    "@splits/ml100k-validation.txt",
    "--test",
    "@splits/ml100k-test.txt",
];

const UNSEEN: &[&str] = &[
    "--protocol",
    "unseen-films",
    "--unseen",
    "@splits/unseen-films.txt",
    "--interactions",
    "@movielens-latest-small",
    "--catalogue",
    "@movielens-latest-small",
    "--catalogue",
    "@tmdb-10k/movies.csv",
];

const fn run(
    on: &'static str,
    model: &'static str,
    arguments: &'static [&'static str],
    aims: [Aim; 2],
) -> Run {
    Run {
        on,
        model,
        arguments,
        aims,
    }
}

const RUNS: [Run; 8] = [
    run("likes", "itemknn", LIKES, [Aim::None; 2]),
    run(
        "likes",
        "ease",
        LIKES,
        [Aim::Near(0.276, 0.002), Aim::Near(0.275, 0.002)],
    ),
    run(
        "likes",
        "matinee",
        LIKES,
        [Aim::AtLeast(0.287), Aim::AtLeast(0.281)],
    ),
    run("ratings", "itemknn", RATINGS, [Aim::None; 2]),
    run("ratings", "ease", RATINGS, [Aim::None; 2]),
    run(
        "ratings",
        "matinee",
        RATINGS,
        [Aim::AtLeast(0.366), Aim::AtLeast(0.324)],
    ),
    run("unseen films", "tfidf", UNSEEN, [Aim::None; 2]),
    run(
        "unseen films",
        "matinee",
        UNSEEN,
        [Aim::AtLeast(0.34), Aim::AtLeast(0.345)],
    ),
];

/// What was found.
pub(crate) struct Learned {
    /// What [`RUNS`] reached, as many; none where the public data is missing.
    reached: Option<Vec<[f64; 2]>>,
    /// What `weights_kept` printed, where the public data is there.
    kept: Option<Value>,
    /// Seconds of our EASE, of numpy's and of LAPACK's Cholesky.
    ease: [f64; 3],
    /// What `weights_cost learn` printed; left out where little time is to be taken.
    large: Option<Value>,
}

/// Measures with `program`, built for release, on the public data in the folder `data`.
pub(crate) fn measure(program: &Path, data: &Path, quick: bool) -> Result<Learned> {
    let python = venv::python(venv::REFERENCE)?;
    let there = data.join("splits").is_dir();
    if !there {
        step(&format!(
            "no {}: lists are not measured",
            data.join("splits").display()
        ));
    }
    let reached = there
        .then(|| RUNS.iter().map(|run| run.reached(program, data)).collect())
        .transpose()?;
    let kept = there.then(|| kept(data)).transpose()?;
    step(&format!("EASE of {FILMS} films, by us and by numpy"));
    let ours = example("weights_cost", &["ease".as_ref(), FILMS.as_ref()])?;
    let mut theirs = Command::new(python);
    let theirs = printed(theirs.args(["integration/reference/ease.py", FILMS]))?;
    let ease = [
        number(&ours["weights_too_seconds"])?,
        number(&theirs["numpy_seconds"])?,
        number(&theirs["cholesky_seconds"])?,
    ];
    let large = (!quick).then(|| {
        step("learning from 20 million invented interactions");
        let [viewers, films, interactions] = LARGE.map(Path::new);
        example(
            "weights_cost",
            &["learn".as_ref(), viewers, films, interactions],
        )
    });
    Ok(Learned {
        reached,
        kept,
        ease,
        large: large.transpose()?,
    })
}

impl Run {
    /// NDCG@20 and Recall@20.
    fn reached(&self, program: &Path, data: &Path) -> Result<[f64; 2]> {
        step(&format!("{} on {}", self.model, self.on));
        let mut command = Command::new(program);
        command.args(["evaluate", "--json", "--model", self.model]);
        for word in self.arguments {
            match word.strip_prefix('@') {
                Some(path) => command.arg(data.join(path)),
                None => command.arg(word),
            };
        }
        let metrics = &printed(&mut command)?["metrics"];
        Ok([number(&metrics["ndcg@20"])?, number(&metrics["recall@20"])?])
    }
}

fn kept(data: &Path) -> Result<Value> {
    step("what is lost from all weights to a model's bytes");
    let paths = LIKES.iter().filter_map(|word| word.strip_prefix('@'));
    let paths: Vec<_> = paths.map(|path| data.join(path)).collect();
    let paths: Vec<&Path> = paths.iter().map(AsRef::as_ref).collect();
    example("weights_kept", &paths)
}

fn example(name: &str, arguments: &[&Path]) -> Result<Value> {
    let mut command = cargo_command();
    command
        .args(["run", "--release", "--locked", "--package"])
        .args(["matinee-training", "--example", name, "--"])
        .args(arguments);
    printed(&mut command)
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
    found
        .as_f64()
        .context("a figure is missing in what was printed")
}

impl Learned {
    /// The tables for people.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        if let Some(reached) = &self.reached {
            text += "| | model | NDCG@20 | aim | Recall@20 | aim |\n|---|---|---:|---|---:|---|\n";
            for (run, [ndcg, recall]) in RUNS.iter().zip(reached) {
                let [of_ndcg, of_recall] = [(run.aims[0], *ndcg), (run.aims[1], *recall)]
                    .map(|(aim, found)| judged(aim, found));
                let Run { on, model, .. } = run;
                let _ = writeln!(
                    text,
                    "| {on} | {model} | {ndcg:.4} | {of_ndcg} | {recall:.4} | {of_recall} |"
                );
            }
            let ahead = ahead(reached) * 100.0;
            let _ = writeln!(
                text,
                "\nOn ratings matinee is {ahead:.1} % ahead of ease, its ridge chosen in the same way \
                 (aim: 0.8 %).\n"
            );
        }
        if let Some(kept) = &self.kept {
            let ndcg = |of: &str| kept[of]["ndcg@20"].as_f64().unwrap_or(f64::NAN);
            let change = |from, to| (ndcg(to) / ndcg(from) - 1.0) * 100.0;
            let _ = writeln!(
                text,
                "From all weights ({:.4}) to 200 neighbours NDCG@20 changes by {:+.2} % (aim: at most \
                 -0.5), from these to the section's bytes by {:+.2} % (aim: at most -0.2), at {:.2} \
                 bytes a neighbour (aim: 3).\n",
                ndcg("all"),
                change("all", "kept"),
                change("kept", "stored"),
                kept["bytes_per_neighbour"].as_f64().unwrap_or(f64::NAN),
            );
        }
        let [ours, numpy, cholesky] = self.ease;
        let _ = writeln!(
            text,
            "EASE of {} films, Gram matrix and weights included: {}; by numpy's inverse {} ({} × as \
             long), by LAPACK's Cholesky {} ({} ×).",
            count(FILMS.parse().unwrap_or(0)),
            time(ours),
            time(numpy),
            rounded(numpy / ours),
            time(cholesky),
            rounded(cholesky / ours),
        );
        if let Some(large) = &self.large {
            let of = |name: &str| large[name].as_f64().unwrap_or(f64::NAN);
            let _ = writeln!(
                text,
                "\n{} viewers, {} films and {} interactions, invented: {} min (aim: 15) and {} GB at \
                 most (aim: 10) on {} threads, settings chosen.",
                count(large["plan"]["viewers"].as_u64().unwrap_or(0)),
                count(large["plan"]["films"].as_u64().unwrap_or(0)),
                count(large["plan"]["interactions"].as_u64().unwrap_or(0)),
                rounded(of("seconds") / 60.0),
                rounded(of("most_memory_gb")),
                large["threads"],
            );
        }
        text.truncate(text.trim_end().len());
        text
    }

    /// The same for machines.
    pub(crate) fn json(&self) -> Value {
        let lists = self.reached.iter().flatten().zip(&RUNS);
        let lists = lists.map(|([ndcg, recall], run)| {
            json!({
                "on": run.on,
                "model": run.model,
                "ndcg@20": ndcg,
                "recall@20": recall,
                "aims_kept": run.aims[0].kept(*ndcg) && run.aims[1].kept(*recall),
            })
        });
        let [ours, numpy, cholesky] = self.ease;
        json!({
            "lists": lists.collect::<Value>(),
            "ahead_of_ease": self.reached.as_deref().map(ahead),
            "kept": self.kept,
            "ease_seconds": { "matinee": ours, "numpy": numpy, "cholesky": cholesky },
            "large": self.large,
        })
    }
}

/// An aim, and whether it was missed.
fn judged(aim: Aim, found: f64) -> String {
    let missed = if aim.kept(found) { "" } else { ", missed" };
    aim.shown() + missed
}

/// By which share our NDCG on ratings is ahead of that of EASE.
fn ahead(reached: &[[f64; 2]]) -> f64 {
    let of = |model| {
        let at = RUNS
            .iter()
            .position(|run| (run.on, run.model) == ("ratings", model));
        at.and_then(|at| reached.get(at))
            .map_or(f64::NAN, |[ndcg, _]| *ndcg)
    };
    of("matinee") / of("ease") - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(ndcg: f64) -> Learned {
        let mut reached = vec![[0.1, 0.1]; RUNS.len()];
        reached[4] = [0.3640, 0.32];
        reached[5] = [ndcg, 0.33];
        Learned {
            reached: Some(reached),
            kept: None,
            ease: [2.0, 6.0, 3.0],
            large: None,
        }
    }

    #[test]
    fn what_misses_its_aim_is_marked() {
        let text = learned(0.3676).markdown();
        assert!(
            text.contains("| ratings | matinee | 0.3676 | ≥ 0.366 | 0.3300 | ≥ 0.324 |"),
            "{text}"
        );
        assert!(
            text.contains("1.0 % ahead") && text.contains("3.00 × as"),
            "{text}"
        );
        let text = learned(0.3659).markdown();
        assert!(text.contains("| 0.3659 | ≥ 0.366, missed |"), "{text}");
        assert!(!Aim::Near(0.276, 0.002).kept(0.279) && Aim::Near(0.276, 0.002).kept(0.2745));
    }

    #[test]
    fn machines_are_told_the_same() {
        let json = learned(0.3676).json();
        assert_eq!(json["lists"][5]["aims_kept"], true);
        assert_eq!(json["lists"][2]["aims_kept"], false);
        assert!(
            (json["ahead_of_ease"].as_f64().unwrap() - 0.00989).abs() < 1e-5,
            "{json}"
        );
    }
}
