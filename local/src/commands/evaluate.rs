//! `matinee evaluate`

pub(super) mod ratings;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use matinee_local::embedded::now;
use matinee_training::evaluate::{
    Catalogue, Counts, Fitted, KnownFilms, LikeRule, Likes, ListFiles, Method, Metrics, Split,
    Task, WeightsSettings, evaluate, split, unseen_films, user_lists,
};
use matinee_training::ingest::ImportOptions;
use matinee_training::interactions::{InteractionOptions, UserListReport};
use matinee_training::{Progress as _, available_memory};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::import::{bad_rows, describe, describe_interactions, one_line_each};
use super::train::seconds;
use crate::cli::{Evaluate, EvaluateArgs, Measured, Model, Protocol};
use crate::output;
use crate::progress::Stages;
use crate::settings::dense_films;

/// The share held back, where no other is named.
const SHARE: f64 = 0.2;

/// The seed of random splits, where no other is named.
const SEED: u64 = 1;

pub(crate) fn run(args: &Evaluate) -> anyhow::Result<()> {
    match args {
        Evaluate {
            other: Some(Measured::Ratings(args)),
            ..
        } => ratings::run(args),
        Evaluate {
            lists: Some(args), ..
        } => lists(args),
        Evaluate { .. } => anyhow::bail!("--protocol is missing"),
    }
}

fn lists(args: &EvaluateArgs) -> anyhow::Result<()> {
    let stages = Stages::new();
    let (task, settings) = task(args, &stages)?;
    let method = method(args)?;
    let Fitted {
        scorer,
        settings: of_model,
    } = method.fit(&task, &|plan| output::say(plan), &stages)?;
    let metrics = evaluate(scorer.as_ref(), &task, &stages)?;
    let stages = stages.finish();
    let outcome = Outcome {
        model: args.model.to_string(),
        protocol: args.protocol.to_string(),
        settings: json!({ "model": of_model, "protocol": settings }),
        metrics,
        counts: &task.counts,
        seconds: seconds(&stages),
    };
    if args.json {
        output::json(&outcome)
    } else {
        Ok(output::result(outcome.said())?)
    }
}

fn method(args: &EvaluateArgs) -> anyhow::Result<Method> {
    Ok(match args.model {
        Model::Popularity => Method::Popularity,
        Model::Tfidf => Method::TfIdf,
        Model::Itemknn => Method::ItemKnn {
            neighbours: weights_settings(args)?.neighbours,
        },
        Model::Ease => Method::Ease {
            lambda: args.lambda,
            settings: weights_settings(args)?,
        },
        Model::Matinee => Method::Matinee(weights_settings(args)?),
    })
}

fn weights_settings(args: &EvaluateArgs) -> anyhow::Result<WeightsSettings> {
    let usual = WeightsSettings::default();
    Ok(WeightsSettings {
        neighbours: args.neighbours.map_or(usual.neighbours, usize::from),
        dense_films: dense_films(usual.dense_films)?,
        seed: args.seed.unwrap_or(usual.seed),
        memory: available_memory(),
    })
}

/// What was measured, and on what.
#[derive(Serialize)]
struct Outcome<'a> {
    model: String,
    protocol: String,
    settings: Value,
    metrics: Metrics,
    counts: &'a Counts,
    /// By stage, and `total`.
    seconds: BTreeMap<&'a str, f64>,
}

impl Outcome<'_> {
    /// For a person.
    fn said(&self) -> String {
        let heading = ["@", "Recall", "NDCG", "MAP", "Coverage", "Novelty"].map(str::to_owned);
        let rows = self.metrics.iter().map(|(k, at)| {
            [
                k.to_string(),
                format!("{:.4}", at.recall),
                format!("{:.4}", at.ndcg),
                format!("{:.4}", at.map),
                format!("{:.4}", at.coverage),
                format!("{:.2}", at.novelty),
            ]
        });
        let rows: Vec<[String; 6]> = std::iter::once(heading).chain(rows).collect();
        let table = output::table(&rows);
        let Self {
            model, protocol, ..
        } = self;
        format!("{model}, {protocol}: {}\n{table}", counted(self.counts))
    }
}

/// How much was measured and what was left out.
fn counted(counts: &Counts) -> String {
    let left_out = &counts.left_out;
    let text = format!(
        "{} viewers measured of {}, {} films, {} interactions to learn from, {} held back",
        counts.viewers_measured,
        counts.viewers,
        counts.films,
        counts.interactions,
        counts.test_interactions
    );
    let notes = [
        (
            counts.test_interactions_unknown,
            "held back of films that nobody has in training: these cannot be found",
        ),
        (
            left_out.viewers_without_training_films,
            "viewers left out who have no training films",
        ),
        (
            left_out.viewers_without_test_films,
            "viewers not measured who have no test films",
        ),
        (
            left_out.test_films_in_training,
            "test films left out that the viewer has in training",
        ),
        (
            left_out.likes_of_other_films,
            "likes left out of films that do not take part",
        ),
        (
            left_out.unseen_films_unknown,
            "ids of unseen films that no film has",
        ),
        (left_out.bad_rows, "bad rows skipped"),
    ];
    let notes = notes.into_iter().filter(|(count, _)| *count > 0);
    let notes: Vec<String> = notes
        .map(|(count, note)| format!("\n  {count} {note}"))
        .collect();
    text + &notes.concat()
}

/// Reads what the protocol needs. The task, and what it was made with.
fn task(args: &EvaluateArgs, stages: &Stages) -> anyhow::Result<(Task, Map<String, Value>)> {
    let mut settings = Map::new();
    let catalogues = catalogues(args, stages)?;
    if !args.catalogues.is_empty() {
        settings.insert("catalogues".to_owned(), paths(&args.catalogues));
    }
    let task = match args.protocol {
        Protocol::UserLists => {
            let known = KnownFilms::new(catalogues);
            of_lists(args, &known, stages, &mut settings)?
        }
        Protocol::UnseenFilms => {
            let likes = likes(args, stages, &mut settings)?;
            of_unseen(args, catalogues, &likes, stages, &mut settings)?
        }
        Protocol::Random | Protocol::LeaveLastOut | Protocol::ByTime => {
            let known = KnownFilms::new(catalogues);
            let likes = likes(args, stages, &mut settings)?;
            let share = args.share.unwrap_or(SHARE);
            let how = match args.protocol {
                Protocol::Random => {
                    let seed = args.seed.unwrap_or(SEED);
                    settings.insert("seed".to_owned(), json!(seed));
                    Split::Random { share, seed }
                }
                Protocol::ByTime => Split::ByTime { share },
                _ => Split::LeaveLastOut,
            };
            if how != Split::LeaveLastOut {
                settings.insert("share".to_owned(), json!(share));
            }
            stages.stage("splitting", 0);
            split(&likes, &known, how)?
        }
    };
    Ok((task, settings))
}

fn catalogues(args: &EvaluateArgs, stages: &Stages) -> anyhow::Result<Vec<Catalogue>> {
    let mut catalogues = Vec::new();
    for path in &args.catalogues {
        stages.stage(&format!("reading {}", path.display()), 0);
        let catalogue = Catalogue::read(path, &import_options(args))?;
        if catalogue.report.bad_rows > 0 {
            output::say(describe(&catalogue.report));
        }
        catalogues.push(catalogue);
    }
    Ok(catalogues)
}

fn import_options(args: &EvaluateArgs) -> ImportOptions {
    ImportOptions {
        lenient: args.lenient,
    }
}

fn likes(
    args: &EvaluateArgs,
    stages: &Stages,
    settings: &mut Map<String, Value>,
) -> anyhow::Result<Likes> {
    stages.stage("reading interactions", 0);
    let rule = LikeRule {
        min_stars: args.min_stars.unwrap_or(LikeRule::default().min_stars),
        clicks: args.clicks,
    };
    let options = InteractionOptions {
        lenient: args.lenient,
        ..InteractionOptions::at(now())
    };
    let likes = Likes::read(&args.interactions, &options, &rule)?;
    for report in likes.reports.iter().filter(|report| report.bad_rows > 0) {
        output::say(describe_interactions(report));
    }
    settings.insert("interactions".to_owned(), paths(&args.interactions));
    settings.insert("min_stars".to_owned(), json!(rule.min_stars));
    settings.insert("clicks".to_owned(), json!(rule.clicks));
    Ok(likes)
}

fn of_lists(
    args: &EvaluateArgs,
    known: &KnownFilms,
    stages: &Stages,
    settings: &mut Map<String, Value>,
) -> anyhow::Result<Task> {
    stages.stage("reading lists", 0);
    let files = ListFiles {
        train: args.train.as_deref().context("--train is missing")?,
        test: args.test.as_deref().context("--test is missing")?,
        validation: args.validation.as_deref(),
        lenient: args.lenient,
    };
    let (task, reports, source) = user_lists(files, known)?;
    for report in reports.iter().filter(|report| report.bad_lines > 0) {
        output::say(describe_lists(report));
    }
    settings.insert("train".to_owned(), path(files.train));
    settings.insert("test".to_owned(), path(files.test));
    if let Some(validation) = files.validation {
        settings.insert("validation".to_owned(), path(validation));
    }
    if let Some(source) = source {
        settings.insert("id_source".to_owned(), json!(source));
    }
    Ok(task)
}

fn describe_lists(report: &UserListReport) -> String {
    let mut lines = vec![format!(
        "{}: {} lines, {} pairs, {} repeated, {} lines bad",
        report.path.display(),
        report.lines,
        report.pairs,
        report.repeats,
        report.bad_lines
    )];
    lines.extend(bad_rows(&report.bad_line_examples, report.bad_lines));
    one_line_each(&lines)
}

fn of_unseen(
    args: &EvaluateArgs,
    catalogues: Vec<Catalogue>,
    likes: &Likes,
    stages: &Stages,
    settings: &mut Map<String, Value>,
) -> anyhow::Result<Task> {
    stages.stage("hiding films", 0);
    let unseen = args.unseen.as_deref().context("--unseen is missing")?;
    let interactions = args.interactions.first();
    let interactions = interactions.context("--interactions is missing")?;
    let options = import_options(args);
    let (task, source) = unseen_films(unseen, likes, interactions, catalogues, options)?;
    settings.insert("unseen".to_owned(), path(unseen));
    if let Some(source) = source {
        settings.insert("id_source".to_owned(), json!(source));
    }
    Ok(task)
}

/// A path as JSON has it: text, even where a name is none.
fn path(path: &Path) -> Value {
    path.display().to_string().into()
}

fn paths(paths: &[PathBuf]) -> Value {
    paths.iter().map(|one| path(one)).collect()
}
