//! The function as Lambda calls it: with messages of the queue, and with what was written into the
//! tables.

mod stream;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::Diagnostic;
use matinee::ports::{
    BlobError, Blobs, Films, Interactions, Queue, Recommendations, StoreError, Viewers,
};
use matinee_aws::settings::FeedbackAt;
use matinee_aws::{
    Clients, DynamoFilms, DynamoInteractions, DynamoRecommendations, DynamoViewers, S3Blobs,
    SqsQueue,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::{Feedback, Tally};

/// An event as it came.
pub type RawEvent = Box<RawValue>;

/// What the handler is made of in AWS.
pub type Deployed = Handler<
    DynamoInteractions,
    DynamoViewers,
    DynamoFilms,
    DynamoRecommendations,
    SqsQueue,
    S3Blobs,
>;

/// Handles both kinds of events.
#[derive(Debug)]
pub struct Handler<I, V, F, R, D, B> {
    /// What messages of the queue are for.
    pub feedback: Feedback<I, V, F, R, D>,
    /// Where the log is.
    pub log: B,
    /// The names of the tables whose streams there are.
    pub tables: TableNames,
}

/// The names of the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableNames {
    /// What viewers did.
    pub interactions: String,
    /// Who is forgotten.
    pub viewers: String,
    /// What devices rated.
    pub films: String,
}

/// What became of an event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Handled {
    /// Which messages are to be delivered again.
    pub response: SqsBatchResponse,
    /// What was in it.
    pub tally: Tally,
}

/// Why an event is to come again as a whole, or can never be handled.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// It is none of those that this function is for.
    #[error(
        "expected Records of SQS (eventSource aws:sqs) or of a DynamoDB stream (aws:dynamodb), found {found}"
    )]
    Unexpected {
        /// What it is.
        found: String,
    },
    /// It is of a table that the environment does not name.
    #[error("expected the stream of the table {expected}, found {found:?}")]
    OtherTable {
        /// The tables there are.
        expected: String,
        /// The stream.
        found: String,
    },
    /// A segment of the log could not be written.
    #[error(transparent)]
    Log(#[from] BlobError),
    /// A dead letter could not be sent.
    #[error(transparent)]
    DeadLetters(#[from] StoreError),
}

/// The handler over AWS's services. None of them is called before the first event.
pub fn connect(clients: &Arc<Clients>, at: FeedbackAt) -> Deployed {
    Handler {
        feedback: Feedback {
            interactions: DynamoInteractions::new(clients, &at.interactions),
            viewers: DynamoViewers::new(clients, &at.viewers),
            films: DynamoFilms::new(clients, &at.films),
            recommendations: DynamoRecommendations::new(clients, &at.recommendations),
            dead_letters: SqsQueue::new(clients, at.dead_letters),
        },
        log: S3Blobs::through(clients, at.bucket, at.prefix),
        tables: TableNames {
            interactions: at.interactions,
            viewers: at.viewers,
            films: at.films,
        },
    }
}

/// The metrics of an event.
pub fn counted(tally: Tally) -> [(&'static str, u64); 6] {
    [
        ("ListsServed", tally.served as u64),
        ("FilmsServed", tally.films_served as u64),
        ("FilmsAccepted", tally.films_accepted as u64),
        ("InteractionsKept", tally.new as u64),
        ("InteractionsRepeated", tally.repeats as u64),
        ("DeadLetters", tally.dead as u64),
    ]
}

/// As much of an event as tells what it is.
#[derive(Deserialize)]
struct Told {
    #[serde(rename = "Records")]
    records: Vec<Origin>,
}

#[derive(Deserialize)]
struct Origin {
    #[serde(rename = "eventSource")]
    source: Option<String>,
}

impl<I, V, F, R, D, B> Handler<I, V, F, R, D, B>
where
    I: Interactions,
    V: Viewers,
    F: Films,
    R: Recommendations,
    D: Queue,
    B: Blobs,
{
    /// Does what an event asks for. Messages that could not be done are named, to be delivered
    /// again.
    ///
    /// # Errors
    /// [`EventError`] when the whole event is to come again, or is none for this function.
    pub async fn handle(&self, event: &RawValue) -> Result<Handled, EventError> {
        match source(event)?.as_str() {
            "aws:sqs" => self.consume(parsed(event)?).await,
            "aws:dynamodb" => {
                let records = self.read_stream(parsed(event)?)?;
                self.append(records).await
            }
            other => Err(unexpected(format!("{other:?}"))),
        }
    }

    async fn consume(&self, event: SqsEvent) -> Result<Handled, EventError> {
        let messages: Option<Vec<(String, String)>> = event
            .records
            .into_iter()
            .map(|message| Some((message.message_id?, message.body.unwrap_or_default())))
            .collect();
        let messages =
            messages.ok_or_else(|| unexpected("a message without messageId".to_owned()))?;
        let bodies: Vec<&str> = messages.iter().map(|(_, body)| body.as_str()).collect();
        let consumed = self.feedback.consume(&bodies).await;
        let failed = messages.iter().enumerate();
        let failed = failed.filter(|(place, _)| consumed.failed.contains(place));
        let mut response = SqsBatchResponse::default();
        // Two deliveries of one message in a batch come again once.
        let ids: BTreeSet<&String> = failed.map(|(_, (id, _))| id).collect();
        response.set_failures(ids.into_iter().cloned());
        Ok(Handled {
            response,
            tally: consumed.tally,
        })
    }
}

fn source(event: &RawValue) -> Result<String, EventError> {
    let told: Told = parsed(event)?;
    let first = told.records.into_iter().next();
    let first = first.ok_or_else(|| unexpected("no Records".to_owned()))?;
    first
        .source
        .ok_or_else(|| unexpected("a record without eventSource".to_owned()))
}

fn parsed<T: DeserializeOwned>(event: &RawValue) -> Result<T, EventError> {
    // What is in the event is nobody's business, and an error may quote it.
    serde_json::from_str(event.get()).map_err(|error| {
        unexpected(format!(
            "another shape at line {}, column {}",
            error.line(),
            error.column()
        ))
    })
}

fn unexpected(found: String) -> EventError {
    EventError::Unexpected { found }
}

impl From<EventError> for Diagnostic {
    fn from(error: EventError) -> Self {
        let kind = match error {
            EventError::Unexpected { .. } => "UnexpectedEvent",
            EventError::OtherTable { .. } => "OtherTable",
            EventError::Log(_) => "LogUnavailable",
            EventError::DeadLetters(_) => "DeadLettersUnavailable",
        };
        let mut error_message = error.to_string();
        let mut below = error.source();
        while let Some(cause) = below {
            error_message.push_str(": ");
            error_message.push_str(&cause.to_string());
            below = cause.source();
        }
        Self {
            error_type: kind.to_owned(),
            error_message,
        }
    }
}
