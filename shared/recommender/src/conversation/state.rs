use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::catalogue::{Genre, MovieId};

/// How many films a conversation remembers to have mentioned; the oldest are forgotten first.
pub(super) const REMEMBERED: usize = 500;

/// How many verdicts a conversation remembers; the oldest are forgotten first. Whoever is known
/// has them in the history besides.
const JUDGED: usize = 150;

/// The longest session token, in bytes; [`State::to_token`] stays far below.
const MAX_TOKEN: usize = 24 * 1024;

/// What a conversation remembers between two turns. Fronts carry it as JSON (Alexa's session
/// attributes) or as an opaque token; it is never more than a few kilobytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The film recommendations are based on; `None` for top picks, or films chosen for the viewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seed: Option<MovieId>,
    /// Without a film to go by: whether films are chosen for the viewer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) for_me: bool,
    /// The film last recommended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) offered: Option<MovieId>,
    /// Films already mentioned, oldest first: none is recommended again.
    pub(super) heard: Vec<MovieId>,
    /// What was said about films, oldest first, one verdict a film: none is recommended, also when
    /// the conversation begins again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) judged: Vec<Judged>,
    /// Wanted genre.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) genre: Option<Genre>,
    /// Earliest wanted year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) year_from: Option<u16>,
    /// Latest wanted year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) year_to: Option<u16>,
    /// The question that is open.
    pub(super) question: Question,
    /// What was said about the film that [`Question::DidYouMean`] asks back; nothing where it is to
    /// start from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) verdict: Option<Verdict>,
    /// The last words said, for repeating.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) said: String,
}

/// The question a conversation waits on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Question {
    /// Which film do you like?
    #[default]
    Title,
    /// Would you like to hear more?
    More,
    /// Did you mean the first of these?
    DidYouMean(Vec<MovieId>),
    /// Shall I recommend something like this one, which you liked last time?
    LikeLast(MovieId),
    /// Which film is it that you liked, did not like, have seen?
    Which(Verdict),
}

/// What was said about a film.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Judged {
    pub(super) movie: MovieId,
    pub(super) verdict: Verdict,
}

/// A session token that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a session of this conversation: send null to begin a new one")]
pub struct InvalidSession;

impl State {
    /// The opaque token that carries this state through a client.
    pub fn to_token(&self) -> String {
        let mut state = self.clone();
        // Four characters of base 64 for three bytes.
        state.shrink_to(MAX_TOKEN / 4 * 3);
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&state).unwrap_or_default())
    }

    /// Makes the state take at most `bytes` as JSON by forgetting, in this order and only as far
    /// as needed: the last words said, the films mentioned first, the first verdicts, everything.
    /// Titles of ordinary length never come near a limit worth setting.
    pub fn shrink_to(&mut self, bytes: usize) {
        if self.size() > bytes {
            self.said.clear();
        }
        while self.size() > bytes && !self.heard.is_empty() {
            self.heard.drain(..self.heard.len().div_ceil(2));
        }
        while self.size() > bytes && !self.judged.is_empty() {
            self.judged.drain(..self.judged.len().div_ceil(2));
        }
        if self.size() > bytes {
            *self = Self::default();
        }
    }

    /// Bytes as JSON.
    fn size(&self) -> usize {
        serde_json::to_vec(self).map_or(0, |json| json.len())
    }

    /// The state in a token.
    ///
    /// # Errors
    /// [`InvalidSession`] when it is no token of ours.
    pub fn from_token(token: &str) -> Result<Self, InvalidSession> {
        if token.len() > MAX_TOKEN {
            return Err(InvalidSession);
        }
        let json = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidSession)?;
        serde_json::from_slice(&json).map_err(|_| InvalidSession)
    }

    /// Remembers that a film was mentioned.
    pub(super) fn hear(&mut self, id: &MovieId) {
        self.heard.retain(|known| known != id);
        self.heard.push(id.clone());
        if self.heard.len() > REMEMBERED {
            self.heard.drain(..self.heard.len() - REMEMBERED);
        }
    }

    /// Remembers what was said about a film. The last opinion stands; to have seen it is none.
    pub(super) fn judge(&mut self, id: &MovieId, verdict: Verdict) {
        let before = self.judged.iter().position(|known| known.movie == *id);
        let before = before.map(|place| self.judged.remove(place).verdict);
        let verdict = match (before, verdict) {
            (Some(opinion), Verdict::Seen) => opinion,
            _ => verdict,
        };
        self.judged.push(Judged {
            movie: id.clone(),
            verdict,
        });
        if self.judged.len() > JUDGED {
            self.judged.drain(..self.judged.len() - JUDGED);
        }
    }

    /// Whether a film was said not to be liked.
    pub(super) fn dislikes(&self, id: &MovieId) -> bool {
        let mut judged = self.judged.iter();
        judged.any(|known| known.movie == *id && known.verdict == Verdict::Disliked)
    }

    /// Begins again: what was said about films still counts.
    pub(super) fn begin_again(&mut self) {
        *self = Self {
            judged: std::mem::take(&mut self.judged),
            ..Self::default()
        };
    }

    /// Lets go of genre and years.
    pub(super) fn clear_filters(&mut self) {
        self.genre = None;
        self.clear_years();
    }

    /// Lets go of the years.
    pub(super) fn clear_years(&mut self) {
        self.year_from = None;
        self.year_to = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_opinion_of_a_film_stands_and_having_seen_it_is_none() {
        let mut state = State::default();
        let film = |number: usize| MovieId::new("tmdb", number).unwrap();
        state.judge(&film(1), Verdict::Liked);
        state.judge(&film(1), Verdict::Seen);
        assert_eq!(state.judged[0].verdict, Verdict::Liked);
        state.judge(&film(1), Verdict::Disliked);
        assert!(state.dislikes(&film(1)) && state.judged.len() == 1);
        for number in 2..1_000 {
            state.judge(&film(number), Verdict::Seen);
        }
        assert_eq!(state.judged.len(), JUDGED);
        assert_eq!(state.judged[JUDGED - 1].movie, film(999));
        state.shrink_to(1_000);
        assert_eq!(state.judged.last().unwrap().movie, film(999));
    }

    #[test]
    fn a_state_that_grew_too_large_forgets_the_least_needed_first() {
        let mut state = State {
            said: "word ".repeat(20_000),
            ..State::default()
        };
        for number in 0..REMEMBERED {
            state.hear(&MovieId::from_title(
                &"x".repeat(110),
                Some(1550 + number as u16),
            ));
        }
        assert!(State::from_token(&state.to_token()).is_ok());
        state.shrink_to(32_000);
        assert_eq!((state.said.len(), state.heard.len()), (0, REMEMBERED / 2));
        assert!(state.heard.last().unwrap().as_str().ends_with("2049"));
        state.question = Question::DidYouMean(state.heard.clone());
        state.shrink_to(200);
        assert_eq!(state, State::default());
    }
}
