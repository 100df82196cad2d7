use std::sync::Arc;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use matinee::ports::{StoreError, Viewers};
use matinee::taste::{Millis, ViewerId};

use super::{number, text};
use crate::Clients;
use crate::failure::Failure;

/// How long it is remembered that a viewer is forgotten, in seconds: 35 days. No message waits in
/// the queue that long.
const REMEMBERED: i64 = 35 * 24 * 60 * 60;

/// Forgotten viewers in a table with the key `viewer`: `until` in milliseconds, and `expires`, when
/// the item itself may go, in seconds.
#[derive(Debug)]
pub struct DynamoViewers {
    clients: Arc<Clients>,
    table: String,
}

impl DynamoViewers {
    /// The viewers of this table.
    pub fn new(clients: &Arc<Clients>, table: impl Into<String>) -> Self {
        Self {
            clients: Arc::clone(clients),
            table: table.into(),
        }
    }

    fn error(&self, action: &'static str, failure: Failure) -> StoreError {
        failure.into_store_error(action, &format!("the table {}", self.table))
    }
}

impl Viewers for DynamoViewers {
    async fn forgotten(&self, viewer: &ViewerId) -> Result<Option<Millis>, StoreError> {
        let client = self.clients.dynamodb().await;
        let found = client
            .get_item()
            .table_name(&self.table)
            .key("viewer", text(viewer.as_str()))
            .consistent_read(true)
            .projection_expression("#until")
            .expression_attribute_names("#until", "until")
            .send()
            .await
            .map_err(|error| self.error("read", Failure::of(&error)))?;
        let Some(until) = found.item.as_ref().and_then(|item| item.get("until")) else {
            return Ok(None);
        };
        let read = until.as_n().ok().and_then(|number| number.parse().ok());
        let unread = || Failure::of_answer("expected until in milliseconds since 1970");
        Ok(Some(Millis(
            read.ok_or_else(|| self.error("read", unread()))?,
        )))
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<(), StoreError> {
        let client = self.clients.dynamodb().await;
        let expires = until.0.div_euclid(1_000).saturating_add(REMEMBERED);
        let call = client
            .update_item()
            .table_name(&self.table)
            .key("viewer", text(viewer.as_str()))
            .update_expression("SET #until = :until, #expires = :expires")
            .condition_expression("attribute_not_exists(#until) OR #until < :until")
            .expression_attribute_names("#until", "until")
            .expression_attribute_names("#expires", "expires")
            .expression_attribute_values(":until", number(until.0))
            .expression_attribute_values(":expires", number(expires));
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                // That time or a later one is known.
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(self.error("write", Failure::of(&error))),
            },
        }
    }
}
