//! What a device is told whose request cannot be answered.

use serde::Serialize;

use crate::taste::{FieldFault, RequestId};

/// Why a request for predictions cannot be answered, and never could be as it is. As JSON it is what
/// the device is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejection {
    /// The request's own id, where it had one that could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    /// Why, by a name that stays the same.
    pub code: RejectionCode,
    /// Why, in a sentence.
    pub message: String,
    /// What is wrong field by field, those of a batch as `candidates[3].year`; empty where it is not
    /// about fields. At most [`MAX_FAULTS`](super::MAX_FAULTS), and then one that counts the others.
    pub errors: Vec<FieldFault>,
}

/// Kinds of rejections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectionCode {
    /// The payload is no JSON.
    InvalidJson,
    /// It is no object, or a field of it is missing or wrong.
    InvalidRequest,
    /// More films at once than [`MAX_CANDIDATES`](super::MAX_CANDIDATES).
    TooManyCandidates,
    /// The payload, or the answer to it, is larger than [`MAX_PAYLOAD`](super::MAX_PAYLOAD).
    PayloadTooLarge,
    /// The model that serves was trained without the part that predicts.
    NoPredictor,
}

impl RejectionCode {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJson => "invalid_json",
            Self::InvalidRequest => "invalid_request",
            Self::TooManyCandidates => "too_many_candidates",
            Self::PayloadTooLarge => "payload_too_large",
            Self::NoPredictor => "no_predictor",
        }
    }
}

impl Rejection {
    /// One that is about no single field.
    pub fn new(code: RejectionCode, message: impl Into<String>) -> Self {
        Self {
            request_id: None,
            code,
            message: message.into(),
            errors: Vec::new(),
        }
    }

    /// The model in use cannot predict.
    pub fn no_predictor(request: &RequestId, model_version: &str) -> Self {
        let message = format!(
            "model {model_version} was trained without film ratings in mind and predicts none: train a newer one"
        );
        Self::new(RejectionCode::NoPredictor, message).of(Some(request))
    }

    /// The same, of a request of this id.
    #[must_use]
    pub(super) fn of(self, request: Option<&RequestId>) -> Self {
        Self {
            request_id: request.cloned(),
            ..self
        }
    }

    /// As the device is told.
    pub fn json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_else(|_| unreachable!("nothing but strings"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_one_name() {
        for code in [
            RejectionCode::InvalidJson,
            RejectionCode::InvalidRequest,
            RejectionCode::TooManyCandidates,
            RejectionCode::PayloadTooLarge,
            RejectionCode::NoPredictor,
        ] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
