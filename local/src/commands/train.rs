//! `matinee train`

use std::collections::BTreeMap;
use std::time::Duration;

use matinee::model::{Model, SectionKind};
use matinee_training::TrainSettings;
use matinee_training::film_ratings::FilmRatingReport;
use matinee_training::ingest::ImportReport;
use matinee_training::interactions::InteractionReport;
use matinee_training::items::ItemReport;
use matinee_training::renew::{Comparison, Heard, Renewed, Verdict};
use matinee_training::weights::Plan;
use serde::Serialize;

use super::evaluate::ratings::describe;
use super::import;
use crate::cli::TrainArgs;
use crate::server::{ITEMS, LOG};
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
    training::bring_in(&args.data)?;
    let trained = training::run(&Order {
        catalogues: &catalogues,
        interactions: &args.interactions,
        film_ratings: &args.film_ratings,
        lenient: args.lenient,
        settings,
        log: &args.data.join(LOG),
        items: &args.data.join(ITEMS),
        out: &out,
        force: args.force,
    })?;
    let Trained { renewed, stages } = &trained;
    let version = renewed.model.version();
    let folder = out.join(version).display().to_string();
    output::say(report(&trained));
    let reason = renewed.verdict.reason();
    if args.json {
        output::json(&Outcome {
            model_version: version,
            folder: &folder,
            live: renewed.live,
            reason: reason.as_deref().filter(|_| !renewed.live),
            overridden: reason.as_deref().filter(|_| renewed.live),
            guard: &renewed.verdict,
            movies: renewed.model.catalogue.len(),
            viewers: renewed.viewers,
            heard: renewed.heard,
            plan: renewed.plan,
            film_ratings_read: renewed.film_ratings_read,
            evaluation: &renewed.model.manifest.evaluation,
            seconds: seconds(stages),
            sections: sections(&renewed.model),
            reports: &renewed.catalogues,
            items: &renewed.items,
            interactions: &renewed.interactions,
            film_ratings: &renewed.film_ratings,
        })?;
    } else {
        output::result(format_args!("{version} {folder}"))?;
    }
    if renewed.live {
        if let Some(reason) = reason {
            output::say(format_args!("Live as --force wanted, though {reason}."));
        }
        return Ok(());
    }
    anyhow::bail!(
        "the new model is written and not live: {}; `--force` makes one live all the same",
        reason.unwrap_or_default()
    )
}

/// What was read, what it became and how long it took, for a person.
fn report(trained: &Trained) -> String {
    let mut text = String::new();
    let Renewed {
        model,
        catalogues,
        interactions,
        film_ratings,
        ..
    } = &trained.renewed;
    let catalogues = catalogues.iter().map(import::describe);
    let interactions = interactions.iter().map(import::describe_interactions);
    let film_ratings = film_ratings.iter().map(describe);
    for described in catalogues.chain(interactions).chain(film_ratings) {
        text += &described;
        text.push('\n');
    }
    let rows: Vec<[String; 2]> = trained
        .stages
        .iter()
        .map(|(stage, time)| [format!("  {stage}"), format!("{:.2} s", time.as_secs_f64())])
        .collect();
    text += &output::table(&rows);
    let films = model.catalogue.len();
    let bytes: u64 = sections(model).values().sum();
    let size = bytes.div_ceil(1024);
    let put = put(&trained.renewed.items);
    let learned = learned(&trained.renewed);
    let compared = compared(&trained.renewed.verdict);
    let rated = rated(&trained.renewed);
    text + &format!("\n{films} films, {size} KiB\n{put}{learned}{rated}{compared}")
}

/// What became of items that clients put, where there are any.
fn put(items: &ItemReport) -> String {
    match (items.changed, items.new) {
        (0, 0) => String::new(),
        (changed, new) => {
            format!("Items that were put changed {changed} films and brought {new} new ones\n")
        }
    }
}

/// What was made of what viewers did, where they did anything.
fn learned(renewed: &Renewed) -> String {
    let Heard {
        interactions,
        likes,
        unknown,
    } = renewed.heard;
    if interactions == 0 {
        return String::new();
    }
    let viewers = renewed.viewers;
    let learned = match likes {
        0 => format!("Nothing was learned from {interactions} interactions"),
        _ => {
            format!(
                "Learned from {likes} likes of {viewers} viewers, of {interactions} interactions"
            )
        }
    };
    let missing = match unknown {
        0 => String::new(),
        _ => format!("; {unknown} likes are of films that are not in the catalogue"),
    };
    let rule = "ratings below 4 stars of 5, clicks, skips and dislikes are no likes";
    format!("{learned}{missing}; {rule}\n")
}

/// What was learned from film ratings, where there are any.
fn rated(renewed: &Renewed) -> String {
    let read = renewed.film_ratings_read;
    let figure = |name: &str| renewed.model.manifest.evaluation.get(name);
    match (read, figure("rating_rmse"), figure("rating_log_loss")) {
        (0, ..) => String::new(),
        (_, Some(rmse), Some(log_loss)) => format!(
            "Learned from {read} film ratings; on a fifth held back at first RMSE {rmse:.3}, log loss \
             {log_loss:.3}\n"
        ),
        _ => format!("Learned from {read} film ratings, too few to measure by\n"),
    }
}

/// How the new model did beside the live one.
fn compared(verdict: &Verdict) -> String {
    match &verdict.comparison {
        Comparison::NotMade { reason } => format!("Not compared with a live model: {reason}"),
        Comparison::Made {
            viewers,
            candidate,
            live,
        } => format!(
            "NDCG@20 on what {viewers} viewers liked since the live model was trained: \
             {candidate:.4}, the live model {live:.4}"
        ),
    }
}

#[derive(Serialize)]
struct Outcome<'a> {
    model_version: &'a str,
    folder: &'a str,
    /// Whether it is the live model now.
    live: bool,
    /// Why it is not.
    reason: Option<&'a str>,
    /// What the guard has against it though it is live, as `--force` wanted.
    overridden: Option<&'a str>,
    /// What the guard looked at.
    guard: &'a Verdict,
    /// Films in the model, after joining.
    movies: usize,
    /// Viewers who like some of them.
    viewers: u64,
    /// What was made of what viewers did.
    heard: Heard,
    /// What learning from it took, as planned; `null` where there was nobody to learn from.
    plan: Option<Plan>,
    /// Film ratings that were read, those of the log included.
    film_ratings_read: u64,
    /// Figures by metric.
    evaluation: &'a BTreeMap<String, f64>,
    /// By stage, and `total`.
    seconds: BTreeMap<&'a str, f64>,
    /// Bytes by section.
    sections: BTreeMap<SectionKind, u64>,
    /// One for every catalogue, in the order given.
    reports: &'a [ImportReport],
    /// What became of items that clients put.
    items: &'a ItemReport,
    /// One for each file of interactions, in the order given.
    interactions: &'a [InteractionReport],
    /// One for each file of film ratings, in the order given.
    film_ratings: &'a [FilmRatingReport],
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
