//! The skill with its tables and its queue at hand, and people who visit it.

use std::sync::Arc;

use futures_util::FutureExt as _;
use matinee::model::Model;
use matinee::ports::{Interactions, MemoryQueue, MemoryTables};
use matinee::recommend::Personal;
use matinee::taste::{
    Audience, Desk, KindName, LastForgotten, Message, Millis, Recorded, ServedPage, ViewerKey,
    WATCHED_FRACTION,
};
use serde_json::{Value, json};

use super::support::{Skill, answer, intent, sample_model, speech};
use crate::AlexaSkill;

/// 2024-05-04T12:00:00Z, the day after the events.
pub(super) const NOW: Millis = Millis(1_714_824_000_000);

pub(super) const WELCOME: &str =
    "Welcome to Movie Recommender. Give me a movie that you like and I'll recommend another one.";

pub(super) fn key() -> ViewerKey {
    ViewerKey::new("a key of no secrecy").unwrap()
}

pub(super) fn skill(audience: Arc<dyn Audience>) -> Skill {
    AlexaSkill::new(sample_model(), None, audience, Some(key()))
}

/// The skill with its tables and its queue at hand.
pub(super) struct House {
    pub(super) tables: Arc<MemoryTables>,
    pub(super) queue: Arc<MemoryQueue>,
    pub(super) skill: Skill,
}

impl House {
    pub(super) fn new() -> Self {
        Self::serving(sample_model())
    }

    /// The same over another model.
    pub(super) fn serving(model: Arc<Model>) -> Self {
        let (tables, queue) = (
            Arc::new(MemoryTables::default()),
            Arc::new(MemoryQueue::default()),
        );
        let desk = Desk {
            interactions: Arc::clone(&tables),
            viewers: Arc::clone(&tables),
            recommendations: Arc::clone(&tables),
            queue: Arc::clone(&queue),
            now: || NOW,
            watched_fraction: WATCHED_FRACTION,
            personal: Personal::default(),
            forgotten: LastForgotten::default(),
        };
        Self {
            tables,
            queue,
            skill: AlexaSkill::new(model, None, Arc::new(desk), Some(key())),
        }
    }

    /// What is in the queue.
    pub(super) fn queued(&self) -> Vec<Recorded> {
        let bodies = self.queue.bodies();
        let rows = bodies.iter().flat_map(|body| match Message::read(body) {
            Ok(Message::Interactions(rows)) => rows,
            Ok(Message::Served(_)) => Vec::new(),
            other => panic!("{other:?}"),
        });
        rows.collect()
    }

    /// What is to be remembered as recommended.
    pub(super) fn served(&self) -> Vec<ServedPage> {
        let bodies = self.queue.bodies();
        let pages = bodies.iter().filter_map(|body| match Message::read(body) {
            Ok(Message::Served(page)) => Some(page),
            _ => None,
        });
        pages.collect()
    }

    /// Puts everything that is in the queue into the tables.
    pub(super) fn settle(&self) {
        let rows = self.queued();
        let put = Interactions::put(&*self.tables, &rows)
            .now_or_never()
            .unwrap();
        assert!(put.iter().all(Result::is_ok));
    }

    pub(super) fn enter(&self, user: &str, person: Option<&str>) -> Visit {
        Visit::new(self.skill.clone(), user, person)
    }
}

/// Somebody in a session, with Alexa's ids.
pub(super) struct Visit {
    pub(super) skill: Skill,
    user: String,
    person: Option<String>,
    pub(super) session: String,
    pub(super) attributes: Value,
    requests: u32,
}

impl Visit {
    pub(super) fn new(skill: Skill, user: &str, person: Option<&str>) -> Self {
        Self {
            skill,
            user: user.to_owned(),
            person: person.map(str::to_owned),
            session: "session.1".to_owned(),
            attributes: Value::Null,
            requests: 0,
        }
    }

    /// The request with its envelope.
    pub(super) fn envelope(&self, request: &Value) -> Value {
        let user = json!({"userId": self.user});
        let mut system = json!({"user": user});
        if let Some(person) = &self.person {
            system["person"] = json!({"personId": person});
        }
        json!({
            "version": "1.0",
            "session": {"new": self.attributes.is_null(), "sessionId": self.session,
                "attributes": self.attributes, "user": user},
            "context": {"System": system},
            "request": request,
        })
    }

    pub(super) fn request(&mut self, mut request: Value) -> String {
        self.requests += 1;
        let speaker = self.person.as_ref().unwrap_or(&self.user);
        request["requestId"] = json!(format!("request.{speaker}.{}", self.requests));
        request["timestamp"] = json!("2024-05-04T11:59:58Z");
        let answer = answer(&self.skill, &self.envelope(&request));
        let text = answer.to_string();
        for private in [&self.user, key().alexa(&self.user).as_str()] {
            assert!(!text.contains(private), "{text}");
        }
        self.attributes = answer["sessionAttributes"].clone();
        speech(&answer)
    }

    pub(super) fn launch(&mut self) -> String {
        self.request(json!({"type": "LaunchRequest", "locale": "en-US"}))
    }

    pub(super) fn film(&mut self, title: &str) -> String {
        self.request(intent("RecommendMovieIntent", Some(("MovieName", title))))
    }

    pub(super) fn say(&mut self, name: &str) -> String {
        self.request(intent(name, None))
    }
}

/// What is in rows: film, kind.
pub(super) fn told(rows: &[Recorded]) -> Vec<(&str, KindName)> {
    rows.iter()
        .map(|row| {
            let interaction = &row.interaction;
            (interaction.movie.as_str(), interaction.kind.name())
        })
        .collect()
}
