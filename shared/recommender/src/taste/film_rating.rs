//! A film's rating from a device: the device invents the film, so it is no interaction.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::payload::Payload;
use super::submit::FieldFault;
use super::{InteractionId, Millis};

/// A film that a device made up, and how good it was. As JSON and as a table's item it has the
/// attribute names of the devices' own data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilmRating {
    /// The title.
    pub title: String,
    /// Names the rating; a repeat has the same.
    pub id: InteractionId,
    /// Year of release.
    pub year: u16,
    /// The director.
    #[serde(rename = "Director1")]
    pub director: String,
    /// The first genre.
    #[serde(rename = "Genre1")]
    pub genre1: String,
    /// The second genre, `None` in words where there is none.
    #[serde(rename = "Genre2")]
    pub genre2: String,
    /// The third genre, `None` in words where there is none.
    #[serde(rename = "Genre3")]
    pub genre3: String,
    /// 1 to 10.
    pub stars: f64,
    /// The device.
    pub thing: String,
    /// When it arrived.
    pub accepted: Millis,
}

impl FilmRating {
    /// Reads what a device sends: `title`, `year`, `Director1`, `Genre1` to `Genre3` and `stars`,
    /// each as it is, as a string, or as an array of one of them. The id is derived from the device
    /// and its `request_id`, which other devices may use, too; without one from device and content.
    /// Fields besides are passed over.
    ///
    /// # Errors
    /// Every field at fault.
    pub fn read(
        payload: &Map<String, Value>,
        thing: &str,
        accepted: Millis,
    ) -> Result<Self, Vec<FieldFault>> {
        let mut reader = Payload::new(payload);
        let title = reader.text("title", true);
        let year = reader.year();
        let director = reader.text("Director1", false);
        let [genre1, genre2, genre3] =
            ["Genre1", "Genre2", "Genre3"].map(|field| reader.text(field, false));
        let stars = reader.number("stars", 1.0, 10.0);
        let request: Option<InteractionId> = reader.request();
        if !reader.faults.is_empty() {
            return Err(reader.faults);
        }
        let id = if let Some(request) = request {
            InteractionId::derived([thing, request.as_str()])
        } else {
            let (year, stars) = (year.to_string(), stars.to_string());
            InteractionId::derived([
                thing, &title, &year, &director, &genre1, &genre2, &genre3, &stars,
            ])
        };
        Ok(Self {
            title,
            id,
            year,
            director,
            genre1,
            genre2,
            genre3,
            stars,
            thing: thing.to_owned(),
            accepted,
        })
    }

    /// Whether both say the same, and the later one is a repeat.
    pub fn same_content(&self, other: &Self) -> bool {
        let mut other = other.clone();
        other.accepted = self.accepted;
        *self == other
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(payload: &Value) -> Result<FilmRating, Vec<FieldFault>> {
        FilmRating::read(payload.as_object().unwrap(), "MovieSelector", Millis(5))
    }

    #[test]
    fn a_device_may_send_strings_and_arrays_of_one() {
        let plain = read(
            &json!({"title": "Night Ferry", "year": 1999, "Director1": "Ada Moor",
            "Genre1": "Drama", "stars": 7}),
        )
        .unwrap();
        let odd = read(&json!({"title": ["Night\tFerry "], "year": "1999",
            "Director1": ["Ada Moor"], "Genre1": "Drama", "Genre2": "None", "stars": "7"}))
        .unwrap();
        assert_eq!(plain, odd);
        assert_eq!((plain.year, plain.stars), (1999, 7.0));
        assert_eq!(plain.genre3, "None");
        assert!(plain.same_content(&FilmRating {
            accepted: Millis(9),
            ..odd.clone()
        }));
        assert!(!plain.same_content(&FilmRating { stars: 8.0, ..odd }));
    }

    #[test]
    fn devices_may_number_their_requests_alike() {
        let payload =
            |stars: u8| json!({"title": "A", "year": 1999, "stars": stars, "request_id": "r-1"});
        let id = |thing: &str, stars| {
            let payload = payload(stars);
            let payload = payload.as_object().unwrap();
            FilmRating::read(payload, thing, Millis(1)).unwrap().id
        };
        assert_eq!(id("sofa", 1), id("sofa", 2));
        assert_ne!(id("sofa", 1), id("kitchen", 1));
    }

    #[test]
    fn every_field_at_fault_is_named() {
        let faults = read(&json!({"year": "soon", "Genre1": {}, "stars": 11})).unwrap_err();
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["title", "year", "Genre1", "stars"]);
    }
}
