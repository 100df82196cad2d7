//! The data sets that can be fetched, and where they are.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Where GroupLens publishes the archives of MovieLens.
const GROUPLENS: &str = "https://files.grouplens.org/datasets/movielens/";

/// A public data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
pub(crate) enum DataSet {
    /// 100,000 ratings of 9,700 films by 610 viewers, with tags and links; 1 MB; changes over time
    #[serde(rename = "movielens-latest-small")]
    MovielensLatestSmall,
    /// 100,000 ratings of 1,700 films by 943 viewers, of 1998; 5 MB
    #[value(name = "movielens-100k")]
    #[serde(rename = "movielens-100k")]
    Movielens100k,
    /// 1 million ratings of 3,900 films by 6,040 viewers, of 2000; 6 MB
    #[value(name = "movielens-1m")]
    #[serde(rename = "movielens-1m")]
    Movielens1m,
    /// 25 million ratings of 62,000 films by 162,000 viewers, of 2019; 260 MB
    #[value(name = "movielens-25m")]
    #[serde(rename = "movielens-25m")]
    Movielens25m,
    /// 32 million ratings of 88,000 films by 201,000 viewers, of 2023; 240 MB
    #[value(name = "movielens-32m")]
    #[serde(rename = "movielens-32m")]
    Movielens32m,
}

impl DataSet {
    /// Its publisher's name for it: that of the archive without `.zip`, and of the folder in it.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::MovielensLatestSmall => "ml-latest-small",
            Self::Movielens100k => "ml-100k",
            Self::Movielens1m => "ml-1m",
            Self::Movielens25m => "ml-25m",
            Self::Movielens32m => "ml-32m",
        }
    }
}

impl fmt::Display for DataSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_possible_value() {
            Some(value) => f.write_str(value.get_name()),
            None => f.write_str(self.folder()),
        }
    }
}

/// Where archives are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A folder of archives under their publisher's names; ends in a slash.
    Folder(String),
    /// One archive.
    Archive(String),
}

impl Default for Address {
    fn default() -> Self {
        Self::Folder(GROUPLENS.to_owned())
    }
}

impl Address {
    /// The address of a data set's archive.
    pub(crate) fn archive(&self, set: DataSet) -> String {
        match self {
            Self::Folder(folder) => format!("{folder}{}.zip", set.folder()),
            Self::Archive(archive) => archive.clone(),
        }
    }

    /// Whether this is the publisher's own.
    pub(crate) fn is_official(&self) -> bool {
        *self == Self::default()
    }

    /// Whether what comes from here is encrypted on its way.
    pub(crate) fn is_https(&self) -> bool {
        let (Self::Folder(url) | Self::Archive(url)) = self;
        url.starts_with("https://")
    }
}

impl FromStr for Address {
    type Err = String;

    /// An address that ends in `.zip` is an archive's, any other a folder's.
    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            "expected http:// or https://, a host, and the folder of the archives or an archive \
             that ends in .zip"
                .to_owned()
        };
        let uri: ureq::http::Uri = text.parse().map_err(|_| expected())?;
        if !matches!(uri.scheme_str(), Some("http" | "https"))
            || uri.host().is_none_or(str::is_empty)
            || uri.query().is_some()
        {
            return Err(expected());
        }
        if uri.path().to_ascii_lowercase().ends_with(".zip") {
            return Ok(Self::Archive(text.to_owned()));
        }
        Ok(Self::Folder(format!("{}/", text.trim_end_matches('/'))))
    }
}
