//! Answers devices that ask how good films would be: [`Predict`] takes a message with its topic, and
//! publishes the answer and the update of the device's shadow, or what is wrong with the request.
//!
//! Messages are delivered at least once, and so are answers. A request that is answered again gets
//! the same answer under the same id, byte for byte, as long as the model is the same.

mod handler;
#[cfg(feature = "lambda")]
pub mod lambda;
#[cfg(test)]
mod tests;

pub use handler::{Outcome, Predict, PredictError};
