//! How good a film would be: a distribution over 1 to 10 stars from what a device says of a film
//! that may not exist.

mod directors;
mod facts;
mod film;
#[cfg(test)]
pub(crate) mod fixture;
mod forest;
mod genre;
mod prediction;
mod predictor;
#[cfg(test)]
mod tests;

pub use directors::{Directors, Effect, Kernel, RatedWork, Work, director_key};
pub use facts::{FACTS, Facts};
pub use film::{Film, MAX_GENRES};
pub use forest::Forest;
pub use genre::{Genre, UnknownGenre};
pub use prediction::{Prediction, STARS};
pub use predictor::{BENDS, Learned, Rating, SIGNALS, Signals, bent};
