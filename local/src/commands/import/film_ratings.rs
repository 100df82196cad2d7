//! `matinee import film-ratings`

use std::time::Instant;

use anyhow::Context as _;
use matinee_local::embedded::{BroughtIn, now};
use matinee_training::film_ratings::{FilmRatingOptions, FilmRatingReport};
use serde::Serialize;

use super::{bad_rows, one_line_each};
use crate::cli::ImportFilmRatingsArgs;
use crate::keep::film_ratings::Kept;
use crate::progress::Stages;
use crate::{keep, output};

/// What an import kept.
#[derive(Serialize)]
struct Outcome {
    /// What was read.
    source: String,
    /// The data folder or the table.
    into: String,
    /// Not known before.
    new: u64,
    /// There already, or twice in the file.
    repeats: u64,
    /// Left out: something else has their id.
    conflicts: u64,
    /// How long it took.
    seconds: f64,
    report: FilmRatingReport,
}

pub(super) fn run(args: &ImportFilmRatingsArgs) -> anyhow::Result<()> {
    let begin = Instant::now();
    let stages = Stages::new();
    let source = args.source.to_string();
    let local = args.source.local()?;
    let options = FilmRatingOptions {
        lenient: args.lenient,
        ..FilmRatingOptions::at(now())
    };
    let path = local.path();
    let (into, kept) = match &args.table {
        None => {
            let kept = keep::film_ratings::keep(path, &options, &args.data, &stages);
            (args.data.display().to_string(), kept)
        }
        #[cfg(not(feature = "aws"))]
        Some(_) => anyhow::bail!("this build cannot reach a table"),
        #[cfg(feature = "aws")]
        Some(table) => (table.clone(), into_table(path, &options, table, &stages)),
    };
    let Kept {
        brought,
        mut report,
    } = kept.with_context(|| format!("cannot import {source}"))?;
    stages.finish();
    // Not where a copy of it was for a moment.
    report.path = source.clone().into();
    for bad in &mut report.bad_row_examples {
        bad.file.clone_from(&report.path);
    }
    let BroughtIn {
        new,
        repeats,
        conflicts,
        forgotten: _,
    } = brought;
    let outcome = Outcome {
        source,
        into,
        new,
        repeats,
        conflicts,
        seconds: (begin.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
        report,
    };
    if args.json {
        output::json(&outcome)
    } else {
        Ok(output::result(outcome.described())?)
    }
}

#[cfg(feature = "aws")]
fn into_table(
    path: &std::path::Path,
    options: &FilmRatingOptions,
    table: &str,
    stages: &Stages,
) -> anyhow::Result<Kept> {
    /// The first wait for a table that does not keep up.
    const WAIT: std::time::Duration = std::time::Duration::from_secs(1);

    let clients = matinee_aws::Clients::new(matinee_aws::Pace::tool());
    let films = matinee_aws::DynamoFilms::new(&clients, table);
    keep::film_ratings::put_all(path, options, &films, WAIT, stages)
}

impl Outcome {
    fn described(&self) -> String {
        let Self {
            source,
            into,
            new,
            repeats,
            conflicts,
            seconds,
            report,
        } = self;
        let mut lines = vec![
            format!(
                "{source}: {} film ratings of {} rows, {} bad",
                report.ratings, report.rows, report.bad_rows
            ),
            format!("  {new} new in {into}, {repeats} there already; {seconds:.1} s"),
        ];
        if *conflicts > 0 {
            lines.push(format!(
                "  {conflicts} left out: something else has their ids"
            ));
        }
        lines.extend(bad_rows(&report.bad_row_examples, report.bad_rows));
        if !report.unknown_genres.is_empty() {
            let counts = report.unknown_genres.iter();
            let genres: Vec<String> = counts.map(|(genre, n)| format!("{genre} ({n})")).collect();
            lines.push(format!("  unknown genres: {}", genres.join(", ")));
        }
        one_line_each(&lines)
    }
}
