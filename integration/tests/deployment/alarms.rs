//! What is watched.

use std::collections::BTreeSet;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use matinee_integration::lambda::{
    Emulator, Invoke as _, MessageQueue, Moto, Tables, feedback_through, model_from,
};
use matinee_integration::{built, sample_models, workspace};
use serde_json::{Value, json};

use crate::template::{resources, template};

/// Namespace of the functions' own metrics.
const OURS: &str = "Matinee";

/// What every account has for nothing.
const FREE_ALARMS: usize = 10;
const FREE_METRICS: usize = 50;

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
fn alarms_and_dashboard_are_within_what_is_free() {
    let Some(template) = template() else { return };
    let mut alarms = resources(&template, "AWS::CloudWatch::Alarm");
    // Those of state machines that somebody asked for; the dashboard cannot name them.
    alarms.retain(|(name, _)| template["Resources"][*name]["Condition"].is_null());
    assert!(alarms.len() <= FREE_ALARMS, "{} alarms", alarms.len());
    let body = dashboard(&template);
    let widgets = body["widgets"].as_array().unwrap();
    let metrics: usize = widgets
        .iter()
        .filter_map(|widget| widget["properties"]["metrics"].as_array())
        .map(Vec::len)
        .sum();
    assert!(metrics <= FREE_METRICS, "{metrics} metrics");
    let shown = widgets
        .iter()
        .filter_map(|widget| widget["properties"]["alarms"].as_array())
        .flatten()
        .map(|alarm| alarm.as_str().unwrap().to_owned());
    let all = alarms.iter().map(|(name, _)| format!("${{{name}.Arn}}"));
    assert_eq!(shown.collect::<BTreeSet<_>>(), all.collect());
}

#[test]
fn a_state_machine_that_fails_or_takes_too_long_rings() {
    let Some(template) = template() else { return };
    for (alarm, machine) in [
        ("BatchFailed", "BatchMachine"),
        ("PersonalizeFailed", "PersonalizeMachine"),
    ] {
        let alarm = &template["Resources"][alarm]["Properties"];
        let counted: BTreeSet<&str> = alarm["Metrics"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|metric| {
                let metric = &metric["MetricStat"]["Metric"];
                let of = &metric["Dimensions"][0]["Value"]["Ref"];
                (of == machine).then(|| metric["MetricName"].as_str().unwrap())
            })
            .collect();
        let expected = ["ExecutionsFailed", "ExecutionsTimedOut"];
        assert_eq!(counted, BTreeSet::from(expected), "{machine}");
    }
}

#[test]
fn every_metric_that_is_watched_is_written() {
    let Some(template) = template() else { return };
    let watched = watched(&template);
    for name in ["ModelRefused", "InitTime", "InteractionsKept"] {
        assert!(watched.contains(name), "{watched:?}");
    }

    let (Some(recommend), Some(feedback)) = (built("RecommendFunction"), built("FeedbackFunction"))
    else {
        return;
    };
    let Some(sample) = sample_models() else {
        return;
    };
    let served = [("MODEL_DIR", sample.display().to_string())];
    let Some(well) = Emulator::start(&recommend, &served) else {
        return;
    };
    assert_eq!(well.get("/top-picks").status, 200);

    let Some(moto) = Moto::start() else { return };
    let bucket = moto.create_bucket("matinee-models");
    bucket.put("models/current.json", "{");
    let damaged = model_from(moto.endpoint(), bucket.name());
    let Some(ill) = Emulator::start(&recommend, &damaged) else {
        return;
    };
    assert_eq!(ill.get("/top-picks").status, 503);

    let log = moto.create_bucket("matinee-data");
    Tables::create(moto.endpoint());
    let queue = MessageQueue::create(moto.endpoint(), "feedback", 60, 10);
    let stores = feedback_through(moto.endpoint(), &queue, log.name());
    let Some(consumer) = Emulator::start(&feedback, &stores) else {
        return;
    };
    // Twice, for the repeats; the poison, for the dead letter.
    for event in ["sqs-interactions", "sqs-interactions", "sqs-poison"] {
        let file = workspace().join(format!("events/feedback/{event}.json"));
        let event: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        let invocation = consumer.invoke(&event);
        assert!(!invocation.function_error, "{invocation:?}");
    }

    let Some(train) = built("TrainFunction") else {
        return;
    };
    let models = moto.create_bucket("matinee-trained");
    let mut stores = model_from(moto.endpoint(), models.name());
    stores.push(("DATA_BUCKET", log.name().to_owned()));
    let Some(trainer) = Emulator::start(&train, &stores) else {
        return;
    };
    // The second lacks a film of the first.
    for films in [2, 1] {
        let rows = ["1,One (1990),Crime\n", "2,Two (1991),Crime\n"];
        let text = format!("movieId,title,genres\n{}", rows[..films].concat());
        log.put("catalogue/ml-tiny/movies.csv", text);
        assert_eq!(trainer.invoke(&json!({})).returned()["live"], films == 2);
    }

    // A function's last lines are read a moment after its answer.
    let patience = Instant::now() + Duration::from_secs(10);
    let missing = || {
        let functions = [&well, &ill, &consumer, &trainer];
        let written = functions.into_iter().flat_map(written).collect();
        watched.difference(&written).cloned().collect::<Vec<_>>()
    };
    while !missing().is_empty() && Instant::now() < patience {
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(missing(), Vec::<String>::new());
}

fn dashboard(template: &Value) -> Value {
    let (_, dashboard) = resources(template, "AWS::CloudWatch::Dashboard")[0];
    let body = dashboard["DashboardBody"]["Fn::Sub"].as_str().unwrap();
    serde_json::from_str(body).unwrap()
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
    let body = dashboard(template);
    let widgets = body["widgets"].as_array().unwrap().iter();
    let metrics = widgets.filter_map(|widget| widget["properties"]["metrics"].as_array());
    let ours = metrics.flatten().filter(|metric| metric[0] == OURS);
    watched.extend(ours.map(|metric| metric[1].as_str().unwrap().to_owned()));
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
