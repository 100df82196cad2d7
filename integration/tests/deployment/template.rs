//! The template, and what is looked up in it.

use std::collections::BTreeSet;
use std::process::Command;

use matinee_integration::lambda::program;
use matinee_integration::workspace;
use serde_json::Value;

/// The template as SAM reads it; nothing where SAM is missing, which is said.
pub(crate) fn template() -> Option<Value> {
    const SCRIPT: &str = "import json, sys\n\
        from samcli.yamlhelper import yaml_parse\n\
        print(json.dumps(yaml_parse(open('template.yaml').read()), default=str))";
    let mut python = Command::new(program("python")?);
    let output = python
        .args(["-c", SCRIPT])
        .current_dir(workspace())
        .output();
    let output = output.unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// The resources of a type, with their names: at least one.
pub(crate) fn resources<'a>(template: &'a Value, kind: &str) -> Vec<(&'a str, &'a Value)> {
    let all = template["Resources"].as_object().unwrap();
    let found: Vec<_> = all
        .iter()
        .filter(|(_, resource)| resource["Type"] == kind)
        .map(|(name, resource)| (name.as_str(), &resource["Properties"]))
        .collect();
    assert!(!found.is_empty(), "no {kind}");
    found
}

/// One or many, as policies write them.
pub(crate) fn each(value: &Value) -> Vec<&Value> {
    value
        .as_array()
        .map_or_else(|| vec![value], |many| many.iter().collect())
}

/// What a value says, in short: `Name`, `Name.Attribute`, or the text that is filled in.
pub(crate) fn said(value: &Value) -> String {
    if let Some(name) = value["Ref"].as_str() {
        return name.to_owned();
    }
    if let [name, attribute] = &each(&value["Fn::GetAtt"])[..] {
        return format!("{}.{}", text(name), text(attribute));
    }
    let filled = value["Fn::Sub"].as_str().or(value.as_str());
    filled.map_or_else(|| value.to_string(), str::to_owned)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The parameters that a value depends on, through conditions too.
pub(crate) fn parameters(template: &Value, value: &Value) -> BTreeSet<String> {
    let known = template["Parameters"].as_object().unwrap();
    let mut names = BTreeSet::new();
    collect(template, value, &mut names);
    names.retain(|name| known.contains_key(name));
    names
}

fn collect(template: &Value, value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|v| collect(template, v, names)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match (key.as_str(), value) {
                    ("Ref", Value::String(name)) => {
                        names.insert(name.clone());
                    }
                    ("Fn::Sub", Value::String(text)) => names.extend(placeholders(text)),
                    ("Fn::If", Value::Array(branches)) => {
                        let condition = branches[0].as_str().unwrap();
                        collect(template, &template["Conditions"][condition], names);
                        collect(template, value, names);
                    }
                    _ => collect(template, value, names),
                }
            }
        }
        _ => {}
    }
}

/// The names in `${}`.
pub(crate) fn placeholders(text: &str) -> BTreeSet<String> {
    let rests = text.split("${").skip(1);
    let names = rests.filter_map(|rest| rest.split_once('}'));
    names.map(|(name, _)| name.to_owned()).collect()
}
