//! What viewers do, in tables of `DynamoDB`. An item is the flat JSON of what it holds.

mod films;
mod interactions;
mod recommendations;
mod viewers;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

pub use films::DynamoFilms;
pub use interactions::DynamoInteractions;
pub use recommendations::DynamoRecommendations;
pub use viewers::DynamoViewers;

/// An item of a table.
type Item = HashMap<String, AttributeValue>;

/// What a conditional put found under the key.
enum Found<T> {
    /// Nothing: the item is there now.
    Nothing,
    /// An item, which still is there.
    Item(T),
    /// Something that is no such item, and still is there.
    Foreign,
}

/// Puts `value` into `table`, unless there is an item with its key, of which `partition` is the
/// first part.
///
/// A call that was carried out while its answer got lost is made again by the client, and then
/// finds what it has put itself.
async fn put_once<T: Serialize + DeserializeOwned>(
    client: &Client,
    table: &str,
    partition: &str,
    value: &T,
) -> Result<Found<T>, Failure> {
    let item: Item = serde_dynamo::to_item(value)
        .map_err(|error| Failure::of_answer(format!("it makes no item: {error}")))?;
    let call = client
        .put_item()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression("attribute_not_exists(#partition)")
        .expression_attribute_names("#partition", partition)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let Err(error) = call.send().await else {
        return Ok(Found::Nothing);
    };
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(failed)) => {
            let item = failed.item().cloned();
            let item = item.filter(|item| !item.is_empty()).ok_or_else(|| {
                Failure::of_answer("the key is taken, and the answer does not say by what")
            })?;
            Ok(serde_dynamo::from_item(item).map_or(Found::Foreign, Found::Item))
        }
        _ => Err(Failure::of(&error)),
    }
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
