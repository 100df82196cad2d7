//! The tables and queues of a stand-in, and what goes wrong before them.

use std::collections::BTreeSet;
use std::process::Command;

use matinee_integration::lambda::{Fault, FaultProxy, Moto, Tables, venv};
use serde_json::{Value, json};

#[test]
fn moto_keeps_items_and_streams_them_in_order() {
    let Some(moto) = Moto::start() else { return };
    let tables = moto.create_tables();
    assert_eq!(tables.items("Interactions"), []);
    let items: Vec<Value> = (0..25)
        .map(|at| json!({"viewer": "ada", "id": format!("i-{at}"), "at": at, "clamped": at == 1}))
        .collect();
    for item in &items {
        tables.put("Interactions", item);
    }
    tables.put("Viewers", &json!({"viewer": "ada", "until": 5}));

    let mut found = tables.items("Interactions");
    found.sort_by_key(|item| item["at"].as_u64());
    let found: Vec<Value> = found.into_iter().map(Value::Object).collect();
    assert_eq!(found, items);

    let events = tables.stream_events("Interactions", 10);
    let sizes: Vec<usize> = events
        .iter()
        .map(|event| event["Records"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [10, 10, 5]);
    let record = &events[0]["Records"][0];
    assert_eq!(record["eventSource"], "aws:dynamodb");
    assert_eq!(record["dynamodb"]["NewImage"]["id"]["S"], "i-0");
    let arn = record["eventSourceARN"].as_str().unwrap();
    assert!(arn.contains(":table/Interactions/stream/"), "{arn}");
    assert_eq!(tables.stream_events("Viewers", 10).len(), 1);
    assert_eq!(tables.stream_events("Films", 10).len(), 0);
}

#[test]
fn a_queue_gives_up_what_is_received_too_often() {
    let Some(moto) = Moto::start() else { return };
    let queue = moto.create_queue("feedback", 0, 1);
    queue.send("a");
    assert_eq!(queue.depth(), (1, 0));
    assert_eq!(queue.take_dead_letters(), Vec::<String>::new());
    let code = r#"
import boto3, sys
sqs = boto3.client("sqs", endpoint_url=sys.argv[1], region_name="us-east-1",
    aws_access_key_id="made-up", aws_secret_access_key="made-up")
for _ in range(2):
    sqs.receive_message(QueueUrl=sys.argv[2])
"#;
    python(code, &[moto.endpoint(), &queue.url]);
    assert_eq!(queue.take_dead_letters(), ["a"]);
    assert_eq!(queue.take_dead_letters(), Vec::<String>::new());
}

/// An answer that is lost is no request that is lost.
#[test]
fn a_lost_answer_is_of_a_request_that_was_carried_out() {
    let Some(moto) = Moto::start() else { return };
    let tables = moto.create_tables();
    let proxy = FaultProxy::start(moto.endpoint());
    let behind = Tables::at(&proxy.endpoint());
    for (fault, kept) in [(Fault::HangUp, 0), (Fault::LoseAnswer, 1)] {
        proxy.clear();
        proxy.inject(fault.on_target("PutItem").times(1));
        let put = || behind.put("Viewers", &json!({"viewer": "ada"}));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(put));
        assert!(outcome.is_err(), "there was an answer");
        assert_eq!(tables.items("Viewers").len(), kept);
    }
    assert_eq!((proxy.count_target("PutItem"), proxy.faulted()), (2, 2));
}

#[test]
fn a_share_of_the_requests_fails() {
    let Some(moto) = Moto::start() else { return };
    moto.create_tables();
    let proxy = FaultProxy::start(moto.endpoint());
    proxy.inject(Fault::SlowDown.on_target("PutItem").share(0.2, 1));
    let code = r#"
import sys, boto3
from botocore.config import Config
client = boto3.client("dynamodb", endpoint_url=sys.argv[1], region_name="us-east-1",
    config=Config(retries={"total_max_attempts": 1}),
    aws_access_key_id="made-up", aws_secret_access_key="made-up")
for at in range(200):
    try:
        client.put_item(TableName="Viewers", Item={"viewer": {"S": str(at)}})
    except client.exceptions.ProvisionedThroughputExceededException:
        pass
"#;
    python(code, &[&proxy.endpoint()]);
    assert_eq!(proxy.count_target("PutItem"), 200);
    let faulted = proxy.faulted();
    assert!((20..60).contains(&faulted), "{faulted} of 200");
    assert_eq!(
        Tables::at(moto.endpoint()).items("Viewers").len(),
        200 - faulted
    );
}

/// AWS's own client for Python understands each of them as what it is.
#[test]
fn a_client_of_aws_reads_the_refusals() {
    const CODE: &str = r#"
import json, sys, boto3
from botocore.config import Config
from botocore.exceptions import ClientError
def client(service):
    return boto3.client(service, endpoint_url=sys.argv[1], region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}),
        aws_access_key_id="made-up", aws_secret_access_key="made-up")
try:
    if sys.argv[2] == "sqs":
        client("sqs").send_message(QueueUrl=sys.argv[3], MessageBody="a")
    else:
        client("dynamodb").get_item(TableName="Viewers", Key={"viewer": {"S": "ada"}})
    print(json.dumps("done"))
except ClientError as error:
    answer = error.response
    print(json.dumps([answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]]))
"#;
    let Some(moto) = Moto::start() else { return };
    moto.create_tables();
    let queue = moto.create_queue("feedback", 30, 3);
    let proxy = FaultProxy::start(moto.endpoint());
    let ask = |service: &str| -> Value {
        let said = python(CODE, &[&proxy.endpoint(), service, &queue.url]);
        serde_json::from_str(&said).unwrap()
    };
    for service in ["dynamodb", "sqs"] {
        assert_eq!(ask(service), "done");
    }
    let targets: BTreeSet<_> = proxy
        .requests()
        .into_iter()
        .filter_map(|request| request.target)
        .collect();
    assert!(targets.contains("DynamoDB_20120810.GetItem"), "{targets:?}");
    assert!(targets.contains("AmazonSQS.SendMessage"), "{targets:?}");
    for (fault, dynamodb, sqs) in [
        (
            Fault::SlowDown,
            ("ProvisionedThroughputExceededException", 400),
            ("RequestThrottled", 403),
        ),
        (
            Fault::InternalError,
            ("InternalServerError", 500),
            ("InternalFailure", 500),
        ),
        (
            Fault::Unavailable,
            ("ServiceUnavailable", 503),
            ("ServiceUnavailable", 503),
        ),
        (
            Fault::AccessDenied,
            ("AccessDeniedException", 400),
            ("AccessDeniedException", 400),
        ),
        (
            Fault::ExpiredToken { status: 400 },
            ("ExpiredTokenException", 400),
            ("ExpiredTokenException", 400),
        ),
    ] {
        proxy.clear();
        proxy.inject(fault);
        assert_eq!(ask("dynamodb"), json!([dynamodb.0, dynamodb.1]));
        assert_eq!(ask("sqs"), json!([sqs.0, sqs.1]));
    }
}

/// What a program in Python says that has to do its work.
fn python(code: &str, arguments: &[&str]) -> String {
    let output = Command::new(venv().join("bin/python"))
        .args(["-c", code])
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}
