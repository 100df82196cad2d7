//! The dead letters: how long they stay, who may not be in them, and what they say.

use matinee::ports::StoreError;
use matinee::taste::{DeadLetter, DeadReason, Millis, ViewerId};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::Value;

use super::{Embedded, now};

/// How long a letter is kept, in milliseconds: fourteen days, as the queue in the cloud does.
pub(super) const KEPT: i64 = 14 * 24 * 60 * 60 * 1000;

/// Since when letters have had times. Older programs write letters without, and read all of them.
const TIMES: &str = "
ALTER TABLE dead_letters ADD COLUMN sent INTEGER;
CREATE INDEX dead_letters_by_sent ON dead_letters (sent);
";

/// A dead letter, as it lies in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// When it was put there; of one from before times were kept, when that was first noticed.
    pub sent: Millis,
    /// What it says.
    pub letter: DeadLetter,
}

impl Embedded {
    /// The letters that are kept, oldest first. Nothing is taken out or hidden.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn letters(&self) -> Result<Vec<Letter>, StoreError> {
        let select = |connection: &Connection| {
            let mut select = connection.prepare(
                "SELECT sent, body FROM dead_letters WHERE sent > ?1 OR sent IS NULL ORDER BY id",
            )?;
            let time = now().0;
            let letters = select.query_map([time.saturating_sub(KEPT)], |row| {
                Ok(Letter {
                    sent: Millis(row.get::<_, Option<i64>>(0)?.unwrap_or(time)),
                    letter: read(&row.get::<_, String>(1)?),
                })
            })?;
            letters.collect()
        };
        self.store.read("the dead letters", select).await
    }
}

fn read(body: &str) -> DeadLetter {
    serde_json::from_str(body).unwrap_or_else(|_| DeadLetter {
        reason: DeadReason::Unreadable,
        detail: "expected a dead letter".to_owned(),
        message: body.into(),
    })
}

/// Brings the table up to date when the file is opened, and lets go of what is too old.
pub(super) fn tidy(connection: &Connection) -> rusqlite::Result<()> {
    let dated: bool = connection.query_row(
        "SELECT count(*) FROM pragma_table_info('dead_letters') WHERE name = 'sent'",
        [],
        |row| row.get(0),
    )?;
    if !dated {
        connection.execute_batch(TIMES)?;
    }
    let time = now().0;
    connection.execute(
        "UPDATE dead_letters SET sent = ?1 WHERE sent IS NULL",
        [time],
    )?;
    expire(connection, time)
}

fn expire(connection: &Connection, time: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM dead_letters WHERE sent <= ?1")?
        .execute([time.saturating_sub(KEPT)])?;
    Ok(())
}

/// Adds a letter, without what is of viewers who were forgotten meanwhile.
pub(super) fn add(connection: &Connection, body: &str) -> rusqlite::Result<()> {
    let time = now().0;
    expire(connection, time)?;
    let mut until = connection.prepare_cached("SELECT until FROM viewers WHERE viewer = ?1")?;
    let mut failed = None;
    let is_forgotten = |row: &Value| {
        let viewer = row.get("viewer").and_then(Value::as_str);
        let until = viewer.map(|viewer| until.query_row([viewer], |row| row.get(0)).optional());
        match until.transpose() {
            Ok(until) => until
                .flatten()
                .is_some_and(|until| is_before(row, Millis(until))),
            Err(error) => {
                failed = Some(error);
                false
            }
        }
    };
    let left = without(body, is_forgotten, |_| false);
    if let Some(error) = failed {
        return Err(error);
    }
    let body = match &left {
        Left::All => body,
        Left::Part(body) => body,
        Left::Nothing => return Ok(()),
    };
    connection
        .prepare_cached(
            "INSERT INTO dead_letters (visible_at, receives, body, sent) VALUES (0, 0, ?1, ?2)",
        )?
        .execute(params![body, time])?;
    Ok(())
}

/// Takes out of the letters what is of a viewer and was accepted until then, as it is taken out of
/// the table of interactions in the same transaction.
pub(super) fn forget(
    connection: &Connection,
    viewer: &ViewerId,
    until: Millis,
) -> rusqlite::Result<()> {
    // Viewers' ids have nothing in them that JSON writes in another way.
    let mut select =
        connection.prepare_cached("SELECT id, body FROM dead_letters WHERE instr(body, ?1) > 0")?;
    let named = select.query_map([viewer.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let named: Vec<(i64, String)> = named.collect::<rusqlite::Result<_>>()?;
    let of_them = |row: &Value| row.get("viewer").and_then(Value::as_str) == Some(viewer.as_str());
    let is_theirs = |row: &Value| of_them(row) && is_before(row, until);
    let is_done = |wish: &Value| {
        let wished = wish.get("until").and_then(Value::as_i64);
        of_them(wish) && wished.is_some_and(|wished| wished <= until.0)
    };
    for (id, body) in named {
        match without(&body, is_theirs, is_done) {
            Left::All => {}
            Left::Part(body) => {
                connection
                    .prepare_cached("UPDATE dead_letters SET body = ?2 WHERE id = ?1")?
                    .execute(params![id, body])?;
            }
            Left::Nothing => {
                connection
                    .prepare_cached("DELETE FROM dead_letters WHERE id = ?1")?
                    .execute([id])?;
            }
        }
    }
    Ok(())
}

/// Whether a row was accepted, or a list served, until then. One that does not say when counts as old.
fn is_before(row: &Value, until: Millis) -> bool {
    let accepted = row.get("accepted").or_else(|| row.get("at"));
    let accepted = accepted.and_then(Value::as_i64);
    accepted.is_none_or(|accepted| accepted <= until.0)
}

/// What is left of a letter.
enum Left {
    All,
    Part(String),
    Nothing,
}

/// The letter without the rows that are to go: its message is one, or has several. A message that
/// asks to forget a viewer stays until that is `done`: somebody waits for it.
fn without(
    body: &str,
    mut goes: impl FnMut(&Value) -> bool,
    done: impl FnOnce(&Value) -> bool,
) -> Left {
    let Ok(mut letter) = serde_json::from_str::<DeadLetter>(body) else {
        return Left::All;
    };
    if let Some(Value::Array(rows)) = letter.message.get_mut("interactions") {
        let before = rows.len();
        rows.retain(|row| !goes(row));
        return match rows.len() {
            left if left == before => Left::All,
            0 => Left::Nothing,
            _ => Left::Part(letter.body()),
        };
    }
    let message = &letter.message;
    let gone = match (message.get("forget"), message.get("served")) {
        (Some(wish), _) => done(wish),
        (None, Some(page)) => goes(page),
        (None, None) => goes(message),
    };
    if gone { Left::Nothing } else { Left::All }
}
