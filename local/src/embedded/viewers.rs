//! Who is forgotten, and what was said about the others.

use matinee::ports::{StoreError, Viewers};
use matinee::taste::log::LogRow;
use matinee::taste::{Millis, Properties, ViewerId};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::rows::unsound;
use super::{EmbeddedTables, outbox};

const VIEWERS: &str = "viewers";

/// The table of what was said, also for files of programs that did not have it: those pass it over.
/// `said` is a JSON object.
const TABLE: &str = "
CREATE TABLE IF NOT EXISTS properties (
    viewer TEXT NOT NULL PRIMARY KEY, accepted INTEGER NOT NULL, said TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Makes the table where there is none. What viewers who were forgotten by a program without it have in it
/// goes.
pub(super) fn tidy(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLE)?;
    connection.execute(
        "DELETE FROM properties WHERE EXISTS \
         (SELECT 1 FROM viewers WHERE viewer = properties.viewer AND until >= accepted)",
        [],
    )?;
    Ok(())
}

impl Viewers for EmbeddedTables {
    async fn forgotten(&self, viewer: &ViewerId) -> Result<Option<Millis>, StoreError> {
        let viewer = viewer.clone();
        let select = move |connection: &Connection| {
            connection
                .prepare_cached("SELECT until FROM viewers WHERE viewer = ?1")?
                .query_row([viewer.as_str()], |row| row.get(0).map(Millis))
                .optional()
        };
        self.store.read(VIEWERS, select).await
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<(), StoreError> {
        let viewer = viewer.clone();
        let remember = move |connection: &Connection| {
            connection
                .prepare_cached("DELETE FROM properties WHERE viewer = ?1 AND accepted <= ?2")?
                .execute(params![viewer.as_str(), until.0])?;
            let later = connection
                .prepare_cached(
                    "INSERT INTO viewers (viewer, until) VALUES (?1, ?2) \
                     ON CONFLICT (viewer) DO UPDATE SET until = excluded.until \
                     WHERE excluded.until > until",
                )?
                .execute(params![viewer.as_str(), until.0])?;
            if later == 0 {
                return Ok(());
            }
            outbox::post(connection, &LogRow::Forgotten { viewer, until })
        };
        self.store.write("write", VIEWERS, remember).await
    }

    async fn describe(&self, viewer: &ViewerId, properties: &Properties) -> Result<(), StoreError> {
        let (viewer, accepted) = (viewer.clone(), properties.accepted.0);
        let said = properties.json();
        let keep = move |connection: &Connection| {
            connection
                .prepare_cached(
                    "INSERT INTO properties (viewer, accepted, said) SELECT ?1, ?2, ?3 WHERE NOT EXISTS \
                     (SELECT 1 FROM viewers WHERE viewer = ?1 AND until >= ?2) \
                     ON CONFLICT (viewer) DO UPDATE SET accepted = excluded.accepted, said = excluded.said \
                     WHERE excluded.accepted >= accepted",
                )?
                .execute(params![viewer.as_str(), accepted, said])?;
            Ok(())
        };
        self.store.write("write", VIEWERS, keep).await
    }

    async fn properties(&self, viewer: &ViewerId) -> Result<Option<Properties>, StoreError> {
        let viewer = viewer.clone();
        // A program without this table may have forgotten the viewer meanwhile.
        let select = move |connection: &Connection| {
            connection
                .prepare_cached(
                    "SELECT accepted, said FROM properties WHERE viewer = ?1 AND NOT EXISTS \
                     (SELECT 1 FROM viewers WHERE viewer = ?1 AND until >= accepted)",
                )?
                .query_row([viewer.as_str()], |row| {
                    let (accepted, said) = (Millis(row.get(0)?), row.get_ref(1)?.as_str()?);
                    Properties::of_json(accepted, said)
                        .ok_or_else(|| unsound(1, "expected a JSON object"))
                })
                .optional()
        };
        self.store.read(VIEWERS, select).await
    }
}
