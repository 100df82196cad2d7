use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Delivery, Films, Interactions, Put, Queue, Recommendations, StoreError, Viewers};
use crate::taste::{FilmRating, InteractionId, Millis, Properties, Recorded, ServedPage, ViewerId};

/// Interactions, viewers, film ratings and served lists in memory, for tests.
#[derive(Debug, Default)]
pub struct MemoryTables {
    rows: Mutex<BTreeMap<(ViewerId, InteractionId), Recorded>>,
    viewers: Mutex<BTreeMap<ViewerId, KnownViewer>>,
    ratings: Mutex<BTreeMap<(String, InteractionId), FilmRating>>,
    served: Mutex<BTreeMap<(ViewerId, String), ServedPage>>,
}

/// What is known of a viewer but what they did.
#[derive(Debug, Default)]
struct KnownViewer {
    forgotten: Option<Millis>,
    properties: Option<Properties>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MemoryTables {
    /// Every interaction, by viewer and id.
    pub fn rows(&self) -> Vec<Recorded> {
        lock(&self.rows).values().cloned().collect()
    }

    /// Every film rating, by title and id.
    pub fn ratings(&self) -> Vec<FilmRating> {
        lock(&self.ratings).values().cloned().collect()
    }
}

/// Puts by key, unless the key is taken.
fn put<K: Ord, V: Clone>(
    map: &mut BTreeMap<K, V>,
    key: K,
    value: &V,
    same: impl Fn(&V, &V) -> bool,
) -> Put {
    match map.get(&key) {
        None => {
            map.insert(key, value.clone());
            Put::New
        }
        Some(there) if same(there, value) => Put::Repeat,
        Some(_) => Put::Conflict,
    }
}

impl Interactions for MemoryTables {
    async fn put(&self, rows: &[Recorded]) -> Vec<Result<Put, StoreError>> {
        let mut map = lock(&self.rows);
        let outcomes = rows.iter().map(|row| {
            let key = (row.interaction.viewer.clone(), row.interaction.id.clone());
            Ok(put(&mut map, key, row, Recorded::same_content))
        });
        outcomes.collect()
    }

    async fn newest(&self, viewer: &ViewerId, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        let mut rows = self.rows();
        rows.retain(|row| row.interaction.viewer == *viewer);
        rows.sort_by_key(|row| std::cmp::Reverse(row.interaction.at));
        rows.truncate(limit);
        Ok(rows)
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<u64, StoreError> {
        let mut map = lock(&self.rows);
        let before = map.len();
        map.retain(|(of, _), row| of != viewer || row.accepted > until);
        Ok((before - map.len()) as u64)
    }
}

impl Viewers for MemoryTables {
    async fn forgotten(&self, viewer: &ViewerId) -> Result<Option<Millis>, StoreError> {
        let viewers = lock(&self.viewers);
        Ok(viewers.get(viewer).and_then(|known| known.forgotten))
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<(), StoreError> {
        let mut viewers = lock(&self.viewers);
        let known = viewers.entry(viewer.clone()).or_default();
        known.forgotten = known.forgotten.max(Some(until));
        known.properties.take_if(|of| of.accepted <= until);
        Ok(())
    }

    async fn describe(&self, viewer: &ViewerId, properties: &Properties) -> Result<(), StoreError> {
        let mut viewers = lock(&self.viewers);
        let known = viewers.entry(viewer.clone()).or_default();
        let accepted = properties.accepted;
        let later = known
            .properties
            .as_ref()
            .is_some_and(|of| of.accepted > accepted);
        if !later && known.forgotten.is_none_or(|until| until < accepted) {
            known.properties = Some(properties.clone());
        }
        Ok(())
    }

    async fn properties(&self, viewer: &ViewerId) -> Result<Option<Properties>, StoreError> {
        let viewers = lock(&self.viewers);
        Ok(viewers
            .get(viewer)
            .and_then(|known| known.properties.clone()))
    }
}

impl Films for MemoryTables {
    async fn put(&self, rating: &FilmRating) -> Result<Put, StoreError> {
        let key = (rating.title.clone(), rating.id.clone());
        Ok(put(
            &mut lock(&self.ratings),
            key,
            rating,
            FilmRating::same_content,
        ))
    }
}

impl Recommendations for MemoryTables {
    async fn put(&self, page: &ServedPage) -> Result<Put, StoreError> {
        let key = (page.viewer.clone(), page.id());
        Ok(put(&mut lock(&self.served), key, page, |_, _| true))
    }

    async fn served(
        &self,
        viewer: &ViewerId,
        since: Millis,
    ) -> Result<Vec<ServedPage>, StoreError> {
        let mut pages = lock(&self.served).values().cloned().collect::<Vec<_>>();
        pages.retain(|page| page.viewer == *viewer && page.at >= since);
        Ok(pages)
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<u64, StoreError> {
        let mut map = lock(&self.served);
        let before = map.len();
        map.retain(|(of, _), page| of != viewer || page.at > until);
        Ok((before - map.len()) as u64)
    }
}

/// A queue in memory, for tests. What is received and not finished is delivered again once
/// [`MemoryQueue::time_out`] says so.
#[derive(Debug, Default)]
pub struct MemoryQueue {
    state: Mutex<QueueState>,
}

#[derive(Debug, Default)]
struct QueueState {
    next: u64,
    waiting: VecDeque<Delivery>,
    delivered: BTreeMap<String, Delivery>,
}

impl MemoryQueue {
    /// Lets everything that was received and not finished wait again.
    pub fn time_out(&self) {
        let mut state = lock(&self.state);
        let delivered = std::mem::take(&mut state.delivered);
        state.waiting.extend(delivered.into_values());
    }

    /// The bodies that wait, in order.
    pub fn bodies(&self) -> Vec<String> {
        let state = lock(&self.state);
        state.waiting.iter().map(|d| d.body.clone()).collect()
    }
}

impl Queue for MemoryQueue {
    async fn send(&self, body: &str) -> Result<(), StoreError> {
        let mut state = lock(&self.state);
        state.next += 1;
        let delivery = Delivery {
            receipt: state.next.to_string(),
            body: body.to_owned(),
        };
        state.waiting.push_back(delivery);
        Ok(())
    }

    async fn receive(&self, most: usize) -> Result<Vec<Delivery>, StoreError> {
        let mut state = lock(&self.state);
        let most = most.min(state.waiting.len());
        let taken: Vec<Delivery> = state.waiting.drain(..most).collect();
        for delivery in &taken {
            let receipt = delivery.receipt.clone();
            state.delivered.insert(receipt, delivery.clone());
        }
        Ok(taken)
    }

    async fn finish(&self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        let mut state = lock(&self.state);
        for delivery in deliveries {
            state.delivered.remove(&delivery.receipt);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::ports::contract;

    #[test]
    fn memory_keeps_the_contracts() {
        let suites = async {
            contract::interactions(&MemoryTables::default()).await;
            contract::viewers(&MemoryTables::default()).await;
            contract::films(&MemoryTables::default()).await;
            contract::recommendations(&MemoryTables::default(), Millis(1_700_000_000_000)).await;
            contract::queue(&MemoryQueue::default()).await;
        };
        suites.now_or_never().unwrap();
    }

    #[test]
    fn what_is_not_finished_comes_again() {
        let queue = MemoryQueue::default();
        let sent = queue.send("a").now_or_never().unwrap();
        assert!(sent.is_ok());
        for _ in 0..2 {
            let received = queue.receive(10).now_or_never().unwrap().unwrap();
            assert_eq!(received.len(), 1);
            assert!(queue.bodies().is_empty());
            queue.time_out();
        }
    }
}
