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
