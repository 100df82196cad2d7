//! Matinee's thinking: what a film is, how one is found from what somebody said, which films are
//! recommended and why, and the dialogue that says so.
//!
//! Nothing here does network I/O, reads a clock or needs an async runtime. The outside world comes
//! in through the narrow traits of [`ports`]; time and randomness come in as arguments.

pub mod backend;
pub mod catalogue;
pub mod conversation;
#[cfg(test)]
mod fixture;
pub mod model;
pub mod personalize;
pub mod ports;
pub mod rating;
pub mod recommend;
pub mod taste;
pub mod wording;
