//! The arguments of `matinee fetch`.

use std::path::PathBuf;

use clap::Args;

use super::DATA;
use crate::fetch::{Address, DataSet, Md5Sum};
use crate::location::folder;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee fetch movielens-latest-small
  matinee fetch movielens-25m --out datasets
  matinee fetch movielens-1m --url http://mirror.example/movielens/
  matinee import $(matinee fetch movielens-latest-small)

The line on stdout is the data set's folder. The archive comes from GroupLens
(https://files.grouplens.org/datasets/movielens/) and is compared with the MD5 checksum that stands
beside it there as `….zip.md5`. Whatever interrupts it, Ctrl-C included, the same command goes on
where it stood; what is there and unchanged is not fetched again. Proxies are those of HTTPS_PROXY,
HTTP_PROXY and NO_PROXY; SSL_CERT_FILE names certificates to trust instead of Mozilla's.

MovieLens is for research and not for sale: whoever publishes with it acknowledges it and cites
Harper and Konstan 2015 (https://doi.org/10.1145/2827872). The README in the folder has the terms.")]
pub(crate) struct FetchArgs {
    /// Data set
    #[arg(value_name = "DATA SET", value_enum)]
    pub(crate) set: DataSet,
    /// Mirror: the folder of its archives, which have GroupLens's names, or one archive (….zip)
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<Address>,
    /// Folder in which the data set's own folder is made [default: datasets in the data folder]
    #[arg(long, value_name = "DIR", value_parser = folder)]
    pub(crate) out: Option<PathBuf>,
    /// MD5 checksum of the archive, 32 hexadecimal digits, instead of the one that stands beside it
    #[arg(long, value_name = "HEX")]
    pub(crate) md5: Option<Md5Sum>,
    /// Fetch it again even if it is there, such as a newer movielens-latest-small
    #[arg(long)]
    pub(crate) again: bool,
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = DATA, value_parser = folder)]
    pub(crate) data: PathBuf,
    /// Print one JSON object on stdout
    #[arg(long)]
    pub(crate) json: bool,
}
