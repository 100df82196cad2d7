//! `matinee import --check`

use matinee_local::embedded::now;
use matinee_training::Progress as _;
use matinee_training::ingest::{self, BadRow, ImportOptions, ImportReport};
use matinee_training::interactions::{self, InteractionOptions, InteractionReport};

use crate::cli::ImportArgs;
use crate::output;
use crate::progress::Stages;

pub(crate) fn run(args: &ImportArgs) -> anyhow::Result<()> {
    if args.interactions {
        return of_interactions(args);
    }
    let stages = Stages::new();
    stages.stage("importing", 0);
    let options = ImportOptions {
        lenient: args.lenient,
    };
    let imported = ingest::import(&args.check, &options)?;
    stages.finish();
    if args.json {
        output::json(&imported.report)
    } else {
        Ok(output::result(describe(&imported.report))?)
    }
}

fn of_interactions(args: &ImportArgs) -> anyhow::Result<()> {
    let stages = Stages::new();
    stages.stage("importing", 0);
    let options = InteractionOptions {
        lenient: args.lenient,
        ..InteractionOptions::at(now())
    };
    let report = interactions::for_each(&args.check, &options, |_| {})?;
    stages.finish();
    if args.json {
        output::json(&report)
    } else {
        Ok(output::result(describe_interactions(&report))?)
    }
}

pub(super) fn describe_interactions(report: &InteractionReport) -> String {
    let mut lines = vec![format!(
        "{}, {}: {} interactions of {} rows, {} bad, {} of nothing watched",
        report.path.display(),
        report.format,
        report.interactions,
        report.rows,
        report.bad_rows,
        report.unwatched
    )];
    let kinds = report.kinds.iter();
    lines.extend(kinds.map(|(kind, count)| format!("  {kind}: {count}")));
    if report.clamped > 0 {
        let clamped = report.clamped;
        lines.push(format!(
            "  {clamped} watches longer than their film, cut to its length"
        ));
    }
    lines.extend(bad_rows(&report.bad_row_examples, report.bad_rows));
    one_line_each(&lines)
}

/// The first rows that are bad, and how many more there are.
pub(super) fn bad_rows(examples: &[BadRow], all: u64) -> impl Iterator<Item = String> {
    let more = all.saturating_sub(examples.len() as u64);
    let told = (more > 0).then(|| format!("  and {more} more bad rows"));
    examples.iter().map(|bad| format!("  {bad}")).chain(told)
}

pub(super) fn one_line_each(lines: &[String]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| output::one_line(line)).collect();
    lines.join("\n")
}

/// What an import read and what it left out, for a person.
pub(super) fn describe(report: &ImportReport) -> String {
    let mut lines = vec![format!(
        "{}, {}: {} films of {} rows, {} bad, {} repeated",
        report.path.display(),
        report.format,
        report.movies,
        report.rows,
        report.bad_rows,
        report.duplicates
    )];
    // The counts of one file alone are those above.
    if report.files.len() > 1 {
        lines.extend(report.files.iter().map(|rows| {
            let file = rows.file.display();
            format!("  {file}: {} rows, {} bad", rows.rows, rows.bad_rows)
        }));
    }
    lines.extend(bad_rows(&report.bad_row_examples, report.bad_rows));
    if !report.unknown_genres.is_empty() {
        let counts = report.unknown_genres.iter();
        let genres: Vec<String> = counts
            .map(|(genre, count)| format!("{genre} ({count})"))
            .collect();
        lines.push(format!("  unknown genres: {}", genres.join(", ")));
    }
    one_line_each(&lines)
}
