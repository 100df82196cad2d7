//! `matinee train`

use std::collections::BTreeMap;
use std::time::Duration;

use matinee::model::{Model, SectionKind};
use matinee_training::TrainSettings;
use matinee_training::ingest::ImportReport;
use serde::Serialize;

use super::import;
use crate::cli::TrainArgs;
use crate::server::LOG;
use crate::training::{self, Order, Trained};
use crate::{models, output};

pub(crate) fn run(args: &TrainArgs) -> anyhow::Result<()> {
    let mut settings = TrainSettings::default();
    if let Some(neighbours) = args.neighbours {
        settings.neighbours = neighbours.into();
    }
    let catalogues = match args.catalogues.as_slice() {
        [] => models::catalogues(&args.data)?,
        given => given.to_vec(),
    };
    let out = args.out.clone();
    let out = out.unwrap_or_else(|| args.data.join("models"));
    let trained = training::run(&Order {
        catalogues: &catalogues,
        lenient: args.lenient,
        settings,
        log: &args.data.join(LOG),
        out: &out,
    })?;
    let version = trained.model.version();
    let folder = out.join(version).display().to_string();
    output::say(report(&trained));
    if args.json {
        output::json(&Outcome {
            model_version: version,
            folder: &folder,
            movies: trained.model.catalogue.len(),
            seconds: seconds(&trained.stages),
            sections: sections(&trained.model),
            reports: &trained.reports,
        })
    } else {
        Ok(output::result(format_args!("{version} {folder}"))?)
    }
}

/// What was read, what it became and how long it took, for a person.
fn report(trained: &Trained) -> String {
    let mut text = String::new();
    for report in &trained.reports {
        text += &import::describe(report);
        text.push('\n');
    }
    let rows: Vec<[String; 2]> = trained
        .stages
        .iter()
        .map(|(stage, time)| [format!("  {stage}"), format!("{:.2} s", time.as_secs_f64())])
        .collect();
    text += &output::table(&rows);
    let films = trained.model.catalogue.len();
    let bytes: u64 = sections(&trained.model).values().sum();
    text + &format!("\n{films} films, {} KiB", bytes.div_ceil(1024))
}

#[derive(Serialize)]
struct Outcome<'a> {
    model_version: &'a str,
    folder: &'a str,
    /// Films in the model, after joining.
    movies: usize,
    /// By stage, and `total`.
    seconds: BTreeMap<&'a str, f64>,
    /// Bytes by section.
    sections: BTreeMap<SectionKind, u64>,
    /// One for every catalogue, in the order given.
    reports: &'a [ImportReport],
}

/// Seconds by stage, to the millisecond. Of stages with one name the times are added.
pub(super) fn seconds(stages: &[(String, Duration)]) -> BTreeMap<&str, f64> {
    let mut times: BTreeMap<&str, Duration> = BTreeMap::new();
    for (stage, time) in stages {
        *times.entry(stage).or_default() += *time;
        *times.entry("total").or_default() += *time;
    }
    times
        .into_iter()
        .map(|(stage, time)| (stage, (time.as_secs_f64() * 1000.0).round() / 1000.0))
        .collect()
}

fn sections(model: &Model) -> BTreeMap<SectionKind, u64> {
    let sections = &model.manifest.sections;
    sections
        .iter()
        .map(|(kind, entry)| (*kind, entry.size))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_of_one_name_count_together() {
        let stage = |name: &str, millis| (name.to_owned(), Duration::from_millis(millis));
        let stages = [
            stage("importing movies.csv", 100),
            stage("importing movies.csv", 150),
            stage("joining", 1),
        ];
        let seconds = seconds(&stages);
        let total = seconds["total"].to_string();
        assert_eq!(total, "0.251");
        assert_eq!(seconds["importing movies.csv"].to_string(), "0.25");
    }
}
