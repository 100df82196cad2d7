//! A queue with its dead letters in a stand-in for SQS, over plain HTTP.

use serde_json::{Value, json};

use super::aws_json::AwsJson;

/// A queue whose messages go to another one after they were received too often.
#[derive(Clone, Debug)]
pub struct MessageQueue {
    sqs: AwsJson,
    /// The queue's URL.
    pub url: String,
    /// The URL of the queue of the dead letters.
    pub dead_letters: String,
}

impl MessageQueue {
    /// Creates `<name>` and `<name>-dead-letters`. What is received comes again after
    /// `visible_after` seconds, `receives` times in all.
    ///
    /// # Panics
    /// When the service refuses.
    pub fn create(endpoint: &str, name: &str, visible_after: u32, receives: u32) -> Self {
        let sqs = AwsJson::at(endpoint, "sqs");
        let create = |name: &str, attributes: Value| {
            let body = json!({"QueueName": name, "Attributes": attributes});
            text(&sqs.done("AmazonSQS.CreateQueue", &body)["QueueUrl"])
        };
        let dead_letters = create(&format!("{name}-dead-letters"), json!({}));
        let described = sqs.done(
            "AmazonSQS.GetQueueAttributes",
            &json!({"QueueUrl": dead_letters, "AttributeNames": ["QueueArn"]}),
        );
        let redrive = json!({
            "deadLetterTargetArn": described["Attributes"]["QueueArn"],
            "maxReceiveCount": receives,
        });
        let url = create(
            name,
            json!({
                "VisibilityTimeout": visible_after.to_string(),
                "RedrivePolicy": redrive.to_string(),
            }),
        );
        Self {
            sqs,
            url,
            dead_letters,
        }
    }

    /// Puts a message in.
    ///
    /// # Panics
    /// When the service refuses.
    pub fn send(&self, body: &str) {
        let message = json!({"QueueUrl": self.url, "MessageBody": body});
        self.sqs.done("AmazonSQS.SendMessage", &message);
    }

    /// How many messages there are: those that wait, and those that were received and are neither
    /// finished nor due again.
    ///
    /// # Panics
    /// When the service refuses.
    pub fn depth(&self) -> (usize, usize) {
        let names = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
        ];
        let body = json!({"QueueUrl": self.url, "AttributeNames": names});
        let found = self.sqs.done("AmazonSQS.GetQueueAttributes", &body);
        let [waiting, received] =
            names.map(|name| text(&found["Attributes"][name]).parse().unwrap_or_default());
        (waiting, received)
    }

    /// Takes the dead letters out and gives their bodies.
    ///
    /// # Panics
    /// When the service refuses.
    pub fn take_dead_letters(&self) -> Vec<String> {
        let mut bodies = Vec::new();
        loop {
            let body = json!({"QueueUrl": self.dead_letters, "MaxNumberOfMessages": 10});
            let received = self.sqs.done("AmazonSQS.ReceiveMessage", &body);
            let messages = received["Messages"].as_array().cloned().unwrap_or_default();
            if messages.is_empty() {
                return bodies;
            }
            for message in messages {
                let receipt = &message["ReceiptHandle"];
                let body = json!({"QueueUrl": self.dead_letters, "ReceiptHandle": receipt});
                self.sqs.done("AmazonSQS.DeleteMessage", &body);
                bodies.push(text(&message["Body"]));
            }
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
