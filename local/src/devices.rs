//! What is done with devices' messages on one machine: the topic rules of `template.yaml`, by the names
//! that they have there.

use std::sync::Arc;

use matinee::model::{ModelSource, Rates};
use matinee::ports::{Queue, Shadow, StoreCause, StoreError};
use matinee::taste::{DeadLetter, Unreadable};
use matinee_predict::Predict;
use serde_json::Value;

use crate::embedded::{Embedded, EmbeddedQueue};
use crate::mqtt::{Message, Publisher, Rule, RuleError, RuleMessage, TopicError, Unpublished};

/// Rules and filters of messages that rate films.
const FEEDBACK: [(&str, &str); 2] = [
    ("FilmUpdateRule", "filmupdate"),
    ("ThingFeedbackRule", "matinee/+/feedback"),
];

/// Rules and filters of messages that ask how good films would be.
const REQUESTS: [(&str, &str); 2] = [
    ("FilmRequestRule", "filmrequest"),
    ("ThingRequestRule", "matinee/+/request"),
];

impl Shadow for Publisher {
    async fn publish(&self, topic: &str, payload: &[u8]) -> Result<(), StoreError> {
        let message = Message::new(topic, payload.to_vec());
        let published = self.send(message).await;
        published.map_err(|error| StoreError {
            action: "publish to",
            what: "the broker".to_owned(),
            cause: match error {
                Unpublished::Undone { .. } => StoreCause::Unavailable,
                Unpublished::Topic { .. } | Unpublished::Reserved { .. } => StoreCause::Other,
            },
            source: error.into(),
        })
    }
}

/// What brings ratings into the queue of what viewers and devices do. A message is acknowledged when it is
/// there on the disk.
///
/// As the rules in the cloud do, these add from which topic a message came and when
/// (`matinee_topic`, `matinee_received`). A payload that is no JSON object has no place for that: it becomes
/// a dead letter.
///
/// # Errors
/// None: the filters are right.
pub fn feedback_rules(embedded: &Embedded) -> Result<Vec<Rule>, TopicError> {
    let rules = FEEDBACK.into_iter().map(|(name, filter)| {
        let (queue, dead_letters) = (embedded.queue(), embedded.dead_letters());
        Rule::new(name, filter, move |message| {
            hand_over(queue.clone(), dead_letters.clone(), message)
        })
    });
    rules.collect()
}

async fn hand_over(
    queue: EmbeddedQueue,
    dead_letters: EmbeddedQueue,
    message: RuleMessage,
) -> Result<(), RuleError> {
    match with_origin(&message) {
        Ok(body) => queue.send(&body).await?,
        Err(why) => {
            let payload = String::from_utf8_lossy(&message.payload);
            let letter = DeadLetter::unreadable(&payload, &why);
            dead_letters.send(&letter.body()).await?;
        }
    }
    Ok(())
}

/// The payload with what the rule adds.
fn with_origin(message: &RuleMessage) -> Result<String, Unreadable> {
    let topic = &message.topic;
    let object = match serde_json::from_slice(&message.payload) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("other JSON".to_owned()),
        Err(error) => Err(format!("none: {error}")),
    };
    let mut object = object.map_err(|found| Unreadable {
        detail: format!("expected a JSON object on {topic}, found {found}"),
    })?;
    object.insert("matinee_topic".to_owned(), topic.as_str().into());
    object.insert("matinee_received".to_owned(), message.received.into());
    Ok(Value::Object(object).to_string())
}

/// What answers requests for predictions. A message is acknowledged when its answer was published, and the
/// thing's shadow is on the disk.
///
/// # Errors
/// None: the filters are right.
pub fn request_rules<S, M>(predict: &Arc<Predict<S, M, Publisher>>) -> Result<Vec<Rule>, TopicError>
where
    S: ModelSource<M> + 'static,
    M: Rates + 'static,
{
    let rules = REQUESTS.into_iter().map(|(name, filter)| {
        let predict = Arc::clone(predict);
        Rule::new(name, filter, move |message: RuleMessage| {
            let predict = Arc::clone(&predict);
            async move {
                predict.answer(&message.topic, &message.payload).await?;
                Ok(())
            }
        })
    });
    rules.collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;

    fn message(topic: &str, payload: &'static [u8]) -> RuleMessage {
        RuleMessage {
            topic: topic.to_owned(),
            payload: Bytes::from_static(payload),
            received: 1_700_000_000_000,
        }
    }

    #[test]
    fn a_rating_says_where_it_came_from_whatever_it_claims() {
        let claims = br#"{"title":"Heat","matinee_topic":"x","stars":8.1}"#;
        let body = with_origin(&message("matinee/tv/feedback", claims)).unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        let expected = json!({
            "title": "Heat", "stars": 8.1,
            "matinee_topic": "matinee/tv/feedback", "matinee_received": 1_700_000_000_000_i64,
        });
        assert_eq!(body, expected);
    }

    #[tokio::test]
    async fn what_is_no_object_becomes_a_dead_letter() {
        let dir = tempfile::tempdir().unwrap();
        let embedded = Embedded::open(dir.path()).unwrap();
        for payload in [&b"not JSON"[..], b"[1]", b"\xff", b""] {
            let (queue, dead) = (embedded.queue(), embedded.dead_letters());
            let message = message("filmupdate", payload);
            hand_over(queue, dead, message).await.unwrap();
        }
        assert_eq!(embedded.letters().await.unwrap().len(), 4);
        assert_eq!(embedded.queue().receive(10).await.unwrap(), []);
        let said = &embedded.letters().await.unwrap()[0].letter.detail;
        assert!(said.contains("JSON object on filmupdate"), "{said}");
    }
}
