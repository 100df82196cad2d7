//! Wishes for a genre, for years, for both.

use super::Dialogue;
use crate::catalogue::find;
use crate::conversation::{Mention, Reply};
use crate::model::MovieRef;
use crate::wording::Period;

/// The last year of a classic.
const CLASSIC_UNTIL: u16 = 1979;

/// The year from which a film is new, when the film talked about is of unknown year or none was.
const NEW_FROM: u16 = 2015;

impl Dialogue<'_> {
    pub(super) fn genre(mut self, said: &str) -> Reply {
        let Some(genre) = self.wording.genre(said) else {
            return self.say_and_ask_again("say.unknown_genre");
        };
        self.state.genre = Some(genre);
        if self.next().is_none() {
            // The wish said last counts more than the years wished for before.
            self.state.clear_years();
        }
        self.recommend_filtered()
    }

    pub(super) fn period(mut self, said: &str) -> Reply {
        let Some(period) = self.wording.period(said) else {
            return self.say_and_ask_again("say.unknown_period");
        };
        self.narrow_years(period);
        if self.next().is_none() {
            self.state.genre = None;
        }
        self.recommend_filtered()
    }

    /// Several wishes in one breath: what is not understood of them is left out.
    pub(super) fn wish(
        mut self,
        title: Option<&Mention>,
        genre: Option<&str>,
        period: Option<&str>,
    ) -> Reply {
        if let Some(mention) = title {
            match find(self.model, &mention.spoken).movie {
                Some(movie) => {
                    if let Some(verdict) = self.verdict_asked_for(mention) {
                        self.note(verdict, movie);
                    }
                    self.start_from(movie);
                }
                None => return self.title(mention),
            }
        }
        if let Some(genre) = genre.and_then(|said| self.wording.genre(said)) {
            self.state.genre = Some(genre);
        }
        if let Some(period) = period.and_then(|said| self.wording.period(said)) {
            self.narrow_years(period);
        }
        self.recommend_filtered()
    }

    fn narrow_years(&mut self, period: Period) {
        let year = self
            .offered()
            .or_else(|| self.seed())
            .and_then(MovieRef::year);
        let (from, to) = match period {
            Period::Decade(first) => (Some(first), Some(first + 9)),
            Period::Newer => (Some(year.map_or(NEW_FROM, |year| year + 1)), None),
            Period::Classic => (None, Some(CLASSIC_UNTIL)),
        };
        self.state.year_from = from;
        self.state.year_to = to;
    }

    pub(super) fn recommend_filtered(self) -> Reply {
        if self.state.seed.is_some() {
            self.recommend("say.based_on")
        } else {
            self.recommend("say.filtered")
        }
    }
}
