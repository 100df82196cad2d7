use std::sync::Arc;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use matinee::ports::{StoreError, Viewers};
use matinee::taste::{Millis, Properties, ViewerId};

use super::{Item, number, text};
use crate::Clients;
use crate::failure::Failure;

/// How long it is remembered that a viewer is forgotten, in seconds: 35 days. No message waits in
/// the queue that long.
const REMEMBERED: i64 = 35 * 24 * 60 * 60;

/// Viewers in a table with the key `viewer`. Of one to be forgotten the item has `until`, in
/// milliseconds; of one about whom something was said it has `properties`, a JSON object, and
/// `described`, when that was accepted, in milliseconds, always past `until`. An item without properties
/// has `expires`, when it may go, in seconds; one with them stays.
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

    /// Some columns of a viewer's item; an empty one where there is none.
    async fn read(&self, viewer: &ViewerId, columns: &[&str]) -> Result<Item, StoreError> {
        let client = self.clients.dynamodb().await;
        let mut call = client
            .get_item()
            .table_name(&self.table)
            .key("viewer", text(viewer.as_str()))
            .consistent_read(true);
        let names: Vec<String> = columns.iter().map(|column| format!("#{column}")).collect();
        for (name, column) in names.iter().zip(columns) {
            call = call.expression_attribute_names(name, *column);
        }
        let found = call.projection_expression(names.join(", ")).send().await;
        let found = found.map_err(|error| self.error("read", Failure::of(&error)))?;
        Ok(found.item.unwrap_or_default())
    }

    fn time(&self, item: &Item, column: &str) -> Result<Option<Millis>, StoreError> {
        let Some(value) = item.get(column) else {
            return Ok(None);
        };
        let read = value.as_n().ok().and_then(|number| number.parse().ok());
        let unread = || {
            let expected = format!("expected {column} in milliseconds since 1970");
            self.error("read", Failure::of_answer(expected))
        };
        Ok(Some(Millis(read.ok_or_else(unread)?)))
    }

    /// Changes a viewer's item where the call's condition holds, and says whether it did.
    async fn update(
        &self,
        viewer: &ViewerId,
        change: impl FnOnce(UpdateItemFluentBuilder) -> UpdateItemFluentBuilder,
    ) -> Result<bool, StoreError> {
        let client = self.clients.dynamodb().await;
        let call = client
            .update_item()
            .table_name(&self.table)
            .key("viewer", text(viewer.as_str()))
            .expression_attribute_names("#until", "until")
            .expression_attribute_names("#described", "described");
        match change(call).send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(self.error("write", Failure::of(&error))),
            },
        }
    }
}

impl Viewers for DynamoViewers {
    async fn forgotten(&self, viewer: &ViewerId) -> Result<Option<Millis>, StoreError> {
        let item = self.read(viewer, &["until"]).await?;
        self.time(&item, "until")
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<(), StoreError> {
        let expires = until.0.div_euclid(1_000).saturating_add(REMEMBERED);
        let all = self.update(viewer, |call| {
            call.update_expression(
                "SET #until = :until, #expires = :expires REMOVE #properties, #described",
            )
            .condition_expression(
                "(attribute_not_exists(#until) OR #until < :until) \
                 AND (attribute_not_exists(#described) OR #described <= :until)",
            )
            .expression_attribute_names("#expires", "expires")
            .expression_attribute_names("#properties", "properties")
            .expression_attribute_values(":until", number(until.0))
            .expression_attribute_values(":expires", number(expires))
        });
        if all.await? {
            return Ok(());
        }
        // That time or a later one is known, or something was said later: then that stays. What stands
        // there when this is done was said later in any case, as the time to be forgotten only grows.
        let beside = self.update(viewer, |call| {
            call.update_expression("SET #until = :until")
                .condition_expression(
                    "(attribute_not_exists(#until) OR #until < :until) AND #described > :until",
                )
                .expression_attribute_values(":until", number(until.0))
        });
        beside.await.map(|_| ())
    }

    async fn describe(&self, viewer: &ViewerId, properties: &Properties) -> Result<(), StoreError> {
        let keep = self.update(viewer, |call| {
            call.update_expression(
                "SET #properties = :properties, #described = :described REMOVE #expires",
            )
            .condition_expression(
                "(attribute_not_exists(#until) OR #until < :described) \
                 AND (attribute_not_exists(#described) OR #described <= :described)",
            )
            .expression_attribute_names("#expires", "expires")
            .expression_attribute_names("#properties", "properties")
            .expression_attribute_values(":properties", text(properties.json()))
            .expression_attribute_values(":described", number(properties.accepted.0))
        });
        keep.await.map(|_| ())
    }

    async fn properties(&self, viewer: &ViewerId) -> Result<Option<Properties>, StoreError> {
        let item = self.read(viewer, &["properties", "described"]).await?;
        let (Some(accepted), Some(said)) = (self.time(&item, "described")?, item.get("properties"))
        else {
            return Ok(None);
        };
        let said = said.as_s().ok();
        let said = said.and_then(|json| Properties::of_json(accepted, json));
        let unread = || Failure::of_answer("expected properties as a JSON object");
        said.map(Some).ok_or_else(|| self.error("read", unread()))
    }
}
