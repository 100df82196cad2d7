//! Models in a bucket or in a directory, behind one type.

use bytes::Bytes;
use matinee::ports::{Blob, BlobError, Blobs, DirectoryBlobs, ETag, Expect, Since};

use crate::S3Blobs;

/// Where models are kept.
#[derive(Debug)]
pub enum ModelStore {
    /// In a bucket.
    S3(S3Blobs),
    /// In a directory.
    Directory(DirectoryBlobs),
}

/// Calls the same method of whichever it is.
macro_rules! either {
    ($store:ident, $blobs:ident => $call:expr) => {
        match $store {
            ModelStore::S3($blobs) => $call.await,
            ModelStore::Directory($blobs) => $call.await,
        }
    };
}

impl Blobs for ModelStore {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        either!(self, blobs => blobs.get(key))
    }

    async fn get_sized(&self, key: &str, size: u64) -> Result<Option<Blob>, BlobError> {
        either!(self, blobs => blobs.get_sized(key, size))
    }

    async fn get_since(&self, key: &str, etag: &ETag) -> Result<Since, BlobError> {
        either!(self, blobs => blobs.get_since(key, etag))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        either!(self, blobs => blobs.list(prefix))
    }

    async fn put(&self, key: &str, bytes: Bytes, expect: Expect) -> Result<ETag, BlobError> {
        either!(self, blobs => blobs.put(key, bytes, expect))
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        either!(self, blobs => blobs.delete(key))
    }
}
