//! `matinee export`

use std::fmt;

use anyhow::Context as _;
use matinee::catalogue::Movie;
use matinee_training::Progress as _;
use matinee_training::export::{ExportFormat, ExportReport, MatrixReport, export, matrix};
use matinee_training::ingest::{self, ImportOptions};
use matinee_training::log::DayRange;

use crate::cli::{ExportArgs, Format};
use crate::location::Location;
use crate::models::{self, block_on};
use crate::output;
use crate::progress::Stages;
use crate::server::{ITEMS, LOG};
use crate::training;

/// Into how many files rows are spread, so that a matrix is made of one after the other.
const SHARDS: usize = 64;

pub(crate) fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let format = format(args.format)?;
    let stages = Stages::new();
    let movies = films(args, &stages)?;
    let own = || Location::Folder(args.data.join(LOG));
    let from = args.log.clone().unwrap_or_else(own);
    let Some(format) = format else {
        return write_matrix(args, &from, &movies, &stages);
    };
    let range = DayRange {
        from: args.from.clone(),
        until: args.until.clone(),
    };
    let (log, to, work) = (from.store(), args.to.store(), std::env::temp_dir());
    let exported = export(&log, &movies, &to, format, &range, &work, &stages);
    let exported = block_on(exported)?;
    let report = exported.with_context(|| failed(&from, &args.to))?;
    stages.finish();
    if report.days == 0 {
        output::say(format_args!("No interactions of these days are in {from}."));
    }
    let minimums = report.minimums.iter();
    let missing: Vec<&String> = minimums.flat_map(|found| &found.missing).collect();
    if !missing.is_empty() {
        output::say("This is too little for Amazon Personalize to train on. It lacks");
        for sentence in &missing {
            output::say(format_args!("  {sentence}"));
        }
    }
    if args.json {
        output::json(&report)?;
    } else {
        output::result(Said(&report))?;
    }
    anyhow::ensure!(
        !args.strict || missing.is_empty(),
        "there is too little to train on, and --strict was given; the files are written"
    );
    Ok(())
}

fn failed(from: &Location, to: &Location) -> String {
    format!("cannot export the log in {from} to {to}")
}

/// The films of the catalogues that were named or imported, and of items that were put.
fn films(args: &ExportArgs, stages: &Stages) -> anyhow::Result<Vec<Movie>> {
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
    let mut movies = ingest::join(films);
    let items = training::items(&args.data.join(ITEMS))?;
    training::warn_of(&items.add_to(&mut movies));
    Ok(movies)
}

fn write_matrix(
    args: &ExportArgs,
    from: &Location,
    movies: &[Movie],
    stages: &Stages,
) -> anyhow::Result<()> {
    // Nothing else passes the check of the arguments.
    #[cfg_attr(
        not(feature = "aws"),
        expect(irrefutable_let_patterns, reason = "no buckets")
    )]
    let Location::Folder(folder) = &args.to else {
        anyhow::bail!("a matrix is written into a folder, found {}", args.to);
    };
    let (log, work) = (from.store(), std::env::temp_dir());
    let written = block_on(matrix(&log, movies, folder, &work, SHARDS, stages))?;
    let report = written.with_context(|| failed(from, &args.to))?;
    stages.finish();
    if args.json {
        return output::json(&report);
    }
    let MatrixReport {
        users,
        items,
        entries,
        unknown_films,
    } = report;
    Ok(output::result(format_args!(
        "{users} viewers by {items} films, of which {unknown_films} are not in the catalogue; {entries} \
         entries"
    ))?)
}

/// The format of an export; nothing for a matrix, which is none.
#[cfg(feature = "parquet")]
#[expect(
    clippy::unnecessary_wraps,
    reason = "a build without Parquet has an error here"
)]
fn format(wanted: Format) -> anyhow::Result<Option<ExportFormat>> {
    Ok(match wanted {
        Format::Personalize => Some(ExportFormat::Personalize),
        Format::Parquet => Some(ExportFormat::Parquet),
        Format::Matrix => None,
    })
}

/// The format of an export; nothing for a matrix, which is none.
#[cfg(not(feature = "parquet"))]
fn format(wanted: Format) -> anyhow::Result<Option<ExportFormat>> {
    match wanted {
        Format::Personalize => Ok(Some(ExportFormat::Personalize)),
        Format::Matrix => Ok(None),
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
            minimums,
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
        let Some(found) = minimums else { return Ok(()) };
        write!(
            f,
            "\n  {} different interactions of {} viewers, of which Personalize counts {}",
            found.interactions, found.viewers, found.trained_on
        )
    }
}

#[cfg(test)]
mod tests {
    use matinee_training::export::Minimums;

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
            minimums: Some(Minimums {
                interactions: 1_190,
                trained_on: 900,
                viewers: 70,
                ..Minimums::default()
            }),
        };
        let said = Said(&report).to_string();
        for part in [
            "1200 interactions of 3 days",
            "50 films",
            "3 KiB",
            "17 repeated",
            "8 rows of forgotten",
            "4 interactions are with films",
            "1190 different interactions of 70 viewers, of which Personalize counts 900",
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
