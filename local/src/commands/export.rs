//! `matinee export`

use std::fmt;

use anyhow::Context as _;
use matinee_training::Progress as _;
use matinee_training::export::{ExportFormat, ExportReport, export};
use matinee_training::ingest::{self, ImportOptions};
use matinee_training::log::DayRange;

use crate::cli::{ExportArgs, Format};
use crate::location::Location;
use crate::models::{self, block_on};
use crate::output;
use crate::progress::Stages;
use crate::server::LOG;

pub(crate) fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let format = format(args.format)?;
    let stages = Stages::new();
    let catalogues = match args.catalogues.as_slice() {
        [] => models::known_catalogues(&args.data)?.paths,
        given => given.to_vec(),
    };
    stages.stage("reading films", 0);
    let options = ImportOptions {
        lenient: args.lenient,
    };
    let mut films = Vec::new();
    for path in &catalogues {
        films.push(ingest::import(path, &options)?.movies);
    }
    let movies = ingest::join(films);
    let range = DayRange {
        from: args.from.clone(),
        until: args.until.clone(),
    };
    let own = || Location::Folder(args.data.join(LOG));
    let from = args.log.clone().unwrap_or_else(own);
    let (log, to) = (from.store(), args.to.store());
    let exported = block_on(export(&log, &movies, &to, format, &range, &stages))?;
    let report =
        exported.with_context(|| format!("cannot export the log in {from} to {}", args.to))?;
    stages.finish();
    if report.days == 0 {
        output::say(format_args!("No interactions of these days are in {from}."));
    }
    if args.json {
        return output::json(&report);
    }
    Ok(output::result(Said(&report))?)
}

#[cfg(feature = "parquet")]
#[expect(
    clippy::unnecessary_wraps,
    reason = "a build without Parquet has an error here"
)]
fn format(wanted: Format) -> anyhow::Result<ExportFormat> {
    Ok(match wanted {
        Format::Personalize => ExportFormat::Personalize,
        Format::Parquet => ExportFormat::Parquet,
    })
}

#[cfg(not(feature = "parquet"))]
fn format(wanted: Format) -> anyhow::Result<ExportFormat> {
    match wanted {
        Format::Personalize => Ok(ExportFormat::Personalize),
        Format::Parquet => anyhow::bail!(
            "this build cannot write Parquet: make one that can with `cargo build --release \
             --package matinee-local --features parquet`"
        ),
    }
}

/// A report, for a person.
struct Said<'a>(&'a ExportReport);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ExportReport {
            format: _,
            days,
            days_removed,
            interactions,
            unknown_films,
            films,
            repeats,
            forgotten_rows,
            conflicts,
            bytes,
        } = self.0;
        write!(
            f,
            "{interactions} interactions of {days} days and {films} films, {} KiB\n  {repeats} \
             repeated rows and {forgotten_rows} rows of forgotten viewers were left out",
            bytes.div_ceil(1024)
        )?;
        for (count, what) in [
            (
                unknown_films,
                "interactions are with films that are not in the catalogue",
            ),
            (
                conflicts,
                "rows were left out: another one with their id was accepted before",
            ),
            (
                days_removed,
                "files of an older export were removed: nothing of their days counts any more",
            ),
        ] {
            if *count > 0 {
                write!(f, "\n  {count} {what}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_was_written_and_what_was_left_out() {
        let report = ExportReport {
            format: ExportFormat::Personalize,
            days: 3,
            days_removed: 0,
            interactions: 1_200,
            unknown_films: 4,
            films: 50,
            repeats: 17,
            forgotten_rows: 8,
            conflicts: 0,
            bytes: 2_049,
        };
        let said = Said(&report).to_string();
        for part in [
            "1200 interactions of 3 days",
            "50 films",
            "3 KiB",
            "17 repeated",
            "8 rows of forgotten",
            "4 interactions are with films",
        ] {
            assert!(said.contains(part), "{part} is missing in {said}");
        }
        assert!(!said.contains("were removed") && !said.contains("with their id"));
    }

    #[cfg(not(feature = "parquet"))]
    #[test]
    fn a_build_without_parquet_says_how_to_get_it() {
        let error = format(Format::Parquet).unwrap_err().to_string();
        assert!(error.contains("--features parquet"), "{error}");
        assert!(format(Format::Personalize).is_ok());
    }
}
