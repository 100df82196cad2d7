//! The tables of the deployed system in a stand-in for `DynamoDB`, over plain HTTP.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::aws_json::AwsJson;

/// What every call's `X-Amz-Target` begins with.
const DYNAMODB: &str = "DynamoDB_20120810";
const STREAMS: &str = "DynamoDBStreams_20120810";

/// The names of the tables.
pub const TABLES: [&str; 4] = ["Interactions", "Viewers", "Films", "Recommendations"];

/// The four tables, with streams of new images.
#[derive(Clone, Debug)]
pub struct Tables {
    dynamodb: AwsJson,
}

/// An item with plain values: strings, numbers, booleans.
pub type Item = Map<String, Value>;

impl Tables {
    /// Tables that are there already.
    pub fn at(endpoint: &str) -> Self {
        Self {
            dynamodb: AwsJson::at(endpoint, "dynamodb"),
        }
    }

    /// Creates the tables.
    ///
    /// # Panics
    /// When the store refuses.
    pub fn create(endpoint: &str) -> Self {
        let tables = Self::at(endpoint);
        let by_time = json!([{
            "IndexName": "by_time",
            "KeySchema": key("viewer", "at"),
            "Projection": {"ProjectionType": "ALL"},
        }]);
        let [interactions, viewers, films, recommendations] = TABLES;
        tables.create_one(
            interactions,
            &[("viewer", "S"), ("id", "S"), ("at", "N")],
            &key("viewer", "id"),
            Some(by_time),
        );
        let viewer = json!([{"AttributeName": "viewer", "KeyType": "HASH"}]);
        tables.create_one(viewers, &[("viewer", "S")], &viewer, None);
        let attributes = [("title", "S"), ("id", "S")];
        tables.create_one(films, &attributes, &key("title", "id"), None);
        let attributes = [("viewer", "S"), ("id", "S")];
        tables.create_one(recommendations, &attributes, &key("viewer", "id"), None);
        tables
    }

    fn create_one(
        &self,
        name: &str,
        attributes: &[(&str, &str)],
        key: &Value,
        indexes: Option<Value>,
    ) {
        let attributes: Vec<Value> = attributes
            .iter()
            .map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind}))
            .collect();
        let mut body = json!({
            "TableName": name,
            "AttributeDefinitions": attributes,
            "KeySchema": key,
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
        });
        if let Some(indexes) = indexes {
            body["LocalSecondaryIndexes"] = indexes;
        }
        self.call("CreateTable", &body);
    }

    fn call(&self, operation: &str, body: &Value) -> Value {
        self.dynamodb.done(&format!("{DYNAMODB}.{operation}"), body)
    }

    /// Every item of a table, in no certain order.
    ///
    /// # Panics
    /// When the store refuses.
    pub fn items(&self, table: &str) -> Vec<Item> {
        let mut items = Vec::new();
        let mut body = json!({"TableName": table, "ConsistentRead": true});
        loop {
            let page = self.call("Scan", &body);
            items.extend(page["Items"].as_array().into_iter().flatten().map(plain));
            match page.get("LastEvaluatedKey") {
                Some(last) if !last.is_null() => body["ExclusiveStartKey"] = last.clone(),
                _ => return items,
            }
        }
    }

    /// Puts an item whose values are strings, numbers and booleans.
    ///
    /// # Panics
    /// When the store refuses.
    pub fn put(&self, table: &str, item: &Value) {
        let item: Map<String, Value> = item
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), typed(value)))
            .collect();
        self.call("PutItem", &json!({"TableName": table, "Item": item}));
    }

    /// What the table's stream holds so far, as the events that Lambda makes of it: each with up to
    /// `batch` records.
    ///
    /// # Panics
    /// When the store refuses.
    pub fn stream_events(&self, table: &str, batch: usize) -> Vec<Value> {
        let (arn, records) = self.stream(table);
        let records: Vec<Value> = records
            .into_iter()
            .map(|mut record| {
                record["eventSourceARN"] = arn.as_str().into();
                record
            })
            .collect();
        let batches = records.chunks(batch.max(1));
        batches.map(|batch| json!({"Records": batch})).collect()
    }

    /// The stream's name and its records, the oldest first.
    fn stream(&self, table: &str) -> (String, Vec<Value>) {
        let described = self.call("DescribeTable", &json!({"TableName": table}));
        let arn = described["Table"]["LatestStreamArn"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let call = |operation: &str, body: Value| {
            self.dynamodb.done(&format!("{STREAMS}.{operation}"), &body)
        };
        let described = call("DescribeStream", json!({"StreamArn": arn}));
        let mut records: Vec<Value> = Vec::new();
        let mut known = BTreeSet::new();
        let shards = described["StreamDescription"]["Shards"].as_array().cloned();
        for shard in shards.into_iter().flatten() {
            let mut iterator = call(
                "GetShardIterator",
                json!({
                    "StreamArn": arn,
                    "ShardId": shard["ShardId"],
                    "ShardIteratorType": "TRIM_HORIZON",
                }),
            )["ShardIterator"]
                .clone();
            loop {
                let page = call(
                    "GetRecords",
                    json!({"ShardIterator": iterator, "Limit": 1000}),
                );
                let found = page["Records"].as_array().cloned().unwrap_or_default();
                if found.is_empty() {
                    break;
                }
                // A page may begin with what the one before ended with, and under many writes at the
                // same time two records may have one number.
                let new = |record: &Value| known.insert(record["eventID"].to_string());
                records.extend(found.into_iter().filter(new));
                iterator = page["NextShardIterator"].clone();
                if iterator.is_null() {
                    break;
                }
            }
        }
        records.sort_by_key(sequence);
        (arn, records)
    }
}

fn sequence(record: &Value) -> u128 {
    let number = record["dynamodb"]["SequenceNumber"].as_str();
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}

fn key(partition: &str, sort: &str) -> Value {
    json!([
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ])
}

/// An item without the types of its values.
fn plain(item: &Value) -> Item {
    let values = item.as_object().into_iter().flatten();
    let values = values.map(|(name, typed)| {
        let number = typed["N"]
            .as_str()
            .and_then(|n| serde_json::from_str(n).ok());
        let value = number.or_else(|| typed.as_object()?.values().next().cloned());
        (name.clone(), value.unwrap_or_default())
    });
    values.collect()
}

fn typed(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!({"N": number.to_string()}),
        Value::Bool(truth) => json!({"BOOL": truth}),
        Value::String(text) => json!({"S": text}),
        other => json!({"S": other.to_string()}),
    }
}
