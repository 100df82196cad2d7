//! Raw logs: who watched what, for how long, and how long it is.

use std::path::Path;

use matinee::taste::{Kind, KindName, Recorded, judge_watch};

use super::personalize::kind_name;
use super::{Import, InteractionOptions, row};
use crate::ingest::ImportError;
use crate::ingest::table::{Row, Table};

/// Where what stands.
struct Columns {
    user: usize,
    item: usize,
    duration: usize,
    watched: usize,
    at: usize,
    /// What the log itself calls it.
    event: Option<usize>,
}

/// Reads a log. `Liked`, `Commented` and `Shared` are passed over: what a row says is the watch.
pub(super) fn read(path: &Path, import: &mut Import<'_>) -> Result<(), ImportError> {
    let mut table = Table::open(path)?;
    let [user, item, duration, watched, at] = table.columns(
        "a watch log",
        [
            &["USER_ID"],
            &["ITEM_ID"],
            &["video_duration"],
            &["duration_watched"],
            &["TIMESTAMP"],
        ],
    )?;
    let columns = Columns {
        user,
        item,
        duration,
        watched,
        at,
        event: table.column(&["EVENT_TYPE"]),
    };
    while let Some(row) = table.next(&mut import.ledger)? {
        let (line, read) = (row.line, watch(&row, &columns, import.options));
        import.take(line, read);
    }
    Ok(())
}

fn watch(
    row: &Row<'_>,
    columns: &Columns,
    options: &InteractionOptions,
) -> Result<Option<Recorded>, String> {
    let viewer = row::viewer("USER_ID", row.get(columns.user))?;
    let movie = row::movie("ITEM_ID", row.get(columns.item))?;
    let duration = row::seconds("video_duration", row.get(columns.duration))?;
    if duration <= 0.0 {
        return Err("video_duration: expected more than 0 seconds, found 0".to_owned());
    }
    let watched = row::seconds("duration_watched", row.get(columns.watched))?;
    let at = row::at("TIMESTAMP", row.get(columns.at), options.now)?;
    let clicked = match row.optional(columns.event) {
        "" => false,
        event => match kind_name(event)? {
            KindName::Watched => false,
            KindName::Clicked => true,
            other => {
                return Err(format!(
                    "EVENT_TYPE: expected a watch or a click, found {other}"
                ));
            }
        },
    };
    let (kind, clamped) = judge_watch(watched, duration, options.watched_fraction);
    let kind = match kind {
        // What was called a click stays one.
        Some(Kind::Watched(watch)) if clicked => Some(Kind::Clicked(watch)),
        kind => kind,
    };
    Ok(kind.map(|kind| Recorded {
        clamped,
        ..row::recorded(viewer, movie, kind, at, None, options.now)
    }))
}
