use std::future::Future;
use std::sync::{Mutex, PoisonError};

use super::StoreError;

/// What devices are told: messages to topics, among them those of their shadows
/// (`$aws/things/<thing>/shadow/update`).
pub trait Shadow: Send + Sync {
    /// Publishes a message, which is delivered at least once to everybody who subscribes then. Once
    /// this returns the broker has it.
    ///
    /// # Errors
    /// [`StoreError`]; the message may be published nevertheless.
    fn publish(
        &self,
        topic: &str,
        payload: &[u8],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

impl<T: Shadow> Shadow for std::sync::Arc<T> {
    async fn publish(&self, topic: &str, payload: &[u8]) -> Result<(), StoreError> {
        (**self).publish(topic, payload).await
    }
}

/// Keeps what is published.
#[derive(Debug, Default)]
pub struct MemoryShadow {
    published: Mutex<Vec<(String, Vec<u8>)>>,
}

impl MemoryShadow {
    /// What was published so far, topic and payload, in order.
    pub fn published(&self) -> Vec<(String, Vec<u8>)> {
        let published = self.published.lock();
        published.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Shadow for MemoryShadow {
    async fn publish(&self, topic: &str, payload: &[u8]) -> Result<(), StoreError> {
        let published = self.published.lock();
        let mut published = published.unwrap_or_else(PoisonError::into_inner);
        published.push((topic.to_owned(), payload.to_owned()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::ports::contract;

    #[test]
    fn memory_keeps_the_contract() {
        let shadow = MemoryShadow::default();
        let kept = contract::shadow(&shadow, async || shadow.published());
        assert!(kept.now_or_never().is_some());
    }
}
