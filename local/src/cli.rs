//! What can be typed: the arguments of every command, and the help that teaches them.

mod batch;
mod device;
mod evaluate;
mod export;
mod fetch;
mod import;
mod import_film_ratings;
mod report;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use matinee::catalogue::{Genre, MAX_YEAR, MIN_YEAR};
use matinee::model::NeighbourList;
use matinee::recommend::MAX_LIMIT;
use matinee_training::log::Day;

pub(crate) use batch::BatchArgs;
pub(crate) use device::DeviceArgs;
pub(crate) use evaluate::{Evaluate, EvaluateArgs, Measured, Model, Protocol, RatingsArgs};

use crate::location::{Location, folder};

pub(crate) use export::{ExportArgs, Format};
pub(crate) use fetch::FetchArgs;
pub(crate) use import::{ImportArgs, ImportKind};
pub(crate) use import_film_ratings::ImportFilmRatingsArgs;
pub(crate) use report::{Report, ReportArgs, ReportFilmsArgs, ReportViewersArgs};

/// The folder that holds everything Matinee keeps on this machine.
const DATA: &str = ".matinee";

const EXAMPLES: &str = "\
Examples:
  matinee                                    train on the built-in films if need be, then serve
  matinee recommend \"The Matrix\"             films like this one, with reasons
  matinee talk                               the conversation, as text
  matinee train --catalogue ml-latest-small  a model of your own films
  matinee fetch movielens-latest-small       a public data set
  matinee serve --port 8080                  the page and the HTTP API on another port

Exit codes: 0 done, 1 failed, 2 wrong usage. Results go to stdout, everything else to stderr.
RUST_LOG=debug shows what happens inside.";

/// Recommends films: in a browser, over HTTP, to Alexa, and here.
///
/// Without a command it serves, and trains a model on its built-in films first if there is none.
#[derive(Debug, Parser)]
#[command(name = "matinee", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the page, the HTTP API, the Alexa skill and devices on this machine
    Serve(ServeArgs),
    /// Make a model of one or more catalogues and publish it into a folder
    Train(TrainArgs),
    /// Talk with the recommender in the terminal, as one would with Alexa
    Talk(TalkArgs),
    /// Recommend films like one you name
    Recommend(RecommendArgs),
    /// Find the films that phrases name, one phrase a line on stdin
    Find(FindArgs),
    /// Download a public data set
    Fetch(FetchArgs),
    /// Keep films and what viewers did for training, or check whether they can be read
    Import(ImportArgs),
    /// Measure how good recommendations are: hold films back, and look for them in the lists; or how good
    /// predicted ratings are
    Evaluate(Evaluate),
    /// Copy a model to a bucket or another folder and make it the live one there
    Publish(PublishArgs),
    /// List the models of a folder or bucket
    Models(ModelsArgs),
    /// Make an older model the live one again
    Rollback(RollbackArgs),
    /// Put the log's many small files together, one file a day
    Compact(CompactArgs),
    /// Write the log and the films as training data for other engines
    Export(ExportArgs),
    /// Write a list of films for every viewer at once
    Batch(BatchArgs),
    /// List what was accepted on this machine and could not be kept
    Letters(LettersArgs),
    /// Write a page of figures and charts about what was done and recommended
    Report(ReportArgs),
    /// Be a device: ask over MQTT how good films would be, and report how good one was
    Device(DeviceArgs),
}

/// Where models are.
#[derive(Debug, Default, Args)]
pub(crate) struct ModelsArg {
    /// Folder of models, as `matinee train --out` writes it [default: the folder models in the data folder]
    ///
    /// In the default folder a model of the built-in films is trained when there is none yet.
    #[arg(long = "models", value_name = "DIR", value_parser = folder)]
    given: Option<PathBuf>,
}

impl ModelsArg {
    /// The folder, inside `data` unless another one was named.
    pub(crate) fn dir(&self, data: &Path) -> PathBuf {
        self.given.clone().unwrap_or_else(|| data.join("models"))
    }

    /// Whether the user named the folder: a model they expect there must not be made up.
    pub(crate) fn is_given(&self) -> bool {
        self.given.is_some()
    }
}

/// The data folder where no other was named.
pub(crate) fn default_data() -> &'static Path {
    Path::new(DATA)
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee serve
  matinee serve --port 0                       pick a free port and print it
  matinee serve --models models --port 8080    serve a model made by `matinee train --out models`

Environment variables: WATCHED_FRACTION is the share of a film from which on it counts as watched, above
0 and at most 1, usually 0.5; TASTE_HALF_LIFE_DAYS says after how many days what somebody did counts half
as much for their films, usually 365; EXPLORED_SHARE is the share of their films that nobody has taken up
yet, usually 0.1; THING_NAME is the thing behind the topics filmrequest and filmupdate, usually
MovieSelector; LEGACY_SHADOW_KEYS=true puts the keys that devices of old read beside its shadow's state;
RECOMMENDER=personalize hands lists to campaigns of Amazon Personalize, which PERSONALIZE_CAMPAIGN_ARN and
other variables name, in a build with the feature aws. Ctrl-C or SIGTERM lets running requests finish and
ends; a second Ctrl-C ends at once.")]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) models: ModelsArg,
    /// Folder for what the server keeps: what viewers do (feedback.db and the folder log), the key
    /// of voice users (viewer-id.key), the shadows of things (shadows.db), and its models, where --models
    /// names no other folder
    #[arg(long, value_name = "DIR", default_value = DATA)]
    pub(crate) data: PathBuf,
    /// Port to listen on; 0 picks a free one
    #[arg(long, value_name = "N", default_value_t = 3000)]
    pub(crate) port: u16,
    /// Port to serve devices on, by MQTT; 0 picks a free one [default: 1883, and none when that is in use]
    #[arg(long, value_name = "N")]
    pub(crate) mqtt_port: Option<u16>,
    /// Campaigns and filters for clients of Amazon Personalize, besides those that are always there: a JSON
    /// file, as docs/personalize.md describes it
    #[arg(long, value_name = "FILE")]
    pub(crate) personalize: Option<PathBuf>,
    /// Address to listen on; there is no authentication, so beware of others than 127.0.0.1
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", value_parser = host)]
    pub(crate) host: IpAddr,
}

fn host(text: &str) -> Result<IpAddr, String> {
    match text {
        "localhost" => Ok(IpAddr::from([127, 0, 0, 1])),
        _ => text.parse().map_err(|_| {
            "expected an IP address of this machine, such as 127.0.0.1, ::1 or 0.0.0.0".to_owned()
        }),
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee train                                of what was imported
  matinee train --catalogue movies.csv
  matinee train --catalogue tmdb_5000 --catalogue ml-latest-small --out models
  matinee train --film-ratings movie_ratings_simple.csv

Catalogues are joined: the first one named gives a film its id, the others' ids become aliases.
The line on stdout is the new model's version and folder. The model becomes the live one only when
every file of it is in place and verified; a running server takes it up within a second or two.")]
pub(crate) struct TrainArgs {
    /// Catalogue file, or folder of an unpacked data set; repeat to join several [default: those
    /// that were imported into the data folder; without any, the built-in films]
    #[arg(long = "catalogue", value_name = "FILE|DIR")]
    pub(crate) catalogues: Vec<PathBuf>,
    /// What viewers did, besides the log in the data folder: a file, or a folder of an unpacked data
    /// set; repeat for several
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) interactions: Vec<PathBuf>,
    /// Ratings of films that devices made up, besides those in the log: a file in the layout of
    /// `movie_ratings_simple.csv` or .tsv; repeat for several
    #[arg(long, value_name = "FILE")]
    pub(crate) film_ratings: Vec<PathBuf>,
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = DATA, value_parser = folder)]
    pub(crate) data: PathBuf,
    /// Folder of models to publish into [default: models in the data folder]
    #[arg(long, value_name = "DIR", value_parser = folder)]
    pub(crate) out: Option<PathBuf>,
    /// Skip bad rows however many there are; otherwise more than 1 % fail the import
    #[arg(long)]
    pub(crate) lenient: bool,
    /// Neighbours kept for each film, 1..=1000 [default: 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) neighbours: Option<u16>,
    /// Make the new model live even if it lacks films of the live one, or does worse on what viewers
    /// did since that was trained
    #[arg(long)]
    pub(crate) force: bool,
    /// Print one JSON object on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee talk
  printf 'I like Heat\\nyes\\nwhy\\n' | matinee talk

Name a film, then say yes, no, why, repeat, top picks, only comedies, from the nineties, help, stop.")]
pub(crate) struct TalkArgs {
    #[command(flatten)]
    pub(crate) models: ModelsArg,
    /// Language and country to talk in
    #[arg(long, value_name = "TAG", default_value = matinee::wording::DEFAULT_LOCALE)]
    pub(crate) locale: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee recommend \"The Matrix\"
  matinee recommend Heat 1995 --limit 10 --genre crime --year-from 1980
  matinee recommend tmdb:603 --model tfidf --json")]
pub(crate) struct RecommendArgs {
    /// Film to start from: its title, with a year if several have it, or its id
    #[arg(required = true, value_name = "FILM")]
    pub(crate) film: Vec<String>,
    #[command(flatten)]
    pub(crate) models: ModelsArg,
    /// How many films, 1..=100
    #[arg(long, value_name = "N", default_value_t = 5,
          value_parser = clap::value_parser!(u16).range(1..=MAX_LIMIT as i64))]
    pub(crate) limit: u16,
    /// What decides how alike films are
    #[arg(long, value_enum, default_value_t = Similarity::Matinee)]
    pub(crate) model: Similarity,
    /// Only films of this genre; repeat for films of any of several
    #[arg(long = "genre", value_name = "GENRE")]
    pub(crate) genres: Vec<Genre>,
    /// Only films of this year or later
    #[arg(long, value_name = "YEAR", value_parser = year())]
    pub(crate) year_from: Option<u16>,
    /// Only films of this year or earlier
    #[arg(long, value_name = "YEAR", value_parser = year())]
    pub(crate) year_to: Option<u16>,
    /// Print one JSON object on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

fn year() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(i64::from(MIN_YEAR)..=i64::from(MAX_YEAR))
}

/// The measures of likeness a model holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Similarity {
    /// Text, people, genres, series, age and renown together
    Matinee,
    /// Cosine of TF-IDF over overview and genres alone, the known reference
    Tfidf,
}

impl Similarity {
    pub(crate) fn list(self) -> NeighbourList {
        match self {
            Self::Matinee => NeighbourList::Blended,
            Self::Tfidf => NeighbourList::TfIdf,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  echo 'the god father' | matinee find
  matinee find --json < phrases.txt > films.jsonl

Every line of stdin, blank ones included, gives one line on stdout: `Title (year) [id]`, or
`? did you mean: A (year), B (year)`, or nothing.")]
pub(crate) struct FindArgs {
    #[command(flatten)]
    pub(crate) models: ModelsArg,
    /// Print one JSON object a line on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee publish --to s3://BUCKET/models/
  matinee publish --models models --version 20260131T120000Z-0a1b2c3d --to s3://BUCKET/models/

The model is verified, its sections are copied, then its manifest; all is read back and verified,
and only then the pointer moves. Of two that publish at the same time one fails and changes nothing.
Versions never change: what is there already is not copied again. Addresses of S3 need a build with
`--features aws`; credentials and region are found as everywhere in AWS.")]
pub(crate) struct PublishArgs {
    /// Folder or bucket to copy from
    #[arg(
        long = "models",
        value_name = "DIR|s3://…",
        default_value = ".matinee/models"
    )]
    pub(crate) from: Location,
    /// Folder or bucket to copy to
    #[arg(long, value_name = "DIR|s3://…")]
    pub(crate) to: Location,
    /// Version to publish [default: the live one]
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<String>,
    /// Print one JSON object on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee models
  matinee models --models s3://BUCKET/models/ --json")]
pub(crate) struct ModelsArgs {
    /// Folder or bucket to list
    #[arg(long, value_name = "DIR|s3://…", default_value = ".matinee/models")]
    pub(crate) models: Location,
    /// Print one JSON array on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee rollback --models s3://BUCKET/models/
  matinee rollback 20260131T120000Z-0a1b2c3d --models s3://BUCKET/models/

The version is verified before the pointer moves. Running functions and servers take it up at their
next look.")]
pub(crate) struct RollbackArgs {
    /// Version to go back to [default: the newest that is older than the live one]
    #[arg(value_name = "VERSION")]
    pub(crate) version: Option<String>,
    /// Folder or bucket of the models
    #[arg(long, value_name = "DIR|s3://…", default_value = ".matinee/models")]
    pub(crate) models: Location,
    /// Print one JSON object on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee compact
  matinee compact --until 2026-01-31
  matinee compact --log s3://BUCKET/log/ --json

Each day's files become one file in which every row stands once, without the rows of viewers who
want to be forgotten. A file is removed only when its rows were read back from where they are now:
the command may be stopped at any moment, and run while the server runs. Addresses of S3 need a
build with `--features aws`; credentials and region are found as everywhere in AWS.")]
pub(crate) struct CompactArgs {
    /// Folder or bucket of the log
    #[arg(long, value_name = "DIR|s3://…", default_value = ".matinee/log")]
    pub(crate) log: Location,
    /// Leave this day, as YYYY-MM-DD in UTC, and the days behind it as they are
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<Day>,
    /// Print one JSON object on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee letters
  matinee letters --json | jq '.[].reason'

A dead letter is a message, or one interaction of it, that could not be kept: when that was found,
why, and what it said. It stays for fourteen days; nothing is taken out by looking, and the server
may run meanwhile. The reasons are `unreadable`: no message that is known here; `id_conflict`: its
id was taken by something else; `too_often`: it was tried ten times and never done.")]
pub(crate) struct LettersArgs {
    /// Folder of what the server keeps
    #[arg(long, value_name = "DIR", default_value = DATA)]
    pub(crate) data: PathBuf,
    /// Print one JSON array on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

impl Cli {
    /// The command this process was started with. Help, the version and wrong usage end it here.
    pub(crate) fn command_of_this_process() -> Command {
        match Self::parse().checked() {
            Ok(command) => command,
            Err(error) => error.exit(),
        }
    }

    /// What clap cannot check alone.
    pub(crate) fn checked(self) -> Result<Command, clap::Error> {
        let command = match self.command {
            Some(command) => command,
            None => Self::try_parse_from(["matinee", "serve"])?.checked()?,
        };
        match &command {
            Command::Recommend(args) if matches!((args.year_from, args.year_to), (Some(from), Some(to)) if from > to) =>
            {
                let text = "--year-from must not be later than --year-to";
                Err(Self::command().error(ErrorKind::ValueValidation, text))
            }
            Command::Export(args) => args.check().map(|()| command),
            Command::Evaluate(Evaluate {
                lists: Some(args), ..
            }) => args.check().map(|()| command),
            Command::Import(args) if args.check && args.paths.len() > 1 => {
                let text = "--check reads one file or folder at a time";
                Err(Self::command().error(ErrorKind::TooManyValues, text))
            }
            _ => Ok(command),
        }
    }
}
