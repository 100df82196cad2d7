//! The arguments of `matinee import`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{DATA, ImportFilmRatingsArgs};
use crate::location::folder;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee import --check movies.csv
  matinee import movies.csv
  matinee import ml-latest-small
  matinee import --interactions watched.csv ml-latest-small
  matinee import film-ratings movie_ratings_simple.csv

Films are copied into the data folder: `matinee train` without --catalogue learns from all
catalogues there, in the order of their import. What viewers did goes into the tables and the log of
the data folder. Of a folder with both, both are kept. What is there already is kept once: an import
that was interrupted is run again. `--check` reads the films of a folder with both, unless
--interactions is given. The environment variable WATCHED_FRACTION counts for watch logs as it does
for `matinee serve`.")]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of a command line, each of them free of the others"
)]
pub(crate) struct ImportArgs {
    #[command(subcommand)]
    pub(crate) kind: Option<ImportKind>,
    /// Catalogues or what viewers did: files, or folders of unpacked data sets
    #[arg(value_name = "FILE|DIR", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Only tell what is in one file or folder, without keeping anything
    #[arg(long)]
    pub(crate) check: bool,
    /// Only what viewers did: a watch log, ratings, Personalize's interactions
    #[arg(long)]
    pub(crate) interactions: bool,
    /// Skip bad rows however many there are; otherwise more than 1 % fail the import
    #[arg(long)]
    pub(crate) lenient: bool,
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = DATA, value_parser = folder)]
    pub(crate) data: PathBuf,
    /// Print one JSON object on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is imported by a way of its own.
#[derive(Debug, Subcommand)]
pub(crate) enum ImportKind {
    /// Keep films with their stars, as devices report them, here or in a table of the cloud
    FilmRatings(ImportFilmRatingsArgs),
}
