//! Reading JSON whose shape cannot be relied on: a part of the wrong type counts as left out and
//! spoils nothing around it.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The default where the value is of another type.
pub(crate) fn value<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    Ok(read(value).unwrap_or_default())
}

/// The elements that can be read; none where the value is no array.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let values: Vec<Value> = value(deserializer)?;
    Ok(values.into_iter().filter_map(read).collect())
}

/// The members that can be read; none where the value is no object.
pub(crate) fn map<'de, D, T>(deserializer: D) -> Result<BTreeMap<String, T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let members: Map<String, Value> = value(deserializer)?;
    let read = |(key, value)| Some((key, read(value)?));
    Ok(members.into_iter().filter_map(read).collect())
}

/// Takes a member out of an object; the default where it is missing or of another type.
pub(crate) fn take<T: DeserializeOwned + Default>(map: &mut Map<String, Value>, key: &str) -> T {
    map.remove(key).and_then(read).unwrap_or_default()
}

fn read<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}
