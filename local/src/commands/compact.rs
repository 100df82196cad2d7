//! `matinee compact`

use std::fmt;

use anyhow::Context as _;
use matinee_training::Progress as _;
use matinee_training::log::{CompactError, CompactReport, CompactSettings, compact};

use crate::cli::CompactArgs;
use crate::models::block_on;
use crate::output;
use crate::progress::Stages;

pub(crate) fn run(args: &CompactArgs) -> anyhow::Result<()> {
    let stages = Stages::new();
    stages.stage("compacting", 0);
    let settings = CompactSettings {
        until: args.until.clone(),
    };
    let store = args.log.store();
    let compacted = block_on(compact(&store, &settings))?;
    if let (true, Err(CompactError::Damaged(report))) = (args.json, &compacted) {
        // That the log is damaged counts more than that nobody reads about it.
        let _ = output::json(report);
    }
    let report = compacted.with_context(|| format!("cannot compact the log in {}", args.log))?;
    stages.finish();
    if args.json {
        return output::json(&report);
    }
    if report.days == 0 {
        output::say(format_args!("There is nothing to compact in {}.", args.log));
        return Ok(());
    }
    Ok(output::result(Said(&report))?)
}

/// A report, for a person.
struct Said<'a>(&'a CompactReport);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CompactReport {
            days,
            days_written,
            segments_read,
            segments_removed,
            rows,
            film_ratings,
            repeats,
            forgotten_rows,
            conflicts,
            damaged: _,
        } = self.0;
        writeln!(
            f,
            "{days} days with {rows} interactions and {film_ratings} film ratings; {days_written} \
             were written anew"
        )?;
        writeln!(
            f,
            "  {segments_read} segments were put together, {segments_removed} removed behind that"
        )?;
        write!(
            f,
            "  {repeats} repeated rows and {forgotten_rows} rows of forgotten viewers were left out"
        )?;
        if *conflicts > 0 {
            write!(
                f,
                "\n  {conflicts} rows have the id of another one that was accepted before and \
                 counts"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_was_found_and_what_was_left_out() {
        let report = CompactReport {
            days: 3,
            days_written: 2,
            segments_read: 40,
            segments_removed: 39,
            rows: 1_200,
            film_ratings: 5,
            repeats: 17,
            forgotten_rows: 8,
            ..CompactReport::default()
        };
        let said = Said(&report).to_string();
        for part in [
            "3 days", "1200", "5 film", "40 seg", "39 rem", "17 rep", "8 rows",
        ] {
            assert!(said.contains(part), "{part} is missing in {said}");
        }
        assert!(!said.contains("id of another"), "{said}");
        let report = CompactReport {
            conflicts: 2,
            ..report
        };
        assert!(
            Said(&report)
                .to_string()
                .contains("2 rows have the id of another")
        );
    }
}
