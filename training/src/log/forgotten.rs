//! Until when which viewers are forgotten, from wherever the log says so.

use std::collections::HashMap;

use bytes::Bytes;
use futures_util::future::join_all;
use matinee::ports::{BlobError, Blobs, ETag, Expect};
use matinee::taste::log::{self, BadRow, LogRow};
use matinee::taste::{Millis, ViewerId};

use super::days::Days;
use super::error::text;
use super::{AT_ONCE, CompactError, Damage, FORGOTTEN, LogError};

/// How often the file is written anew because somebody else wrote it meanwhile.
const ATTEMPTS: usize = 8;

/// Until when which viewers are forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Forgotten(HashMap<ViewerId, Millis>);

impl Forgotten {
    /// Adds what is known of a viewer; the latest time counts.
    pub(super) fn add(&mut self, viewer: ViewerId, until: Millis) {
        let known = self.0.entry(viewer).or_insert(until);
        *known = until.max(*known);
    }

    /// Whether a row that was accepted then counts no more.
    pub(super) fn covers(&self, viewer: &ViewerId, accepted: Millis) -> bool {
        self.0.get(viewer).is_some_and(|until| accepted <= *until)
    }

    /// Takes the rows about forgotten viewers out of a segment.
    pub(super) fn gather(&mut self, segment: &str) -> Result<(), BadRow> {
        // Most segments have none, and then this costs one look over the text.
        if segment.contains("\tforgotten\t") {
            self.gather_all(segment)?;
        }
        Ok(())
    }

    pub(super) fn gather_all(&mut self, segment: &str) -> Result<(), BadRow> {
        for row in log::rows(segment)? {
            if let LogRow::Forgotten { viewer, until } = row? {
                self.add(viewer, until);
            }
        }
        Ok(())
    }

    pub(super) fn extend(&mut self, other: Self) {
        for (viewer, until) in other.0 {
            self.add(viewer, until);
        }
    }

    /// The file that says so, the same whatever the order in which it was learned.
    pub(super) fn to_text(&self) -> String {
        let mut viewers: Vec<_> = self.0.iter().collect();
        viewers.sort_unstable();
        let rows = viewers
            .into_iter()
            .map(|(viewer, until)| LogRow::Forgotten {
                viewer: viewer.clone(),
                until: *until,
            });
        log::segment(&rows.collect::<Vec<_>>())
    }
}

/// What `forgotten.tsv` says, and its state; nothing when there is none.
pub(super) async fn load(
    blobs: &impl Blobs,
) -> Result<(Forgotten, Option<(ETag, Bytes)>), LogError> {
    let mut forgotten = Forgotten::default();
    let Some(blob) = blobs.get(FORGOTTEN).await? else {
        return Ok((forgotten, None));
    };
    let damaged = |row| LogError::Damaged(Damage::new(FORGOTTEN, row));
    let read = text(&blob).and_then(|text| forgotten.gather_all(text));
    read.map_err(damaged)?;
    Ok((forgotten, Some((blob.etag, blob.bytes))))
}

/// What [`collect`] found.
pub(super) struct Collected {
    /// Everybody who is forgotten; `None` when `forgotten.tsv` cannot be read.
    pub(super) forgotten: Option<Forgotten>,
    /// Files that cannot be read.
    pub(super) damaged: Vec<Damage>,
}

/// Everybody who is forgotten, by the segments of all days and by `forgotten.tsv`, which says so
/// itself when this returns. Files that cannot be read are named beside.
pub(super) async fn collect(blobs: &impl Blobs, days: &Days) -> Result<Collected, CompactError> {
    let mut found = Forgotten::default();
    let mut damaged = Vec::new();
    let keys: Vec<&String> = days.values().flatten().collect();
    for keys in keys.chunks(AT_ONCE) {
        let read = join_all(keys.iter().map(|key| blobs.get(key))).await;
        for (key, blob) in keys.iter().zip(read) {
            let Some(blob) = blob? else { continue };
            if let Err(row) = text(&blob).and_then(|text| found.gather(text)) {
                damaged.push(Damage::new(key, row));
            }
        }
    }
    let forgotten = match keep(blobs, found).await {
        Err(CompactError::Log(LogError::Damaged(damage))) => {
            damaged.insert(0, damage);
            None
        }
        kept => Some(kept?),
    };
    Ok(Collected { forgotten, damaged })
}

/// Brings into `forgotten.tsv` what was found, and gives all that it says then.
async fn keep(blobs: &impl Blobs, found: Forgotten) -> Result<Forgotten, CompactError> {
    for _ in 0..ATTEMPTS {
        let (mut all, present) = load(blobs).await?;
        all.extend(found.clone());
        let wanted = Bytes::from(all.to_text());
        let expect = match present {
            Some((_, bytes)) if bytes == wanted => return Ok(all),
            None if all.0.is_empty() => return Ok(all),
            Some((etag, _)) => Expect::Unchanged(etag),
            None => Expect::Absent,
        };
        // Read back at the loop's beginning: it is as wanted then, or there is more to be added.
        match blobs.put(FORGOTTEN, wanted, expect).await {
            Ok(_) | Err(BlobError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(CompactError::Contended {
        key: FORGOTTEN.to_owned(),
    })
}
