//! The narrow traits towards the outside world, and their implementations that need nothing but
//! memory or a directory. Each port has one contract suite in `contract`, which every
//! implementation must pass.

mod blobs;
mod clock;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod directory;
mod feedback;
mod memory;
mod memory_feedback;
mod memory_personalizer;
mod personalizer;
mod shadow;

pub use blobs::{Blob, BlobError, Blobs, ETag, Expect, MAX_KEY, Since, StoreCause, check_key};
pub use clock::Clock;
pub use directory::DirectoryBlobs;
pub use feedback::{
    Delivery, Films, Interactions, Put, Queue, Recommendations, StoreError, Viewers,
};
pub use memory::MemoryBlobs;
pub use memory_feedback::{MemoryQueue, MemoryTables};
pub use memory_personalizer::MemoryPersonalizer;
pub use personalizer::{
    AppliedFilter, MAX_PERSONALIZED, Personalized, PersonalizedItem, PersonalizedList,
    Personalizer, PersonalizerCause, PersonalizerError, RankingQuery, RecommendationQuery,
};
pub use shadow::{MemoryShadow, Shadow};
