use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use matinee::ports::{Put, Recommendations, StoreError};
use matinee::taste::{Millis, ServedPage, ViewerId};

use super::{Item, number, remove_until, text};
use crate::Clients;
use crate::failure::Failure;

/// Served lists in a table with the key (`viewer`, `id`): an item is a page as flat JSON, `id` the
/// page's own, and `expires`, when it may go, in seconds.
#[derive(Debug)]
pub struct DynamoRecommendations {
    clients: Arc<Clients>,
    table: String,
}

impl DynamoRecommendations {
    /// The served lists of this table.
    pub fn new(clients: &Arc<Clients>, table: impl Into<String>) -> Self {
        Self {
            clients: Arc::clone(clients),
            table: table.into(),
        }
    }

    fn error(&self, action: &'static str, failure: Failure) -> StoreError {
        failure.into_store_error(action, &format!("the table {}", self.table))
    }

    /// A viewer's items for which `condition` on `at`, such as `#at >= :at`, holds, page by page.
    async fn find(
        &self,
        client: &Client,
        viewer: &ViewerId,
        condition: &str,
        at: Millis,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let page = client
                .query()
                .table_name(&self.table)
                // Pages that were just put count.
                .consistent_read(true)
                .key_condition_expression("#viewer = :viewer")
                .filter_expression(condition)
                .expression_attribute_names("#viewer", "viewer")
                .expression_attribute_names("#at", "at")
                .expression_attribute_values(":viewer", text(viewer.as_str()))
                .expression_attribute_values(":at", number(at.0))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| self.error("read", Failure::of(&error)))?;
            items.extend(page.items.into_iter().flatten());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(items);
            }
        }
    }
}

impl Recommendations for DynamoRecommendations {
    async fn put(&self, page: &ServedPage) -> Result<Put, StoreError> {
        let unfit = |error| Failure::of_answer(format!("it makes no item: {error}"));
        let mut item: Item = serde_dynamo::to_item(page)
            .map_err(|error: serde_dynamo::Error| self.error("write", unfit(error)))?;
        item.insert("id".to_owned(), text(page.id()));
        let expires = number(page.expires().0.div_euclid(1_000));
        item.insert("expires".to_owned(), expires);
        let client = self.clients.dynamodb().await;
        let call = client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#viewer)")
            .expression_attribute_names("#viewer", "viewer");
        match call.send().await {
            Ok(_) => Ok(Put::New),
            Err(error) => match error.as_service_error() {
                // The same films of the same list: the first time stands.
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Put::Repeat),
                _ => Err(self.error("write", Failure::of(&error))),
            },
        }
    }

    async fn served(
        &self,
        viewer: &ViewerId,
        since: Millis,
    ) -> Result<Vec<ServedPage>, StoreError> {
        let client = self.clients.dynamodb().await;
        let items = self.find(&client, viewer, "#at >= :at", since).await?;
        Ok(items.into_iter().filter_map(readable).collect())
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<u64, StoreError> {
        let client = self.clients.dynamodb().await;
        let client = &client;
        let items = self.find(client, viewer, "#at <= :at", until).await?;
        let keys = items.into_iter().map(|mut item| {
            item.retain(|name, _| ["viewer", "id"].contains(&name.as_str()));
            item
        });
        remove_until(client, &self.table, keys, "at", until)
            .await
            .map_err(|failure| self.error("delete from", failure))
    }
}

/// An item as a page. One that is none, because another version wrote it, is no reason to count
/// nothing.
fn readable(item: HashMap<String, AttributeValue>) -> Option<ServedPage> {
    let read = serde_dynamo::from_item(item);
    read.inspect_err(|_: &serde_dynamo::Error| {
        tracing::warn!("an item of the recommendations is no page of this version");
    })
    .ok()
}
