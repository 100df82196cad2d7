//! The thread that writes. A commit waits for the disk; whoever comes meanwhile shares the next.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, DropBehavior, TransactionBehavior};
use tokio::sync::oneshot;

use super::error::Failure;

/// The most pieces of work that share a commit.
const MOST: usize = 128;

/// Lets work of all kinds wait in one line.
trait Job: Send {
    /// Does the work inside a transaction.
    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()>;

    /// Tells whoever waits, once the transaction has ended.
    fn done(self: Box<Self>, outcome: Result<(), Failure>);
}

struct Work<F, T> {
    todo: Option<F>,
    value: Option<T>,
    reply: oneshot::Sender<Result<T, Failure>>,
}

impl<F, T> Job for Work<F, T>
where
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if let Some(work) = self.todo.take() {
            self.value = Some(work(connection)?);
        }
        Ok(())
    }

    fn done(self: Box<Self>, outcome: Result<(), Failure>) {
        let Self { value, reply, .. } = *self;
        // Whoever waited may have gone; the work is done all the same.
        let _ = reply.send(outcome.and_then(|()| value.ok_or(Failure::Closed)));
    }
}

#[derive(Debug)]
pub(super) struct Writer {
    /// `None` once no more work is taken.
    jobs: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, name: &str) -> io::Result<Self> {
        let (jobs, waiting) = channel();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(connection, &waiting))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Does `work` in a transaction, and returns when that has ended.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let (reply, outcome) = oneshot::channel();
        let job = Box::new(Work {
            todo: Some(work),
            value: None,
            reply,
        });
        let sent = self.jobs.as_ref().map(|jobs| jobs.send(job));
        match sent {
            Some(Ok(())) => outcome.await.unwrap_or(Err(Failure::Closed)),
            _ => Err(Failure::Closed),
        }
    }
}

impl Drop for Writer {
    /// Work that waits is done, then the file is closed.
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // One that panicked has nothing left to do either.
            let _ = thread.join();
        }
    }
}

fn run(mut connection: Connection, waiting: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        group.extend(waiting.try_iter().take(MOST - 1));
        let outcomes = commit(&mut connection, &mut group);
        match outcomes {
            Ok(outcomes) => group
                .into_iter()
                .zip(outcomes)
                .for_each(|(job, outcome)| job.done(outcome)),
            Err(failure) => group
                .into_iter()
                .for_each(|job| job.done(Err(failure.clone()))),
        }
    }
}

/// Does all the work in one transaction. Work that fails is taken back alone; an error that is not
/// of one piece of work is everyone's.
fn commit(
    connection: &mut Connection,
    group: &mut [Box<dyn Job>],
) -> Result<Vec<Result<(), Failure>>, Failure> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut outcomes = Vec::with_capacity(group.len());
    for job in group {
        let mut point = transaction.savepoint()?;
        let outcome = job.run(&point);
        if outcome.is_ok() {
            point.set_drop_behavior(DropBehavior::Commit);
        }
        let closed = point.finish();
        if let Err(error) = outcome {
            // A full disk, for one, takes the whole transaction back.
            if transaction.is_autocommit() {
                return Err(error.into());
            }
            outcomes.push(Err(error.into()));
        } else {
            outcomes.push(Ok(()));
        }
        closed?;
    }
    transaction.commit()?;
    Ok(outcomes)
}
