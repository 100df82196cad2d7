//! The arguments of `matinee import film-ratings`.

use std::path::PathBuf;

use clap::Args;

use super::DATA;
use crate::location::folder;
use crate::object::{Object, table};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee import film-ratings movie_ratings_simple.csv
  matinee import film-ratings ratings.tsv --lenient --json
  matinee import film-ratings s3://BUCKET/ratings.csv --table matinee-Films-1EXAMPLE

The columns are title, year, Director1, Genre1, Genre2, Genre3 and stars (1 to 10), in any order,
separated by commas or tabs. Without --table the ratings go into the table and the log of the data
folder; with it into a table of DynamoDB, whose stream feeds the log in the cloud. A row's id is made
of what it says, and nothing is overwritten: an import that was interrupted is run again, and passes
over what is there. A table that does not keep up is given time.

Buckets and tables need a build with `--features aws`; credentials and region are found as everywhere
in AWS. A file in a bucket may have 64 MiB; download a larger one.")]
pub(crate) struct ImportFilmRatingsArgs {
    /// File, or object in a bucket
    #[arg(value_name = "FILE|s3://BUCKET/KEY")]
    pub(crate) source: Object,
    /// Table of film ratings in DynamoDB: the output `FilmsTableName` of the deployed stack
    #[arg(long, value_name = "TABLE", value_parser = table)]
    pub(crate) table: Option<String>,
    /// Skip bad rows however many there are; otherwise more than 1 % fail the import
    #[arg(long)]
    pub(crate) lenient: bool,
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = DATA, value_parser = folder, conflicts_with = "table")]
    pub(crate) data: PathBuf,
    /// Print one JSON object on stdout
    #[arg(long)]
    pub(crate) json: bool,
}
