//! What the template promises and no linter can know: that it agrees with the functions and with
//! the docs.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

use matinee_integration::lambda::{Emulator, Invoke as _, Moto, model_from, program};
use matinee_integration::{built, sample_models, workspace};
use serde_json::Value;

/// Namespace of the functions' own metrics.
const OURS: &str = "Matinee";

/// Actions that know no resources: they can only be allowed on all.
const WITHOUT_RESOURCES: [&str; 2] = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"];

/// Documented variables that the deployed functions have no use for: they take their models from
/// the bucket, and what they log is a parameter.
const NOT_DEPLOYED: [&str; 2] = ["MODEL_DIR", "AWS_LAMBDA_LOG_LEVEL"];

/// The template as SAM reads it; nothing where SAM is missing, which is said.
fn template() -> Option<Value> {
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

/// The resources of a type, with their names.
fn resources<'a>(template: &'a Value, kind: &str) -> Vec<(&'a str, &'a Value)> {
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
fn each(value: &Value) -> Vec<&Value> {
    value
        .as_array()
        .map_or_else(|| vec![value], |many| many.iter().collect())
}

#[test]
fn no_function_may_do_more_than_it_must() {
    let Some(template) = template() else { return };
    let functions = resources(&template, "AWS::Serverless::Function");
    let roles: BTreeSet<_> = functions
        .iter()
        .map(|(name, function)| {
            let role = function["Role"]["Fn::GetAtt"][0].as_str();
            role.unwrap_or_else(|| panic!("{name} has no role of the template"))
        })
        .collect();
    assert_eq!(
        roles.len(),
        functions.len(),
        "functions share a role: {roles:?}"
    );
    for (name, role) in resources(&template, "AWS::IAM::Role") {
        for policy in each(&role["Policies"]) {
            for statement in each(&policy["PolicyDocument"]["Statement"]) {
                if statement["Effect"] != "Allow" {
                    continue;
                }
                let everywhere = each(&statement["Resource"]).contains(&&Value::from("*"));
                for action in each(&statement["Action"]) {
                    let action = action.as_str().unwrap();
                    assert!(!action.contains('*'), "{name} may {action}");
                    assert!(
                        !everywhere || WITHOUT_RESOURCES.contains(&action),
                        "{name} may {action} everywhere"
                    );
                }
            }
        }
    }
}

#[test]
fn the_functions_are_given_the_variables_that_they_read() {
    let Some(template) = template() else { return };
    let variables = |of: &Value| {
        let variables = of["Environment"]["Variables"].as_object().cloned();
        variables
            .unwrap_or_default()
            .into_iter()
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    let mut set: BTreeSet<String> = variables(&template["Globals"]["Function"])
        .into_iter()
        .collect();
    for (_, function) in resources(&template, "AWS::Serverless::Function") {
        set.extend(variables(function));
    }
    // The table at the top of the module that reads them: `| `NAME` | default | meaning |`.
    let source = fs::read_to_string(workspace().join("shared/aws/src/settings.rs")).unwrap();
    let read: BTreeSet<String> = source
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .filter(|name| !NOT_DEPLOYED.contains(&name.as_str()))
        .collect();
    assert_eq!(set, read);
}

#[test]
fn every_alarm_tells_somebody_and_has_its_chapter() {
    let Some(template) = template() else { return };
    let docs = fs::read_to_string(workspace().join("docs/operations.md")).unwrap();
    let chapters: BTreeSet<&str> = docs
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .collect();
    let topics: BTreeSet<&str> = resources(&template, "AWS::SNS::Topic")
        .iter()
        .map(|(name, _)| *name)
        .collect();
    for (name, alarm) in resources(&template, "AWS::CloudWatch::Alarm") {
        assert!(
            chapters.contains(name),
            "docs/operations.md has no chapter {name}"
        );
        let description = alarm["AlarmDescription"].as_str().unwrap();
        assert!(
            description.contains(&format!("docs/operations.md, {name}")),
            "{name}: {description}"
        );
        for actions in ["AlarmActions", "OKActions"] {
            let topic = alarm[actions][0]["Ref"].as_str();
            assert!(
                topic.is_some_and(|topic| topics.contains(topic)),
                "{name}: {actions}"
            );
        }
    }
}

#[test]
fn every_metric_that_is_watched_is_written() {
    let Some(template) = template() else { return };
    let watched = watched(&template);
    assert!(
        watched.contains("ModelRefused") && watched.contains("InitTime"),
        "{watched:?}"
    );

    let Some(bootstrap) = built("RecommendFunction") else {
        return;
    };
    let Some(sample) = sample_models() else {
        return;
    };
    let served = [("MODEL_DIR", sample.display().to_string())];
    let Some(well) = Emulator::start(&bootstrap, &served) else {
        return;
    };
    assert_eq!(well.get("/top-picks").status, 200);
    let mut written = written(&well);

    let Some(moto) = Moto::start() else { return };
    let bucket = moto.create_bucket("matinee-models");
    bucket.put("models/current.json", "{");
    let damaged = model_from(moto.endpoint(), bucket.name());
    let Some(ill) = Emulator::start(&bootstrap, &damaged) else {
        return;
    };
    assert_eq!(ill.get("/top-picks").status, 503);
    written.extend(self::written(&ill));

    assert_eq!(
        watched.difference(&written).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
}

/// The names of our metrics in alarms, filters and the dashboard.
fn watched(template: &Value) -> BTreeSet<String> {
    let mut watched = BTreeSet::new();
    for (_, alarm) in resources(template, "AWS::CloudWatch::Alarm") {
        if alarm["Namespace"] == OURS {
            watched.insert(alarm["MetricName"].as_str().unwrap().to_owned());
        }
    }
    for (name, filter) in resources(template, "AWS::Logs::MetricFilter") {
        let transformation = &filter["MetricTransformations"][0];
        let field = transformation["MetricValue"]
            .as_str()
            .unwrap()
            .strip_prefix("$.")
            .unwrap();
        let pattern = filter["FilterPattern"].as_str().unwrap();
        assert!(
            pattern.contains(&format!("$.{field} ")),
            "{name}: {pattern}"
        );
        watched.insert(field.to_owned());
        // What comes out of a filter is a metric too, but not one that a function writes.
        assert_eq!(transformation["MetricName"], field, "{name}");
    }
    for (_, dashboard) in resources(template, "AWS::CloudWatch::Dashboard") {
        let body = dashboard["DashboardBody"]["Fn::Sub"].as_str().unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        let widgets = body["widgets"].as_array().unwrap().iter();
        let metrics = widgets.filter_map(|widget| widget["properties"]["metrics"].as_array());
        let ours = metrics.flatten().filter(|metric| metric[0] == OURS);
        watched.extend(ours.map(|metric| metric[1].as_str().unwrap().to_owned()));
    }
    watched
}

/// The names of the metrics that a function wrote, each with its value beside it.
fn written(emulator: &Emulator) -> BTreeSet<String> {
    // The last of a request.
    emulator
        .log()
        .wait_for("RequestTime", Duration::from_secs(10));
    let mut written = BTreeSet::new();
    for line in emulator.log().json() {
        for directive in line["_aws"]["CloudWatchMetrics"]
            .as_array()
            .into_iter()
            .flatten()
        {
            assert_eq!(directive["Namespace"], OURS, "{line}");
            for metric in directive["Metrics"].as_array().unwrap() {
                let name = metric["Name"].as_str().unwrap();
                assert!(line[name].is_number(), "{name} of {line}");
                written.insert(name.to_owned());
            }
        }
    }
    written
}
