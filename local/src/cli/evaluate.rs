//! The arguments of `matinee evaluate`, and which of them go together.

use std::fmt;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Subcommand, ValueEnum};

use super::Cli;

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  matinee evaluate --protocol random --interactions ml-latest-small
  matinee evaluate --protocol by-time --share 0.1 --interactions ml-latest-small --model popularity
  matinee evaluate --protocol user-lists --train train.txt --test test.txt --model ease --lambda 300
  matinee evaluate --protocol unseen-films --unseen unseen.txt --interactions ml-latest-small \\
      --catalogue tmdb/movies.csv --model tfidf --json
  matinee evaluate ratings --train train.csv --test test.csv

What protocols hold back:
  random           a share of each viewer's likes, picked by chance          --share --seed
  leave-last-out   the newest like of each viewer
  by-time          the newest share of all likes                             --share
  user-lists       the lists of a file, a line `user item item …` for each   --train --test
  unseen-films     films that nobody may have seen, and all said of them     --unseen
The first three and the last one read --interactions.

The table on stdout has Recall, NDCG and MAP of the best 5, 10, 20 and 50 films of each viewer's
list, coverage and novelty; docs/evaluation.md says exactly what they are."
)]
pub(crate) struct Evaluate {
    #[command(subcommand)]
    pub(crate) other: Option<Measured>,
    #[command(flatten)]
    pub(crate) lists: Option<EvaluateArgs>,
}

/// What else than lists of films is measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Measured {
    /// Measure how good predicted ratings are: learn from one file, predict another
    Ratings(RatingsArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee evaluate ratings --train train.csv --test test.csv
  matinee evaluate ratings --train train.tsv --test test.tsv --json

Both files have the columns title, year, Director1, Genre1, Genre2, Genre3 and stars (1 to 10),
separated by commas or tabs. Nothing of the test file is looked at before what was learned is
written, read back and asked.

  rmse, mae          of the expected stars
  accuracy           share of films whose stars are the most probable ones
  within_one         share of films whose stars are at most one from the expected ones, rounded
  log_loss           mean of -ln of the probability of the true stars
  calibration_error  ten bins of equal width by the probability of the most probable stars: mean
                     difference between that and the share of films that have them")]
pub(crate) struct RatingsArgs {
    /// Ratings to learn from
    #[arg(long, value_name = "FILE")]
    pub(crate) train: PathBuf,
    /// Ratings to predict
    #[arg(long, value_name = "FILE")]
    pub(crate) test: PathBuf,
    /// What chance begins with
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Skip bad rows however many there are; otherwise more than 1 % fail
    #[arg(long)]
    pub(crate) lenient: bool,
    /// Print one JSON object on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// How films are held back
    #[arg(long, value_enum)]
    pub(crate) protocol: Protocol,
    /// What ranks the films
    #[arg(long, value_enum, default_value_t = Model::Matinee)]
    pub(crate) model: Model,
    /// What viewers did: a file, or the folder of a data set; repeat for several
    #[arg(long = "interactions", value_name = "FILE|DIR")]
    pub(crate) interactions: Vec<PathBuf>,
    /// Facts of films: a catalogue's file, or a data set's folder; repeat to join several
    #[arg(long = "catalogue", value_name = "FILE|DIR")]
    pub(crate) catalogues: Vec<PathBuf>,
    /// Lists to learn from
    #[arg(long, value_name = "FILE")]
    pub(crate) train: Option<PathBuf>,
    /// Lists to find
    #[arg(long, value_name = "FILE")]
    pub(crate) test: Option<PathBuf>,
    /// Lists by which a model may choose its settings; neither learned from nor measured
    #[arg(long, value_name = "FILE")]
    pub(crate) validation: Option<PathBuf>,
    /// Ids of the films to hide, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) unseen: Option<PathBuf>,
    /// The share of the likes held back, above 0 and below 1 [default: 0.2]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) share: Option<f64>,
    /// Another one holds other likes back, also those that settings are chosen by [default: 1]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// The stars of five from which a rating is a like; of ten twice as many [default: 4]
    #[arg(long, value_name = "STARS", value_parser = stars)]
    pub(crate) min_stars: Option<f64>,
    /// The ridge of --model ease, above 0 [default: 100; with --validation what does best there]
    #[arg(long, value_name = "NUMBER", value_parser = ridge)]
    pub(crate) lambda: Option<f64>,
    /// Neighbours kept for each film by --model matinee or itemknn, 1..=1000 [default: 200]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) neighbours: Option<u16>,
    /// Take clicks for likes too
    #[arg(long)]
    pub(crate) clicks: bool,
    /// Skip bad rows however many there are; otherwise more than 1 % fail
    #[arg(long)]
    pub(crate) lenient: bool,
    /// Print one JSON object on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

/// How films are held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Protocol {
    /// A share of each viewer's likes
    Random,
    /// The newest like of each viewer
    LeaveLastOut,
    /// The newest share of all likes
    ByTime,
    /// Lists of a published split
    UserLists,
    /// Films that are hidden from training
    UnseenFilms,
}

/// What ranks films.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Model {
    /// How many viewers have a film; unseen films by how well known they are
    Popularity,
    /// Cosine of TF-IDF over overview and genres, the known reference; needs a catalogue
    Tfidf,
    /// Cosine of the viewers films have, the nearest of each film: the known reference that learns
    /// nothing
    Itemknn,
    /// Few weights for each film, with facts of films where there is a catalogue: the best we know
    Matinee,
    /// The plain closed-form linear model, every weight kept: the reference of its family
    Ease,
}

/// The name as it is typed.
fn typed(value: &impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&typed(self))
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&typed(self))
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok();
    share
        .filter(|share| *share > 0.0 && *share < 1.0)
        .ok_or_else(|| "expected a number above 0 and below 1, such as 0.2".to_owned())
}

fn ridge(text: &str) -> Result<f64, String> {
    let ridge = text.parse().ok();
    ridge
        .filter(|ridge: &f64| *ridge > 0.0 && ridge.is_finite())
        .ok_or_else(|| "expected a number above 0, such as 100".to_owned())
}

fn stars(text: &str) -> Result<f64, String> {
    let stars = text.parse().ok();
    stars
        .filter(|stars| (0.5..=5.0).contains(stars))
        .ok_or_else(|| "expected stars from 0.5 to 5".to_owned())
}

impl EvaluateArgs {
    /// Refuses options that are missing for the protocol, and those that it would not look at.
    pub(super) fn check(&self) -> Result<(), clap::Error> {
        use Protocol::{ByTime, LeaveLastOut, Random, UnseenFilms, UserLists};
        const RECORDED: &[Protocol] = &[Random, LeaveLastOut, ByTime, UnseenFilms];
        let needed = [
            ("--interactions", !self.interactions.is_empty(), RECORDED),
            ("--train", self.train.is_some(), &[UserLists][..]),
            ("--test", self.test.is_some(), &[UserLists]),
            ("--unseen", self.unseen.is_some(), &[UnseenFilms]),
        ];
        let possible = [
            ("--validation", self.validation.is_some(), &[UserLists][..]),
            ("--share", self.share.is_some(), &[Random, ByTime]),
            ("--min-stars", self.min_stars.is_some(), RECORDED),
            ("--clicks", self.clicks, RECORDED),
        ];
        let refuse = |kind, text: String| Err(Cli::command().error(kind, text));
        let protocol = self.protocol;
        for (option, given, protocols) in needed {
            if !given && protocols.contains(&protocol) {
                let text = format!("--protocol {protocol} needs {option}");
                return refuse(ErrorKind::MissingRequiredArgument, text);
            }
        }
        for (option, given, protocols) in needed.into_iter().chain(possible) {
            if given && !protocols.contains(&protocol) {
                let names: Vec<String> = protocols.iter().map(ToString::to_string).collect();
                let names = names.join(", ");
                let text = format!("--protocol {protocol} does not use {option}: {names} does");
                return refuse(ErrorKind::ArgumentConflict, text);
            }
        }
        let of_models = [
            ("--lambda", self.lambda.is_some(), &[Model::Ease][..]),
            (
                "--neighbours",
                self.neighbours.is_some(),
                &[Model::Matinee, Model::Itemknn],
            ),
        ];
        for (option, given, models) in of_models {
            if given && !models.contains(&self.model) {
                let (model, other) = (self.model, models[0]);
                let text = format!("--model {model} does not use {option}: {other} does");
                return refuse(ErrorKind::ArgumentConflict, text);
            }
        }
        let draws = protocol == Random || matches!(self.model, Model::Ease | Model::Matinee);
        if self.seed.is_some() && !draws {
            let text = format!(
                "--protocol {protocol} with --model {} does not use --seed",
                self.model
            );
            return refuse(ErrorKind::ArgumentConflict, text);
        }
        if protocol == UnseenFilms && self.interactions.len() > 1 {
            let text = "--protocol unseen-films needs exactly one --interactions";
            return refuse(ErrorKind::ArgumentConflict, text.to_owned());
        }
        Ok(())
    }
}
