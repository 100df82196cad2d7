use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::blobs::{Blob, BlobError, Blobs, ETag, Expect, check_expect, check_key};

/// Blobs kept in memory, gone with the process.
#[derive(Debug, Default)]
pub struct MemoryBlobs {
    blobs: Mutex<BTreeMap<String, Bytes>>,
}

impl MemoryBlobs {
    /// No lock is held over code that can panic half-way through a change.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Blobs for MemoryBlobs {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        check_key(key)?;
        Ok(self.lock().get(key).map(|bytes| Blob {
            bytes: bytes.clone(),
            etag: ETag::of(bytes),
        }))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        let blobs = self.lock();
        let keys = blobs.keys().filter(|key| key.starts_with(prefix));
        Ok(keys.cloned().collect())
    }

    async fn put(&self, key: &str, bytes: Bytes, expect: Expect) -> Result<ETag, BlobError> {
        check_key(key)?;
        let mut blobs = self.lock();
        let present = blobs.get(key).map(|bytes| ETag::of(bytes));
        check_expect(key, &expect, present.as_ref())?;
        let etag = ETag::of(&bytes);
        blobs.insert(key.to_owned(), bytes);
        Ok(etag)
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        check_key(key)?;
        self.lock().remove(key);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::contract;

    #[test]
    fn memory_keeps_the_contract() {
        futures_util::future::FutureExt::now_or_never(contract::blobs(&MemoryBlobs::default()))
            .unwrap();
    }
}
