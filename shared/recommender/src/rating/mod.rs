//! How good a film would be: a distribution over 1 to 10 stars from what a device says of a film
//! that may not exist; and how devices ask for it and are told.

mod answer;
mod directors;
mod facts;
mod film;
#[cfg(test)]
pub(crate) mod fixture;
mod forest;
mod genre;
mod prediction;
mod predictor;
mod rejection;
mod request;
#[cfg(test)]
mod tests;
mod thing;

pub use answer::{Answer, MAX_SHADOW_TEXT, Predicted, Probabilities};
pub use directors::{Directors, Effect, Kernel, RatedWork, Work, director_key};
pub use facts::{FACTS, Facts};
pub use film::{Film, MAX_GENRES};
pub use forest::Forest;
pub use genre::{Genre, UnknownGenre};
pub use prediction::{Prediction, STARS};
pub use predictor::{BENDS, Learned, PRIOR_SHARE, Rating, SIGNALS, Signals, bent};
pub use rejection::{Rejection, RejectionCode};
pub use request::{MAX_CANDIDATES, MAX_FAULTS, MAX_PAYLOAD, MAX_REQUEST_ID, PredictionRequest};
pub use thing::{DeviceSettings, FILM_REQUEST, InvalidThing, MAX_THING, ThingName, thing_asking};
