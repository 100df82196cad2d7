use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use matinee::catalogue::Movie;
use matinee::model::{Model, SourceCounts, publish};
use matinee::ports::MemoryBlobs;
use matinee::taste::NoAudience;
use matinee_training::ingest::{ImportOptions, import};
use matinee_training::viewers::Viewers;
use matinee_training::{NoProgress, TrainSettings, train};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::response::{MAX_RESPONSE, MAX_SPEECH};
use crate::{AlexaSkill, Response, SkillError};

/// The skill whose id the event files name.
pub(super) const SKILL_ID: &str = "amzn1.ask.skill.00000000-0000-4000-8000-000000000000";

/// The skill over one model.
pub(super) type Skill = AlexaSkill<Arc<Model>>;

/// Where the skill waits for its audience.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_time().build().unwrap());

/// What the skill answers.
pub(super) fn handle(skill: &Skill, body: &[u8]) -> Result<Response, SkillError> {
    RUNTIME.block_on(skill.handle_json(body))
}

/// The skill over a model, which remembers nobody.
pub(super) fn forgetful(model: Arc<Model>) -> Skill {
    AlexaSkill::new(model, None, Arc::new(NoAudience), None)
}

/// A folder of the repository.
pub(super) fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

pub(super) fn model_of(movies: &[Movie]) -> Arc<Model> {
    trained(movies, None)
}

/// The model of these films and of what viewers like of them.
pub(super) fn trained(movies: &[Movie], viewers: Option<&Viewers>) -> Arc<Model> {
    let source = SourceCounts {
        catalogues: vec!["test".to_owned()],
        movies: movies.len() as u64,
        interactions: 0,
    };
    let settings = TrainSettings::default();
    let draft = train(
        movies,
        viewers,
        source,
        "2026-01-31T12:00:00Z",
        &settings,
        &NoProgress,
    )
    .unwrap();
    let model = RUNTIME.block_on(publish(&MemoryBlobs::default(), &draft));
    Arc::new(model.unwrap())
}

/// The skill over the sample catalogue, which remembers nobody.
pub(super) fn sample() -> Skill {
    forgetful(sample_model())
}

/// The model of the sample catalogue.
pub(super) fn sample_model() -> Arc<Model> {
    static MODEL: LazyLock<Arc<Model>> = LazyLock::new(|| model_of(&sample_movies()));
    Arc::clone(&MODEL)
}

/// The films of the sample catalogue.
pub(super) fn sample_movies() -> Vec<Movie> {
    let catalogue = folder("data/sample/movies.csv");
    import(&catalogue, &ImportOptions::default())
        .unwrap()
        .movies
}

/// Answers a request, holding the answer against every rule that all answers keep.
pub(super) fn answer(skill: &Skill, request: &Value) -> Value {
    let body = serde_json::to_vec(request).unwrap();
    let response = handle(skill, &body).unwrap();
    let text = serde_json::to_string(&response).unwrap();
    assert!(text.len() <= MAX_RESPONSE, "{} bytes", text.len());
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["version"], "1.0");
    let body = &answer["response"];
    if body["outputSpeech"].is_null() {
        assert!(answer.get("sessionAttributes").is_none());
        return answer;
    }
    assert_eq!(
        answer["sessionAttributes"]["model_version"],
        skill.models.version()
    );
    let speech = speech(&answer);
    if body["shouldEndSession"].as_bool().unwrap() {
        assert!(body.get("reprompt").is_none() && !speech.contains('?'));
    } else {
        let reprompt = spoken(&body["reprompt"]["outputSpeech"]);
        assert!(reprompt.ends_with('?'), "{reprompt}");
        // The launch's words ask for a film without a question mark.
        assert!(
            speech.ends_with('?') || speech.starts_with("Welcome"),
            "{speech}"
        );
    }
    answer
}

/// What is said, as plain text.
pub(super) fn speech(answer: &Value) -> String {
    spoken(&answer["response"]["outputSpeech"])
}

fn spoken(output: &Value) -> String {
    assert_eq!(output["type"], "SSML");
    let ssml = output["ssml"].as_str().unwrap();
    assert!(ssml.chars().count() <= MAX_SPEECH);
    let text = ssml
        .strip_prefix("<speak>")
        .unwrap()
        .strip_suffix("</speak>")
        .unwrap();
    assert!(!text.contains(['<', '>']), "{text}");
    [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (entity, c)| text.replace(entity, c))
}

/// An intent as Alexa sends it, with its slot's words when it has a slot.
pub(super) fn intent(name: &str, slot: Option<(&str, &str)>) -> Value {
    let mut intent = json!({"name": name, "confirmationStatus": "NONE"});
    if let Some((slot, value)) = slot {
        intent["slots"] = json!({slot: {"name": slot, "value": value, "source": "USER"}});
    }
    json!({"type": "IntentRequest", "locale": "en-US", "intent": intent})
}

/// A person at an Echo: keeps the session's attributes as Alexa does.
pub(super) struct Talk {
    skill: Skill,
    attributes: Value,
    /// The answer to the last request.
    pub(super) last: Value,
}

impl Talk {
    pub(super) fn new(skill: Skill) -> Self {
        Self {
            skill,
            attributes: Value::Null,
            last: Value::Null,
        }
    }

    /// Sends a request and returns what is said.
    pub(super) fn request(&mut self, request: &Value) -> String {
        let envelope = json!({
            "version": "1.0",
            "session": {"new": self.attributes.is_null(), "attributes": self.attributes},
            "request": request,
        });
        self.last = answer(&self.skill, &envelope);
        self.attributes = self.last["sessionAttributes"].clone();
        speech(&self.last)
    }

    pub(super) fn launch(&mut self) -> String {
        self.request(&json!({"type": "LaunchRequest", "locale": "en-US"}))
    }

    pub(super) fn say(&mut self, name: &str) -> String {
        self.request(&intent(name, None))
    }

    pub(super) fn film(&mut self, title: &str) -> String {
        self.request(&intent("RecommendMovieIntent", Some(("MovieName", title))))
    }

    pub(super) fn ended(&self) -> bool {
        self.last["response"]["shouldEndSession"] == true
    }

    /// The ids of every film mentioned so far, the last one last.
    pub(super) fn heard(&self) -> Vec<String> {
        serde_json::from_value(self.attributes["conversation"]["heard"].clone()).unwrap()
    }
}
