//! What Lambda does between a queue or a stream and a function: it polls, hands batches over, and
//! takes out what was done. The emulators leave that out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::aws_json::AwsJson;
use super::invoke::{Invocation, Invoke};
use super::message_queue::MessageQueue;
use super::runtime_api::Function;

/// The most messages of a batch.
const MESSAGES: usize = 10;

/// The most stream records of a batch.
const RECORDS: usize = 100;

/// A queue whose messages a function gets.
#[derive(Clone, Debug)]
pub struct QueueSource {
    aws: AwsJson,
    url: String,
}

impl QueueSource {
    /// The messages of `queue`, which is one of the AWS at `endpoint`.
    pub fn new(endpoint: &str, queue: &MessageQueue) -> Self {
        Self {
            aws: AwsJson::at(endpoint, "sqs"),
            url: queue.url.clone(),
        }
    }

    /// Hands up to ten messages to `function` and takes those out of the queue that it did not
    /// report as failed. Gives how many there were.
    ///
    /// # Panics
    /// When the queue cannot be read.
    pub fn poll(&self, function: &impl Invoke) -> usize {
        let received = self.aws.done(
            "AmazonSQS.ReceiveMessage",
            &json!({"QueueUrl": self.url, "MaxNumberOfMessages": MESSAGES,
                "AttributeNames": ["All"]}),
        );
        let Some(messages) = received["Messages"].as_array() else {
            return 0;
        };
        let records: Vec<Value> = messages.iter().map(sqs_record).collect();
        let outcome = function.invoke(&json!({"Records": records}));
        if let Some(failed) = failures(&outcome) {
            for message in messages {
                if !failed.contains(message["MessageId"].as_str().unwrap_or_default()) {
                    let receipt = &message["ReceiptHandle"];
                    let call = json!({"QueueUrl": self.url, "ReceiptHandle": receipt});
                    self.aws.done("AmazonSQS.DeleteMessage", &call);
                }
            }
        }
        messages.len()
    }
}

/// The ids of the messages that failed; `None` when all did.
fn failures(outcome: &Invocation) -> Option<BTreeSet<String>> {
    if outcome.function_error {
        return None;
    }
    let failures = outcome.body["batchItemFailures"].as_array();
    let failed = failures.into_iter().flatten().map(|failure| {
        let id = failure["itemIdentifier"].as_str();
        id.unwrap_or_default().to_owned()
    });
    let failed: BTreeSet<String> = failed.collect();
    // An id that is none means the whole batch.
    (!failed.contains("")).then_some(failed)
}

fn sqs_record(message: &Value) -> Value {
    json!({
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:feedback",
        "awsRegion": "us-east-1",
    })
}

/// A table's stream whose records a function gets, in order.
#[derive(Debug)]
pub struct StreamSource {
    aws: AwsJson,
    arn: String,
    /// Where to go on; one shard is all that the emulator has.
    iterator: Option<Value>,
    /// Handed over and not done yet.
    pending: Vec<Value>,
}

impl StreamSource {
    /// The stream of a table from its beginning.
    ///
    /// # Panics
    /// When there is none.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub fn new(endpoint: &str, table: &str) -> Self {
        let aws = AwsJson::at(endpoint, "dynamodb");
        let described = aws.done(
            "DynamoDB_20120810.DescribeTable",
            &json!({"TableName": table}),
        );
        let arn = described["Table"]["LatestStreamArn"].as_str();
        let arn = arn.expect("the table has a stream").to_owned();
        let call = json!({"StreamArn": arn});
        let stream = aws.done("DynamoDBStreams_20120810.DescribeStream", &call);
        let shard = &stream["StreamDescription"]["Shards"][0]["ShardId"];
        let call = json!({"StreamArn": arn, "ShardId": shard,
            "ShardIteratorType": "TRIM_HORIZON"});
        let first = aws.done("DynamoDBStreams_20120810.GetShardIterator", &call);
        Self {
            arn,
            iterator: Some(first["ShardIterator"].clone()),
            pending: Vec::new(),
            aws,
        }
    }

    /// Hands the next records to `function`. After a failure those come again, together with what
    /// has arrived since. Gives how many there were.
    ///
    /// # Panics
    /// When the stream cannot be read.
    pub fn poll(&mut self, function: &impl Invoke) -> usize {
        let room = RECORDS.saturating_sub(self.pending.len());
        if let Some(iterator) = self.iterator.take_if(|_| room > 0) {
            let call = json!({"ShardIterator": iterator, "Limit": room});
            let answer = self.aws.done("DynamoDBStreams_20120810.GetRecords", &call);
            let records = answer["Records"].as_array().into_iter().flatten();
            let arn = &self.arn;
            self.pending
                .extend(records.map(|record| stream_record(record, arn)));
            self.iterator = Some(answer["NextShardIterator"].clone());
        }
        let handed = self.pending.len();
        if handed > 0 {
            let outcome = function.invoke(&json!({"Records": self.pending}));
            if failures(&outcome).is_some_and(|failed| failed.is_empty()) {
                self.pending.clear();
            }
        }
        handed
    }
}

fn stream_record(record: &Value, arn: &str) -> Value {
    let mut record = record.clone();
    record["eventSourceARN"] = arn.into();
    record
}

/// A function that is started again whenever it has ended, as Lambda does.
#[derive(Debug)]
pub struct Restarting {
    bootstrap: PathBuf,
    env: Vec<(&'static str, String)>,
    current: Mutex<Arc<Function>>,
}

impl Restarting {
    /// Starts `bootstrap` as [`Function::start`] does.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(bootstrap: &Path, env: &[(&'static str, String)]) -> Self {
        Self {
            bootstrap: bootstrap.to_owned(),
            env: env.to_vec(),
            current: Mutex::new(Arc::new(Function::start(bootstrap, env))),
        }
    }

    fn current(&self) -> Arc<Function> {
        Arc::clone(&self.current.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Kills the process, whatever it is doing.
    pub fn kill(&self) {
        self.current().kill();
    }

    /// What the running process wrote.
    pub fn log(&self) -> String {
        self.current().log().text()
    }
}

impl Invoke for Restarting {
    fn invoke(&self, event: &Value) -> Invocation {
        let function = self.current();
        let outcome = function.invoke(event);
        if outcome.status != 200 {
            let again = Arc::new(Function::start(&self.bootstrap, &self.env));
            *self.current.lock().unwrap_or_else(PoisonError::into_inner) = again;
        }
        outcome
    }
}
