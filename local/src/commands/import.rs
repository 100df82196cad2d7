//! `matinee import --check`

use matinee_training::Progress as _;
use matinee_training::ingest::{self, ImportOptions, ImportReport};

use crate::cli::ImportArgs;
use crate::output;
use crate::progress::Stages;

pub(crate) fn run(args: &ImportArgs) -> anyhow::Result<()> {
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
    lines.extend(report.bad_row_examples.iter().map(|bad| format!("  {bad}")));
    let more = report.bad_rows - (report.bad_row_examples.len() as u64).min(report.bad_rows);
    if more > 0 {
        lines.push(format!("  and {more} more bad rows"));
    }
    if !report.unknown_genres.is_empty() {
        let counts = report.unknown_genres.iter();
        let genres: Vec<String> = counts
            .map(|(genre, count)| format!("{genre} ({count})"))
            .collect();
        lines.push(format!("  unknown genres: {}", genres.join(", ")));
    }
    let lines: Vec<_> = lines.iter().map(|line| output::one_line(line)).collect();
    lines.join("\n")
}
