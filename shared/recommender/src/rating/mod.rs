//! How good a film would be: a distribution over 1 to 10 stars from what a device says of a film
//! that may not exist; and how devices ask for it and are told.

mod answer;
mod film;
mod genre;
mod prediction;
mod predictor;
mod rejection;
mod request;
mod thing;

pub use answer::{Answer, MAX_SHADOW_TEXT, Predicted, Probabilities};
pub use film::{Film, MAX_GENRES};
pub use genre::{Genre, UnknownGenre};
pub use prediction::{Prediction, STARS};
pub use predictor::Rating;
pub use rejection::{Rejection, RejectionCode};
pub use request::{MAX_CANDIDATES, MAX_FAULTS, MAX_PAYLOAD, MAX_REQUEST_ID, PredictionRequest};
pub use thing::{DeviceSettings, FILM_REQUEST, InvalidThing, MAX_THING, ThingName, thing_asking};
