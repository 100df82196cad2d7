//! The arguments of `matinee export`.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, ValueEnum};
use matinee_training::log::Day;

use super::{Cli, DATA};
use crate::location::{Location, folder};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee export personalize --to export
  matinee export personalize --log s3://BUCKET/log/ --to s3://BUCKET/personalize/ --json
  matinee export parquet --to export/parquet --from 2026-01-01 --until 2026-02-01
  matinee export matrix --to export/matrix

For other engines. `personalize` writes interactions/YYYY-MM-DD.csv, items.csv, users.csv and the three
schemas that Amazon Personalize wants beside them: a dataset import job takes the folder interactions/. It
says what is missing where there is too little for Personalize to train on. `parquet` writes
interactions/dt=YYYY-MM-DD/part-0.parquet and items/part-0.parquet, for Spark, Athena, DuckDB. `matrix`
writes viewers by films as matrix.mtx in the format of Matrix Market, with users.txt and items.txt, whose
lines name its rows and columns, for libraries that factorize.

A day has one file, in which every row stands once, without those of viewers who want to be forgotten;
it is the day in UTC on which rows reached the log. A file is written whole or not at all, and the same
log gives the same files: run it again after an interruption, or with --from for the last days alone
(users.csv is then left as it is). After a viewer was forgotten, run it without --from: only then do
their rows go from all days. Run `matinee compact` first where a log has many small files. Rows are put
in order by viewer in the folder for temporary files (TMPDIR). Parquet needs a build with `--features
parquet`, addresses of S3 one with `--features aws`.")]
pub(crate) struct ExportArgs {
    /// How to write it
    #[arg(value_enum, value_name = "FORMAT")]
    pub(crate) format: Format,
    /// Folder or bucket to write into, a folder for a matrix; one for each format
    #[arg(long, value_name = "DIR|s3://…")]
    pub(crate) to: Location,
    /// Folder or bucket of the log [default: the folder log in the data folder]
    #[arg(long, value_name = "DIR|s3://…")]
    pub(crate) log: Option<Location>,
    /// Catalogue file, or folder of an unpacked data set; repeat to join several [default: those
    /// that were imported into the data folder; without any, the built-in films]
    #[arg(long = "catalogue", value_name = "FILE|DIR")]
    pub(crate) catalogues: Vec<PathBuf>,
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = DATA, value_parser = folder)]
    pub(crate) data: PathBuf,
    /// The first day, as YYYY-MM-DD in UTC [default: the first of the log]
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<Day>,
    /// Leave this day, as YYYY-MM-DD in UTC, and the days behind it out
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<Day>,
    /// Fail where there is too little for Personalize to train on; the files are written all the same
    #[arg(long)]
    pub(crate) strict: bool,
    /// Skip bad rows of catalogues however many there are; otherwise more than 1 % fail
    #[arg(long)]
    pub(crate) lenient: bool,
    /// Print one JSON object on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

/// The formats that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// CSV in the schemas of Amazon Personalize
    Personalize,
    /// Parquet in partitions by day
    Parquet,
    /// Viewers by films, in the format of Matrix Market
    Matrix,
}

impl ExportArgs {
    /// What clap cannot check alone.
    pub(super) fn check(&self) -> Result<(), clap::Error> {
        let refused = |text| Err(Cli::command().error(ErrorKind::ValueValidation, text));
        let ranged = self.from.is_some() || self.until.is_some();
        match (&self.from, &self.until) {
            (Some(from), Some(until)) if from >= until => {
                return refused("--from must be earlier than --until, which is left out");
            }
            _ => {}
        }
        match self.format {
            Format::Matrix if ranged => {
                refused("a matrix is of all days: --from and --until are not for it")
            }
            Format::Matrix if !matches!(self.to, Location::Folder(_)) => {
                refused("a matrix is written into a folder: --to must be one")
            }
            Format::Personalize if ranged && self.strict => {
                refused("--strict judges all days: --from and --until are not for it")
            }
            Format::Parquet | Format::Matrix if self.strict => {
                refused("--strict is about what Personalize needs: it goes with `personalize`")
            }
            _ => Ok(()),
        }
    }
}
