//! Rules: what happens with messages beside their delivery.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;

use super::topic::{TopicError, check_filter};

/// Why a rule did not do its work.
pub type RuleError = Box<dyn std::error::Error + Send + Sync>;

type Outcome = Pin<Box<dyn Future<Output = Result<(), RuleError>> + Send>>;

/// A message, as a rule gets it.
#[derive(Clone, Debug)]
pub struct RuleMessage {
    /// The topic that it was published to; by Basic Ingest, what stands behind the rule's name.
    pub topic: String,
    /// What it says.
    pub payload: Bytes,
    /// When it came, in milliseconds since 1970.
    pub received: i64,
}

/// What is done with messages whose topics match a filter.
///
/// A rule that fails leaves the message unacknowledged, and its sender without a connection, so that it is
/// sent again. Whatever would fail again and again has therefore to be put aside by the rule itself.
pub struct Rule {
    pub(super) name: String,
    pub(super) filter: String,
    pub(super) handler: Box<dyn Fn(RuleMessage) -> Outcome + Send + Sync>,
}

impl Rule {
    /// A rule. `name` is how Basic Ingest calls it: a message to `$aws/rules/<name>/<topic>` reaches it and
    /// nobody else. Messages are handled at the same time, in no certain order.
    ///
    /// # Errors
    /// [`TopicError`] when the filter is none.
    pub fn new<F, R>(name: &str, filter: &str, handler: F) -> Result<Self, TopicError>
    where
        F: Fn(RuleMessage) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), RuleError>> + Send + 'static,
    {
        check_filter(filter)?;
        Ok(Self {
            name: name.to_owned(),
            filter: filter.to_owned(),
            handler: Box::new(move |message| Box::pin(handler(message))),
        })
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Rule");
        debug
            .field("name", &self.name)
            .field("filter", &self.filter);
        debug.finish_non_exhaustive()
    }
}
