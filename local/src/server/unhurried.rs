//! The viewers, with no wait for what may be a moment late.

use std::sync::Arc;

use matinee::ports::StoreError;
use matinee::recommend::Personal;
use matinee::taste::{Audience, Millis, Pending, Properties, Recorded, ServedPage, ViewerId};
use tokio::sync::Semaphore;

use crate::output;

/// How many pages may be on their way at once; who brings more waits.
const MOST: u32 = 256;

/// An [`Audience`] that remembers what was served beside the answer. A process that goes on once it has
/// answered need not wait for the disk before: whoever pulls the plug loses the pages of the last
/// milliseconds, and with them only that these are counted.
pub(super) struct Unhurried {
    behind: Arc<dyn Audience>,
    room: Arc<Semaphore>,
}

impl Unhurried {
    pub(super) fn new(behind: impl Audience + 'static) -> Self {
        Self {
            behind: Arc::new(behind),
            room: Arc::new(Semaphore::new(MOST as usize)),
        }
    }

    /// Waits until every page that was handed over is remembered.
    pub(super) async fn settle(&self) {
        // It is never closed.
        let _ = self.room.acquire_many(MOST).await;
    }
}

impl Audience for Unhurried {
    fn now(&self) -> Millis {
        self.behind.now()
    }

    fn watched_fraction(&self) -> f64 {
        self.behind.watched_fraction()
    }

    fn personal(&self) -> Personal {
        self.behind.personal()
    }

    fn submit<'a>(&'a self, rows: &'a [Recorded]) -> Pending<'a, ()> {
        self.behind.submit(rows)
    }

    fn newest<'a>(&'a self, viewer: &'a ViewerId, limit: usize) -> Pending<'a, Vec<Recorded>> {
        self.behind.newest(viewer, limit)
    }

    /// Returns when there is room for the page; that it could not be remembered is a line on stderr.
    fn remember<'a>(&'a self, page: &'a ServedPage) -> Pending<'a, ()> {
        Box::pin(async move {
            let room = Arc::clone(&self.room).acquire_owned().await;
            let (behind, page) = (Arc::clone(&self.behind), page.clone());
            tokio::spawn(async move {
                if let Err(error) = behind.remember(&page).await {
                    tell(&error);
                }
                drop(room);
            });
            Ok(())
        })
    }

    fn served<'a>(&'a self, viewer: &'a ViewerId) -> Pending<'a, Vec<ServedPage>> {
        self.behind.served(viewer)
    }

    fn describe<'a>(&'a self, said: &'a [(ViewerId, Properties)]) -> Pending<'a, ()> {
        self.behind.describe(said)
    }

    fn properties<'a>(&'a self, viewer: &'a ViewerId) -> Pending<'a, Option<Properties>> {
        self.behind.properties(viewer)
    }

    fn forget<'a>(&'a self, viewer: &'a ViewerId) -> Pending<'a, ()> {
        self.behind.forget(viewer)
    }
}

fn tell(error: &StoreError) {
    let error = output::chain(error);
    output::say(format_args!(
        "warning: a list that was served is not remembered: {error}"
    ));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use matinee::ports::{Delivery, MemoryTables, Queue};
    use matinee::taste::{Desk, LastForgotten};
    use tokio::sync::watch;

    use super::*;

    /// A queue that takes nothing before it is opened.
    #[derive(Clone)]
    struct Gate {
        opened: watch::Receiver<bool>,
        sent: Arc<Semaphore>,
    }

    impl Queue for Gate {
        async fn send(&self, _: &str) -> Result<(), StoreError> {
            let mut opened = self.opened.clone();
            let _ = opened.wait_for(|opened| *opened).await;
            self.sent.add_permits(1);
            Ok(())
        }

        async fn receive(&self, _: usize) -> Result<Vec<Delivery>, StoreError> {
            Ok(Vec::new())
        }

        async fn finish(&self, _: &[Delivery]) -> Result<(), StoreError> {
            Ok(())
        }
    }

    fn page(number: u32) -> ServedPage {
        ServedPage {
            viewer: "ada".parse().unwrap(),
            recommendation: format!("list:{number}").parse().unwrap(),
            at: Millis(1_700_000_000_000),
            source: matinee::taste::Source::Http,
            model_version: "20260101T000000Z-00000000".to_owned(),
            movies: vec!["tmdb:603".parse().unwrap()],
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_a_page_to_be_remembered_but_the_end_does() {
        let (open, opened) = watch::channel(false);
        let sent = Arc::new(Semaphore::new(0));
        let queue = Gate {
            opened,
            sent: Arc::clone(&sent),
        };
        let tables = Arc::new(MemoryTables::default());
        let unhurried = Unhurried::new(Desk {
            interactions: Arc::clone(&tables),
            viewers: Arc::clone(&tables),
            recommendations: tables,
            queue,
            now: || Millis(1_700_000_000_000),
            watched_fraction: 0.5,
            personal: Personal::default(),
            forgotten: LastForgotten::default(),
        });
        for number in 0..MOST {
            unhurried.remember(&page(number)).await.unwrap();
        }
        let more = page(MOST);
        let one_more = tokio::time::timeout(Duration::from_millis(50), unhurried.remember(&more));
        assert!(one_more.await.is_err(), "so many at once are too many");
        assert_eq!(sent.available_permits(), 0);
        open.send(true).unwrap();
        unhurried.settle().await;
        assert_eq!(sent.available_permits(), MOST as usize);
    }
}
