use std::future::Future;

use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_64;

/// The longest key, in bytes.
pub const MAX_KEY: usize = 512;

/// Identifies one state of a blob; opaque, compared only for equality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(pub String);

impl ETag {
    /// The tag of a store that derives it from the content.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(format!("{:016x}-{}", xxh3_64(bytes), bytes.len()))
    }
}

/// A blob's content and the state it was read in.
#[derive(Clone, Debug)]
pub struct Blob {
    /// The content.
    pub bytes: Bytes,
    /// Names this state, for [`Expect::Unchanged`].
    pub etag: ETag,
}

/// What must hold for a write to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing: overwrite.
    Anything,
    /// There is no such blob yet.
    Absent,
    /// The blob is still in the state that was read.
    Unchanged(ETag),
}

/// Why a blob store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The write's condition did not hold: somebody else was first.
    #[error("{key:?} was changed by somebody else meanwhile: read it again and retry")]
    Conflict {
        /// Which blob.
        key: String,
    },
    /// Not a key: empty, too long, absolute, or with an empty, `.` or `..` segment.
    #[error("not a blob key: {key:?}")]
    InvalidKey {
        /// As given.
        key: String,
    },
    /// The store itself failed.
    #[error("cannot {action} {key:?}: {cause}")]
    Store {
        /// "read", "write", "delete" or "list".
        action: &'static str,
        /// Which blob.
        key: String,
        /// What kind of failure it is.
        cause: StoreCause,
        /// What the store said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Why a store fails, as far as whoever runs it can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreCause {
    /// The caller may not do this.
    #[error("access is denied")]
    AccessDenied,
    /// The caller has no credentials, or unknown ones.
    #[error("there are no valid credentials")]
    NoCredentials,
    /// The caller's credentials were valid once.
    #[error("the credentials have expired")]
    ExpiredCredentials,
    /// It is not known where the bucket is looked for.
    #[error("no region is configured")]
    NoRegion,
    /// The bucket lies in another region than the one that was asked.
    #[error("the bucket is in another region")]
    WrongRegion,
    /// There is no such bucket.
    #[error("the bucket does not exist")]
    NoBucket,
    /// There is no such table or queue.
    #[error("it does not exist")]
    NotFound,
    /// The environment names none.
    #[error("it is not configured")]
    NotConfigured,
    /// What is to be written can never be written, for what it holds.
    #[error("it does not take this")]
    Refused,
    /// Too slow, overloaded, or out of reach: the same call may succeed later.
    #[error("the store cannot be reached or does not keep up")]
    Unavailable,
    /// Anything else.
    #[error("the store failed")]
    Other,
}

/// What has become of a blob since it was read.
#[derive(Clone, Debug)]
pub enum Since {
    /// It is still in that state.
    Unchanged,
    /// It has another content now.
    Changed(Blob),
    /// It is there no more.
    Gone,
}

/// Bytes by name, as S3 keeps them: a write is seen whole or not at all.
///
/// Keys are relative paths of `/`-separated segments, at most [`MAX_KEY`] bytes.
pub trait Blobs: Send + Sync {
    /// The blob, or `None` when there is none.
    ///
    /// # Errors
    /// [`BlobError::InvalidKey`] or [`BlobError::Store`].
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Blob>, BlobError>> + Send;

    /// The blob, where its size in bytes is known beforehand: a store may then fetch it in parts
    /// at the same time. A blob of another size is still given as it is.
    ///
    /// # Errors
    /// As [`Blobs::get`].
    fn get_sized(
        &self,
        key: &str,
        _size: u64,
    ) -> impl Future<Output = Result<Option<Blob>, BlobError>> + Send {
        self.get(key)
    }

    /// The blob, unless it is still in the state that `etag` names.
    ///
    /// # Errors
    /// As [`Blobs::get`].
    fn get_since(
        &self,
        key: &str,
        etag: &ETag,
    ) -> impl Future<Output = Result<Since, BlobError>> + Send {
        async move {
            Ok(match self.get(key).await? {
                None => Since::Gone,
                Some(blob) if blob.etag == *etag => Since::Unchanged,
                Some(blob) => Since::Changed(blob),
            })
        }
    }

    /// The keys that begin with `prefix`, in byte order; an empty prefix gives all.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    fn list(&self, prefix: &str) -> impl Future<Output = Result<Vec<String>, BlobError>> + Send;

    /// Writes the blob when `expect` holds and returns its new state.
    ///
    /// # Errors
    /// [`BlobError::Conflict`] when `expect` does not hold; else as [`Blobs::get`].
    fn put(
        &self,
        key: &str,
        bytes: Bytes,
        expect: Expect,
    ) -> impl Future<Output = Result<ETag, BlobError>> + Send;

    /// Removes the blob; one that is not there is no error.
    ///
    /// # Errors
    /// As [`Blobs::get`].
    fn delete(&self, key: &str) -> impl Future<Output = Result<(), BlobError>> + Send;
}

/// Refuses what is no key, above all what would lead out of the store.
///
/// # Errors
/// [`BlobError::InvalidKey`].
pub fn check_key(key: &str) -> Result<(), BlobError> {
    let sound = (1..=MAX_KEY).contains(&key.len())
        && key.split('/').all(|segment| {
            !matches!(segment, "" | "." | "..")
                && !segment.contains(|c: char| c.is_control() || c == '\\')
        });
    if sound {
        Ok(())
    } else {
        Err(BlobError::InvalidKey {
            key: key.chars().take(MAX_KEY).collect(),
        })
    }
}

/// Whether a write may go ahead over the `present` state.
pub(super) fn check_expect(
    key: &str,
    expect: &Expect,
    present: Option<&ETag>,
) -> Result<(), BlobError> {
    let holds = match expect {
        Expect::Anything => true,
        Expect::Absent => present.is_none(),
        Expect::Unchanged(etag) => present == Some(etag),
    };
    if holds {
        Ok(())
    } else {
        Err(BlobError::Conflict {
            key: key.to_owned(),
        })
    }
}
