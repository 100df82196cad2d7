//! `matinee evaluate ratings`

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use matinee::model::write_rating;
use matinee_local::embedded::now;
use matinee_training::Progress as _;
use matinee_training::film_ratings::{FilmRatingOptions, FilmRatingReport, for_each};
use matinee_training::rating::{RatedFilm, RatedFilms, RatingMetrics, learn, measure};
use serde::Serialize;

use super::super::import::{bad_rows, one_line_each};
use super::super::train::seconds;
use crate::cli::RatingsArgs;
use crate::output;
use crate::progress::Stages;

pub(super) fn run(args: &RatingsArgs) -> anyhow::Result<()> {
    let stages = Stages::new();
    let (train, train_report) = read(&args.train, args, &stages)?;
    let (test, test_report) = read(&args.test, args, &stages)?;
    stages.stage("learning", 0);
    let section = write_rating(&learn(&train, args.seed));
    stages.stage("predicting", 0);
    let metrics = measure(&section, &test)?.context("there is nothing to predict")?;
    let stages = stages.finish();
    let outcome = Outcome {
        metrics,
        train: &train_report,
        test: &test_report,
        learned_from: train.len(),
        section_bytes: section.len(),
        seed: args.seed,
        seconds: seconds(&stages),
    };
    if args.json {
        output::json(&outcome)
    } else {
        Ok(output::result(outcome.said())?)
    }
}

fn read(
    path: &Path,
    args: &RatingsArgs,
    stages: &Stages,
) -> anyhow::Result<(Vec<RatedFilm>, FilmRatingReport)> {
    stages.stage(&format!("reading {}", path.display()), 0);
    let mut rated = RatedFilms::default();
    let options = FilmRatingOptions {
        lenient: args.lenient,
        ..FilmRatingOptions::at(now())
    };
    let report = for_each(path, &options, |one| rated.add(RatedFilm::from(&one)))?;
    if report.bad_rows > 0 {
        output::say(describe(&report));
    }
    Ok((rated.into_rows(), report))
}

/// A file of film ratings that was read, for a person.
pub(in crate::commands) fn describe(report: &FilmRatingReport) -> String {
    let mut lines = vec![format!(
        "{}: {} film ratings of {} rows, {} bad",
        report.path.display(),
        report.ratings,
        report.rows,
        report.bad_rows
    )];
    lines.extend(bad_rows(&report.bad_row_examples, report.bad_rows));
    one_line_each(&lines)
}

/// What was measured, and on what.
#[derive(Serialize)]
struct Outcome<'a> {
    metrics: RatingMetrics,
    train: &'a FilmRatingReport,
    test: &'a FilmRatingReport,
    /// Ratings that were learned from.
    learned_from: usize,
    /// How large the section is that was written and asked.
    section_bytes: usize,
    seed: u64,
    /// By stage, and `total`.
    seconds: BTreeMap<&'a str, f64>,
}

impl Outcome<'_> {
    /// For a person.
    fn said(&self) -> String {
        let metrics = &self.metrics;
        let rows = [
            ("RMSE", metrics.rmse),
            ("MAE", metrics.mae),
            ("Accuracy", metrics.accuracy),
            ("Within one star", metrics.within_one),
            ("Log loss", metrics.log_loss),
            ("Calibration error", metrics.calibration_error),
        ];
        let rows = rows.map(|(name, value)| [name.to_owned(), format!("{value:.4}")]);
        format!(
            "{} ratings predicted, {} learned from\n{}",
            self.test.ratings,
            self.learned_from,
            output::table(&rows)
        )
    }
}
