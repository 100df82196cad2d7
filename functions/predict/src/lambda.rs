//! What AWS IoT's rules hand to the function.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_runtime::Diagnostic;
use matinee::model::RatingModel;
use matinee_aws::{IotShadow, ModelFunction, Models};
use serde::Deserialize;

use crate::{Outcome, Predict, PredictError};

/// The handler over AWS's services.
pub type Deployed = Predict<Arc<Models<RatingModel>>, RatingModel, IotShadow>;

/// A device's message, as a topic rule passes it on. The payload comes as it was sent: a rule that
/// selects its fields would drop one that is no JSON object, and the device would hear nothing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RuleEvent {
    /// `topic()`.
    pub matinee_topic: String,
    /// `encode(*, 'base64')`.
    pub matinee_payload: String,
}

/// Why an event is to come again, or can never be answered.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The payload is no base64: no rule of ours made this event.
    #[error("expected matinee_payload in base64, as encode(*, 'base64') of a topic rule gives it")]
    Payload(#[source] base64::DecodeError),
    /// It is to come again.
    #[error(transparent)]
    Predict(#[from] PredictError),
}

/// The handler of a function.
pub fn connect(function: &ModelFunction<RatingModel>) -> Deployed {
    let shadow = IotShadow::new(&function.clients);
    let devices = function.settings.devices.clone();
    Predict::new(Arc::clone(&function.models), shadow, devices)
}

impl Deployed {
    /// Answers one message.
    ///
    /// # Errors
    /// [`EventError`]; Lambda tries twice more and then puts the event among the dead letters.
    pub async fn handle(&self, event: &RuleEvent) -> Result<Outcome, EventError> {
        let payload = STANDARD.decode(&event.matinee_payload);
        let payload = payload.map_err(EventError::Payload)?;
        Ok(self.answer(&event.matinee_topic, &payload).await?)
    }
}

impl From<EventError> for Diagnostic {
    fn from(error: EventError) -> Self {
        let (kind, why) = match &error {
            EventError::Payload(_) => ("UnexpectedEvent", None),
            EventError::Predict(PredictError::Model(_)) => ("ModelUnavailable", None),
            EventError::Predict(PredictError::Publish(error)) => {
                ("PublishFailed", Some(&error.source))
            }
        };
        let mut error_message = error.to_string();
        if let Some(why) = why {
            error_message.push_str(": ");
            error_message.push_str(&why.to_string());
        }
        Self {
            error_type: kind.to_owned(),
            error_message,
        }
    }
}
