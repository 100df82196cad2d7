//! The ports of what is kept for good.

use std::sync::Arc;

use matinee::ports::{Films, Interactions, Put, StoreError};
use matinee::taste::log::LogRow;
use matinee::taste::{FilmRating, Millis, Recorded, ViewerId};
use rusqlite::{Connection, params};

use super::store::Store;
use super::{letters, outbox, rows};

const INTERACTIONS: &str = "interactions";
const FILMS: &str = "films";

/// Interactions, viewers and films. Whatever is new in them waits for the log from the same
/// moment on.
#[derive(Clone, Debug)]
pub struct EmbeddedTables {
    pub(super) store: Arc<Store>,
}

impl EmbeddedTables {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// Every interaction, by viewer and time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn all_interactions(&self) -> Result<Vec<Recorded>, StoreError> {
        let columns = rows::INTERACTION;
        let query = format!("SELECT {columns} FROM interactions ORDER BY viewer, at, id");
        let select = move |connection: &Connection| {
            let mut select = connection.prepare(&query)?;
            let found = select.query_map([], rows::interaction)?;
            found.collect()
        };
        self.store.read(INTERACTIONS, select).await
    }
}

/// What became of rows that were brought in together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BroughtIn {
    /// Not known before.
    pub new: u64,
    /// There already.
    pub repeats: u64,
    /// Not taken, because something else was there first under their id.
    pub conflicts: u64,
    /// Not taken, because their viewer was to be forgotten after they were accepted.
    pub forgotten: u64,
}

impl BroughtIn {
    /// Counts what became of one row.
    pub fn count(&mut self, put: Put) {
        let counted = match put {
            Put::New => &mut self.new,
            Put::Repeat => &mut self.repeats,
            Put::Conflict => &mut self.conflicts,
        };
        *counted += 1;
    }

    /// Adds the counts of others.
    pub fn add(&mut self, other: Self) {
        self.new += other.new;
        self.repeats += other.repeats;
        self.conflicts += other.conflicts;
        self.forgotten += other.forgotten;
    }
}

impl EmbeddedTables {
    /// Puts many interactions that came some other way than through the queue, in one transaction.
    ///
    /// Whoever forgets a viewer writes the tombstone first and removes rows then: one of the two
    /// transactions sees the other.
    ///
    /// # Errors
    /// [`StoreError`]; then none of them was put.
    pub async fn bring_in(&self, rows: Vec<Recorded>) -> Result<BroughtIn, StoreError> {
        let put_all = move |connection: &Connection| {
            let mut outcome = BroughtIn::default();
            for row in &rows {
                if is_forgotten(connection, row)? {
                    outcome.forgotten += 1;
                } else {
                    outcome.count(put(connection, row)?);
                }
            }
            Ok(outcome)
        };
        self.store.write("write", INTERACTIONS, put_all).await
    }
}

impl EmbeddedTables {
    /// Puts many ratings that came some other way than through the queue, in one transaction.
    ///
    /// # Errors
    /// [`StoreError`]; then none of them was put.
    pub async fn bring_in_ratings(
        &self,
        ratings: Vec<FilmRating>,
    ) -> Result<BroughtIn, StoreError> {
        let put_all = move |connection: &Connection| {
            let mut outcome = BroughtIn::default();
            for rating in &ratings {
                outcome.count(put_rating(connection, rating)?);
            }
            Ok(outcome)
        };
        self.store.write("write", FILMS, put_all).await
    }

    /// Every rating that was reported or brought in, by title and id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn all_ratings(&self) -> Result<Vec<FilmRating>, StoreError> {
        let columns = rows::RATING;
        let query = format!("SELECT {columns} FROM films ORDER BY title, id");
        let select = move |connection: &Connection| {
            let mut select = connection.prepare(&query)?;
            let found = select.query_map([], rows::rating)?;
            found.collect()
        };
        self.store.read(FILMS, select).await
    }
}

fn is_forgotten(connection: &Connection, row: &Recorded) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM viewers WHERE viewer = ?1 AND until >= ?2")?
        .exists(params![row.interaction.viewer.as_str(), row.accepted.0])
}

impl Interactions for EmbeddedTables {
    async fn put(&self, rows: &[Recorded]) -> Vec<Result<Put, StoreError>> {
        let rows: Arc<[Recorded]> = rows.into();
        let theirs = Arc::clone(&rows);
        let put_all = move |connection: &Connection| -> rusqlite::Result<Vec<Put>> {
            theirs.iter().map(|row| put(connection, row)).collect()
        };
        match self.store.write("write", INTERACTIONS, put_all).await {
            Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
            Err(error) => rows.iter().map(|_| Err(again(&error))).collect(),
        }
    }

    async fn newest(&self, viewer: &ViewerId, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        let viewer = viewer.clone();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let select = move |connection: &Connection| {
            let columns = rows::INTERACTION;
            let mut select = connection.prepare_cached(&format!(
                "SELECT {columns} FROM interactions WHERE viewer = ?1 \
                 ORDER BY at DESC, id DESC LIMIT ?2"
            ))?;
            let found = select.query_map(params![viewer.as_str(), limit], rows::interaction)?;
            found.collect()
        };
        self.store.read(INTERACTIONS, select).await
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<u64, StoreError> {
        let viewer = viewer.clone();
        let delete = move |connection: &Connection| {
            // What did not reach the log yet need not.
            outbox::forget(connection, viewer.as_str(), until)?;
            letters::forget(connection, &viewer, until)?;
            let gone = connection
                .prepare_cached("DELETE FROM interactions WHERE viewer = ?1 AND accepted <= ?2")?
                .execute(params![viewer.as_str(), until.0])?;
            Ok(gone as u64)
        };
        self.store.write("delete", INTERACTIONS, delete).await
    }
}

fn put(connection: &Connection, row: &Recorded) -> rusqlite::Result<Put> {
    if rows::insert_interaction(connection, row)? {
        outbox::post(connection, &LogRow::Interaction(row.clone()))?;
        return Ok(Put::New);
    }
    let columns = rows::INTERACTION;
    let there = connection
        .prepare_cached(&format!(
            "SELECT {columns} FROM interactions WHERE viewer = ?1 AND id = ?2"
        ))?
        .query_row(
            [row.interaction.viewer.as_str(), row.interaction.id.as_str()],
            rows::interaction,
        )?;
    Ok(if there.same_content(row) {
        Put::Repeat
    } else {
        Put::Conflict
    })
}

/// The error of all, for one.
fn again(error: &StoreError) -> StoreError {
    StoreError {
        action: error.action,
        what: error.what.clone(),
        cause: error.cause,
        source: error.source.to_string().into(),
    }
}

impl Films for EmbeddedTables {
    async fn put(&self, rating: &FilmRating) -> Result<Put, StoreError> {
        let rating = rating.clone();
        let put = move |connection: &Connection| put_rating(connection, &rating);
        self.store.write("write", FILMS, put).await
    }
}

fn put_rating(connection: &Connection, rating: &FilmRating) -> rusqlite::Result<Put> {
    if rows::insert_rating(connection, rating)? {
        outbox::post_rating(connection, rating)?;
        return Ok(Put::New);
    }
    let columns = rows::RATING;
    let there = connection
        .prepare_cached(&format!(
            "SELECT {columns} FROM films WHERE title = ?1 AND id = ?2"
        ))?
        .query_row([rating.title.as_str(), rating.id.as_str()], rows::rating)?;
    Ok(if there.same_content(rating) {
        Put::Repeat
    } else {
        Put::Conflict
    })
}
