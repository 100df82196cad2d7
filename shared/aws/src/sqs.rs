//! A queue of SQS.

use std::sync::Arc;

use aws_sdk_sqs::types::DeleteMessageBatchRequestEntry;
use matinee::ports::{Delivery, Queue, StoreError};

use crate::Clients;
use crate::failure::Failure;

/// The most messages of one call.
const AT_MOST: i32 = 10;

/// Messages in a queue, known by its URL.
#[derive(Debug)]
pub struct SqsQueue {
    clients: Arc<Clients>,
    url: String,
    wait: i32,
}

impl SqsQueue {
    /// The queue with this URL. Whoever receives is told at once when there is nothing.
    pub fn new(clients: &Arc<Clients>, url: impl Into<String>) -> Self {
        Self {
            clients: Arc::clone(clients),
            url: url.into(),
            wait: 0,
        }
    }

    /// Lets whoever receives wait up to a second for a message.
    #[must_use]
    pub fn patient(self) -> Self {
        Self { wait: 1, ..self }
    }

    fn error(&self, action: &'static str, failure: Failure) -> StoreError {
        let name = self.url.rsplit('/').next().unwrap_or_default();
        failure.into_store_error(action, &format!("the queue {name}"))
    }
}

impl Queue for SqsQueue {
    async fn send(&self, body: &str) -> Result<(), StoreError> {
        let client = self.clients.sqs().await;
        let call = client.send_message().queue_url(&self.url);
        match call.message_body(body).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.error("send to", Failure::of(&error))),
        }
    }

    async fn receive(&self, most: usize) -> Result<Vec<Delivery>, StoreError> {
        let client = self.clients.sqs().await;
        let most = i32::try_from(most).unwrap_or(AT_MOST).clamp(1, AT_MOST);
        let received = client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(most)
            .wait_time_seconds(self.wait)
            .send()
            .await
            .map_err(|error| self.error("receive from", Failure::of(&error)))?;
        let messages = received.messages.into_iter().flatten();
        let deliveries = messages.map(|message| {
            Some(Delivery {
                receipt: message.receipt_handle?,
                body: message.body.unwrap_or_default(),
            })
        });
        deliveries.collect::<Option<_>>().ok_or_else(|| {
            let failure = Failure::of_answer("a message came without its receipt");
            self.error("receive from", failure)
        })
    }

    async fn finish(&self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        let client = self.clients.sqs().await;
        for batch in deliveries.chunks(AT_MOST as usize) {
            let entries = batch.iter().enumerate().map(|(place, delivery)| {
                DeleteMessageBatchRequestEntry::builder()
                    .id(place.to_string())
                    .receipt_handle(&delivery.receipt)
                    .build()
            });
            let entries = entries.collect::<Result<Vec<_>, _>>();
            let entries = entries.unwrap_or_else(|_| unreachable!("id and receipt are given"));
            let call = client.delete_message_batch().queue_url(&self.url);
            let done = call
                .set_entries(Some(entries))
                .send()
                .await
                .map_err(|error| self.error("delete from", Failure::of(&error)))?;
            if let Some(failed) = done.failed.first() {
                let said = failed.message.as_deref().unwrap_or_default();
                let said = format!(
                    "{} of {} are still there: {}: {said}",
                    done.failed.len(),
                    batch.len(),
                    failed.code
                );
                return Err(self.error("delete from", Failure::of_entry(&failed.code, said)));
            }
        }
        Ok(())
    }
}
