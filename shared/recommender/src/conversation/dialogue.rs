//! What is answered to each turn.

mod chosen;
mod opinion;
mod wish;

use super::state::{Question, State};
use super::{History, Mention, Said, Turn, Verdict};
use crate::catalogue::{MovieId, find};
use crate::model::{Model, MovieIndex, MovieRef, NeighbourList};
use crate::recommend::{
    Extend, Filters, Ground, Reason, Recommendation, SimilarQuery, similar, top_picks,
};
use crate::wording::Wording;

/// The longest stretch of what was heard that is said back, in characters.
const ECHO: usize = 80;

/// The answer to a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// What to say: plain text, ends in a question unless `end`.
    pub speech: String,
    /// What to say when nothing is answered; `None` exactly when `end`.
    pub reprompt: Option<String>,
    /// The film recommended in this turn, with its reason.
    pub recommendation: Option<Recommendation>,
    /// Films spoken about in this turn: the one recommended, or the one asked back.
    pub movies: Vec<MovieIndex>,
    /// What was said about films in this turn. In `state` it counts until the conversation ends; a
    /// front that knows who speaks keeps it for longer.
    pub feedback: Vec<Said>,
    /// Whether the conversation is over.
    pub end: bool,
    /// What to remember until the next turn.
    pub state: State,
}

impl Reply {
    /// Says first that [`Reply::feedback`] could not be kept.
    pub fn admit_not_noted(&mut self, wording: &Wording) {
        let admission = wording.say("say.not_noted", &[]);
        self.speech = format!("{admission} {}", self.speech);
    }
}

/// Answers one turn of somebody of whom `history` is known. Never fails: whatever the state holds
/// (a film of a model since replaced, a forged id), there is something sensible to say.
pub fn reply(
    model: &Model,
    wording: &Wording,
    state: State,
    history: &History,
    turn: &Turn,
) -> Reply {
    let dialogue = Dialogue {
        model,
        wording,
        history,
        state,
        before: None,
        feedback: Vec::new(),
    };
    dialogue.answer(turn)
}

/// The answer to any turn where there is no model to answer with: the conversation ends.
pub fn apology(wording: &Wording) -> Reply {
    Reply {
        speech: wording.say("say.unavailable", &[]),
        reprompt: None,
        recommendation: None,
        movies: Vec::new(),
        feedback: Vec::new(),
        end: true,
        state: State::default(),
    }
}

struct Dialogue<'a> {
    model: &'a Model,
    wording: &'a Wording,
    history: &'a History,
    state: State,
    /// What is said before everything else.
    before: Option<String>,
    feedback: Vec<Said>,
}

impl Dialogue<'_> {
    fn answer(self, turn: &Turn) -> Reply {
        match turn {
            Turn::Launch => self.launch(),
            Turn::Home => self.welcome(),
            Turn::Title(mention) => self.title(mention),
            Turn::Yes => self.yes(),
            Turn::No => self.no(),
            Turn::Help => self.say_and_ask_again("say.help"),
            Turn::Fallback => self.say_and_ask_again("say.fallback"),
            Turn::Stop | Turn::Cancel => self.end("say.goodbye"),
            Turn::Repeat => self.repeat(),
            Turn::MoreLikeThis => self.more_like_this(),
            Turn::Genre(said) => self.genre(said),
            Turn::Period(said) => self.period(said),
            Turn::Wish {
                title,
                genre,
                period,
            } => self.wish(title.as_ref(), genre.as_deref(), period.as_deref()),
            Turn::Why => self.why(),
            Turn::Persona => self.persona(),
            Turn::TopPicks => self.well_known(false),
            Turn::ForMe => self.well_known(true),
            Turn::Liked(film) => self.opinion(Verdict::Liked, film.as_ref()),
            Turn::Disliked(film) => self.opinion(Verdict::Disliked, film.as_ref()),
            Turn::Seen(film) => self.opinion(Verdict::Seen, film.as_ref()),
        }
    }

    fn welcome(mut self) -> Reply {
        self.state.begin_again();
        let speech = self.wording.say("say.launch", &[]);
        self.ask_as_said(&speech, "ask.title")
    }

    /// The launch's words, and for somebody who liked a film the offer to go on from there.
    fn launch(mut self) -> Reply {
        let liked = self.history.liked.map(|liked| self.id(liked));
        let Some(liked) = liked.filter(|liked| !self.state.dislikes(liked)) else {
            return self.welcome();
        };
        self.state.begin_again();
        let title = self.known(&liked).map_or("", MovieRef::title);
        let launch = self.wording.say("say.launch", &[]);
        let last = self.wording.say("say.liked_last", &[("title", title)]);
        self.state.question = Question::LikeLast(liked);
        let question = self.reprompt();
        self.finish(&format!("{launch} {last}"), &question)
    }

    fn title(self, mention: &Mention) -> Reply {
        let verdict = self.verdict_asked_for(mention);
        self.named(verdict, mention)
    }

    /// A film that was named, and what was said about it; nothing where it is to start from.
    fn named(mut self, verdict: Option<Verdict>, mention: &Mention) -> Reply {
        let resolved = mention
            .ids
            .iter()
            .find_map(|id| self.model.catalogue.by_id(id));
        if let Some(movie) = resolved.map(MovieRef::index) {
            return self.told(verdict, movie);
        }
        if mention.spoken.trim().is_empty() {
            return self.say_and_ask_for_title("say.no_title");
        }
        let found = find(self.model, &mention.spoken);
        if let Some(movie) = found.movie {
            return self.told(verdict, movie);
        }
        let options: Vec<MovieId> = found.did_you_mean.iter().map(|m| self.id(*m)).collect();
        let heard: String = mention.spoken.trim().chars().take(ECHO).collect();
        let unknown = self.wording.say("say.unknown", &[("heard", &heard)]);
        if options.is_empty() && self.state.question == Question::More {
            // A remark in passing does not end the list that is being talked about.
            return self.ask(&unknown, "ask.more");
        }
        self.state.question = Question::DidYouMean(options);
        self.state.verdict = verdict;
        self.did_you_mean(&unknown)
    }

    /// Asks whether the first of the remaining options is meant; out of options, asks for another
    /// film.
    fn did_you_mean(mut self, before: &str) -> Reply {
        let Question::DidYouMean(options) = &mut self.state.question else {
            return self.ask(before, "ask.another_title");
        };
        while let Some(first) = options.first() {
            if let Some(movie) = self.model.catalogue.by_id(first.as_str()) {
                let title = self.spoken_title(movie, None);
                let question = self.wording.say("ask.did_you_mean", &[("title", &title)]);
                let mut reply = self.finish(&format!("{before} {question}"), &question);
                reply.movies = vec![movie.index()];
                return reply;
            }
            options.remove(0);
        }
        self.state.question = Question::Title;
        self.ask(before, "ask.another_title")
    }

    fn based_on(mut self, movie: MovieIndex) -> Reply {
        self.start_from(movie);
        self.recommend("say.based_on")
    }

    fn start_from(&mut self, movie: MovieIndex) {
        let id = self.id(movie);
        self.state.hear(&id);
        self.state.seed = Some(id);
        self.state.for_me = false;
        self.state.offered = None;
        self.state.clear_filters();
    }

    fn yes(mut self) -> Reply {
        match std::mem::take(&mut self.state.question) {
            Question::More => self.recommend("say.another"),
            Question::DidYouMean(options) => {
                let movie = options.first().and_then(|id| self.known(id));
                match movie.map(MovieRef::index) {
                    Some(movie) => {
                        let verdict = self.state.verdict.take();
                        self.told(verdict, movie)
                    }
                    None => self.say_and_ask_for_title("say.okay"),
                }
            }
            Question::LikeLast(liked) => match self.known(&liked).map(MovieRef::index) {
                Some(movie) => self.based_on(movie),
                None => self.say_and_ask_for_title("say.okay"),
            },
            which @ Question::Which(_) => {
                self.state.question = which;
                self.say_and_ask_again("say.okay")
            }
            Question::Title => self.say_and_ask_for_title("say.okay"),
        }
    }

    fn no(mut self) -> Reply {
        match &mut self.state.question {
            Question::More => self.end("say.enjoy"),
            Question::Title => self.end("say.goodbye"),
            Question::LikeLast(_) | Question::Which(_) => self.say_and_ask_for_title("say.okay"),
            Question::DidYouMean(options) => {
                if !options.is_empty() {
                    options.remove(0);
                }
                let okay = self.wording.say("say.okay", &[]);
                self.did_you_mean(&okay)
            }
        }
    }

    fn repeat(self) -> Reply {
        if self.state.said.is_empty() {
            return self.answer(&Turn::Launch);
        }
        let (said, reprompt) = (self.state.said.clone(), self.reprompt());
        self.finish(&said, &reprompt)
    }

    fn more_like_this(self) -> Reply {
        if matches!(self.state.question, Question::LikeLast(_)) {
            return self.yes();
        }
        match self.offered().map(MovieRef::index) {
            Some(movie) => self.based_on(movie),
            None => self.say_and_ask_for_title("say.nothing_to_explain"),
        }
    }

    fn why(mut self) -> Reply {
        let Some(movie) = self.offered() else {
            return self.say_and_ask_for_title("say.nothing_to_explain");
        };
        let reason = match self.seed() {
            Some(seed) => Reason::alike(seed, movie, self.ground(seed, movie)),
            None => self.reason_without_seed(movie.index()),
        };
        let reason = reason.sentence(self.model, self.wording);
        let values = [("title", movie.title()), ("reason", reason.as_str())];
        let speech = self.wording.say("say.why", &values);
        self.state.question = Question::More;
        self.ask(&speech, "ask.more")
    }

    /// What kind of viewer somebody is, by what they did before and said in this conversation; then the
    /// open question once more.
    fn persona(self) -> Reply {
        let mut likes = self.history.likes.clone();
        for judged in &self.state.judged {
            if let Some(movie) = self.known(&judged.movie) {
                likes.say(movie.index(), judged.verdict.kind());
            }
        }
        let standing = likes.standing(self.model);
        let personas = self.model.personas.as_ref();
        let (speech, question) = (self.wording.standing(personas, standing), self.reprompt());
        self.finish(&format!("{speech} {question}"), &question)
    }

    /// How `movie` got onto the list of `seed`: filtered lists go on behind the neighbours.
    fn ground(&self, seed: MovieRef<'_>, movie: MovieRef<'_>) -> Ground {
        let mut near = self
            .model
            .similar
            .neighbours(NeighbourList::Blended, seed.index());
        if near.any(|neighbour| neighbour.movie == movie.index()) {
            Ground::Near
        } else {
            Ground::AlikeFacts
        }
    }

    /// Recommends the next film that was not yet heard of in this conversation and that its viewer
    /// is not known to know, or says honestly that there is none.
    fn recommend(mut self, key: &str) -> Reply {
        let Some(recommendation) = self.next() else {
            self.state.question = Question::Title;
            let narrowed = self.filters().narrows();
            self.state.clear_filters();
            return self.say_and_ask_for_title(if narrowed {
                "say.none_left"
            } else {
                "say.exhausted"
            });
        };
        let movie = self.model.catalogue.get(recommendation.movie);
        let title = self.spoken_title(movie, self.seed());
        let seed = self.seed().map_or("", MovieRef::title);
        let reason = recommendation.reason.sentence(self.model, self.wording);
        let values = [
            ("title", title.as_str()),
            ("seed", seed),
            ("reason", &reason),
        ];
        let speech = self.wording.say(key, &values);
        let id = self.id(recommendation.movie);
        self.state.hear(&id);
        self.state.offered = Some(id);
        self.state.question = Question::More;
        let again = key == "say.another";
        let mut reply = self.ask(&speech, if again { "ask.more_again" } else { "ask.more" });
        reply.movies = vec![recommendation.movie];
        reply.recommendation = Some(recommendation);
        reply
    }

    fn next(&self) -> Option<Recommendation> {
        let filters = self.filters();
        let page = match self.seed() {
            Some(seed) => {
                let query = SimilarQuery {
                    movie: seed.index(),
                    list: NeighbourList::Blended,
                    filters: &filters,
                    // Without a wish narrowed down, the end of the neighbours is the honest end.
                    extend: if filters.narrows() {
                        Extend::WithAlike
                    } else {
                        Extend::No
                    },
                };
                similar(self.model, &query, 0, 1)
            }
            None if self.state.for_me => self.chosen(&filters),
            None => top_picks(self.model, &filters, 0, 1),
        };
        page.recommendations.into_iter().next()
    }

    fn filters(&self) -> Filters {
        let judged = self.state.judged.iter().map(|judged| &judged.movie);
        let mentioned = self.state.heard.iter().chain(judged);
        Filters {
            genres: self.state.genre.into_iter().collect(),
            year_from: self.state.year_from,
            year_to: self.state.year_to,
            exclude: mentioned
                .filter_map(|id| self.known(id))
                .map(MovieRef::index)
                .chain(self.history.avoid.iter().copied())
                .collect(),
            ..Filters::default()
        }
    }

    fn seed(&self) -> Option<MovieRef<'_>> {
        self.known(self.state.seed.as_ref()?)
    }

    fn offered(&self) -> Option<MovieRef<'_>> {
        self.known(self.state.offered.as_ref()?)
    }

    /// The film with this id, where this model has it.
    fn known(&self, id: &MovieId) -> Option<MovieRef<'_>> {
        self.model.catalogue.by_id(id.as_str())
    }

    fn id(&self, movie: MovieIndex) -> MovieId {
        self.model.catalogue.get(movie).movie_id()
    }

    /// The title, with its year where it would be taken for `other`.
    fn spoken_title(&self, movie: MovieRef<'_>, other: Option<MovieRef<'_>>) -> String {
        match movie.year() {
            Some(year) if other.is_some_and(|other| other.title() == movie.title()) => {
                let values = [("title", movie.title()), ("year", &year.to_string())];
                self.wording.say("say.with_year", &values)
            }
            _ => movie.title().to_owned(),
        }
    }

    /// The question that is open, in words.
    fn reprompt(&self) -> String {
        let about = |id: Option<&MovieId>, key: &str| {
            id.and_then(|id| self.known(id)).map_or_else(
                || self.wording.say("ask.another_title", &[]),
                |movie| self.wording.say(key, &[("title", movie.title())]),
            )
        };
        match &self.state.question {
            Question::Title => self.wording.say("ask.title", &[]),
            Question::More => self.wording.say("ask.more", &[]),
            Question::DidYouMean(options) => about(options.first(), "ask.did_you_mean"),
            Question::LikeLast(liked) => about(Some(liked), "ask.like_last"),
            Question::Which(verdict) => self.wording.say(opinion::which(*verdict), &[]),
        }
    }

    /// Says something and then asks the open question once more.
    fn say_and_ask_again(self, key: &str) -> Reply {
        let (speech, question) = (self.wording.say(key, &[]), self.reprompt());
        self.finish(&format!("{speech} {question}"), &question)
    }

    fn say_and_ask_for_title(mut self, key: &str) -> Reply {
        self.state.question = Question::Title;
        let speech = self.wording.say(key, &[]);
        self.ask(&speech, "ask.another_title")
    }

    fn ask(self, speech: &str, question: &str) -> Reply {
        let question = self.wording.say(question, &[]);
        self.finish(&format!("{speech} {question}"), &question)
    }

    /// The launch's words stand alone: they already ask for a film.
    fn ask_as_said(self, speech: &str, question: &str) -> Reply {
        let question = self.wording.say(question, &[]);
        self.finish(speech, &question)
    }

    fn finish(mut self, speech: &str, reprompt: &str) -> Reply {
        let speech = match self.before.take() {
            Some(before) => format!("{before} {speech}"),
            None => speech.to_owned(),
        };
        self.state.said.clone_from(&speech);
        Reply {
            speech,
            reprompt: Some(reprompt.to_owned()),
            recommendation: None,
            movies: Vec::new(),
            feedback: self.feedback,
            end: false,
            state: self.state,
        }
    }

    fn end(self, key: &str) -> Reply {
        Reply {
            speech: self.wording.say(key, &[]),
            reprompt: None,
            recommendation: None,
            movies: Vec::new(),
            feedback: self.feedback,
            end: true,
            state: State::default(),
        }
    }
}
