//! How good a film would be: a distribution over 1 to 10 stars from what a device says of a film
//! that may not exist.

mod film;
mod genre;
mod prediction;
mod predictor;

pub use film::{Film, MAX_GENRES};
pub use genre::{Genre, UnknownGenre};
pub use prediction::{Prediction, STARS};
pub use predictor::Rating;
