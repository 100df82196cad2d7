//! What Alexa gets: speech as SSML, a card, what to remember, and whether the session stays open.

use matinee::conversation::{Reply, State, apology};
use matinee::model::Model;
use matinee::recommend::Recommendation;
use matinee::wording::Wording;
use serde::Serialize;

use crate::can_fulfill::CanFulfill;
use crate::ssml;

/// The most characters Alexa speaks in one answer, markup included.
pub const MAX_SPEECH: usize = 8_000;

/// The most bytes of a whole answer: Alexa's 24 kilobytes, counted as thousands.
pub const MAX_RESPONSE: usize = 24_000;

/// The share of [`MAX_RESPONSE`] that the conversation's state may take.
const MAX_STATE: usize = MAX_RESPONSE / 2;

/// Texts are not cut below this many characters.
const SHORTEST: usize = 100;

/// The name over every card: the skill's own.
const CARD_TITLE: &str = "Movie Recommender";

/// An answer with its envelope.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_attributes: Option<Attributes>,
    #[serde(rename = "response")]
    body: Body,
}

/// What Alexa gives back with the next request of the session.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Attributes {
    conversation: State,
    model_version: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    output_speech: Option<Speech>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<Card>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reprompt: Option<Reprompt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    should_end_session: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    can_fulfill_intent: Option<CanFulfill>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Speech {
    r#type: &'static str,
    ssml: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Card {
    r#type: &'static str,
    title: &'static str,
    content: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reprompt {
    output_speech: Speech,
}

impl Response {
    /// No answer at all: Alexa takes nothing else at a session's end and for reported errors.
    pub(crate) fn silent() -> Self {
        Self::new(Body::default())
    }

    /// An apology that ends the session: there is no model to answer with.
    pub(crate) fn sorry(wording: &Wording) -> Self {
        Self::new(Body::spoken(&apology(wording), None, MAX_SPEECH))
    }

    /// Whether an intent could be fulfilled.
    pub(crate) fn can_fulfill(verdict: CanFulfill) -> Self {
        Self::new(Body {
            can_fulfill_intent: Some(verdict),
            ..Body::default()
        })
    }

    /// The dialogue's reply, within Alexa's limits.
    pub(crate) fn spoken(model: &Model, wording: &Wording, mut reply: Reply) -> Self {
        let card = reply
            .recommendation
            .as_ref()
            .map(|recommendation| card_text(model, wording, recommendation));
        reply.state.shrink_to(MAX_STATE);
        let mut response = Self::new(Body::default());
        response.session_attributes = Some(Attributes {
            conversation: std::mem::take(&mut reply.state),
            model_version: model.version().to_owned(),
        });
        // Only titles of many thousand characters make more than one round.
        let mut limit = MAX_SPEECH;
        loop {
            response.body = Body::spoken(&reply, card.as_deref(), limit);
            if response.size() <= MAX_RESPONSE || limit / 2 < SHORTEST {
                return response;
            }
            limit /= 2;
        }
    }

    fn new(body: Body) -> Self {
        Self {
            version: "1.0",
            session_attributes: None,
            body,
        }
    }

    /// Bytes as JSON.
    fn size(&self) -> usize {
        serde_json::to_vec(self).map_or(0, |json| json.len())
    }
}

impl Body {
    /// Every text in at most `limit` characters.
    fn spoken(reply: &Reply, card: Option<&str>, limit: usize) -> Self {
        Self {
            output_speech: Some(Speech::new(&reply.speech, limit)),
            card: card.map(|content| Card {
                r#type: "Simple",
                title: CARD_TITLE,
                content: ssml::plain(content, limit - CARD_TITLE.len()),
            }),
            reprompt: reply.reprompt.as_deref().map(|question| Reprompt {
                output_speech: Speech::new(question, limit),
            }),
            should_end_session: Some(reply.end),
            can_fulfill_intent: None,
        }
    }
}

impl Speech {
    fn new(text: &str, limit: usize) -> Self {
        Self {
            r#type: "SSML",
            ssml: ssml::speak(text, limit),
        }
    }
}

/// "Title (year)" and the reason below it.
fn card_text(model: &Model, wording: &Wording, recommendation: &Recommendation) -> String {
    let movie = model.catalogue.get(recommendation.movie);
    let year = movie
        .year()
        .map_or_else(String::new, |year| format!(" ({year})"));
    let reason = recommendation.reason.sentence(model, wording);
    format!("{}{year}\n{reason}", movie.title())
}
