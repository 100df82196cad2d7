//! Interactions in the wire format of Amazon Personalize Events' `PutEvents`.

use serde::Deserialize;
use serde_json::Value;

use super::submit::in_time;
use super::{
    InteractionId, Kind, KindName, LONGEST, Millis, Rating, RecommendationId, Recorded, Scale,
    Source, Submission, ViewerId, judge_watch, whole_millis,
};
use crate::model::{Catalogue, MovieRef};

/// The most events of a call.
const MAX_EVENTS: usize = 10;

/// The longest of its strings, in characters.
const MAX_STRING: usize = 256;

/// The longest `recommendationId`, in characters.
const MAX_RECOMMENDATION: usize = 40;

/// The longest `properties`, in characters.
const MAX_PROPERTIES: usize = 1_024;

/// A `PutEvents` call. Fields that nothing here needs are not kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutEvents {
    tracking_id: String,
    session_id: String,
    user_id: Option<String>,
    event_list: Vec<Event>,
}

#[expect(clippy::struct_field_names, reason = "the names of the wire format")]
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    event_id: Option<String>,
    event_type: String,
    event_value: Option<f64>,
    item_id: Option<String>,
    properties: Option<String>,
    sent_at: f64,
    recommendation_id: Option<String>,
}

/// What `properties` say about a watch or a rating.
#[derive(Clone, Copy, Debug, Default)]
struct Properties {
    seconds: Option<f64>,
    duration: Option<f64>,
    scale: Option<Scale>,
}

/// Why a call is refused, in words for `InvalidInputException`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidEvents(String);

fn invalid<T>(message: impl Into<String>) -> Result<T, InvalidEvents> {
    Err(InvalidEvents(message.into()))
}

impl PutEvents {
    /// Reads a call's body.
    ///
    /// # Errors
    /// [`InvalidEvents`] saying what was expected.
    pub fn read(body: &[u8]) -> Result<Self, InvalidEvents> {
        let call: Self = serde_json::from_slice(body)
            .map_err(|error| InvalidEvents(format!("expected a PutEvents request: {error}")))?;
        let strings = [
            ("trackingId", Some(&call.tracking_id)),
            ("sessionId", Some(&call.session_id)),
            ("userId", call.user_id.as_ref()),
        ];
        check_strings(strings, MAX_STRING)?;
        if !(1..=MAX_EVENTS).contains(&call.event_list.len()) {
            let found = call.event_list.len();
            return invalid(format!(
                "eventList must have 1 to {MAX_EVENTS} events, found {found}"
            ));
        }
        Ok(call)
    }

    /// Who the events are about: the user, or the session while the user is not known.
    pub fn viewer(&self) -> ViewerId {
        match &self.user_id {
            Some(user) => ViewerId::foreign("personalize", user),
            None => ViewerId::foreign("session", &format!("session:{}", self.session_id)),
        }
    }

    /// The interactions that the events say, without those in which nothing was watched.
    ///
    /// Event types are those of [`KindName::of_event`]. `properties` may hold `seconds` and `duration`
    /// of a watch, where the film's known length stands in for the second, and the `scale` of a rating
    /// (5 where it is left out), whose stars are the `eventValue`; each as a number or as a string.
    ///
    /// # Errors
    /// [`InvalidEvents`] for the first event that is not understood: then none is to be kept.
    pub fn interactions(
        &self,
        now: Millis,
        watched_fraction: f64,
        catalogue: &Catalogue,
    ) -> Result<Vec<Recorded>, InvalidEvents> {
        let viewer = self.viewer();
        let submission = Submission {
            viewer: &viewer,
            source: Source::Personalize,
            now,
            watched_fraction,
            catalogue,
        };
        let mut rows = Vec::new();
        for (place, event) in self.event_list.iter().enumerate() {
            let row = event
                .interaction(&submission)
                .map_err(|InvalidEvents(why)| {
                    InvalidEvents(format!("eventList[{place}]: {why}"))
                })?;
            rows.extend(row);
        }
        Ok(rows)
    }
}

impl Event {
    fn interaction(&self, at: &Submission<'_>) -> Result<Option<Recorded>, InvalidEvents> {
        let strings = [
            ("eventId", self.event_id.as_ref()),
            ("eventType", Some(&self.event_type)),
            ("itemId", self.item_id.as_ref()),
        ];
        check_strings(strings, MAX_STRING)?;
        let strings = [("recommendationId", self.recommendation_id.as_ref())];
        check_strings(strings, MAX_RECOMMENDATION)?;
        check_strings([("properties", self.properties.as_ref())], MAX_PROPERTIES)?;
        let Some(item) = &self.item_id else {
            return invalid("itemId must be given: an interaction has a film");
        };
        let Some(movie) = at.catalogue.by_id(item) else {
            return invalid("itemId is no film of this catalogue");
        };
        // Seconds since 1970, with a fraction.
        let sent_at = Millis((self.sent_at * 1e3).round() as i64);
        in_time(sent_at, at.now).or_else(|why| invalid(format!("sentAt {why}")))?;
        let recommendation = self.recommendation_id.as_deref();
        let recommendation = recommendation.map(str::parse::<RecommendationId>);
        let Ok(recommendation) = recommendation.transpose() else {
            return invalid("recommendationId is not one that was given out here");
        };
        let (Some(kind), clamped) = self.kind(movie, at.watched_fraction)? else {
            return Ok(None);
        };
        // Ids of other alphabets are kept apart by their hash.
        let id = self.event_id.as_deref().map(|id| {
            id.parse()
                .unwrap_or_else(|_| InteractionId::derived(["personalize", id]))
        });
        let movie = movie.movie_id();
        Ok(Some(at.record(
            id,
            movie,
            kind,
            Some(sent_at),
            recommendation,
            clamped,
        )))
    }

    fn kind(
        &self,
        movie: MovieRef<'_>,
        watched_fraction: f64,
    ) -> Result<(Option<Kind>, bool), InvalidEvents> {
        let properties = Properties::read(self.properties.as_deref().unwrap_or("{}"))?;
        let Some(kind) = KindName::of_event(&self.event_type) else {
            return invalid(
                "eventType must be one of watch, view, click, like, dislike, rating, skip",
            );
        };
        let kind = match kind {
            KindName::Watched => match properties.watch(movie)? {
                Some((seconds, duration)) => {
                    return Ok(judge_watch(seconds, duration, watched_fraction));
                }
                None => Kind::Watched(None),
            },
            KindName::Clicked => Kind::Clicked(None),
            KindName::Liked => Kind::Liked,
            KindName::Disliked => Kind::Disliked,
            KindName::Skipped => Kind::Skipped,
            KindName::Rated => Kind::Rated(self.rating(properties.scale)?),
        };
        Ok((Some(kind), false))
    }

    fn rating(&self, scale: Option<Scale>) -> Result<Rating, InvalidEvents> {
        let stars = self.event_value;
        let rating = stars.and_then(|stars| Rating::new(stars, scale.unwrap_or(Scale::Five)));
        rating.map_or_else(
            || {
                invalid(
                    "eventValue must be the stars of a rating: 0.5 to 5, or 1 to 10 where properties \
                     say that the scale is 10",
                )
            },
            Ok,
        )
    }
}

impl Properties {
    fn read(text: &str) -> Result<Self, InvalidEvents> {
        let Ok(Value::Object(fields)) = serde_json::from_str(text) else {
            return invalid("properties must be a JSON object in a string");
        };
        // Personalize itself takes strings.
        let number = |name: &'static str| match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => Ok(number.as_f64()),
            Some(Value::String(text)) => text.trim().parse().map(Some).map_err(|_| name),
            Some(_) => Err(name),
        };
        let numbers = || Ok((number("seconds")?, number("duration")?, number("scale")?));
        let (seconds, duration, scale) = numbers()
            .map_err(|name: &str| InvalidEvents(format!("properties: {name} must be a number")))?;
        let scale = scale.map(|most| {
            Scale::of_number(most)
                .ok_or_else(|| InvalidEvents("properties: scale must be 5 or 10".to_owned()))
        });
        Ok(Self {
            seconds,
            duration,
            scale: scale.transpose()?,
        })
    }

    /// How long was watched, of how long, in seconds.
    fn watch(&self, movie: MovieRef<'_>) -> Result<Option<(f64, f64)>, InvalidEvents> {
        let runtime = movie.runtime().map(|minutes| f64::from(minutes) * 60.0);
        let (seconds, duration) = match (self.seconds, self.duration.or(runtime)) {
            (None, _) if self.duration.is_none() => return Ok(None),
            (Some(seconds), Some(duration)) => (whole_millis(seconds), whole_millis(duration)),
            _ => {
                return invalid(
                    "properties: seconds and duration must both be given, the second only where the \
                     film's length is not known",
                );
            }
        };
        match (seconds, duration) {
            (Some(seconds), Some(duration)) if duration > 0.0 => Ok(Some((seconds, duration))),
            _ => invalid(format!(
                "properties: seconds must be from 0 to {LONGEST}, duration more than 0"
            )),
        }
    }
}

fn check_strings<const N: usize>(
    strings: [(&str, Option<&String>); N],
    most: usize,
) -> Result<(), InvalidEvents> {
    for (name, string) in strings {
        let length = string.map_or(1, |string| string.chars().count());
        if !(1..=most).contains(&length) {
            return invalid(format!(
                "{name} must have 1 to {most} characters, found {length}"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixture;
    use crate::taste::KindName;

    const NOW: Millis = Millis(1_769_860_800_000);

    fn call(events: &Value) -> Value {
        json!({"trackingId": "t", "sessionId": "s", "userId": "ada", "eventList": events})
    }

    fn rows(call: &Value) -> Result<Vec<Recorded>, String> {
        let put = PutEvents::read(call.to_string().as_bytes()).map_err(|e| e.to_string())?;
        let model = fixture::model();
        put.interactions(NOW, 0.5, &model.catalogue)
            .map_err(|error| error.to_string())
    }

    fn one(event: &Value) -> Result<Vec<Recorded>, String> {
        let mut event = event.clone();
        let fields = event.as_object_mut().unwrap();
        fields.entry("itemId").or_insert("tmdb:1".into());
        fields.entry("sentAt").or_insert(1_769_860_000.25.into());
        rows(&call(&json!([event])))
    }

    #[test]
    fn event_types_are_ours_in_any_case() {
        for (event, name) in [
            (json!({"eventType": "Watch"}), KindName::Watched),
            (json!({"eventType": "CLICK"}), KindName::Clicked),
            (json!({"eventType": "liked"}), KindName::Liked),
            (json!({"eventType": "dislike"}), KindName::Disliked),
            (json!({"eventType": "skip"}), KindName::Skipped),
            (
                json!({"eventType": "rating", "eventValue": 8, "properties": "{\"scale\":10}"}),
                KindName::Rated,
            ),
            (json!({"eventType": "View"}), KindName::Clicked),
            (
                json!({"eventType": "watch",
                    "properties": "{\"seconds\":\"5\",\"duration\":\"9\"}"}),
                KindName::Watched,
            ),
            (
                json!({"eventType": "watch", "properties": "{\"seconds\":1,\"duration\":9}"}),
                KindName::Clicked,
            ),
        ] {
            let rows = one(&event).unwrap();
            assert_eq!(rows[0].interaction.kind.name(), name, "{event}");
            assert_eq!(rows[0].interaction.at, Millis(1_769_860_000_250));
            assert_eq!(rows[0].interaction.source, Source::Personalize);
        }
        let nothing = json!({"eventType": "watch",
            "properties": "{\"seconds\":0,\"duration\":9}"});
        assert_eq!(one(&nothing).unwrap(), []);
    }

    #[test]
    fn users_and_events_of_any_alphabet_have_their_own_ids() {
        let mut request = call(
            &json!([{"eventType": "like", "itemId": "tmdb:1", "eventId": "a b",
            "sentAt": 1_769_860_000}]),
        );
        let named = rows(&request).unwrap();
        assert_eq!(named[0].interaction.viewer.as_str(), "ada");
        assert_eq!(named, rows(&request).unwrap());
        request["userId"] = "Ada Moor".into();
        let foreign = rows(&request).unwrap();
        let viewer = foreign[0].interaction.viewer.as_str();
        assert!(viewer.starts_with("personalize:"), "{viewer}");
        request.as_object_mut().unwrap().remove("userId");
        let nobody = rows(&request).unwrap();
        assert_eq!(nobody[0].interaction.viewer.as_str(), "session:s");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let long = "x".repeat(257);
        for (event, why) in [
            (json!({"eventType": "sing"}), "eventType"),
            (json!({"eventType": "like", "itemId": "tmdb:999"}), "itemId"),
            (json!({"eventType": "like", "itemId": null}), "itemId"),
            (json!({"eventType": "like", "eventId": long}), "eventId"),
            (json!({"eventType": "like", "sentAt": 1}), "sentAt"),
            (
                json!({"eventType": "like", "sentAt": 1_969_860_800}),
                "sentAt",
            ),
            (json!({"eventType": "like", "sentAt": 1e300}), "sentAt"),
            (
                json!({"eventType": "like", "properties": "no"}),
                "properties",
            ),
            (
                json!({"eventType": "watch", "properties": "{\"seconds\":-1,\"duration\":9}"}),
                "properties",
            ),
            (json!({"eventType": "rate"}), "eventValue"),
            (json!({"eventType": "rate", "eventValue": 11}), "eventValue"),
        ] {
            let error = one(&event).unwrap_err();
            assert!(error.starts_with("eventList[0]: "), "{error}");
            assert!(error.contains(why), "{event}: {error}");
        }
        let eleven = vec![json!({"eventType": "like", "sentAt": 1}); 11];
        assert!(rows(&call(&eleven.into())).unwrap_err().contains("1 to 10"));
        assert!(rows(&json!({})).unwrap_err().contains("trackingId"));
    }
}
