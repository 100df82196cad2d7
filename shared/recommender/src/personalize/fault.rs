use std::fmt;

/// Why a call is refused, as the service models of Personalize name it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// Which of the documented errors it is.
    pub kind: FaultKind,
    /// What was expected and what was found.
    pub message: String,
}

/// The errors that the operations document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A field is missing, malformed or out of range.
    InvalidInput,
    /// There is no such campaign, recommender, filter or dataset.
    ResourceNotFound,
}

impl FaultKind {
    /// The name of the error's shape, which travels in the header `x-amzn-ErrorType`.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidInput => "InvalidInputException",
            Self::ResourceNotFound => "ResourceNotFoundException",
        }
    }

    /// The HTTP status that the service models give it.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidInput => 400,
            Self::ResourceNotFound => 404,
        }
    }
}

impl Fault {
    pub(super) fn invalid(message: impl fmt::Display) -> Self {
        Self {
            kind: FaultKind::InvalidInput,
            message: message.to_string(),
        }
    }

    pub(super) fn not_found(message: impl fmt::Display) -> Self {
        Self {
            kind: FaultKind::ResourceNotFound,
            message: message.to_string(),
        }
    }
}
