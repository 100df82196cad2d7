//! Requests, one after the other, and what is said about them.

use std::sync::Arc;

use matinee::ports::StoreError;
use rusqlite::Connection;
use rusqlite::types::Type;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::document::{Document, MAX_SIZE, Patch};
use super::json::dated;
use super::request::{Rejection, Update, only_token, update};
use super::topic::{Operation, is_thing};
use crate::embedded::{EmbeddedShadows, Row, now};
use crate::mqtt::{Message, Slot};

/// The most requests that share a transaction.
const MOST: usize = 256;

/// A request for a thing's classic shadow.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) thing: Box<str>,
    pub(crate) operation: Operation,
    pub(crate) message: Message,
    /// The request's place among those of its connection; free again once it is answered.
    pub(crate) slot: Option<Slot>,
    /// Told once the answer was said and what it says is on the disk.
    pub(crate) done: oneshot::Sender<Result<(), Arc<StoreError>>>,
}

/// Answers requests in the order in which they come. Requests that come while others are brought into the
/// file share the next transaction; what is answered is in the file, and a request is done when it is on
/// the disk, too.
#[derive(Debug)]
pub(crate) struct Service {
    shadows: Arc<EmbeddedShadows>,
    requests: UnboundedReceiver<Request>,
}

/// Requests that wait for the disk.
type Unsynced = Vec<oneshot::Sender<Result<(), Arc<StoreError>>>>;

impl Service {
    /// A service, and the way to it.
    pub(crate) fn new(shadows: EmbeddedShadows) -> (UnboundedSender<Request>, Self) {
        let (sender, requests) = unbounded_channel();
        let shadows = Arc::new(shadows);
        (sender, Self { shadows, requests })
    }

    /// Answers until nobody is left who asks, through `say`.
    pub(crate) async fn run(mut self, say: impl Fn(Message) + Send) {
        let (unsynced, waiting) = unbounded_channel();
        let syncing = tokio::spawn(sync(Arc::clone(&self.shadows), waiting));
        let mut batch = Vec::new();
        while self.requests.recv_many(&mut batch, MOST).await > 0 {
            let todo: Vec<_> = batch.iter().map(Request::parts).collect();
            let answers = self.shadows.change(move |connection| {
                let now = now().0 / 1000;
                let todo = todo.iter();
                todo.map(|(thing, operation, message)| {
                    answer(connection, thing, *operation, message, now)
                })
                .collect::<rusqlite::Result<Vec<_>>>()
            });
            let answers = answers.await.unwrap_or_else(|error| {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "no shadow was changed"
                );
                batch.iter().map(Request::failed).collect()
            });
            answers.into_iter().flatten().for_each(&say);
            let answered = batch.drain(..).map(|Request { slot, done, .. }| {
                drop(slot);
                done
            });
            let done: Unsynced = answered.collect();
            // It listens for as long as this end is open.
            let _ = unsynced.send(done);
        }
        drop(unsynced);
        let _ = syncing.await;
    }
}

/// Syncs for everybody who waits by then, again and again.
async fn sync(shadows: Arc<EmbeddedShadows>, mut waiting: UnboundedReceiver<Unsynced>) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, usize::MAX).await > 0 {
        let outcome = shadows.sync().await.map_err(Arc::new);
        for done in batch.drain(..).flatten() {
            // Whoever asked may be gone.
            let _ = done.send(outcome.clone());
        }
    }
}

impl Request {
    fn parts(&self) -> (Box<str>, Operation, Message) {
        (self.thing.clone(), self.operation, self.message.clone())
    }

    fn failed(&self) -> Vec<Message> {
        let now = now().0 / 1000;
        vec![rejected(
            &self.message.topic,
            &self.thing,
            Rejection::Internal,
            None,
            now,
        )]
    }
}

/// That a request is rejected, as it is said below the request's topic.
pub(crate) fn rejected(
    topic: &str,
    thing: &str,
    why: Rejection,
    token: Option<&String>,
    now: i64,
) -> Message {
    let mut body = json!({ "code": why.code(), "message": why.message(thing), "timestamp": now });
    with_token(&mut body, token);
    below(topic, "rejected", &body)
}

fn below(topic: &str, name: &str, body: &Value) -> Message {
    Message::new(format!("{topic}/{name}"), body.to_string())
}

fn with_token(body: &mut Value, token: Option<&String>) {
    if let (Some(body), Some(token)) = (body.as_object_mut(), token) {
        body.insert("clientToken".to_owned(), token.as_str().into());
    }
}

/// Does what is asked, and gives what is said about it.
fn answer(
    connection: &Connection,
    thing: &str,
    operation: Operation,
    message: &Message,
    now: i64,
) -> rusqlite::Result<Vec<Message>> {
    let topic = &*message.topic;
    let reject = |why, token| Ok(vec![rejected(topic, thing, why, token, now)]);
    if !is_thing(thing) {
        return reject(Rejection::InvalidThing, None);
    }
    let (token, outcome) = match operation {
        Operation::Update => {
            let (token, update) = update(&message.payload);
            let update = match update {
                Ok(update) => update,
                Err(why) => return reject(why, token.as_ref()),
            };
            let outcome = apply(connection, thing, &update, topic, token.as_ref(), now)?;
            (token, outcome)
        }
        Operation::Get | Operation::Delete => {
            let token = match only_token(&message.payload) {
                Ok(token) => token,
                Err(why) => return reject(why, None),
            };
            let row = Row::read(connection, thing, now)?.filter(|row| row.document.is_some());
            let outcome = match (row, operation) {
                (None, _) => Err(Rejection::NoShadow),
                (Some(row), Operation::Delete) => {
                    delete(connection, thing, &row, now)?;
                    Ok(vec![("accepted", said(row.version, now))])
                }
                (Some(row), _) => Ok(vec![("accepted", whole(&row, now)?)]),
            };
            let outcome = outcome.map(|said| named(topic, said, token.as_ref()));
            (token, outcome)
        }
    };
    outcome.or_else(|why| reject(why, token.as_ref()))
}

/// Answers with their topics and the client's token.
fn named(topic: &str, said: Vec<(&str, Value)>, token: Option<&String>) -> Vec<Message> {
    let messages = said.into_iter().map(|(name, mut body)| {
        with_token(&mut body, token);
        below(topic, name, &body)
    });
    messages.collect()
}

fn said(version: u64, now: i64) -> Value {
    json!({ "version": version, "timestamp": now })
}

fn delete(connection: &Connection, thing: &str, row: &Row, now: i64) -> rusqlite::Result<()> {
    let deleted = Row {
        version: row.version,
        changed: now,
        document: None,
    };
    deleted.write(connection, thing)
}

/// The document of a row; an empty one where there is none.
fn document(row: Option<&Row>) -> rusqlite::Result<Document> {
    match row.and_then(|row| row.document.as_deref()) {
        None => Ok(Document::default()),
        Some(text) => serde_json::from_str(text).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(3, Type::Text, error.into())
        }),
    }
}

/// The whole shadow, as it is asked for: with what is still to be done.
fn whole(row: &Row, now: i64) -> rusqlite::Result<Value> {
    let document = document(Some(row))?;
    let mut body = json!({
        "state": document.state, "metadata": document.metadata,
        "version": row.version, "timestamp": now,
    });
    let (delta, _) = document.delta();
    if !delta.is_empty() {
        body["state"]["delta"] = delta.into();
    }
    Ok(body)
}

fn apply(
    connection: &Connection,
    thing: &str,
    update: &Update,
    topic: &str,
    token: Option<&String>,
    now: i64,
) -> rusqlite::Result<Result<Vec<Message>, Rejection>> {
    let row = Row::read(connection, thing, now)?;
    let before = row.as_ref().map_or(0, |row| row.version);
    if update.version.is_some_and(|expected| expected != before) {
        return Ok(Err(Rejection::VersionConflict));
    }
    let previous = document(row.as_ref())?;
    let current = previous.updated(&update.desired, &update.reported, now);
    if current.size() > MAX_SIZE {
        return Ok(Err(Rejection::TooLarge));
    }
    let version = before + 1;
    let text = serde_json::to_string(&current)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let row = Row {
        version,
        changed: now,
        document: Some(text),
    };
    row.write(connection, thing)?;
    let mut accepted = said(version, now);
    accepted["state"] = update.state.clone().into();
    accepted["metadata"] = times(update, now);
    let mut all = vec![("accepted", accepted)];
    let (state, metadata) = current.delta();
    if !state.is_empty() {
        let mut delta = said(version, now);
        delta["state"] = state.into();
        delta["metadata"] = metadata.into();
        all.push(("delta", delta));
    }
    let documents = json!({
        "previous": {
            "state": previous.state, "metadata": previous.metadata, "version": before,
        },
        "current": { "state": current.state, "metadata": current.metadata, "version": version },
        "timestamp": now,
    });
    all.push(("documents", documents));
    Ok(Ok(named(topic, all, token)))
}

/// The times of what was sent, and of nothing else.
fn times(update: &Update, now: i64) -> Value {
    let section = |name: &str, patch: &Patch| {
        let sent = update.state.get(name).filter(|_| *patch != Patch::Keep)?;
        Some((name.to_owned(), dated(sent, now)))
    };
    let sections = [
        section("desired", &update.desired),
        section("reported", &update.reported),
    ];
    Value::Object(sections.into_iter().flatten().collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests;
