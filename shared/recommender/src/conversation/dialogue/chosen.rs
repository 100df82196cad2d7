//! Films chosen for whoever speaks, and well-known ones.

use super::Dialogue;
use crate::conversation::Reply;
use crate::model::MovieIndex;
use crate::recommend::{Filters, ForYouQuery, Page, Reason, for_you, reason_for};
use crate::taste::History;

impl Dialogue<'_> {
    /// Begins a list without a film to go by: chosen for the viewer, or the same for everybody. Of
    /// somebody of whom nothing is known, nothing can be chosen by.
    pub(super) fn well_known(mut self, for_me: bool) -> Reply {
        self.state.seed = None;
        self.state.for_me = for_me;
        self.state.clear_filters();
        let known = for_me && !self.taste().films().is_empty();
        self.recommend(if known { "say.for_me" } else { "say.top_pick" })
    }

    /// What counts: what was done before, and what was said in this conversation.
    fn taste(&self) -> History {
        let mut taste = self.history.taste.clone();
        for judged in &self.state.judged {
            if let Some(movie) = self.known(&judged.movie) {
                let settings = &self.history.personal.taste;
                taste.say(movie.index(), judged.verdict.kind(), settings);
            }
        }
        taste
    }

    pub(super) fn chosen(&self, filters: &Filters) -> Page {
        let taste = self.taste();
        for_you(self.model, &self.query(&taste, filters), 0, 1)
    }

    /// Why a film is one of those chosen, or of the well-known ones.
    pub(super) fn reason_without_seed(&self, movie: MovieIndex) -> Reason {
        let filters = Filters::default();
        let taste = if self.state.for_me {
            self.taste()
        } else {
            History::default()
        };
        reason_for(self.model, &self.query(&taste, &filters), movie)
    }

    fn query<'a>(&'a self, history: &'a History, filters: &'a Filters) -> ForYouQuery<'a> {
        ForYouQuery {
            viewer: self.history.viewer.as_ref(),
            history,
            as_of: self.history.now,
            filters,
            settings: &self.history.personal.list,
        }
    }
}
