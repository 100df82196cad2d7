//! `matinee batch`

use std::fmt;

use anyhow::Context as _;
use matinee_local::embedded::now;
use matinee_training::batch::{BatchReport, ListSettings, batch};

use crate::cli::BatchArgs;
use crate::location::Location;
use crate::models::{self, block_on};
use crate::progress::Stages;
use crate::server::LOG;
use crate::{output, settings};

pub(crate) fn run(args: &BatchArgs) -> anyhow::Result<()> {
    let personal = settings::personal()?;
    let model = match models::find(&args.models, &args.data)? {
        Some(model) => model,
        None => models::train_first(&args.models, &args.data)?,
    };
    let own = || Location::Folder(args.data.join(LOG));
    let from = args.log.clone().unwrap_or_else(own);
    let settings = ListSettings {
        results: args.results.into(),
        as_of: now(),
        personal,
    };
    let stages = Stages::new();
    let (log, to, work) = (from.store(), args.to.store(), std::env::temp_dir());
    let parts = args.parts.into();
    let made = block_on(batch(&log, &model, &to, &work, parts, &settings, &stages))?;
    let report =
        made.with_context(|| format!("cannot make lists of the log in {from} in {}", args.to))?;
    stages.finish();
    if report.viewers == 0 {
        output::say(format_args!("No interactions are in {from}."));
    }
    if args.json {
        return output::json(&report);
    }
    Ok(output::result(Said(&report))?)
}

/// A report, for a person.
struct Said<'a>(&'a BatchReport);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BatchReport {
            run: _,
            model_version,
            as_of: _,
            results,
            viewers,
            interactions,
            bytes,
            parts,
        } = self.0;
        write!(
            f,
            "lists of up to {results} films for {viewers} viewers, from {interactions} interactions, by \
             model {model_version}: {} KiB in {} parts",
            bytes.div_ceil(1024),
            parts.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_for_how_many_viewers_there_are_lists() {
        let report = BatchReport {
            run: "20260131120000000".to_owned(),
            model_version: "v1".to_owned(),
            as_of: "2026-01-31T12:00:00Z".to_owned(),
            results: 25,
            viewers: 40,
            interactions: 1_200,
            bytes: 2_049,
            parts: Vec::new(),
        };
        let said = Said(&report).to_string();
        for part in [
            "up to 25 films",
            "40 viewers",
            "1200 interactions",
            "v1",
            "3 KiB",
        ] {
            assert!(said.contains(part), "{part} is missing in {said}");
        }
    }
}
