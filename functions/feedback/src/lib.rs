//! Keeps what viewers do, once: [`Feedback`] takes messages of the queue and puts what they say
//! into the tables.
//!
//! A queue delivers at least once and in any order, and whoever takes from it may die between any
//! two steps. So every step may be done twice: rows are put by id, dead letters name what they are
//! about, and a message is finished only when everything it asks for is done.

mod consume;
#[cfg(feature = "lambda")]
pub mod lambda;
#[cfg(test)]
mod tests;

pub use consume::{Consumed, Feedback, Tally};
