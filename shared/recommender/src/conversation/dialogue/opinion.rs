//! What is said about a film, and how the conversation goes on from there.

use super::Dialogue;
use crate::conversation::state::Question;
use crate::conversation::{Mention, Reply, Said, Verdict};
use crate::model::{MovieIndex, MovieRef};

/// The question for the film that is meant.
pub(super) fn which(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Liked => "ask.which_liked",
        Verdict::Disliked => "ask.which_disliked",
        Verdict::Seen => "ask.which_seen",
    }
}

impl Dialogue<'_> {
    /// What a film says about itself by being named now: whoever answers "Which movie do you like?"
    /// likes it. Somebody who was not asked, or who touched a picture, only starts from it.
    pub(super) fn verdict_asked_for(&self, mention: &Mention) -> Option<Verdict> {
        match self.state.question {
            Question::Which(verdict) => Some(verdict),
            Question::Title if !self.state.said.is_empty() && !mention.spoken.trim().is_empty() => {
                Some(Verdict::Liked)
            }
            _ => None,
        }
    }

    /// An opinion of the film named, else of the one talked about.
    pub(super) fn opinion(mut self, verdict: Verdict, film: Option<&Mention>) -> Reply {
        let named = |film: &&Mention| !film.ids.is_empty() || !film.spoken.trim().is_empty();
        if let Some(mention) = film.filter(named) {
            return self.named(Some(verdict), mention);
        }
        if let Some(movie) = self.talked_about() {
            return self.go_on(verdict, movie);
        }
        self.state.question = Question::Which(verdict);
        let question = self.reprompt();
        self.finish(&question, &question)
    }

    /// The film last recommended, else the one recommendations are based on. A film that is asked
    /// back was only guessed at, it is not talked about yet.
    fn talked_about(&self) -> Option<MovieIndex> {
        let last = match &self.state.question {
            Question::LikeLast(liked) => self.known(liked),
            _ => None,
        };
        let movie = last.or_else(|| self.offered()).or_else(|| self.seed());
        movie.map(MovieRef::index)
    }

    /// Goes on from a film that was named together with what was said about it.
    pub(super) fn told(mut self, verdict: Option<Verdict>, movie: MovieIndex) -> Reply {
        match verdict {
            None => self.based_on(movie),
            Some(Verdict::Liked) => {
                self.note(Verdict::Liked, movie);
                self.based_on(movie)
            }
            Some(verdict) => self.go_on(verdict, movie),
        }
    }

    /// Remembers what was said about a film: from now on it is not recommended.
    pub(super) fn note(&mut self, verdict: Verdict, movie: MovieIndex) {
        let id = self.id(movie);
        self.state.hear(&id);
        self.state.judge(&id, verdict);
        let kind = verdict.kind();
        self.feedback.push(Said { movie, kind });
    }

    /// Acknowledges what was said about a film, and recommends the next one in the same breath.
    fn go_on(mut self, verdict: Verdict, movie: MovieIndex) -> Reply {
        let key = match verdict {
            Verdict::Liked => "say.liked",
            Verdict::Disliked => "say.disliked",
            Verdict::Seen => "say.seen",
        };
        let title = self.model.catalogue.get(movie).title();
        self.before = Some(self.wording.say(key, &[("title", title)]));
        self.note(verdict, movie);
        let listing = self.offered().is_some();
        if verdict == Verdict::Disliked {
            return self.turn_away(movie, listing);
        }
        // A list of well-known films ends where there is something better to go by.
        let to_everybody = self.state.seed.is_none() && !self.state.for_me;
        if to_everybody && (verdict == Verdict::Liked || !listing) {
            self.state.seed = Some(self.id(movie));
            return self.recommend("say.based_on");
        }
        self.recommend("say.another")
    }

    /// Goes on from anything but a film that was disliked.
    fn turn_away(mut self, movie: MovieIndex, listing: bool) -> Reply {
        let id = Some(self.id(movie));
        if self.state.offered == id {
            self.state.offered = None;
        }
        let from_it = self.state.seed == id;
        if from_it || (self.state.seed.is_none() && !listing) {
            self.state.seed = self.liked_besides(movie).map(|liked| self.id(liked));
            if self.next().is_none() {
                self.state.seed = None;
            }
            return self.recommend_from_elsewhere();
        }
        self.recommend("say.another")
    }

    fn recommend_from_elsewhere(self) -> Reply {
        if self.state.seed.is_some() || self.filters().narrows() {
            self.recommend_filtered()
        } else {
            self.recommend("say.top_pick")
        }
    }

    /// The film liked last in this conversation, else before it, other than this one.
    fn liked_besides(&self, movie: MovieIndex) -> Option<MovieIndex> {
        let said = self.state.judged.iter().rev();
        let said = said.filter(|judged| judged.verdict == Verdict::Liked);
        let said = said.filter_map(|judged| self.known(&judged.movie));
        let before = self.history.liked;
        let before = before.filter(|liked| !self.state.dislikes(&self.id(*liked)));
        let mut liked = said.map(MovieRef::index).chain(before);
        liked.find(|liked| *liked != movie)
    }
}
