//! What a training tells while it runs, and whether it may begin.

use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use matinee_training::Progress;
use matinee_training::renew::{Task, Watcher};

/// Logs every stage with the time that it took and the most memory that was in use until then.
pub(crate) struct Watch {
    left: Option<Duration>,
    began: Instant,
    stage: Mutex<Option<(String, Instant)>>,
}

impl Watch {
    /// From now on; `left` is how long all of it may take.
    pub(crate) fn new(left: Option<Duration>) -> Self {
        Self {
            left,
            began: Instant::now(),
            stage: Mutex::default(),
        }
    }

    /// A stage begins; the one before it is done.
    pub(crate) fn say(&self, name: &str) {
        self.exchange(Some((name.to_owned(), Instant::now())));
    }

    /// The last stage is done.
    pub(crate) fn end(&self) {
        self.exchange(None);
    }

    fn exchange(&self, next: Option<(String, Instant)>) {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((name, since)) = stage.take() {
            let seconds = (since.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
            let megabytes = most_memory().map(|bytes| bytes >> 20);
            tracing::info!(stage = name, seconds, mostMegabytes = megabytes, "done");
        }
        *stage = next;
    }
}

impl Progress for Watch {
    fn stage(&self, name: &str, _steps: u64) {
        self.say(name);
    }

    fn advance(&self, _steps: u64) {}
}

impl Watcher for Watch {
    fn task(&self, task: &Task) -> Result<(), String> {
        let estimate = task.seconds();
        tracing::info!(
            plan = %task.plan,
            times = task.times,
            estimatedSeconds = estimate.round(),
            "to learn"
        );
        let left = self
            .left
            .map(|left| left.saturating_sub(self.began.elapsed()));
        match left {
            Some(left) if estimate > left.as_secs_f64() => Err(format!(
                "learning is estimated to take {estimate:.0} s and {:.0} s are left ({}): give the \
                 function more time or memory, which brings processors, or ask for fewer \
                 dense_films",
                left.as_secs_f64(),
                task.plan
            )),
            _ => Ok(()),
        }
    }
}

/// The most memory that this process ever had in use, in bytes, where the system tells.
fn most_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}
