//! Rows of the tables that wait for the log, as lines of it.

use matinee::taste::log::{LogRow, film_segment};
use matinee::taste::{FilmRating, Millis};
use rusqlite::{Connection, params};

/// What a line of the log is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    /// An interaction.
    Interaction = 0,
    /// A viewer who is forgotten.
    Forgotten = 1,
    /// A device's rating.
    FilmRating = 2,
}

/// A line that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) seq: i64,
    pub(super) is_rating: bool,
    pub(super) accepted: Millis,
    /// With its line break.
    pub(super) line: String,
}

/// Lets a row wait for the log, in the transaction that puts it into its table.
pub(super) fn post(connection: &Connection, row: &LogRow) -> rusqlite::Result<()> {
    let (about, viewer, accepted) = match row {
        LogRow::Interaction(row) => (About::Interaction, &row.interaction.viewer, row.accepted),
        LogRow::Forgotten { viewer, until } => (About::Forgotten, viewer, *until),
    };
    let mut line = String::new();
    row.write(&mut line);
    insert(connection, about, Some(viewer.as_str()), accepted, &line)
}

/// As [`post`], for a rating.
pub(super) fn post_rating(connection: &Connection, rating: &FilmRating) -> rusqlite::Result<()> {
    let segment = film_segment([rating]);
    let (_, line) = segment.split_once('\n').unwrap_or_default();
    insert(connection, About::FilmRating, None, rating.accepted, line)
}

fn insert(
    connection: &Connection,
    about: About,
    viewer: Option<&str>,
    accepted: Millis,
    line: &str,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO outbox (kind, viewer, accepted, line) VALUES (?1, ?2, ?3, ?4)",
    )?;
    insert.execute(params![about as i64, viewer, accepted.0, line])?;
    Ok(())
}

/// The lines that have waited longest.
pub(super) fn first(connection: &Connection, most: usize) -> rusqlite::Result<Vec<Waiting>> {
    let mut select = connection
        .prepare_cached("SELECT seq, kind, accepted, line FROM outbox ORDER BY seq LIMIT ?1")?;
    let rows = select.query_map([i64::try_from(most).unwrap_or(i64::MAX)], |row| {
        Ok(Waiting {
            seq: row.get(0)?,
            is_rating: row.get::<_, i64>(1)? == About::FilmRating as i64,
            accepted: Millis(row.get(2)?),
            line: row.get(3)?,
        })
    })?;
    rows.collect()
}

/// Takes lines out that are in the log, by the numbers of the first and the last.
pub(super) fn remove(connection: &Connection, first: i64, last: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM outbox WHERE seq BETWEEN ?1 AND ?2")?
        .execute([first, last])?;
    Ok(())
}

/// Takes a viewer's interactions out that are to be forgotten.
pub(super) fn forget(connection: &Connection, viewer: &str, until: Millis) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM outbox WHERE kind = ?1 AND viewer = ?2 AND accepted <= ?3")?
        .execute(params![About::Interaction as i64, viewer, until.0])?;
    Ok(())
}
