//! Where models or a log are kept: a folder, or a bucket of S3 in a build that can reach it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// How the address of a bucket begins.
const S3: &str = "s3://";

/// A folder or a bucket with models or a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket, and what the keys in it begin with: empty, or ending in a slash.
    #[cfg(feature = "aws")]
    Bucket {
        /// Its name.
        bucket: String,
        /// What keys begin with.
        prefix: String,
    },
}

/// What is kept at a location.
#[cfg(feature = "aws")]
pub(crate) type Store = matinee_aws::ModelStore;
/// What is kept at a location.
#[cfg(not(feature = "aws"))]
pub(crate) type Store = matinee::ports::DirectoryBlobs;

impl Location {
    /// What is kept there.
    #[cfg(feature = "aws")]
    pub(crate) fn store(&self) -> Store {
        match self {
            Self::Folder(dir) => Store::Directory(matinee::ports::DirectoryBlobs::new(dir)),
            Self::Bucket { bucket, prefix } => {
                let pace = matinee_aws::Pace::tool();
                Store::S3(matinee_aws::S3Blobs::new(bucket, prefix, pace))
            }
        }
    }

    /// What is kept there.
    #[cfg(not(feature = "aws"))]
    pub(crate) fn store(&self) -> Store {
        let Self::Folder(dir) = self;
        Store::new(dir)
    }
}

impl FromStr for Location {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix(S3) {
            None if has_scheme(text) => {
                Err("expected a folder, or a bucket as in s3://BUCKET/PREFIX/".to_owned())
            }
            None => folder(text).map(Self::Folder),
            Some(address) => bucket(address),
        }
    }
}

/// A folder of this machine; what looks like the address of something else is refused.
pub(crate) fn folder(text: &str) -> Result<PathBuf, String> {
    if has_scheme(text) {
        return Err(
            "expected a folder: `matinee publish --to s3://BUCKET/models/` copies models to a \
             bucket"
                .to_owned(),
        );
    }
    if text.is_empty() {
        return Err("expected a folder, found nothing".to_owned());
    }
    Ok(text.into())
}

/// Whether the text looks like the address of something else than a folder.
fn has_scheme(text: &str) -> bool {
    text.split_once(":/").is_some_and(|(scheme, _)| {
        // One letter is a drive.
        scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

#[cfg(feature = "aws")]
fn bucket(address: &str) -> Result<Location, String> {
    let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
    // S3's own rule for names, as far as it tells a name from a slip.
    let named = (3..=63).contains(&bucket.len())
        && bucket
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'));
    match matinee_aws::settings::normal_prefix(prefix) {
        Some(prefix) if named => Ok(Location::Bucket {
            bucket: bucket.to_owned(),
            prefix,
        }),
        _ => Err("expected a bucket and what its keys begin with: s3://BUCKET/PREFIX/".to_owned()),
    }
}

#[cfg(not(feature = "aws"))]
fn bucket(_: &str) -> Result<Location, String> {
    Err(
        "this build cannot reach S3: make one that can with `cargo build --release --package \
         matinee-local --features aws`"
            .to_owned(),
    )
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(dir) => dir.display().fmt(f),
            #[cfg(feature = "aws")]
            Self::Bucket { bucket, prefix } => write!(f, "{S3}{bucket}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_folder() {
        let folder: Location = "some/models".parse().unwrap();
        assert_eq!(folder, Location::Folder("some/models".into()));
        assert_eq!(folder.to_string(), "some/models");
    }

    #[test]
    fn what_looks_like_an_address_is_no_folder() {
        for wrong in [
            "S3://films/models",
            "s3:/films",
            "gs://films",
            "file:///models",
            "",
        ] {
            assert!(wrong.parse::<Location>().is_err(), "{wrong}");
            assert!(folder(wrong).is_err(), "{wrong}");
        }
        assert!(folder("s3://films/models").is_err());
        assert!(folder("C:/models").is_ok() && folder("a:b/models").is_ok());
    }

    #[cfg(feature = "aws")]
    #[test]
    fn a_bucket_has_a_name_and_perhaps_a_prefix() {
        for (given, shown) in [
            ("s3://films", "s3://films/"),
            ("s3://films/models", "s3://films/models/"),
            ("s3://films/a/b/", "s3://films/a/b/"),
        ] {
            let location: Location = given.parse().unwrap();
            assert_eq!(location.to_string(), shown);
        }
        for wrong in ["s3://", "s3:///models", "s3://Films/", "s3://films/../up"] {
            let error = wrong.parse::<Location>().unwrap_err();
            assert!(error.contains("s3://BUCKET"), "{wrong}: {error}");
        }
    }

    #[cfg(not(feature = "aws"))]
    #[test]
    fn a_build_without_s3_says_how_to_get_it() {
        let error = "s3://films/models".parse::<Location>().unwrap_err();
        assert!(error.contains("--features aws"), "{error}");
    }
}
