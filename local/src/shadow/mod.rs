//! The classic shadow of every thing, as AWS IoT's Device Shadow service has it: a document of what is
//! desired and what was reported, updated, read and deleted by messages to
//! `$aws/things/<thing>/shadow/{update,get,delete}`, and answered on topics below these.
//!
//! What is documented nowhere follows what AWS publishes the source of, the shadow manager of Greengrass:
//! an empty object counts as nothing, numbers are equal whatever their notation, and an attribute that is
//! taken away by `null` has a time in the answer. Named shadows do not exist here: requests for them are
//! rejected.
//!
//! <https://docs.aws.amazon.com/iot/latest/developerguide/device-shadow-document.html>

mod document;
mod json;
mod request;
mod service;
mod topic;

pub use document::{Document, MAX_SIZE};
pub use request::{MAX_DEPTH, MAX_TOKEN, Rejection};
pub(crate) use service::{Request, Service, rejected};
pub(crate) use topic::ShadowTopic;
