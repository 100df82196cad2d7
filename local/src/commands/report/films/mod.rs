//! `matinee report films`

mod figures;
mod page;
mod predicted;

use std::fs;

use anyhow::Context as _;
use matinee::taste::FilmRating;
use matinee_local::embedded::{Embedded, FILE, now};
use matinee_training::film_ratings::{FilmRatingOptions, for_each};

use crate::cli::ReportFilmsArgs;
use crate::models::{self, block_on};
use crate::output;

use figures::Figures;
use predicted::Predicted;

pub(super) fn run(args: &ReportFilmsArgs) -> anyhow::Result<()> {
    let ratings = ratings(args)?;
    // A report of what there is: nothing is trained for it.
    let model = models::find(&args.models, &args.data)?;
    let predicted = model
        .as_ref()
        .and_then(|model| Predicted::of(model, &ratings));
    let figures = Figures::of(&ratings, predicted);
    let text = if args.json {
        serde_json::to_string_pretty(&figures)?
    } else {
        page::html(&figures, now())
    };
    match &args.out {
        None => Ok(output::result(text)?),
        Some(path) => {
            fs::write(path, text + "\n")
                .with_context(|| format!("cannot write {}", path.display()))?;
            output::say(format_args!(
                "The report of {} ratings is in {}.",
                ratings.len(),
                path.display()
            ));
            Ok(())
        }
    }
}

fn ratings(args: &ReportFilmsArgs) -> anyhow::Result<Vec<FilmRating>> {
    if let Some(path) = &args.film_ratings {
        let mut ratings = Vec::new();
        let options = FilmRatingOptions {
            lenient: args.lenient,
            ..FilmRatingOptions::at(now())
        };
        let report = for_each(path, &options, |rating| ratings.push(rating))?;
        if report.bad_rows > 0 {
            let bad = report.bad_rows;
            output::say(format_args!(
                "{bad} bad rows of {} were passed over",
                path.display()
            ));
        }
        return Ok(ratings);
    }
    anyhow::ensure!(
        args.data.is_dir(),
        "there is no data folder at {}: --data names the one that `matinee serve` keeps, and \
         --film-ratings a file",
        args.data.display()
    );
    // Whoever only looks makes no file.
    if !args.data.join(FILE).try_exists()? {
        return Ok(Vec::new());
    }
    let tables = Embedded::open(&args.data)?.tables();
    Ok(block_on(tables.all_ratings())??)
}

#[cfg(test)]
mod tests;
