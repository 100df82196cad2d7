//! Interactions in the schema of Amazon Personalize.

use std::path::Path;

use matinee::taste::{Kind, KindName, RecommendationId, Recorded};

use super::{Import, InteractionOptions, row};
use crate::ingest::table::{Row, Table};
use crate::ingest::{ImportError, fields};

/// Where what stands.
struct Columns {
    user: usize,
    item: usize,
    at: usize,
    event: Option<usize>,
    value: Option<usize>,
    recommendation: Option<usize>,
}

pub(super) fn read(path: &Path, import: &mut Import<'_>) -> Result<(), ImportError> {
    let mut table = Table::open(path)?;
    let [user, item, at] = table.columns(
        "Personalize interactions",
        [&["USER_ID"], &["ITEM_ID"], &["TIMESTAMP"]],
    )?;
    let columns = Columns {
        user,
        item,
        at,
        event: table.column(&["EVENT_TYPE"]),
        value: table.column(&["EVENT_VALUE"]),
        recommendation: table.column(&["RECOMMENDATION_ID"]),
    };
    while let Some(row) = table.next(&mut import.ledger)? {
        let (line, read) = (row.line, interaction(&row, &columns, import.options));
        import.take(line, read.map(Some));
    }
    Ok(())
}

fn interaction(
    row: &Row<'_>,
    columns: &Columns,
    options: &InteractionOptions,
) -> Result<Recorded, String> {
    let viewer = row::viewer("USER_ID", row.get(columns.user))?;
    let movie = row::movie("ITEM_ID", row.get(columns.item))?;
    let at = row::at("TIMESTAMP", row.get(columns.at), options.now)?;
    let kind = match row.optional(columns.event) {
        // A data set without types has one kind of interaction: the films that were watched.
        "" => Kind::Watched(None),
        event => match kind_name(event)? {
            KindName::Watched => Kind::Watched(None),
            KindName::Clicked => Kind::Clicked(None),
            KindName::Liked => Kind::Liked,
            KindName::Disliked => Kind::Disliked,
            KindName::Skipped => Kind::Skipped,
            KindName::Rated => Kind::Rated(row::rating(
                "EVENT_VALUE",
                row.optional(columns.value),
                options.scale,
            )?),
        },
    };
    let recommendation: Option<RecommendationId> = match row.optional(columns.recommendation) {
        "" => None,
        id => Some(
            id.parse()
                .map_err(|error| format!("RECOMMENDATION_ID: {error}"))?,
        ),
    };
    Ok(row::recorded(
        viewer,
        movie,
        kind,
        at,
        recommendation,
        options.now,
    ))
}

/// The kind behind the name of an event.
pub(super) fn kind_name(event: &str) -> Result<KindName, String> {
    KindName::of_event(event).ok_or_else(|| {
        format!(
            "EVENT_TYPE: expected watch, click, view, like, dislike, rating or skip, found {}",
            fields::shown(event)
        )
    })
}
