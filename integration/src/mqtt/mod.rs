//! A broker of the usual kind for devices, somebody who answers them there, and certificates.

mod answerer;
mod certificates;
mod mosquitto;

pub use answerer::{Answerer, Heard};
pub use certificates::Authority;
pub use mosquitto::Mosquitto;
