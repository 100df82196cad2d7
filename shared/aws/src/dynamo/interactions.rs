use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::stream::{self, StreamExt as _};
use matinee::ports::{Interactions, Put, StoreError};
use matinee::taste::{InteractionId, Millis, Recorded, ViewerId};

use super::{AT_ONCE, Found, Item, number, put_once, remove_until, text};
use crate::Clients;
use crate::failure::Failure;

/// The most rows of one page, far more than a page holds.
const PAGE: u16 = 10_000;

/// The local index over viewer and time.
const BY_TIME: &str = "by_time";

/// Interactions in a table with the key (`viewer`, `id`) and the local index `by_time` (`viewer`,
/// `at`).
#[derive(Debug)]
pub struct DynamoInteractions {
    clients: Arc<Clients>,
    table: String,
}

impl DynamoInteractions {
    /// The interactions of this table.
    pub fn new(clients: &Arc<Clients>, table: impl Into<String>) -> Self {
        Self {
            clients: Arc::clone(clients),
            table: table.into(),
        }
    }

    fn error(&self, action: &'static str, failure: Failure) -> StoreError {
        failure.into_store_error(action, &format!("the table {}", self.table))
    }

    /// Puts the first of `rows` with one id and settles the others by what is there then.
    async fn put_all(&self, client: &Client, rows: &[&Recorded]) -> Vec<Result<Put, StoreError>> {
        let Some((&first, later)) = rows.split_first() else {
            return Vec::new();
        };
        let (put, there) = match put_once(client, &self.table, "viewer", first).await {
            Ok(Found::Nothing) => (Put::New, Some(first.clone())),
            Ok(Found::Item(there)) => (settled(&there, first), Some(there)),
            Ok(Found::Foreign) => (Put::Conflict, None),
            Err(failure) => return self.failed(failure, rows.len()),
        };
        let mut outcomes = vec![Ok(put)];
        outcomes.extend(later.iter().map(|row| {
            let there = there.as_ref();
            Ok(there.map_or(Put::Conflict, |there| settled(there, row)))
        }));
        outcomes
    }

    /// Where it is not known whether the first row is there, nothing is known of later ones with
    /// its id.
    fn failed(&self, failure: Failure, rows: usize) -> Vec<Result<Put, StoreError>> {
        let first = self.error("write", failure);
        let later: Vec<StoreError> = (1..rows)
            .map(|_| StoreError {
                action: "write",
                what: first.what.clone(),
                cause: first.cause,
                source: first.source.to_string().into(),
            })
            .collect();
        std::iter::once(first).chain(later).map(Err).collect()
    }

    /// The keys of a page of rows to be removed, and where the next page begins.
    async fn find_forgotten(
        &self,
        client: &Client,
        viewer: &ViewerId,
        until: Millis,
        start: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let page = client
            .query()
            .table_name(&self.table)
            // Rows that were just put count.
            .consistent_read(true)
            .key_condition_expression("#viewer = :viewer")
            .filter_expression("#accepted <= :until")
            .projection_expression("#viewer, #id")
            .expression_attribute_names("#viewer", "viewer")
            .expression_attribute_names("#id", "id")
            .expression_attribute_names("#accepted", "accepted")
            .expression_attribute_values(":viewer", text(viewer.as_str()))
            .expression_attribute_values(":until", number(until.0))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| self.error("read", Failure::of(&error)))?;
        Ok((page.items.unwrap_or_default(), page.last_evaluated_key))
    }
}

/// What a row is where another one has its id.
fn settled(there: &Recorded, row: &Recorded) -> Put {
    if there.same_content(row) {
        Put::Repeat
    } else {
        Put::Conflict
    }
}

/// The rows with one id, by their places, for every id in the order of its first row.
fn by_id(rows: &[Recorded]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<(&ViewerId, &InteractionId), usize> = HashMap::new();
    for (place, row) in rows.iter().enumerate() {
        let id = (&row.interaction.viewer, &row.interaction.id);
        let group = *known.entry(id).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(places) => places.push(place),
            None => groups.push(vec![place]),
        }
    }
    groups
}

impl Interactions for DynamoInteractions {
    async fn put(&self, rows: &[Recorded]) -> Vec<Result<Put, StoreError>> {
        let client = self.clients.dynamodb().await;
        let client = &client;
        let calls: Vec<_> = by_id(rows)
            .into_iter()
            .map(|places| async move {
                let rows: Vec<&Recorded> = places.iter().filter_map(|at| rows.get(*at)).collect();
                let outcomes = self.put_all(client, &rows).await;
                places.into_iter().zip(outcomes).collect::<Vec<_>>()
            })
            .collect();
        let done = stream::iter(calls).buffer_unordered(AT_ONCE);
        let mut outcomes: Vec<_> = done
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .flatten()
            .collect();
        outcomes.sort_unstable_by_key(|(place, _)| *place);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    async fn newest(&self, viewer: &ViewerId, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        let mut rows = Vec::new();
        if limit == 0 {
            return Ok(rows);
        }
        let client = self.clients.dynamodb().await;
        let mut start = None;
        while rows.len() < limit {
            let wanted = u16::try_from(limit - rows.len()).unwrap_or(PAGE).min(PAGE);
            let page = client
                .query()
                .table_name(&self.table)
                .index_name(BY_TIME)
                // Who has just said something finds it again.
                .consistent_read(true)
                .scan_index_forward(false)
                .limit(wanted.into())
                .key_condition_expression("#viewer = :viewer")
                .expression_attribute_names("#viewer", "viewer")
                .expression_attribute_values(":viewer", text(viewer.as_str()))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| self.error("read", Failure::of(&error)))?;
            rows.extend(page.items.into_iter().flatten().filter_map(readable));
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(rows)
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<u64, StoreError> {
        let client = self.clients.dynamodb().await;
        let client = &client;
        let mut removed = 0;
        let mut start = None;
        loop {
            let (keys, next) = self.find_forgotten(client, viewer, until, start).await?;
            removed += remove_until(client, &self.table, keys, "accepted", until)
                .await
                .map_err(|failure| self.error("delete from", failure))?;
            start = next;
            if start.is_none() {
                return Ok(removed);
            }
        }
    }
}

/// An item as a row. One that is none, because another version wrote it, is no reason to give
/// nobody anything.
fn readable(item: HashMap<String, AttributeValue>) -> Option<Recorded> {
    match serde_dynamo::from_item(item) {
        Ok(row) => Some(row),
        Err(error) => {
            // What is in it is the viewer's business.
            tracing::warn!("an item of the interactions is no row of this version");
            tracing::debug!(%error, "no row");
            None
        }
    }
}
