//! A device's request for predictions.

use serde_json::{Map, Value};

use super::film::director_of;
use super::{Film, Genre, MAX_GENRES, Rejection, RejectionCode, ThingName};
use crate::taste::payload::{NONE, Payload};
use crate::taste::{FieldFault, RequestId};

/// The largest payload in either direction, in bytes: what AWS IoT takes.
pub const MAX_PAYLOAD: usize = 128 * 1024;

/// The most films of one request. The answer to as many has about 35 KB with titles as films have
/// them, and fits into [`MAX_PAYLOAD`] with 800 bytes of title and director for each.
pub const MAX_CANDIDATES: usize = 100;

/// The most faults of a request that are told one by one.
pub const MAX_FAULTS: usize = 20;

/// The longest id of a request, in bytes: with the longest name of a thing the topic of the answer
/// still fits into the 256 that AWS IoT allows.
pub const MAX_REQUEST_ID: usize = 100;

/// What a device wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredictionRequest {
    /// Its own, or one derived from the thing and the films: a message that is delivered again has
    /// the same.
    pub id: RequestId,
    /// One film to [`MAX_CANDIDATES`], in the device's order.
    pub films: Vec<Film>,
}

impl PredictionRequest {
    /// Reads a payload: a film, or a batch of them as `candidates`; either with a `request_id`.
    ///
    /// A film has `title`, `year` and `Director1` ("None" or "Unknown" where nobody is known), and
    /// `Genre1` to `Genre3` as far as there are some ("None" or nothing where not). Each value stands
    /// as it is, as a string, or as an array of one of them. Fields besides are passed over.
    ///
    /// # Errors
    /// [`Rejection`] with every field at fault, up to [`MAX_FAULTS`].
    pub fn read(payload: &[u8], thing: &ThingName) -> Result<Self, Rejection> {
        if payload.len() > MAX_PAYLOAD {
            let message = format!(
                "expected a payload of at most {MAX_PAYLOAD} bytes, found {}",
                payload.len()
            );
            return Err(Rejection::new(RejectionCode::PayloadTooLarge, message));
        }
        let value: Value = serde_json::from_slice(payload).map_err(|error| {
            let message = format!("expected JSON: {error}");
            Rejection::new(RejectionCode::InvalidJson, message)
        })?;
        let Value::Object(fields) = value else {
            let message = "expected a JSON object with a film's fields, or with candidates";
            return Err(Rejection::new(RejectionCode::InvalidRequest, message));
        };
        Self::of(&fields, thing)
    }

    fn of(fields: &Map<String, Value>, thing: &ThingName) -> Result<Self, Rejection> {
        let mut payload = Payload::new(fields);
        let id = request_id(&mut payload);
        let films = match fields.get("candidates") {
            None | Some(Value::Null) => vec![film(&mut payload)],
            Some(candidates) => {
                let read = batch(candidates, &mut payload.faults);
                read.map_err(|rejection| rejection.of(id.as_ref()))?
            }
        };
        if !payload.faults.is_empty() {
            return Err(faulty(payload.faults).of(id.as_ref()));
        }
        Ok(Self {
            id: id.unwrap_or_else(|| derived(thing, &films)),
            films,
        })
    }
}

fn request_id(payload: &mut Payload<'_>) -> Option<RequestId> {
    let id: RequestId = payload.request()?;
    if id.as_str().len() > MAX_REQUEST_ID {
        let detail = format!("must be at most {MAX_REQUEST_ID} characters");
        payload.fault("request_id", detail);
        return None;
    }
    Some(id)
}

fn batch(candidates: &Value, faults: &mut Vec<FieldFault>) -> Result<Vec<Film>, Rejection> {
    let Value::Array(candidates) = candidates else {
        faults.push(FieldFault {
            field: "candidates".to_owned(),
            detail: format!("must be an array of 1 to {MAX_CANDIDATES} films"),
        });
        return Ok(Vec::new());
    };
    if candidates.is_empty() {
        faults.push(FieldFault {
            field: "candidates".to_owned(),
            detail: format!("must hold 1 to {MAX_CANDIDATES} films, found none"),
        });
    }
    if candidates.len() > MAX_CANDIDATES {
        let message = format!(
            "expected 1 to {MAX_CANDIDATES} candidates, found {}",
            candidates.len()
        );
        return Err(Rejection::new(RejectionCode::TooManyCandidates, message));
    }
    let mut films = Vec::with_capacity(candidates.len());
    for (place, candidate) in candidates.iter().enumerate() {
        let Value::Object(fields) = candidate else {
            faults.push(FieldFault {
                field: format!("candidates[{place}]"),
                detail: "must be an object with a film's fields".to_owned(),
            });
            continue;
        };
        let mut payload = Payload::within(fields, format!("candidates[{place}]."));
        films.push(film(&mut payload));
        faults.append(&mut payload.faults);
    }
    Ok(films)
}

/// The film as far as it can be read; what cannot stands among the faults.
fn film(payload: &mut Payload<'_>) -> Film {
    let title = payload.text("title", true);
    let year = payload.year();
    let director = payload.text("Director1", true);
    let mut genres = Vec::with_capacity(MAX_GENRES);
    for field in ["Genre1", "Genre2", "Genre3"] {
        let genre = genre(payload, field);
        genres.extend(genre.filter(|genre| !genres.contains(genre)));
    }
    Film {
        title,
        year,
        director: director_of(&director),
        genres,
    }
}

fn genre(payload: &mut Payload<'_>, field: &str) -> Option<Genre> {
    let text = payload.text(field, false);
    // It is empty where it stands among the faults already.
    if text.is_empty() || text.eq_ignore_ascii_case(NONE) {
        return None;
    }
    let found = text.parse();
    found
        .map_err(|unknown: super::UnknownGenre| payload.fault(field, unknown.to_string()))
        .ok()
}

fn faulty(mut faults: Vec<FieldFault>) -> Rejection {
    let all = faults.len();
    let message = match &faults[..] {
        [only] => format!("{} {}", only.field, only.detail),
        _ => format!("{all} fields are missing or wrong"),
    };
    if all > MAX_FAULTS {
        faults.truncate(MAX_FAULTS);
        faults.push(FieldFault {
            field: "candidates".to_owned(),
            detail: format!("have {} more such faults", all - MAX_FAULTS),
        });
    }
    Rejection {
        errors: faults,
        ..Rejection::new(RejectionCode::InvalidRequest, message)
    }
}

/// The id of a request without one: the same for whatever payload means the same films.
fn derived(thing: &ThingName, films: &[Film]) -> RequestId {
    let mut parts = vec![thing.to_string()];
    for film in films {
        parts.push(film.title.clone());
        parts.push(film.year.to_string());
        parts.push(film.director.clone().unwrap_or_default());
        for place in 0..MAX_GENRES {
            let genre = film.genres.get(place);
            parts.push(genre.map_or_else(String::new, Genre::to_string));
        }
    }
    RequestId::derived(parts.iter().map(String::as_str))
}

#[cfg(test)]
mod tests;
