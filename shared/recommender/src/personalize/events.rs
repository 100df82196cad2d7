//! `PutEvents`: interactions as Personalize Events takes them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Fault;
use super::fields::{Fields, Length, body};
use crate::model::{Catalogue, MovieRef};
use crate::taste::{
    InteractionId, Kind, KindName, LONGEST, Millis, Rating, RecommendationId, Recorded, Scale,
    Source, Submission, ViewerId, in_time, judge_watch, whole_millis,
};

/// The most events of a call.
const MAX_EVENTS: usize = 10;

/// The length of a name.
const STRING: Length = Length(1, 256);

/// How many items of an impression there may be.
const IMPRESSION: Length = Length(1, 25);

/// A `PutEvents` call.
#[derive(Clone, Debug)]
pub struct PutEvents {
    session: String,
    user: Option<String>,
    events: Vec<Event>,
}

/// Of an event what makes an interaction.
#[derive(Clone, Debug)]
struct Event {
    id: Option<String>,
    kind: String,
    value: Option<f64>,
    item: Option<String>,
    properties: Option<String>,
    sent_at: f64,
    recommendation: Option<String>,
}

/// What `properties` say about a watch or a rating.
#[derive(Clone, Copy, Debug, Default)]
struct Properties {
    seconds: Option<f64>,
    duration: Option<f64>,
    scale: Option<Scale>,
}

fn invalid<T>(message: impl std::fmt::Display) -> Result<T, Fault> {
    Err(Fault::invalid(message))
}

impl PutEvents {
    /// Reads a call's body.
    ///
    /// # Errors
    /// [`Fault`] for the first field that is missing, malformed or out of range.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let map = body(bytes)?;
        let fields = Fields::of(&map);
        fields.required("trackingId", fields.text("trackingId", STRING)?)?;
        let session = fields.required("sessionId", fields.text("sessionId", STRING)?)?;
        let user = fields.text("userId", STRING)?;
        let list = fields.list("eventList", Length(1, MAX_EVENTS))?;
        let list = fields.required("eventList", list)?.iter().enumerate();
        let events =
            list.map(|(place, value)| Event::read(&fields.element("eventList", place, value)?));
        Ok(Self {
            session: session.to_owned(),
            user: user.map(str::to_owned),
            events: events.collect::<Result<_, Fault>>()?,
        })
    }

    /// Who the events are about: the user, or the session while the user is not known.
    pub fn viewer(&self) -> ViewerId {
        match &self.user {
            Some(user) => super::viewer(user),
            None => ViewerId::foreign("session", &format!("session:{}", self.session)),
        }
    }

    /// The interactions that the events say, without those in which nothing was watched, and without
    /// those whose `eventId` an event before them has: that one stands.
    ///
    /// Event types are those of [`KindName::of_event`]. `properties` may hold `seconds` and `duration`
    /// of a watch, where the film's known length stands in for the second, and the `scale` of a rating
    /// (5 where it is left out), whose stars are the `eventValue`; each as a number or as a string.
    ///
    /// # Errors
    /// [`Fault`] for the first event that is not understood: then none is to be kept.
    pub fn interactions(
        &self,
        now: Millis,
        watched_fraction: f64,
        catalogue: &Catalogue,
    ) -> Result<Vec<Recorded>, Fault> {
        let viewer = self.viewer();
        let submission = Submission {
            viewer: &viewer,
            source: Source::Personalize,
            now,
            watched_fraction,
            catalogue,
        };
        let mut ids = BTreeSet::new();
        let mut rows = Vec::new();
        for (place, event) in self.events.iter().enumerate() {
            let row = event.interaction(&submission).map_err(|fault| Fault {
                message: format!("eventList[{place}]: {}", fault.message),
                ..fault
            })?;
            let repeated = event.id.as_ref().is_some_and(|id| !ids.insert(id));
            rows.extend(row.filter(|_| !repeated));
        }
        Ok(rows)
    }
}

impl Event {
    fn read(fields: &Fields<'_>) -> Result<Self, Fault> {
        let text = |field, length| Ok(fields.text(field, length)?.map(str::to_owned));
        fields.texts("impression", IMPRESSION, STRING)?;
        if let Some(fields) = fields.object("metricAttribution")? {
            let field = "eventAttributionSource";
            let source = fields.text(field, Length(1, 1_024))?;
            let source = fields.required(field, source)?;
            if source.trim().is_empty() || !source.chars().all(|c| matches!(c, ' '..='~')) {
                return invalid(format_args!(
                    "{} must be printable ASCII, and not spaces alone",
                    fields.name(field)
                ));
            }
        }
        Ok(Self {
            id: text("eventId", STRING)?,
            kind: fields.required("eventType", text("eventType", STRING)?)?,
            value: fields.number("eventValue")?,
            item: text("itemId", STRING)?,
            properties: text("properties", Length(1, 1_024))?,
            sent_at: fields.required("sentAt", fields.number("sentAt")?)?,
            recommendation: text("recommendationId", Length(1, 40))?,
        })
    }

    fn interaction(&self, at: &Submission<'_>) -> Result<Option<Recorded>, Fault> {
        let Some(item) = &self.item else {
            return invalid("itemId must be given: an interaction has a film");
        };
        let Some(movie) = at.catalogue.by_id(item) else {
            return invalid("itemId is no film of this catalogue");
        };
        // Seconds since 1970, with a fraction.
        let sent_at = Millis((self.sent_at * 1e3).round() as i64);
        in_time(sent_at, at.now).or_else(|why| invalid(format_args!("sentAt {why}")))?;
        let recommendation = self.recommendation.as_deref();
        let recommendation = recommendation.map(str::parse::<RecommendationId>);
        let Ok(recommendation) = recommendation.transpose() else {
            return invalid("recommendationId is not one that was given out here");
        };
        let (Some(kind), clamped) = self.kind(movie, at.watched_fraction)? else {
            return Ok(None);
        };
        // Ids of other alphabets are kept apart by their hash.
        let id = self.id.as_deref().map(|id| {
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
    ) -> Result<(Option<Kind>, bool), Fault> {
        let properties = Properties::read(self.properties.as_deref().unwrap_or("{}"))?;
        let Some(kind) = KindName::of_event(&self.kind) else {
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

    fn rating(&self, scale: Option<Scale>) -> Result<Rating, Fault> {
        let rating = self
            .value
            .and_then(|stars| Rating::new(stars, scale.unwrap_or(Scale::Five)));
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
    fn read(text: &str) -> Result<Self, Fault> {
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
        let (seconds, duration, scale) = numbers().map_err(|name: &str| {
            Fault::invalid(format_args!("properties: {name} must be a number"))
        })?;
        let scale = scale.map(|most| {
            Scale::of_number(most)
                .ok_or_else(|| Fault::invalid("properties: scale must be 5 or 10"))
        });
        Ok(Self {
            seconds,
            duration,
            scale: scale.transpose()?,
        })
    }

    /// How long was watched, of how long, in seconds.
    fn watch(&self, movie: MovieRef<'_>) -> Result<Option<(f64, f64)>, Fault> {
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
            _ => invalid(format_args!(
                "properties: seconds must be from 0 to {LONGEST}, duration more than 0"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixture;

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
            assert!(error.starts_with("eventList[0]"), "{error}");
            assert!(error.contains(why), "{event}: {error}");
        }
        let eleven = vec![json!({"eventType": "like", "sentAt": 1}); 11];
        assert!(rows(&call(&eleven.into())).unwrap_err().contains("1 to 10"));
        assert!(rows(&json!({})).unwrap_err().contains("trackingId"));
        assert!(rows(&json!([])).unwrap_err().contains("object"));
    }

    #[test]
    fn every_field_has_the_limits_of_the_service_model() {
        let good = json!({"trackingId": "t", "sessionId": "s", "userId": "ada", "eventList": [{
            "eventId": "1", "eventType": "like", "eventValue": 1.5, "itemId": "tmdb:1",
            "properties": "{}", "sentAt": 1_769_860_000, "recommendationId": "list:1",
            "impression": ["tmdb:1"], "metricAttribution": {"eventAttributionSource": "app"}}]});
        assert_eq!(rows(&good).unwrap().len(), 1);
        let text = |length: usize| Value::from("x".repeat(length));
        for (pointer, wrong) in [
            ("/trackingId", Value::Null),
            ("/trackingId", text(257)),
            ("/sessionId", text(0)),
            ("/sessionId", json!(5)),
            ("/userId", text(257)),
            ("/userId", text(0)),
            ("/eventList", json!([])),
            ("/eventList", json!({})),
            ("/eventList/0", json!("like")),
            ("/eventList/0/eventId", text(257)),
            ("/eventList/0/eventType", Value::Null),
            ("/eventList/0/eventType", text(257)),
            ("/eventList/0/eventValue", json!("4")),
            ("/eventList/0/itemId", text(257)),
            ("/eventList/0/properties", text(1_025)),
            ("/eventList/0/properties", json!({})),
            ("/eventList/0/sentAt", Value::Null),
            ("/eventList/0/sentAt", json!("now")),
            ("/eventList/0/recommendationId", text(41)),
            ("/eventList/0/impression", json!([])),
            ("/eventList/0/impression", json!(vec!["a"; 26])),
            ("/eventList/0/impression", json!([text(257)])),
            ("/eventList/0/metricAttribution", json!({})),
            (
                "/eventList/0/metricAttribution/eventAttributionSource",
                json!(" "),
            ),
            (
                "/eventList/0/metricAttribution/eventAttributionSource",
                text(1_025),
            ),
        ] {
            let mut call = good.clone();
            *call.pointer_mut(pointer).unwrap() = wrong.clone();
            let said = rows(&call).unwrap_err();
            let field = pointer[1..].replace("/0/", "[0].").replace("/0", "[0]");
            let field = field.replace('/', ".");
            assert!(said.contains(&field), "{pointer} {wrong}: {said}");
        }
    }

    #[test]
    fn of_events_with_one_id_the_first_stands() {
        let event = |id: Option<&str>, item: &str| json!({"eventId": id, "eventType": "like", "itemId": item, "sentAt": 1_769_860_000});
        let events = [
            event(Some("a"), "tmdb:1"),
            event(Some("a"), "tmdb:2"),
            event(Some("b"), "tmdb:3"),
            event(None, "tmdb:4"),
            event(None, "tmdb:5"),
        ];
        let rows = rows(&call(&events.to_vec().into())).unwrap();
        let movies: Vec<&str> = rows
            .iter()
            .map(|row| row.interaction.movie.as_str())
            .collect();
        assert_eq!(movies, ["tmdb:1", "tmdb:3", "tmdb:4", "tmdb:5"]);
    }
}
