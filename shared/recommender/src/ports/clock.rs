use std::future::Future;
use std::time::{Duration, Instant};

/// Time, for what has to wait or to look again.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Instant;

    /// Done once `duration` has passed.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}
