//! From a device's message to what is published about it.

use std::marker::PhantomData;

use matinee::model::{ModelSource, Rates, Unavailable};
use matinee::ports::{Shadow, StoreError};
use matinee::rating::{
    Answer, DeviceSettings, PredictionRequest, Rejection, RejectionCode, ThingName, thing_asking,
};

/// Answers devices' requests with the live model of `models`, through `shadow`.
pub struct Predict<S, M, H> {
    models: S,
    shadow: H,
    devices: DeviceSettings,
    model: PhantomData<fn() -> M>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// So many films were predicted, and the device was told.
    Answered(usize),
    /// The device was told what is wrong.
    Rejected(RejectionCode),
    /// The topic names no thing that could be told anything.
    Ignored,
}

/// Why a request is to come again.
#[derive(Debug, thiserror::Error)]
pub enum PredictError {
    /// There is no model just now.
    #[error("no model is loaded: {0}")]
    Model(#[from] Unavailable),
    /// It could not be published, or only a part of it.
    #[error(transparent)]
    Publish(#[from] StoreError),
}

impl<S, M, H> Predict<S, M, H>
where
    S: ModelSource<M>,
    M: Rates,
    H: Shadow,
{
    /// A handler. Nothing is called before the first request.
    pub fn new(models: S, shadow: H, devices: DeviceSettings) -> Self {
        Self {
            models,
            shadow,
            devices,
            model: PhantomData,
        }
    }

    /// Answers a message of the topic `filmrequest` or `matinee/<thing>/request`: the answer goes to
    /// `matinee/<thing>/prediction/<request_id>`, then the best film to the thing's shadow. What is
    /// wrong with a request goes to `matinee/<thing>/rejected`, and asking again would change
    /// nothing.
    ///
    /// # Errors
    /// [`PredictError`] when the same message is to come again.
    pub async fn answer(&self, topic: &str, payload: &[u8]) -> Result<Outcome, PredictError> {
        let Some(thing) = thing_asking(topic, &self.devices.thing) else {
            let topic: String = topic.chars().take(128).collect();
            tracing::warn!(
                topic,
                "ignored a message: expected the topic filmrequest or matinee/<thing>/request"
            );
            return Ok(Outcome::Ignored);
        };
        match self.predict(&thing, payload).await? {
            Ok((answer, json)) => {
                let topic = thing.prediction_topic(&answer.request_id);
                self.shadow.publish(&topic, &json).await?;
                let update = answer.shadow_update(self.devices.legacy_keys);
                let topic = thing.shadow_update_topic();
                self.shadow.publish(&topic, &update).await?;
                tracing::debug!(films = answer.predictions.len(), "answered");
                Ok(Outcome::Answered(answer.predictions.len()))
            }
            Err(rejection) => {
                let topic = thing.rejected_topic();
                self.shadow.publish(&topic, &rejection.json()).await?;
                // Not the sentence: it may quote what was sent.
                tracing::info!(code = rejection.code.as_str(), "rejected");
                Ok(Outcome::Rejected(rejection.code))
            }
        }
    }

    /// The answer, with its JSON, or what is wrong with the request.
    async fn predict(
        &self,
        thing: &ThingName,
        payload: &[u8],
    ) -> Result<Result<(Answer, Vec<u8>), Rejection>, PredictError> {
        let request = match PredictionRequest::read(payload, thing) {
            Ok(request) => request,
            Err(rejection) => return Ok(Err(rejection)),
        };
        let model = self.models.model().await?;
        let Some(rating) = model.rating() else {
            let rejection = Rejection::no_predictor(&request.id, model.version());
            return Ok(Err(rejection));
        };
        let answer = Answer::new(request, model.version(), |film| rating.predict(film));
        Ok(answer.json().map(|json| (answer, json)))
    }
}
