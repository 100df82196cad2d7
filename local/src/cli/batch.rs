//! The arguments of `matinee batch`.

use std::path::PathBuf;

use clap::Args;
use matinee_training::batch::{MAX_RESULTS, MAX_SHARDS, RESULTS, SHARDS};

use super::{DATA, ModelsArg};
use crate::location::{Location, folder};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee batch --to lists
  matinee batch --to lists --results 100 --models models --log s3://BUCKET/log/
  matinee batch --to s3://BUCKET/lists/ --json

A line for each viewer of the log, in the format of Amazon Personalize's batch inference jobs:
  {\"input\":{\"userId\":\"…\"},\"output\":{\"recommendedItems\":[…],\"scores\":[…]},\"error\":null}
The list is what GET /viewers/VIEWER/recommendations gives at the same moment. The lines are in
run-MOMENT/part-*.jsonl; manifest.json, which is replaced last, names them and says what they hold: what it
names is there and of one batch. Parts of older batches are then removed.

All processors work at it, and memory does not grow with the number of viewers: the log is first spread
over files by viewer in the folder for temporary files (TMPDIR), which needs room for it. Lists of other
settings: TASTE_HALF_LIFE_DAYS and EXPLORED_SHARE, as for `matinee serve`. Addresses of S3 need a build
with `--features aws`.")]
pub(crate) struct BatchArgs {
    #[command(flatten)]
    pub(crate) models: ModelsArg,
    /// Folder or bucket to write into; parts of a batch before go when the new ones are there
    #[arg(long, value_name = "DIR|s3://…")]
    pub(crate) to: Location,
    /// Folder or bucket of the log [default: the folder log in the data folder]
    #[arg(long, value_name = "DIR|s3://…")]
    pub(crate) log: Option<Location>,
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = DATA, value_parser = folder)]
    pub(crate) data: PathBuf,
    /// Films of a list, 1..=500
    #[arg(long, value_name = "N", default_value_t = RESULTS as u16,
          value_parser = clap::value_parser!(u16).range(1..=MAX_RESULTS as i64))]
    pub(crate) results: u16,
    /// Into how many parts the log is spread, 1..=500: more where a part of a very large log does not
    /// fit into memory
    #[arg(long, value_name = "N", default_value_t = SHARDS as u16,
          value_parser = clap::value_parser!(u16).range(1..=MAX_SHARDS as i64))]
    pub(crate) parts: u16,
    /// Print one JSON object on stdout
    #[arg(long)]
    pub(crate) json: bool,
}
