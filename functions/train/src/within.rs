//! A part of a store.

use bytes::Bytes;
use matinee::ports::{Blob, BlobError, Blobs, ETag, Expect};

/// The blobs of a store whose keys begin with a prefix, by what is behind it.
pub(crate) struct Within<'a, B> {
    blobs: &'a B,
    prefix: String,
}

impl<'a, B> Within<'a, B> {
    /// `prefix` is empty or ends in a slash.
    pub(crate) fn new(blobs: &'a B, prefix: String) -> Self {
        Self { blobs, prefix }
    }

    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }
}

impl<B: Blobs> Blobs for Within<'_, B> {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        self.blobs.get(&self.key(key)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        let keys = self.blobs.list(&self.key(prefix)).await?;
        let behind = |key: String| key.strip_prefix(&self.prefix).map(str::to_owned);
        Ok(keys.into_iter().filter_map(behind).collect())
    }

    async fn put(&self, key: &str, bytes: Bytes, expect: Expect) -> Result<ETag, BlobError> {
        self.blobs.put(&self.key(key), bytes, expect).await
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        self.blobs.delete(&self.key(key)).await
    }
}
