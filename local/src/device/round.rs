//! One round: ask, choose, report.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::answer::{Answer, Predicted, Rejection};
use super::link::Message;
use super::{Candidate, Link};
use crate::output;

/// Topics of the first devices.
const ASK_ONE: &str = "filmrequest";
const REPORT_ONE: &str = "filmupdate";

/// How long the shadow may lag behind the answers when all is done.
const SHADOW: Duration = Duration::from_secs(1);

/// How a device asks.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    /// Which thing it is.
    pub(crate) thing: String,
    /// Whether each film is asked for by itself, as the first devices did.
    pub(crate) one_by_one: bool,
    /// How long to wait for an answer.
    pub(crate) timeout: Duration,
    /// How many times to ask, at least 1.
    pub(crate) attempts: u32,
    /// What request ids begin with; no other run has the same.
    pub(crate) run: String,
}

/// A round that was played.
#[derive(Clone, Debug)]
pub(crate) struct Played {
    /// `None` where films were asked for by themselves.
    pub(crate) request_id: Option<String>,
    pub(crate) model_version: Option<String>,
    /// How many times it was asked.
    pub(crate) attempts: u32,
    /// From the question to the whole answer.
    pub(crate) waited: Duration,
    /// One for each candidate, in their order.
    pub(crate) predicted: Vec<Predicted>,
    /// Which of the candidates was chosen.
    pub(crate) chosen: usize,
    /// How good that turned out.
    pub(crate) stars: u8,
}

/// An answer to all that was asked.
struct Answered {
    request_id: Option<String>,
    model_version: Option<String>,
    attempts: u32,
    predicted: Vec<Predicted>,
}

/// A device with its connection.
pub(crate) struct Device {
    link: Link,
    asking: Asking,
    prefix: String,
    shadow: String,
    /// Requests that the shadow spoke of.
    shadows: HashSet<String>,
}

impl Asking {
    /// What a device subscribes to.
    pub(crate) fn filters(&self) -> Vec<String> {
        let (prefix, shadow) = (self.prefix(), self.shadow());
        let mut filters = vec![
            format!("{prefix}prediction/+"),
            format!("{prefix}rejected"),
            format!("{shadow}update/delta"),
            format!("{shadow}update/documents"),
        ];
        if self.one_by_one {
            filters.push(format!("{shadow}update/accepted"));
        }
        filters
    }

    fn prefix(&self) -> String {
        format!("matinee/{}/", self.thing)
    }

    fn shadow(&self) -> String {
        format!("$aws/things/{}/shadow/", self.thing)
    }
}

impl Device {
    pub(crate) fn new(link: Link, asking: Asking) -> Self {
        Self {
            prefix: asking.prefix(),
            shadow: asking.shadow(),
            link,
            asking,
            shadows: HashSet::new(),
        }
    }

    /// Asks how good the candidates would be, takes the best, and reports how good it turned out.
    ///
    /// # Errors
    /// When the request is refused, or nobody answers.
    pub(crate) async fn play(
        &mut self,
        number: u32,
        candidates: &[Candidate],
        outcome: impl FnOnce(&Candidate) -> u8,
    ) -> anyhow::Result<Played> {
        let begin = Instant::now();
        let answered = if self.asking.one_by_one {
            self.ask_one_by_one(candidates).await?
        } else {
            self.ask(number, candidates).await?
        };
        let waited = begin.elapsed();
        let Answered {
            request_id,
            model_version,
            attempts,
            predicted,
        } = answered;
        // Of equally good ones the first.
        let best = predicted.iter().zip(candidates).enumerate().rev();
        let best = best.max_by(|(_, (one, _)), (_, (other, _))| {
            one.expected_stars.total_cmp(&other.expected_stars)
        });
        let Some((chosen, (_, candidate))) = best else {
            anyhow::bail!("the answer has no film");
        };
        let stars = outcome(candidate);
        self.report(candidate, stars, request_id.as_deref()).await?;
        Ok(Played {
            request_id,
            model_version,
            attempts,
            waited,
            predicted,
            chosen,
            stars,
        })
    }

    /// How many of the requests the shadow spoke of, once it had a moment to.
    ///
    /// # Errors
    /// When the connection cannot be made again.
    pub(crate) async fn shadows(&mut self, requests: usize) -> anyhow::Result<usize> {
        let until = Instant::now() + SHADOW;
        while self.shadows.len() < requests {
            let Some(message) = self.link.next(until).await? else {
                break;
            };
            self.hear_shadow(&message);
        }
        Ok(self.shadows.len())
    }

    /// Says goodbye.
    pub(crate) async fn close(self) {
        self.link.close().await;
    }

    async fn ask(&mut self, number: u32, candidates: &[Candidate]) -> anyhow::Result<Answered> {
        let request_id = format!("{}-{number}", self.asking.run);
        let topic = format!("{}request", self.prefix);
        let payload = json!({"request_id": request_id, "candidates": candidates}).to_string();
        for attempts in 1..=self.asking.attempts {
            let until = Instant::now() + self.asking.timeout;
            if self.link.publish(&topic, payload.as_bytes(), until).await? {
                while let Some(message) = self.link.next(until).await? {
                    let Some(answer) = self.answer(&message, Some(&request_id))? else {
                        continue;
                    };
                    let (expected, found) = (candidates.len(), answer.predictions.len());
                    anyhow::ensure!(
                        found == expected,
                        "expected {expected} predictions in the answer to {request_id}, found {found}"
                    );
                    return Ok(Answered {
                        request_id: Some(request_id),
                        model_version: answer.model_version,
                        attempts,
                        predicted: answer.predictions,
                    });
                }
            }
            self.say_unanswered(attempts, &format!("request {request_id}"));
        }
        Err(self.unanswered(&format!("request {request_id}")))
    }

    async fn ask_one_by_one(&mut self, candidates: &[Candidate]) -> anyhow::Result<Answered> {
        let places = candidates.iter().enumerate();
        let places: HashMap<&str, usize> =
            places.map(|(n, film)| (film.title.as_str(), n)).collect();
        let mut predicted: Vec<Option<Predicted>> = vec![None; candidates.len()];
        let mut model_version = None;
        for attempts in 1..=self.asking.attempts {
            let until = Instant::now() + self.asking.timeout;
            for (film, there) in candidates.iter().zip(&predicted) {
                if there.is_none() {
                    let payload = Value::from(first_devices(film)).to_string();
                    self.link
                        .publish(ASK_ONE, payload.as_bytes(), until)
                        .await?;
                }
            }
            while predicted.contains(&None) {
                let Some(message) = self.link.next(until).await? else {
                    break;
                };
                let Some(answer) = self.answer(&message, None)? else {
                    continue;
                };
                model_version = answer.model_version.or(model_version);
                for film in answer.predictions {
                    let place = film.title.as_deref().and_then(|title| places.get(title));
                    // One that comes twice says the same as the first time.
                    if let Some(place) = place.and_then(|place| predicted.get_mut(*place)) {
                        place.get_or_insert(film);
                    }
                }
            }
            if !predicted.contains(&None) {
                let predicted = predicted.into_iter().flatten().collect();
                return Ok(Answered {
                    request_id: None,
                    model_version,
                    attempts,
                    predicted,
                });
            }
            let missing = predicted.iter().filter(|there| there.is_none()).count();
            self.say_unanswered(attempts, &format!("{missing} films"));
        }
        Err(self.unanswered("the films"))
    }

    async fn report(
        &mut self,
        film: &Candidate,
        stars: u8,
        request_id: Option<&str>,
    ) -> anyhow::Result<()> {
        let (topic, payload) = if let Some(request_id) = request_id {
            let mut payload = json!(film);
            payload["stars"] = stars.into();
            payload["request_id"] = request_id.into();
            (format!("{}feedback", self.prefix), payload)
        } else {
            let mut payload = first_devices(film);
            payload.insert("stars".to_owned(), stars.to_string().into());
            (REPORT_ONE.to_owned(), payload.into())
        };
        let payload = payload.to_string();
        for _ in 0..self.asking.attempts {
            let until = Instant::now() + self.asking.timeout;
            if self.link.publish(&topic, payload.as_bytes(), until).await? {
                return Ok(());
            }
        }
        Err(self.unanswered("the report of a film's stars"))
    }

    /// The answer in a message: to this request, or to a film asked for by itself.
    ///
    /// # Errors
    /// When the message refuses it.
    fn answer(
        &mut self,
        message: &Message,
        request_id: Option<&str>,
    ) -> anyhow::Result<Option<Answer>> {
        let topic = message.topic.as_str();
        if topic.starts_with(&self.shadow) {
            let heard = self.hear_shadow(message);
            return Ok(heard.filter(|_| request_id.is_none()));
        }
        match topic.strip_prefix(&self.prefix) {
            Some("rejected") => {
                let rejection = Rejection::read(&message.payload);
                let other = |id: &String| request_id.is_some_and(|request_id| id != request_id);
                anyhow::ensure!(
                    rejection.request_id.as_ref().is_some_and(other),
                    "the request was refused: {}",
                    output::one_line(&rejection.reason())
                );
                Ok(None)
            }
            Some(_) => {
                let answer = Answer::read(&message.payload);
                if answer.is_none() {
                    tracing::warn!(topic, "what came there is no answer");
                }
                let meant = |answer: &Answer| {
                    let named = answer.request_id.as_deref();
                    let named = named.or_else(|| topic.rsplit('/').next());
                    request_id.is_none() || named == request_id
                };
                // Another was given up, or is answered for the second time.
                Ok(answer.filter(meant))
            }
            None => Ok(None),
        }
    }

    fn hear_shadow(&mut self, message: &Message) -> Option<Answer> {
        if !message.topic.starts_with(&self.shadow) {
            return None;
        }
        let answer = Answer::read_shadow(&message.payload)?;
        tracing::debug!(topic = message.topic, ?answer, "the shadow says");
        if let Some(id) = answer
            .request_id
            .as_ref()
            .filter(|id| id.starts_with(&self.asking.run))
        {
            self.shadows.insert(id.clone());
        }
        Some(answer)
    }

    fn say_unanswered(&self, attempt: u32, what: &str) {
        if attempt < self.asking.attempts {
            let seconds = self.asking.timeout.as_secs();
            output::say(format_args!(
                "no answer about {what} within {seconds} s; asking again"
            ));
        }
    }

    fn unanswered(&self, what: &str) -> anyhow::Error {
        let (attempts, seconds) = (self.asking.attempts, self.asking.timeout.as_secs());
        let because = self.link.fault().unwrap_or_else(|| {
            format!(
                "the broker took the messages, but nobody answers under matinee/{}/",
                self.asking.thing
            )
        });
        anyhow::anyhow!("no answer about {what} in {attempts} × {seconds} s: {because}")
    }
}

/// A film as the first devices sent it: every value a string alone in an array.
fn first_devices(film: &Candidate) -> Map<String, Value> {
    let fields = film.fields().into_iter();
    fields
        .map(|(name, value)| (name.to_owned(), json!([value])))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_devices_put_every_value_into_an_array() {
        let film = Candidate {
            title: "Paper River".to_owned(),
            year: 1999,
            director: "Ada Moor".to_owned(),
            genre1: "Drama".to_owned(),
            genre2: "None".to_owned(),
            genre3: "None".to_owned(),
        };
        let expected = json!({"title": ["Paper River"], "year": ["1999"], "Director1": ["Ada Moor"],
            "Genre1": ["Drama"], "Genre2": ["None"], "Genre3": ["None"]});
        assert_eq!(Value::from(first_devices(&film)), expected);
    }
}
