//! `matinee import`

mod film_ratings;

use std::path::Path;
use std::time::Instant;

use matinee_local::embedded::{BroughtIn, now};
use matinee_training::Progress as _;
use matinee_training::ingest::{self, BadRow, ImportOptions, ImportReport};
use matinee_training::interactions::{self, InteractionOptions, InteractionReport};
use serde::Serialize;

use crate::cli::{ImportArgs, ImportKind};
use crate::keep::catalogues::State;
use crate::progress::Stages;
use crate::{keep, output, settings};

/// What an import kept.
#[derive(Serialize)]
struct Outcome {
    /// The data folder.
    data: String,
    catalogues: Vec<Catalogue>,
    interactions: Vec<Interactions>,
}

/// A catalogue that is kept.
#[derive(Serialize)]
struct Catalogue {
    /// Where it is now, as `matinee train --catalogue` takes it.
    kept: String,
    state: State,
    report: ImportReport,
}

/// What viewers did, as far as it was in one data set.
#[derive(Serialize)]
struct Interactions {
    /// Not known before.
    new: u64,
    /// There already, or twice in the data set.
    repeats: u64,
    /// Left out: something else has their id.
    conflicts: u64,
    /// Left out: their viewer is to be forgotten.
    forgotten: u64,
    /// How long it took.
    seconds: f64,
    report: InteractionReport,
}

/// What there is at a path to be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parts {
    films: bool,
    interactions: bool,
}

pub(crate) fn run(args: &ImportArgs) -> anyhow::Result<()> {
    if let Some(ImportKind::FilmRatings(args)) = &args.kind {
        return film_ratings::run(args);
    }
    let stages = Stages::new();
    // Every path is looked at before anything is kept.
    let mut found = Vec::new();
    for path in &args.paths {
        found.push((path, parts(path, args.interactions)?));
    }
    if args.check {
        let Some((path, parts)) = found.first() else {
            return Ok(());
        };
        return check(path, *parts, args, &stages);
    }
    let mut outcome = Outcome {
        data: args.data.display().to_string(),
        catalogues: Vec::new(),
        interactions: Vec::new(),
    };
    for (path, parts) in found {
        if parts.films {
            let kept = keep_films(path, args, &stages)?;
            tell(args, || kept.described())?;
            outcome.catalogues.push(kept);
        }
        if parts.interactions {
            let kept = keep_interactions(path, args, &stages)?;
            tell(args, || kept.described())?;
            outcome.interactions.push(kept);
        }
    }
    if args.json {
        output::json(&outcome)?;
    }
    output::say("`matinee train` makes a model of what is kept.");
    Ok(())
}

/// What is done is told at once, unless it is to be one document.
fn tell(args: &ImportArgs, text: impl FnOnce() -> String) -> anyhow::Result<()> {
    if !args.json {
        output::result(text())?;
    }
    Ok(())
}

/// What is to be imported from a path: of a folder all there is, of a file what it is.
fn parts(path: &Path, only_interactions: bool) -> anyhow::Result<Parts> {
    if only_interactions {
        return Ok(Parts {
            films: false,
            interactions: true,
        });
    }
    let interactions = interactions::recognise(path)?.is_some();
    // Ratings have columns of films, too.
    let films = (path.is_dir() || !interactions) && ingest::recognise(path)?.is_some();
    // What is nothing that is known is read as films, which says what was expected.
    Ok(Parts {
        films: films || !interactions,
        interactions,
    })
}

fn check(path: &Path, parts: Parts, args: &ImportArgs, stages: &Stages) -> anyhow::Result<()> {
    stages.stage("importing", 0);
    if !parts.films {
        let report = interactions::for_each(path, &interaction_options(args)?, |_| {})?;
        stages.finish();
        return result(args, &report, describe_interactions);
    }
    let report = ingest::import(path, &film_options(args))?.report;
    stages.finish();
    if parts.interactions {
        output::say("What viewers did is there, too: --interactions checks it.");
    }
    result(args, &report, describe)
}

fn result<R: Serialize>(
    args: &ImportArgs,
    report: &R,
    described: fn(&R) -> String,
) -> anyhow::Result<()> {
    if args.json {
        return output::json(report);
    }
    Ok(output::result(described(report))?)
}

fn film_options(args: &ImportArgs) -> ImportOptions {
    ImportOptions {
        lenient: args.lenient,
    }
}

fn interaction_options(args: &ImportArgs) -> anyhow::Result<InteractionOptions> {
    Ok(InteractionOptions {
        lenient: args.lenient,
        watched_fraction: settings::watched_fraction()?,
        ..InteractionOptions::at(now())
    })
}

fn keep_films(path: &Path, args: &ImportArgs, stages: &Stages) -> anyhow::Result<Catalogue> {
    stages.stage(&format!("importing {}", path.display()), 0);
    let report = ingest::import(path, &film_options(args))?.report;
    let (kept, state) = keep::catalogues::keep(path, &report, &args.data)?;
    stages.finish();
    Ok(Catalogue {
        kept: kept.display().to_string(),
        state,
        report,
    })
}

fn keep_interactions(
    path: &Path,
    args: &ImportArgs,
    stages: &Stages,
) -> anyhow::Result<Interactions> {
    let begin = Instant::now();
    let options = interaction_options(args)?;
    let kept = keep::interactions::keep(path, &options, &args.data, stages)?;
    stages.finish();
    let BroughtIn {
        new,
        repeats,
        conflicts,
        forgotten,
    } = kept.brought;
    Ok(Interactions {
        new,
        repeats,
        conflicts,
        forgotten,
        seconds: (begin.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
        report: kept.report,
    })
}

impl Catalogue {
    fn described(&self) -> String {
        let kept = output::one_line(&self.kept);
        let state = match self.state {
            State::New => "new, kept in",
            State::Changed => "changed since it was imported before, kept in",
            State::Same => "there already, in",
        };
        format!("{}\n  {state} {kept}", describe(&self.report))
    }
}

impl Interactions {
    fn described(&self) -> String {
        let Self {
            new,
            repeats,
            conflicts,
            forgotten,
            seconds,
            report,
        } = self;
        let mut lines = vec![
            describe_interactions(report),
            format!("  {new} new, {repeats} there already; {seconds:.1} s"),
        ];
        if *conflicts > 0 {
            lines.push(format!(
                "  {conflicts} left out: something else has their ids"
            ));
        }
        if *forgotten > 0 {
            lines.push(format!(
                "  {forgotten} left out: their viewers are to be forgotten"
            ));
        }
        lines.join("\n")
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
