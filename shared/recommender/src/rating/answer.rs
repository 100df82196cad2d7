//! What a device is told of its films, and what stands in its shadow.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::request::MAX_PAYLOAD;
use super::{Film, Prediction, PredictionRequest, Rejection, RejectionCode, STARS};
use crate::taste::RequestId;
use crate::taste::payload::NONE;

/// The longest text in a shadow, in bytes. A shadow has 8 KB in all, in which a device may report back
/// what it was told; the full text stands in the answer.
pub const MAX_SHADOW_TEXT: usize = 256;

/// The longest `clientToken` of a shadow update, in bytes.
const MAX_TOKEN: usize = 64;

/// The answer to a request. As JSON it is what the device is told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// The request's.
    pub request_id: RequestId,
    /// The model that predicted.
    pub model_version: String,
    /// One for each film, in the request's order.
    pub predictions: Vec<Predicted>,
    /// Which of them has the most expected stars, from 0; of equal ones the first.
    pub best: usize,
}

/// A film, as it was understood, and what is predicted of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Predicted {
    /// The title.
    pub title: String,
    /// Year of release.
    pub year: u16,
    /// The director, `None` in words where nobody is known.
    #[serde(rename = "Director1")]
    pub director: String,
    /// The first genre, `None` in words where there is none.
    #[serde(rename = "Genre1")]
    pub genre1: String,
    /// The second one.
    #[serde(rename = "Genre2")]
    pub genre2: String,
    /// The third one.
    #[serde(rename = "Genre3")]
    pub genre3: String,
    /// The expected stars, 1 to 10, rounded to four decimals.
    pub expected_stars: f64,
    /// The most probable stars, 1 to 10.
    pub label: u8,
    /// How likely which rating is.
    pub probabilities: Probabilities,
}

/// The probabilities of 1 to 10 stars, each rounded to six decimals: together 1 within 0.000005. As
/// JSON an object with the keys `1` to `10`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probabilities(pub [f64; STARS]);

impl Serialize for Probabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(STARS))?;
        for (probability, stars) in self.0.iter().zip(1_u8..) {
            map.serialize_entry(&stars.to_string(), probability)?;
        }
        map.end()
    }
}

impl Predicted {
    fn new(film: Film, prediction: Prediction) -> Self {
        let mut genres = film.genres.iter().map(ToString::to_string);
        let mut genre = || genres.next().unwrap_or_else(|| NONE.to_owned());
        Self {
            genre1: genre(),
            genre2: genre(),
            genre3: genre(),
            title: film.title,
            year: film.year,
            director: film.director.unwrap_or_else(|| NONE.to_owned()),
            expected_stars: rounded(prediction.expected(), 1e4),
            label: prediction.label(),
            probabilities: Probabilities(prediction.probabilities.map(|p| rounded(p, 1e6))),
        }
    }

    /// The genres that there are.
    fn genres(&self) -> Vec<&str> {
        let all = [&self.genre1, &self.genre2, &self.genre3];
        let genres = all.into_iter().map(String::as_str);
        genres.filter(|genre| *genre != NONE).collect()
    }
}

fn rounded(number: f64, steps: f64) -> f64 {
    (number * steps).round() / steps
}

impl Answer {
    /// Predicts every film of a request with `predict`, which belongs to the model of that version.
    pub fn new(
        request: PredictionRequest,
        model_version: &str,
        predict: impl Fn(&Film) -> Prediction,
    ) -> Self {
        let predictions: Vec<Predicted> = request
            .films
            .into_iter()
            .map(|film| {
                let prediction = predict(&film);
                Predicted::new(film, prediction)
            })
            .collect();
        let mut best = 0;
        for (place, film) in predictions.iter().enumerate() {
            if film.expected_stars > predictions[best].expected_stars {
                best = place;
            }
        }
        Self {
            request_id: request.id,
            model_version: model_version.to_owned(),
            predictions,
            best,
        }
    }

    /// As the device is told.
    ///
    /// # Errors
    /// [`Rejection`] where that is more than [`MAX_PAYLOAD`], which no broker takes.
    pub fn json(&self) -> Result<Vec<u8>, Rejection> {
        let json = bytes(self);
        if json.len() <= MAX_PAYLOAD {
            return Ok(json);
        }
        let message = format!(
            "the answer has {} bytes, and at most {MAX_PAYLOAD} can be sent: ask for fewer films at once, or with shorter titles",
            json.len()
        );
        Err(Rejection::new(RejectionCode::PayloadTooLarge, message).of(Some(&self.request_id)))
    }

    /// The update of the device's shadow: `state.desired.prediction` is the best film, whole, whether
    /// it was one of many or the only one. All fields are always there, so that nothing of an earlier
    /// prediction is left. Texts above [`MAX_SHADOW_TEXT`] are cut before a character and end in `…`.
    ///
    /// With `legacy_keys` the fields that devices of old read stand beside `state`: `title`,
    /// `predictedLabel` (a string) and `predictedScores`. The shadow service takes no notice of them;
    /// whoever subscribes to the topic of the update sees them.
    pub fn shadow_update(&self, legacy_keys: bool) -> Vec<u8> {
        let Some(film) = self.predictions.get(self.best) else {
            unreachable!("a request has a film at least, and the best is one of them");
        };
        let director = Some(film.director.as_str()).filter(|name| *name != NONE);
        let mut update = json!({
            "state": {"desired": {"prediction": {
                "request_id": self.request_id,
                "model_version": cut(&self.model_version),
                "count": self.predictions.len(),
                "best": self.best,
                "title": cut(&film.title),
                "year": film.year,
                "director": director.map(cut),
                "genres": film.genres(),
                "expected_stars": film.expected_stars,
                "label": film.label,
                "probabilities": film.probabilities,
            }}},
            "clientToken": self.client_token(),
        });
        if legacy_keys {
            update["title"] = cut(&film.title).into();
            update["predictedLabel"] = film.label.to_string().into();
            update["predictedScores"] = json!(film.probabilities);
        }
        bytes(&update)
    }

    /// The request's id, or one made of it where it is too long for a token.
    fn client_token(&self) -> Value {
        let id = self.request_id.as_str();
        if id.len() <= MAX_TOKEN {
            return id.into();
        }
        RequestId::derived([id]).as_str().into()
    }
}

/// As much of a text as a shadow has room for.
fn cut(text: &str) -> String {
    const MARK: char = '…';
    if text.len() <= MAX_SHADOW_TEXT {
        return text.to_owned();
    }
    let mut end = MAX_SHADOW_TEXT - MARK.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{MARK}", &text[..end])
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_else(|_| unreachable!("strings and finite numbers"))
}

#[cfg(test)]
mod tests;
