//! What viewers do, in tables of `DynamoDB`. An item is the flat JSON of what it holds.

mod films;
mod interactions;
mod recommendations;
mod viewers;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use matinee::taste::Millis;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

pub use films::DynamoFilms;
pub use interactions::DynamoInteractions;
pub use recommendations::DynamoRecommendations;
pub use viewers::DynamoViewers;

/// Calls under way at the same time.
const AT_ONCE: usize = 16;

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

/// Removes the items with these keys whose column `time` is not past `until`, and says how many were there.
/// One that is later stands in another's place: since that was found, somebody else may have removed it and
/// put a new one.
async fn remove_until(
    client: &Client,
    table: &str,
    keys: impl IntoIterator<Item = Item>,
    time: &str,
    until: Millis,
) -> Result<u64, Failure> {
    let remove = |key| async move {
        let call = client
            .delete_item()
            .table_name(table)
            .set_key(Some(key))
            .condition_expression("attribute_not_exists(#viewer) OR #time <= :until")
            .expression_attribute_names("#viewer", "viewer")
            .expression_attribute_names("#time", time)
            .expression_attribute_values(":until", number(until.0));
        match call.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(Failure::of(&error)),
            },
        }
    };
    let calls: Vec<_> = keys.into_iter().map(remove).collect();
    let calls = stream::iter(calls).buffer_unordered(AT_ONCE);
    let gone: Vec<bool> = calls.try_collect().await?;
    Ok(gone.into_iter().filter(|gone| *gone).count() as u64)
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
