//! The narrow traits towards the outside world, and their implementations that need nothing but
//! memory or a directory. Each port has one contract suite in `contract`, which every
//! implementation must pass.

mod blobs;
mod clock;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod directory;
mod memory;

pub use blobs::{Blob, BlobError, Blobs, ETag, Expect, MAX_KEY, Since, StoreCause, check_key};
pub use clock::Clock;
pub use directory::DirectoryBlobs;
pub use memory::MemoryBlobs;
