//! What comes back: predictions, shadow documents, rejections. Read leniently: fields that are not
//! known are passed over, and the shadow's come in the shapes of its topics.

use serde::Deserialize;
use serde_json::{Map, Value};

/// How good a film is said to be.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Predicted {
    /// Which film.
    pub(super) title: Option<String>,
    /// JSON has no number that is not finite.
    pub(crate) expected_stars: f64,
    /// The most probable stars.
    pub(crate) label: u8,
}

/// An answer to a request.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Answer {
    /// Which request it answers.
    pub(super) request_id: Option<String>,
    /// The model that made it.
    pub(crate) model_version: Option<String>,
    /// In the order of the candidates.
    pub(super) predictions: Vec<Predicted>,
}

/// A refusal of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Rejection {
    pub(super) request_id: Option<String>,
    code: Value,
    message: String,
    errors: Vec<Value>,
}

impl Answer {
    /// The full answer of the topic `matinee/{thing}/prediction/{request_id}`, or a film's prediction by
    /// itself; `None` where it is something else.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(payload).ok()?;
        Self::deserialize(&value).ok().or_else(|| of_film(&value))
    }

    /// The prediction in a shadow's document: of a single film, or the best of a batch. The topic
    /// says where in the document it stands. A shadow with the first devices' keys beside its state
    /// has them in mind, too.
    pub(super) fn read_shadow(payload: &[u8]) -> Option<Self> {
        let document: Map<String, Value> = serde_json::from_slice(payload).ok()?;
        let state = document.get("state");
        let places = [
            state.and_then(|state| state.get("desired")),
            document
                .get("current")
                .and_then(|current| current.pointer("/state/desired")),
            // A delta has no desired and reported parts.
            state,
        ];
        let prediction = places
            .into_iter()
            .flatten()
            .find_map(|place| place.get("prediction"));
        if let Some(found) = prediction.and_then(of_film) {
            return Some(found);
        }
        legacy(&document)
    }
}

/// A film's prediction, or the best one of a batch.
fn of_film(prediction: &Value) -> Option<Answer> {
    let text = |name: &str| {
        prediction
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    // A batch's shadow has its best film apart.
    let film = prediction
        .get("best")
        .filter(|best| best.is_object())
        .unwrap_or(prediction);
    let predicted = Predicted::deserialize(film).ok()?;
    Some(Answer {
        request_id: text("request_id"),
        model_version: text("model_version"),
        predictions: vec![predicted],
    })
}

/// What the first devices read: `title`, `predictedLabel` and `predictedScores`, the probabilities
/// of "1" to "10".
fn legacy(document: &Map<String, Value>) -> Option<Answer> {
    let scores = document.get("predictedScores")?.as_object()?;
    let scores = scores
        .iter()
        .map(|(stars, score)| Some(stars.parse::<f64>().ok()? * score.as_f64()?));
    let expected_stars = scores.sum::<Option<f64>>()?;
    let label = match document.get("predictedLabel")? {
        Value::String(text) => text.parse().ok()?,
        number => u8::try_from(number.as_u64()?).ok()?,
    };
    let title = document.get("title").map(single).and_then(Value::as_str);
    Some(Answer {
        request_id: None,
        model_version: None,
        predictions: vec![Predicted {
            title: title.map(str::to_owned),
            expected_stars,
            label,
        }],
    })
}

/// The value, out of its array if it is alone in one.
fn single(value: &Value) -> &Value {
    match value {
        Value::Array(values) if values.len() == 1 => values.first().unwrap_or(value),
        value => value,
    }
}

impl Rejection {
    /// What is on the topic `matinee/{thing}/rejected`, whatever it looks like.
    pub(super) fn read(payload: &[u8]) -> Self {
        serde_json::from_slice(payload).unwrap_or_else(|_| Self {
            message: String::from_utf8_lossy(payload).chars().take(500).collect(),
            ..Self::default()
        })
    }

    /// The refusal in one sentence.
    pub(super) fn reason(&self) -> String {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let mut reason = text(&self.code);
        for part in std::iter::once(self.message.clone()).chain(self.errors.iter().map(|error| {
            let part = |name: &str| error.get(name).map(text).unwrap_or_default();
            format!("{} {}", part("field"), part("detail"))
                .trim()
                .to_owned()
        })) {
            if !part.is_empty() && !reason.is_empty() {
                reason.push_str(": ");
            }
            reason.push_str(&part);
        }
        reason
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shadow(document: &Value) -> Option<Answer> {
        Answer::read_shadow(document.to_string().as_bytes())
    }

    #[test]
    fn a_full_answer_is_read_whatever_else_is_in_it() {
        let payload = json!({"request_id": "r-1", "model_version": "v", "best": 0, "new": [],
            "predictions": [{"title": "A", "year": 1999, "expected_stars": 6.5, "label": 7,
            "probabilities": {"1": 0.1}}]});
        let answer = Answer::read(payload.to_string().as_bytes()).unwrap();
        assert_eq!(answer.request_id.as_deref(), Some("r-1"));
        assert_eq!(answer.predictions[0].label, 7);
        for wrong in [
            "",
            "[]",
            "{}",
            "{\"predictions\": 5}",
            "{\"predictions\": [{\"label\": 3}]}",
        ] {
            assert_eq!(Answer::read(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn a_shadow_is_read_from_each_of_its_topics_and_in_the_first_devices_shape() {
        let single = json!({"title": "A", "expected_stars": 6.5, "label": 7});
        let batch = json!({"request_id": "r-1", "best": single});
        for prediction in [&single, &batch] {
            let desired = json!({"desired": {"prediction": prediction}});
            for document in [
                json!({"state": desired}),
                json!({"current": {"state": desired}, "previous": {}}),
                json!({"state": {"prediction": prediction}}),
            ] {
                let answer = shadow(&document).unwrap();
                assert_eq!(
                    answer.predictions[0].title.as_deref(),
                    Some("A"),
                    "{document}"
                );
                assert_eq!(answer.request_id.is_some(), prediction == &batch);
            }
        }
        let legacy = json!({"title": ["A"], "predictedLabel": "7",
            "predictedScores": {"6": 0.5, "7": 0.5}});
        let answer = shadow(&legacy).unwrap();
        assert_eq!(answer.predictions[0].title.as_deref(), Some("A"));
        assert!((answer.predictions[0].expected_stars - 6.5).abs() < 1e-12);
        assert_eq!(shadow(&json!({"state": {"desired": {"lamp": "on"}}})), None);
    }

    #[test]
    fn a_rejection_tells_why_even_in_a_shape_of_its_own() {
        let payload = json!({"request_id": "r-1", "code": "invalid_request", "message": "no",
            "errors": [{"field": "year", "detail": "must be a number"}]});
        let rejection = Rejection::read(payload.to_string().as_bytes());
        assert_eq!(
            rejection.reason(),
            "invalid_request: no: year must be a number"
        );
        assert_eq!(Rejection::read(b"go away").reason(), "go away");
        let coded = Rejection::read(b"{\"code\": 413, \"message\": \"too large\"}");
        assert_eq!(
            (coded.reason().as_str(), coded.request_id),
            ("413: too large", None)
        );
    }
}
