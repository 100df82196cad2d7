//! A small reader of JSON schemas: enough of them for what the description uses.

use serde_json::Value;

/// What in `value` is not as `schema` says; `document` is where references lead.
pub(super) fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(document, schema, value, "$", &mut found);
    for undocumented in undocumented(document, schema, value, "$") {
        found.push(format!("{undocumented} is not documented"));
    }
    found
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{reference} leads nowhere")),
        None => schema,
    }
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let schema = resolve(document, schema);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        check(document, part, value, at, found);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = |choice: &&Value| {
            let mut wrong = Vec::new();
            check(document, choice, value, at, &mut wrong);
            wrong.is_empty()
        };
        if choices.iter().filter(fits).count() != 1 {
            found.push(format!("{at} fits not exactly one of the choices"));
        }
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|name| is(name, value)) {
        found.push(format!("{at} is {value}, expected {types:?}"));
    }
    if let Some(choices) = schema["enum"].as_array()
        && !choices.contains(value)
    {
        found.push(format!("{at} is {value}, which is not in the list"));
    }
    if let Some(number) = value.as_f64() {
        let low = schema["minimum"]
            .as_f64()
            .is_some_and(|least| number < least);
        let high = schema["maximum"].as_f64().is_some_and(|most| number > most);
        if low || high {
            found.push(format!("{at} is {number}, out of range"));
        }
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        if value.is_object() && value.get(name).is_none() {
            found.push(format!("{at} lacks {name}"));
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(inner) = value.get(name) {
            check(document, property, inner, &format!("{at}.{name}"), found);
        }
    }
    for (row, element) in value.as_array().into_iter().flatten().enumerate() {
        if schema.get("items").is_some() {
            check(
                document,
                &schema["items"],
                element,
                &format!("{at}[{row}]"),
                found,
            );
        }
    }
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

/// The fields of objects that no schema names.
fn undocumented(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut schemas = vec![resolve(document, schema)];
    let mut next = 0;
    while let Some(schema) = schemas.get(next).copied() {
        let parts = ["allOf", "oneOf"].map(|key| schema[key].as_array());
        let parts = parts.into_iter().flatten().flatten();
        schemas.extend(parts.map(|part| resolve(document, part)));
        next += 1;
    }
    let mut found = Vec::new();
    for (name, inner) in value.as_object().into_iter().flatten() {
        let at = format!("{at}.{name}");
        match schemas.iter().find_map(|s| s["properties"].get(name)) {
            Some(property) => found.extend(undocumented(document, property, inner, &at)),
            // A schema that names no properties is one of any object.
            None if schemas.iter().any(|s| s.get("properties").is_some()) => found.push(at),
            None => {}
        }
    }
    for (row, element) in value.as_array().into_iter().flatten().enumerate() {
        if let Some(items) = schemas.iter().find_map(|s| s.get("items")) {
            found.extend(undocumented(
                document,
                items,
                element,
                &format!("{at}[{row}]"),
            ));
        }
    }
    found
}
