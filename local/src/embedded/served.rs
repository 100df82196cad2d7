//! What was served to viewers, for the thirty days that it is remembered.

use matinee::ports::{Put, Recommendations, StoreError};
use matinee::taste::{Millis, REMEMBERED, ServedPage, ViewerId};
use rusqlite::{Connection, Row, params};

use super::rows::{parsed, unsound};
use super::{EmbeddedTables, now};

const RECOMMENDATIONS: &str = "recommendations";

/// The table, also for files of programs that did not have it: those pass it over. `movies` are a JSON
/// array.
const TABLE: &str = "
CREATE TABLE IF NOT EXISTS recommendations (
    viewer TEXT NOT NULL, id TEXT NOT NULL, recommendation TEXT NOT NULL, at INTEGER NOT NULL,
    source TEXT NOT NULL, model_version TEXT NOT NULL, movies TEXT NOT NULL,
    PRIMARY KEY (viewer, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS recommendations_by_time ON recommendations (at);
";

/// The columns that [`page`] reads, in its order.
const COLUMNS: &str = "viewer, recommendation, at, source, model_version, movies";

/// Makes the table where there is none, and lets go of what has expired.
pub(super) fn tidy(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLE)?;
    expire(connection)
}

fn expire(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM recommendations WHERE at <= ?1")?
        .execute([now().0.saturating_sub(REMEMBERED)])?;
    Ok(())
}

impl EmbeddedTables {
    /// Every page that is remembered, by viewer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn all_served(&self) -> Result<Vec<ServedPage>, StoreError> {
        let select = move |connection: &Connection| {
            let query = format!("SELECT {COLUMNS} FROM recommendations ORDER BY viewer, at, id");
            let mut select = connection.prepare(&query)?;
            select.query_map([], page)?.collect()
        };
        self.store.read(RECOMMENDATIONS, select).await
    }
}

impl Recommendations for EmbeddedTables {
    async fn put(&self, page: &ServedPage) -> Result<Put, StoreError> {
        let page = page.clone();
        let put = move |connection: &Connection| {
            let put = insert(connection, &page)?;
            expire(connection)?;
            Ok(put)
        };
        self.store.write("write", RECOMMENDATIONS, put).await
    }

    async fn served(
        &self,
        viewer: &ViewerId,
        since: Millis,
    ) -> Result<Vec<ServedPage>, StoreError> {
        let viewer = viewer.clone();
        let select = move |connection: &Connection| {
            let mut select = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM recommendations WHERE viewer = ?1 AND at >= ?2"
            ))?;
            let found = select.query_map(params![viewer.as_str(), since.0], page)?;
            found.collect()
        };
        self.store.read(RECOMMENDATIONS, select).await
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<u64, StoreError> {
        let viewer = viewer.clone();
        let delete = move |connection: &Connection| {
            let gone = connection
                .prepare_cached("DELETE FROM recommendations WHERE viewer = ?1 AND at <= ?2")?
                .execute(params![viewer.as_str(), until.0])?;
            Ok(gone as u64)
        };
        self.store.write("delete", RECOMMENDATIONS, delete).await
    }
}

fn insert(connection: &Connection, page: &ServedPage) -> rusqlite::Result<Put> {
    let movies = serde_json::to_string(&page.movies).map_err(|error| unsound(6, error))?;
    let inserted = connection
        .prepare_cached(
            "INSERT INTO recommendations (viewer, id, recommendation, at, source, model_version, \
             movies) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            page.viewer.as_str(),
            page.id(),
            page.recommendation.as_str(),
            page.at.0,
            page.source.as_str(),
            page.model_version,
            movies,
        ])?;
    Ok(if inserted == 1 { Put::New } else { Put::Repeat })
}

/// A row of the columns [`COLUMNS`].
fn page(row: &Row<'_>) -> rusqlite::Result<ServedPage> {
    let movies = row.get_ref(5)?.as_str()?;
    Ok(ServedPage {
        viewer: parsed(row, 0)?,
        recommendation: parsed(row, 1)?,
        at: Millis(row.get(2)?),
        source: parsed(row, 3)?,
        model_version: row.get(4)?,
        movies: serde_json::from_str(movies).map_err(|error| unsound(5, error))?,
    })
}
