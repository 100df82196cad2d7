//! A file of this machine or an object in a bucket, to be read; and the name of a table.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::location::folder;

/// How the address of an object begins.
const S3: &str = "s3://";

/// What a build without the SDK says.
#[cfg(not(feature = "aws"))]
const NO_AWS: &str = "this build cannot reach AWS: make one that can with `cargo build --release \
    --package matinee-local --features aws`";

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    /// A file of this machine.
    File(PathBuf),
    /// An object of S3.
    #[cfg(feature = "aws")]
    InBucket {
        /// The bucket's name.
        bucket: String,
        /// Its key.
        key: String,
    },
}

impl FromStr for Object {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix(S3) {
            Some(address) => object(address),
            None => folder(text)
                .map(Self::File)
                .map_err(|_| "expected a file, or an object as in s3://BUCKET/KEY".to_owned()),
        }
    }
}

#[cfg(feature = "aws")]
fn object(address: &str) -> Result<Object, String> {
    match address.split_once('/') {
        Some((bucket, key)) if !bucket.is_empty() && matinee::ports::check_key(key).is_ok() => {
            Ok(Object::InBucket {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
            })
        }
        _ => Err("expected a bucket and the key of an object in it: s3://BUCKET/KEY".to_owned()),
    }
}

#[cfg(not(feature = "aws"))]
fn object(_: &str) -> Result<Object, String> {
    Err(NO_AWS.to_owned())
}

/// The name of a table, as far as it tells a name from a slip.
#[cfg(feature = "aws")]
pub(crate) fn table(text: &str) -> Result<String, String> {
    let allowed =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'/');
    if (3..=1024).contains(&text.len()) && text.bytes().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err("expected the name or ARN of a table, found something else".to_owned())
    }
}

/// The name of a table, which is of no use here.
#[cfg(not(feature = "aws"))]
pub(crate) fn table(_: &str) -> Result<String, String> {
    Err(NO_AWS.to_owned())
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            #[cfg(feature = "aws")]
            Self::InBucket { bucket, key } => write!(f, "{S3}{bucket}/{key}"),
        }
    }
}

/// A file with the content of an object, for as long as this is held.
pub(crate) struct Local<'a> {
    path: Cow<'a, Path>,
    /// Whether the file is only a copy.
    copied: bool,
}

impl Local<'_> {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Local<'_> {
    fn drop(&mut self) {
        if let (true, Some(folder)) = (self.copied, self.path.parent()) {
            // What stays behind is in the folder of things that nobody keeps.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

impl Object {
    /// The object as a file; that of a bucket is fetched.
    ///
    /// # Errors
    /// When it is not there or cannot be fetched.
    #[cfg_attr(
        not(feature = "aws"),
        expect(clippy::unnecessary_wraps, reason = "fetching from a bucket fails")
    )]
    pub(crate) fn local(&self) -> anyhow::Result<Local<'_>> {
        match self {
            Self::File(path) => Ok(Local {
                path: path.into(),
                copied: false,
            }),
            #[cfg(feature = "aws")]
            Self::InBucket { bucket, key } => fetched(bucket, key),
        }
    }
}

#[cfg(feature = "aws")]
fn fetched(bucket: &str, key: &str) -> anyhow::Result<Local<'static>> {
    use anyhow::Context as _;
    use matinee::ports::Blobs as _;

    let blobs = matinee_aws::S3Blobs::new(bucket, "", matinee_aws::Pace::tool());
    let blob = crate::models::block_on(blobs.get(key))?;
    let blob = blob.with_context(|| format!("cannot read from the bucket {bucket}"))?;
    let blob = blob.with_context(|| format!("there is no {key} in the bucket {bucket}"))?;
    let unique = getrandom::u64().context("no random number for the name of a folder")?;
    let folder = std::env::temp_dir().join(format!("matinee-{unique:016x}"));
    let name = key.rsplit('/').next().unwrap_or(key);
    let path = folder.join(name);
    let local = Local {
        path: path.clone().into(),
        copied: true,
    };
    std::fs::create_dir(&folder)
        .and_then(|()| std::fs::write(&path, &blob.bytes))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_a_file_and_stays_when_it_was_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("films.csv");
        std::fs::write(&path, "x").unwrap();
        let object: Object = path.to_str().unwrap().parse().unwrap();
        let local = object.local().unwrap();
        assert_eq!(local.path(), path);
        drop(local);
        assert!(path.exists());
        for wrong in ["gs://films/x.csv", ""] {
            assert!(wrong.parse::<Object>().is_err(), "{wrong}");
        }
    }

    #[cfg(not(feature = "aws"))]
    #[test]
    fn a_build_without_the_sdk_says_how_to_get_one_that_has_it() {
        for error in [
            table("Films").unwrap_err(),
            "s3://b/k".parse::<Object>().unwrap_err(),
        ] {
            assert!(error.contains("--features aws"), "{error}");
        }
    }

    #[cfg(feature = "aws")]
    #[test]
    fn an_object_has_a_bucket_and_a_key() {
        let object: Object = "s3://films/a/b.csv".parse().unwrap();
        assert_eq!(object.to_string(), "s3://films/a/b.csv");
        for wrong in ["s3://films", "s3://films/", "s3:///k", "s3://films/../k"] {
            assert!(wrong.parse::<Object>().is_err(), "{wrong}");
        }
        assert!(table("Films").is_ok() && table("no table").is_err());
    }
}
