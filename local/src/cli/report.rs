use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{DATA, ModelsArg};

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(subcommand)]
    pub(crate) report: Report,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Report {
    /// What viewers watched, how they rated, and what they took up of what was recommended
    Viewers(ReportViewersArgs),
    /// How films were rated: by year, stars, genre and director, and beside what was predicted
    Films(ReportFilmsArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee report viewers > viewers.html
  matinee report viewers --json | jq .recommendations.all

The report is one page of HTML with its charts in it: it asks nothing of the network. A film of a
served list counts as accepted when the viewer watched it, liked it or gave it more than half of the
stars, after it was served or naming the list. Lists are remembered for thirty days. The server may
run meanwhile.")]
pub(crate) struct ReportViewersArgs {
    /// Folder of what the server keeps
    #[arg(long, value_name = "DIR", default_value = DATA)]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) models: ModelsArg,
    /// Print one JSON object instead of the page
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee report films --out films.html
  matinee report films --film-ratings movie_ratings_simple.csv > films.html
  matinee report films --json | jq .best_directors

The report is one page of HTML with its charts in it, each with its figures as a table: it asks
nothing of the network. The films are those that devices reported and `matinee import film-ratings`
brought, or those of a file. Predictions are those of the live model, which may have learned from
the same films: `matinee evaluate ratings` measures how good it is on others.")]
pub(crate) struct ReportFilmsArgs {
    /// Folder of what the server keeps
    #[arg(long, value_name = "DIR", default_value = DATA)]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) models: ModelsArg,
    /// Films of a file instead, in the layout of `movie_ratings_simple.csv` or `.tsv`
    #[arg(long, value_name = "FILE")]
    pub(crate) film_ratings: Option<PathBuf>,
    /// Skip bad rows of the file however many there are; otherwise more than 1 % fail the report
    #[arg(long, requires = "film_ratings")]
    pub(crate) lenient: bool,
    /// Write to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// One JSON object instead of the page
    #[arg(long)]
    pub(crate) json: bool,
}
