//! Merging, comparing and dating JSON.

use serde_json::{Map, Value, json};

/// Brings `patch` into `state`, and the time into `times`, which has the shape of `state`: `null` takes
/// away, objects are merged, everything else is replaced. Objects without anything in them are not kept.
pub(super) fn merge(
    state: &mut Map<String, Value>,
    times: &mut Map<String, Value>,
    patch: &Map<String, Value>,
    now: i64,
) {
    for (key, value) in patch {
        match (value, state.get_mut(key)) {
            (Value::Object(patch), Some(Value::Object(inner))) => {
                let within = times.entry(key).or_insert_with(|| json!({}));
                if let Value::Object(within) = within {
                    merge(inner, within, patch, now);
                }
                if inner.is_empty() {
                    state.remove(key);
                    times.remove(key);
                }
            }
            _ => {
                if let Some(value) = kept(value) {
                    times.insert(key.clone(), dated(&value, now));
                    state.insert(key.clone(), value);
                } else {
                    state.remove(key);
                    times.remove(key);
                }
            }
        }
    }
}

/// What stays of a value that is put where none was: nothing of `null`, nor of objects that have nothing
/// but that.
fn kept(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(object) => {
            let inner = object.iter();
            let inner = inner.filter_map(|(key, value)| Some((key.clone(), kept(value)?)));
            let inner: Map<String, Value> = inner.collect();
            (!inner.is_empty()).then_some(Value::Object(inner))
        }
        other => Some(other.clone()),
    }
}

/// The time in the shape of a value: a `timestamp` in place of everything that is neither object nor array.
pub(super) fn dated(value: &Value, now: i64) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| (key.clone(), dated(value, now)))
            .collect(),
        Value::Array(values) => values.iter().map(|value| dated(value, now)).collect(),
        _ => json!({ "timestamp": now }),
    }
}

/// What is desired and was not reported like that, with the times of it.
pub(super) fn delta(
    desired: &Map<String, Value>,
    reported: &Map<String, Value>,
    times: &Map<String, Value>,
) -> (Map<String, Value>, Map<String, Value>) {
    let (mut state, mut dates) = (Map::new(), Map::new());
    for (key, wanted) in desired {
        let time = times.get(key);
        let (wanted, time) = match (wanted, reported.get(key)) {
            (Value::Object(wanted), Some(Value::Object(found))) => {
                let none = Map::new();
                let times = time.and_then(Value::as_object).unwrap_or(&none);
                let (inner, times) = delta(wanted, found, times);
                if inner.is_empty() {
                    continue;
                }
                (Value::Object(inner), Some(Value::Object(times)))
            }
            (wanted, Some(found)) if same(wanted, found) => continue,
            (wanted, _) => (wanted.clone(), time.cloned()),
        };
        state.insert(key.clone(), wanted);
        dates.extend(time.map(|time| (key.clone(), time)));
    }
    (state, dates)
}

/// Whether two values mean the same: 1 and 1.0 do.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64())
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let found = |(key, a)| b.get(key).is_some_and(|b| same(a, b));
            a.len() == b.len() && a.iter().all(found)
        }
        _ => one == other,
    }
}

/// How many objects and arrays lie in each other, this one included.
pub(super) fn depth(value: &Value) -> usize {
    let deepest = match value {
        Value::Object(object) => object.values().map(depth).max(),
        Value::Array(values) => values.iter().map(depth).max(),
        _ => return 0,
    };
    1 + deepest.unwrap_or_default()
}

/// Whether an array somewhere has `null` in it.
pub(super) fn has_null_in_array(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.values().any(has_null_in_array),
        Value::Array(values) => values
            .iter()
            .any(|value| value.is_null() || has_null_in_array(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(object) => object,
            other => panic!("{other}"),
        }
    }

    /// Every value that is no object, by the way to it: what merging and comparing mean, said in another
    /// way.
    fn leaves(value: &Map<String, Value>) -> BTreeMap<Vec<String>, Value> {
        let mut found = BTreeMap::new();
        for (key, value) in value {
            match value {
                Value::Object(inner) => {
                    for (mut way, leaf) in leaves(inner) {
                        way.insert(0, key.clone());
                        found.insert(way, leaf);
                    }
                }
                leaf => {
                    found.insert(vec![key.clone()], leaf.clone());
                }
            }
        }
        found
    }

    /// The naive merge: first everything goes that is in the way of something in the patch, then what the
    /// patch has is put, except `null`.
    fn merged(
        state: &Map<String, Value>,
        patch: &Map<String, Value>,
    ) -> BTreeMap<Vec<String>, Value> {
        let mut found = leaves(state);
        let all = ways(patch);
        for (way, value) in &all {
            let is_object = value.is_object();
            found.retain(|other, _| {
                let below = other.starts_with(way);
                let above = way.starts_with(other);
                // An object is merged with what lies below, and replaces what is none.
                !(above || (below && !is_object))
            });
        }
        found.extend(
            leaves(patch)
                .into_iter()
                .filter(|(_, value)| !value.is_null()),
        );
        found
    }

    /// Every key at every depth.
    fn ways(value: &Map<String, Value>) -> Vec<(Vec<String>, Value)> {
        let mut found = Vec::new();
        for (key, value) in value {
            found.push((vec![key.clone()], value.clone()));
            if let Value::Object(inner) = value {
                found.extend(ways(inner).into_iter().map(|(mut way, value)| {
                    way.insert(0, key.clone());
                    (way, value)
                }));
            }
        }
        found
    }

    fn documents(nulls: bool) -> impl Strategy<Value = Map<String, Value>> {
        let leaf = prop_oneof![
            (0..3_i64).prop_map(Value::from),
            Just(json!([1, {"a": 2}])),
            Just(json!([])),
            Just(json!("x")),
            Just(if nulls { Value::Null } else { json!(true) }),
        ];
        let keys = || prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned);
        let value = leaf.prop_recursive(3, 12, 3, move |inner| {
            prop::collection::btree_map(keys(), inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect()))
        });
        prop::collection::btree_map(keys(), value, 0..3)
            .prop_map(|map| map.into_iter().collect::<Map<_, _>>())
    }

    fn built(patches: &[Map<String, Value>]) -> (Map<String, Value>, Map<String, Value>) {
        let (mut state, mut times) = (Map::new(), Map::new());
        for (now, patch) in (1..).zip(patches) {
            merge(&mut state, &mut times, patch, now);
        }
        (state, times)
    }

    proptest! {
        #[test]
        fn merging_puts_leaf_by_leaf_and_null_takes_away(
            before in documents(false), patch in documents(true),
        ) {
            let (mut state, mut times) = built(&[before]);
            let expected = merged(&state, &patch);
            merge(&mut state, &mut times, &patch, 2);
            prop_assert_eq!(leaves(&state), expected);
        }

        #[test]
        fn times_have_the_shape_of_the_state_and_say_who_was_last(
            patches in prop::collection::vec(documents(true), 1..4),
        ) {
            let (state, times) = built(&patches);
            let dated = dated(&Value::Object(state.clone()), 0);
            let shape = |value: &Value| ways(value.as_object().unwrap())
                .into_iter().map(|(way, _)| way).collect::<Vec<_>>();
            let times = Value::Object(times);
            prop_assert_eq!(shape(&dated), shape(&times));
            let (last, time) = (patches.last().unwrap(), patches.len());
            for (way, value) in leaves(last) {
                let pointer = format!("/{}", way.join("/"));
                if !value.is_null() && !value.is_array() {
                    let at = &times.pointer(&pointer).unwrap()["timestamp"];
                    prop_assert_eq!(at, &json!(time));
                }
            }
        }

        #[test]
        fn nothing_is_empty_and_reporting_the_delta_leaves_none(
            desired in documents(true), reported in documents(true),
        ) {
            let (desired, times) = built(&[desired]);
            let (mut reported, mut reported_times) = built(&[reported]);
            let empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
            prop_assert!(!ways(&desired).iter().any(|(_, value)| empty(value)));
            let (open, dates) = delta(&desired, &reported, &times);
            let differ = leaves(&desired) != leaves(&reported)
                .into_iter()
                .filter(|(way, _)| leaves(&desired).contains_key(way))
                .collect();
            prop_assert_eq!(!open.is_empty(), differ);
            prop_assert_eq!(open.keys().collect::<Vec<_>>(), dates.keys().collect::<Vec<_>>());
            merge(&mut reported, &mut reported_times, &open, 2);
            prop_assert!(delta(&desired, &reported, &times).0.is_empty());
        }
    }

    #[test]
    fn arrays_are_replaced_whole_and_have_times_inside() {
        let (state, times) = built(&[
            object(json!({"colours": ["red", "green"], "n": 1})),
            object(json!({"colours": ["blue"]})),
        ]);
        assert_eq!(Value::Object(state), json!({"colours": ["blue"], "n": 1}));
        let expected = json!({"colours": [{"timestamp": 2}], "n": {"timestamp": 1}});
        assert_eq!(Value::Object(times), expected);
    }

    #[test]
    fn a_key_called_timestamp_is_a_key_like_others() {
        let (state, times) = built(&[
            object(json!({"timestamp": {"timestamp": 5}})),
            object(json!({"timestamp": {"b": 6}})),
        ]);
        assert_eq!(
            Value::Object(state),
            json!({"timestamp": {"timestamp": 5, "b": 6}})
        );
        assert_eq!(
            Value::Object(times),
            json!({"timestamp": {"timestamp": {"timestamp": 1}, "b": {"timestamp": 2}}})
        );
    }

    #[test]
    fn numbers_are_the_same_whatever_their_notation() {
        assert!(same(&json!(1), &json!(1.0)));
        assert!(same(&json!([{"a": 2.0}]), &json!([{"a": 2}])));
        assert!(!same(&json!(1), &json!(1.5)));
        assert!(!same(&json!(1), &json!("1")));
        assert!(!same(&json!([1]), &json!([1, 2])));
        // Both are 9007199254740992 as floating point numbers.
        assert!(!same(
            &json!(9_007_199_254_740_992_u64),
            &json!(9_007_199_254_740_993_u64)
        ));
    }
}
